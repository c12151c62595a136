"""Each construct makes the objects that it promises, and every argument reaches the manifest."""

from collections.abc import Callable
from typing import Any, cast

from cdk8s_backend import (
    ApiService,
    Certificate,
    ConfigKey,
    Configuration,
    Database,
    DatabaseBackup,
    Endpoint,
    HorizontalPodAutoscaler,
    HttpIngress,
    InitJob,
    InvalidValueError,
    KafkaBroker,
    PersistentClaims,
    Resources,
    RestrictedNamespace,
    Route,
    SecretKey,
    SecretTemplate,
    StatefulDatabase,
    Storage,
    User,
    ZooKeeper,
    health_probes,
    postgresql,
    postgresql_backup,
    redis_backup,
    redis_cache,
    redis_primary,
    redis_replica,
)
from cdk8s_backend.assertions import Manifests, Match
from cdk8s_backend.pods import Program

import cdk8s
import pytest
from cdk8s import Chart, JsonPatch

SMALL = Resources(cpu_request="10m", memory_request="16Mi", cpu_limit="20m", memory_limit="32Mi")
DISK = Storage(claim="disk", size="3Gi", storage_class="fast")
SECRET = SecretKey("credentials", "password")
HOME = Route("/", Endpoint("home", 80))


@pytest.fixture
def chart() -> Chart:
    return Chart(
        cdk8s.Testing.app(), "test", namespace="shop", labels={"team": "blue"}, disable_resource_name_hashes=True
    )


def _api(chart: Chart, **changed: Any) -> ApiService:
    given: dict[str, Any] = {"name": "api", "image": "api:1", "port": 8080, "resources": SMALL}
    return ApiService(chart, "api", **(given | changed))


def _database(chart: Chart, **changed: Any) -> StatefulDatabase:
    engine = postgresql(username=SecretKey("credentials", "username"), password=SECRET)
    given: dict[str, Any] = {"name": "db", "engine": engine, "resources": SMALL, "storage": DISK}
    return StatefulDatabase(chart, "db", **(given | changed))


def _init_job(chart: Chart, **changed: Any) -> InitJob:
    given: dict[str, Any] = {
        "name": "init",
        "host": ConfigKey("config", "host"),
        "port": ConfigKey("config", "port"),
        "username": SecretKey("admin", "username"),
        "password": SecretKey("admin", "password"),
        "databases": [
            Database(name=ConfigKey("config", "name"), username=SecretKey("role", "username"), password=SECRET)
        ],
        "scripts": Configuration(chart, "scripts", name="scripts", data=InitJob.scripts()),
        "resources": SMALL,
    }
    return InitJob(chart, "init", **(given | changed))


def _backup(chart: Chart, **changed: Any) -> DatabaseBackup:
    given: dict[str, Any] = {
        "name": "entries-backup",
        "database": "entries",
        "source": postgresql_backup(
            host=ConfigKey("config", "host"),
            port=ConfigKey("config", "port"),
            database=ConfigKey("config", "name"),
            username=SecretKey("role", "username"),
            password=SECRET,
        ),
        "schedule": "0 3 * * *",
        "keep": 7,
        "claim": "disk",
        "scripts": Configuration(chart, "backup-scripts", name="backup-scripts", data=DatabaseBackup.scripts()),
        "resources": SMALL,
    }
    return DatabaseBackup(chart, "backup", **(given | changed))


def _zookeeper(chart: Chart, **changed: Any) -> ZooKeeper:
    config = Configuration(chart, "config", name="config", data=ZooKeeper.settings(heap="64m"))
    given: dict[str, Any] = {"name": "zk", "configuration": config, "resources": SMALL, "storage": DISK}
    return ZooKeeper(chart, "zk", **(given | changed))


def _kafka(chart: Chart, **changed: Any) -> KafkaBroker:
    endpoint = Endpoint("broker", 9092)
    settings = KafkaBroker.settings(endpoint=endpoint, zookeeper=Endpoint("zk", 2181), heap="64m")
    config = Configuration(chart, "config", name="config", data=settings)
    given: dict[str, Any] = {"endpoint": endpoint, "configuration": config, "resources": SMALL, "storage": DISK}
    return KafkaBroker(chart, "broker", **(given | changed))


def _container(manifest: dict[str, Any]) -> dict[str, Any]:
    container: dict[str, Any] = manifest["spec"]["template"]["spec"]["containers"][0]
    return container


