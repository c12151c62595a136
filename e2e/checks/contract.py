"""What a stand-in of a service says of itself: its variables, its user, and all that it reaches, connecting when asked.

Real services have no such route; these checks are then not run.
"""

import json
from typing import Any

from charts.topology import CACHE, SERVICES, VALUES, VALUES_REPLICA, ServiceUnit
from e2e.check import Group, expect
from e2e.errors import CheckFailedError, NotRunError
from e2e.system import System

__all__ = ["GROUP"]

GROUP = Group("What services find")

_ROUTE = "/debug/contract"


@GROUP.check_each({service.name: service for service in SERVICES}, look_at=lambda service: [service.name])
def a_service_has_its_variables_and_reaches_its_parts(system: System, service: ServiceUnit) -> str:
    """A service finds all that the architecture connects it to, also what its code does not use today."""
    contract = _contract(system, service)
    expect("variables that it lacks", contract["missing"], None)
    expect("user, and whether it can write", (contract["uid"], contract["rootReadOnly"]), (1000, True))
    expected = {
        "database": service.database.name if service.database else None,
        "redisRole": "slave" if VALUES_REPLICA in service.redis else "master" if VALUES in service.redis else None,
        "cache": "PONG" if CACHE in service.redis else None,
        "kafka": "ok" if service.kafka else None,
        "provision": "ok" if service.services else None,
    }
    expect("what it reaches", {name: contract.get(name) for name in expected}, expected)
    return ", ".join(f"{name} {answer}" for name, answer in expected.items() if answer)


def _contract(system: System, service: ServiceUnit) -> dict[str, Any]:
    """The answer, by way of the API server, which NetworkPolicies do not stop.

    Raises:
        NotRunError: The service has no such route: it is no stand-in.
        CheckFailedError: It does not answer.
    """
    place = f"/api/v1/namespaces/{system.namespace}/services/{service.name}:{service.port}/proxy{_ROUTE}"
    done = system.cluster.kubectl("get", f"--raw={place}", check=False, timeout=60)
    if done.returncode and "(NotFound)" not in done.stderr:
        raise CheckFailedError(f"GET {_ROUTE} of {service.name}: {done.stderr.strip()}")
    try:
        contract: dict[str, Any] = json.loads(done.stdout)
        if contract["service"] == service.name:
            return contract
    except (ValueError, KeyError, TypeError):
        pass
    raise NotRunError(f"{service.name} is no stand-in: GET {_ROUTE} answers {(done.stdout or done.stderr)[:200]!r}")
