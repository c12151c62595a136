"""The published schema is fresh, and says of a file what loading it says."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from charts.topology import Topology
from inputs.errors import SettingsError
from inputs.loading import load
from inputs.schema import FILE, SettingsSchema, text_of
from inputs.settings import Settings
from inputs.topology import names_of
from tests.inputs.test_loading import EVERYTHING
from tests.inputs.test_wrong_files import WRONG
from tests.support.project import ROOT
from tests.support.settings import HOSTS, KNOWN, problems_of_text
from tests.support.synthesis import ENVIRONMENTS

ONLY_LOADING_REFUSES = (
    "resources.api.requests.cpu: '2': use at most the limit",
    "resources.api.requests.memory: '1Gi': use at most the limit",
    "replicas.api: 2.0: ",  # a whole number to JSON
    "use at most maxReplicas, 2",
    "ends before it begins",
    "it never comes",
    "at most 18 decimal digits",  # what is a number depends on the version of YAML
    "'1e3'",
    "is there twice",  # what schemas judge has been read
    "tag ",
    "<<: ",
    "a map or list as a key",
    "an alias to what it is part of",
)


@cache
def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(SettingsSchema(KNOWN).document)


def _leaves(schema: dict[str, Any], document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The values that a schema allows to be written, with their names."""
    found = []
    for name, each in schema.get("properties", {}).items():
        inner = next((part for part in each.get("anyOf", [each]) if part != {"type": "null"}), each)
        inner = document["$defs"][inner["$ref"].rpartition("/")[2]] if "$ref" in inner else inner
        found += _leaves(inner, document) or [(name, {**inner, **each})]
    return found


def test_the_published_schema_is_fresh() -> None:
    fresh = text_of(SettingsSchema(names_of(Topology())))
    assert FILE.read_text(encoding="utf-8") == fresh, "environments/settings.schema.json is stale: make schema"


def test_the_published_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(FILE.read_text(encoding="utf-8")))


def test_the_schema_describes_every_setting() -> None:
    document = SettingsSchema(KNOWN).document
    fields = {name: field for name, field in Settings.model_fields.items() if name != "environment"}
    assert set(document["properties"]) == {field.alias for field in fields.values()}
    described = [document["properties"][str(field.alias)]["description"] for field in fields.values()]
    assert described == [field.description for field in fields.values()]


def test_no_map_of_the_schema_takes_any_key() -> None:
    def maps(schema: Any) -> list[Any]:
        inner = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else []
        own = [schema] if isinstance(schema, dict) and schema.get("type") == "object" else []
        return own + [found for each in inner for found in maps(each)]

    found = maps(SettingsSchema(KNOWN).document)
    assert len(found) > 15
    assert [each for each in found if each["additionalProperties"] is not False] == []


def test_every_value_of_the_schema_is_bounded() -> None:
    document = SettingsSchema(KNOWN).document
    leaves = _leaves(document, document)
    assert len(leaves) > 40
    bounds = {"string": {"pattern", "enum"}, "integer": {"minimum", "maximum"}}
    free = [name for name, leaf in leaves if not bounds.get(leaf["type"], leaf.keys()) & leaf.keys()]
    assert free == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_file_of_an_environment_keeps_to_the_schema_and_names_it(environment: str) -> None:
    text = (ROOT / f"environments/{environment}.yaml").read_text(encoding="utf-8")
    assert text.startswith(f"# yaml-language-server: $schema={FILE.name}\n")
    jsonschema.validate(yaml.safe_load(text), json.loads(FILE.read_text(encoding="utf-8")))


def test_the_schema_takes_a_file_with_every_setting() -> None:
    assert [error.message for error in _validator().iter_errors(yaml.safe_load(EVERYTHING))] == []


REFUSED = [text for text, line in WRONG.items() if not any(part in str(line) for part in ONLY_LOADING_REFUSES)]


@pytest.mark.parametrize("text", REFUSED, ids=[text[:60] for text in REFUSED])
def test_the_schema_refuses_what_loading_refuses(text: str) -> None:
    document = yaml.safe_load(f"{HOSTS}{text}\n")
    document = json.loads(json.dumps(document, default=str))  # keys are text, as in an editor
    assert not _validator().is_valid(document)


@pytest.mark.parametrize("hosts", [{"main": "a"}, {"read": "a"}, {"main": "a", "read": "10.0.0.1"}])
def test_the_schema_refuses_wrong_hosts(hosts: dict[str, str]) -> None:
    assert not _validator().is_valid({"hosts": hosts})