@pytest.mark.parametrize("make", [_api, _database, _init_job, _zookeeper, _kafka])
def test_every_pod_keeps_the_restricted_standard(chart: Chart, make: Callable[[Chart], object]) -> None:
    make(chart)
    workload = next(item for item in Manifests.of(chart) if "template" in item.get("spec", {}))
    pod = workload["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    security = pod["securityContext"]
    assert security["runAsNonRoot"] is True
    assert min(security["runAsUser"], security["runAsGroup"], security["fsGroup"]) > 0
    assert security["fsGroupChangePolicy"] == "OnRootMismatch"
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in [*pod.get("initContainers", []), *pod["containers"]]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        }
        assert container["resources"] == SMALL.manifest()
        assert container["imagePullPolicy"] == "IfNotPresent"


@pytest.mark.parametrize("make", [_api, _database, _zookeeper, _kafka])
def test_every_server_has_three_probes_with_time_to_start(chart: Chart, make: Callable[[Chart], object]) -> None:
    make(chart)
    workload = next(item for item in Manifests.of(chart) if "template" in item.get("spec", {}))
    container = _container(workload)
    assert container["readinessProbe"] != container["livenessProbe"]
    startup = container["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] >= 180


@pytest.mark.parametrize("make", [_api, _database, _init_job, _zookeeper, _kafka])
def test_pods_carry_the_charts_labels_and_selectors_do_not(chart: Chart, make: Callable[[Chart], object]) -> None:
    make(chart)
    workload = next(item for item in Manifests.of(chart) if "template" in item.get("spec", {}))
    assert workload["metadata"]["labels"]["team"] == "blue"
    assert workload["metadata"]["namespace"] == "shop"
    assert workload["spec"]["template"]["metadata"]["labels"]["team"] == "blue"
    assert "team" not in workload["spec"].get("selector", {}).get("matchLabels", {})


@pytest.mark.parametrize(
    ("argument", "value", "expected"),
    [
        ("name", "web", {"metadata": {"name": "web", "labels": {"app": "web"}}}),
        ("replicas", 5, {"spec": {"replicas": 5}}),
        ("labels", {"tier": "front"}, {"metadata": {"labels": {"tier": "front"}}}),
        ("image", "api:2", {"spec": {"template": {"spec": {"containers": [{"image": "api:2"}]}}}}),
        ("port", 81, {"spec": {"template": {"spec": {"containers": [{"ports": [{"containerPort": 81}]}]}}}}),
        (
            "image_pull_policy",
            "Never",
            {"spec": {"template": {"spec": {"containers": [{"imagePullPolicy": "Never"}]}}}},
        ),
        (
            "user",
            User(uid=7, gid=8),
            {"spec": {"template": {"spec": {"securityContext": {"runAsUser": 7, "fsGroup": 8}}}}},
        ),
        ("grace_period_seconds", 77, {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 77}}}}),
        (
            "drain_seconds",
            9,
            {
                "spec": {
                    "template": {
                        "spec": {"containers": [{"lifecycle": {"preStop": {"exec": {"command": ["sleep", "9"]}}}}]}
                    }
                }
            },
        ),
        (
            "probes",
            health_probes(8080, health="/alive", ready="/open", start_seconds=7),
            {
                "spec": {
                    "template": {
                        "spec": {
                            "containers": [
                                {
                                    "startupProbe": {"failureThreshold": 4, "httpGet": {"path": "/alive"}},
                                    "readinessProbe": {"httpGet": {"path": "/open"}},
                                }
                            ]
                        }
                    }
                }
            },
        ),
        (
            "env",
            {"A": "x", "B": ConfigKey("c", "k"), "C": SECRET},
            {
                "spec": {
                    "template": {
                        "spec": {
                            "containers": [
                                {
                                    "env": [
                                        {"name": "A", "value": "x"},
                                        {"name": "B", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}},
                                        {
                                            "name": "C",
                                            "valueFrom": {"secretKeyRef": {"name": "credentials", "key": "password"}},
                                        },
                                    ]
                                }
                            ]
                        }
                    }
                }
            },
        ),
        (
            "env_from",
            ["1.settings", "features"],
            {
                "metadata": {
                    "annotations": {"cdk8s-backend/provided-elsewhere": "ConfigMap/1.settings,ConfigMap/features"}
                },
                "spec": {
                    "template": {
                        "spec": {
                            "containers": [
                                {
                                    "envFrom": Match.exact(
                                        [{"configMapRef": {"name": name}} for name in ("1.settings", "features")]
                                    )
                                }
                            ]
                        }
                    }
                },
            },
        ),
        (
            "wait_for",
            [Endpoint("kafka", 9092), Endpoint("db", 5432)],
            {"spec": {"template": {"spec": {"initContainers": [{"args": Match.exact(["kafka:9092", "db:5432"])}]}}}},
        ),
    ],
)
def test_each_argument_of_an_api_service_reaches_its_deployment(
    chart: Chart, argument: str, value: Any, expected: dict[str, Any]
) -> None:
    _api(chart, **{argument: value})
    Manifests.of(chart).has("Deployment", like=expected)


