"""A Kubernetes object as plain data, and the one place where it crosses into cdk8s."""

import json
import re
from collections.abc import Mapping
from typing import Any, TypeAlias, cast
from weakref import WeakKeyDictionary

from cdk8s_backend._objects import Objects
from cdk8s_backend.errors import ManifestError

from cdk8s import ApiObject, App, Chart
from constructs import Construct

__all__ = ["KubernetesObjects", "Manifest", "add_object", "chart_labels", "read_charts"]

Manifest: TypeAlias = dict[str, Any]
"""One Kubernetes object with Kubernetes' own field names."""


class KubernetesObjects(Objects):
    """A construct and its Kubernetes objects, to which the chart gives its namespace and labels.

    All of them cross into jsii as one text, in one call: every field and value stays as it is, unlike in an L1 class,
    and 600 services take a fraction of the time that a call for each part takes.

    Args:
        scope: Where it belongs.
        id: Its name in the construct tree.
        manifests: Name of each object in the construct tree to its manifest, with `apiVersion`, `kind` and `metadata`.
            `Default` is the one that `ApiObject.of(construct)` finds.

    Raises:
        ManifestError: A value is None or of a type that JSON does not have, a number is beyond 2^53 (JavaScript has no
            exact one there), a text is no Unicode, or a key is not text or has a meaning of its own in JavaScript.
    """

    def __init__(self, scope: Construct, id: str, manifests: Mapping[str, Manifest]) -> None:  # noqa: A002
        super().__init__(scope, id, json.dumps([(name, _plain(manifests[name])) for name in manifests]))

    def api_object(self, name: str = "Default") -> ApiObject:
        """One of the objects, to which an escape hatch (`add_json_patch`) can be applied."""
        return cast("ApiObject", self.node.find_child(name))


def add_object(scope: Construct, id: str, manifest: Manifest) -> ApiObject:  # noqa: A002 - the constructs library's name
    """Adds a Kubernetes object to a chart, which gives it the chart's namespace and labels.

    Args:
        scope: Where the object belongs.
        id: Its name among its siblings in the construct tree.
        manifest: `apiVersion`, `kind`, `metadata`, and the rest of the object.

    Returns:
        The object, to which an escape hatch (`add_json_patch`) can be applied.

    Raises:
        ManifestError: As for `KubernetesObjects`.
    """
    return Objects.add(scope, id, json.dumps(_plain(manifest)))


def read_charts(app: App) -> str:
    """The manifests of all charts of an app as JSON: a list of pairs, the path of a chart and its manifests."""
    return Objects.read(app)


def chart_labels(scope: Construct) -> Mapping[str, str]:
    """The labels that the chart of a construct gives to its objects, for pods, which cdk8s does not label."""
    chart = scope if isinstance(scope, Chart) else Chart.of(scope)
    if chart not in _LABELS:
        _LABELS[chart] = dict(chart.labels)
    return _LABELS[chart]


_LABELS: WeakKeyDictionary[Chart, Mapping[str, str]] = WeakKeyDictionary()
_LARGEST_NUMBER = 2**53
_RESERVED_KEY = re.compile(r"__proto__|\$jsii\..*", re.DOTALL)
_WORD = re.compile(r"[A-Za-z_][\w-]*")


def _plain(manifest: Manifest) -> Manifest:
    """Returns the manifest if it arrives in JavaScript as it is.

    Raises:
        ManifestError: It does not.
    """
    wrong = _wrong(manifest)
    if wrong:
        path, reason = wrong
        name = f"{manifest['kind']} {manifest['metadata'].get('name', '')}".rstrip()
        raise ManifestError(f"{name}: {path.removeprefix('.') or 'the object'}: {reason}")
    return manifest


def _wrong(value: Any) -> tuple[str, str] | None:
    """The path of the first value that would not arrive, and why; None if all would."""
    match value:
        case str():
            if value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value):
                return None
            return "", f"{value!r} is no Unicode text; a surrogate stands alone in it"
        case dict():
            for key, item in value.items():
                if not isinstance(key, str) or _RESERVED_KEY.fullmatch(key):
                    return "", f"key {key!r} must be text, and neither __proto__ nor $jsii.…"
                if wrong := _wrong(item):
                    path, reason = wrong
                    return (f".{key}{path}" if _WORD.fullmatch(key) else f'["{key}"]{path}'), reason
            return None
        case list():
            for position, item in enumerate(value):
                if wrong := _wrong(item):
                    path, reason = wrong
                    return f"[{position}]{path}", reason
            return None
        case bool():
            return None
        case int() | float():
            if abs(value) <= _LARGEST_NUMBER:
                return None
            return "", f"{value} would not stay the same number; use one up to 2^53, or text"
        case None:
            return "", "None would be lost; leave the field out"
        case _:
            return "", f"{value!r} is a {type(value).__name__}; use a dict, list, text, number or bool"
