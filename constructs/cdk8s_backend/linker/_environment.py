"""The environment that a container gets, as far as the manifests tell it."""

from collections.abc import Iterator
from dataclasses import dataclass

from cdk8s_backend.linker._field import Field
from cdk8s_backend.linker._index import Index
from cdk8s_backend.linker._model import Container, Resource, Workload

__all__ = ["Variable", "inherited_names", "is_of_service", "variables_of"]


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable whose value the manifests hold.

    Attributes:
        name: Its name.
        value: Its value.
        place: The field that sets it.
        origin: Where the value lies, as "key redis.port of ConfigMap/app-config"; None for a literal.
    """

    name: str
    value: str
    place: Field
    origin: str | None


def variables_of(index: Index, workload: Workload, container: Container) -> Iterator[Variable]:
    """Yields the variables with a literal value or one from a ConfigMap."""
    for source in container.root["envFrom"].each():
        config = source["configMapRef"]["name"]
        found = index.find("ConfigMap", workload.namespace, config.text)
        if found is not None:
            prefix = source["prefix"].text or ""
            for suffix, value in found.root["data"].entries():
                if value.text is not None:
                    yield Variable(f"{prefix}{suffix}", value.text, config, f"key {suffix} of {found.title}")
    for entry in container.root["env"].each():
        name = entry["name"].text
        if name is None:
            continue
        reference = entry["valueFrom"]["configMapKeyRef"]
        found = index.find("ConfigMap", workload.namespace, reference["name"].text)
        key = reference["key"].text
        literal = entry["value"].text
        configured = None if found is None or key is None else found.root["data"][key].text
        if literal is not None:
            yield Variable(name, literal, entry["value"], None)
        elif found is not None and configured is not None:
            yield Variable(name, configured, reference["key"], f"key {key} of {found.title}")


def inherited_names(index: Index, workload: Workload, container: Container) -> set[str] | None:
    """The names of the variables that `envFrom` brings; None if only the cluster knows them all."""
    names: set[str] = set()
    for source in container.root["envFrom"].each():
        for field, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
            if not source[field].present:
                continue
            keys = index.keys.get((kind, workload.namespace, source[field]["name"].text or ""))
            if keys is None or keys.open:
                return None
            prefix = source["prefix"].text or ""
            names.update(f"{prefix}{key}" for key in keys.names)
    return names


def is_of_service(index: Index, workload: Workload, name: str) -> bool:
    """Whether the kubelet sets the variable for a Service of the namespace (`enableServiceLinks`)."""
    return workload.pod["enableServiceLinks"].value is not False and any(
        name in _service_variables(service)
        for service in index.of_kind("Service")
        if service.namespace == workload.namespace and name.startswith(_in_variable(service.name))
    )


def _service_variables(service: Resource) -> set[str]:
    if service.spec["clusterIP"].value == "None" or service.spec["type"].value == "ExternalName":
        return set()
    start = _in_variable(service.name)
    names = {f"{start}_SERVICE_HOST", f"{start}_SERVICE_PORT", f"{start}_PORT"}
    for port in service.spec["ports"].each():
        one = f"{start}_PORT_{port['port'].value}_{port['protocol'].text or 'TCP'}"
        names |= {one, f"{one}_PROTO", f"{one}_PORT", f"{one}_ADDR"}
        if port["name"].text is not None:
            names.add(f"{start}_SERVICE_PORT_{_in_variable(port['name'].text)}")
    return names


def _in_variable(name: str) -> str:
    return name.upper().replace("-", "_")