def test_an_api_service_has_a_service_of_its_name_and_port(chart: Chart) -> None:
    api = _api(chart, labels={"tier": "front"})
    assert api.endpoint == Endpoint("api", 8080)
    port = {"name": "http", "port": 8080, "targetPort": 8080, "protocol": "TCP"}
    Manifests.of(chart).has(
        "Service",
        "api",
        like={
            "metadata": {"labels": {"app": "api", "tier": "front"}},
            "spec": Match.exact({"type": "ClusterIP", "ports": [port], "selector": {"app": "api"}}),
        },
    )


def test_an_update_of_an_api_service_never_has_fewer_pods(chart: Chart) -> None:
    _api(chart)
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    Manifests.of(chart).has("Deployment", like={"spec": {"strategy": strategy}})


AUTOSCALER = HorizontalPodAutoscaler(min_replicas=3, max_replicas=7, target_cpu_utilization=150)


def test_an_autoscaled_api_service_leaves_its_replicas_to_the_autoscaler(chart: Chart) -> None:
    _api(chart, labels={"tier": "front"}, horizontal_pod_autoscaler=AUTOSCALER)
    manifests = Manifests.of(chart)
    manifests.has("Deployment", "api", like={"spec": {"replicas": Match.absent()}})
    target = {"type": "Utilization", "averageUtilization": 150}
    manifests.has(
        "HorizontalPodAutoscaler",
        "api",
        like={
            "apiVersion": "autoscaling/v2",
            "metadata": {"namespace": "shop", "labels": {"app": "api", "tier": "front", "team": "blue"}},
            "spec": Match.exact(
                {
                    "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"},
                    "minReplicas": 3,
                    "maxReplicas": 7,
                    "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
                }
            ),
        },
    )


REDUNDANT: tuple[dict[str, Any], ...] = (
    {},
    {"replicas": 2},
    {"horizontal_pod_autoscaler": HorizontalPodAutoscaler(max_replicas=2)},
)
SINGLE: tuple[dict[str, Any], ...] = (
    {"replicas": 0},
    {"replicas": 1},
    {"horizontal_pod_autoscaler": HorizontalPodAutoscaler(min_replicas=1, max_replicas=1)},
)
ONE_OR_MORE: dict[str, Any] = {"horizontal_pod_autoscaler": HorizontalPodAutoscaler(min_replicas=1, max_replicas=5)}


@pytest.mark.parametrize("given", [*REDUNDANT, ONE_OR_MORE])
def test_a_drain_takes_one_of_several_pods_at_a_time_and_any_that_is_broken(
    chart: Chart, given: dict[str, Any]
) -> None:
    _api(chart, labels={"tier": "front"}, **given)
    Manifests.of(chart).has(
        "PodDisruptionBudget",
        "api",
        like={
            "apiVersion": "policy/v1",
            "metadata": {"namespace": "shop", "labels": {"app": "api", "tier": "front", "team": "blue"}},
            "spec": Match.exact(
                {
                    "maxUnavailable": 1,
                    "unhealthyPodEvictionPolicy": "AlwaysAllow",
                    "selector": {"matchLabels": {"app": "api"}},
                }
            ),
        },
    )


