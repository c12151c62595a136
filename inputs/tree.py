"""Settings as they were given, before anyone has judged them, and where each of them comes from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

__all__ = ["MOST_DEPTH", "KeyPath", "Origin", "SettingsTree", "items_of"]

KeyPath: TypeAlias = tuple[str | int, ...]

MOST_DEPTH = 20
"""Levels of maps and lists within each other that are read; no setting has more than five."""


@dataclass(frozen=True)
class Origin:
    """Where a value comes from.

    Args:
        place: The file and line, like `environments/local.yaml:7`, or the environment variable.
        written: The text that stands there for a number, a boolean or null. Default none.
    """

    place: str
    written: str | None = None


def items_of(value: Any) -> Iterator[tuple[str | int, Any]]:
    """The parts of a map or list with their keys or numbers; nothing for another value."""
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


@dataclass(frozen=True)
class SettingsTree:
    """Settings by their paths of keys, which are those of the file.

    Args:
        data: Nested maps, lists and values.
        origins: Path to where it comes from; the empty path is the file.
    """

    data: dict[str, Any]
    origins: dict[KeyPath, Origin]

    def has(self, path: KeyPath) -> bool:
        """Whether there is a value at a path."""
        return self._find(path) is not _ABSENT

    def value(self, path: KeyPath) -> Any:
        """The value at a path; None where there is none."""
        found = self._find(path)
        return None if found is _ABSENT else found

    def origin(self, path: KeyPath) -> Origin:
        """Where a value comes from, or the nearest one around it where nothing is at the path."""
        return self.origins[next(path[:length] for length in range(len(path), -1, -1) if path[:length] in self.origins)]

    def put(self, path: KeyPath, value: Any, origin: Origin) -> None:
        """Puts a value over what is there; a map goes into the map that is there, key by key."""
        *above, last = path
        inner: dict[Any, Any] = self.data
        for depth, key in enumerate(above, start=1):
            if not isinstance(inner.get(key), dict):
                inner[key] = {}
                self.origins[path[:depth]] = origin
            inner = inner[key]
        if isinstance(value, dict) and value and isinstance(inner.get(last), dict):
            for key, part in value.items():
                self.put((*path, key), part, origin)
        else:
            inner[last] = value
            self._mark(path, value, origin)

    def _mark(self, path: KeyPath, value: Any, origin: Origin) -> None:
        self.origins[path] = origin
        for key, part in items_of(value):
            self._mark((*path, key), part, origin)

    def _find(self, path: KeyPath) -> Any:
        value: Any = self.data
        for key in path:
            try:
                value = value[key]
            except (TypeError, LookupError):
                return _ABSENT
        return value


_ABSENT = object()
