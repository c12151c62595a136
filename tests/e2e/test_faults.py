"""Faults end with the proof that the system is sound."""

from collections.abc import Callable
from typing import cast

import pytest

from e2e.check import Check, Group
from e2e.errors import CheckFailedError
from e2e.faults import fault as faults
from e2e.faults import flowing
from e2e.faults.fault import fault, fault_each
from e2e.system import System

SYSTEM = cast("System", object())
"""Faults hand it on, and these do nothing with it."""


@pytest.fixture
def proofs(monkeypatch: pytest.MonkeyPatch) -> list[System]:
    """The systems that were proved to be sound; each needed 7 s."""
    proved: list[System] = []

    def prove(system: System) -> float:
        proved.append(system)
        return 7

    monkeypatch.setattr(faults, "await_sound", prove)
    return proved


def added(add: Callable[[Group], object]) -> Check:
    group = Group("Faults")
    add(group)
    (check,) = group.checks
    return check


def test_a_fault_is_a_check_that_says_how_long_the_system_took_to_be_sound(proofs: list[System]) -> None:
    def a_part_is_killed(_: System) -> str:
        """It comes back."""
        return "killed"

    check = added(lambda group: fault(group, look_at=["api"])(a_part_is_killed))
    assert (check.name, check.promise, check.look_at) == ("a part is killed", "It comes back.", ("api",))
    assert check.run(SYSTEM) == "killed; sound 7 s after that"
    assert proofs == [SYSTEM]


def test_a_fault_of_a_value_gets_it(proofs: list[System]) -> None:
    def a_part_is_killed(_: System, part: str) -> str:
        """It comes back."""
        return f"{part} killed"

    check = added(lambda group: fault_each(group, {"first": "api"})(a_part_is_killed))
    assert (check.name, check.run(SYSTEM)) == ("a part is killed: first", "api killed; sound 7 s after that")


def test_a_fault_is_run_alone_but_for_one_beside_which_events_flow_on() -> None:
    def a_part_is_killed(_: System) -> str:
        """It comes back."""
        return "killed"

    assert added(lambda group: fault(group)(a_part_is_killed)).alone
    assert added(lambda group: fault_each(group, {"first": "api"})(lambda *_: "killed")).alone
    assert not added(lambda group: fault(group, beside=True)(a_part_is_killed)).alone


def test_events_are_awaited_beside_what_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flowing, "await_flowing", lambda _: 7)

    check = added(lambda group: flowing.flowing_after(group, "a part is killed"))

    assert (check.name, check.background) == ("events flow again after: a part is killed", True)
    assert check.run(SYSTEM) == "the first change is shown after 7 s"


def test_a_fault_whose_system_does_not_become_sound_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_: System) -> float:
        raise CheckFailedError("api is not ready")

    monkeypatch.setattr(faults, "await_sound", never)
    with pytest.raises(CheckFailedError, match="api is not ready"):
        added(lambda group: fault(group)(lambda _: "killed")).run(SYSTEM)


def test_a_fault_that_fails_says_why_and_still_waits_for_the_next_one(proofs: list[System]) -> None:
    def fails(_: System) -> str:
        raise CheckFailedError("two rows are lost")

    with pytest.raises(CheckFailedError, match="two rows are lost"):
        added(lambda group: fault(group)(fails)).run(SYSTEM)
    assert proofs == [SYSTEM]
