"""Assertions on a set of Kubernetes objects."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from textwrap import indent
from typing import Any, Self

from cdk8s_backend import yaml
from cdk8s_backend.assertions.comparing import Comparison, compare
from cdk8s_backend.assertions.matching import Capture, Matcher
from cdk8s_backend.errors import ManifestError
from cdk8s_backend.manifest import Manifest

from cdk8s import App, Chart

__all__ = ["Manifests"]

_SHOWN = 3

Pattern = Mapping[str, Any] | Matcher | None


class Manifests:
    """Kubernetes objects, and what can be asserted of them.

    An object is looked for by its kind, its name, and a part of it (`like`), in which each key is looked for deeply and
    each element of a list in any order; conditions (`Match`) may stand anywhere. Failures are AssertionErrors that show
    the closest objects and where they differ.

    Args:
        manifests: The objects, as plain data.
    """

    def __init__(self, manifests: Iterable[Manifest]) -> None:
        self._manifests = tuple(manifests)

    @classmethod
    def of(cls, synthesized: Chart | App) -> Self:
        """The objects of a chart with the charts inside it, or of a whole app, after its validations."""
        if isinstance(synthesized, App):
            charts = synthesized.charts
        else:
            charts = [each for each in synthesized.node.find_all() if isinstance(each, Chart)]
        return cls(manifest for chart in charts for manifest in chart.to_json())

    @classmethod
    def from_directory(cls, directory: str | Path) -> Self:
        """The objects of every `*.yaml` file below a folder; a file may hold several documents.

        Raises:
            ManifestError: The folder does not exist or holds no such file, or a file cannot be read; names it.
        """
        files = yaml.read_directory(Path(directory))
        if not files:
            raise ManifestError(f"{directory}: no *.yaml file lies in this folder or below it")
        return cls(manifest for manifests in files.values() for manifest in manifests)

    def __iter__(self) -> Iterator[Manifest]:
        return iter(self._manifests)

    def __len__(self) -> int:
        return len(self._manifests)

    def __repr__(self) -> str:
        return f"Manifests({', '.join(map(_label, self._manifests))})"

    def find(self, kind: str, name: str | None = None, like: Pattern = None) -> list[Manifest]:
        """The objects of a kind, of a name and alike; none is no failure.

        Args:
            kind: As in the manifest, for example `Deployment`.
            name: `metadata.name`. Default: any.
            like: A part of the object. Default: anything.
        """
        return [manifest for manifest, outcome in self._compare(kind, name, like) if _accept(outcome)]

    def has(self, kind: str, name: str | None = None, like: Pattern = None) -> Manifest:
        """Asserts that an object of the kind (and name) contains a part.

        Args:
            kind: As in the manifest, for example `Deployment`.
            name: `metadata.name`. Default: any.
            like: A part of the object. Default: anything.

        Returns:
            The first such object.

        Raises:
            AssertionError: There is none.
        """
        __tracebackhide__ = True
        found = self.find(kind, name, like)
        if not found:
            raise AssertionError(self._why_none(kind, name, like))
        return found[0]

    def get(self, kind: str, name: str) -> Manifest:
        """The one object of a kind and name.

        Raises:
            AssertionError: There is none, or more than one.
        """
        __tracebackhide__ = True
        first = self.has(kind, name)
        found = self.find(kind, name)
        if len(found) > 1:
            raise AssertionError(f"{len(found)} objects instead of one: {', '.join(map(_label, found))}")
        return first

    def lacks(self, kind: str, name: str | None = None, like: Pattern = None) -> None:
        """Asserts that no object of the kind (and name) contains a part.

        Args:
            kind: As in the manifest, for example `Deployment`.
            name: `metadata.name`. Default: any.
            like: A part of the object. Default: anything.

        Raises:
            AssertionError: There is one.
        """
        __tracebackhide__ = True
        found = [manifest for manifest, outcome in self._compare(kind, name, like) if outcome.matches]
        if found:
            raise AssertionError(f"this should not be there: {', '.join(map(_label, found))}")

    def count(self, kind: str, expected: int | None = None) -> int:
        """The number of objects of a kind.

        Args:
            kind: As in the manifest, for example `Deployment`.
            expected: How many there should be. Default: any number.

        Raises:
            AssertionError: There are more or fewer than expected.
        """
        __tracebackhide__ = True
        found = self.find(kind)
        if expected is not None and len(found) != expected:
            raise AssertionError(
                f"{len(found)} objects of kind {kind} instead of {expected}: {', '.join(map(_label, found)) or 'none'}"
            )
        return len(found)

    def _compare(self, kind: str, name: str | None, like: Pattern) -> list[tuple[Manifest, Comparison]]:
        return [
            (manifest, compare({} if like is None else like, manifest))
            for manifest in self._manifests
            if manifest.get("kind") == kind and name in (None, _name(manifest))
        ]

    def _why_none(self, kind: str, name: str | None, like: Pattern) -> str:
        candidates = self._compare(kind, name, like)
        if candidates:
            candidates.sort(key=lambda candidate: len(candidate[1].differences))
            shown = "\n".join(_describe(manifest, outcome) for manifest, outcome in candidates[:_SHOWN])
            return f"no {kind}{f' {name}' if name else ''} is like that; closest:\n{shown}"
        names = [_name(manifest) for manifest in self.find(kind)]
        if names:
            hint = _closest(str(name), names)
            return f"no {kind} is named {name}{hint}{self._namesakes(name)}; objects of kind {kind}: {_listed(names)}"
        kinds = {str(manifest.get("kind")) for manifest in self._manifests}
        return f"no object is of kind {kind}{_closest(kind, kinds)}{self._namesakes(name)}; kinds: {_listed(kinds)}"

    def _namesakes(self, name: str | None) -> str:
        kinds = {str(manifest.get("kind")) for manifest in self._manifests if name and _name(manifest) == name}
        return f" (a {_listed(kinds)} has this name)" if kinds else ""


def _accept(outcome: Comparison) -> bool:
    if outcome.matches:
        for capture, value in outcome.captured:
            if isinstance(capture, Capture):
                capture.keep(value)
    return outcome.matches


def _name(manifest: Manifest) -> str:
    return str(_metadata(manifest).get("name", ""))


def _metadata(manifest: Manifest) -> Mapping[str, Any]:
    metadata = manifest.get("metadata")
    return metadata if isinstance(metadata, Mapping) else {}


def _label(manifest: Manifest) -> str:
    namespace = _metadata(manifest).get("namespace")
    return f"{manifest.get('kind')} {f'{namespace}/' if namespace else ''}{_name(manifest) or '(no name)'}"


def _describe(manifest: Manifest, outcome: Comparison) -> str:
    number = len(outcome.differences)
    head = f"  {_label(manifest)}: {number} difference{'s' if number > 1 else ''}"
    return "\n".join((head, *(indent(str(difference), "    ") for difference in outcome.differences)))


def _closest(name: str, names: Iterable[str]) -> str:
    close = get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
