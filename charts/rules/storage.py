"""Rule 7: claims."""

from collections.abc import Iterator
from typing import Any

from cdk8s_backend.errors import InvalidValueError
from cdk8s_backend.values import parse_quantity

from charts.rules.folder import Finding, Folder, Resource, at, items, mapping

_ONE_WRITER = (["ReadWriteOnce"], ["ReadWriteOncePod"])


def claims_are_used(folder: Folder) -> Iterator[Finding]:
    """“StatefulSet과 함께 사용”: each StatefulSet finds its claims, and no claim is left over.

    A StatefulSet adopts the claim `<template>-<set>-<ordinal>`; a Deployment names its claim.
    """
    if not folder.of_kind("PersistentVolumeClaim"):
        yield Finding(file="persistentvolumeclaims", right="the claims of the StatefulSets")
    adopted = _templates_of_claims(folder)
    for name in adopted:
        if folder.get("PersistentVolumeClaim", name) is None:
            yield Finding(file="persistentvolumeclaims", object=f"PersistentVolumeClaim {name}", right="a claim")
    mounted = {
        str(at(volume, "persistentVolumeClaim", "claimName"))
        for workload in folder.of_kind("Deployment", "StatefulSet", "Job", "CronJob")
        for volume in items(at(workload.template, "spec", "volumes"))
    }
    for claim in folder.of_kind("PersistentVolumeClaim"):
        if claim.name not in adopted and claim.name not in mounted:
            right = "a name that a StatefulSet adopts (<template>-<set>-<ordinal>) or a pod's volume names"
            yield claim.finding("metadata.name", claim.name, right)


def claims_have_one_writer(folder: Folder) -> Iterator[Finding]:
    """“`accessModes`는 데이터베이스 특성에 맞게 설정”: a database's files have one writer; as in the claim template."""
    for claim in folder.of_kind("PersistentVolumeClaim"):
        found = claim.at("spec", "accessModes")
        if found not in _ONE_WRITER:
            yield claim.finding("spec.accessModes", found, "[ReadWriteOnce]")
        else:
            yield from _unlike_the_template(folder, claim, "accessModes")


def claims_name_their_class(folder: Folder) -> Iterator[Finding]:
    """“`storageClassName` 명시”: and it is that of the claim template."""
    for claim in folder.of_kind("PersistentVolumeClaim"):
        if not claim.at("spec", "storageClassName"):
            yield claim.finding("spec.storageClassName", claim.at("spec", "storageClassName"), "the name of a class")
        else:
            yield from _unlike_the_template(folder, claim, "storageClassName")


def claims_have_a_size(folder: Folder) -> Iterator[Finding]:
    """“용량은 적절히 설정”: above zero, and that of the claim template."""
    for claim in folder.of_kind("PersistentVolumeClaim"):
        found = claim.at("spec", "resources", "requests", "storage")
        if not _is_above_zero(found):
            yield claim.finding("spec.resources.requests.storage", found, "a quantity above zero, like 10Gi")
        else:
            yield from _unlike_the_template(folder, claim, "resources", "requests", "storage")


def _templates_of_claims(folder: Folder) -> dict[str, Any]:
    templates = {}
    for stateful_set in folder.of_kind("StatefulSet"):
        replicas = stateful_set.at("spec", "replicas")
        for template in items(stateful_set.at("spec", "volumeClaimTemplates")):
            for ordinal in range(replicas if isinstance(replicas, int) else 1):
                templates[f"{at(template, 'metadata', 'name')}-{stateful_set.name}-{ordinal}"] = mapping(template)
    return templates


def _unlike_the_template(folder: Folder, claim: Resource, *keys: str) -> Iterator[Finding]:
    template = _templates_of_claims(folder).get(claim.name)
    found, right = claim.at("spec", *keys), at(template, "spec", *keys)
    if template is not None and found != right:
        yield claim.finding(".".join(("spec", *keys)), found, f"{right!r}, as in the claim template")


def _is_above_zero(quantity: object) -> bool:
    try:
        return parse_quantity(str(quantity)) > 0
    except InvalidValueError:
        return False
