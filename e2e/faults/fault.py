"""How a fault is added to a group."""

import contextlib
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Concatenate, ParamSpec, TypeVar

from e2e.check import Group
from e2e.soundness import await_sound
from e2e.system import System

__all__ = ["fault", "fault_each"]

Value = TypeVar("Value")
More = ParamSpec("More")


def fault(
    group: Group, *, look_at: Sequence[str] = (), beside: bool = False
) -> Callable[[Callable[[System], str]], Callable[[System], str | None]]:
    """Adds the decorated function to a group, as `Group.check` does; after it the system must become sound.

    Args:
        group: The group.
        look_at: As of `e2e.check.Check`.
        beside: Whether events flow on meanwhile: those of the fault before may be awaited beside it. Default no.
    """
    return lambda function: group.check(look_at=look_at, alone=not beside)(_leaving_it_sound(function))


def fault_each(
    group: Group, values: Mapping[str, Value], *, look_at: Callable[[Value], Sequence[str]] = lambda _: ()
) -> Callable[[Callable[[System, Value], str]], Callable[[System, Value], str | None]]:
    """Adds the decorated function once for each value, as `Group.check_each` does; see `fault`.

    Args:
        group: The group.
        values: As of `Group.check_each`.
        look_at: As of `e2e.check.Check`, for a value.
    """
    return lambda function: group.check_each(values, look_at=look_at, alone=True)(_leaving_it_sound(function))


def _leaving_it_sound(
    function: Callable[Concatenate[System, More], str],
) -> Callable[Concatenate[System, More], str]:
    def run(system: System, /, *more: More.args, **named: More.kwargs) -> str:
        try:
            remark = function(system, *more, **named)
        except Exception:
            with contextlib.suppress(Exception):  # so that the next fault has a chance; the first error counts
                await_sound(system)
            raise
        seconds = await_sound(system)
        return f"{remark}; sound {seconds:.0f} s after that"

    functools.update_wrapper(run, function)
    return run
