"""Text that YAML readers take for something else reaches a real API server as the text that it is."""

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from cdk8s_backend import Configuration, InvalidValueError
from cdk8s_backend.layout import render

import cdk8s
import pytest
import yaml
from cdk8s import Chart
from pydantic import ValidationError

import main
from charts.topology import Topology
from tests.support.api_server import ApiServer
from tests.support.synthesis import manifests_of

SERVICE = "count-read-service"

TEXTS = (
    # words
    *("y", "Y", "n", "N", "yes", "Yes", "no", "NO", "on", "On", "off", "true", "True", "TRUE", "false"),
    *("~", "null", "Null", "NULL", "", "None", "undefined"),
    # numbers and times
    *("0", "-0", "+1", "1.0", "1e3", "1E3", "1e400", "0x1F", "0o17", "0b1", "0777", "08", "1_000", "190:20:30"),
    *(".inf", "-.INF", "+.inf", ".nan", ".NaN", "NaN", "Infinity", "0.1e-7", "9007199254740993", "1.", ".5"),
    *("12:30:00", "2024-01-01", "2024-01-01T00:00:00Z", "2024-1-1 1:2:3.4 +9"),
    # signs that mean something at the beginning, the end, or anywhere
    *("=", "<<", "!tag", "!!int 1", "&a", "*a", "@x", "`x`", "%x", "%YAML 1.2", "|", ">", "|-", ">+2", "-", "?", ":"),
    *("- a", "? a", ": a", "a: b", "a:", "a #b", "#c", "# c", "[a]", "[", "{a}", "{a: b}", "}", ",", ", a"),
    *("---", "...", "--- a", "... a", "\n---\n", "a\n...\nb"),
    # blanks and lines
    *("\n", "\n\n", " ", "   ", "\t", " a", "a ", "\ta", "a\t", "a\tb", "a\nb", "a\nb\n", "a\nb\n\n\n", "\na"),
    *("  a\n b", " a\nb\n  c\n", "a \nb", "a\n \nb", "a\n\tb", "\n a", "#a\n#b\n", "\r", "a\rb", "a\r\nb", "a\r\n"),
    *("a\u2028b", "\u2028", "a\u2029b", "\u2029", "\u00a0", "\u00a0a\u00a0", "\u200b", "\u200f\u202ea"),
    # other characters
    *("\ufeff", "\ufeffa", "a\ufeffb", "\u0001", "a\u0007\u001b[0m", "\ufffd", "\U0010ffff", "e\u0301", "\u00e9"),
    *("😀", "👩\u200d💻 a", "한국어", "한국어: 값 # 주석", "\u1112\u1161\u11ab", "日本語", "עברית", "ß\u1e9e"),
    # quotes, and what other languages would replace
    *("'", '"', "''", '""', "'a'", '"a"', "it's", 'say "a"', "'\"", "\\", "\\n", "\\u0041", "C:\\a\\", "\\\n"),
    *("${X}", "$(X)", "$$(X)", "$X", "$", "`id`", "$(id)", "%s", "{{ .X }}", "{{x}}", "<%= x %>", "&amp;", "a\\\nb"),
    *("__proto__", "constructor", "[object Object]", "$jsii.byref", '{"$jsii.byref": "x"}', '{"a": [1]}'),
    # long
    *("a" * 6_000, "a b " * 300, "한 " * 400, "x\n" * 500, f"{'a' * 200} {'b' * 200}: {'c' * 200} #d"),
)
LOST = ("\u0085", "a\u0085b", "\u007f", "\u0080", "\u009f", "\ufffe", "\uffff")
"""What no server-side apply brings to the cluster as it is."""

VARIABLES = (
    *("Y", "N", "YES", "NO", "ON", "OFF", "TRUE", "FALSE", "NULL", "NAN", "INF", "INFINITY", "N1E3", "E1", "O17"),
    *("X1F", "B1", "A_", "A__B", "A_1", "CONSTRUCTOR", "PROTO", "TO_STRING", "A" * 128),
)
CONFIG_MAPS = ("y", "no", "null", "true", "nan", "1e3", "0x1f", "08", "0o17", "12.30", "2024-01-01", "1", "0-0.a")
KEYS = (
    *("y", "n", "yes", "no", "on", "off", "true", "True", "TRUE", "null", "Null", "NULL", "None", ".inf", ".nan"),
    *("NaN", "1e3", "0o17", "0x1F", "0b1", "1_000", "08", "0777", "0", "-1", "1", "1.5", "1.", ".5", "2024-01-01"),
    *("12.30.00", "-", "--", "---", "_", "__", "constructor", "toString", "hasOwnProperty", "a.b", "-.a"),
)

