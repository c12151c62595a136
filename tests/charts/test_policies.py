"""The NetworkPolicies open what the architecture connects, at both ends, and nothing else."""

import dataclasses
from collections.abc import Iterator
from typing import Any

from cdk8s_backend.assertions import Manifests

import pytest

from charts.connectors import connectors
from charts.topology import KAFKA, POSTGRESQL, SERVICES, ServiceUnit, Topology
from tests.support.synthesis import manifests_of, phases_of

OUTSIDE = "namespace ingress-nginx"
POSTGRES, PRIMARY, REPLICA, CACHE, BROKER, COORDINATOR = (
    ("postgresql", 5432),
    ("redis-value", 6379),
    ("redis-replica", 6379),
    ("redis-cache", 6379),
    ("kafka", 9092),
    ("zookeeper", 2181),
)
PROVISION = ("dashboard-provision-service", 3004)
CONNECTIONS = {
    OUTSIDE: {
        ("count-write-service", 3000),
        ("count-read-service", 3001),
        ("count-management-service", 3002),
        ("count-analysis-service", 3003),
        PROVISION,
        ("dashboard-update-service", 3005),
    },
    "count-write-service": {POSTGRES, PRIMARY, CACHE, BROKER},
    "count-read-service": {POSTGRES, REPLICA, CACHE},
    "count-management-service": {POSTGRES, PRIMARY, CACHE, BROKER},
    "count-analysis-service": {REPLICA},
    "dashboard-provision-service": {POSTGRES},
    "dashboard-update-service": {PROVISION, REPLICA, CACHE, BROKER},
    "postgresql-init": {POSTGRES},
    "redis-replica": {PRIMARY},
    "kafka": {COORDINATOR},
}
"""The table of connectors of the architecture, and what the programs need to run at all."""
BACKUPS = {
    "countinfo-backup": {POSTGRES},
    "dashboardconfig-backup": {POSTGRES},
    "redis-value-backup": {PRIMARY},
    "redis-value": {("redis-value-backup", 6380)},
}
"""What backups need, and the restoration of a Redis, which follows the pod that has the backup."""

Connections = set[tuple[str, str, int]]


def _of_each_workload(manifests: Manifests) -> Iterator[tuple[str, dict[str, Any]]]:
    """The policies that speak of one workload, by its label `app`."""
    for policy in manifests.find("NetworkPolicy"):
        selector = policy["spec"]["podSelector"]
        if selector:
            (app,) = selector["matchLabels"].values()
            assert selector == {"matchLabels": {"app": app}}, "exactly one label"
            yield app, policy["spec"]


def _peer(peer: dict[str, Any]) -> str:
    (kind,) = peer
    (label,) = peer[kind]["matchLabels"].values()
    return label if kind == "podSelector" else f"namespace {label}"


def _opened(manifests: Manifests) -> tuple[Connections, Connections]:
    """What the sources may open, and what the targets let in; pods of other namespaces are none of the sources."""
    egress: Connections = set()
    ingress: Connections = set()
    for app, spec in _of_each_workload(manifests):
        for rule in spec.get("egress", []):
            egress |= {(app, _peer(peer), port["port"]) for peer in rule["to"] for port in rule["ports"]}
        for rule in spec.get("ingress", []):
            ingress |= {(_peer(peer), app, port["port"]) for peer in rule["from"] for port in rule["ports"]}
    return egress, ingress


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"tls": {"issuer": "letsencrypt"}, "ingress_controller_namespace": "edge"}, ["allow-acme-challenges"]),
        ({"tls": {"secretName": "count-certificate"}}, []),
        ({"tls": {"issuer": "letsencrypt"}, "network_policies": False}, []),
    ],
    ids=["issuer", "no issuer", "no policies"],
)
def test_an_issuer_s_challenge_is_answered(settings: dict[str, Any], names: list[str]) -> None:
    challenges = [
        policy
        for policy in manifests_of("production", **settings).find("NetworkPolicy")
        if policy["metadata"]["name"] == "allow-acme-challenges"
    ]
    assert [policy["metadata"]["name"] for policy in challenges] == names
    for policy in challenges:
        (rule,) = policy["spec"]["ingress"]
        assert rule["from"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "edge"}}}]


def test_every_connector_is_open_at_both_ends_and_nothing_else_is() -> None:
    expected = {(source, *target) for source, targets in CONNECTIONS.items() for target in targets}
    egress, ingress = _opened(manifests_of("production"))
    assert ingress == expected
    assert egress == {each for each in expected if each[0] != OUTSIDE}


def test_with_backups_their_connections_are_open_too_at_both_ends() -> None:
    manifests = manifests_of("production", backups={"schedule": "0 3 * * *"})
    with_them, without = _opened(manifests), _opened(manifests_of("production"))
    expected = {(source, *target) for source, targets in BACKUPS.items() for target in targets}
    assert [after - before for after, before in zip(with_them, without, strict=True)] == [expected, expected]
    assert [before - after for after, before in zip(with_them, without, strict=True)] == [set(), set()]


def test_every_pod_has_a_policy_of_its_own_beside_the_two_for_all() -> None:
    manifests = manifests_of("production")
    workloads = [each for kind in ("Deployment", "StatefulSet", "Job") for each in manifests.find(kind)]
    labels = {each["metadata"]["name"]: each["spec"]["template"]["metadata"]["labels"]["app"] for each in workloads}
    assert len(labels) == 13
    assert dict(_of_each_workload(manifests)).keys() == set(labels.values())
    for_all = [each for each in manifests.find("NetworkPolicy") if each["spec"]["podSelector"] == {}]
    assert [each["metadata"]["name"] for each in for_all] == ["default-deny", "allow-dns"]


def test_pods_are_closed_before_the_first_one_starts() -> None:
    phases = phases_of("production")
    assert {phase for phase, items in phases.items() if any(each["kind"] == "NetworkPolicy" for each in items)} == {
        "configuration"
    }


def test_the_controller_of_another_namespace_may_come_in_instead() -> None:
    _, ingress = _opened(manifests_of("production", ingress_controller_namespace="traefik"))
    assert {source for source, _, _ in ingress if source.startswith("namespace ")} == {"namespace traefik"}


def test_the_settings_can_leave_all_policies_out() -> None:
    manifests_of("production", network_policies=False).lacks("NetworkPolicy")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"paths": ("/report",)}, {(OUTSIDE, "report-service", 3006)}),
        ({"kafka": True, "waits_for": (KAFKA,)}, {("report-service", *BROKER)}),
        ({"waits_for": (POSTGRESQL,)}, {("report-service", *POSTGRES)}),
        ({"services": ("count-read-service",)}, {("report-service", "count-read-service", 3001)}),
    ],
)
def test_what_a_further_service_uses_or_waits_for_is_opened(fields: dict[str, Any], expected: Connections) -> None:
    service = ServiceUnit(name="report-service", port=3006, **fields)
    phases = phases_of("production", Topology(services=(*SERVICES, service)))
    manifests = Manifests(manifest for phase in phases.values() for manifest in phase)
    assert _opened(manifests)[1] - _opened(manifests_of("production"))[1] == expected


def test_waiting_for_what_is_used_is_no_second_connector() -> None:
    system = Topology()
    waiting = dataclasses.replace(system.service("count-read-service"), waits_for=(POSTGRESQL,))
    others = [unit for unit in system.services if unit.name != waiting.name]
    assert len(connectors(Topology(services=(*others, waiting)))) == len(connectors(system))
