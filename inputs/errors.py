"""The errors of what is read."""

from collections.abc import Mapping

from cdk8s_backend.errors import BackendError

__all__ = ["MisfitError", "SettingsError"]


class SettingsError(BackendError):
    """A setting is wrong; a line each names the file, the line, the field, the value, and what would be right."""


class MisfitError(ValueError):
    """Settings do not fit together.

    Args:
        places: The path of each wrong setting, from the one that is validated on, to what would be right.
    """

    def __init__(self, places: Mapping[tuple[str, ...], str]) -> None:
        super().__init__("; ".join(places.values()))
        self.places = places
