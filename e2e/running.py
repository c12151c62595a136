"""Runs checks, and judges what they do."""

import subprocess
import textwrap
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial

import httpx

from e2e.check import Check, Part
from e2e.errors import CheckFailedError, NotRunError
from e2e.results import GroupResults, PartResults, Result, Status
from e2e.system import System

__all__ = ["judge", "line_of", "part_results", "run_part"]

Say = Callable[[str], object]
"""Prints a line."""

_SPEAK_FOR_THEMSELVES = (CheckFailedError, AssertionError, TimeoutError, subprocess.TimeoutExpired)
"""Exceptions whose message says all."""


def run_part(part: Part, system: System, results: dict[str, Result], say: Say) -> None:
    """Runs the checks of a part one after another, and those in the background beside them but for those run alone.

    Args:
        part: The part.
        system: The system.
        results: Gets the result of each check, by its name, when it ends.
        say: Gets a line then.
    """
    threads: list[threading.Thread] = []

    def run(check: Check) -> None:
        results[check.name] = run_check(check, system)
        say(line_of(results[check.name]))

    def await_background() -> None:
        while threads:
            threads.pop().join()

    for check in _checks(part):
        if check.alone:
            await_background()
        if check.background:
            thread = threading.Thread(target=run, args=[check], daemon=True)  # it ends when the suite is interrupted
            thread.start()
            threads.append(thread)
        else:
            run(check)
    await_background()


def part_results(part: Part, results: Mapping[str, Result], seconds: float, *, missing: str) -> PartResults:
    """The results of a part in its order.

    Args:
        part: The part.
        results: What became of its checks, by their names.
        seconds: How long it took.
        missing: Why a check that has no result was not run.
    """

    def result(check: Check) -> Result:
        not_run = Result(name=check.name, promise=check.promise, status=Status.NOT_RUN, seconds=0, remark=missing)
        return results.get(check.name, not_run)

    groups = (GroupResults(title=group.title, results=tuple(map(result, group.checks))) for group in part.groups)
    return PartResults(title=part.title, seconds=seconds, groups=tuple(groups))


def run_check(check: Check, system: System) -> Result:
    """Runs one check, and where it fails gathers what there is to look at."""
    result = judge(check.name, check.promise, partial(check.run, system))
    if result.status is Status.FAILED and check.look_at:
        return replace(result, evidence=system.evidence(check.look_at))
    return result


def judge(name: str, promise: str, run: Callable[[], str | None]) -> Result:
    """Runs a function, and says what became of it.

    Args:
        name: Name of what is tried.
        promise: What a user relies on.
        run: As `Check.run`, without the system.
    """
    began = time.monotonic()
    status, remark = Status.FAILED, ""
    try:
        remark = run() or ""
        status = Status.PASSED
    except NotRunError as error:
        status, remark = Status.NOT_RUN, str(error)
    except _SPEAK_FOR_THEMSELVES as error:
        remark = str(error)
    except httpx.HTTPError as error:
        remark = f"{_request_of(error)}{type(error).__name__}: {error}"
    except Exception:
        remark = traceback.format_exc()
    return Result(name=name, promise=promise, status=status, seconds=time.monotonic() - began, remark=remark)


def line_of(result: Result) -> str:
    """What became of a check, for the terminal."""
    line = f"  {result.status.value:8}{result.seconds:6.1f} s  {result.name}"
    return line if result.status is Status.PASSED else f"{line}\n{textwrap.indent(result.remark, '    ')}"


def _request_of(error: httpx.HTTPError) -> str:
    try:
        return f"{error.request.method} {error.request.url}: "
    except RuntimeError:  # it has none
        return ""


def _checks(part: Part) -> Iterable[Check]:
    return (check for group in part.groups for check in group.checks)