@pytest.mark.parametrize("given", [*REDUNDANT, ONE_OR_MORE])
def test_several_pods_rather_run_on_different_nodes_and_zones(chart: Chart, given: dict[str, Any]) -> None:
    _api(chart, **given)
    selector = {"matchLabels": {"app": "api"}}
    terms = [
        {"weight": 100, "podAffinityTerm": {"labelSelector": selector, "topologyKey": key}}
        for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
    ]
    affinity = {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": terms}}
    Manifests.of(chart).has("Deployment", like={"spec": {"template": {"spec": {"affinity": Match.exact(affinity)}}}})


@pytest.mark.parametrize("given", SINGLE)
def test_a_single_pod_has_no_budget_and_is_not_spread(chart: Chart, given: dict[str, Any]) -> None:
    api = _api(chart, **given)
    assert api.pod_disruption_budget is None
    manifests = Manifests.of(chart)
    manifests.lacks("PodDisruptionBudget")
    manifests.has("Deployment", like={"spec": {"template": {"spec": {"affinity": Match.absent()}}}})


def _drains(seconds: int) -> dict[str, Any]:
    container = {"lifecycle": {"preStop": {"exec": {"command": ["sleep", str(seconds)]}}}}
    return {"spec": {"template": {"spec": {"containers": [container]}}}}


@pytest.mark.parametrize("given", REDUNDANT, ids=str)
def test_an_ending_pod_answers_until_proxies_know_that_the_others_take_over(
    chart: Chart, given: dict[str, Any]
) -> None:
    _api(chart, **given)
    Manifests.of(chart).has("Deployment", "api", like=_drains(5))


@pytest.mark.parametrize("given", [*SINGLE, ONE_OR_MORE], ids=str)
def test_a_single_ending_pod_answers_until_its_successor_is_ready(chart: Chart, given: dict[str, Any]) -> None:
    _api(chart, **given)
    Manifests.of(chart).has("Deployment", "api", like=_drains(20))


def test_a_single_pod_with_a_short_grace_period_drains_as_briefly_as_others(chart: Chart) -> None:
    _api(chart, replicas=1, grace_period_seconds=10)

    Manifests.of(chart).has("Deployment", "api", like=_drains(5))


def test_an_api_service_with_a_number_of_replicas_has_no_autoscaler(chart: Chart) -> None:
    api = _api(chart)
    assert api.horizontal_pod_autoscaler is None
    manifests = Manifests.of(chart)
    manifests.has("Deployment", like={"spec": {"replicas": 2}})
    manifests.lacks("HorizontalPodAutoscaler")


def test_the_fewest_pods_and_the_load_of_an_autoscaler_have_defaults() -> None:
    autoscaler = HorizontalPodAutoscaler(max_replicas=2)
    assert (autoscaler.min_replicas, autoscaler.target_cpu_utilization) == (2, 80)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"min_replicas": 0, "max_replicas": 2}, "min_replicas 0 of an autoscaler must be at least 1"),
        ({"max_replicas": 1}, "max_replicas 1 of an autoscaler must not be below min_replicas 2"),
        (
            {"max_replicas": 2, "target_cpu_utilization": 0},
            "target_cpu_utilization 0 of an autoscaler must be at least 1",
        ),
    ],
)
def test_a_wrong_autoscaler_is_refused(given: dict[str, int], message: str) -> None:
    with pytest.raises(InvalidValueError, match=message):
        HorizontalPodAutoscaler(**given)


def test_replicas_beside_an_autoscaler_are_refused(chart: Chart) -> None:
    with pytest.raises(InvalidValueError, match="api: replicas 2 would be the autoscaler's to change; give one"):
        _api(chart, replicas=2, horizontal_pod_autoscaler=AUTOSCALER)


def test_an_api_service_that_waits_for_nothing_has_no_init_container(chart: Chart) -> None:
    _api(chart)
    Manifests.of(chart).has("Deployment", like={"spec": {"template": {"spec": {"initContainers": Match.absent()}}}})


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("replicas", -1, "api: replicas -1 must not be negative"),
        ("name", "Api", "name 'Api' is no name of a Service"),
        ("name", "1api", "name '1api' is no name of a Service"),
        ("image", "", "image '' must be a name"),
        ("image", "api:1 ", "image 'api:1 ' must be a name, without blanks around it"),
        ("port", 70000, "port 70000 is out of range"),
        ("env", {"1A": "x"}, "environment variable '1A' has a name that Kubernetes does not take"),
        ("env_from", ["a_b"], "ConfigMap 'a_b' is no DNS subdomain"),
        ("drain_seconds", -1, "drain_seconds -1 must not be negative"),
        ("drain_seconds", 30, "draining for 30 s leaves nothing of a grace period of 30 s"),
        ("grace_period_seconds", 0, "grace_period_seconds 0 must be at least 1"),
    ],
)
def test_a_wrong_argument_of_an_api_service_is_refused(chart: Chart, argument: str, value: Any, message: str) -> None:
    with pytest.raises(InvalidValueError, match=message):
        _api(chart, **{argument: value})


def test_a_changed_config_key_rolls_the_pods_that_read_it_and_no_others(chart: Chart) -> None:
    def checksum(**data: str) -> str:
        scope = Chart(cdk8s.Testing.app(), "test")
        config = Configuration(scope, "config", name="config", data={"read": "1", "unread": "1"} | data)
        _api(scope, env={"READ": config.key("read")})
        annotations = Manifests.of(scope).get("Deployment", "api")["spec"]["template"]["metadata"]["annotations"]
        return str(annotations["checksum/config"])

    assert checksum() == checksum(unread="2")
    assert checksum() != checksum(read="2")


def test_a_changed_file_rolls_the_pods_that_mount_it(chart: Chart) -> None:
    def checksum(text: str) -> str:
        scope = Chart(cdk8s.Testing.app(), "test")
        config = Configuration(scope, "config", name="config", data={"redis.conf": text})
        _database(scope, engine=redis_primary(configuration=config.key("redis.conf")))
        annotations = Manifests.of(scope).get("StatefulSet", "db")["spec"]["template"]["metadata"]["annotations"]
        return str(annotations["checksum/config"])

    assert checksum("maxmemory 1") != checksum("maxmemory 2")


