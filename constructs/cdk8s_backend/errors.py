"""The errors of this library. Every message says what is wrong, where, and what would be right."""

__all__ = ["BackendError", "InvalidValueError", "LayoutError", "LinkError", "ManifestError", "NodeNotFoundError"]


class BackendError(Exception):
    """Base of every error that this library raises on purpose; programs show its text and no traceback."""


class InvalidValueError(BackendError, ValueError):
    """An argument of a construct or value does not hold what Kubernetes accepts."""


class LinkError(BackendError):
    """Objects refer to each other by names, keys, ports or selectors that do not meet."""


class LayoutError(BackendError):
    """A manifest has no place in the generated folder, or a place is taken, or someone edited a generated file."""


class ManifestError(BackendError):
    """A manifest cannot be read as Kubernetes objects, or holds what would not reach cdk8s as it is."""


class NodeNotFoundError(BackendError, ImportError):
    """No Node.js program was found for jsii, on which cdk8s for Python runs, so that cdk8s cannot be imported."""
