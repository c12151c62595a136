"""The errors of what is read."""

from cdk8s_backend import BackendError

__all__ = ["SettingsError"]


class SettingsError(BackendError):
    """A setting is wrong; a line each names the file, the line, the field, the value, and what would be right."""
