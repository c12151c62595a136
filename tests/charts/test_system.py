"""What the Count system gets: the phases, the environment of each service, and what an environment changes."""

import re
from typing import Any

from cdk8s_backend import InvalidValueError
from cdk8s_backend.assertions import Manifests, Match
from cdk8s_backend.values import parse_quantity

import pytest

from charts.topology import INFRASTRUCTURE, SERVICES, ServiceUnit, Topology
from tests.support.synthesis import manifests_of, phases_of

DATABASE = {"POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_USER", "POSTGRES_PASSWORD", "DATABASE_URL"}
VALUES = {"REDIS_HOST", "REDIS_PORT", "REDIS_URL"}
REPLICA = VALUES | {"REDIS_REPLICA_HOST", "REDIS_REPLICA_PORT", "REDIS_REPLICA_URL"}
CACHE = {"REDIS_CACHE_HOST", "REDIS_CACHE_PORT", "REDIS_CACHE_URL"}
KAFKA = {"KAFKA_BROKERS", "KAFKA_TOPIC_COUNT_UPDATES"}
ALWAYS = {"PORT", "NODE_ENV"}

CONTRACT = {
    "count-write-service": ALWAYS | DATABASE | {"COUNT_INFO_DB_NAME"} | VALUES | CACHE | KAFKA,
    "count-read-service": ALWAYS | DATABASE | {"COUNT_INFO_DB_NAME"} | REPLICA | CACHE,
    "count-management-service": ALWAYS | DATABASE | {"COUNT_INFO_DB_NAME"} | VALUES | CACHE | KAFKA,
    "count-analysis-service": ALWAYS | REPLICA,
    "dashboard-provision-service": ALWAYS | DATABASE | {"DASHBOARD_CONFIG_DB_NAME"},
    "dashboard-update-service": ALWAYS | REPLICA | CACHE | KAFKA | {"DASHBOARD_PROVISION_SERVICE_URL"},
}


@pytest.fixture
def production() -> Manifests:
    return manifests_of("production")


def _values(manifests: Manifests, service: str) -> dict[str, str | None]:
    """What the variables of a service resolve to; a Secret's as `secret/key`."""
    container = manifests.get("Deployment", service)["spec"]["template"]["spec"]["containers"][0]
    return {item["name"]: _resolved(manifests, item["valueFrom"]) for item in container["env"]}


def _resolved(manifests: Manifests, source: dict[str, Any]) -> str:
    if "secretKeyRef" in source:
        return f"{source['secretKeyRef']['name']}/{source['secretKeyRef']['key']}"
    reference = source["configMapKeyRef"]
    return str(manifests.get("ConfigMap", reference["name"])["data"][reference["key"]])


def test_the_charts_are_the_specifications_phases_in_order() -> None:
    assert list(phases_of("production")) == [
        *("namespace", "configuration", "storage", "infrastructure", "database-initialization", "services", "ingress")
    ]


@pytest.mark.parametrize("service", CONTRACT)
def test_a_service_reads_what_its_connectors_give_it_and_nothing_else(production: Manifests, service: str) -> None:
    assert set(_values(production, service)) == CONTRACT[service]


def test_every_service_is_held_by_the_contract() -> None:
    assert [service.name for service in SERVICES] == list(CONTRACT)


@pytest.mark.parametrize("service", ["count-write-service", "count-management-service"])
def test_writers_reach_the_primary(production: Manifests, service: str) -> None:
    values = _values(production, service)
    assert (values["REDIS_HOST"], values["REDIS_URL"]) == ("redis-value", "redis://redis-value:6379")


@pytest.mark.parametrize("service", ["count-read-service", "count-analysis-service", "dashboard-update-service"])
def test_readers_reach_the_replica(production: Manifests, service: str) -> None:
    values = _values(production, service)
    assert (values["REDIS_HOST"], values["REDIS_URL"]) == ("redis-replica", "redis://redis-replica:6379")


def test_each_service_logs_in_as_the_role_of_its_database(production: Manifests) -> None:
    for service, database in [("count-write-service", "countinfo"), ("dashboard-provision-service", "dashboardconfig")]:
        values = _values(production, service)
        assert values["POSTGRES_USER"] == f"{database}-secret/username"
        assert values["POSTGRES_PASSWORD"] == f"{database}-secret/password"
        assert values["DATABASE_URL"] == f"postgresql://postgresql:5432/{database}"


def test_only_the_server_and_the_job_know_the_superuser(production: Manifests) -> None:
    readers = [
        f"{manifest['kind']}/{manifest['metadata']['name']}"
        for manifest in production
        if manifest["kind"] != "Secret" and "postgresql-secret" in str(manifest)
    ]
    assert readers == ["StatefulSet/postgresql", "Job/postgresql-init"]


@pytest.mark.parametrize("service", ["count-write-service", "dashboard-update-service"])
def test_what_never_connects_twice_waits_for_kafka(production: Manifests, service: str) -> None:
    waiting = {"initContainers": [{"args": Match.exact(["kafka:9092"])}]}
    production.has("Deployment", service, like={"spec": {"template": {"spec": waiting}}})


