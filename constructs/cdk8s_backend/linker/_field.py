"""A place inside a manifest: its value, read without ever raising, and its path."""

from collections.abc import Iterator
from typing import Any

__all__ = ["Field"]


class Field:
    """One value of a manifest. Whatever is missing or of another type reads as nothing.

    The path is put together only when it is asked for, since most fields are right.

    Attributes:
        value: The value as loaded; None where the manifest has none.
    """

    __slots__ = ("_key", "_parent", "value")

    def __init__(self, value: Any, parent: "Field | None" = None, key: str | int = "") -> None:
        self.value = value
        self._parent = parent
        self._key = key

    def __getitem__(self, key: str) -> "Field":
        """The field of that name; one without a value where there is none."""
        value = self.value
        return Field(value.get(key) if isinstance(value, dict) else None, self, key)

    def each(self) -> Iterator["Field"]:
        """The elements of a list."""
        if isinstance(self.value, list):
            for position, value in enumerate(self.value):
                yield Field(value, self, position)

    def entries(self) -> Iterator[tuple[str, "Field"]]:
        """The entries of a mapping whose keys are text."""
        if isinstance(self.value, dict):
            for key, value in self.value.items():
                if isinstance(key, str):
                    yield key, Field(value, self, key)

    @property
    def text(self) -> str | None:
        """The value if it is text with at least one character."""
        return self.value if isinstance(self.value, str) and self.value else None

    @property
    def number(self) -> int | None:
        """The value if it is a whole number."""
        return self.value if isinstance(self.value, int) and not isinstance(self.value, bool) else None

    @property
    def present(self) -> bool:
        """Whether the manifest has a value here."""
        return self.value is not None

    @property
    def path(self) -> str:
        """The way from the manifest's top to this value, as `spec.ports[0].name` or `data["redis.url"]`."""
        if self._parent is None:
            return ""
        parent = self._parent.path
        if isinstance(self._key, int):
            return f"{parent}[{self._key}]"
        if not self._key.replace("-", "_").isidentifier():
            return f'{parent}["{self._key}"]'
        return f"{parent}.{self._key}" if parent else self._key
