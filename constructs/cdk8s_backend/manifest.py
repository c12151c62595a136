"""A Kubernetes object as plain data, and the one place where it crosses into cdk8s."""

import re
from typing import Any, TypeAlias

from cdk8s_backend.errors import ManifestError

from cdk8s import ApiObject, ApiObjectMetadata, Chart, JsonPatch
from constructs import Construct

__all__ = ["Manifest", "add_object", "chart_labels"]

Manifest: TypeAlias = dict[str, Any]
"""One Kubernetes object with Kubernetes' own field names."""


def add_object(scope: Construct, id: str, manifest: Manifest) -> ApiObject:  # noqa: A002 - the constructs library's name
    """Adds a Kubernetes object to a chart, which gives it the chart's namespace and labels.

    What is beside the metadata crosses into jsii as patches, which keep every field and value, unlike an L1 class. What
    would not arrive as it is, is refused.

    Args:
        scope: Where the object belongs.
        id: Its name among its siblings in the construct tree.
        manifest: `apiVersion`, `kind`, `metadata` (`name`, `labels`, `annotations`), and the rest of the object.

    Returns:
        The object, to which an escape hatch (`add_json_patch`) can be applied.

    Raises:
        ManifestError: A value is None or of a type that JSON does not have, a number is beyond 2^53 (JavaScript has no
            exact one there), or a key is not text or has a meaning of its own in JavaScript or jsii.
    """
    _require_plain(manifest, f"{manifest['kind']} {manifest['metadata'].get('name', id)}", "")
    api_object = ApiObject(
        scope,
        id,
        api_version=manifest["apiVersion"],
        kind=manifest["kind"],
        metadata=ApiObjectMetadata(**manifest["metadata"]),
    )
    body = [JsonPatch.add(f"/{name}", manifest[name]) for name in manifest if name not in _HEAD]
    if body:
        api_object.add_json_patch(*body)
    return api_object


_HEAD = ("apiVersion", "kind", "metadata")
_LARGEST_NUMBER = 2**53
_RESERVED_KEY = re.compile(r"__proto__|\$jsii\..*", re.DOTALL)
_WORD = re.compile(r"[A-Za-z_][\w-]*")


def _require_plain(value: Any, name: str, path: str) -> None:
    """Raises a ManifestError if the value, or one inside it, does not arrive in JavaScript as it is."""
    match value:
        case dict():
            for key, item in value.items():
                if not isinstance(key, str) or _RESERVED_KEY.fullmatch(key):
                    raise ManifestError(
                        f"{name}: {path or 'the object'}: key {key!r} must be text, and neither __proto__ nor $jsii.…"
                    )
                plain = f"{path}.{key}" if path else key
                _require_plain(item, name, plain if _WORD.fullmatch(key) else f'{path}["{key}"]')
        case list():
            for position, item in enumerate(value):
                _require_plain(item, name, f"{path}[{position}]")
        case bool() | str():
            pass
        case int() | float():
            if not abs(value) <= _LARGEST_NUMBER:
                raise ManifestError(
                    f"{name}: {path}: {value} would not stay the same number; use one up to 2^53, or text"
                )
        case None:
            raise ManifestError(f"{name}: {path}: None would be lost; leave the field out")
        case _:
            raise ManifestError(
                f"{name}: {path}: {value!r} is a {type(value).__name__}; use a dict, list, text, number or bool"
            )


def chart_labels(scope: Construct) -> dict[str, str]:
    """The labels that the chart of a construct gives to its objects, for pods, which cdk8s does not label."""
    return dict(Chart.of(scope).labels)
