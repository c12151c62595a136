"""Rules for ports and selectors: what reaches which pods."""

from collections.abc import Iterator

from cdk8s_backend.linker._field import Field
from cdk8s_backend.linker._index import Index, is_elsewhere
from cdk8s_backend.linker._model import Container, Port, Resource, Workload
from cdk8s_backend.linker._ports import check_port
from cdk8s_backend.linker._problem import Problem
from cdk8s_backend.linker._selector import Selector

__all__ = [
    "disruption_budgets",
    "governing_services",
    "network_policies",
    "placement",
    "probe_ports",
    "service_targets",
    "workload_selectors",
]

_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
_HOOKS = ("postStart", "preStop")


def probe_ports(index: Index) -> Iterator[Problem]:
    """Probes and lifecycle hooks use a port that their container declares."""
    for workload in index.workloads:
        for container in workload.containers:
            for handler in _handlers(container):
                for action in ("httpGet", "tcpSocket", "grpc"):
                    place = handler[action]["port"]
                    if place.present and not handler[action]["host"].present:
                        owner = f"container {container.name}"
                        problem = check_port(index, workload.resource, place, container.ports, owner)
                        if problem is not None:
                            yield problem


def _handlers(container: Container) -> Iterator[Field]:
    for probe in _PROBES:
        yield container.root[probe]
    for hook in _HOOKS:
        yield container.root["lifecycle"][hook]


def service_targets(index: Index) -> Iterator[Problem]:
    """A Service selects exactly one workload, and its ports lead to ports of those pods."""
    for service in index.of_kind("Service"):
        place = service.spec["selector"]
        selector = Selector.of_map(place)
        if selector.empty:
            continue
        workloads = index.select(service.namespace, selector)
        yield from _check_single(index, service, place, selector, workloads)
        for port in service.spec["ports"].each():
            target = port["targetPort"] if port["targetPort"].present else port["port"]
            for workload in workloads[:1]:
                protocol = port["protocol"].text or "TCP"
                problem = check_port(index, service, target, workload.ports, workload.title, protocol=protocol)
                if problem is not None:
                    yield problem


def _check_single(
    index: Index, source: Resource, place: Field, selector: Selector, workloads: list[Workload]
) -> Iterator[Problem]:
    if len(workloads) == 1 or (not workloads and _are_elsewhere(source, selector)):
        return
    if workloads:
        titles = " and ".join(workload.title for workload in workloads)
        reason = f"are ambiguous: they belong to {titles}; select one workload"
    else:
        reason = f"do not exist in namespace {source.namespace}"
    candidate, owner = (None, None) if workloads else index.closest_labels(source.namespace, selector)
    yield Problem(
        source=source.title,
        field=place.path,
        target=f"pods with {selector}",
        reason=reason,
        candidate=candidate,
        owner=owner,
    )


def _are_elsewhere(source: Resource, selector: Selector) -> bool:
    """Whether pods with these labels exist without being declared: the source lists `Pod/KEY=VALUE` for each label."""
    labels = selector.equal.items()
    return bool(labels) and all(is_elsewhere(source, f"Pod/{key}={value}") for key, value in labels)


def workload_selectors(index: Index) -> Iterator[Problem]:
    """A workload's selector takes its own pods and no other workload's."""
    for workload in index.workloads:
        selector, place = workload.selector, workload.resource.spec["selector"]
        if selector is None or (selector.empty and not place.present):
            continue
        if selector.empty or not selector.matches(workload.labels):
            labels = ",".join(f"{key}={value}" for key, value in workload.labels.items()) or "no labels"
            candidate, owner = index.closest_labels(workload.namespace, selector)
            yield Problem(
                source=workload.title,
                field=place.path,
                target=f"pods with {selector}",
                reason=f"are not its own: {workload.template['metadata']['labels'].path} has {labels}",
                candidate=candidate,
                owner=owner,
            )
        for other in index.select(workload.namespace, selector):
            if other is not workload and other.selector is not None:
                yield Problem(
                    source=workload.title,
                    field=place.path,
                    target=f"pods with {selector}",
                    reason=f"are those of {other.title} too; give each workload a label of its own",
                )


def governing_services(index: Index) -> Iterator[Problem]:
    """A StatefulSet's `serviceName` is a Service that selects its pods."""
    for workload in index.workloads:
        place = workload.resource.spec["serviceName"]
        if workload.resource.kind != "StatefulSet" or not place.present:
            continue
        service = index.find("Service", workload.namespace, place.text)
        if service is None:
            yield from index.dangling(workload.resource, place, "Service")
            continue
        selector = Selector.of_map(service.spec["selector"])
        if selector.empty or not selector.matches(workload.labels):
            yield Problem(
                source=workload.title,
                field=place.path,
                target=service.title,
                reason=f"does not select these pods: it selects {'none' if selector.empty else selector}",
            )


