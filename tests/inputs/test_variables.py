"""Environment variables go over the file, and are blamed for what they say."""

import json
from pathlib import Path

import pytest

from inputs.settings import ProxyTimeouts, Settings
from tests.support.settings import HOSTS, problems_of_text, settings_of_text


@pytest.fixture(autouse=True)
def _no_variables_but_the_test_s(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COUNT_ENVIRONMENT", "COUNT_VERSION"):
        monkeypatch.delenv(name, raising=False)


def _load(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, file: str = "", environment: str = "production", **variables: str
) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return settings_of_text(folder, HOSTS + file, environment)


def _problems(folder: Path, monkeypatch: pytest.MonkeyPatch, *, file: str = "", **variables: str) -> list[str]:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return problems_of_text(folder, HOSTS + file)


def test_a_variable_goes_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _load(
        tmp_path, monkeypatch, file="version: 1.0.0\n", COUNT_VERSION="2.0.0", COUNT_HOSTS__MAIN="c.example"
    )
    assert settings.version == "2.0.0"
    assert (settings.hosts.main, settings.hosts.read) == ("c.example", "b.example")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("COUNT_REGISTRY", "", {"registry": ""}),
        ("COUNT_VERSION", "1.0", {"version": "1.0"}),
        ("COUNT_ALLOW_LATEST", "yes", {"allowLatest": True}),
        ("COUNT_NETWORK_POLICIES", "False", {"networkPolicies": False}),
        ("COUNT_JOB_TTL_SECONDS", "60", {"jobTtlSeconds": 60}),
        ("COUNT_REPLICAS__API", "3", {"replicas": {"api": 3}}),
        ("COUNT_AUTOSCALING__API__MAX_REPLICAS", "3", {"autoscaling": {"api": {"maxReplicas": 3}}}),
        ("COUNT_REPLICAS__BACK_OFFICE", "3", {"replicas": {"back-office": 3}}),
        ("COUNT_REPLICAS__back-office", "3", {"replicas": {"back-office": 3}}),
        ("COUNT_REPLICAS", '{"back-office": 3, "default": 2}', {"replicas": {"back-office": 3, "default": 2}}),
        ("COUNT_STORAGE__POSTGRESQL__SIZE", "20Gi", {"storage": {"postgresql": {"size": "20Gi"}}}),
        ("COUNT_STORAGE__KAFKA__STORAGE_CLASS", "fast", {"storage": {"kafka": {"storageClass": "fast"}}}),
        ("COUNT_STORAGE__DEFAULT", '{"storageClass": "fast"}', {"storage": {"default": {"storageClass": "fast"}}}),
        ("COUNT_TLS__SECRET_NAME", "cert", {"tls": {"secretName": "cert"}}),
        ("COUNT_TLS", '{"issuer": "x"}', {"tls": {"issuer": "x"}}),
        ("COUNT_VARIABLES__BACK_OFFICE__LOG_LEVEL", "debug", {"variables": {"back-office": {"LOG_LEVEL": "debug"}}}),
        ("COUNT_VARIABLES__API__APP__NAME", "x", {"variables": {"api": {"APP__NAME": "x"}}}),
        ("COUNT_VARIABLES__API__PORT", "3000", {"variables": {"api": {"PORT": "3000"}}}),
        ("COUNT_VARIABLES", '{"back-office": {"A": "b"}}', {"variables": {"back-office": {"A": "b"}}}),
        ("COUNT_CONFIG_MAPS__API", '["a", "b"]', {"configMaps": {"api": ["a", "b"]}}),
        (
            "COUNT_EXTERNAL_SECRETS",
            '{"storeName": "vault", "remoteKeys": {"db-secret": "a"}}',
            {"externalSecrets": {"storeName": "vault", "remoteKeys": {"db-secret": "a"}}},
        ),
        ("count_version", "2", {"version": "2"}),
    ],
)
def test_every_kind_of_setting_can_come_from_a_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: dict[str, object]
) -> None:
    dumped = _load(tmp_path, monkeypatch, **{name: value}).model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert {key: dumped[key] for key in expected} == expected


def test_variables_go_into_the_maps_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _load(
        tmp_path,
        monkeypatch,
        file="""
proxyTimeouts: {readSeconds: 5}
variables: {api: {LOG_LEVEL: info, COLOUR: red}}
replicas: {api: 2, default: 3}
""",
        COUNT_PROXY_TIMEOUTS__SEND_SECONDS="7",
        COUNT_VARIABLES='{"api": {"LOG_LEVEL": "debug"}, "feed": {"A": "b"}}',
        COUNT_REPLICAS__API="4",
    )
    assert settings.proxy_timeouts == ProxyTimeouts(read_seconds=5, send_seconds=7)
    assert settings.variables == {"api": {"LOG_LEVEL": "debug", "COLOUR": "red"}, "feed": {"A": "b"}}
    assert settings.replicas == {"api": 4, "default": 3}


def test_a_variable_of_an_inner_level_goes_over_one_of_an_outer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _load(
        tmp_path,
        monkeypatch,
        COUNT_TLS='{"issuer": "a", "secretName": "c"}',
        COUNT_TLS__ISSUER="b",
        COUNT_REPLICAS="{}",
    )
    assert settings.tls is not None
    assert (settings.tls.issuer, settings.tls.secret_name) == ("b", "c")


