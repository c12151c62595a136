"""A plan reaches the scripts as data, whatever its texts hold, and the catalog fits the scripts."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

from cdk8s_backend.errors import InvalidValueError
from cdk8s_backend.scripts import Image, Text, bash, make_plan, render

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.constructs.scripts.sample import TEMPLATES, program_around_data, sample_phases, sample_plan

SCRIPTS = ["deploy", "undeploy", "build-images"]
NEWER_THAN_BASH_3 = re.compile(
    r"\b(?:declare|local|typeset) -[a-zA-Z]*[Ang]"
    r"|\b(?:mapfile|readarray|coproc|EPOCHSECONDS|BASHPID)\b|\bwait -n\b|\|&|&>>|;;?&|\[\[ -v "
    r"|\$\{[a-z_]+(?:\^|,|@)|\$\{[a-z_]+\[-1\]|printf '%\(|read -t 0?\.|exec \{"
)
PRINTED = {
    ".sh": re.compile(
        r"\b(?:text|say|complain|cause|move|fail|usage_error|stop_or_fail|call_failed|confirm_on_terminal) ([a-z_]+)"
    ),
    ".ps1": re.compile(
        r"\b(?:Get-Text|Write-Text|Write-Complaint|Write-Moving|New-Cause|Exit-Failed|Exit-Usage|Exit-AfterCall"
        r"|Exit-AfterAnswer \$\w+)"
        r" '([a-z_]+)'"
    ),
}

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
hostile = st.sampled_from(
    ["'", "''", '"', "\\", "$(exit 3)", "`exit 3`", "${HOME}", "!", "%s", "%%", "\n", "’", "한글", "\n# plan\n"]
)
words = st.lists(st.one_of(texts, hostile)).map("".join)


def catalog() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((TEMPLATES.parent / "catalog.yaml").read_text(encoding="utf-8"))
    return loaded


def message_texts() -> list[tuple[str, str, str]]:
    groups = catalog()["messages"]
    return [(key, text["ko"], text["en"]) for group in groups for key, text in group["texts"].items()]


def program_of(name: str) -> str:
    """A script without its data and comments."""
    return re.sub(r"^ *# .*\n", "", "".join(program_around_data(name)), flags=re.MULTILINE)


def bash_values(block: str, *names: str) -> list[str]:
    """What bash has in variables after it read a data block."""
    listing = "".join(f'printf "%s\\0" "${{{name}[@]}}"\n' for name in names)
    done = subprocess.run(["bash", "-euc", block + listing], capture_output=True, check=True)
    return done.stdout.decode().split("\0")[:-1]


def test_an_option_of_several_steps_is_listed_once() -> None:
    phases = tuple(
        replace(phase, option="with-extras") if phase.name in ("services", "ingress") else phase
        for phase in sample_phases()
    )
    scripts = render(sample_plan(phases=phases))

    assert scripts["deploy.sh"].count(b"Also deploy the step") == 1
    assert "Also deploy the step ''Services'', ''Ingress''" in scripts["deploy.ps1"].decode()


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
    evil = "'; exit 3; '\n# plan\n# part: options\n$(exit 3)`exit 3`’%s\\"
    plan = make_plan(
        title=Text(ko=evil, en=evil),
        namespace="shop",
        environment=evil,
        phases=sample_phases(),
        images=[Image(name=evil, dockerfile=evil)],
        registry=evil,
        version=evil,
    )

    blocks = {}
    for name, content in render(plan).items():
        before, after = program_around_data(name)
        written = content.decode("utf-8-sig")
        assert written.startswith(before)
        assert written.endswith(after)
        blocks[name] = written.removeprefix(before).removesuffix(after)
    block = blocks["build-images.sh"]
    assert bash_values(block, "title_ko", "plan_version", "images") == [evil, evil, evil, evil, "no"]


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
@pytest.mark.parametrize("suffix", [".sh", ".ps1"])
def test_a_script_has_each_message_that_it_prints_and_prints_each_that_it_has(suffix: str, script: str) -> None:
    program = program_of(f"{script}{suffix}")
    groups = [group["texts"] for group in catalog()["messages"] if script in group["scripts"]]
    known = {key for group in groups for key in group}
    made = {
        f"{before}{step}{after}"
        for before, after in re.findall(r"(\w+_|)\$\{step\}(_\w+|)", program)
        for step in ("build", "push", "load")
        if before or after
    }

    assert made | set(PRINTED[suffix].findall(program)) <= known
    assert [key for key in known - made if not re.search(rf"\b{key}\b", program)] == []


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_message_is_printed_with_as_many_arguments_as_it_names(script: str) -> None:
    texts = {
        key: text
        for group in catalog()["messages"]
        if script in group["scripts"]
        for key, text in group["texts"].items()
    }
    calls = re.findall(
        r"^ *(?:.*[|&{;(] )?(?:say|complain|cause|fail|stop_or_fail|call_failed|usage_error) ([a-z_]+)"
        r"((?: [\"0-9][^\n]*)?)$",
        program_of(f"{script}.sh"),
        re.MULTILINE,
    )

    for key, arguments in calls:
        words = re.findall(
            r'"(?:[^"$]|\$\{[^}]*\}|\$\((?:[^()]|\([^()]*\)|\$\([^()]*\))*\)|\$[0-9*@])*"| [0-9]+', arguments
        )
        assert len(words) == texts[key]["en"].count("{"), (key, arguments)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_asks_for_each_of_its_options(script: str) -> None:
    listed = {option["name"] for option in catalog()["options"][script]}
    asked = set(re.findall(r"\b(?:option|has_option|has_value_of) ([a-z-]+)", program_of(f"{script}.sh")))

    assert asked | {"json", "lang", "help"} == listed


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_has_each_function_once(script: str) -> None:
    functions = re.findall(r"^(\w+)\(\) \{$", program_of(f"{script}.sh"), flags=re.MULTILINE)

    assert sorted(functions) == sorted(set(functions))


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


@pytest.mark.parametrize("template", sorted((TEMPLATES / "kubectl").iterdir()), ids=lambda path: path.stem)
def test_a_template_for_kubectl_has_no_double_quotes_which_old_powershells_lose(template: Path) -> None:
    assert '"' not in template.read_text()
