"""Settings are read whole: what a file says, and defaults for what it does not."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from inputs.errors import SettingsError
from inputs.loading import load
from inputs.settings import AutoscalingSettings, BackupSettings, ProxyTimeouts, Settings
from tests.support.settings import HOSTS, KNOWN, settings_of_text

EVERYTHING = """
registry: registry.example.com:5000/count
version: 1.2.3
digests: {postgresql: 'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}
allowLatest: true
imagePullPolicy: Always
imagePullSeconds: 30
storage: {default: {storageClass: fast}, postgresql: {size: 20Gi}}
replicas: {api: 3}
autoscaling: {default: {minReplicas: 3, maxReplicas: 9, targetCpuUtilization: 150}, back-office: {maxReplicas: 2}}
resources: {api: {requests: {cpu: 1m, memory: 1Mi}, limits: {cpu: 2m, memory: 2Mi}}}
hosts: {main: a.example}
routing: gateway
ingressClass: traefik
gatewayClass: envoy
ingressControllerNamespace: traefik
tls: {issuer: letsencrypt, issuerKind: Issuer}
proxyTimeouts: {readSeconds: 5}
networkPolicies: no
secrets: external-secrets
externalSecrets: {storeName: vault, refreshInterval: 1h30m, remoteKeys: {db-secret: team/db}}
jobTtlSeconds: 60
backups: {schedule: '0 3 * * MON-FRI', timeZone: Asia/Seoul, keep: 30, size: 20Gi, storageClass: cold}
variables: {api: {LOG_LEVEL: debug, COLOUR: 'no', EMPTY: ''}}
configMaps: {api: [extra, more.extra]}
"""


def test_what_is_not_said_has_its_default(tmp_path: Path) -> None:
    settings = settings_of_text(tmp_path, HOSTS)
    assert settings.environment == "production"
    assert (settings.registry, settings.version, settings.image_pull_policy) == ("", "latest", "IfNotPresent")
    assert (settings.storage, settings.replicas, settings.resources, settings.digests) == ({}, {}, {}, {})
    assert settings.autoscaling == {}
    assert (settings.routing, settings.ingress_class, settings.gateway_class) == ("ingress", "nginx", "nginx")
    assert (settings.ingress_controller_namespace, settings.network_policies) == ("ingress-nginx", True)
    assert (settings.secrets, settings.external_secrets, settings.tls) == ("template", None, None)
    assert settings.image_pull_seconds == 300
    assert settings.proxy_timeouts == ProxyTimeouts(read_seconds=3600, send_seconds=3600)
    assert (settings.job_ttl_seconds, settings.variables, settings.config_maps) == (None, {}, {})
    assert settings.backups is None


def test_every_setting_is_read(tmp_path: Path) -> None:
    settings = settings_of_text(tmp_path, EVERYTHING)
    assert settings.image("api") == "registry.example.com:5000/count/api:1.2.3"
    assert settings.pinned("postgresql", "postgres:15") == f"postgres:15@sha256:{'0123456789abcdef' * 4}"
    assert (settings.allow_latest, settings.image_pull_policy) == (True, "Always")
    assert settings.storage["default"].storage_class == "fast"
    assert settings.storage["postgresql"].size == "20Gi"
    assert settings.replicas == {"api": 3}
    assert settings.autoscaling == {
        "default": AutoscalingSettings(min_replicas=3, max_replicas=9, target_cpu_utilization=150),
        "back-office": AutoscalingSettings(min_replicas=2, max_replicas=2, target_cpu_utilization=80),
    }
    assert settings.resources["api"].resources().memory_limit == "2Mi"
    assert (settings.hosts.main, settings.hosts.read, settings.routing) == ("a.example", None, "gateway")
    assert (settings.ingress_class, settings.gateway_class) == ("traefik", "envoy")
    assert settings.ingress_controller_namespace == "traefik"
    assert settings.tls is not None
    assert (settings.tls.issuer, settings.tls.issuer_kind, settings.tls.secret_name) == ("letsencrypt", "Issuer", None)
    assert settings.image_pull_seconds == 30
    assert settings.proxy_timeouts == ProxyTimeouts(read_seconds=5, send_seconds=3600)
    assert (settings.network_policies, settings.secrets, settings.job_ttl_seconds) == (False, "external-secrets", 60)
    assert settings.external_secrets is not None
    assert (settings.external_secrets.store_name, settings.external_secrets.store_kind) == (
        "vault",
        "ClusterSecretStore",
    )
    assert settings.external_secrets.refresh_interval == "1h30m"
    assert settings.external_secrets.remote_keys == {"db-secret": "team/db"}
    assert settings.backups == BackupSettings(
        schedule="0 3 * * MON-FRI", time_zone="Asia/Seoul", keep=30, size="20Gi", storage_class="cold"
    )
    assert settings.variables == {"api": {"LOG_LEVEL": "debug", "COLOUR": "no", "EMPTY": ""}}
    assert settings.config_maps == {"api": ("extra", "more.extra")}


def test_the_example_of_every_setting_has_every_setting(tmp_path: Path) -> None:
    assert settings_of_text(tmp_path, EVERYTHING).model_fields_set == set(Settings.model_fields)


@pytest.mark.parametrize(
    ("registry", "image"),
    [("", "api:latest"), ("r.example", "r.example/api:latest"), ("r.example/", "r.example/api:latest")],
)
def test_a_registry_may_end_with_a_slash_or_be_absent(tmp_path: Path, registry: str, image: str) -> None:
    assert settings_of_text(tmp_path, f"{HOSTS}registry: '{registry}'\n").image("api") == image


def test_default_speaks_of_every_part(tmp_path: Path) -> None:
    assert settings_of_text(tmp_path, f"{HOSTS}replicas: {{default: 2}}\n").replicas == {"default": 2}


def test_an_autoscaler_of_a_service_goes_over_that_of_default_and_so_does_a_number(tmp_path: Path) -> None:
    both = "autoscaling: {default: {maxReplicas: 5}, api: {maxReplicas: 7}}\n"
    settings = settings_of_text(tmp_path, f"{HOSTS}{both}replicas: {{back-office: 3}}\n")
    most = {
        name: each and each.max_replicas for name in KNOWN.services for each in [settings.autoscaling_of(name, None)]
    }
    assert most == {"api": 7, "feed": 5, "back-office": None}


@pytest.mark.parametrize(
    ("most_replicas", "expected"), [(None, (3, 9)), (10, (3, 9)), (5, (3, 5)), (2, (2, 2)), (1, None)]
)
def test_an_autoscaler_of_default_goes_no_further_than_a_service_works(
    tmp_path: Path, most_replicas: int | None, expected: tuple[int, int] | None
) -> None:
    settings = settings_of_text(tmp_path, f"{HOSTS}autoscaling: {{default: {{minReplicas: 3, maxReplicas: 9}}}}\n")
    found = settings.autoscaling_of("feed", most_replicas)
    assert (found and (found.min_replicas, found.max_replicas)) == expected


def test_null_is_a_setting_that_is_not_there(tmp_path: Path) -> None:
    settings = settings_of_text(tmp_path, f"{HOSTS}tls: null\nexternalSecrets:\njobTtlSeconds: ~\n")
    assert (settings.tls, settings.external_secrets, settings.job_ttl_seconds) == (None, None, None)


def test_a_shared_file_may_hold_what_another_choice_needs(tmp_path: Path) -> None:
    settings = settings_of_text(tmp_path, f"{HOSTS}externalSecrets: {{storeName: vault}}\ngatewayClass: envoy\n")
    assert (settings.secrets, settings.routing) == ("template", "ingress")


def test_latest_is_refused_outside_production_unless_allowed(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"staging.yaml:1: version: 'latest': names another image every day: name a"
    ):
        settings_of_text(tmp_path, HOSTS, "staging")
    assert settings_of_text(tmp_path, f"{HOSTS}allowLatest: true\n", "staging").version == "latest"


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    text = f"{HOSTS}version: 1.2.3\n".replace("\n", "\r\n")
    assert settings_of_text(tmp_path, b"\xef\xbb\xbf" + text.encode()).version == "1.2.3"


def test_a_date_is_text(tmp_path: Path) -> None:
    assert settings_of_text(tmp_path, f"{HOSTS}version: 2024-01-01\n").version == "2024-01-01"


def test_an_alias_repeats_a_whole_map(tmp_path: Path) -> None:
    settings = settings_of_text(tmp_path, f"{HOSTS}storage: {{kafka: &disk {{size: 1Gi}}, postgresql: *disk}}\n")
    assert settings.storage["postgresql"].size == "1Gi"


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        settings_of_text(tmp_path, HOSTS).version = "2"


@pytest.mark.parametrize("environment", ["nowhere", "../production", "", "a/b", "a\nb", "Production"])
def test_an_unknown_environment_names_those_that_exist(tmp_path: Path, environment: str) -> None:
    (tmp_path / "production.yaml").write_text(HOSTS)
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, environment, KNOWN)
    (line,) = str(caught.value).splitlines()
    assert re.search(r"\.yaml: no such environment; (there are: production|did you mean production\?)$", line)