def test_null_takes_a_setting_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = "tls: {issuer: x}\njobTtlSeconds: 5\n"
    settings = _load(tmp_path, monkeypatch, file=file, COUNT_TLS="null", COUNT_JOB_TTL_SECONDS="null")
    assert (settings.tls, settings.job_ttl_seconds) == (None, None)


def test_a_variable_can_take_away_what_is_wrong_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _load(tmp_path, monkeypatch, file="version: a b\n", COUNT_VERSION="1").version == "1"


def test_the_variable_that_chooses_the_environment_does_not_rename_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _load(
        tmp_path, monkeypatch, file="allowLatest: true\n", environment="local", COUNT_ENVIRONMENT="production"
    )
    assert settings.environment == "local"


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("COUNT_VERSON", "1", "no such setting; did you mean COUNT_VERSION?"),
        ("COUNT_HOSTS__MIAN", "x", "no such setting; did you mean COUNT_HOSTS__MAIN?"),
        ("COUNT_REPLICAS__BACK_OFICE", "3", "no such setting; did you mean COUNT_REPLICAS__BACK_OFFICE?"),
        ("COUNT_VERSION__MAJOR", "1", "no such setting; did you mean COUNT_VERSION?"),
        ("COUNT_VERSION", "a b", "version: 'a b': use an image tag: "),
        ("COUNT_VERSION", "a\nb\udcff", "version: 'a\\nb\\udcff': use an image tag: "),
        ("COUNT_VERSION", "x" * 5000, f"version: '{'x' * 77}...': use an image tag: "),
        ("COUNT_ALLOW_LATEST", "maybe", "allowLatest: 'maybe': use true or false"),
        ("COUNT_REPLICAS__API", "two", "replicas.api: 'two': use a whole number from 1 to 100"),
        ("COUNT_REPLICAS__API", "", "replicas.api: '': use a whole number from 1 to 100"),
        ("COUNT_REPLICAS__API", "1e1", "replicas.api: 10.0: use a whole number from 1 to 100"),
        ("COUNT_REPLICAS__API", "9" * 10_000, f"replicas.api: '{'9' * 77}...': "),
        ("COUNT_REPLICAS__FEED", "2", "replicas.feed: 2: use at most 1: more pods do not work"),
        ("COUNT_REPLICAS", "three", "replicas: 'three': not JSON: use a map with api, feed, back-office, …"),
        ("COUNT_HOSTS", "", "hosts: '': not JSON: use a map with main, read"),
        ("COUNT_HOSTS", "3", "hosts: 3: use a map with main, read"),
        (
            "COUNT_REPLICAS",
            '{"api": 1, "api": 2}',
            "replicas: '{\"api\": 1, \"api\": 2}': 'api' is there twice: use a map",
        ),
        ("COUNT_REPLICAS", '{"ape": 1}', "replicas.ape: no such name; did you mean api?"),
        ("COUNT_REPLICAS", "[" * 50_000, f"replicas: '{'[' * 77}...': nested deeper than 20 levels: use a map"),
        ("COUNT_TLS", json.dumps([[]] * 3), "tls: [[], [], []]: use a map with secretName, issuer, issuerKind"),
        ("COUNT_CONFIG_MAPS__API", "extra", "configMaps.api: 'extra': not JSON: use a list, like [first, second]"),
        ("COUNT_VARIABLES", '{"api": {"PORT": 3000}}', "variables.api.PORT: 3000: put it in quotes: '3000'"),
        ("COUNT_VARIABLES__API__LOG-LEVEL", "x", "variables.api.LOG-LEVEL: 'x': use at most 128 capital letters"),
        ("COUNT_STORAGE__KAFKA__SIZE", "10GB", "storage.kafka.size: '10GB': use 10G or 10Gi"),
        ("COUNT_TLS__ISSUER_KIND", "Issuer", "tls.issuerKind: 'Issuer': name the issuer too, in tls.issuer"),
        ("COUNT_SECRETS", "external-secrets", "secrets: 'external-secrets': set externalSecrets.storeName too"),
        ("COUNT_HOSTS__READ", "a.example", "hosts.read: 'a.example': use another host than hosts.main"),
        ("COUNT_", "x", "no such setting; there are: COUNT_REGISTRY, COUNT_ALLOW_LATEST, "),
    ],
)
def test_a_wrong_variable_is_one_line_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, problem: str
) -> None:
    (line,) = _problems(tmp_path, monkeypatch, **{name: value})
    assert line.isprintable()
    assert line.startswith(f"{name}: {problem}")


def test_what_a_part_of_a_map_lacks_is_said_of_the_variable_that_began_the_map(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = _problems(tmp_path, monkeypatch, COUNT_RESOURCES__KAFKA__LIMITS__MEMORY="2Gi")
    assert first.startswith("COUNT_RESOURCES__KAFKA__LIMITS__MEMORY: resources.kafka.requests: must be set: ")
    assert second.startswith("COUNT_RESOURCES__KAFKA__LIMITS__MEMORY: resources.kafka.limits.cpu: must be set: ")


def test_each_value_of_a_map_is_blamed_on_who_gave_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = _problems(
        tmp_path, monkeypatch, file="replicas: {api: 0, feed: 0}\n", COUNT_REPLICAS='{"feed": 2, "ape": 1}'
    )
    assert lines == [
        "COUNT_REPLICAS: replicas.feed: 2: use at most 1: more pods do not work",
        "COUNT_REPLICAS: replicas.ape: no such name; did you mean api?",
        "production.yaml:2: replicas.api: 0: use a whole number from 1 to 100",
    ]
