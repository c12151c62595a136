"""The report of a run: a page that needs nothing but itself, and the same as text. It does not know what was tried."""

import re
import textwrap
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from e2e.picture import picture_of
from e2e.results import GroupResults, PartResults, Report, Result, Status
from e2e.timeline import Timeline

__all__ = ["html", "text", "verdict", "write"]

_WIDTH = 120


def write(report: Report, build: Path) -> tuple[Path, Path]:
    """Writes `e2e.html` and `e2e.txt` into a folder, and returns their paths."""
    page, plain = build / "e2e.html", build / "e2e.txt"
    page.write_text(html(report), encoding="utf-8")
    plain.write_text(text(report), encoding="utf-8")
    return page, plain


def verdict(report: Report) -> str:
    """What became of everything, in a line."""
    counts = {status: report.count(status) for status in Status}
    words = ", ".join(f"{count} {status.value}" for status, count in counts.items() if count) or "nothing was run"
    if report.interrupted:
        return f"interrupted: {words}"
    return f"{words} (a failure: all parts are required)" if report.lacks_required else words


def html(report: Report) -> str:
    """The page."""
    environment = Environment(
        loader=PackageLoader("e2e"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"duration": duration, "slug": _slug}
    return environment.get_template("report.html.jinja").render(
        report=report,
        verdict=verdict(report),
        open_questions=[
            result
            for part in report.parts
            for group in part.groups
            for result in group.results
            if result.status is not Status.PASSED
        ],
        style=files("e2e").joinpath("templates/report.css").read_text(encoding="utf-8"),
        picture=picture_of(report.timeline) if report.timeline else None,
    )


def text(report: Report) -> str:
    """The report as text."""
    return "\n".join(line.rstrip() for line in _lines(report)) + "\n"


def duration(seconds: float) -> str:
    """A time as people say it, like `40 ms`, `9.4 s` or `2 min 5 s`."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def _slug(name: str) -> str:
    """A name as the anchor of a row."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower())


def _lines(report: Report) -> Iterator[str]:
    yield f"End-to-end report: {verdict(report)}, in {duration(report.seconds)}"
    yield ""
    facts = {"Began": f"{report.began:%Y-%m-%d %H:%M:%S} UTC"} | report.facts
    width = max(map(len, facts))
    for label, value in facts.items():
        yield f"{label:{width}}  {value}"
    if report.timeline:
        yield from _timeline_lines(report.timeline)
    for part in report.parts:
        yield from _part_lines(part)


def _timeline_lines(timeline: Timeline) -> Iterator[str]:
    yield from ("", f"Deployment: {duration(timeline.seconds)}", "")
    yield f"{'seconds since its beginning':50}{'created':>9}{'started':>9}{'ready':>9}"
    for phase in timeline.phases:
        yield f"{phase.title:50}{phase.began:9.0f}{'':9}{phase.ended:9.0f}"
        for pod in phase.pods:
            yield f"  {pod.name:48}{pod.created:9.0f}{_moment(pod.started)}{_moment(pod.ready)}"


def _moment(seconds: float | None) -> str:
    return f"{'-':>9}" if seconds is None else f"{seconds:9.0f}"


def _part_lines(part: PartResults) -> Iterator[str]:
    yield from ("", f"{part.title}: {duration(part.seconds)}")
    for group in part.groups:
        yield from _group_lines(group)


def _group_lines(group: GroupResults) -> Iterator[str]:
    yield from ("", f"  {group.title}")
    for result in group.results:
        yield f"    {result.status.value:8}{duration(result.seconds):>11}  {result.name}"
        yield from _details(result)


def _details(result: Result) -> Iterator[str]:
    indent = " " * 25
    yield from textwrap.wrap(result.promise, _WIDTH, initial_indent=indent, subsequent_indent=indent)
    for kind in (result.remark, result.evidence):
        yield from (f"{indent}| {line}" for line in kind.splitlines())
