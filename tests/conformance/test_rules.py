"""The generated folder obeys the twelve rules of the specification, and a folder that breaks one is found out."""

import copy
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cdk8s_backend.layout import write

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charts.rules import RULES, Folder, Rule, Violation, judge, quotation
from charts.rules.__main__ import main
from charts.rules.specification import RESOURCES
from tests.conformance import specification_examples as specification
from tests.support.synthesis import ROUTINGS, SECRETS, TLS, combination, folder_of

DIST = Path(__file__).parents[2] / "dist"

REMOVED = object()
"""In the place of a new value: the field goes."""

COUNT_READ = "deployments/count-read-service.yaml"
CONTAINER = "spec.template.spec.containers.0"
PVC = "persistentvolumeclaims/postgresql-pvc.yaml"
INGRESS = "ingress/ingress.yaml"
SERVICE_ACCOUNT = {"apiVersion": "v1", "kind": "ServiceAccount"}


@dataclass(frozen=True)
class Break:
    """One change of the generated folder and the bullets that it breaks.

    Attributes:
        bullet: Rule and bullet.
        file: What is changed.
        path: The field; keys with dots stand in brackets.
        value: Its new value.
        move: The file's new path, instead of a change in it.
        also: Other bullets that ask for the same.
    """

    bullet: str
    file: str
    path: str = ""
    value: Any = REMOVED
    move: str = ""
    also: frozenset[str] = field(default=frozenset())

    def __str__(self) -> str:
        return f"{self.bullet}-{self.file}-{self.path or self.move}"


def broken(bullet: str, file: str, path: str = "", value: Any = REMOVED, *, move: str = "", also: str = "") -> Break:
    return Break(bullet, file, path, value, move, frozenset(also.split()))


def added(bullet: str, manifest: dict[str, Any], file: str = "extra.yaml") -> Break:
    return Break(bullet, file, value=manifest)


def named(name: str) -> dict[str, Any]:
    return {"name": name, "namespace": "count-system", "labels": {"app": name}}