def test_a_database_keeps_its_disk(chart: Chart) -> None:
    database = _database(chart, replicas=2)
    assert database.endpoint == Endpoint("db", 5432)
    manifests = Manifests.of(chart)
    manifests.has(
        "StatefulSet",
        "db",
        like={
            "spec": {
                "serviceName": "db",
                "replicas": 2,
                "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
                "volumeClaimTemplates": Match.exact([{"metadata": {"name": "disk"}, "spec": DISK.spec()}]),
            }
        },
    )
    manifests.has("Service", "db", like={"spec": {"ports": [{"port": 5432}], "selector": {"app": "db"}}})


def test_a_database_without_a_pod_is_refused(chart: Chart) -> None:
    with pytest.raises(InvalidValueError, match="db: replicas 0 must be at least 1"):
        _database(chart, replicas=0)


def test_postgresql_keeps_its_data_below_the_mount_and_asks_for_passwords(chart: Chart) -> None:
    _database(chart)
    container = _container(Manifests.of(chart).get("StatefulSet", "db"))
    env = {item["name"]: item.get("value") for item in container["env"]}
    assert env["PGDATA"] == "/var/lib/postgresql/data/pgdata"
    assert "--auth-host=scram-sha-256" in env["POSTGRES_INITDB_ARGS"]
    assert {"name": "disk", "mountPath": "/var/lib/postgresql/data"} in container["volumeMounts"]


def test_a_replica_follows_the_primary_that_it_is_given(chart: Chart) -> None:
    configuration = ConfigKey("redis", "redis.conf")
    engine = redis_replica(
        configuration=configuration, primary_host=ConfigKey("c", "host"), primary_port=ConfigKey("c", "port")
    )
    _database(chart, engine=engine)
    container = _container(Manifests.of(chart).get("StatefulSet", "db"))
    assert container["args"] == [
        "/etc/redis/redis.conf",
        "--replicaof",
        "$(REDIS_PRIMARY_HOST)",
        "$(REDIS_PRIMARY_PORT)",
    ]
    assert [item["name"] for item in container["env"]] == ["REDIS_PRIMARY_HOST", "REDIS_PRIMARY_PORT"]


@pytest.mark.parametrize("engine", [redis_primary, redis_cache])
def test_redis_reads_the_configuration_that_it_is_given(chart: Chart, engine: Callable[..., Program]) -> None:
    _database(chart, engine=engine(configuration=ConfigKey("redis-config", "cache.conf"), image="redis:7.2"))
    stateful_set = Manifests.of(chart).get("StatefulSet", "db")
    assert _container(stateful_set)["image"] == "redis:7.2"
    assert stateful_set["spec"]["template"]["spec"]["volumes"] == [
        {
            "name": "redis-config",
            "configMap": {"name": "redis-config", "items": [{"key": "cache.conf", "path": "redis.conf"}]},
        }
    ]


