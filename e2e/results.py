"""What became of the checks, as data: what the suite hands to the report."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from e2e.timeline import Timeline

__all__ = ["GroupResults", "PartResults", "Report", "Result", "Status"]


class Status(Enum):
    """What became of a check."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not run"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of one check.

    Args:
        name: Its name.
        promise: What a user relies on, in a sentence.
        status: What became of it.
        seconds: How long it took.
        remark: Why it failed or was not run, in full; or what it saw.
        evidence: State, events and logs of what it tried, where it failed.
    """

    name: str
    promise: str
    status: Status
    seconds: float
    remark: str = ""
    evidence: str = ""


@dataclass(frozen=True, kw_only=True)
class GroupResults:
    """The results of checks of one subject."""

    title: str
    results: tuple[Result, ...]


@dataclass(frozen=True, kw_only=True)
class PartResults:
    """The results of a part.

    Args:
        title: What it does.
        seconds: How long it took; less than the sum of its checks where some ran side by side.
        groups: Its groups.
    """

    title: str
    seconds: float
    groups: tuple[GroupResults, ...]


@dataclass(kw_only=True)
class Report:
    """A run of the suite; it grows while it runs.

    Args:
        began: When it began.
        facts: What was run where: a label and what it says.
        timeline: The deployment; None as long as there is none.
        parts: What was tried.
        seconds: How long it took.
        interrupted: Whether it was ended before its end.
        all_required: Whether a check that was not run counts as a failure.
    """

    began: datetime
    facts: dict[str, str] = field(default_factory=dict)
    timeline: Timeline | None = None
    parts: list[PartResults] = field(default_factory=list)
    seconds: float = 0
    interrupted: bool = False
    all_required: bool = False

    def count(self, status: Status) -> int:
        """How many checks have a status."""
        return sum(result.status is status for part in self.parts for group in part.groups for result in group.results)

    @property
    def lacks_required(self) -> bool:
        """Whether a check was not run that had to be."""
        return self.all_required and self.count(Status.NOT_RUN) > 0

    @property
    def exit_status(self) -> int:
        """0 if all is well, 1 if something failed or was not run that had to be, 130 if it was interrupted."""
        if self.interrupted:
            return 130
        return 1 if self.count(Status.FAILED) or self.lacks_required else 0
