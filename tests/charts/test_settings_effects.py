"""Each setting reaches its place in the folder: every leaf of the settings' schema, and what a change of it does."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from cdk8s_backend.assertions import Manifests

import pytest
from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from inputs.settings import Settings
from tests.support.synthesis import folder_of, manifests_of

READ = "count-read-service"
READ_CONFIG = f"{READ}-config"
DIGEST = f"sha256:{'0123456789abcdef' * 4}"
DATABASES = {
    "postgresql": "postgres:15-alpine",
    "redis-value": "redis:7-alpine",
    "redis-replica": "redis:7-alpine",
    "redis-cache": "redis:7-alpine",
}
BACKUPS = ("countinfo-backup", "dashboardconfig-backup", "redis-value-backup")
MESSAGING = {"zookeeper": "confluentinc/cp-zookeeper:7.9.2", "kafka": "confluentinc/cp-kafka:7.9.2"}

Fields: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class System:
    """Production with changed settings, by their names in `Settings`."""

    changes: Fields

    @property
    def manifests(self) -> Manifests:
        return manifests_of("production", **self.changes)

    @property
    def files(self) -> Mapping[str, bytes]:
        return folder_of("production", **self.changes)


@dataclass(frozen=True)
class Has:
    """The folder has an object that contains a part."""

    kind: str
    name: str | None = None
    like: Fields = field(default_factory=dict)

    def holds(self, system: System) -> bool:
        return bool(system.manifests.find(self.kind, self.name, dict(self.like)))


@dataclass(frozen=True)
class Lacks:
    """The folder has no object of a kind."""

    kind: str

    def holds(self, system: System) -> bool:
        return not system.manifests.find(self.kind)


@dataclass(frozen=True)
class Says:
    """A script holds a text, in both shells."""

    script: str
    text: str

    def holds(self, system: System) -> bool:
        return all(self.text in system.files[f"{self.script}.{suffix}"].decode("utf-8-sig") for suffix in ("sh", "ps1"))


@dataclass(frozen=True)
class Effect:
    """What a changed setting does.

    Attributes:
        changed: The setting with another value than that of production, by its name in `Settings`.
        found: What is so with the change, and not without it.
        beside: Other settings, which stand the same before and after.
        refused_before: Whether the settings are refused without the change.
    """

    changed: Fields
    found: tuple[Has | Lacks | Says, ...]
    beside: Fields = field(default_factory=dict)
    refused_before: bool = False


def _pod(kind: str, name: str, spec: Fields) -> Has:
    return Has(kind, name, {"spec": {"template": {"spec": spec}}})


def _container(kind: str, name: str, fields: Fields) -> Has:
    return _pod(kind, name, {"containers": [{"name": name, **fields}]})


def _images(*, digest: str = "", policy: str = "IfNotPresent") -> tuple[Has, ...]:
    """All containers with their images, the init containers too."""

    def fields(image: str) -> dict[str, Any]:
        return {"image": f"{image}{digest}", "imagePullPolicy": policy}

    return (
        *(_container("StatefulSet", name, fields(image)) for name, image in DATABASES.items()),
        *(_container("Deployment", name, fields(image)) for name, image in MESSAGING.items()),
        *(_container("Deployment", name, fields(f"{name}:latest")) for name in (READ, "count-write-service")),
        _container("Job", "postgresql-init", fields(DATABASES["postgresql"])),
        _pod("StatefulSet", "postgresql", {"initContainers": [fields(DATABASES["postgresql"])]}),
        _pod("Deployment", "count-write-service", {"initContainers": [fields("count-write-service:latest")]}),
    )


def _storage(changed: Fields, size: str, storage_class: str) -> Effect:
    """A changed disk, in the claim's file and in the claim template."""
    names, before = ("postgresql", "kafka"), {"size": "6Gi", "storage_class": "slow"}
    claim = {"spec": {"resources": {"requests": {"storage": size}}, "storageClassName": storage_class}}
    return Effect(
        {"storage": {name: before | dict(changed) for name in names}},
        (
            Has("PersistentVolumeClaim", "postgresql-data-postgresql-0", claim),
            Has("StatefulSet", "postgresql", {"spec": {"volumeClaimTemplates": [claim]}}),
            Has("PersistentVolumeClaim", "kafka-data", claim),
        ),
        {"storage": dict.fromkeys(names, before)},
    )