def test_the_job_gives_each_database_its_own_variables_and_is_kept(chart: Chart) -> None:
    _init_job(chart)
    job = Manifests.of(chart).get("Job", "init")
    names = [item["name"] for item in _container(job)["env"]]
    assert names == [
        *("POSTGRES_USER", "POSTGRES_PASSWORD", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD"),
        *("DATABASE_1_NAME", "DATABASE_1_USERNAME", "DATABASE_1_PASSWORD"),
    ]
    assert job["spec"]["template"]["spec"]["restartPolicy"] == "OnFailure"
    assert "ttlSecondsAfterFinished" not in job["spec"]


def test_the_job_may_be_deleted_after_a_time(chart: Chart) -> None:
    _init_job(chart, ttl_seconds_after_finished=0)
    Manifests.of(chart).has("Job", like={"spec": {"ttlSecondsAfterFinished": 0}})


def test_a_job_without_databases_is_refused(chart: Chart) -> None:
    with pytest.raises(InvalidValueError, match="init: there is no database to create"):
        _init_job(chart, databases=[])


def test_a_backup_runs_alone_keeps_its_history_and_ends(chart: Chart) -> None:
    backup = _backup(chart, time_zone="Asia/Seoul", deadline_seconds=60, image_pull_policy="Never")
    spec = Manifests.of(chart).get("CronJob", "entries-backup")["spec"]
    assert backup.cron_job.kind == "CronJob"
    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"]) == ("0 3 * * *", "Asia/Seoul", "Forbid")
    assert (spec["successfulJobsHistoryLimit"], spec["failedJobsHistoryLimit"]) == (3, 3)
    job = spec["jobTemplate"]["spec"]
    assert (spec["startingDeadlineSeconds"], job["activeDeadlineSeconds"], job["backoffLimit"]) == (60, 60, 4)
    assert "ttlSecondsAfterFinished" not in job
    pod = job["template"]["spec"]
    assert pod["restartPolicy"] == "Never"
    (rule,) = job["podFailurePolicy"]["rules"]
    assert (rule["action"], rule["onExitCodes"]["operator"], rule["onExitCodes"]["values"]) == ("FailJob", "In", [2, 3])
    assert rule["onExitCodes"]["containerName"] == pod["containers"][0]["name"]
    assert {"name": "data", "persistentVolumeClaim": {"claimName": "disk"}} in pod["volumes"]
    (container,) = pod["containers"]
    assert (container["image"], container["imagePullPolicy"]) == ("postgres:15-alpine", "Never")
    assert container["resources"] == SMALL.manifest()


def test_jobs_made_from_a_backup_and_their_pods_bear_the_labels_of_the_system(chart: Chart) -> None:
    _backup(chart)
    template = Manifests.of(chart).get("CronJob", "entries-backup")["spec"]["jobTemplate"]
    labels = {"app": "entries-backup", "team": "blue"}
    assert template["metadata"]["labels"] == template["spec"]["template"]["metadata"]["labels"] == labels


def test_a_backup_of_postgresql_takes_its_password_from_the_secret_and_nowhere_else(chart: Chart) -> None:
    _backup(chart, keep=9)
    pod = Manifests.of(chart).get("CronJob", "entries-backup")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["command"] == ["/bin/sh", "/scripts/postgresql.sh"]
    assert "args" not in container
    env = {item["name"]: item.get("value", item.get("valueFrom")) for item in container["env"]}
    assert env["PGPASSWORD"] == SECRET.source()
    assert (env["BACKUP_NAME"], env["BACKUP_KEEP"], env["BACKUP_FOLDER"]) == ("entries", "9", "/backups")


def test_a_backup_of_redis_can_be_reached_by_the_server_that_it_restores(chart: Chart) -> None:
    source = redis_backup(
        host=ConfigKey("config", "host"), port=ConfigKey("config", "port"), restore_port=7000, image="redis:7.2"
    )
    _backup(chart, source=source)
    pod = Manifests.of(chart).get("CronJob", "entries-backup")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["image"] == "redis:7.2"
    assert container["ports"] == [{"name": "restore", "containerPort": 7000}]
    assert {"name": "RESTORE_PORT", "value": "7000"} in container["env"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": "a" * 53}, "a CronJob's name has at most 52 characters"),
        ({"database": "a b"}, "entries-backup: database 'a b' is no DNS label"),
        ({"claim": "A"}, "entries-backup: claim 'A' is no DNS label"),
        ({"keep": 0}, "entries-backup: keep 0 must be at least 1"),
        ({"deadline_seconds": 0}, "entries-backup: deadline_seconds 0 must be at least 1"),
        ({"schedule": "0 3 * *"}, r"schedule '0 3 \* \*' is none of cron"),
    ],
)
def test_a_wrong_argument_of_a_backup_is_refused(chart: Chart, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidValueError, match=message):
        _backup(chart, **changed)


@pytest.mark.parametrize(("make", "name"), [(_zookeeper, "zk"), (_kafka, "broker")])
def test_a_broker_reads_all_its_settings_from_its_config_map(
    chart: Chart, make: Callable[[Chart], object], name: str
) -> None:
    make(chart)
    manifests = Manifests.of(chart)
    env = _container(manifests.get("Deployment", name))["env"]
    keys = [item["valueFrom"]["configMapKeyRef"]["key"] for item in env]
    assert keys == list(manifests.get("ConfigMap", "config")["data"])
    assert len({item["name"] for item in env}) == len(env)


@pytest.mark.parametrize(("make", "name"), [(_zookeeper, "zk"), (_kafka, "broker")])
def test_a_broker_never_has_two_pods_on_its_claim(chart: Chart, make: Callable[[Chart], object], name: str) -> None:
    make(chart)
    Manifests.of(chart).has(
        "Deployment",
        name,
        like={
            "spec": {
                "replicas": 1,
                "strategy": {"type": "Recreate"},
                "template": {"spec": {"volumes": [{"persistentVolumeClaim": {"claimName": "disk"}}]}},
            }
        },
    )


def test_a_broker_whose_config_map_lacks_a_setting_is_refused(chart: Chart) -> None:
    config = Configuration(chart, "other", name="other", data={"kafka.broker.id": "1"})
    with pytest.raises(InvalidValueError, match=r"ConfigMap other has no key 'kafka\.zookeeper\.connect'"):
        _kafka(chart, configuration=config)


