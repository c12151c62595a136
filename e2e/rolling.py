"""What replaces the pods of services in everyday life: a restart, an update, and the drain of a node."""

import json
import time
from collections.abc import Callable, Sequence

from e2e.errors import CheckFailedError
from e2e.soundness import is_ready, problems_of, until_none
from e2e.system import System

__all__ = ["Replace", "await_replaced", "await_successor", "evict", "restart", "update"]

Replace = Callable[[System, Sequence[str], int], None]
"""Has all pods of some services replaced, for the first, second, … time in a row."""

_LABEL = "e2e"
_EVICTED_SECONDS = 300
_SUCCEEDED_SECONDS = 120

_PAUSE = 3
"""Seconds between two questions, whose cost is taken from the pods that start."""

_REFUSED = 5
"""Seconds until a refused eviction is asked for again, as `kubectl drain` does."""


def restart(system: System, services: Sequence[str], _: int) -> None:
    """As `kubectl rollout restart` does."""
    system.kubectl("rollout", "restart", *(f"deployment/{name}" for name in services))


def update(system: System, services: Sequence[str], number: int) -> None:
    """Changes a label of the pod templates, which each third time it takes away."""
    value = str(number) if number % 3 else None
    patch = json.dumps({"spec": {"template": {"metadata": {"labels": {_LABEL: value}}}}})
    system.kubectl("patch", *(f"deployment/{name}" for name in services), f"--patch={patch}")


def evict(system: System, services: Sequence[str], _: int) -> None:
    """As `kubectl drain` does: asks for the eviction of all pods, again and again where a budget holds it up.

    Raises:
        CheckFailedError: Budgets hold a pod up for five minutes.
    """
    left = [pod["metadata"]["name"] for name in services for pod in system.pods(name)]
    began = time.monotonic()
    while left:
        if time.monotonic() - began > _EVICTED_SECONDS:
            raise CheckFailedError(f"not evicted within {_EVICTED_SECONDS} s: {', '.join(left)}")
        left = [name for name in left if not _is_evicted(system, name)]
        if left:
            time.sleep(_REFUSED)


def await_replaced(system: System, services: Sequence[str], before: Sequence[str]) -> None:
    """Waits until all pods of some services are others, and ready.

    Args:
        system: The system.
        services: The services.
        before: uids of the pods that must be gone.

    Raises:
        CheckFailedError: They are not within five minutes.
    """

    def problems() -> list[str]:
        return problems_of(system.objects("deployments", _selector(services))) or [
            f"{pod['metadata']['name']} is still there"
            for pod in system.objects("pods", _selector(services))
            if pod["metadata"]["uid"] in before
        ]

    until_none(problems, seconds=300, pause=_PAUSE)


def await_successor(system: System, service: str, before: Sequence[str]) -> None:
    """Waits until another pod of a service is ready; the old ones may still be there.

    Args:
        system: The system.
        service: The service.
        before: uids of the old pods.

    Raises:
        CheckFailedError: None is within two minutes.
    """

    def problems() -> list[str]:
        others = [pod for pod in system.pods(service) if pod["metadata"]["uid"] not in before]
        return [] if any(map(is_ready, others)) else [f"no new pod of {service} is ready"]

    until_none(problems, seconds=_SUCCEEDED_SECONDS)


def _is_evicted(system: System, pod: str) -> bool:
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": system.namespace}}
    path = f"/api/v1/namespaces/{system.namespace}/pods/{pod}/eviction"
    done = system.cluster.kubectl("create", f"--raw={path}", "--filename=-", input=json.dumps(eviction), check=False)
    if done.returncode and "disruption budget" not in done.stderr:
        raise CheckFailedError(f"eviction of {pod}: {done.stderr.strip()}")
    return done.returncode == 0


def _selector(services: Sequence[str]) -> str:
    return f"--selector=app in ({','.join(services)})"