BREAKS = (
    broken("1.1", "namespace.yaml", "metadata.name", "count"),
    broken("1.2", "configmap/app-config.yaml", "metadata.namespace"),
    broken("1.2", "services/kafka-service.yaml", "metadata.namespace", "default", also="11.4"),
    broken("1.3", "namespace.yaml", "metadata.labels.environment"),
    broken("1.3", "namespace.yaml", "metadata.labels.app", "count"),
    broken("2.1", "deployments/zookeeper.yaml", "metadata.namespace", also="1.2"),
    broken("2.2", COUNT_READ, "metadata.labels.app", "reader"),
    broken("2.2", COUNT_READ, "spec.selector.matchLabels.app"),
    broken("2.3", "deployments/kafka.yaml", f"{CONTAINER}.resources.limits.memory"),
    broken("2.3", "deployments/count-write-service.yaml", "spec.template.spec.initContainers.0.resources", also="12.1"),
    broken("2.4", COUNT_READ, f"{CONTAINER}.livenessProbe.httpGet.path", "/"),
    broken("2.4", COUNT_READ, f"{CONTAINER}.readinessProbe", {"tcpSocket": {"port": 3001}}),
    broken("2.4", "deployments/kafka.yaml", f"{CONTAINER}.readinessProbe"),
    broken("2.5", COUNT_READ, f"{CONTAINER}.env.0", {"name": "NODE_ENV", "value": "production"}),
    broken(
        "2.5", "deployments/kafka.yaml", f"{CONTAINER}.env.0.valueFrom", {"fieldRef": {"fieldPath": "status.podIP"}}
    ),
    broken("2.6", COUNT_READ, f"{CONTAINER}.image", "registry.example:5000/count-read-service"),
    broken("3.1", "statefulsets/redis-cache.yaml", f"{CONTAINER}.image", "nginx:1"),
    broken("3.2", "statefulsets/redis-cache.yaml", f"{CONTAINER}.volumeMounts"),
    broken("3.2", "statefulsets/redis-cache.yaml", "spec.volumeClaimTemplates", also="7.1"),
    broken("3.3", "statefulsets/redis-cache.yaml", "spec.serviceName"),
    broken("3.3", "statefulsets/redis-cache.yaml", "spec.serviceName", "redis-cache-headless"),
    broken("3.4", PVC, move="statefulsets/postgresql-pvc.yaml"),
    added("4.1", {"apiVersion": "v1", "kind": "Service", "metadata": named("other")}),
    broken("4.2", "services/kafka-service.yaml", "spec.type", "NodePort"),
    broken("4.2", "services/redis-value-service.yaml", "spec.clusterIP", "None"),
    broken("4.3", "services/count-read-service.yaml", "spec.ports.1", {"name": "other", "port": 3000}),
    broken("4.4", "services/count-read-service.yaml", "spec.selector.app", "count-write-service"),
    broken("4.4", "services/count-read-service.yaml", "spec.selector", {"environment": "production"}),
    broken("4.4", "services/redis-value-service.yaml", "spec.selector.role", "primary"),
    broken(
        "5.1", "configmap/app-config.yaml", "data.[database.url]", "postgresql://count:geheim@postgresql:5432/count"
    ),
    broken("5.1", "configmap/app-config.yaml", "data.[postgres.password]", "x"),
    broken("5.1", "configmap/redis-config.yaml", "data.[redis.conf]", "appendonly yes\nrequirepass geheim\n"),
    broken("5.2", "configmap/app-config.yaml", "data.databaseUrl", "x"),
    broken("5.3", "configmap/app-config.yaml", "data.[redis.port]", 6379),
    broken("5.4", "configmap/app-config.yaml", move="configmap/settings.yaml"),
    broken("6.1", "secret/postgresql-secret.yaml", "stringData.host", "${POSTGRESQL_HOST}"),
    broken("6.2", "secret/postgresql-secret.yaml", "data", {"password": "${POSTGRESQL_PASSWORD}"}),
    broken("6.2", "secret/postgresql-secret.yaml", "stringData"),
    broken("6.3", "secret/postgresql-secret.yaml", "immutable", True),
    broken("6.3", "secret/countinfo-secret.yaml", "metadata.name", "info-secret"),
    broken("6.3", "secret/countinfo-secret.yaml", move="configmap/countinfo-secret.yaml"),
    broken("6.4", "secret/postgresql-secret.yaml", "stringData.password", "countpassword"),
    broken("7.1", PVC, "metadata.name", "postgresql-data"),
    broken("7.1", "statefulsets/redis-cache.yaml", "spec.replicas", 2),
    broken("7.2", PVC, "spec.accessModes", ["ReadWriteMany"]),
    broken("7.2", PVC, "spec.accessModes", ["ReadWriteOncePod"]),
    broken("7.3", PVC, "spec.storageClassName"),
    broken("7.3", PVC, "spec.storageClassName", "fast"),
    broken("7.4", PVC, "spec.resources.requests.storage", "0Gi"),
    broken("7.4", PVC, "spec.resources.requests.storage", "20Gi"),
    broken("8.1", INGRESS, "spec.rules.0.host"),
    broken("8.2", INGRESS, "spec.rules.0.http.paths.1.path", "/api/v1/counts"),
    broken("8.2", INGRESS, "spec.rules.0.http.paths.1.path", "management"),
    broken("8.3", INGRESS, "spec.rules.0.http.paths.1"),
    broken("8.3", INGRESS, "spec.rules.0.http.paths.1.backend.service.port.number", 80),
    broken("8.4", INGRESS, "metadata.annotations"),
    broken("9.1", "jobs/postgresql-init.yaml", f"{CONTAINER}.image", "debian:12"),
    broken("9.2", "jobs/postgresql-init.yaml", "spec.template.spec.restartPolicy", "Never"),
    broken("9.3", "jobs/postgresql-init.yaml", "spec.ttlSecondsAfterFinished", 60),
    broken("11.1", COUNT_READ, move="deployments/countReadService.yaml"),
    added("11.2", {**SERVICE_ACCOUNT, "metadata": {"name": "count.reader", "namespace": "count-system"}}),
    broken("11.3", "services/kafka-service.yaml", "metadata.labels.app", "broker"),
    added(
        "11.4",
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": named("count-reader"),
            "subjects": [{"kind": "ServiceAccount", "name": "count-reader", "namespace": "default"}],
        },
    ),
    broken("12.1", COUNT_READ, f"{CONTAINER}.resources.limits.cpu", also="2.3 12.3"),
    broken("12.2", COUNT_READ, f"{CONTAINER}.resources.requests.cpu", "50m"),
    broken("12.3", COUNT_READ, f"{CONTAINER}.resources.limits.memory", "256Mi"),
    broken(
        "12.4", "deployments/count-analysis-service.yaml", f"{CONTAINER}.resources.requests.cpu", "0.1", also="12.2"
    ),
)


