"""Rule 11: names."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from charts.rules.folder import Finding, Folder
from charts.rules.specification import NAMESPACE

_KEBAB_CASE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def files_are_in_kebab_case(folder: Folder) -> Iterator[Finding]:
    """“**파일명**: kebab-case (예: `count-write-service.yaml`)”: folders too; hidden files have names of their own."""
    if not folder.manifests:
        yield Finding(file=".", right="files named in kebab-case")
    for file in (*folder.manifests, *folder.texts):
        path = PurePosixPath(file)
        words = (*path.parent.parts, path.name.partition(".")[0])
        if not path.name.startswith(".") and not all(map(_KEBAB_CASE.fullmatch, words)):
            yield Finding(file=file, field="file name", value=path.name, right="a name in kebab-case")


def resources_are_in_kebab_case(folder: Folder) -> Iterator[Finding]:
    """“**리소스명**: kebab-case (예: `count-write-service`)”."""
    for resource in folder:
        if not _KEBAB_CASE.fullmatch(resource.name):
            yield resource.finding("metadata.name", resource.name or None, "a name in kebab-case")


def labels_are_the_names(folder: Folder) -> Iterator[Finding]:
    """“**레이블**: `app: {service-name}`”: on Services and on the pods of Deployments and StatefulSets."""
    for resource in folder.of_kind("Service", "Deployment", "StatefulSet"):
        above = () if resource.kind == "Service" else ("spec", "template")
        path = (*above, "metadata", "labels", "app")
        if resource.at(*path) != resource.name:
            yield resource.finding(".".join(path), resource.at(*path), resource.name)


def no_other_namespace_is_named(folder: Folder) -> Iterator[Finding]:
    """“**네임스페이스**: `count-system`”: wherever an object names a namespace."""
    for resource in folder:
        for path, value in _namespaces(resource.manifest):
            if value != NAMESPACE:
                yield resource.finding(path, value, NAMESPACE)


def _namespaces(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            inner = f"{path}.{key}" if path else str(key)
            if key == "namespace" and isinstance(item, str):
                yield inner, item
            yield from _namespaces(item, inner)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _namespaces(item, f"{path}[{index}]")
