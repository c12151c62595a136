"""What is wrong with the settings, gathered so that all of it is said at once."""

import re

from inputs.errors import SettingsError
from inputs.text import path_text
from inputs.tree import KeyPath

__all__ = ["MOST_PROBLEMS", "Problems"]

MOST_PROBLEMS = 100
"""The most wrong settings that are named at once."""


class Problems:
    """Wrong settings, one line each; of several at one place, the first counts."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, KeyPath], str] = {}

    def add(self, place: str, path: KeyPath, *words: str) -> None:
        """Adds what is wrong with a setting.

        Args:
            place: The file and line, or the environment variable.
            path: The setting.
            words: Its value, where it has one, and what would be right.
        """
        self._lines.setdefault((place, path), ": ".join(filter(None, (place, path_text(path), *words))))

    def raise_any(self) -> None:
        """Ends the reading if anything is wrong.

        Raises:
            SettingsError: Something is; a line each, by place.
        """
        if self._lines:
            ordered = sorted(self._lines, key=lambda at: [_number(part) for part in re.split(r"([0-9]+)", at[0])])
            more = len(ordered) - MOST_PROBLEMS
            lines = [self._lines[at] for at in ordered[:MOST_PROBLEMS]]
            raise SettingsError("\n".join([*lines, f"and {more} more"] if more > 0 else lines))


def _number(part: str) -> int | str:
    return int(part) if part.isdigit() else part
