"""The rule for files: what a container names lies in what is mounted there."""

import re
from collections.abc import Iterator

from cdk8s_backend.linker._environment import variables_of
from cdk8s_backend.linker._field import Field
from cdk8s_backend.linker._index import Index
from cdk8s_backend.linker._keys import Keys, config_sources
from cdk8s_backend.linker._model import Container, Workload
from cdk8s_backend.linker._problem import Problem

__all__ = ["mounted_files"]

_FILE_NAME = re.compile(r"/([\w.-]*\w)")
_ABSOLUTE_PATH = re.compile(r"(?<![\w.}/:-])(/[\w./-]*\w)(?![\w./-]*[$*?\[{])")


def mounted_files(index: Index) -> Iterator[Problem]:
    """Files that a container names, below the place where a ConfigMap or Secret is mounted, are keys of it."""
    for workload in index.workloads:
        volumes = {volume["name"].text: _files_of(index, workload, volume) for volume in workload.pod["volumes"].each()}
        for volume in workload.pod["volumes"].each():
            yield from _check_siblings(index, workload, volume)
        for container in workload.containers:
            yield from _check_files(index, workload, container, volumes)


def _check_siblings(index: Index, workload: Workload, volume: Field) -> Iterator[Problem]:
    """A mounted script that names another key of its ConfigMap, as `"$folder/init.sql"`, finds it beside itself."""
    for reference, name, kind in config_sources(volume):
        config = index.find(kind, workload.namespace, name.text)
        items = {item["key"].text: item["path"] for item in reference["items"].each()}
        if config is None or kind != "ConfigMap" or not items:
            continue
        data = config.root["data"]
        mounted = {path.text for path in items.values()}
        wanted = {key for key, _ in data.entries() if key not in mounted}
        for script in items if wanted else ():
            for file in sorted(wanted.intersection(_FILE_NAME.findall(data[script or ""].text or ""))):
                yield Problem(
                    source=workload.title,
                    field=items.get(file, reference["items"]).path,
                    target=f"file {file} of {config.title}",
                    reason=f"is named by its {script}, and is not mounted beside it",
                )


def _files_of(index: Index, workload: Workload, volume: Field) -> dict[str, str] | None:
    """File name -> what holds it; None for a volume whose files the manifests do not tell."""
    files: dict[str, str] = {}
    sources = list(config_sources(volume))
    if not sources or any(
        source[other].present
        for source in volume["projected"]["sources"].each()
        for other in ("serviceAccountToken", "downwardAPI", "clusterTrustBundle")
    ):
        return None
    for reference, name, kind in sources:
        keys = index.keys.get((kind, workload.namespace, name.text or ""), Keys(frozenset(), open=True))
        owner = f"{kind}/{name.text}"
        items = {item["path"].text or "": owner for item in reference["items"].each()}
        if keys.open and not items:
            return None
        files.update(items or dict.fromkeys(keys.names, owner))
    return files


def _check_files(
    index: Index, workload: Workload, container: Container, volumes: dict[str | None, dict[str, str] | None]
) -> Iterator[Problem]:
    mounts: dict[str, dict[str, str] | None] = {}
    for mount in container.root["volumeMounts"].each():
        files = volumes.get(mount["name"].text)
        where = (mount["mountPath"].text or "").rstrip("/")
        part = mount["subPath"].text
        if files is not None and part is not None:
            if not _has_file(files, part):
                owners = ", ".join(sorted(set(files.values())))
                yield Problem(
                    source=workload.title,
                    field=mount["subPath"].path,
                    target=f"file {part} of {owners}",
                    reason="does not exist",
                    candidate=index.closest(part, files),
                )
            files = {"": files[part]} if part in files else None
        mounts[where] = files
    if not any(files for files in mounts.values()):
        return
    existing = {
        f"{where}/{name}".rstrip("/"): owner for where, files in mounts.items() for name, owner in (files or {}).items()
    }
    named = [
        (place, path) for place, text in _texts(index, workload, container) for path in _ABSOLUTE_PATH.findall(text)
    ]
    reached = {path.rpartition("/")[2] for _, path in named if path in existing}
    for place, path in named:
        if (problem := _check_file(index, workload, place, path, mounts, existing, reached)) is not None:
            yield problem


def _check_file(
    index: Index,
    workload: Workload,
    place: Field,
    path: str,
    mounts: dict[str, dict[str, str] | None],
    existing: dict[str, str],
    reached: set[str],
) -> Problem | None:
    if path in existing or any(file.startswith(f"{path}/") for file in existing):
        return None
    where = max((mount for mount in mounts if path == mount or path.startswith(f"{mount}/")), key=len, default=None)
    if where is not None and mounts[where]:
        target, reason = f"file {path}", f"does not exist in what is mounted at {where}"
        pool = [file for file in existing if file.startswith(where)]
        owners = ", ".join(sorted({existing[file] for file in pool}))
        target = f"file {path.removeprefix(f'{where}/')} of {owners}"
    else:
        name = path.rpartition("/")[2]
        pool = [file for file in existing if file.rpartition("/")[2] == name]
        if where is not None or not pool or name in reached:
            return None
        target, reason = f"file {name} of {existing[pool[0]]}", f"is not mounted at {path}"
    return Problem(
        source=workload.title,
        field=place.path,
        target=target,
        reason=reason,
        candidate=index.closest(path, pool),
    )


def _has_file(files: dict[str, str], path: str) -> bool:
    return path in files or any(file.startswith(f"{path}/") for file in files)


def _texts(index: Index, workload: Workload, container: Container) -> Iterator[tuple[Field, str]]:
    root = container.root
    for owner in (
        root,
        *(root[probe]["exec"] for probe in ("startupProbe", "readinessProbe", "livenessProbe")),
        *(root["lifecycle"][hook]["exec"] for hook in ("postStart", "preStop")),
    ):
        for field in ("command", "args"):
            for part in owner[field].each():
                if part.text is not None:
                    yield part, part.text
    for variable in variables_of(index, workload, container):
        yield variable.place, variable.value
