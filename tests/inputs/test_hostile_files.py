"""Files that are no settings are refused soon, in one line, whatever they are."""

import os
from pathlib import Path

import pytest

from inputs.errors import SettingsError
from inputs.loading import load
from tests.support.settings import HOSTS, KNOWN, problems_of_text

LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)
NO_MAP = ": must be a map of settings, like `version: 1.0.0`"

HOSTILE = {
    "empty": ("", NO_MAP),
    "blank": ("\n\n# nothing\n", NO_MAP),
    "mark-only": (b"\xef\xbb\xbf", NO_MAP),
    "list": ("- a\n", NO_MAP),
    "text": ("settings\n", NO_MAP),
    "null": ("null\n", NO_MAP),
    "tab": (f"{HOSTS}\tversion: '1'\n", ":2: not YAML: found character '\\t' that cannot start any token; indent with"),
    "unclosed": (f"{HOSTS}replicas: {{api: 1\n", ":3: not YAML: expected ',' or '}', but got"),
    "colon": (f"{HOSTS}version: a: b\n", ":2: not YAML: mapping values are not allowed here"),
    "unknown-alias": (f"{HOSTS}version: *nothing\n", ":2: not YAML: found undefined alias 'nothing'"),
    "documents": (f"{HOSTS}---\n{HOSTS}", ":2: a second document begins: keep one in a file"),
    "latin-1": (HOSTS.encode() + b"version: \xff\n", ": not UTF-8: invalid start byte at byte 51; save it as UTF-8"),
    "utf-16": (HOSTS.encode("utf-16"), ": not UTF-8: invalid start byte at byte 0; save it as UTF-8"),
    "nul": (f"{HOSTS}version: a\0b\n", ":2: not YAML: the character U+0000 is none of text"),
    "escape": (f"{HOSTS}version: \x1b[31m\n", ":2: not YAML: the character U+001B is none of text"),
    "surrogate": (f"{HOSTS}version: \ud800\n", ": not UTF-8: invalid continuation byte at byte 51; save it as UTF-8"),
    "large": (f"{HOSTS}#{' ' * 10_000_000}\n", ": is too large: use at most 32 KiB"),
    "laughs": (f"{HOSTS}{LAUGHS}", ": holds too much: use at most 5000 values, aliases counted"),
    "many": (f"{HOSTS}a: [{'x,' * 15_000}]\n", ": holds too much: use at most 5000 values, aliases counted"),
    "deep": (f"{HOSTS}a: {'[' * 30_000}\n", ": is nested too deeply: use at most 20 levels"),
    "deep-but-right": (f"{HOSTS}a: {'[' * 100}{']' * 100}\n", ": is nested too deeply: use at most 20 levels"),
    "deep-by-aliases": (
        f"{HOSTS}a0: &a0 x\n" + "".join(f"a{n}: &a{n} [[[[[[*a{n - 1}]]]]]]\n" for n in range(1, 400)),
        ": is nested too deeply: use at most 20 levels",
    ),
    "recursive": (f"{HOSTS}a: &a [*a, b]\n", ":2: a.0: an alias to what it is part of: write the value out"),
    "long-key": (f"{HOSTS}{'k' * 30_000}: x\n", ":2: not YAML: "),
    "long-quoted-key": (f"{HOSTS}? {'k' * 30_000}\n: x\n", f":2: {'k' * 77}...: no such setting; there are: registry"),
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize(("content", "problem"), HOSTILE.values(), ids=list(HOSTILE))
def test_a_hostile_file_is_refused_soon(tmp_path: Path, content: str | bytes, problem: str) -> None:
    lines = problems_of_text(tmp_path, content)
    assert any(line.startswith(f"production.yaml{problem}") for line in lines), lines
    assert all(line.isprintable() and len(line) < 700 for line in lines)
    assert len(lines) <= 2


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("text", "first", "more"),
    [
        ("".join(f"key{n}: 1\n" for n in range(1_000)), "key0: no such setting; ", 900),
        (f"configMaps: {{api: [{'A,' * 4_900}]}}\n", "configMaps.api.0: 'A': use a DNS name", 4_800),
        (f"replicas: {{{', '.join(f'n{n}: 1' for n in range(1_000))}}}\n", "replicas.n0: no such name; ", 900),
    ],
    ids=["settings", "items", "names"],
)
def test_of_very_many_mistakes_a_hundred_are_named_soon(tmp_path: Path, text: str, first: str, more: int) -> None:
    lines = problems_of_text(tmp_path, f"{HOSTS}{text}")
    assert lines[0].startswith(f"production.yaml:2: {first}")
    assert lines[100:] == [f"and {more} more"]


def _problem(folder: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        load(folder, "production", KNOWN)
    return str(caught.value).removeprefix(f"{folder.name}/")


def test_a_folder_in_the_file_s_place(tmp_path: Path) -> None:
    (tmp_path / "production.yaml").mkdir()
    assert _problem(tmp_path) == "production.yaml: is no regular file: put one with settings there"


def test_a_pipe_in_the_file_s_place_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "production.yaml")
    assert _problem(tmp_path) == "production.yaml: is no regular file: put one with settings there"


def test_a_device_in_the_file_s_place(tmp_path: Path) -> None:
    (tmp_path / "production.yaml").symlink_to("/dev/zero")
    assert _problem(tmp_path) == "production.yaml: is no regular file: put one with settings there"


def test_a_link_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "production.yaml").symlink_to("nowhere")
    assert _problem(tmp_path) == "production.yaml: cannot be read: No such file or directory"


def test_a_link_to_itself(tmp_path: Path) -> None:
    (tmp_path / "production.yaml").symlink_to("production.yaml")
    assert _problem(tmp_path).startswith("production.yaml: cannot be read: ")


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "production.yaml").write_text(HOSTS)
    monkeypatch.setattr(Path, "open", refuse)  # root may read every file
    assert _problem(tmp_path) == "production.yaml: cannot be read: Permission denied"