ENVIRONMENT = "1e3"
GIVEN = {f"TEXT_{number}": text for number, text in enumerate(TEXTS)} | dict.fromkeys(VARIABLES, "y")
SETTINGS: Mapping[str, Any] = {
    "hosts": {"main": "a.example", "read": "b.example"},
    "version": "08",
    "variables": {SERVICE: GIVEN},
    "configMaps": {SERVICE: list(CONFIG_MAPS)},
}


def _quoted_in_the_file(style: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(SETTINGS, folder, style)


def _as_json_in_variables(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNT_VARIABLES", json.dumps(SETTINGS["variables"]))
    monkeypatch.setenv("COUNT_CONFIG_MAPS", json.dumps(SETTINGS["configMaps"]))
    _write({name: SETTINGS[name] for name in ("hosts", "version")}, folder, '"')


def _write(settings: Mapping[str, Any], folder: Path, style: str) -> None:
    text = yaml.safe_dump(settings, default_style=style, allow_unicode=style == "'", width=10**9)
    (folder / f"{ENVIRONMENT}.yaml").write_text(text, encoding="utf-8", newline="")


def _applied(api_server: ApiServer, namespace: str, *files: bytes) -> list[dict[str, Any]]:
    """The objects of files as the API server has them, in a namespace of the test's own."""
    api_server.kubectl("create", "namespace", namespace)
    own = f"  namespace: {namespace}".encode()
    texts = [re.sub(rb"(?m)^  namespace: .*$", own, file, count=1).decode() for file in files]
    options = ("--server-side", "--validate=strict", "--output=json", "--filename=-")
    found = json.loads(api_server.kubectl("apply", *options, input="---\n".join(texts)).stdout)
    objects: list[dict[str, Any]] = found.get("items", [found])
    return objects


@pytest.mark.parametrize(
    ("say", "namespace"),
    [
        pytest.param(partial(_quoted_in_the_file, '"'), "texts-double", id="double quotes"),
        pytest.param(partial(_quoted_in_the_file, "'"), "texts-single", id="single quotes"),
        pytest.param(_as_json_in_variables, "texts-json", id="JSON in variables"),
    ],
)
def test_every_text_and_name_of_the_settings_reaches_the_cluster_as_it_is(
    say: Callable[[Path, pytest.MonkeyPatch], None],
    namespace: str,
    api_server: ApiServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "environments").mkdir()
    say(tmp_path / "environments", monkeypatch)
    monkeypatch.setattr(main, "ROOT", tmp_path)
    monkeypatch.setattr(main, "ENVIRONMENTS", tmp_path / "environments")
    main.generate(tmp_path / "k8s", ENVIRONMENT, system=Topology())

    files = [tmp_path / "k8s" / path for path in (f"configmap/{SERVICE}-config.yaml", f"deployments/{SERVICE}.yaml")]
    config, deployment = _applied(api_server, namespace, *(file.read_bytes() for file in files))
    assert config["data"] == {f"env.{name.lower()}": text for name, text in GIVEN.items()}
    assert config["metadata"]["labels"]["environment"] == ENVIRONMENT
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == f"{SERVICE}:08"
    assert container["envFrom"] == [{"configMapRef": {"name": name}} for name in CONFIG_MAPS]
    keys = {item["name"]: item["valueFrom"].get("configMapKeyRef", {}).get("key") for item in container["env"]}
    assert {name: keys[name] for name in GIVEN} == {name: f"env.{name.lower()}" for name in GIVEN}


def test_every_key_of_a_config_map_reaches_the_cluster_as_it_is(api_server: ApiServer) -> None:
    chart = Chart(cdk8s.Testing.app(), "keys", namespace="keys", disable_resource_name_hashes=True)
    Configuration(chart, "config", name="1e3", data={key: key for key in KEYS})
    (file,) = render({"1e3.yaml": chart.to_json()[0]}, "keys").values()

    (config,) = _applied(api_server, "texts-keys", file)
    assert config["metadata"]["name"] == "1e3"
    assert config["data"] == {key: key for key in KEYS}


@pytest.mark.parametrize("text", [*LOST, "\0", "\ud83d"], ids=ascii)
def test_a_text_that_would_not_arrive_is_refused(text: str) -> None:
    chart = Chart(cdk8s.Testing.app(), "lost")
    with pytest.raises(InvalidValueError, match=r"env\.a: the character U\+[0-9A-F]{4} would not arrive as it is"):
        Configuration(chart, "config", name="lost", data={"env.a": text})
    with pytest.raises(ValidationError):
        manifests_of("production", variables={SERVICE: {"A": text}})


@pytest.mark.parametrize("text", LOST, ids=ascii)
def test_what_is_refused_would_not_arrive(api_server: ApiServer, text: str) -> None:
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "lost"}, "data": {"text": text}}
    options = ("--server-side", "--output=json", "--filename=-")
    done = api_server.kubectl("apply", *options, input=json.dumps(config), check=False)
    assert done.returncode == 1 or json.loads(done.stdout)["data"]["text"] != text
