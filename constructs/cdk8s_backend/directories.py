"""What is mounted into a pod's container, and the volumes behind it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeAlias

from cdk8s_backend.errors import InvalidValueError
from cdk8s_backend.values import ConfigKey, parse_quantity

__all__ = ["ConfigFiles", "Data", "Directory", "Scratch", "mounts_and_volumes"]

_LONGEST_LABEL = 63


def _require_directory(path: str) -> None:
    if not path.startswith("/") or path.strip("/") == "" or ":" in path:
        raise InvalidValueError(f"directory {path!r} must be an absolute path below '/', without ':'")


def _require_below(path: str, what: str) -> None:
    if path.startswith(("/", "..")) or ".." in path.split("/"):
        raise InvalidValueError(
            f"{what} {path!r} must be a relative path that begins with no '..' and has no part '..'"
        )


@dataclass(frozen=True, kw_only=True)
class Scratch:
    """An empty directory that lives as long as the pod (`emptyDir`).

    Args:
        path: Where it is mounted.
        in_memory: Whether it lies in memory. Default no.
        size_limit: Most it may hold, like `64Mi`. Default 64Mi.

    Raises:
        InvalidValueError: The path is not absolute, or the limit is no quantity.
    """

    path: str
    in_memory: bool = False
    size_limit: str = "64Mi"

    def __post_init__(self) -> None:
        _require_directory(self.path)
        parse_quantity(self.size_limit)

    @property
    def volume(self) -> str:
        """The volume's name, made from the path; where a pod has that name already, a number is added."""
        return _label(self.path)


@dataclass(frozen=True, kw_only=True)
class ConfigFiles:
    """Keys of one ConfigMap as read-only files of a directory.

    Args:
        path: The directory.
        files: File name to key; all keys of one ConfigMap.

    Raises:
        InvalidValueError: The path is not absolute, a file name not relative, there is no file, or the keys belong to
            several ConfigMaps.
    """

    path: str
    files: Mapping[str, ConfigKey] = field(hash=False)

    def __post_init__(self) -> None:
        _require_directory(self.path)
        if len({key.config_map for key in self.files.values()}) != 1:
            raise InvalidValueError(f"the files of {self.path} must be keys of one ConfigMap: {dict(self.files)}")
        for file in self.files:
            if not file:
                raise InvalidValueError(f"a file of {self.path} has no name")
            _require_below(file, f"file of {self.path}")

    @property
    def config_map(self) -> str:
        """The ConfigMap's name."""
        return next(iter(self.files.values())).config_map

    @property
    def volume(self) -> str:
        """The volume's name, made from the ConfigMap's; where a pod has that name already, a number is added."""
        return _label(self.config_map)


@dataclass(frozen=True, kw_only=True)
class Data:
    """A directory on the pod's claim.

    Args:
        path: Where it is mounted.
        sub_path: Directory of the disk that is mounted; default its root.

    Raises:
        InvalidValueError: The path is not absolute, or the directory of the disk not relative.
    """

    path: str
    sub_path: str = ""

    def __post_init__(self) -> None:
        _require_directory(self.path)
        _require_below(self.sub_path, f"sub-path of {self.path}")


Directory: TypeAlias = Scratch | ConfigFiles | Data


def mounts_and_volumes(
    directories: Sequence[Directory], data_volume: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The values of `Container.volumeMounts` and of `PodSpec.volumes`, the latter without the volume of the claim.

    Args:
        directories: What is mounted.
        data_volume: Name of the volume of the claim; no other volume gets it.

    Raises:
        InvalidValueError: Two directories are mounted at one path.
    """
    paths = [directory.path for directory in directories]
    for path in paths:
        if paths.count(path) > 1:
            raise InvalidValueError(f"two directories are mounted at {path}; give each a path of its own")
    mounts: list[dict[str, Any]] = []
    volumes: list[dict[str, Any]] = []
    taken = {data_volume}
    for directory in directories:
        match directory:
            case Data(path=path, sub_path=sub_path):
                mounts.append({"name": data_volume, "mountPath": path, **({"subPath": sub_path} if sub_path else {})})
                continue
            case Scratch():
                medium = {"medium": "Memory"} if directory.in_memory else {}
                source: dict[str, Any] = {"emptyDir": {**medium, "sizeLimit": directory.size_limit}}
            case ConfigFiles():
                items = [{"key": key.key, "path": file} for file, key in directory.files.items()]
                source = {"configMap": {"name": directory.config_map, "items": items}}
        name = next(name for name in _numbered(directory.volume) if name not in taken)
        taken.add(name)
        read_only = {"readOnly": True} if isinstance(directory, ConfigFiles) else {}
        mounts.append({"name": name, "mountPath": directory.path, **read_only})
        volumes.append({"name": name, **source})
    return mounts, volumes


def _label(text: str) -> str:
    """The text as a DNS label: every other character becomes a hyphen."""
    return re.sub(r"[^a-z0-9]", "-", text.lower()).strip("-")[:_LONGEST_LABEL].strip("-") or "volume"


def _numbered(name: str) -> Iterator[str]:
    yield name
    for number in count(2):
        suffix = f"-{number}"
        yield f"{name[: _LONGEST_LABEL - len(suffix)]}{suffix}"