READS = "ingress/count-read-service-reads.yaml"
REDIRECT = "ingress/count-system-redirect.yaml"
EXTERNAL = "secret/postgresql-secret.yaml"
RULE = "spec.rules.0"

VARIANT_BREAKS = (
    broken("6.1", EXTERNAL, "spec.data.0.secretKey", "host"),
    broken("6.3", EXTERNAL, "spec.target.name", "superuser-secret", also="6.4"),
    broken("6.4", EXTERNAL, "spec.data"),
    broken("6.4", EXTERNAL, "spec.data.0.remoteRef.key"),
    broken("6.4", EXTERNAL, "spec.target.template", {"data": {"password": "countpassword"}}),
    broken("8.1", "ingress/gateway.yaml", "metadata.name", "count-gateway"),
    broken("8.1", READS, "spec.hostnames"),
    broken("8.1", REDIRECT, "spec.hostnames"),
    broken("8.2", READS, f"{RULE}.matches"),
    broken("8.2", READS, f"{RULE}.matches.0.path.value", "api"),
    broken("8.2", READS, f"{RULE}.matches.0.method", "HEAD"),
    broken("8.2", "ingress/count-analysis-service.yaml", f"{RULE}.matches.0.path.value", "/management"),
    broken("8.3", READS, f"{RULE}.backendRefs"),
    broken("8.3", READS, f"{RULE}.backendRefs.0.port", 3000),
    broken("8.3", READS, f"{RULE}.filters", [{"type": "RequestRedirect"}]),
    broken("8.4", READS, f"{RULE}.timeouts"),
    broken("8.4", "ingress/gateway.yaml", "spec.gatewayClassName"),
)
"""Changes of the folder with a Gateway and ExternalSecrets."""


@dataclass(frozen=True)
class ScriptBreak:
    """A replacement in a script, and the bullet that it breaks; `old` is a regular expression."""

    bullet: str
    file: str
    old: str
    new: str = ""

    def __str__(self) -> str:
        return f"{self.bullet}-{self.file}-{self.old}"


SCRIPT_BREAKS = (
    ScriptBreak("10.1", "deploy.sh", "jobs/postgresql-init", "postgresql-init"),
    ScriptBreak("10.1", "deploy.ps1", "jobs/postgresql-init", "postgresql-init"),
    ScriptBreak("10.1", "deploy.sh", "namespace.yaml(?s:(.*)statefulsets/)", r"statefulsets/\1namespace.yaml"),
    *(ScriptBreak("10.2", f"{name}.sh", "^set -euo", "set -uo") for name in ("deploy", "undeploy", "build-images")),
    *(
        ScriptBreak("10.2", f"{name}.ps1", "^.ErrorActionPreference.*")
        for name in ("deploy", "undeploy", "build-images")
    ),
    ScriptBreak("10.3", "deploy.sh", "'PVC 생성'", "''"),
    ScriptBreak("10.3", "deploy.ps1", "'PVC 생성'", "''"),
    ScriptBreak("10.4", "deploy.sh", "with-ingress"),
    ScriptBreak("10.4", "deploy.ps1", "with-ingress"),
    ScriptBreak("10.5", "build-images.sh", r' "\$\{root\}"\) ;;', " .) ;;"),
    ScriptBreak("10.5", "build-images.ps1", r", \$script:Root \}$", ", '.' }"),
    ScriptBreak("10.6", "build-images.sh", "common/Dockerfile", "shared/Dockerfile"),
    ScriptBreak("10.6", "build-images.ps1", "common/Dockerfile", "shared/Dockerfile"),
    ScriptBreak("10.7", "build-images.sh", "REGISTRY"),
    ScriptBreak("10.7", "build-images.ps1", "VERSION"),
    ScriptBreak("10.8", "build-images.sh", r'^ *say "\$\{step\}_started.*'),
    ScriptBreak("10.8", "build-images.ps1", r'^ *Write-Text "\$\{step\}_started.*'),
)


@cache
def generated() -> Folder:
    return Folder.read(DIST)


@pytest.fixture
def dist() -> Folder:
    return generated()


@cache
def generated_variant(environment: str, routing: str, secrets: str, tls: str) -> Folder:
    with TemporaryDirectory() as directory:
        changed = combination(routing=routing, secrets=secrets, tls=tls)
        write(Path(directory), folder_of(environment, **changed))
        return Folder.read(Path(directory))