def test_every_object_says_what_it_belongs_to(production: Manifests) -> None:
    for manifest in production:
        assert (
            manifest["metadata"]["labels"].items()
            >= {
                "app.kubernetes.io/managed-by": "cdk8s",
                "app.kubernetes.io/part-of": "count-system",
                "environment": "production",
            }.items()
        ), manifest["metadata"]["name"]


def test_the_read_host_reaches_the_read_service_and_the_main_host_all_others(production: Manifests) -> None:
    rules = production.get("Ingress", "count-system-ingress")["spec"]["rules"]
    routes = [[(path["path"], path["backend"]["service"]["name"]) for path in rule["http"]["paths"]] for rule in rules]
    assert [rule["host"] for rule in rules] == ["count-system.local", "read.count-system.local"]
    assert sorted(routes[0]) == [
        ("/analysis", "count-analysis-service"),
        ("/api/v1/counts", "count-write-service"),
        ("/dashboard", "dashboard-provision-service"),
        ("/dashboard/events", "dashboard-update-service"),
        ("/management", "count-management-service"),
    ]
    assert routes[1] == [("/api/v1/counts", "count-read-service")]


def test_event_streams_may_be_silent_for_longer_than_a_proxys_minute(production: Manifests) -> None:
    ingress = production.get("Ingress", "count-system-ingress")
    assert int(ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-read-timeout"]) > 60


def test_local_has_one_pod_each_and_its_own_label() -> None:
    local = manifests_of("local")
    for workload in [*local.find("Deployment"), *local.find("StatefulSet")]:
        assert workload["spec"]["replicas"] == 1
        assert workload["metadata"]["labels"]["environment"] == "local"


def test_local_asks_for_less_than_one_processor_in_all() -> None:
    local = manifests_of("local")
    requests = [
        container["resources"]["requests"]["cpu"]
        for workload in [*local.find("Deployment"), *local.find("StatefulSet")]
        for container in workload["spec"]["template"]["spec"]["containers"]
    ]
    assert sum(int(request.removesuffix("m")) for request in requests) < 1000


def _limits(manifests: Manifests, kind: str, name: str) -> dict[str, dict[str, str]]:
    resources: dict[str, dict[str, str]] = manifests.get(kind, name)["spec"]["template"]["spec"]["containers"][0][
        "resources"
    ]
    return resources


@pytest.mark.parametrize("environment", ["production", "local"])
@pytest.mark.parametrize("name", ["zookeeper", "kafka"])
def test_a_java_heap_is_granted_and_leaves_room_below_the_limit(environment: str, name: str) -> None:
    manifests = manifests_of(environment)
    options = manifests.get("ConfigMap", "kafka-config")["data"][f"{name}.heap.opts"]
    sizes = re.fullmatch(r"-Xms(\d+)m -Xmx(\d+)m", options)
    assert sizes is not None
    least, most = (int(size) << 20 for size in sizes.groups())
    resources = _limits(manifests, "Deployment", name)
    assert least < parse_quantity(resources["requests"]["memory"])
    assert most <= parse_quantity(resources["limits"]["memory"]) / 2


@pytest.mark.parametrize("environment", ["production", "local"])
@pytest.mark.parametrize(("name", "share"), [("redis-value", 0.60), ("redis-replica", 0.60), ("redis-cache", 0.75)])
def test_redis_stays_below_its_share_of_the_limit(environment: str, name: str, share: float) -> None:
    manifests = manifests_of(environment)
    text = manifests.get("ConfigMap", "redis-config")["data"][f"{name}.conf"]
    memory = re.search(r"(?m)^maxmemory (\d+)$", text)
    assert memory is not None
    limit = float(parse_quantity(_limits(manifests, "StatefulSet", name)["limits"]["memory"]))
    assert 0.9 * share < int(memory[1]) / limit <= share


def test_what_keeps_data_in_production_is_granted_all_the_memory_that_it_may_take() -> None:
    production = manifests_of("production")
    for unit in INFRASTRUCTURE:
        resources = _limits(production, "StatefulSet" if unit.stateful_set else "Deployment", unit.name)
        assert resources["requests"]["memory"] == resources["limits"]["memory"], unit.name


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"port": 3000}, "port 3000 is there twice in the topology"),
        ({"name": "count-read-service"}, "name count-read-service is there twice"),
        ({"name": "kafka"}, "name kafka is there twice"),
        ({"services": ("count-raed-service",)}, "report-service calls 'count-raed-service', which is no service"),
    ],
)
def test_a_topology_that_contradicts_itself_is_refused(changes: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"name": "report-service", "port": 3006}
    with pytest.raises(InvalidValueError, match=message):
        Topology(services=(*SERVICES, ServiceUnit(**(given | changes))))


def test_a_service_whose_key_would_hide_another_is_refused() -> None:
    hiding = ServiceUnit(name="database-service", port=3006)
    calling = ServiceUnit(name="caller", port=3007, services=("database-service",))
    with pytest.raises(InvalidValueError, match=r"app-config: database\.url of a service has another meaning already"):
        phases_of("production", Topology(services=(*SERVICES, hiding, calling)))
