"""Which connections must be open and which closed, by the topology; and what a try of all of them says."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from charts.connectors import backup_connectors, connectors, entrances
from charts.topology import Topology

__all__ = [
    "CLUSTER",
    "CONTROLLER",
    "OUTSIDE",
    "UNDECLARED_PORT",
    "Target",
    "arguments",
    "differences",
    "expected",
    "of_the_cluster",
    "parse",
    "targets_of",
]

CONTROLLER = "the Ingress controller's namespace"
"""The source that stands for all pods of that namespace."""

UNDECLARED_PORT = 4444
"""A port that no part of the system has, on which pods listen while connections are tried."""

OUTSIDE = "another namespace"
"""The source, and the target, that stands for all pods of other namespaces."""

CLUSTER = "the cluster itself"
"""The target that stands for pods which every system of the cluster uses."""

DNS = ("dns-udp", "dns-tcp")
"""What the probe calls its tries of the cluster's DNS."""

_DNS_PORT = 53

_NOT_OF_THE_SYSTEM = {(CONTROLLER, OUTSIDE), (CONTROLLER, CLUSTER), (OUTSIDE, CLUSTER)}
"""Sources and targets between which nothing is tried."""

_TRIES = 3
"""How often a connection that must be open is tried; one that must be closed is tried once."""


@dataclass(frozen=True, order=True)
class Target:
    """Where a connection leads.

    Args:
        app: Workload of the pod, its label `app`; or `OUTSIDE`, or `CLUSTER`.
        name: Name of the pod.
        address: Its address.
        port: A port on which it listens.
    """

    app: str
    name: str
    address: str
    port: int

    @property
    def endpoint(self) -> str:
        """What the probe calls it."""
        return f"{self.address}:{self.port}"


def targets_of(pods: Iterable[Mapping[str, Any]]) -> tuple[Target, ...]:
    """Each port that the containers of each running pod declare."""
    return tuple(
        Target(pod["metadata"]["labels"]["app"], pod["metadata"]["name"], pod["status"]["podIP"], port["containerPort"])
        for pod in pods
        for port in _ports(pod)
    )


def of_the_cluster(pods: Iterable[Mapping[str, Any]]) -> tuple[Target, ...]:
    """The TCP ports but that of DNS which the cluster's own pods declare; none of a pod in the network of its node."""
    return tuple(
        Target(CLUSTER, pod["metadata"]["name"], pod["status"]["podIP"], port["containerPort"])
        for pod in pods
        if not pod["spec"].get("hostNetwork")
        for port in _ports(pod)
        if port.get("protocol", "TCP") == "TCP" and port["containerPort"] != _DNS_PORT
    )


def expected(system: Topology, source: str, targets: Iterable[Target]) -> dict[str, bool]:
    """What a pod reaches: whether it must be open, by what the probe calls it.

    Args:
        system: The topology.
        source: Workload of the pod, its label `app`; or `CONTROLLER`, `OUTSIDE`, or a name that no workload has.
        targets: What is tried, but for the pod itself, to which it is always open. What does not concern the system is
            not: from the controller what lies outside, and from both the cluster itself.
    """
    calls = (*connectors(system), *backup_connectors())
    edges = {(call.source, call.target.host, call.target.port) for call in calls}
    edges |= {(CONTROLLER, way.service.name, way.service.port) for way in entrances(system)}
    edges |= {(OUTSIDE, OUTSIDE, target.port) for target in targets if target.app == OUTSIDE}
    pairs = {
        target.endpoint: (source, target.app, target.port) in edges
        for target in targets
        if (source, target.app) not in _NOT_OF_THE_SYSTEM
    }
    return dict.fromkeys(DNS, True) | pairs


def arguments(wanted: Mapping[str, bool]) -> list[str]:
    """The arguments of `probe.sh` that try what must be open or closed."""
    words = []
    for endpoint, is_open in wanted.items():
        if endpoint not in DNS:
            address, _, port = endpoint.rpartition(":")
            words += [address, port, str(_TRIES if is_open else 1)]
    return words


def parse(output: str) -> dict[str, bool]:
    """What `probe.sh` found open and closed.

    Raises:
        ValueError: It said something else; the message is that.
    """
    found = {}
    for line in output.splitlines():
        state, _, endpoint = line.partition(" ")
        if state not in ("open", "closed") or not endpoint:
            raise ValueError(f"the probe said {line!r}")
        found[endpoint] = state == "open"
    return found


def differences(
    source: str, wanted: Mapping[str, bool], found: Mapping[str, bool], targets: Iterable[Target]
) -> list[str]:
    """What is not as it must be, a line each; what the probe does not mention too."""
    names = {target.endpoint: f"{target.name}:{target.port} ({target.endpoint})" for target in targets}
    words = {True: "open", False: "closed", None: "not tried"}
    return [
        f"{source} -> {names.get(endpoint, endpoint)}: must be {words[must]}, is {words[found.get(endpoint)]}"
        for endpoint, must in wanted.items()
        if found.get(endpoint) is not must
    ]


def _ports(pod: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What the containers of a pod declare, if it is running."""
    if pod["status"]["phase"] == "Running":
        for container in pod["spec"]["containers"]:
            yield from container.get("ports", ())
