"""The picture of the READMEs is the topology."""

import dataclasses
from pathlib import Path

import pytest

from charts.picture import FILES, mermaid, with_picture
from charts.topology import COUNT_INFO, KAFKA, SERVICES, ServiceUnit, Topology


@pytest.mark.parametrize("readme", FILES, ids=lambda path: path.name)
def test_the_picture_of_a_readme_is_fresh(readme: Path) -> None:
    text = readme.read_text(encoding="utf-8")

    assert with_picture(text, Topology()) == text, "python -m charts.picture"


def test_every_part_of_the_system_is_in_the_picture() -> None:
    picture = mermaid(Topology())
    services = {service.name for service in Topology().services}
    infrastructure = {unit.name for unit in Topology().infrastructure}

    assert {name for name in services | infrastructure if f'"{name}:' not in picture} == set()


def test_a_further_service_is_in_the_picture_with_what_it_reaches() -> None:
    further = ServiceUnit(name="count-export-service", port=3006, database=COUNT_INFO, kafka=True, paths=("/export",))
    lines = mermaid(dataclasses.replace(Topology(), services=(*SERVICES, further))).splitlines()

    assert set(lines) - set(mermaid(Topology()).splitlines()) == {
        '    count-export-service["count-export-service:3006"]',
        '  hosts.main -->|"HTTP /export"| count-export-service',
        f'  count-export-service -->|"PostgreSQL"| {COUNT_INFO.name}',
        f'  count-export-service -->|"Kafka"| {KAFKA.host}',
    }


@pytest.mark.parametrize("text", ["no marks", "<!-- topology: begin -->\n<!-- topology: end -->\n" * 2])
def test_a_text_without_the_marks_or_with_several_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="times, not once"):
        with_picture(text, Topology())


def test_what_stands_around_the_marks_stays() -> None:
    text = "before\n<!-- topology: begin -->\nold\n<!-- topology: end -->\nafter\n"
    written = with_picture(text, Topology())

    assert written.startswith("before\n<!-- topology: begin -->\n```mermaid\nflowchart LR\n")
    assert written.endswith("```\n<!-- topology: end -->\nafter\n")
    assert "old" not in written
