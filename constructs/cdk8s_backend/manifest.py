"""A Kubernetes object as plain data, and the one place where it crosses into cdk8s."""

from typing import Any, TypeAlias

from cdk8s import ApiObject, ApiObjectMetadata, Chart, JsonPatch
from constructs import Construct

__all__ = ["Manifest", "add_object", "chart_labels"]

Manifest: TypeAlias = dict[str, Any]
"""One Kubernetes object with Kubernetes' own field names."""


def add_object(scope: Construct, id: str, manifest: Manifest) -> ApiObject:  # noqa: A002 - the constructs library's name
    """Adds a Kubernetes object to a chart, which gives it the chart's namespace and labels.

    What is beside the metadata crosses into jsii as patches: unlike an L1 class this loses no value, whatever its type.

    Args:
        scope: Where the object belongs.
        id: Its name among its siblings in the construct tree.
        manifest: `apiVersion`, `kind`, `metadata` (`name`, `labels`, `annotations`), and the rest of the object.

    Returns:
        The object, to which an escape hatch (`add_json_patch`) can be applied.
    """
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


def chart_labels(scope: Construct) -> dict[str, str]:
    """The labels that the chart of a construct gives to its objects, for pods, which cdk8s does not label."""
    return dict(Chart.of(scope).labels)
