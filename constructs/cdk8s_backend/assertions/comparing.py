"""Compares plain data with what is expected of it, and tells where they differ."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final

__all__ = ["ABSENT", "Comparison", "Difference", "Matcher", "compare", "mismatch", "show"]

_LONGEST = 160
_LEAD = 30
_IDENTITIES = ("name", "host", "path")


class _Absent:
    def __repr__(self) -> str:
        return "(absent)"


ABSENT: Final = _Absent()
"""What a matcher is given where a key is missing; no value of a manifest."""


@dataclass(frozen=True)
class Difference:
    """One place where an object is not as expected.

    Attributes:
        path: The field, as in `spec.containers[web].image`.
        expected: What should be there, as text.
        actual: What is there, as text.
    """

    path: str
    expected: str
    actual: str

    def __str__(self) -> str:
        return f"{self.path or '(the whole object)'}\n  expected  {self.expected}\n  actual    {self.actual}"


@dataclass(frozen=True)
class Comparison:
    """The outcome of one comparison.

    Attributes:
        differences: Where the two differ; empty when they match.
        captured: Matchers that keep values, each with the value that it met.
    """

    differences: tuple[Difference, ...] = ()
    captured: tuple[tuple["Matcher", Any], ...] = ()

    @property
    def matches(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    def __add__(self, other: "Comparison") -> "Comparison":
        return Comparison(self.differences + other.differences, self.captured + other.captured)


class Matcher(ABC):
    """A condition that stands in the place of an expected value; its `repr` appears in failures."""

    @abstractmethod
    def compare(self, actual: Any, path: str) -> Comparison:
        """Compares a value (or `ABSENT`) found at a path with the condition."""


def compare(expected: Any, actual: Any, path: str = "", *, exact: bool = False) -> Comparison:
    """Compares a value with what is expected of it.

    Args:
        expected: Plain data, in which matchers may stand anywhere. A mapping is a part of the actual mapping. Each
            element of a list is found in the actual list, in any order, and no two in the same element; an element
            with a `name`, `host` or `path` is told apart by it.
        actual: Plain data, or `ABSENT`.
        path: Where the value lies.
        exact: Whether mappings have no further keys, and lists no further elements and the same order.
    """
    if isinstance(expected, Matcher):
        return expected.compare(actual, path)
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        return _compare_mappings(expected, actual, path, exact=exact)
    if isinstance(expected, Mapping) and expected and actual is ABSENT:
        # A mapping that asks only for what is absent is content with an absent mapping.
        nothing = _compare_mappings(expected, {}, path, exact=exact)
        return nothing if nothing.matches else mismatch(path, expected, actual)
    if _is_list(expected) and _is_list(actual):
        return (_compare_in_order if exact else _compare_in_any_order)(expected, actual, path)
    return Comparison() if _equal(expected, actual) else mismatch(path, expected, actual)


def mismatch(path: str, expected: Any, actual: Any) -> Comparison:
    """One difference; of two long texts the part where they part is shown."""
    start = 0
    if isinstance(expected, str) and isinstance(actual, str) and max(len(expected), len(actual)) > _LONGEST:
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(expected, actual, strict=False)))
        start = max(0, shared - _LEAD)
    return Comparison((Difference(path, show(expected, start=start), show(actual, start=start)),))


def show(value: Any, *, start: int = 0) -> str:
    """A value in one line, shortened to a readable length; of a text the part from `start` on."""
    lead = "…" if start else ""
    text = _show(value[start : start + _LONGEST + 1] if isinstance(value, str) else value)
    return lead + (text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def _show(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_show(item)}" for key, item in value.items()) + "}"
    if _is_list(value):
        return "[" + ", ".join(_show(item) for item in value) + "]"
    if value is None or isinstance(value, str | bool):
        return json.dumps(value, ensure_ascii=False)
    return repr(value)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _equal(expected: Any, actual: Any) -> bool:
    return expected is actual or (isinstance(expected, bool) is isinstance(actual, bool) and bool(expected == actual))


def _child(path: str, key: Any) -> str:
    text = str(key)
    if not text or any(character in text for character in ".[]/ "):
        return f"{path}[{json.dumps(text, ensure_ascii=False)}]"
    return f"{path}.{text}" if path else text


def _compare_mappings(expected: Mapping[Any, Any], actual: Mapping[Any, Any], path: str, *, exact: bool) -> Comparison:
    outcome = Comparison()
    for key, value in expected.items():
        outcome += compare(value, actual.get(key, ABSENT), _child(path, key), exact=exact)
    if exact:
        for key, value in actual.items():
            if key not in expected:
                outcome += mismatch(_child(path, key), ABSENT, value)
    return outcome


def _compare_in_order(expected: Sequence[Any], actual: Sequence[Any], path: str) -> Comparison:
    outcome = Comparison()
    for index in range(max(len(expected), len(actual))):
        wanted, found = (items[index] if index < len(items) else ABSENT for items in (expected, actual))
        outcome += compare(wanted, found, f"{path}[{index}]", exact=True)
    return outcome


def _compare_in_any_order(expected: Sequence[Any], actual: Sequence[Any], path: str) -> Comparison:
    comparisons = [
        {
            index: compare(wanted, found, f"{path}[{_label(found) or index}]")
            for index, found in enumerate(actual)
            if _is_namesake(wanted, found)
        }
        for wanted in expected
    ]
    pairs = _pair([[index for index, each in row.items() if each.matches] for row in comparisons])
    outcome = Comparison()
    for position, (wanted, row) in enumerate(zip(expected, comparisons, strict=True)):
        if position in pairs:
            outcome += row[pairs[position]]
            continue
        candidates = [each for index, each in row.items() if index not in pairs.values()]
        if not candidates and _identity(wanted):
            candidates = [each for each in row.values() if not each.matches]
        if candidates and (isinstance(wanted, Mapping) or _is_list(wanted)):
            outcome += Comparison(min(candidates, key=lambda each: len(each.differences)).differences)
        else:
            outcome += _missing(wanted, actual, path)
    return outcome


def _missing(wanted: Any, actual: Sequence[Any], path: str) -> Comparison:
    labels = [label for label in map(_label, actual) if label is not None]
    if _label(wanted) in labels or not labels or not _identity(wanted):
        return Comparison((Difference(path, f"an element {show(wanted)}", show(actual)),))
    return Comparison((Difference(f"{path}[{_label(wanted)}]", show(wanted), f"{ABSENT}; there: {', '.join(labels)}"),))


def _identity(value: Any) -> tuple[str, str] | None:
    """The key that tells elements of a list apart, and its value."""
    if isinstance(value, Mapping):
        for key in _IDENTITIES:
            if isinstance(value.get(key), str):
                return key, value[key]
    return None


def _label(value: Any) -> str | None:
    identity = _identity(value)
    return identity[1] if identity else None


def _is_namesake(wanted: Any, found: Any) -> bool:
    identity = _identity(wanted)
    return identity is None or (isinstance(found, Mapping) and found.get(identity[0]) == identity[1])


def _pair(choices: Sequence[Sequence[int]]) -> dict[int, int]:
    """Gives as many positions as possible a choice of their own (maximum bipartite matching)."""
    taken: dict[int, int] = {}

    def place(position: int, tried: set[int]) -> bool:
        for choice in choices[position]:
            if choice not in tried:
                tried.add(choice)
                if choice not in taken or place(taken[choice], tried):
                    taken[choice] = position
                    return True
        return False

    for position in range(len(choices)):
        place(position, set())
    return {position: choice for choice, position in taken.items()}
