"""Checks and their groups: what an author of a part writes.

A check passes when its function returns, with a remark for the report or None. It fails with `CheckFailedError`, which
`expect` raises, as with any other exception, and is not run with `NotRunError`. It leaves the system as usable as it
was.

A check in the background starts at its place and is awaited at the end of its part, while the following ones run: it is
for what takes long and disturbs nobody. A check that would disturb it is run alone: the background is awaited before.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from e2e.errors import CheckFailedError
from e2e.system import System

__all__ = ["Check", "Group", "Part", "expect"]

Function = Callable[[System], str | None]
Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True)
class Check:
    """Something that a user relies on, and how it is tried.

    Args:
        name: A few words, unlike those of all other checks.
        promise: One sentence that says what a user relies on.
        run: Tries it; see above.
        look_at: Names of the workloads whose pods, events and logs tell more when it fails. Default none.
        background: Whether others run meanwhile. Default no.
        alone: Whether it begins when all in the background have ended. Default no.
    """

    name: str
    promise: str
    run: Function
    look_at: tuple[str, ...] = ()
    background: bool = False
    alone: bool = False


@dataclass(frozen=True)
class Group:
    """Checks of one subject, in the order in which they run.

    Args:
        title: The subject, a heading of the report.
        checks: The checks; `check` and `check_each` add to them.
    """

    title: str
    checks: list[Check] = field(default_factory=list)

    def check(
        self, *, look_at: Sequence[str] = (), background: bool = False, alone: bool = False
    ) -> Callable[[Function], Function]:
        """Adds the decorated function: its name is the check's, with blanks for `_`, and its docstring the promise.

        Args:
            look_at: As of `Check`.
            background: As of `Check`.
            alone: As of `Check`.
        """

        def add(function: Function) -> Function:
            name, promise = _described(function)
            self.checks.append(
                Check(
                    name=name,
                    promise=promise,
                    run=function,
                    look_at=tuple(look_at),
                    background=background,
                    alone=alone,
                )
            )
            return function

        return add

    def check_each(
        self,
        values: Mapping[str, Value],
        *,
        look_at: Callable[[Value], Sequence[str]] = lambda _: (),
        background: bool = False,
        alone: bool = False,
    ) -> Callable[[Callable[[System, Value], str | None]], Callable[[System, Value], str | None]]:
        """Adds the decorated function once for each value, which it gets beside the system.

        Args:
            values: What the check's name says of a value, and the value.
            look_at: As of `Check`, for a value.
            background: As of `Check`.
            alone: As of `Check`.
        """

        def add(function: Callable[[System, Value], str | None]) -> Callable[[System, Value], str | None]:
            name, promise = _described(function)
            for label, value in values.items():
                self.checks.append(
                    Check(
                        name=f"{name}: {label}",
                        promise=promise,
                        run=partial(_with_value, function, value),
                        look_at=tuple(look_at(value)),
                        background=background,
                        alone=alone,
                    )
                )
            return function

        return add


@dataclass(frozen=True, kw_only=True)
class Part:
    """What `--part` chooses.

    Args:
        name: Its name there.
        title: What it does, a heading of the report.
        groups: The groups, in the order in which they run.
    """

    name: str
    title: str
    groups: tuple[Group, ...]


def expect(what: str, actual: object, expected: object) -> None:
    """Compares.

    Args:
        what: What is compared, like `status of GET /management`.
        actual: What was found.
        expected: What a user relies on.

    Raises:
        CheckFailedError: They are not equal.
    """
    if actual != expected:
        raise CheckFailedError(f"{what}: expected {expected!r}, found {actual!r}")


def _with_value(function: Callable[[System, Value], str | None], value: Value, system: System) -> str | None:
    return function(system, value)


def _described(function: Callable[..., object]) -> tuple[str, str]:
    return function.__name__.replace("_", " "), " ".join((function.__doc__ or "").split())
