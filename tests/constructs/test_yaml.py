"""Text arrives as it was, whatever YAML version reads it."""

from pathlib import Path

from cdk8s_backend import ManifestError
from cdk8s_backend.yaml import dump, load_all, read_directory, read_file

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

AMBIGUOUS = [
    *("0o17", "0x1f", "0b1", "0777", "08", "1_000", "1e3", "1.", ".5", "+1", "-0", ".inf", ".NaN", "12:30:45"),
    *("y", "n", "yes", "No", "on", "OFF", "true", "False", "null", "Null", "~", "", "=", "<<", "2001-01-01"),
    *("- a", "-", "?", "a: b", "a:", "a #b", "#a", "&a", "*a", "!a", "%a", "@a", "`a`", "{a", "[a", "|", ">", "'", '"'),
    *(" a", "a ", "a\tb", "a\r\nb", "\n", "a\n", "a\n\n", "\na\n", " a\nb\n", "a \nb\n", "a\nb", "\u0085", "\u2028"),
    *("a\u2028b\n", "\ufeff", "\x7f", "😀\n", "한글\n두 줄\n"),
]


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


def test_a_list_counts_as_its_items() -> None:
    text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret}\n- {apiVersion: v1, kind: Pod}\n---\n"
    assert [manifest["kind"] for manifest in load_all(text)] == ["Secret", "Pod"]


@pytest.mark.parametrize(
    "text", ["a: [", "- 1", "apiVersion: v1", "kind: 3\napiVersion: v1", "\t- a", "a: !!python/x y"]
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