def _autoscaling(changed: Fields, spec: Fields) -> Effect:
    """A changed autoscaler of a service."""
    before = {"max_replicas": 5}
    return Effect(
        {"autoscaling": {READ: before | dict(changed)}},
        (Has("HorizontalPodAutoscaler", READ, {"spec": spec}),),
        {"autoscaling": {READ: before}},
    )


def _resources(group: str, unit: str, amount: str) -> Effect:
    """A changed request or limit, of a service and of a broker."""
    names = (READ, "kafka")
    before = {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "2", "memory": "2Gi"}}
    after = {**before, group: {**before[group], unit: amount}}
    return Effect(
        {"resources": dict.fromkeys(names, after)},
        tuple(_container("Deployment", name, {"resources": after}) for name in names),
        {"resources": dict.fromkeys(names, before)},
    )


def _hosts(**changed: str) -> Effect:
    hosts = {"main": "count-system.local", "read": "read.count-system.local"} | changed
    return Effect(
        {"hosts": hosts}, tuple(Has("Ingress", like={"spec": {"rules": [{"host": host}]}}) for host in changed.values())
    )


def _backups(changed: Fields, *found: Has) -> Effect:
    """A changed setting of the backups."""
    before = {"schedule": "0 3 * * *"}
    return Effect({"backups": before | dict(changed)}, found, {"backups": before})


def _backup_jobs(spec: Fields) -> tuple[Has, ...]:
    return tuple(Has("CronJob", name, {"spec": spec}) for name in BACKUPS)


def _backup_job(name: str, pod: Fields) -> Has:
    return Has("CronJob", name, {"spec": {"jobTemplate": {"spec": {"template": {"spec": pod}}}}})


def _backup_claims(spec: Fields) -> tuple[Has, ...]:
    return tuple(Has("PersistentVolumeClaim", f"{name}-data", {"spec": spec}) for name in BACKUPS)


def _annotated(name: str, value: str) -> Has:
    return Has("Ingress", "count-system-ingress", {"metadata": {"annotations": {name: value}}})


def _external(changed: Fields, spec: Fields) -> Effect:
    """A changed setting of the External Secrets Operator."""
    before = {"store_name": "vault"}
    return Effect(
        {"external_secrets": before | dict(changed)},
        (Has("ExternalSecret", "postgresql-secret", {"spec": spec}),),
        {"secrets": "external-secrets", "external_secrets": before},
    )


