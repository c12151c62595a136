"""Each image gets what it needs to start, to be judged rightly, and to end, under a read-only root and without root."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cdk8s_backend import (
    ApiService,
    ConfigKey,
    Configuration,
    Database,
    Endpoint,
    InitJob,
    KafkaBroker,
    Resources,
    SecretKey,
    StatefulDatabase,
    Storage,
    ZooKeeper,
    postgresql,
    redis_cache,
    redis_primary,
    redis_replica,
)
from cdk8s_backend.assertions import Manifests
from cdk8s_backend.container_scripts import (
    KAFKA_READINESS,
    POSTGRESQL_LIVENESS,
    POSTGRESQL_START,
    REDIS_READINESS,
    REDIS_REPLICA_READINESS,
    ZOOKEEPER_READINESS,
)
from cdk8s_backend.manifest import Manifest
from cdk8s_backend.pods import Program

import cdk8s
import pytest
from cdk8s import Chart

NAME = "part"
SMALL = Resources(cpu_request="10m", memory_request="16Mi", cpu_limit="20m", memory_limit="32Mi")
DISK = Storage(claim="disk", size="3Gi", storage_class="fast")
USERNAME, PASSWORD = (SecretKey("credentials", key) for key in ("username", "password"))
HOST, PORT = (ConfigKey("addresses", key) for key in ("host", "port"))
REDIS_CONF = ConfigKey("redis", "redis.conf")


def _database(engine: Program) -> Callable[[Chart], object]:
    return lambda chart: StatefulDatabase(chart, NAME, name=NAME, engine=engine, resources=SMALL, storage=DISK)


def _zookeeper(chart: Chart) -> None:
    settings = Configuration(chart, "config", name="config", data=ZooKeeper.settings(heap="64m"))
    ZooKeeper(chart, NAME, name=NAME, configuration=settings, resources=SMALL, storage=DISK)


def _kafka(chart: Chart) -> None:
    endpoint = Endpoint(NAME, 9092)
    data = KafkaBroker.settings(endpoint=endpoint, zookeeper=Endpoint("zk", 2181), heap="64m")
    settings = Configuration(chart, "config", name="config", data=data)
    KafkaBroker(chart, NAME, endpoint=endpoint, configuration=settings, resources=SMALL, storage=DISK)


def _service(chart: Chart) -> None:
    ApiService(chart, NAME, name=NAME, image="node:20-alpine", port=3000, resources=SMALL)


def _init_job(chart: Chart) -> None:
    InitJob(
        chart,
        NAME,
        name=NAME,
        host=HOST,
        port=PORT,
        username=USERNAME,
        password=PASSWORD,
        databases=[Database(name=ConfigKey("addresses", "name"), username=USERNAME, password=PASSWORD)],
        scripts=Configuration(chart, "scripts", name="scripts", data=InitJob.scripts()),
        resources=SMALL,
    )


def _tcp(port: int) -> dict[str, Any]:
    return {"tcpSocket": {"port": port}}


def _http(path: str) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": 3000}}


def _runs(*command: str) -> dict[str, Any]:
    return {"exec": {"command": list(command)}}


def _script(text: str) -> dict[str, Any]:
    return _runs("/bin/sh", "-c", text)


@dataclass(frozen=True, kw_only=True)
class Image:
    """What a pod of an image must have.

    Attributes:
        make: Makes the pod's workload, called `part`.
        image: The image.
        user: Numeric user and group.
        mounts: Path to what is there: `disk` (a colon and the sub-path), `scratch`, `memory`, or `files`.
        grace: Seconds from SIGTERM to SIGKILL.
        probes: Startup, readiness and liveness.
        start_seconds: Longest start.
        env: Variables that it needs, with their values.
        command: Replaces the image's entrypoint.
        args: Arguments.
        strategy: How a Deployment replaces its pods.
        drain: Seconds of sleep before SIGTERM.
        shared_processes: Whether process 1 is Kubernetes' own.
    """

    make: Callable[[Chart], object]
    image: str
    user: tuple[int, int]
    mounts: Mapping[str, str] = field(default_factory=dict)
    grace: int = 30
    probes: tuple[dict[str, Any], dict[str, Any], dict[str, Any]] | None = None
    start_seconds: int | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    command: Sequence[str] | None = None
    args: Sequence[str] | None = None
    strategy: str | None = None
    drain: int | None = None
    shared_processes: bool = False


_REDIS = Image(
    make=_database(redis_primary(configuration=REDIS_CONF)),
    image="redis:7-alpine",
    user=(999, 1000),
    mounts={"/etc/redis": "files", "/data": "disk"},
    probes=(_tcp(6379), _script(REDIS_READINESS), _tcp(6379)),
    start_seconds=300,
    args=["/etc/redis/redis.conf"],
)
_REPLICA = redis_replica(configuration=REDIS_CONF, primary_host=HOST, primary_port=PORT)

IMAGES = {
    "postgresql": Image(
        make=_database(postgresql(username=USERNAME, password=PASSWORD)),
        image="postgres:15-alpine",
        user=(70, 70),
        mounts={
            "/var/lib/postgresql/data": "disk",
            "/var/run/postgresql": "scratch",
            "/docker-entrypoint-initdb.d": "scratch",
            "/tmp": "scratch",
            "/dev/shm": "memory",
        },
        grace=90,
        probes=(
            _script(POSTGRESQL_LIVENESS),
            _runs("pg_isready", "-q", "-h", "127.0.0.1"),
            _script(POSTGRESQL_LIVENESS),
        ),
        start_seconds=300,
        command=[
            *("/bin/sh", "-c", POSTGRESQL_START, "postgresql-start"),
            *("/var/lib/postgresql/data", "/docker-entrypoint-initdb.d"),
        ],
        env={
            "PGDATA": "/var/lib/postgresql/data/pgdata",
            "POSTGRES_INITDB_ARGS": "--auth-local=scram-sha-256 --auth-host=scram-sha-256 --data-checksums",
        },
    ),
    "redis primary": _REDIS,
    "redis replica": Image(
        **{
            **vars(_REDIS),
            "make": _database(_REPLICA),
            "probes": (_tcp(6379), _script(REDIS_REPLICA_READINESS), _tcp(6379)),
            "args": ["/etc/redis/redis.conf", "--replicaof", "$(REDIS_PRIMARY_HOST)", "$(REDIS_PRIMARY_PORT)"],
        }
    ),
    "redis cache": Image(**{**vars(_REDIS), "make": _database(redis_cache(configuration=REDIS_CONF))}),
    "zookeeper": Image(
        make=_zookeeper,
        image="confluentinc/cp-zookeeper:7.9.2",
        user=(1000, 1000),
        mounts={
            "/var/lib/zookeeper/data": "disk:data",
            "/var/lib/zookeeper/log": "disk:log",
            "/etc/kafka": "scratch",
            "/var/log/kafka": "scratch",
            "/tmp": "scratch",
        },
        probes=(_runs(*ZOOKEEPER_READINESS), _runs(*ZOOKEEPER_READINESS), _tcp(2181)),
        start_seconds=180,
        env={
            "ZOOKEEPER_CLIENT_PORT": "2181",
            "ZOOKEEPER_TICK_TIME": "2000",
            "ZOOKEEPER_ADMIN_ENABLE_SERVER": "false",
            "ZOOKEEPER_AUTOPURGE_PURGE_INTERVAL": "24",
            "ZOOKEEPER_AUTOPURGE_SNAP_RETAIN_COUNT": "3",
            "ZOOKEEPER_4LW_COMMANDS_WHITELIST": "srvr",
            "KAFKA_HEAP_OPTS": "-Xms64m -Xmx64m",
            "EXTRA_ARGS": "-name zookeeperServer",  # by default with -loggc, which fills a scratch directory
        },
        strategy="Recreate",
    ),
    "kafka": Image(
        make=_kafka,
        image="confluentinc/cp-kafka:7.9.2",
        user=(1000, 1000),
        mounts={
            "/var/lib/kafka/data": "disk",
            "/etc/kafka": "scratch",
            "/var/log/kafka": "scratch",
            "/tmp": "scratch",
        },
        grace=60,
        probes=(_tcp(9092), _runs(*KAFKA_READINESS, "kafka-readiness", "9092"), _tcp(9092)),
        start_seconds=300,
        env={
            "KAFKA_BROKER_ID": "1",
            "KAFKA_ZOOKEEPER_CONNECT": "zk:2181",
            "KAFKA_ZOOKEEPER_SESSION_TIMEOUT_MS": "9000",
            "KAFKA_CUB_ZK_TIMEOUT": "180",
            "KAFKA_LISTENERS": "PLAINTEXT://0.0.0.0:9092,INTERNAL://127.0.0.1:29092",
            "KAFKA_ADVERTISED_LISTENERS": "PLAINTEXT://part:9092,INTERNAL://127.0.0.1:29092",
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT",
            "KAFKA_INTER_BROKER_LISTENER_NAME": "INTERNAL",
            "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
            "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
            "KAFKA_LOG_DIRS": "/var/lib/kafka/data/logs",
            "KAFKA_HEAP_OPTS": "-Xms64m -Xmx64m",
            "EXTRA_ARGS": "-name kafkaServer",
        },
        strategy="Recreate",
    ),
    "http service": Image(
        make=_service,
        image="node:20-alpine",
        user=(1000, 1000),
        probes=(_http("/health"), _http("/ready"), _http("/health")),
        start_seconds=180,
        strategy="RollingUpdate",
        drain=5,
        shared_processes=True,
    ),
    "init job": Image(
        make=_init_job,
        image="postgres:15-alpine",
        user=(70, 70),
        mounts={"/scripts": "files", "/tmp": "scratch"},
        env={"PGUSER": "$(POSTGRES_USER)", "PGPASSWORD": "$(POSTGRES_PASSWORD)"},
        command=["/bin/sh", "/scripts/init.sh"],
    ),
}


@dataclass(frozen=True, kw_only=True)
class Made:
    """What was made for an image: the row, the workload, and, for short, its pod and its container."""

    expected: Image
    workload: Manifest
    pod: dict[str, Any]
    container: dict[str, Any]
    config: dict[str, str]


@pytest.fixture(params=IMAGES)
def made(request: pytest.FixtureRequest) -> Made:
    """The workload of each image in turn."""
    expected = IMAGES[request.param]
    chart = Chart(cdk8s.Testing.app(), "test")
    expected.make(chart)
    manifests = list(Manifests.of(chart))
    workload = next(item for item in manifests if "template" in item.get("spec", {}))
    pod = workload["spec"]["template"]["spec"]
    config = {key: value for item in manifests if item["kind"] == "ConfigMap" for key, value in item["data"].items()}
    return Made(expected=expected, workload=workload, pod=pod, container=pod["containers"][0], config=config)


def test_it_is_the_image_that_all_this_is_meant_for(made: Made) -> None:
    assert made.container["image"] == made.expected.image


def test_it_runs_as_the_numeric_user_that_owns_its_files(made: Made) -> None:
    security = made.pod["securityContext"]
    uid, gid = made.expected.user
    assert (security["runAsUser"], security["runAsGroup"], security["fsGroup"]) == (uid, gid, gid)
    assert security["fsGroupChangePolicy"] == "OnRootMismatch"


def test_it_can_write_where_it_must_and_nowhere_else(made: Made) -> None:
    volumes = {volume["name"]: volume for volume in made.pod.get("volumes", [])}
    templates = made.workload["spec"].get("volumeClaimTemplates", [])
    claims = {template["metadata"]["name"] for template in templates}
    assert not claims & volumes.keys()

    def what(mount: dict[str, Any]) -> str:
        volume = volumes.get(mount["name"], {})
        if mount["name"] in claims or volume.get("persistentVolumeClaim") == {"claimName": DISK.claim}:
            return ":".join(("disk", mount["subPath"])) if "subPath" in mount else "disk"
        if "emptyDir" in volume:
            assert volume["emptyDir"]["sizeLimit"]
            return {None: "scratch", "Memory": "memory"}[volume["emptyDir"].get("medium")]
        assert "configMap" in volume
        assert mount["readOnly"] is True
        return "files"

    mounts = made.container.get("volumeMounts", [])
    assert {mount["mountPath"]: what(mount) for mount in mounts} == made.expected.mounts
    assert {mount["name"] for mount in mounts} == volumes.keys() | claims


def test_it_has_the_time_that_it_needs_to_end(made: Made) -> None:
    assert made.pod["terminationGracePeriodSeconds"] == made.expected.grace


def test_its_probes_ask_what_tells_its_state(made: Made) -> None:
    names = ("startupProbe", "readinessProbe", "livenessProbe")
    actions = [
        {key: value for key, value in made.container[name].items() if isinstance(value, dict)}
        for name in names
        if name in made.container
    ]
    assert actions == list(made.expected.probes or [])


def test_it_has_the_time_that_it_needs_to_start(made: Made) -> None:
    startup = made.container.get("startupProbe")
    seconds = startup["periodSeconds"] * startup["failureThreshold"] if startup else None
    assert seconds == made.expected.start_seconds


def test_its_variables_say_what_it_needs(made: Made) -> None:
    env = {item["name"]: item for item in made.container.get("env", [])}

    def value(name: str) -> str:
        item = env[name]
        return str(item["value"] if "value" in item else made.config[item["valueFrom"]["configMapKeyRef"]["key"]])

    assert {name: value(name) for name in made.expected.env} == made.expected.env


def test_it_is_started_as_its_entrypoint_wants(made: Made) -> None:
    assert (made.container.get("command"), made.container.get("args")) == (made.expected.command, made.expected.args)


def test_its_pods_are_replaced_as_its_disk_allows(made: Made) -> None:
    assert made.workload["spec"].get("strategy", {}).get("type") == made.expected.strategy


def test_it_goes_on_answering_while_proxies_learn_that_it_ends(made: Made) -> None:
    drain = made.expected.drain
    lifecycle = drain and {"preStop": {"exec": {"command": ["sleep", str(drain)]}}}
    assert made.container.get("lifecycle") == lifecycle


def test_it_ends_on_sigterm_though_it_ignores_it_as_process_1(made: Made) -> None:
    assert made.pod.get("shareProcessNamespace", False) is made.expected.shared_processes


def test_kubernetes_gives_it_no_variables_of_services(made: Made) -> None:
    assert made.pod["enableServiceLinks"] is False
