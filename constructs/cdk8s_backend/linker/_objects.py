"""Rules for objects as a whole: names, namespaces, and who names them."""

from collections.abc import Iterator

from cdk8s_backend.linker._field import Field
from cdk8s_backend.linker._index import Index, is_elsewhere
from cdk8s_backend.linker._model import NAMESPACED_KINDS, Resource
from cdk8s_backend.linker._problem import Problem

__all__ = ["accounts", "duplicate_objects", "duplicate_parts", "namespaces", "scale_targets"]

_ALWAYS_THERE = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})


def duplicate_objects(index: Index) -> Iterator[Problem]:
    """Kind, namespace and name belong to one object."""
    seen: set[tuple[str, str, str]] = set()
    for resource in index.resources:
        key = (resource.kind, resource.namespace, resource.name)
        if key in seen:
            where = f" in namespace {resource.namespace}" if resource.namespace else ""
            yield Problem(
                source=resource.title,
                field="metadata.name",
                target=resource.title,
                reason=f"is declared by another object{where} too; give each a name of its own",
            )
        seen.add(key)


def duplicate_parts(index: Index) -> Iterator[Problem]:
    """Container names within a pod, and ports within a Service, are unique."""
    for workload in index.workloads:
        names = [container.root["name"] for container in workload.containers]
        yield from _duplicates(workload.resource, [(name, name.text) for name in names], "container")
    for service in index.of_kind("Service"):
        ports = list(service.spec["ports"].each())
        yield from _duplicates(service, [(port["name"], port["name"].text) for port in ports], "port")
        numbers = [(port["port"], port["port"].number, port["protocol"].text or "TCP") for port in ports]
        named = [(place, None if number is None else f"{number}/{protocol}") for place, number, protocol in numbers]
        yield from _duplicates(service, named, "port")


def _duplicates(source: Resource, parts: list[tuple[Field, str | None]], what: str) -> Iterator[Problem]:
    first: dict[str, Field] = {}
    for place, name in parts:
        if name is None:
            continue
        if name in first:
            yield Problem(
                source=source.title,
                field=place.path,
                target=f"{what} {name}",
                reason=f"is ambiguous: {first[name].path} has the same",
            )
        first.setdefault(name, place)


def namespaces(index: Index) -> Iterator[Problem]:
    """If the manifests declare a namespace, every object lies in a declared one."""
    declared = set(index.names("Namespace", ""))
    if not declared:
        return
    known = declared | _ALWAYS_THERE
    for resource in index.resources:
        place = resource.root["metadata"]["namespace"]
        is_known = place.text in known or is_elsewhere(resource, f"Namespace/{place.text}")
        if is_known or (not place.present and resource.kind not in NAMESPACED_KINDS):
            continue
        yield Problem(
            source=resource.title,
            field=place.path,
            target=f"Namespace/{place.value}" if place.present else "a namespace",
            reason=f"does not exist; there is {', '.join(sorted(declared))}"
            if place.present
            else f"is not named; there is {', '.join(sorted(declared))}",
            candidate=index.closest(str(place.value), declared) if place.present else None,
        )


def accounts(index: Index) -> Iterator[Problem]:
    """Pods name a ServiceAccount and image pull Secrets that exist."""
    for workload in index.workloads:
        account = workload.pod["serviceAccountName"]
        is_own = account.present and account.text != "default"
        if is_own and index.find("ServiceAccount", workload.namespace, account.text) is None:
            yield from index.dangling(workload.resource, account, "ServiceAccount")
        yield from _pull_secrets(index, workload.resource, workload.pod["imagePullSecrets"])
    for resource in index.of_kind("ServiceAccount"):
        yield from _pull_secrets(index, resource, resource.root["imagePullSecrets"])


def _pull_secrets(index: Index, source: Resource, secrets: Field) -> Iterator[Problem]:
    for secret in secrets.each():
        if ("Secret", source.namespace, secret["name"].text or "") not in index.keys:
            yield from index.dangling(source, secret["name"], "Secret")


def scale_targets(index: Index) -> Iterator[Problem]:
    """A HorizontalPodAutoscaler scales a workload that exists, and that no other one scales."""
    scalers: dict[tuple[str, str, str | None], Resource] = {}
    for scaler in index.of_kind("HorizontalPodAutoscaler"):
        target = scaler.spec["scaleTargetRef"]
        kind, name = target["kind"].text or str(target["kind"].value), target["name"]
        if index.find(kind, scaler.namespace, name.text) is None:
            yield from index.dangling(scaler, name, kind)
        first = scalers.setdefault((scaler.namespace, kind, name.text), scaler)
        if first is not scaler:
            yield Problem(
                source=scaler.title,
                field=name.path,
                target=f"{kind}/{name.value}",
                reason=f"is scaled by {first.title} too",
            )
