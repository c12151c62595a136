"""What replaces pods, on a real API server without controllers: it keeps budgets, and nothing makes new pods."""

import json
import secrets
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from charts.topology import Topology
from e2e import rolling
from e2e.environment import settings_of
from e2e.errors import CheckFailedError
from e2e.rolling import await_successor, evict, update
from e2e.system import System
from tests.support.api_server import ApiServer
from tests.support.cluster import Cluster
from tests.support.processes import wait_until

CONTAINERS = [{"name": "api", "image": "api:1"}]


@pytest.fixture
def system(api_server: ApiServer) -> System:
    """A namespace of its own with two running pods of one service, and their Deployment."""
    kubectl = api_server.kubectl
    cluster = Cluster(context=kubectl.context, kubeconfig=api_server.kubeconfig, kubectl=kubectl)
    topology = Topology()
    made = System(
        cluster=cluster,
        topology=topology,
        settings=settings_of(topology),
        folder=Path("unused"),
        ways_in={},
        namespace=f"rolling-{secrets.token_hex(3)}",
    )
    kubectl("create", "namespace", made.namespace)
    template = {"metadata": {"labels": {"app": "api"}}, "spec": {"containers": CONTAINERS}}
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": "api"}}, "template": template}
    _create(made, {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api"}, "spec": spec})
    for name in ("api-0", "api-1"):
        _create_pod(made, name)
    return made


def _create_pod(system: System, name: str, ready: str = "True") -> None:
    metadata = {"name": name, "labels": {"app": "api"}}
    _create(system, {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": CONTAINERS}})
    _patch_status(system, f"pod/{name}", {"phase": "Running", "conditions": [{"type": "Ready", "status": ready}]})


def _create(system: System, manifest: dict[str, Any]) -> None:
    system.kubectl("create", "--filename=-", text=json.dumps(manifest))


def _patch_status(system: System, target: str, status: dict[str, Any]) -> None:
    patch = json.dumps({"status": status})
    system.kubectl("patch", target, "--subresource=status", "--type=merge", f"--patch={patch}")


def _left(system: System) -> list[str]:
    return [pod["metadata"]["name"] for pod in system.objects("pods") if "deletionTimestamp" not in pod["metadata"]]


def _allow(system: System, allowed: int) -> None:
    """Lets a budget allow a number of evictions, as its controller would."""
    generation = system.objects("poddisruptionbudgets")[0]["metadata"]["generation"]
    counts = {"disruptionsAllowed": allowed, "currentHealthy": 2, "desiredHealthy": 1, "expectedPods": 2}
    _patch_status(system, "poddisruptionbudget/api", {"observedGeneration": generation, **counts})


def test_pods_without_a_budget_are_evicted_at_once(system: System) -> None:
    evict(system, ["api"], 1)
    assert _left(system) == []


def test_an_eviction_that_a_budget_holds_up_is_asked_for_again(system: System) -> None:
    _create(system, _budget())
    _allow(system, 1)
    draining = threading.Thread(target=evict, args=[system, ["api"], 1])
    draining.start()
    wait_until(lambda: len(_left(system)) == 1, "the first pod is evicted", seconds=30)
    _allow(system, 1)
    draining.join(timeout=30)
    assert _left(system) == []


def test_a_pod_that_is_never_allowed_to_go_is_named(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rolling, "_EVICTED_SECONDS", 1)
    _create(system, _budget())
    with pytest.raises(CheckFailedError, match="not evicted within 1 s: api-0, api-1"):
        evict(system, ["api"], 1)


def test_a_pod_is_succeeded_by_another_one_that_is_ready(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rolling, "_SUCCEEDED_SECONDS", 1)
    before = [pod["metadata"]["uid"] for pod in system.objects("pods")]
    _create_pod(system, "api-2", ready="False")
    with pytest.raises(CheckFailedError, match="no new pod of api is ready"):
        await_successor(system, "api", before)

    _create_pod(system, "api-3")

    await_successor(system, "api", before)


def test_every_third_update_takes_away_what_the_ones_before_have_changed(system: System) -> None:
    def templates() -> Sequence[dict[str, Any]]:
        return [each["spec"]["template"] for each in system.objects("deployments")]

    (before,) = templates()
    changed: list[dict[str, Any]] = []
    for number in (1, 2, 3):
        update(system, ["api"], number)
        changed += templates()
    assert [template["metadata"]["labels"].get("e2e") for template in changed] == ["1", "2", None]
    assert changed[-1] == before


def _budget() -> dict[str, Any]:
    spec = {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "api"}}}
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "api"}, "spec": spec}