@pytest.fixture
def gateway_folder() -> Folder:
    return generated_variant("production", "gateway", "external-secrets", "issuer")


@pytest.mark.parametrize("tls", TLS)
@pytest.mark.parametrize("secrets", SECRETS)
@pytest.mark.parametrize("routing", ROUTINGS)
def test_every_variant_obeys(routing: str, secrets: str, tls: str) -> None:
    assert list(map(str, judge(generated_variant("production", routing, secrets, tls)))) == []


@pytest.mark.parametrize("change", VARIANT_BREAKS, ids=str)
def test_a_break_of_a_variant_is_found_and_nothing_else(change: Break, gateway_folder: Folder) -> None:
    violations = judge(apply(change, gateway_folder))
    assert {_bullet(violation) for violation in violations} == {change.bullet, *change.also}, list(map(str, violations))


@pytest.mark.parametrize(
    ("missing", "bullets"),
    [
        (EXTERNAL, {"6.3", "6.4"}),
        ("ingress/gateway.yaml", {"8.1"}),
        ("ingress/count-analysis-service.yaml", {"8.3"}),
        (READS, {"8.3"}),
    ],
)
def test_a_missing_file_of_a_variant_is_found(missing: str, bullets: set[str], gateway_folder: Folder) -> None:
    manifests = {file: content for file, content in gateway_folder.manifests.items() if file != missing}
    assert len(manifests) == len(gateway_folder.manifests) - 1
    assert {_bullet(violation) for violation in judge(Folder(manifests, gateway_folder.texts))} == bullets


def test_a_gateway_without_routes_is_found(gateway_folder: Folder) -> None:
    manifests = {
        file: content
        for file, content in gateway_folder.manifests.items()
        if not file.startswith("ingress/") or file == "ingress/gateway.yaml"
    }
    assert {_bullet(each) for each in judge(Folder(manifests, gateway_folder.texts))} == {"8.1", "8.3"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.number} {rule.title}")
def test_the_generated_folder_obeys(rule: Rule, dist: Folder) -> None:
    assert list(map(str, rule(dist))) == []


def test_every_bullet_of_every_rule_has_a_check_that_quotes_it() -> None:
    assert {rule.number: rule.title for rule in RULES} == specification.rules()
    for rule in RULES:
        assert list(map(quotation, rule.bullets)) == specification.bullets(rule.number)


@pytest.mark.parametrize("change", BREAKS, ids=str)
def test_a_break_is_found_and_nothing_else(change: Break, dist: Folder) -> None:
    violations = judge(apply(change, dist))
    assert {_bullet(violation) for violation in violations} == {change.bullet, *change.also}, list(map(str, violations))


@pytest.mark.parametrize("change", SCRIPT_BREAKS, ids=str)
def test_a_break_of_a_script_is_found_and_nothing_else(change: ScriptBreak, dist: Folder) -> None:
    text, changes = re.subn(change.old, change.new, dist.texts[change.file], flags=re.MULTILINE)
    assert changes
    violations = judge(Folder(dist.manifests, {**dist.texts, change.file: text}))
    assert {(_bullet(violation), violation.finding.file) for violation in violations} == {(change.bullet, change.file)}


def test_every_bullet_is_broken_once() -> None:
    all_bullets = {f"{rule.number}.{position}" for rule in RULES for position, _ in enumerate(rule.bullets, start=1)}
    assert {change.bullet for change in BREAKS} | {change.bullet for change in SCRIPT_BREAKS} == all_bullets


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.number} {rule.title}")
def test_an_empty_folder_breaks(rule: Rule) -> None:
    assert list(rule(Folder()))


@pytest.mark.parametrize(
    ("missing", "bullets"),
    [
        ("namespace.yaml", {"1.1"}),
        ("deployments/kafka.yaml", {"2.1", "4.1", "7.1"}),
        ("deployments/count-read-service.yaml", {"2.1", "4.1", "12.1"}),
        ("statefulsets/redis-replica.yaml", {"3.1", "4.1", "7.1"}),
        ("services/zookeeper-service.yaml", {"4.1"}),
        ("configmap/kafka-config.yaml", {"5.4"}),
        ("secret/postgresql-secret.yaml", {"6.3", "6.4"}),
        ("persistentvolumeclaims/redis-value-pvc.yaml", {"7.1"}),
        ("ingress/ingress.yaml", {"8.1", "8.3"}),
        ("jobs/postgresql-init.yaml", {"9.1"}),
        ("deploy.sh", {"10.1"}),
        ("undeploy.ps1", {"10.2"}),
        ("build-images.sh", {"10.5"}),
    ],
)
def test_a_missing_file_is_found(missing: str, bullets: set[str], dist: Folder) -> None:
    manifests = {file: content for file, content in dist.manifests.items() if file != missing}
    texts = {file: content for file, content in dist.texts.items() if file != missing}
    assert len(manifests) + len(texts) == len(dist.manifests) + len(dist.texts) - 1
    assert {_bullet(violation) for violation in judge(Folder(manifests, texts))} == bullets


