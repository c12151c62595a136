"""Settings are read whole, or refused with every mistake named at once."""

from pathlib import Path

import pytest

from inputs.errors import SettingsError
from inputs.settings import KnownNames, Settings, load

KNOWN = KnownNames(services={"api": None, "feed": 1}, infrastructure=["postgresql", "kafka"])
HOSTS = "hosts: {main: a.example, read: b.example}\n"


def _load(folder: Path, text: str, environment: str = "production") -> Settings:
    (folder / f"{environment}.yaml").write_text(text, encoding="utf-8")
    return load(folder, environment, KNOWN)


def test_what_is_not_said_has_its_default(tmp_path: Path) -> None:
    settings = _load(tmp_path, HOSTS)
    assert settings.environment == "production"
    assert (settings.registry, settings.version, settings.image_pull_policy) == ("", "latest", "IfNotPresent")
    assert (settings.storage, settings.ingress_class) == ({}, "nginx")


def test_every_setting_is_read(tmp_path: Path) -> None:
    settings = _load(
        tmp_path,
        HOSTS
        + """
registry: registry.example.com:5000/count
version: 1.2.3
imagePullPolicy: Always
storage: {default: {storageClass: fast}, postgresql: {size: 20Gi}}
replicas: {api: 3}
resources: {api: {requests: {cpu: 1m, memory: 1Mi}, limits: {cpu: 2m, memory: 2Mi}}}
ingressClass: traefik
""",
    )
    assert settings.image("api") == "registry.example.com:5000/count/api:1.2.3"
    assert settings.image_pull_policy == "Always"
    assert settings.storage["default"].storage_class == "fast"
    assert settings.storage["postgresql"].size == "20Gi"
    assert settings.replicas == {"api": 3}
    assert settings.resources["api"].resources().memory_limit == "2Mi"
    assert settings.ingress_class == "traefik"
    assert (settings.hosts.main, settings.hosts.read) == ("a.example", "b.example")


@pytest.mark.parametrize(
    ("registry", "image"),
    [("", "api:latest"), ("r.example", "r.example/api:latest"), ("r.example/", "r.example/api:latest")],
)
def test_a_registry_may_end_with_a_slash_or_be_absent(tmp_path: Path, registry: str, image: str) -> None:
    assert _load(tmp_path, f"{HOSTS}registry: '{registry}'\n").image("api") == image


def test_environment_variables_go_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNT_VERSION", "2.0.0")
    monkeypatch.setenv("COUNT_HOSTS__MAIN", "c.example")
    settings = _load(tmp_path, f"{HOSTS}version: 1.0.0\n")
    assert settings.version == "2.0.0"
    assert (settings.hosts.main, settings.hosts.read) == ("c.example", "b.example")


