"""The namespace of a system."""

from collections.abc import Mapping

from cdk8s_backend.manifest import KubernetesObjects
from cdk8s_backend.names import validate_dns_label

from cdk8s import ApiObject
from constructs import Construct

__all__ = ["RestrictedNamespace"]


class RestrictedNamespace(KubernetesObjects):
    """A namespace that enforces the Pod Security Standard "restricted", and warns, so that `kubectl apply` shows why.

    Args:
        scope: Where it belongs; a chart without a namespace of its own.
        id: Its name in the construct tree.
        name: Name of the namespace.
        labels: Further labels. Default none.

    Attributes:
        namespace: The Namespace.

    Raises:
        InvalidValueError: The name is no DNS label.
    """

    def __init__(self, scope: Construct, id: str, *, name: str, labels: Mapping[str, str] | None = None) -> None:  # noqa: A002
        super().__init__(
            scope,
            id,
            {
                "Default": {
                    "apiVersion": "v1",
                    "kind": "Namespace",
                    "metadata": {
                        "name": validate_dns_label(name, "namespace"),
                        "labels": {
                            **(labels or {}),
                            "pod-security.kubernetes.io/enforce": "restricted",
                            "pod-security.kubernetes.io/warn": "restricted",
                        },
                    },
                },
            },
        )

    @property
    def namespace(self) -> ApiObject:
        """The Namespace."""
        return self.api_object()