def test_a_violation_says_where_it_is_what_is_there_and_what_would_be_right(dist: Folder) -> None:
    change = broken("12.2", COUNT_READ, f"{CONTAINER}.resources.requests.cpu", "50m")
    assert list(map(str, judge(apply(change, dist)))) == [
        "12.2 Requests는 최소 보장 리소스: deployments/count-read-service.yaml: Deployment count-read-service: "
        "resources.requests.cpu is '50m'; right would be 100m"
    ]


def test_a_violation_does_not_repeat_the_value_of_a_secret(dist: Folder) -> None:
    change = broken("6.4", "secret/postgresql-secret.yaml", "stringData.password", "countpassword")
    assert "countpassword" not in "".join(map(str, judge(apply(change, dist))))


def test_the_table_of_resources_is_that_of_the_specification() -> None:
    assert specification.resources() == {
        name: (guide.requests.cpu, guide.requests.memory, guide.limits.cpu, guide.limits.memory)
        for name, guide in RESOURCES.items()
    }


def test_equal_amounts_in_other_units_are_no_violation(dist: Folder) -> None:
    change = broken("12.3", COUNT_READ, f"{CONTAINER}.resources.limits", {"cpu": "0.5", "memory": "524288Ki"})
    assert judge(apply(change, dist)) == []


def test_the_program_prints_each_violation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "namespace.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: count}\n")
    monkeypatch.setattr(sys, "argv", ["rules", str(tmp_path)])
    assert main() == 1
    output = capsys.readouterr()
    assert "1.1 네임스페이스명: `count-system`: namespace.yaml: Namespace count: metadata.name is 'count'" in output.out
    assert f"{len(output.out.splitlines())} violations" in output.err


def test_the_program_is_content_with_the_generated_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["rules", str(DIST)])
    assert main() == 0


def test_the_program_names_a_file_that_it_cannot_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.yaml").write_text("kind: [")
    monkeypatch.setattr(sys, "argv", ["rules", str(tmp_path)])
    assert main() == 2
    assert "broken.yaml" in capsys.readouterr().err


junk: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 7, "", "text", "-1Gi", [], [[]], [None], {}, {"a": {}}, [{"name": {}}], [{"path": []}]]
)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_whatever_a_folder_holds_it_is_judged(data: st.DataObject) -> None:
    variant = generated_variant("production", "gateway", "external-secrets", "issuer")
    folder = data.draw(st.sampled_from([generated(), variant]))
    file = data.draw(st.sampled_from(sorted(folder.manifests)))
    manifest = copy.deepcopy(next(iter(folder.manifests[file])))
    parent, key = data.draw(st.sampled_from(list(_places(manifest))))
    parent[key] = data.draw(junk)
    judge(Folder({**folder.manifests, file: [manifest]}, folder.texts))


def apply(change: Break, folder: Folder) -> Folder:
    manifests = {file: copy.deepcopy(list(content)) for file, content in folder.manifests.items()}
    if change.move:
        manifests[change.move] = manifests.pop(change.file)
    elif change.path:
        _set(manifests[change.file][0], change.path, change.value)
    else:
        manifests[change.file] = [change.value]
    return Folder(manifests, folder.texts)


def _set(manifest: dict[str, Any], path: str, value: Any) -> None:
    head, _, bracketed = path.partition(".[")
    keys: list[Any] = [int(key) if key.isdigit() else key for key in head.split(".")]
    keys += [bracketed.removesuffix("]")] if bracketed else []
    target: Any = manifest
    for key in keys[:-1]:
        target = target[key]
    if value is REMOVED:
        del target[keys[-1]]
    elif isinstance(target, list) and keys[-1] == len(target):
        target.append(value)
    else:
        target[keys[-1]] = value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(item, dict | list):
            yield from _places(item)


def _bullet(violation: Violation) -> str:
    return f"{violation.rule}.{violation.bullet}"
