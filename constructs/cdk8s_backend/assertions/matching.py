"""Conditions that stand in the place of expected values."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cdk8s_backend.assertions.comparing import ABSENT, Comparison, Difference, Matcher, compare, mismatch, show
from cdk8s_backend.errors import InvalidValueError

import yaml

__all__ = ["Capture", "Match", "Matcher"]


class Match:
    """Makes the conditions. Each may hold plain data or further conditions."""

    @staticmethod
    def any() -> Matcher:
        """Any value, as long as the key is there."""
        return _Any()

    @staticmethod
    def absent() -> Matcher:
        """The key is not there."""
        return _Absent()

    @staticmethod
    def exact(expected: Any) -> Matcher:
        """The same value: no further keys, no further elements, the same order."""
        return _Exact(expected)

    @staticmethod
    def regex(pattern: str) -> Matcher:
        """A text in which the regular expression is found (anchor it with `^` and `$`).

        Raises:
            InvalidValueError: The pattern is no regular expression.
        """
        try:
            return _Regex(re.compile(pattern))
        except re.error as error:
            raise InvalidValueError(f"Match.regex: {pattern!r} is no regular expression: {error}") from error

    @staticmethod
    def not_(unexpected: Any) -> Matcher:
        """Anything that does not match, an absent key too."""
        return _Not(unexpected)

    @staticmethod
    def each(expected: Any) -> Matcher:
        """A list of which every element matches. An empty list does not match: it would show nothing."""
        return _Each(expected)

    @staticmethod
    def array_with(expected: Sequence[Any]) -> Matcher:
        """A list that holds these elements, in any order; useful inside `exact`."""
        return _ArrayWith(expected)

    @staticmethod
    def serialized_json(expected: Any) -> Matcher:
        """A text that is JSON and matches when read."""
        return _Serialized("JSON", json.loads, expected)

    @staticmethod
    def serialized_yaml(expected: Any) -> Matcher:
        """A text that is one YAML document and matches when read."""
        return _Serialized("YAML", yaml.safe_load, expected)


class Capture(Matcher):
    """Keeps the values that stand in its place in the objects that match.

    Args:
        expected: What the value must match. Default: any value.
    """

    def __init__(self, expected: Any = None) -> None:
        self._expected = _Any() if expected is None else expected
        self._values: list[Any] = []

    @property
    def values(self) -> list[Any]:
        """The values kept so far, in the order of the objects."""
        return list(self._values)

    @property
    def value(self) -> Any:
        """The one value kept.

        Raises:
            AssertionError: No value was kept, or more than one.
        """
        if len(self._values) != 1:
            raise AssertionError(
                f"Capture.value: {len(self._values)} values were kept instead of one: {show(self._values)}"
            )
        return self._values[0]

    def keep(self, value: Any) -> None:
        """Adds a value; called once an object matches as a whole."""
        self._values.append(value)

    def compare(self, actual: Any, path: str) -> Comparison:
        """See `Matcher`."""
        return compare(self._expected, actual, path) + Comparison(captured=((self, actual),))

    def __repr__(self) -> str:
        return f"Capture({show(self._expected)})"


@dataclass(frozen=True, repr=False)
class _Any(Matcher):
    def compare(self, actual: Any, path: str) -> Comparison:
        return mismatch(path, self, actual) if actual is ABSENT else Comparison()

    def __repr__(self) -> str:
        return "any value"


@dataclass(frozen=True, repr=False)
class _Absent(Matcher):
    def compare(self, actual: Any, path: str) -> Comparison:
        return Comparison() if actual is ABSENT else mismatch(path, ABSENT, actual)

    def __repr__(self) -> str:
        return repr(ABSENT)


@dataclass(frozen=True, repr=False)
class _Exact(Matcher):
    expected: Any

    def compare(self, actual: Any, path: str) -> Comparison:
        return compare(self.expected, actual, path, exact=True)

    def __repr__(self) -> str:
        return f"exactly {show(self.expected)}"


@dataclass(frozen=True, repr=False)
class _Regex(Matcher):
    pattern: re.Pattern[str]

    def compare(self, actual: Any, path: str) -> Comparison:
        found = isinstance(actual, str) and self.pattern.search(actual)
        return Comparison() if found else mismatch(path, self, actual)

    def __repr__(self) -> str:
        return f"a text with /{self.pattern.pattern}/"


@dataclass(frozen=True, repr=False)
class _Not(Matcher):
    unexpected: Any

    def compare(self, actual: Any, path: str) -> Comparison:
        return mismatch(path, self, actual) if compare(self.unexpected, actual, path).matches else Comparison()

    def __repr__(self) -> str:
        return f"not {show(self.unexpected)}"


@dataclass(frozen=True, repr=False)
class _Each(Matcher):
    expected: Any

    def compare(self, actual: Any, path: str) -> Comparison:
        if not isinstance(actual, list | tuple) or not actual:
            return mismatch(path, self, actual)
        outcome = Comparison()
        for index, item in enumerate(actual):
            outcome += compare(self.expected, item, f"{path}[{index}]")
        return outcome

    def __repr__(self) -> str:
        return f"a list of which each element is {show(self.expected)}"


@dataclass(frozen=True, repr=False)
class _ArrayWith(Matcher):
    expected: Sequence[Any]

    def compare(self, actual: Any, path: str) -> Comparison:
        return compare(list(self.expected), actual, path)

    def __repr__(self) -> str:
        return f"a list with {show(self.expected)}"


@dataclass(frozen=True, repr=False)
class _Serialized(Matcher):
    form: str
    read: Callable[[str], Any]
    expected: Any

    def compare(self, actual: Any, path: str) -> Comparison:
        if not isinstance(actual, str):
            return mismatch(path, self, actual)
        try:
            content = self.read(actual)
        except (ValueError, RecursionError, yaml.YAMLError) as error:
            reason = " ".join(str(error).split())
            return Comparison((Difference(path, repr(self), f"{show(actual)} ({reason})"),))
        return compare(self.expected, content, f"{path}({self.form})")

    def __repr__(self) -> str:
        return f"{self.form} text of {show(self.expected)}"
