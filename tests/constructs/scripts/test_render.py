"""A plan reaches the scripts as data, whatever its texts hold, and the catalog fits the scripts."""

import re
import subprocess
from typing import Any

from cdk8s_backend.errors import InvalidValueError
from cdk8s_backend.scripts import Image, Text, bash, make_plan, render

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.constructs.scripts.sample import TEMPLATES, sample_phases, sample_plan

SCRIPTS = ["deploy", "undeploy", "build-images"]
BEGIN, END = "# plan: begin\n", "# plan: end\n"
NEWER_THAN_BASH_3 = re.compile(
    r"\b(?:declare|local|typeset) -[a-zA-Z]*[Ang]"
    r"|\b(?:mapfile|readarray|coproc|EPOCHSECONDS|BASHPID)\b|\bwait -n\b|\|&|&>>|;;?&|\[\[ -v "
    r"|\$\{[a-z_]+(?:\^|,|@)|\$\{[a-z_]+\[-1\]|printf '%\(|read -t 0?\.|exec \{"
)

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
hostile = st.sampled_from(
    ["'", "''", '"', "\\", "$(exit 3)", "`exit 3`", "${HOME}", "!", "%s", "%%", "\n", "’", "한글", END]
)
words = st.lists(st.one_of(texts, hostile)).map("".join)


def catalog() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((TEMPLATES.parent / "catalog.yaml").read_text(encoding="utf-8"))
    return loaded


def message_texts() -> list[tuple[str, str, str]]:
    groups = catalog()["messages"]
    return [(key, text["ko"], text["en"]) for group in groups for key, text in group["texts"].items()]


def template(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8-sig")


def program_of(name: str) -> str:
    """A template without its data and comments."""
    head, _, rest = template(name).partition(BEGIN)
    return re.sub(r"^ *# .*\n", "", head + rest.partition(END)[2], flags=re.MULTILINE)


def bash_values(block: str, *names: str) -> list[str]:
    """What bash has in variables after it read a data block."""
    listing = "".join(f'printf "%s\\0" "${{{name}[@]}}"\n' for name in names)
    done = subprocess.run(["bash", "-euc", block + listing], capture_output=True, check=True)
    return done.stdout.decode().split("\0")[:-1]


def functions(script: str) -> dict[str, str]:
    return dict(re.findall(r"^(\w+)\(\) \{\n(.*?)^\}\n", script, flags=re.MULTILINE | re.DOTALL))


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
    evil = "'; exit 3; '\n# plan: end\n$(exit 3)`exit 3`’%s\\"
    plan = make_plan(
        title=Text(ko=evil, en=evil),
        namespace="shop",
        environment=evil,
        phases=sample_phases(),
        images=[Image(name=evil, dockerfile=evil)],
        registry=evil,
        version=evil,
    )

    for name, content in render(plan).items():
        head, _, rest = template(name).partition(BEGIN)
        written = content.decode("utf-8-sig")
        assert written.startswith(head + BEGIN)
        assert written.endswith(END + rest.partition(END)[2])
    block = render(plan)["build-images.sh"].decode().split(BEGIN)[1].rsplit(END, 1)[0]
    assert bash_values(block, "title_ko", "plan_version", "images") == [evil, evil, evil, evil, "no"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_template_holds_the_sample_plan(script: str) -> None:
    for name, content in render(sample_plan()).items():
        if name.startswith(f"{script}."):
            assert (TEMPLATES / name).read_bytes() == content, (
                "python -m tests.constructs.scripts.sample writes it anew"
            )


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
    program = program_of(f"{script}.sh")
    groups = [group["texts"] for group in catalog()["messages"] if script in group["scripts"]]
    known = {key for group in groups for key in group}
    calls = re.findall(r"\b(?:text|say|complain|fail|usage_error|stop_or_fail) ([a-z_]+)", program)
    reasons = re.findall(r"\breason=([a-z_]+)", program)

    assert set(calls) | set(reasons) == known


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_catalog_lists_the_options_that_the_script_takes(script: str) -> None:
    listed = {f"--{option['name']}" for option in catalog()["options"][script]}
    taken = set(re.findall(r"^    (--[a-z-]+)\)", program_of(f"{script}.sh"), flags=re.MULTILINE))

    assert taken == listed


def test_functions_that_the_scripts_share_are_the_same_in_all() -> None:
    of_their_own = {"help", "parse_options", "confirm", "time_out", "interrupted", "main"}
    scripts = [functions(program_of(f"{script}.sh")) for script in SCRIPTS]
    for name in {name for script in scripts for name in script} - of_their_own:
        bodies = {script[name] for script in scripts if name in script}
        assert len(bodies) == 1, name


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_shell_script_uses_nothing_newer_than_bash_3(script: str) -> None:
    program = program_of(f"{script}.sh")

    assert NEWER_THAN_BASH_3.findall(program) == []
    assert re.findall(r"\$[a-zA-Z_]\w*", re.sub(r"'[^']*'", "", program)) == [], (
        "bash 3.2 takes a letter after it for its name"
    )


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_shell_script_has_no_here_documents_which_bash_keeps_in_files(script: str) -> None:
    assert "<<" not in program_of(f"{script}.sh")


@pytest.mark.parametrize("name", ["status", "external_secrets", "secret", "job", "names", "events"])
def test_a_template_for_kubectl_has_no_double_quotes_which_old_powershells_lose(name: str) -> None:
    assert '"' not in (TEMPLATES / f"{name}.gotemplate").read_text()
