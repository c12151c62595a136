"""A namespace is closed but for the connections that are named, and each of them is open on both sides."""

from typing import Any

from cdk8s_backend import Connection, ConnectionPolicies, Endpoint, InvalidValueError, linker
from cdk8s_backend.assertions import Manifests

import cdk8s
import pytest
from cdk8s import Chart

WEB, API, DATABASE = Endpoint("web", 80), Endpoint("api", 8080), Endpoint("db", 5432)


@pytest.fixture
def chart() -> Chart:
    return Chart(cdk8s.Testing.app(), "test", namespace="shop", disable_resource_name_hashes=True)


def _policies(chart: Chart, **given: Any) -> dict[str, dict[str, Any]]:
    ConnectionPolicies(chart, "policies", **{"connections": [], **given})
    return {manifest["metadata"]["name"]: manifest["spec"] for manifest in Manifests.of(chart)}


def _pods(app: str) -> dict[str, Any]:
    return {"podSelector": {"matchLabels": {"app": app}}}


def _namespace(name: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def test_without_a_connection_every_pod_is_closed_but_for_dns(chart: Chart) -> None:
    policies = _policies(chart)
    assert list(policies) == ["default-deny", "allow-dns"]
    assert policies["default-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    dns = policies["allow-dns"]
    assert (dns["podSelector"], dns["policyTypes"]) == ({}, ["Egress"])
    (rule,) = dns["egress"]
    assert rule["ports"] == [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]
    apps = {"matchExpressions": [{"key": "k8s-app", "operator": "In", "values": ["kube-dns", "node-local-dns"]}]}
    assert rule["to"] == [
        {**_namespace("kube-system"), "podSelector": apps},
        {"ipBlock": {"cidr": "169.254.20.10/32"}},
    ]


def test_a_connection_is_open_at_both_ends(chart: Chart) -> None:
    policies = _policies(chart, connections=[Connection("api", DATABASE)])
    both = ["Ingress", "Egress"]
    ports = [{"port": 5432, "protocol": "TCP"}]
    assert policies["api"] == {**_pods("api"), "policyTypes": both, "egress": [{"to": [_pods("db")], "ports": ports}]}
    assert policies["db"] == {**_pods("db"), "policyTypes": both, "ingress": [{"from": [_pods("api")], "ports": ports}]}


def test_the_peers_of_a_port_are_one_rule_and_each_target_is_one(chart: Chart) -> None:
    admin = Endpoint("db", 9000)
    connections = [Connection("api", DATABASE), Connection("job", DATABASE), Connection("job", admin)]
    policies = _policies(chart, connections=[*connections, connections[0]])
    ingress = [(rule["from"], rule["ports"][0]["port"]) for rule in policies["db"]["ingress"]]
    assert ingress == [([_pods("api"), _pods("job")], 5432), ([_pods("job")], 9000)]
    assert [rule["ports"][0]["port"] for rule in policies["job"]["egress"]] == [5432, 9000]
    assert len(policies["api"]["egress"]) == 1


def test_all_pods_of_another_namespace_may_enter_where_it_is_said(chart: Chart) -> None:
    policies = _policies(
        chart, connections=[Connection("web", API)], entrances={"edge": [WEB, WEB], "metrics": [API, WEB]}
    )
    (web,) = policies["web"]["ingress"]
    assert (web["from"], web["ports"][0]["port"]) == ([_namespace("edge"), _namespace("metrics")], 80)
    (api,) = policies["api"]["ingress"]
    assert api["from"] == [_namespace("metrics"), _pods("web")]


def test_the_pods_that_answer_an_acme_challenge_are_reached_from_where_it_is_said(chart: Chart) -> None:
    policies = _policies(chart, challenges_from="edge")
    assert policies["allow-acme-challenges"] == {
        "podSelector": {"matchLabels": {"acme.cert-manager.io/http01-solver": "true"}},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [_namespace("edge")], "ports": [{"port": 8089, "protocol": "TCP"}]}],
    }
    assert linker.check(Manifests.of(chart)) == []


def test_the_policies_are_at_hand_by_name(chart: Chart) -> None:
    made = ConnectionPolicies(chart, "policies", connections=[Connection("api", DATABASE)])
    assert list(made.policies) == ["default-deny", "allow-dns", "api", "db"]
    assert made.policies["db"].kind == "NetworkPolicy"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"entrances": {"Edge": [WEB]}}, "namespace 'Edge' is no DNS label"),
        ({"challenges_from": ""}, "namespace '' is no DNS label"),
        ({"connections": [Connection("allow-acme-challenges", WEB)]}, "would need a policy allow-acme-challenges"),
        ({"connections": [Connection("allow-dns", WEB)]}, "app=allow-dns would need a policy allow-dns, which is that"),
        ({"entrances": {"edge": [Endpoint("default-deny", 1)]}}, "app=default-deny would need a policy default-deny"),
    ],
)
def test_names_that_do_not_fit_are_refused(chart: Chart, given: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidValueError, match=message):
        _policies(chart, **given)


def test_a_source_that_no_label_of_a_workload_can_be_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="source of a connection to db:5432: label app 'a_b' is no DNS label"):
        Connection("a_b", DATABASE)
