"""The report says what passed, failed and was not run, with the reasons in full, on a page that needs nothing else."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from e2e.report import duration, html, text, verdict, write
from e2e.results import Report, Result
from tests.e2e.sample import FAILED, NOT_RUN, PASSED, report_of

REPORT = report_of(PASSED, FAILED, NOT_RUN)


class Texts(HTMLParser):
    """Gathers the text of a page by the class of the row that it is in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: dict[str, str] = {}
        self.references: list[str] = []
        self._row = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.references += [value or "" for name, value in found.items() if name in ("src", "href", "data")]
        if tag == "tr":
            self._row = found.get("class") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr":
            self._row = ""

    def handle_data(self, data: str) -> None:
        if self._row:
            self.rows[self._row] = self.rows.get(self._row, "") + data


@pytest.mark.parametrize(("status", "result"), [("passed", PASSED), ("failed", FAILED), ("not_run", NOT_RUN)])
def test_the_page_tells_of_each_result_what_it_is_and_why(status: str, result: Result) -> None:
    row = Texts(html(REPORT)).rows[status]
    assert [each for each in (result.name, result.promise, result.remark, result.evidence) if each not in row] == []
    assert status.replace("_", " ") in row


@pytest.mark.parametrize("result", [PASSED, FAILED, NOT_RUN], ids=lambda result: str(result.status.value))
def test_the_text_tells_of_each_result_what_it_is_and_why(result: Result) -> None:
    lines = text(report_of(result)).splitlines()
    assert any(result.status.value in line and result.name in line for line in lines)
    told = [line.partition("| ")[2] for line in lines if "| " in line]
    assert told == [*result.remark.splitlines(), *result.evidence.splitlines()]


def test_the_page_needs_no_network() -> None:
    page = html(REPORT)
    assert [reference for reference in Texts(page).references if not reference.startswith("#")] == []
    assert re.findall(r"url\(|@import|<script|<link", page) == []
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)", page) == []


def test_what_a_program_said_is_text_on_the_page_and_no_markup() -> None:
    page = html(report_of(replace(FAILED, remark="<img src=x onerror=alert(1)>")))
    assert "<img" not in page
    assert "&lt;img" in page


def test_what_did_not_pass_is_named_first_and_leads_to_its_row() -> None:
    page = html(REPORT)
    first = page.partition("<main>")[0]
    assert [result.name in first for result in (FAILED, NOT_RUN, PASSED)] == [True, True, False]
    anchors = [reference.removeprefix("#") for reference in Texts(first).references]
    assert [anchor for anchor in anchors if f'id="{anchor}"' not in page] == []


def test_the_picture_is_well_formed_and_has_every_pod() -> None:
    pictures = re.findall(r"<svg.*?</svg>", html(REPORT), flags=re.DOTALL)
    parts = [part for picture in pictures for part in ElementTree.fromstring(picture).iter()]  # noqa: S314 - our own
    labels = {each.text for each in parts if each.get("class") == "label"}
    assert {"Infrastructure", "postgresql-0", "kafka-7d4b9c-abcde", "zookeeper-5f6d8-fghij", "api-0"} <= labels


def test_a_run_without_a_deployment_has_a_report_without_a_picture() -> None:
    report = replace(report_of(NOT_RUN), timeline=None)
    assert "<svg" not in html(report)
    assert "Deployment:" not in text(report)


@pytest.mark.parametrize(
    ("report", "status", "words"),
    [
        (report_of(PASSED, NOT_RUN), 0, "1 passed, 1 not run"),
        (REPORT, 1, "1 passed, 1 failed, 1 not run"),
        (report_of(PASSED, all_required=True), 0, "1 passed"),
        (report_of(PASSED, NOT_RUN, all_required=True), 1, "1 passed, 1 not run (a failure: all parts are required)"),
        (report_of(NOT_RUN, all_required=True, interrupted=True), 130, "interrupted: 1 not run"),
        (report_of(), 0, "nothing was run"),
        (report_of(PASSED, interrupted=True), 130, "interrupted: 1 passed"),
        (report_of(FAILED, interrupted=True), 130, "interrupted: 1 failed"),
    ],
)
def test_the_exit_status_and_the_verdict_follow_from_the_results(report: Report, status: int, words: str) -> None:
    assert report.exit_status == status
    assert verdict(report) == words
    assert words in html(report)
    assert words in text(report)


def test_both_forms_are_written(tmp_path: Path) -> None:
    page, plain = write(REPORT, tmp_path)
    assert (page, page.read_text("utf-8")) == (tmp_path / "e2e.html", html(REPORT))
    assert (plain, plain.read_text("utf-8")) == (tmp_path / "e2e.txt", text(REPORT))


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.0404, "40 ms"), (59.94, "59.9 s"), (60, "1 min 0 s"), (119.7, "2 min 0 s")]
)
def test_times_are_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words
