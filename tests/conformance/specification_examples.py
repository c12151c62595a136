"""Reads docs/specification.ko.md, so that tests hold the generated folder against its own words."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

SPECIFICATION = Path(__file__).parents[2] / "docs/specification.ko.md"

_EXAMPLE = re.compile(r"^```(yaml|bash)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"^# (\S+\.(?:yaml|sh))$", re.MULTILINE)
_RULE = re.compile(r"^### (\d+)\. (.+)$", re.MULTILINE)
_BULLET = re.compile(r"^- (.+)$", re.MULTILINE)
_ITEM = re.compile(r"^\d+\. (.+)$", re.MULTILINE)
_OUTPUT = re.compile(r"`([^`]+)`")
_RESOURCES = re.compile(r"^\| (\S+) \| CPU: (\w+), Memory: (\w+) \| CPU: (\w+), Memory: (\w+) \|$", re.MULTILINE)


@cache
def text() -> str:
    return SPECIFICATION.read_text(encoding="utf-8")


def section(heading: str) -> str:
    """The text below a heading (with its hashes), up to the next one of the same or a higher level."""
    level = len(heading) - len(heading.lstrip("#"))
    found = re.search(
        rf"^{re.escape(heading)}\n(.*?)(?=^#{{1,{level}}} |\Z)", _without_code(text()), re.MULTILINE | re.DOTALL
    )
    assert found, f"the specification has no heading {heading!r}"
    return found[1]


def examples(language: str) -> dict[str, str]:
    """The examples in `yaml` or `bash`, by the file that their first comment names."""
    return {_file_of(example): example for kind, example in _EXAMPLE.findall(text()) if kind == language}


def rules() -> dict[int, str]:
    """Number and heading of each rule."""
    return {int(number): title for number, title in _RULE.findall(section("## 코드 생성/수정 규칙"))}


def bullets(rule: int) -> list[str]:
    """The bullets of a rule, in order."""
    content = section(f"### {rule}. {rules()[rule]}")
    # Rule 11 has no marked list: the whole of it is one.
    lists = re.findall(r"^\*\*규칙\*\*:\n((?:- .*\n)+)", content, re.MULTILINE) or [content]
    return [bullet for each in lists for bullet in _BULLET.findall(each)]


def outputs() -> list[str]:
    """The files and folders (with a slash) that the agent writes."""
    return _OUTPUT.findall(section("### 출력"))


def managed(kind: str) -> list[str]:
    """The numbered list below a heading of `관리 대상`."""
    return _ITEM.findall(section(f"### {kind}"))


def resources() -> dict[str, tuple[str, str, str, str]]:
    """Service to requested CPU and memory, and the limits of both."""
    return {name: (cpu, memory, most_cpu, most_memory) for name, cpu, memory, most_cpu, most_memory in _rows()}


def deploy_order() -> list[str]:
    """The steps of the section on the order."""
    return _ITEM.findall(section("## 배포 순서"))


def _rows() -> Iterator[tuple[str, str, str, str, str]]:
    yield from _RESOURCES.findall(section("### 12. 리소스 제한 규칙"))


def _file_of(example: str) -> str:
    found = _FILE.search(example)
    assert found, f"an example names no file:\n{example}"
    return found[1]


def _without_code(content: str) -> str:
    """The text with the hashes of comments in examples blanked, so that none reads as a heading."""
    return _EXAMPLE.sub(lambda match: match[0].replace("\n#", "\n "), content)
