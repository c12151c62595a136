"""The schedules that a CronJob takes, and an error that says what is wrong with another."""

import re

from cdk8s_backend.errors import InvalidValueError

__all__ = ["SCHEDULE", "misfit_of", "validate_schedule"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_STEP = re.compile(r"/\d+$")


def _field(number: str, names: tuple[str, ...] = ()) -> str:
    value = "|".join((number, *names, *(name.upper() for name in names)))
    item = rf"(\*|({value})(-({value}))?)(/[1-9][0-9]?)?"
    return rf"{item}(,{item})*"


_FIELDS = (
    _field("[0-5]?[0-9]"),
    _field("[01]?[0-9]|2[0-3]"),
    _field("0?[1-9]|[12][0-9]|3[01]"),
    _field("0?[1-9]|1[0-2]", _MONTHS),
    _field("[0-6]", _DAYS),
)
SCHEDULE = rf"^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|{' +'.join(_FIELDS)})$"
"""The pattern of schedules, in the regular expressions of JSON schemas too; `validate_schedule` looks closer."""


def validate_schedule(schedule: str) -> str:
    """Returns the schedule if Kubernetes takes it and it comes (`CronJob.spec.schedule`).

    Args:
        schedule: Minute, hour, day of the month, month and day of the week (0 to 6, from Sunday on), each as `*`,
            numbers, ranges and steps; or `@hourly`, `@daily` and their like.

    Raises:
        InvalidValueError: It is none, a range ends before it begins, or none of its months has one of its days.
    """
    if not re.fullmatch(SCHEDULE, schedule):
        raise InvalidValueError(
            f"schedule {schedule!r} is none of cron; use minute, hour, day of the month, month and day of the week, "
            "like 0 3 * * *"
        )
    if wrong := misfit_of(schedule):
        raise InvalidValueError(f"schedule {schedule!r}: {wrong}")
    return schedule


def misfit_of(schedule: str) -> str | None:
    """What does not fit together in a schedule that has the pattern, and what would be right; None if all does."""
    if schedule.startswith("@"):
        return None
    fields = schedule.split()
    for item in (item for field in fields for item in field.split(",")):
        begin, _, end = _STEP.sub("", item).partition("-")
        if end and _number(begin) > _number(end):
            return f"{item} ends before it begins; write it as two ranges"
    _, _, days, months, weekdays = fields
    longest = max(_LONGEST_MONTHS[month - 1] for month in _values(months, 12))
    if weekdays == "*" and min(_values(days, 31)) > longest:
        return f"it never comes; use a day up to {longest}, the last one of these months"
    return None


def _number(value: str) -> int:
    name = value.lower()
    if name in _MONTHS:
        return _MONTHS.index(name) + 1
    return _DAYS.index(name) if name in _DAYS else int(value)


def _values(field: str, last: int) -> list[int]:
    """The days or months, which begin with 1, that a field names."""
    found: list[int] = []
    for item in field.split(","):
        values, _, step = item.partition("/")
        begin, _, end = values.partition("-")
        first = 1 if begin == "*" else _number(begin)
        final = _number(end) if end else last if begin == "*" or step else first
        found += range(first, final + 1, int(step or 1))
    return found
