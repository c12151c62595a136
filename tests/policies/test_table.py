"""The table of docs/policies lists the exemptions as they are."""

import re
from pathlib import Path

import pytest

from charts.exemptions import EXEMPTIONS
from policies.table import PAGES, VARIANT, table, with_table
from policies.variants import VARIANTS
from tests.support.synthesis import manifests_of

SETTINGS = {name.lower(): value for name, value in VARIANTS[VARIANT].items()}
BOTH = pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.name))


@BOTH
def test_the_table_of_a_page_is_fresh(page: Path) -> None:
    text = page.read_text("utf-8")
    assert with_table(text, list(manifests_of("production", **SETTINGS)), PAGES[page]) == text, (
        "python -m policies.table"
    )


@BOTH
def test_every_check_and_reason_is_in_the_table(page: Path) -> None:
    written = table(list(manifests_of("production", **SETTINGS)), PAGES[page])
    for exemption in EXEMPTIONS:
        assert PAGES[page].reason(exemption) in written
        assert all(f"{tool}: `{check}`" in written for tool, checks in exemption.checks.items() for check in checks)
    assert len({len(re.findall(r" \| ", line)) for line in written.splitlines() if "---" not in line}) == 1


def test_the_pages_have_the_same_parts_and_rows() -> None:
    first, second = (re.findall(r"^(?:#+ |\| |- |[0-9]\. )", page.read_text("utf-8"), re.MULTILINE) for page in PAGES)
    assert first == second


@pytest.mark.parametrize("text", ["no marks", "<!-- exemptions: begin -->\n<!-- exemptions: end -->\n" * 2])
def test_a_text_without_the_marks_or_with_several_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="times, not once"):
        with_table(text, [], next(iter(PAGES.values())))
