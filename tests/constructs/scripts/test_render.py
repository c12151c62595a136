"""A plan reaches the scripts as data, whatever its texts hold, and the catalog fits the scripts."""

import re
import subprocess
from pathlib import Path
from typing import Any

from cdk8s_backend.errors import InvalidValueError
from cdk8s_backend.scripts import Image, Text, bash, make_plan, render

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.constructs.scripts.sample import TEMPLATES, sample_phases, sample_plan

SCRIPTS = ["deploy", "undeploy", "build-images"]
PART = re.compile(r"^# part: ([a-z-]+)\n", re.MULTILINE)
CALLS = (
    r"\b(?:text|say|complain|fail|usage_error|stop_or_fail|confirm_on_terminal) ([a-z_]+)(?=[ \n;)\"]|$)"
    r"|=(job_[a-z_]+) "
)
NEWER_THAN_BASH_3 = re.compile(
    r"\b(?:declare|local|typeset) -[a-zA-Z]*[Ang]"
    r"|\b(?:mapfile|readarray|coproc|EPOCHSECONDS|BASHPID)\b|\bwait -n\b|\|&|&>>|;;?&|\[\[ -v "
    r"|\$\{[a-z_]+(?:\^|,|@)|\$\{[a-z_]+\[-1\]|printf '%\(|read -t 0?\.|exec \{"
)

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
hostile = st.sampled_from(
    ["'", "''", '"', "\\", "$(exit 3)", "`exit 3`", "${HOME}", "!", "%s", "%%", "\n", "’", "한글", "# part: lock\n"]
)
words = st.lists(st.one_of(texts, hostile)).map("".join)


def catalog() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((TEMPLATES.parent / "catalog.yaml").read_text(encoding="utf-8"))
    return loaded


def message_texts() -> list[tuple[str, str, str]]:
    groups = catalog()["messages"]
    return [(key, text["ko"], text["en"]) for group in groups for key, text in group["texts"].items()]


def template(name: str) -> str:
    return (TEMPLATES / "bash" / f"{name}.sh").read_text(encoding="utf-8")


def program_of(script: str) -> str:
    """A script without its data and comments."""
    whole = PART.sub(lambda part: template(part[1]), template(script))
    return re.sub(r"^ *# .*\n", "", whole, flags=re.MULTILINE)


def bash_values(block: str, *names: str) -> list[str]:
    """What bash has in variables after it read a data block."""
    listing = "".join(f'printf "%s\\0" "${{{name}[@]}}"\n' for name in names)
    done = subprocess.run(["bash", "-euc", block + listing], capture_output=True, check=True)
    return done.stdout.decode().split("\0")[:-1]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(words, words), min_size=1, max_size=5), words)
def test_bash_reads_back_every_text(rows: list[tuple[str, str]], text: str) -> None:
    block = bash.data_block({"table": bash.Table(columns=("a", "b"), rows=rows), "value": text})

    assert bash_values(block, "table", "value") == [*(item for row in rows for item in row), text]


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_a_text_that_no_script_can_hold_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError, match="cannot stand in a script"):
        render(sample_plan(title=text))


def test_a_hostile_plan_changes_nothing_but_the_data() -> None:
    evil = "'; exit 3; '\n# plan\n# part: lock\n$(exit 3)`exit 3`’%s\\"
    plan = make_plan(
        title=Text(ko=evil, en=evil),
        namespace="shop",
        environment=evil,
        phases=sample_phases(),
        images=[Image(name=evil, dockerfile=evil)],
        registry=evil,
        version=evil,
    )

    for script in SCRIPTS:
        head, _, rest = template(script).partition("# plan\n")
        written = render(plan)[f"{script}.sh"].decode()
        tail = PART.sub(lambda part: template(part[1]), rest)
        assert written.startswith(head)
        assert written.endswith(tail)
        block = written.removeprefix(head).removesuffix(tail)
        assert bash_values(block, "title_ko") == [evil]


def test_a_powershell_script_begins_with_a_byte_order_mark_and_a_shell_script_does_not() -> None:
    for name, content in render(sample_plan()).items():
        assert content.startswith(b"\xef\xbb\xbf") == name.endswith(".ps1")
        assert b"\r" not in content


@pytest.mark.parametrize(("key", "korean", "english"), message_texts(), ids=[item[0] for item in message_texts()])
def test_a_message_names_the_same_arguments_in_both_languages(key: str, korean: str, english: str) -> None:
    arguments = re.compile(r"\{\w+\}")

    assert arguments.findall(korean) == arguments.findall(english)
    assert re.search("[가-힣]", english) is None


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_has_each_message_that_it_prints_and_prints_each_that_it_has(script: str) -> None:
    groups = [group["texts"] for group in catalog()["messages"] if script in group["scripts"]]
    known = {key for group in groups for key in group}
    program = program_of(script)
    calls = {key for pair in re.findall(CALLS, program) for key in pair if key}
    begins = tuple(re.findall(r"\b([a-z]+_)\$\{", program))
    ends = tuple(re.findall(r"\}(_[a-z]+)\b", program))
    put_together = {key for key in known if key.startswith(begins) or key.endswith(ends)}
    named = {key for key in known if re.search(rf"\b{key}\b", program)}

    assert calls <= known
    assert known - named - put_together == set()


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_message_is_printed_with_as_many_arguments_as_it_names(script: str) -> None:
    texts = {
        key: text
        for group in catalog()["messages"]
        if script in group["scripts"]
        for key, text in group["texts"].items()
    }
    calls = re.findall(
        r"^ *(?:.*[|&{;(] )?(?:say|complain|fail|stop_or_fail|usage_error) ([a-z_]+)((?: [\"0-9][^\n]*)?)$",
        program_of(script),
        re.MULTILINE,
    )

    for key, arguments in calls:
        words = re.findall(
            r'"(?:[^"$]|\$\{[^}]*\}|\$\((?:[^()]|\([^()]*\)|\$\([^()]*\))*\)|\$[0-9*@])*"| [0-9]+', arguments
        )
        assert len(words) == texts[key]["en"].count("{"), (key, arguments)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_shell_script_uses_nothing_newer_than_bash_3(script: str) -> None:
    program = program_of(script)

    assert NEWER_THAN_BASH_3.findall(program) == []
    assert re.findall(r"\$[a-zA-Z_]\w*", re.sub(r"'[^']*'", "", program)) == [], (
        "bash 3.2 takes a letter after it for its name"
    )


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_shell_script_has_no_here_documents_which_bash_keeps_in_files(script: str) -> None:
    assert "<<" not in program_of(script)


@pytest.mark.parametrize("path", list((TEMPLATES / "kubectl").iterdir()), ids=lambda path: path.stem)
def test_a_template_for_kubectl_has_no_double_quotes_which_old_powershells_lose(path: Path) -> None:
    assert '"' not in path.read_text()
