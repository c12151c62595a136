"""Rules for what pods read: keys of ConfigMaps and Secrets, variables, fields of the pod."""

import re
from collections.abc import Iterator

from cdk8s_backend.linker._environment import inherited_names, is_of_service
from cdk8s_backend.linker._field import Field
from cdk8s_backend.linker._index import Index
from cdk8s_backend.linker._keys import config_sources
from cdk8s_backend.linker._model import Container, Workload
from cdk8s_backend.linker._problem import Problem

__all__ = ["environment_keys", "pod_fields", "variable_names", "volume_keys"]

_VARIABLE = re.compile(r"\$\$|\$\(([-._a-zA-Z][-._a-zA-Z0-9]*)\)")
_ALWAYS_SET = frozenset({"KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"})
_POD_FIELDS = frozenset(
    {
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
        "metadata.labels",
        "metadata.annotations",
        "spec.nodeName",
        "spec.serviceAccountName",
        "status.hostIP",
        "status.hostIPs",
        "status.podIP",
        "status.podIPs",
    }
)
_POD_MAP_ENTRY = re.compile(r"metadata\.(labels|annotations)\['([^']*)'\]")


def environment_keys(index: Index) -> Iterator[Problem]:
    """`env` and `envFrom` name ConfigMaps, Secrets and keys that exist."""
    for workload in index.workloads:
        for container in workload.containers:
            for entry in container.root["env"].each():
                source = entry["valueFrom"]
                for reference, kind in ((source["configMapKeyRef"], "ConfigMap"), (source["secretKeyRef"], "Secret")):
                    if reference.present:
                        yield from _check_keys(index, workload, reference, reference["name"], kind, [reference["key"]])
            for source in container.root["envFrom"].each():
                for reference, kind in ((source["configMapRef"], "ConfigMap"), (source["secretRef"], "Secret")):
                    if reference.present:
                        yield from _check_keys(index, workload, reference, reference["name"], kind, [])


def volume_keys(index: Index) -> Iterator[Problem]:
    """Volumes name ConfigMaps, Secrets and keys that exist."""
    for workload in index.workloads:
        for volume in workload.pod["volumes"].each():
            for reference, name, kind in config_sources(volume):
                keys = [item["key"] for item in reference["items"].each()]
                yield from _check_keys(index, workload, reference, name, kind, keys)


def _check_keys(
    index: Index, workload: Workload, reference: Field, name: Field, kind: str, wanted: list[Field]
) -> Iterator[Problem]:
    if reference["optional"].value is True:
        return
    keys = index.keys.get((kind, workload.namespace, name.text or ""))
    if keys is None:
        yield from index.dangling(workload.resource, name, kind)
        return
    for key in wanted:
        if not keys.open and key.text not in keys.names:
            yield Problem(
                source=workload.title,
                field=key.path,
                target=f"key {key.value} of {kind}/{name.text}",
                reason=f"does not exist in what {keys.maker} makes" if keys.maker else "does not exist",
                candidate=index.closest(str(key.value), keys.names),
            )


def variable_names(index: Index) -> Iterator[Problem]:
    """`$(NAME)` names a variable of the container that is set before it; no variable is set twice."""
    for workload in index.workloads:
        for container in workload.containers:
            known = inherited_names(index, workload, container)
            own: set[str] = set()
            for entry in container.root["env"].each():
                name = entry["name"].text
                if known is not None:
                    available = known | own
                    yield from _check_variables(index, workload, container, entry["value"], available)
                if name in own:
                    yield Problem(
                        source=workload.title,
                        field=entry["name"].path,
                        target=f"variable {name} of container {container.name}",
                        reason="is set twice; set it once",
                    )
                if name is not None:
                    own.add(name)
            if known is not None:
                for text in _expanded_texts(container):
                    yield from _check_variables(index, workload, container, text, known | own)


def _expanded_texts(container: Container) -> Iterator[Field]:
    yield from container.root["command"].each()
    yield from container.root["args"].each()
    for mount in container.root["volumeMounts"].each():
        yield mount["subPathExpr"]


def _check_variables(
    index: Index, workload: Workload, container: Container, place: Field, available: set[str]
) -> Iterator[Problem]:
    text = place.text or ""
    is_script = any(character.isspace() for character in text)
    for match in _VARIABLE.finditer(text):
        name = match[1]
        if name is None or name in available or name in _ALWAYS_SET:
            continue
        if is_script and name != name.upper():
            continue  # `$(date)` in a script is the shell's
        if is_of_service(index, workload, name):
            continue
        yield Problem(
            source=workload.title,
            field=place.path,
            target=f"variable {name} of container {container.name}",
            reason="is not set before it is used",
            candidate=index.closest(name, available),
        )


def pod_fields(index: Index) -> Iterator[Problem]:
    """`fieldRef` names a field, label or annotation that the pod has; other references name its containers."""
    for workload in index.workloads:
        containers = {container.name for container in workload.containers}
        for reference in _downward_references(workload):
            path = reference["fieldRef"]["fieldPath"]
            if path.text is not None and (problem := _check_pod_field(index, workload, path, path.text)) is not None:
                yield problem
            name = reference["resourceFieldRef"]["containerName"]
            if name.text is not None and name.text not in containers:
                yield _missing_container(index, workload, name, name.text, containers)
        default = workload.template["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"]
        if default.text is not None and default.text not in containers:
            yield _missing_container(index, workload, default, default.text, containers)


def _downward_references(workload: Workload) -> Iterator[Field]:
    for container in workload.containers:
        for entry in container.root["env"].each():
            yield entry["valueFrom"]
    for volume in workload.pod["volumes"].each():
        yield from volume["downwardAPI"]["items"].each()
        for source in volume["projected"]["sources"].each():
            yield from source["downwardAPI"]["items"].each()


def _check_pod_field(index: Index, workload: Workload, place: Field, path: str) -> Problem | None:
    if path in _POD_FIELDS:
        return None
    if (match := _POD_MAP_ENTRY.fullmatch(path)) is None:
        target, pool = f"field {path} of the pod", set(_POD_FIELDS)
    else:
        kind, key = match.groups()
        if "kubernetes.io/" in key or key in ("controller-uid", "job-name", "pod-template-hash"):
            return None  # set by controllers
        pool = {name for name, _ in workload.template["metadata"][kind].entries()}
        target = f"{kind[:-1]} {key} of the pod template"
        if key in pool:
            return None
        path = key
    return Problem(
        source=workload.title,
        field=place.path,
        target=target,
        reason="does not exist",
        candidate=index.closest(path, pool),
    )


def _missing_container(index: Index, workload: Workload, place: Field, name: str, pool: set[str]) -> Problem:
    return Problem(
        source=workload.title,
        field=place.path,
        target=f"container {name} of the same pod",
        reason="does not exist",
        candidate=index.closest(name, pool),
    )
