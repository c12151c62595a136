"""Checks run one after another, a failing one does not end the others, and each has its result."""

import subprocess
import threading
import time
from collections.abc import Callable
from typing import cast

import httpx
import pytest

from e2e.check import Check, Group, Part, expect
from e2e.errors import CheckFailedError, NotRunError
from e2e.parts import PARTS
from e2e.results import Result, Status
from e2e.running import judge, part_results, run_part
from e2e.system import System

SYSTEM = cast("System", object())


def results_of(*groups: Group, system: System = SYSTEM) -> dict[str, Result]:
    said: list[str] = []
    found: dict[str, Result] = {}
    run_part(Part(name="part", title="A part", groups=groups), system, found, said.append)
    assert len(said) == len(found)
    return found


def raising(error: Exception) -> Callable[[], str | None]:
    def run() -> str | None:
        raise error

    return run


def test_a_check_has_the_name_and_the_sentence_of_its_function() -> None:
    group = Group("Subjects")

    @group.check(look_at=["kafka"])
    def a_count_is_read(system: System) -> str:
        """What is written
        is read.
        """
        return f"from {type(system).__name__}"

    result = results_of(group)["a count is read"]
    assert (result.promise, result.remark, result.status) == ("What is written is read.", "from object", Status.PASSED)
    assert group.checks[0].look_at == ("kafka",)


def test_a_check_of_several_values_is_one_check_for_each() -> None:
    group = Group("Subjects")

    @group.check_each({"one": 1, "two": 2}, look_at=lambda value: [f"pod-{value}"])
    def a_value_is_small(_: System, value: int) -> None:
        """Values are small."""
        expect("value", value, 1)

    found = results_of(group, system=cast("System", Evidence()))
    assert [(name, result.status.value) for name, result in found.items()] == [
        ("a value is small: one", "passed"),
        ("a value is small: two", "failed"),
    ]
    assert found["a value is small: two"].remark == "value: expected 1, found 2"
    assert found["a value is small: two"].evidence == "what is seen of pod-2"
    assert found["a value is small: one"].evidence == ""


class Evidence:
    """A system that tells what it is asked for."""

    def evidence(self, workloads: tuple[str, ...]) -> str:
        return f"what is seen of {', '.join(workloads)}"


def test_a_failing_check_does_not_end_the_others() -> None:
    group, ran = Group("Subjects"), []

    @group.check()
    def a_first_one(_: System) -> None:
        """It fails."""
        raise KeyError("nothing that anyone expected")

    @group.check()
    def a_second_one(_: System) -> None:
        """It passes."""
        ran.append("second")

    found = results_of(group)
    assert [each.status for each in found.values()] == [Status.FAILED, Status.PASSED]
    assert ran == ["second"]


def test_a_check_in_the_background_runs_beside_the_following_ones_and_is_awaited() -> None:
    group, follower_ran = Group("Subjects"), threading.Event()

    @group.check(background=True)
    def a_long_one(_: System) -> None:
        """It lasts until another one has run."""
        expect("the follower ran", follower_ran.wait(10), True)

    @group.check()
    def a_follower(_: System) -> None:
        """It comes later."""
        follower_ran.set()

    assert [each.status for each in results_of(group).values()] == [Status.PASSED, Status.PASSED]


def test_a_check_that_is_run_alone_begins_when_those_in_the_background_have_ended() -> None:
    group, is_over, seen = Group("Subjects"), threading.Event(), []

    @group.check(background=True)
    def a_long_one(_: System) -> None:
        """It lasts until another one has run, and some time more."""
        expect("the follower ran", is_over.wait(10), True)
        time.sleep(0.2)
        seen.append("long")

    @group.check()
    def a_follower(_: System) -> None:
        """It does not wait."""
        is_over.set()
        seen.append("follower")

    @group.check_each({"one": 1}, alone=True)
    def one_alone(_: System, __: int) -> None:
        """It waits."""
        seen.append("alone")

    assert [each.status for each in results_of(group).values()] == [Status.PASSED] * 3
    assert seen == ["follower", "long", "alone"]


@pytest.mark.parametrize(
    ("error", "status", "remark"),
    [
        (CheckFailedError("two lines\nof reason"), Status.FAILED, "two lines\nof reason"),
        (AssertionError("kubectl get: exit 1\nwhy"), Status.FAILED, "kubectl get: exit 1\nwhy"),
        (TimeoutError("ready: not within 5 s"), Status.FAILED, "ready: not within 5 s"),
        (NotRunError("no tool"), Status.NOT_RUN, "no tool"),
    ],
)
def test_a_reason_is_told_in_full(error: Exception, status: Status, remark: str) -> None:
    result = judge("name", "promise", raising(error))
    assert (result.status, result.remark) == (status, remark)


@pytest.mark.parametrize(
    ("error", "parts"),
    [
        (
            httpx.ConnectError("refused", request=httpx.Request("GET", "http://10.0.0.1/x")),
            ["GET http://10.0.0.1/x", "ConnectError: refused"],
        ),
        (httpx.ReadTimeout(""), ["ReadTimeout"]),
        (subprocess.TimeoutExpired(["kubectl", "exec"], 60), ["kubectl", "60"]),
        (KeyError("podIP"), ["Traceback", "test_running.py", "KeyError: 'podIP'"]),
    ],
)
def test_an_error_of_another_program_tells_what_was_asked_of_it(error: Exception, parts: list[str]) -> None:
    result = judge("name", "promise", raising(error))
    assert result.status is Status.FAILED
    assert [part for part in parts if part not in result.remark] == []


def test_results_are_in_the_order_of_the_part_and_a_check_without_one_was_not_run() -> None:
    group = Group("Subjects")
    for name in ("first", "second", "third"):
        group.checks.append(Check(name=name, promise=f"The {name}.", run=lambda _: None))
    known = {name: judge(name, "It passes.", lambda: None) for name in ("third", "first")}
    done = part_results(Part(name="part", title="A part", groups=(group,)), known, 1, missing="interrupted")
    (found,) = done.groups
    assert [(each.name, each.status.value, each.remark) for each in found.results] == [
        ("first", "passed", ""),
        ("second", "not run", "interrupted"),
        ("third", "passed", ""),
    ]


def test_every_check_has_a_name_of_its_own_and_a_sentence() -> None:
    checks = [check for part in PARTS for group in part.groups for check in group.checks]
    names = [check.name for check in checks]
    assert sorted(set(names)) == sorted(names)
    assert [check.name for check in checks if not check.promise.endswith(".")] == []