EFFECTS: Mapping[str, Effect] = {
    "environment": Effect(
        {"environment": "staging"},
        (
            Has("Namespace", "count-system", {"metadata": {"labels": {"environment": "staging"}}}),
            Has("Deployment", READ, {"spec": {"template": {"metadata": {"labels": {"environment": "staging"}}}}}),
            Says("deploy", "'staging'"),
            Says("undeploy", "'staging'"),
        ),
        beside={"version": "1.2.3"},
    ),
    "registry": Effect(
        {"registry": "registry.example/count"},
        (
            _container("Deployment", READ, {"image": f"registry.example/count/{READ}:latest"}),
            Says("build-images", "'registry.example/count'"),
        ),
    ),
    "version": Effect(
        {"version": "1.2.3"},
        (_container("Deployment", READ, {"image": f"{READ}:1.2.3"}), Says("build-images", "'1.2.3'")),
    ),
    "digests.*": Effect(
        {"digests": dict.fromkeys((READ, "count-write-service", *DATABASES, *MESSAGING), DIGEST)},
        _images(digest=f"@{DIGEST}"),
    ),
    "allowLatest": Effect(
        {"allow_latest": True},
        (_container("Deployment", READ, {"image": f"{READ}:latest"}),),
        beside={"environment": "staging"},
        refused_before=True,
    ),
    "imagePullSeconds": Effect(
        {"image_pull_seconds": 7},
        tuple(
            Has("Deployment", name, {"spec": {"progressDeadlineSeconds": 7 + start}})
            for name, start in (("count-read-service", 85), ("count-write-service", 325), ("kafka", 315))
        ),
    ),
    "imagePullPolicy": Effect({"image_pull_policy": "Always"}, _images(policy="Always")),
    "storage.*.size": _storage({"size": "7Gi"}, "7Gi", "slow"),
    "storage.*.storageClass": _storage({"storage_class": "fast"}, "6Gi", "fast"),
    "autoscaling.*.minReplicas": _autoscaling({"min_replicas": 3}, {"minReplicas": 3}),
    "autoscaling.*.maxReplicas": _autoscaling({"max_replicas": 9}, {"maxReplicas": 9}),
    "autoscaling.*.targetCpuUtilization": _autoscaling(
        {"target_cpu_utilization": 60}, {"metrics": [{"resource": {"target": {"averageUtilization": 60}}}]}
    ),
    "replicas.*": Effect({"replicas": {READ: 5}}, (Has("Deployment", READ, {"spec": {"replicas": 5}}),)),
    "resources.*.requests.cpu": _resources("requests", "cpu", "700m"),
    "resources.*.requests.memory": _resources("requests", "memory", "700Mi"),
    "resources.*.limits.cpu": _resources("limits", "cpu", "1700m"),
    "resources.*.limits.memory": _resources("limits", "memory", "1700Mi"),
    "hosts.main": _hosts(main="count.example"),
    "hosts.read": _hosts(read="read.example"),
    "routing": Effect({"routing": "gateway"}, (Has("Gateway"), Has("HTTPRoute"), Lacks("Ingress"))),
    "ingressClass": Effect(
        {"ingress_class": "traefik"}, (Has("Ingress", like={"spec": {"ingressClassName": "traefik"}}),)
    ),
    "gatewayClass": Effect(
        {"gateway_class": "envoy"},
        (Has("Gateway", like={"spec": {"gatewayClassName": "envoy"}}),),
        beside={"routing": "gateway"},
    ),
    "ingressControllerNamespace": Effect(
        {"ingress_controller_namespace": "edge"},
        (
            Has(
                "NetworkPolicy",
                READ,
                {
                    "spec": {
                        "ingress": [
                            {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "edge"}}}]}
                        ]
                    }
                },
            ),
        ),
    ),
    "tls.secretName": Effect(
        {"tls": {"secret_name": "wildcard"}}, (Has("Ingress", like={"spec": {"tls": [{"secretName": "wildcard"}]}}),)
    ),
    "tls.issuer": Effect(
        {"tls": {"issuer": "ca"}},
        (
            _annotated("cert-manager.io/cluster-issuer", "ca"),
            Has("Ingress", like={"spec": {"tls": [{"secretName": "count-system-tls"}]}}),
        ),
    ),
    "tls.issuerKind": Effect(
        {"tls": {"issuer": "ca", "issuer_kind": "Issuer"}},
        (_annotated("cert-manager.io/issuer", "ca"),),
        beside={"tls": {"issuer": "ca"}},
    ),
    "proxyTimeouts.readSeconds": Effect(
        {"proxy_timeouts": {"read_seconds": 120}},
        (_annotated("nginx.ingress.kubernetes.io/proxy-read-timeout", "120"),),
    ),
    "proxyTimeouts.sendSeconds": Effect(
        {"proxy_timeouts": {"send_seconds": 240}},
        (_annotated("nginx.ingress.kubernetes.io/proxy-send-timeout", "240"),),
    ),
    "networkPolicies": Effect({"network_policies": False}, (Lacks("NetworkPolicy"),)),
    "secrets": Effect(
        {"secrets": "external-secrets"},
        (Has("ExternalSecret", "postgresql-secret"), Lacks("Secret")),
        beside={"external_secrets": {"store_name": "vault"}},
    ),
    "externalSecrets.storeName": _external({"store_name": "other"}, {"secretStoreRef": {"name": "other"}}),
    "externalSecrets.storeKind": _external({"store_kind": "SecretStore"}, {"secretStoreRef": {"kind": "SecretStore"}}),
    "externalSecrets.refreshInterval": _external({"refresh_interval": "15m"}, {"refreshInterval": "15m"}),
    "externalSecrets.remoteKeys.*": _external(
        {"remote_keys": {"postgresql-secret": "team/count"}}, {"data": [{"remoteRef": {"key": "team/count"}}]}
    ),
    "jobTtlSeconds": Effect(
        {"job_ttl_seconds": 3600}, (Has("Job", "postgresql-init", {"spec": {"ttlSecondsAfterFinished": 3600}}),)
    ),
    "backups.schedule": Effect({"backups": {"schedule": "30 2 * * 1-5"}}, _backup_jobs({"schedule": "30 2 * * 1-5"})),
    "backups.timeZone": _backups({"time_zone": "Asia/Seoul"}, *_backup_jobs({"timeZone": "Asia/Seoul"})),
    "backups.keep": _backups(
        {"keep": 30},
        *(_backup_job(name, {"containers": [{"env": [{"name": "BACKUP_KEEP", "value": "30"}]}]}) for name in BACKUPS),
    ),
    "backups.size": _backups({"size": "30Gi"}, *_backup_claims({"resources": {"requests": {"storage": "30Gi"}}})),
    "backups.storageClass": _backups({"storage_class": "cold"}, *_backup_claims({"storageClassName": "cold"})),
    "variables.*.*": Effect(
        {"variables": {READ: {"LOG_LEVEL": "debug"}}},
        (
            Has("ConfigMap", READ_CONFIG, {"data": {"env.log_level": "debug"}}),
            _container(
                "Deployment",
                READ,
                {
                    "env": [
                        {
                            "name": "LOG_LEVEL",
                            "valueFrom": {"configMapKeyRef": {"name": READ_CONFIG, "key": "env.log_level"}},
                        }
                    ]
                },
            ),
            Says("deploy", f"configmap/{READ_CONFIG}.yaml"),
            Says("undeploy", READ_CONFIG),
        ),
    ),
    "configMaps.*[]": Effect(
        {"config_maps": {READ: ["features"]}},
        (_container("Deployment", READ, {"envFrom": [{"configMapRef": {"name": "features"}}]}),),
    ),
}
"""What a change of each leaf does: `*` stands for any name, `[]` for the items of a list."""