def test_latest_is_refused_outside_production_unless_allowed(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"version 'latest' .*: name a version, or set `allowLatest: true`"):
        _load(tmp_path, HOSTS, "staging")
    assert _load(tmp_path, f"{HOSTS}allowLatest: true\n", "staging").version == "latest"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("regitsry: x\n", r"production\.yaml:2: regitsry: no such setting; did you mean registry\?"),
        ("image_pull_policy: Never\n", r":2: image_pull_policy: no such setting; did you mean imagePullPolicy\?"),
        ("1: x\n", r":2: 1: no such setting"),
        ("environment: local\n", r":2: environment: no such setting"),
        (
            "imagePullPolicy: Sometimes\n",
            r":2: imagePullPolicy: 'Sometimes': Input should be 'Always', 'IfNotPresent' or",
        ),
        ("registry: https://r.example\n", r":2: registry: 'https://r\.example': use host\[:port\]\[/path\], without"),
        ("registry: ../images\n", r":2: registry: '../images': use host"),
        ("registry: -x/-\n", r":2: registry: '-x/-': use host"),
        ("version: a b\n", r":2: version: 'a b': use an image tag"),
        ("version: 1.0\n", r":2: version: 1\.0: Input should be a valid string"),
        (
            "storage: {postgresql: {size: 10GB}}\n",
            r":2: storage\.postgresql\.size: '10GB': '10GB' is no Kubernetes quantity",
        ),
        ("storage: {postgresql: {size: '0'}}\n", r":2: storage\.postgresql\.size: '0': use a size above zero"),
        ("storage:\n  postgres: {size: 1Gi}\n", r":3: storage\.postgres: no such name; did you mean postgresql\?"),
        ("replicas: {api: 0}\n", r":2: replicas\.api: 0: Input should be greater than or equal to 1"),
        ("replicas: {api: two}\n", r":2: replicas\.api: 'two': Input should be a valid integer"),
        ("replicas: {feed: 2}\n", r":2: replicas\.feed: 2: it works with at most 1"),
        ("replicas: {kafka: 2}\n", r":2: replicas\.kafka: no such name; there are: api, feed, default"),
        ("replicas: [1]\n", r":2: replicas: Input should be a valid dictionary"),
        (
            "resources: {api: {requests: {cpu: 2, memory: 1Mi}, limits: {cpu: '1', memory: 1Mi}}}\n",
            r":2: resources\.api\.requests\.cpu: 2: Input should be a valid string",
        ),
        (
            "resources: {api: {requests: {cpu: '2', memory: 1Mi}, limits: {cpu: '1', memory: 1Mi}}}\n",
            r":2: resources\.api: cpu request 2 must be above zero and not above the cpu limit 1",
        ),
        ("storage: {kafka: {storageClass: Fast}}\n", r":2: storage\.kafka\.storageClass: 'Fast': use a DNS name"),
        ("hosts: {main: a.example, read: b.example}\n", r":2: hosts is there twice; the first is in line 1"),
        ("a: [\n", r":3: not YAML: "),
        ("\ta: 1\n", r":2: not YAML: found character '\\t' that cannot start any token"),
    ],
)
def test_a_mistake_is_named_with_file_line_field_and_value(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        _load(tmp_path, HOSTS + text)


@pytest.mark.parametrize(
    ("hosts", "message"),
    [
        ("hosts: {main: a.example, read: a.example}\n", r":1: hosts: main and read must be two hosts"),
        ("hosts: {main: A_B, read: b.example}\n", r":1: hosts\.main: 'A_B': use a DNS name"),
        ("hosts: {main: a.example}\n", r"routing 'ingress' needs hosts\.read"),
        ("version: 1.0.0\n", r"production\.yaml:1: hosts: Field required"),
        ("", r"production\.yaml: must be a map of settings"),
        ("- a\n", r"production\.yaml: must be a map of settings"),
        ("a: 1\n---\nb: 1\n", r":2: not YAML: but found another document"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, hosts: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        _load(tmp_path, hosts)


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "production.yaml").write_bytes(HOSTS.encode() + b"version: \xff\n")
    with pytest.raises(
        SettingsError, match=r"production\.yaml: not UTF-8: invalid start byte at byte 51; save it as UTF-8"
    ):
        load(tmp_path, "production", KNOWN)


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, f"{HOSTS}regitsry: x\nversion: a b\ningressClass: Fast\n")
    assert [line.split(": ")[1] for line in str(caught.value).splitlines()] == ["regitsry", "version", "ingressClass"]


@pytest.mark.parametrize("environment", ["nowhere", "../production", "", "a/b"])
def test_an_unknown_environment_names_those_that_exist(tmp_path: Path, environment: str) -> None:
    (tmp_path / "production.yaml").write_text(HOSTS)
    with pytest.raises(SettingsError, match="no such environment; there are: production"):
        load(tmp_path, environment, KNOWN)


def test_a_wrong_variable_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNT_VERSION", "a b")
    with pytest.raises(SettingsError, match="COUNT_VERSION: version: 'a b': use an image tag"):
        _load(tmp_path, HOSTS)


@pytest.mark.parametrize("name", ["COUNT_REPLICAS", "COUNT_HOSTS"])
def test_a_variable_that_is_no_map_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "three")
    with pytest.raises(SettingsError, match=f"{name}: 'three': not JSON; write a map"):
        _load(tmp_path, HOSTS)


def test_a_variable_that_gives_a_part_of_a_map_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNT_RESOURCES__KAFKA__LIMITS__MEMORY", "2Gi")
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, HOSTS)
    first, second = str(caught.value).splitlines()
    assert first.startswith("COUNT_RESOURCES__KAFKA__LIMITS__MEMORY: resources.kafka.requests: ")
    assert second.startswith("COUNT_RESOURCES__KAFKA__LIMITS__MEMORY: resources.kafka.limits.cpu: ")


def test_a_variable_that_is_no_setting_is_refused_with_the_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNT_VERSON", "1.0.0")
    with pytest.raises(SettingsError, match=r"COUNT_VERSON: no such setting; did you mean COUNT_VERSION\?"):
        _load(tmp_path, HOSTS)


def test_the_variable_that_chooses_the_environment_does_not_rename_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNT_ENVIRONMENT", "production")
    assert _load(tmp_path, f"{HOSTS}allowLatest: true\n", "local").environment == "local"


def test_default_speaks_of_every_service(tmp_path: Path) -> None:
    assert _load(tmp_path, f"{HOSTS}replicas: {{default: 1}}\n").replicas == {"default": 1}


def test_a_value_is_blamed_on_the_variable_that_gave_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNT_REPLICAS", '{"feed": 2, "ape": 1}')
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, f"{HOSTS}replicas: {{api: 0}}\n")
    assert "production.yaml:2: replicas.api: 0: " in str(caught.value)
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, HOSTS)
    assert str(caught.value).splitlines() == [
        "COUNT_REPLICAS: replicas.ape: no such name; did you mean api?",
        "COUNT_REPLICAS: replicas.feed: 2: it works with at most 1",
    ]


def test_a_map_can_come_from_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNT_REPLICAS", '{"api": 4}')
    assert _load(tmp_path, HOSTS).replicas == {"api": 4}