def test_claims_bear_the_names_that_a_stateful_set_adopts(chart: Chart) -> None:
    PersistentClaims(chart, "claims", app="db", storage=DISK, ordinals=2)
    manifests = Manifests.of(chart)
    for ordinal in range(2):
        assert manifests.get("PersistentVolumeClaim", f"disk-db-{ordinal}")["spec"] == DISK.spec()


def test_the_claim_of_a_deployment_bears_its_own_name(chart: Chart) -> None:
    PersistentClaims(chart, "claims", app="db", storage=DISK)
    Manifests.of(chart).has("PersistentVolumeClaim", "disk", like={"metadata": {"labels": {"app": "db"}}})


def test_claims_for_no_replica_are_refused(chart: Chart) -> None:
    with pytest.raises(InvalidValueError, match="db: 0 ordinals"):
        PersistentClaims(chart, "claims", app="db", storage=DISK, ordinals=0)


def test_a_secret_holds_placeholders_only(chart: Chart) -> None:
    secret = SecretTemplate(chart, "secret", name="credentials", variables={"password": "DB_PASSWORD"})
    assert secret.key("password") == SECRET
    Manifests.of(chart).has("Secret", "credentials", like={"stringData": Match.exact({"password": "${DB_PASSWORD}"})})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda c: Configuration(c, "x", name="x", data={"a b": "1"}), "ConfigMap x: key 'a b' is none"),
        (lambda c: Configuration(c, "x", name="x", data={"a": cast("str", 1)}), "x: a: 1 is not text; write '1'"),
        (lambda c: Configuration(c, "x", name="x", data={"a": "b\u0085"}), r"x: a: the character U\+0085 would not"),
        (
            lambda c: Configuration(c, "x", name="x", data={"a": "1"}).key("b"),
            "ConfigMap x has no key 'b'; its keys: a",
        ),
        (lambda c: SecretTemplate(c, "x", name="x", variables={"a/b": "A"}), "Secret x: key 'a/b' is none"),
        (lambda c: SecretTemplate(c, "x", name="x", variables={"a": "a-b"}), "Secret x: a: variable 'a-b' may hold"),
        (lambda c: SecretTemplate(c, "x", name="x", variables={"a": "A"}).key("b"), "Secret x has no key 'b'"),
        (lambda c: Configuration(c, "x", name="X_Y", data={}), "ConfigMap 'X_Y' is no DNS subdomain"),
        (lambda c: SecretTemplate(c, "x", name="a..b", variables={}), r"Secret 'a\.\.b' is no DNS subdomain"),
        (lambda c: PersistentClaims(c, "x", app="Db", storage=DISK), "workload 'Db' is no DNS label"),
        (lambda c: _init_job(c, ttl_seconds_after_finished=-1), "init: ttl_seconds_after_finished -1 must not be"),
        (lambda _: Route("/a/../b", Endpoint("api", 80)), "'/a/../b' of a route to api:80 must hold no '//'"),
        (lambda _: Route("api", Endpoint("api", 80)), "path 'api' of a route to api:80 must begin with '/'"),
        (lambda _: Certificate(secret_name="A"), "certificate's Secret 'A' is no DNS subdomain"),
        (lambda _: Certificate(secret_name="a", issuer="B"), "certificate's issuer 'B' is no DNS subdomain"),
        (lambda c: RestrictedNamespace(c, "x", name="X"), "namespace 'X' is no DNS label"),
    ],
)
def test_wrong_names_and_values_are_refused(chart: Chart, make: Callable[[Chart], object], message: str) -> None:
    with pytest.raises(InvalidValueError, match=message):
        make(chart)


def test_a_namespace_enforces_the_restricted_standard_and_warns() -> None:
    chart = Chart(cdk8s.Testing.app(), "test")
    RestrictedNamespace(chart, "namespace", name="shop", labels={"app": "shop"})
    levels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    Manifests.of(chart).has("Namespace", "shop", like={"metadata": {"labels": {"app": "shop", **levels}}})


def test_an_ingress_routes_each_host_in_order(chart: Chart) -> None:
    HttpIngress(
        chart,
        "ingress",
        name="shop",
        hosts={
            "a.example": [Route("/b", Endpoint("b", 1)), Route("/a", Endpoint("a", 2))],
            "*.b.example": [Route("/", Endpoint("b", 1))],
        },
        ingress_class="internal",
        annotations={"note": "text"},
    )
    ingress = Manifests.of(chart).get("Ingress", "shop")
    assert ingress["metadata"]["annotations"] == {"note": "text"}
    assert ingress["spec"]["ingressClassName"] == "internal"
    assert [rule["host"] for rule in ingress["spec"]["rules"]] == ["a.example", "*.b.example"]
    paths = ingress["spec"]["rules"][0]["http"]["paths"]
    assert [(path["path"], path["backend"]["service"]) for path in paths] == [
        ("/b", {"name": "b", "port": {"number": 1}}),
        ("/a", {"name": "a", "port": {"number": 2}}),
    ]


