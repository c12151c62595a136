"""Who may connect to whom: NetworkPolicies made from the connections of a system."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cdk8s_backend.errors import InvalidValueError
from cdk8s_backend.linker import ELSEWHERE_ANNOTATION
from cdk8s_backend.manifest import KubernetesObjects, Manifest
from cdk8s_backend.names import validate_dns_label
from cdk8s_backend.values import Endpoint

from cdk8s import ApiObject
from constructs import Construct

__all__ = ["Connection", "ConnectionPolicies"]

_DEFAULT_DENY = "default-deny"
_ALLOW_DNS = "allow-dns"
_ALLOW_CHALLENGES = "allow-acme-challenges"
_BOTH_WAYS = ["Ingress", "Egress"]
_DNS_PORT = 53
_DNS_APPS = ["kube-dns", "node-local-dns"]
_NODE_LOCAL_DNS = "169.254.20.10/32"
_SOLVER_LABEL = "acme.cert-manager.io/http01-solver"
_SOLVER_PORT = 8089


@dataclass(frozen=True)
class Connection:
    """A TCP connection that pods may open to others of their namespace.

    Args:
        source: Value of the label `app` of the pods that open it.
        target: Where it leads: to the pods whose label `app` is the host, at the port, which is that of their Service
            too.

    Raises:
        InvalidValueError: The source is no DNS label.
    """

    source: str
    target: Endpoint

    def __post_init__(self) -> None:
        validate_dns_label(self.source, f"source of a connection to {self.target}: label app")


class ConnectionPolicies(KubernetesObjects):
    """NetworkPolicies that close a namespace but for the connections that are named.

    `default-deny` closes every pod of the namespace in both directions, `allow-dns` opens the way to the cluster's DNS,
    and each end of a connection has a policy of the name of its label `app`, which opens its side. An answer needs no
    connection of its own, and the kubelet of the node reaches its pods all the same.

    Args:
        scope: Where it belongs.
        id: Its name in the construct tree.
        connections: What pods may open to each other.
        entrances: Namespace to what all its pods may open, like that of an Ingress controller to the Services with a
            route. Default none.
        challenges_from: Namespace whose pods, like those of an Ingress controller, may reach the ones that cert-manager
            makes to answer an ACME HTTP-01 challenge; the policy is `allow-acme-challenges`. Default none.

    Attributes:
        policies: The NetworkPolicies by name.

    Raises:
        InvalidValueError: A namespace is no DNS label, or the label `app` of a pod is `default-deny`, `allow-dns` or
            `allow-acme-challenges`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        connections: Sequence[Connection],
        entrances: Mapping[str, Sequence[Endpoint]] | None = None,
        challenges_from: str | None = None,
    ) -> None:
        entrances = entrances or {}
        for namespace in (*entrances, *([challenges_from] if challenges_from is not None else [])):
            validate_dns_label(namespace, "namespace")
        ends = [end for each in connections for end in (each.source, each.target.host)]
        apps = dict.fromkeys([*ends, *(endpoint.host for reached in entrances.values() for endpoint in reached)])
        for name in (_DEFAULT_DENY, _ALLOW_DNS, _ALLOW_CHALLENGES):
            if name in apps:
                raise InvalidValueError(
                    f"pods with app={name} would need a policy {name}, which is that of other pods; use another label"
                )
        specs = {_DEFAULT_DENY: {"podSelector": {}, "policyTypes": _BOTH_WAYS}, _ALLOW_DNS: _allow_dns()}
        specs |= {app: _policy_of(app, connections, entrances) for app in apps}
        policies = {name: _network_policy(name, spec) for name, spec in specs.items()}
        if challenges_from is not None:
            policies[_ALLOW_CHALLENGES] = _allow_challenges(challenges_from)
        super().__init__(scope, id, policies)
        self._names = tuple(policies)

    @property
    def policies(self) -> Mapping[str, ApiObject]:
        """The NetworkPolicies by name."""
        return {name: self.api_object(name) for name in self._names}


def _network_policy(name: str, spec: Mapping[str, Any], annotations: Mapping[str, str] | None = None) -> Manifest:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, **({"annotations": dict(annotations)} if annotations else {})},
        "spec": dict(spec),
    }


def _allow_challenges(namespace: str) -> Manifest:
    spec = {
        "podSelector": {"matchLabels": {_SOLVER_LABEL: "true"}},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [_namespace_peer(namespace)], "ports": _ports(_SOLVER_PORT)}],
    }
    return _network_policy(_ALLOW_CHALLENGES, spec, {ELSEWHERE_ANNOTATION: f"Pod/{_SOLVER_LABEL}=true"})


def _allow_dns() -> dict[str, Any]:
    pods = {"matchExpressions": [{"key": "k8s-app", "operator": "In", "values": _DNS_APPS}]}
    return {
        "podSelector": {},
        "policyTypes": ["Egress"],
        "egress": [
            {
                "to": [
                    {**_namespace_peer("kube-system"), "podSelector": pods},
                    {"ipBlock": {"cidr": _NODE_LOCAL_DNS}},
                ],
                "ports": [{"port": _DNS_PORT, "protocol": protocol} for protocol in ("UDP", "TCP")],
            }
        ],
    }


def _policy_of(
    app: str, connections: Iterable[Connection], entrances: Mapping[str, Sequence[Endpoint]]
) -> dict[str, Any]:
    """The policy of the pods with a label `app`: which peers reach each of their ports, and what they reach."""
    sources: dict[int, list[dict[str, Any]]] = {}
    targets: list[dict[str, Any]] = []
    for namespace, reached in entrances.items():
        for endpoint in dict.fromkeys(reached):
            if endpoint.host == app:
                sources.setdefault(endpoint.port, []).append(_namespace_peer(namespace))
    for connection in dict.fromkeys(connections):
        target = connection.target
        if target.host == app:
            sources.setdefault(target.port, []).append(_peer(connection.source))
        if connection.source == app:
            targets.append({"to": [_peer(target.host)], "ports": _ports(target.port)})
    ingress = [{"from": peers, "ports": _ports(port)} for port, peers in sources.items()]
    return {
        **_peer(app),
        "policyTypes": _BOTH_WAYS,
        **({"ingress": ingress} if ingress else {}),
        **({"egress": targets} if targets else {}),
    }


def _peer(app: str) -> dict[str, Any]:
    return {"podSelector": {"matchLabels": {"app": app}}}


def _namespace_peer(namespace: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}


def _ports(port: int) -> list[dict[str, Any]]:
    return [{"port": port, "protocol": "TCP"}]
