"""Rules for volumes and claims."""

import itertools
from collections import defaultdict
from collections.abc import Iterator

from cdk8s_backend.linker._field import Field
from cdk8s_backend.linker._index import Index
from cdk8s_backend.linker._model import Resource, Workload
from cdk8s_backend.linker._problem import Problem

__all__ = ["adopted_claims", "claim_names", "mounts", "unused_claims"]

_SHARED_MODES = frozenset({"ReadWriteMany", "ReadOnlyMany"})
_ADOPTED_FIELDS = (
    ("size", ("spec", "resources", "requests", "storage")),
    ("storage class", ("spec", "storageClassName")),
    ("access modes", ("spec", "accessModes")),
    ("volume mode", ("spec", "volumeMode")),
)


def mounts(index: Index) -> Iterator[Problem]:
    """A mount names a volume, a volume is mounted, and no path or name is taken twice."""
    for workload in index.workloads:
        volumes: dict[str, Field] = {}
        for name in _volume_names(workload):
            if name.text is None:
                continue
            if name.text in volumes:
                yield _taken_twice(workload, name, f"volume {name.text}", volumes[name.text])
            volumes.setdefault(name.text, name)
        used: set[str | None] = set()
        for container in workload.containers:
            paths: dict[str, Field] = {}
            for mount in container.root["volumeMounts"].each():
                path = mount["mountPath"]
                if path.text is not None:
                    normal = path.text.rstrip("/") or "/"
                    if normal in paths:
                        yield _taken_twice(workload, path, f"path {normal} of {container.name}", paths[normal])
                    paths.setdefault(normal, path)
            for mount in (*container.root["volumeMounts"].each(), *container.root["volumeDevices"].each()):
                used.add(mount["name"].text)
                if mount["name"].text not in volumes:
                    yield Problem(
                        source=workload.title,
                        field=mount["name"].path,
                        target=f"volume {mount['name'].value} of the same pod",
                        reason="does not exist",
                        candidate=index.closest(str(mount["name"].value), volumes),
                    )
        for volume, place in volumes.items():
            if volume not in used:
                yield Problem(
                    source=workload.title,
                    field=place.path,
                    target=f"volume {volume}",
                    reason="is mounted by no container; mount it or remove it",
                )


def _volume_names(workload: Workload) -> Iterator[Field]:
    for volume in workload.pod["volumes"].each():
        yield volume["name"]
    for template in _claim_templates(workload):
        yield template["metadata"]["name"]


def _claim_templates(workload: Workload) -> Iterator[Field]:
    if workload.resource.kind == "StatefulSet":
        yield from workload.resource.spec["volumeClaimTemplates"].each()


def _taken_twice(workload: Workload, place: Field, target: str, first: Field) -> Problem:
    return Problem(source=workload.title, field=place.path, target=target, reason=f"is taken by {first.path}")


def claim_names(index: Index) -> Iterator[Problem]:
    """A volume names a claim that exists, and a claim for one node at a time belongs to one workload."""
    users: dict[tuple[str, str], dict[str, Field]] = defaultdict(dict)
    for workload in index.workloads:
        for name in _claims_named(workload):
            claim = index.find("PersistentVolumeClaim", workload.namespace, name.text)
            if claim is None:
                yield from index.dangling(workload.resource, name, "PersistentVolumeClaim")
                continue
            others = users[claim.namespace, claim.name]
            if workload.selector is None:  # a Job or Pod may share what it only visits
                continue
            if others and workload.title not in others and not _is_shared(claim):
                yield Problem(
                    source=workload.title,
                    field=name.path,
                    target=claim.title,
                    reason=f"is used by {next(iter(others))} too, and its access modes allow one node at a time",
                )
            others[workload.title] = name


def _claims_named(workload: Workload) -> Iterator[Field]:
    for volume in workload.pod["volumes"].each():
        if volume["persistentVolumeClaim"].present:
            yield volume["persistentVolumeClaim"]["claimName"]