def _leaves(schema: Fields, definitions: Mapping[str, Fields], path: str = "") -> Iterator[str]:
    """The paths of all scalars that a JSON schema describes."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    branches = [branch for group in ("anyOf", "oneOf", "allOf") for branch in schema.get(group, [])]
    inner = [(path, branch) for branch in branches if "$ref" in branch or branch.get("type", "null") != "null"]
    inner += [(f"{path}.{to_camel(name)}", each) for name, each in schema.get("properties", {}).items()]
    inner += [(f"{path}.*", each) for each in schema.get("patternProperties", {}).values()]
    inner += [(f"{path}.*", each) for each in [schema.get("additionalProperties")] if isinstance(each, dict)]
    inner += [(f"{path}[]", each) for each in [schema.get("items")] if isinstance(each, dict)]
    for place, each in inner:
        yield from _leaves(each, definitions, place)
    if not inner:
        yield path.removeprefix(".")


def test_every_setting_has_an_effect() -> None:
    schema = Settings.model_json_schema()
    leaves = list(_leaves(schema, schema["$defs"]))
    assert sorted(set(leaves)) == sorted(EFFECTS)


@pytest.mark.parametrize("setting", EFFECTS)
def test_a_changed_setting_does_what_it_says(setting: str) -> None:
    effect = EFFECTS[setting]
    after = System({**effect.beside, **effect.changed})
    if effect.refused_before:
        with pytest.raises(ValidationError):
            manifests_of("production", **effect.beside)
    else:
        before = System(effect.beside)
        assert [place for place in effect.found if place.holds(before)] == [], "so without the change"
    assert [place for place in effect.found if not place.holds(after)] == [], "not so with the change"