NAMES = st.sampled_from(["api", "feed", "back-office", "kafka", "postgresql", "default", "db-secret", "nobody"])
TEXTS = st.sampled_from(
    [
        "",
        "a",
        "a.example",
        "1.0.0",
        "10Gi",
        "500m",
        "2",
        "yes",
        "ingress",
        "gateway",
        "Always",
        "Issuer",
        "A b",
        "é",
        "0",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers(-5, 200) | st.integers() | st.floats() | TEXTS | st.text(max_size=8)
FIELDS = st.sampled_from(
    sorted(
        {str(field.alias) for field in Settings.model_fields.values()}
        | {"size", "storageClass", "requests", "limits", "cpu", "memory", "main", "read", "issuer", "storeName"}
        | {"minReplicas", "maxReplicas", "targetCpuUtilization"}
    )
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(FIELDS | NAMES | st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


def _documents(schema: dict[str, Any], document: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that a schema takes, as far as its single places say."""
    if "$ref" in schema:
        return _documents(document["$defs"][schema["$ref"].rpartition("/")[2]], document)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "string":
            texts = st.from_regex(schema.get("pattern", r"^[a-z\n ]{0,9}$").replace("$", r"\Z"), alphabet=ASCII)
            most, least = schema.get("maxLength", 1000), schema.get("minLength", 0)
            return texts.filter(lambda text: least <= len(text) <= most)
        case "integer":
            return st.integers(schema["minimum"], schema["maximum"])
        case "boolean":
            return st.booleans()
        case "array":
            return st.lists(_documents(schema["items"], document), max_size=2)
        case "object":
            parts = {key: _documents(each, document) for key, each in schema.get("properties", {}).items()}
            required = sorted({*schema.get("required", ()), *parts.keys() & {"main", "read", "issuer"}})
            optional = sorted(parts.keys() - {*required})
            chosen = st.lists(st.sampled_from(optional), max_size=3, unique=True) if optional else st.just([])
            return chosen.flatmap(lambda keys: st.fixed_dictionaries({key: parts[key] for key in (*required, *keys)}))
    return st.one_of([_documents(each, document) for each in schema["anyOf"] if each != {"type": "null"}])


ASCII = st.characters(min_codepoint=32, max_codepoint=126)
RIGHT = _documents(SettingsSchema(KNOWN).document, SettingsSchema(KNOWN).document)

few = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def _text(document: Any) -> str:
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False)


@given(document=st.dictionaries(FIELDS, ANYTHING, max_size=5))
@few
def test_any_document_is_settings_or_refused_in_lines(tmp_path: Path, document: Any) -> None:
    (tmp_path / "production.yaml").write_text(_text(document), encoding="utf-8", errors="surrogatepass")
    try:
        load(tmp_path, "production", KNOWN)
    except SettingsError as error:
        lines = str(error).split("\n")
        assert all(line.isprintable() and line.startswith(f"{tmp_path.name}/production.yaml:") for line in lines)
        assert len(set(lines)) == len(lines)


@given(text=st.text(max_size=40) | st.text(alphabet="{}[]&*!|>'\"%@`:- \n\tab,#?~", max_size=40))
@few
def test_any_text_is_settings_or_refused_in_lines(tmp_path: Path, text: str) -> None:
    lines = problems_of_text(tmp_path, text)
    assert lines
    assert all(line.isprintable() and line.startswith("production.yaml") for line in lines)


@given(document=RIGHT)
@few
def test_a_document_after_the_schema_is_settings_or_does_not_fit_together(tmp_path: Path, document: Any) -> None:
    together = (
        "use at most the limit",
        "use at most maxReplicas",
        "leave it out, or replicas",
        "use another host",
        "name the issuer",
        "set secretName",
        "must be set with",
        "set externalSecrets",
        "ends before it begins",
        "it never comes",
    )
    lines = problems_of_text(tmp_path, _text(document))
    assert [line for line in lines if not any(part in line for part in together)] == []


@given(document=RIGHT, data=st.data())
@few
def test_a_wrong_leaf_is_refused_and_named(tmp_path: Path, document: Any, data: st.DataObject) -> None:
    document = json.loads(json.dumps(document))
    leaves = _places(document, ())
    *around, last = data.draw(st.sampled_from(leaves))
    inner = document
    for key in around:
        inner = inner[key]
    inner[last] = data.draw(st.sampled_from([-1, 1.5, [[]], {"nobody": 1}, {"nobody": {"x": "y"}}]))
    name = ".".join(map(str, (*around, last)))
    lines = problems_of_text(tmp_path, _text(document))
    assert any(f": {name}: " in line or f": {name}." in line for line in lines), (name, lines)


def _places(value: Any, path: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, part in parts for place in _places(part, (*path, key))] or ([path] if path else [])