def test_an_ingress_with_one_path_twice_on_a_host_is_refused(chart: Chart) -> None:
    routes = [Route("/a", Endpoint("a", 1)), Route("/a", Endpoint("b", 1))]
    with pytest.raises(InvalidValueError, match=r"Ingress shop: host a\.example has /a twice"):
        HttpIngress(chart, "ingress", name="shop", hosts={"a.example": routes}, ingress_class="nginx")


@pytest.mark.parametrize(
    ("certificate", "annotations"),
    [
        (Certificate(secret_name="shop-tls"), {"cdk8s-backend/provided-elsewhere": "Secret/shop-tls"}),
        (Certificate(secret_name="shop-tls", issuer="letsencrypt"), {"cert-manager.io/cluster-issuer": "letsencrypt"}),
        (
            Certificate(secret_name="shop-tls", issuer="internal", issuer_kind="Issuer"),
            {"cert-manager.io/issuer": "internal"},
        ),
    ],
)
def test_an_ingress_serves_all_its_hosts_with_one_certificate(
    chart: Chart, certificate: Certificate, annotations: dict[str, str]
) -> None:
    hosts = {"a.example": [HOME], "b.example": [HOME]}
    HttpIngress(
        chart,
        "ingress",
        name="shop",
        hosts=hosts,
        ingress_class="nginx",
        tls=certificate,
        annotations={"note": "text"},
    )
    ingress = Manifests.of(chart).get("Ingress", "shop")
    assert ingress["spec"]["tls"] == [{"hosts": ["a.example", "b.example"], "secretName": "shop-tls"}]
    assert ingress["metadata"]["annotations"] == {"note": "text", **annotations}


def test_an_ingress_without_a_certificate_has_no_tls(chart: Chart) -> None:
    HttpIngress(chart, "ingress", name="shop", hosts={"a.example": [HOME]}, ingress_class="nginx")
    assert "tls" not in Manifests.of(chart).get("Ingress", "shop")["spec"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"hosts": {}}, "Ingress shop: there is no host; give it at least one"),
        ({"hosts": {"a.example": []}}, r"Ingress shop: host a\.example has no route"),
        (
            {"hosts": {"A.example": [HOME]}},
            r"Ingress shop: host 'A\.example' is no DNS name; use one like shop\.example",
        ),
        ({"hosts": {"": [HOME]}}, "host '' is no DNS name"),
        ({"hosts": {"*": [HOME]}}, r"host '\*' is no DNS name"),
        ({"hosts": {"a.*.example": [HOME]}}, r"host 'a\.\*\.example' is no DNS name"),
        ({"hosts": {"10.0.0.1": [HOME]}}, r"host '10\.0\.0\.1' is no DNS name"),
        ({"name": "Shop"}, "Ingress 'Shop' is no DNS subdomain"),
        ({"ingress_class": ""}, "Ingress shop: class '' is no DNS subdomain"),
        (
            {"tls": Certificate(secret_name="a", issuer="b"), "annotations": {"cert-manager.io/cluster-issuer": "c"}},
            "annotation cert-manager.io/cluster-issuer is that of its certificate",
        ),
    ],
)
def test_a_wrong_argument_of_an_ingress_is_refused(chart: Chart, changed: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"name": "shop", "hosts": {"a.example": [HOME]}, "ingress_class": "nginx"}
    with pytest.raises(InvalidValueError, match=message):
        HttpIngress(chart, "ingress", **(given | changed))


def test_every_object_can_be_patched_by_hand(chart: Chart) -> None:
    api = _api(chart, horizontal_pod_autoscaler=AUTOSCALER)
    assert api.pod_disruption_budget is not None
    assert api.horizontal_pod_autoscaler is not None
    api.deployment.add_json_patch(JsonPatch.replace("/spec/progressDeadlineSeconds", 9))
    api.service.add_json_patch(JsonPatch.add("/spec/type", "NodePort"))
    api.pod_disruption_budget.add_json_patch(JsonPatch.replace("/spec/maxUnavailable", 2))
    api.horizontal_pod_autoscaler.add_json_patch(JsonPatch.replace("/spec/maxReplicas", 9))
    manifests = Manifests.of(chart)
    manifests.has("Deployment", like={"spec": {"progressDeadlineSeconds": 9}})
    manifests.has("Service", like={"spec": {"type": "NodePort"}})
    manifests.has("PodDisruptionBudget", like={"spec": {"maxUnavailable": 2}})
    manifests.has("HorizontalPodAutoscaler", like={"spec": {"maxReplicas": 9}})
