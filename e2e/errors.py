"""What may be wrong, in a user's words."""

__all__ = ["CheckFailedError", "NotRunError", "RefusedError"]


class RefusedError(Exception):
    """The suite may not run here; nothing was touched."""


class CheckFailedError(Exception):
    """What a user relies on does not hold; the message says what was found instead."""


class NotRunError(Exception):
    """A check has nothing to try here; the message says why."""
