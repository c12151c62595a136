"""A folder of manifests and scripts as one value, and what a rule finds in it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeAlias

from cdk8s_backend import yaml
from cdk8s_backend.errors import ManifestError
from cdk8s_backend.manifest import Manifest

__all__ = ["Check", "Container", "Finding", "Folder", "Resource", "at", "items", "mapping"]


def at(value: Any, *keys: str | int) -> Any:
    """What lies below the keys and list positions, or None where the way ends before."""
    for key in keys:
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return None
    return value


def items(value: Any) -> list[Any]:
    """The value if it is a list, else an empty list."""
    return value if isinstance(value, list) else []


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is a mapping, else an empty mapping."""
    return value if isinstance(value, Mapping) else {}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One place of a folder that is not as a rule says.

    Attributes:
        file: Relative path of the file, also of one that is missing.
        object: Kind and name of the object; empty for a file as a whole.
        field: The field, as in `spec.replicas`; empty for an object as a whole.
        value: What is there.
        right: What would be right.
    """

    file: str
    object: str = ""
    field: str = ""
    value: Any = None
    right: str

    def __str__(self) -> str:
        place = ": ".join(part for part in (self.file, self.object, self.field) if part)
        return f"{place} is {'missing' if self.value is None else repr(self.value)}; right would be {self.right}"


@dataclass(frozen=True)
class Container:
    """A container of a pod template, and the field where it stands."""

    path: str
    manifest: Mapping[str, Any]

    @property
    def image(self) -> str:
        """The image, empty without one."""
        return str(self.manifest.get("image") or "")

    @property
    def image_name(self) -> str:
        """The image's last path segment without tag and digest, like `postgres`."""
        return self.image.partition("@")[0].rpartition("/")[2].partition(":")[0]


@dataclass(frozen=True)
class Resource:
    """A Kubernetes object and the file in which it lies."""

    file: str
    manifest: Manifest

    @property
    def kind(self) -> str:
        """`kind`, empty without one."""
        return str(self.manifest.get("kind") or "")

    @property
    def name(self) -> str:
        """`metadata.name`, empty without one."""
        return str(at(self.manifest, "metadata", "name") or "")

    @property
    def template(self) -> Mapping[str, Any]:
        """The pod template of a Deployment, StatefulSet, Job or CronJob; empty without one."""
        return mapping(at(self.manifest, *self._template_path))

    @property
    def _template_path(self) -> tuple[str, ...]:
        return ("spec", "jobTemplate", "spec", "template") if self.kind == "CronJob" else ("spec", "template")

    def at(self, *keys: str | int) -> Any:
        """What lies below the keys, or None."""
        return at(self.manifest, *keys)

    def containers(self, *, initial: bool = True) -> list[Container]:
        """The containers of the pod template.

        Args:
            initial: Whether those are included that run before the others. Default: yes.
        """
        groups = ("containers", "initContainers") if initial else ("containers",)
        path = ".".join(self._template_path)
        return [
            Container(f"{path}.spec.{group}[{at(container, 'name') or index}]", mapping(container))
            for group in groups
            for index, container in enumerate(items(at(self.template, "spec", group)))
        ]

    def finding(self, field: str, value: Any, right: str) -> Finding:
        """What is wrong with a field of this object."""
        return Finding(file=self.file, object=f"{self.kind} {self.name}", field=field, value=value, right=right)


@dataclass(frozen=True)
class Folder:
    """The content of a folder.

    Attributes:
        manifests: The Kubernetes objects of each YAML file, by relative path.
        texts: The text of each other file, by relative path.
    """

    manifests: Mapping[str, Iterable[Manifest]] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Reads every `*.yaml` file as Kubernetes objects and every other file as text.

        Raises:
            ManifestError: The folder does not exist, or a file cannot be read; names it.
        """
        manifests = yaml.read_directory(path)
        others = sorted(each for each in path.rglob("*") if each.is_file() and each.suffix != ".yaml")
        return cls(manifests, {each.relative_to(path).as_posix(): _read_text(each) for each in others})

    def __iter__(self) -> Iterator[Resource]:
        return (Resource(file, manifest) for file, manifests in self.manifests.items() for manifest in manifests)

    def of_kind(self, *kinds: str) -> list[Resource]:
        """The objects of some kinds, in the order of their files."""
        return [resource for resource in self if resource.kind in kinds]

    def get(self, kind: str, name: str) -> Resource | None:
        """The first object of a kind and name."""
        return next((resource for resource in self.of_kind(kind) if resource.name == name), None)


Check: TypeAlias = Callable[[Folder], Iterable[Finding]]
"""Judges a folder by one bullet of the specification, which its docstring quotes."""


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestError(f"{path}: cannot be read: {error}") from error
