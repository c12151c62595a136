"""The error of policy checks."""

from cdk8s_backend.errors import BackendError

__all__ = ["PoliciesError"]


class PoliciesError(BackendError):
    """A folder could not be judged: a tool is missing, fails, or judged less than there is."""
