"""A Kubernetes object as plain data, and the one place where it crosses into cdk8s."""

from typing import Any

from cdk8s import ApiObject, ApiObjectMetadata, JsonPatch
from constructs import Construct

__all__ = ["Manifest", "add_object"]

Manifest = dict[str, Any]
"""One Kubernetes object with Kubernetes' own field names."""


def add_object(scope: Construct, id: str, manifest: Manifest) -> ApiObject:  # noqa: A002  # `id` is the constructs library's name
    """Adds a Kubernetes object to a chart.

    The manifest crosses into jsii once, as a patch: unlike an L1 class this loses no value, whatever its type.

    Args:
        scope: Where the object belongs.
        id: Its name among its siblings in the construct tree.
        manifest: `apiVersion`, `kind`, `metadata` with a `name`, and the rest of the object.

    Returns:
        The object, to which an escape hatch (`add_json_patch`) can be applied.
    """
    body = {key: value for key, value in manifest.items() if key not in ("apiVersion", "kind")}
    api_object = ApiObject(
        scope,
        id,
        api_version=manifest["apiVersion"],
        kind=manifest["kind"],
        metadata=ApiObjectMetadata(name=manifest["metadata"]["name"]),
    )
    api_object.add_json_patch(*(JsonPatch.add(f"/{key}", value) for key, value in body.items()))
    return api_object