def _is_shared(claim: Resource) -> bool:
    return any(mode.value in _SHARED_MODES for mode in claim.spec["accessModes"].each() if mode.text)


def _adopted(index: Index) -> Iterator[tuple[Workload, Field, str, list[int]]]:
    """Yields each claim template with the stem of its claims' names and the ordinals that have a claim."""
    ordinals: dict[tuple[str, str], list[int]] = defaultdict(list)
    for claim in index.of_kind("PersistentVolumeClaim"):
        stem, _, ordinal = claim.name.rpartition("-")
        if ordinal.isascii() and ordinal.isdigit() and len(ordinal) < 10 and str(int(ordinal)) == ordinal:
            ordinals[claim.namespace, stem].append(int(ordinal))
    for workload in index.workloads:
        for template in _claim_templates(workload):
            stem = f"{template['metadata']['name'].text}-{workload.resource.name}"
            yield workload, template, stem, ordinals.get((workload.namespace, stem), [])


def _wanted_ordinals(workload: Workload) -> range:
    replicas = workload.resource.spec["replicas"].number
    start = workload.resource.spec["ordinals"]["start"].number or 0
    return range(start, start + (1 if replicas is None else max(replicas, 0)))


def adopted_claims(index: Index) -> Iterator[Problem]:
    """Claims that a StatefulSet adopts equal its template, and every replica has one if any has."""
    for workload, template, stem, ordinals in _adopted(index):
        for ordinal in ordinals:
            claim = index.find("PersistentVolumeClaim", workload.namespace, f"{stem}-{ordinal}")
            if claim is None:
                continue
            for what, path in _ADOPTED_FIELDS:
                theirs, ours = _walk(claim.root, path), _walk(template, path)
                if theirs.value != ours.value:
                    yield Problem(
                        source=claim.title,
                        field=theirs.path,
                        target=f"{what} {_show(ours)} of the claim template in {workload.title}",
                        reason=f"differs: this claim has {_show(theirs)}; make them equal",
                    )
        taken = set(ordinals)
        missing = next((each for each in _wanted_ordinals(workload) if each not in taken), None)
        if taken and missing is not None:
            yield Problem(
                source=workload.title,
                field=workload.resource.spec["replicas"].path,
                target=f"PersistentVolumeClaim/{stem}-{missing}",
                reason=f"does not exist, while {stem}-{min(taken)} does; every replica needs one",
            )


def _walk(place: Field, path: tuple[str, ...]) -> Field:
    for key in path:
        place = place[key]
    return place


def _show(place: Field) -> str:
    if isinstance(place.value, list):
        return ", ".join(str(each) for each in place.value)
    return "(none)" if place.value is None else str(place.value)


def unused_claims(index: Index) -> Iterator[Problem]:
    """Every claim is used: a volume names it, or a StatefulSet's template adopts it."""
    users: dict[str, dict[str, str]] = defaultdict(dict)
    for workload in index.workloads:
        users[workload.namespace].update({name.text: workload.title for name in _claims_named(workload) if name.text})
    for workload, _, stem, ordinals in _adopted(index):
        wanted = _wanted_ordinals(workload)
        adopted = (each for each in ordinals if each in wanted)
        first = itertools.islice(wanted, 1)
        names = (f"{stem}-{each}" for each in itertools.chain(adopted, first))
        users[workload.namespace].update(dict.fromkeys(names, workload.title))
    for claim in index.of_kind("PersistentVolumeClaim"):
        if claim.name not in users[claim.namespace]:
            candidate, owner = index.closest_of(claim.name, users[claim.namespace])
            yield Problem(
                source=claim.title,
                field="metadata.name",
                target="a volume or a claim template (<template>-<set>-<ordinal>)",
                reason=f"that uses this claim does not exist in namespace {claim.namespace}",
                candidate=candidate,
                owner=owner,
            )