def disruption_budgets(index: Index) -> Iterator[Problem]:
    """A PodDisruptionBudget selects exactly one workload, which has no other one."""
    budgets: dict[tuple[str, str], Resource] = {}
    for budget in index.of_kind("PodDisruptionBudget"):
        place = budget.spec["selector"]
        selector = Selector.of_label_selector(place)
        workloads = index.select(budget.namespace, selector)
        yield from _check_single(index, budget, place, selector, workloads)
        for workload in workloads:
            first = budgets.setdefault((workload.namespace, workload.title), budget)
            if first is not budget:
                yield Problem(
                    source=budget.title,
                    field=place.path,
                    target=f"pods with {selector}",
                    reason=f"are in {first.title} too: what is in two budgets cannot be evicted",
                )


def placement(index: Index) -> Iterator[Problem]:
    """Affinity and topology spread select pods that exist."""
    for workload in index.workloads:
        for term in _placement_terms(workload.pod):
            place = term["labelSelector"]
            if not place.present or term["namespaces"].present or term["namespaceSelector"].present:
                continue
            yield from _check_some(index, workload.resource, place, workload.namespace)


def _placement_terms(pod: Field) -> Iterator[Field]:
    yield from pod["topologySpreadConstraints"].each()
    for kind in ("podAffinity", "podAntiAffinity"):
        affinity = pod["affinity"][kind]
        yield from affinity["requiredDuringSchedulingIgnoredDuringExecution"].each()
        for weighted in affinity["preferredDuringSchedulingIgnoredDuringExecution"].each():
            yield weighted["podAffinityTerm"]


def _check_some(index: Index, source: Resource, place: Field, namespace: str) -> Iterator[Problem]:
    selector = Selector.of_label_selector(place)
    if not (selector.empty or index.select(namespace, selector) or _are_elsewhere(source, selector)):
        candidate, owner = index.closest_labels(namespace, selector)
        yield Problem(
            source=source.title,
            field=place.path,
            target=f"pods with {selector}",
            reason=f"do not exist in namespace {namespace}",
            candidate=candidate,
            owner=owner,
        )


def network_policies(index: Index) -> Iterator[Problem]:
    """A NetworkPolicy names pods that exist and ports that they have."""
    for policy in index.of_kind("NetworkPolicy"):
        place = policy.spec["podSelector"]
        yield from _check_some(index, policy, place, policy.namespace)
        own = index.select(policy.namespace, Selector.of_label_selector(place))
        for rule in policy.spec["ingress"].each():
            for peer in rule["from"].each():
                yield from _check_peer(index, policy, peer)
            yield from _check_policy_ports(index, policy, rule, own)
        for rule in policy.spec["egress"].each():
            peers = list(rule["to"].each())
            for peer in peers:
                yield from _check_peer(index, policy, peer)
            reached = [_peer_pods(index, policy, peer) for peer in peers]
            known = [workload for pods in reached for workload in pods or ()]
            if known and all(pods is not None for pods in reached):
                yield from _check_policy_ports(index, policy, rule, known)


def _check_peer(index: Index, policy: Resource, peer: Field) -> Iterator[Problem]:
    namespace = _peer_namespace(index, policy, peer)
    if namespace is not None and peer["podSelector"].present:
        yield from _check_some(index, policy, peer["podSelector"], namespace)


def _peer_namespace(index: Index, policy: Resource, peer: Field) -> str | None:
    """The namespace of a peer's pods; None if it lies outside the manifests, or is not one namespace."""
    if peer["ipBlock"].present:
        return None
    if not peer["namespaceSelector"].present:
        return policy.namespace
    wanted = Selector.of_label_selector(peer["namespaceSelector"])
    name = wanted.equal.get("kubernetes.io/metadata.name", "")
    return name if len(wanted.equal) == 1 and index.workloads_in(name) else None


def _peer_pods(index: Index, policy: Resource, peer: Field) -> list[Workload] | None:
    namespace = _peer_namespace(index, policy, peer)
    if namespace is None:
        return None
    return index.select(namespace, Selector.of_label_selector(peer["podSelector"]))


def _check_policy_ports(index: Index, policy: Resource, rule: Field, workloads: list[Workload]) -> Iterator[Problem]:
    if not workloads:
        return
    owner = " and ".join(workload.title for workload in workloads[:3]) + (" and others" if len(workloads) > 3 else "")
    ports = [port for workload in workloads for port in workload.ports]
    for entry in rule["ports"].each():
        place, protocol = entry["port"], entry["protocol"].text or "TCP"
        if not place.present or _in_range(entry, ports, protocol):
            continue
        if place.text is not None and any(port.name == place.text and port.protocol == protocol for port in ports):
            continue  # each pod resolves the name for itself
        problem = check_port(index, policy, place, ports, owner, protocol=protocol)
        if problem is not None:
            yield problem


def _in_range(entry: Field, ports: list[Port], protocol: str) -> bool:
    first, last = entry["port"].number, entry["endPort"].number
    if first is None or last is None:
        return False
    return any(port.protocol == protocol and port.number is not None and first <= port.number <= last for port in ports)
