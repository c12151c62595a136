"""What the Count system is: its parts, what each of them reaches, and where it is reached.

Facts of the real services; how a part becomes Kubernetes objects is told by the charts. A further service is one more
entry of `SERVICES`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdk8s_backend import Endpoint, InvalidValueError, Resources

NAMESPACE = "count-system"
TITLE_KO = "Count 통합 관리 시스템"
TITLE_EN = "Count management system"

ZOOKEEPER = Endpoint("zookeeper", 2181)
KAFKA = Endpoint("kafka", 9092)
POSTGRESQL = Endpoint("postgresql", 5432)
REDIS_VALUE = Endpoint("redis-value", 6379)
REDIS_REPLICA = Endpoint("redis-replica", 6379)
REDIS_CACHE = Endpoint("redis-cache", 6379)

COUNT_UPDATES = "count-updates"
"""The Kafka topic of changed counts."""

READS = ("GET", "HEAD")
"""The HTTP methods of requests that read."""

STORAGE_CLASS = "standard"
"""The StorageClass of every claim, unless the settings say otherwise."""


@dataclass(frozen=True, kw_only=True)
class DatabaseUnit:
    """A database on the PostgreSQL server, with a role of its own.

    Args:
        name: Name of the database and, as long as nobody gives another, of its role.
        secret: Name of the Secret with the role's `username` and `password`.
        name_variable: The variable in which services read the database's name.
        name_key: The key of app-config that holds the name.
        url_key: The key of app-config that holds the database's URL.
    """

    name: str
    secret: str
    name_variable: str
    name_key: str
    url_key: str


COUNT_INFO = DatabaseUnit(
    name="countinfo",
    secret="countinfo-secret",  # noqa: S106 - the Secret's name
    name_variable="COUNT_INFO_DB_NAME",
    name_key="database.name",
    url_key="database.url",
)
DASHBOARD_CONFIG = DatabaseUnit(
    name="dashboardconfig",
    secret="dashboardconfig-secret",  # noqa: S106
    name_variable="DASHBOARD_CONFIG_DB_NAME",
    name_key="dashboard.database.name",
    url_key="dashboard.database.url",
)
DATABASES = (COUNT_INFO, DASHBOARD_CONFIG)


@dataclass(frozen=True, kw_only=True)
class RedisUnit:
    """One of the Redis servers.

    Args:
        endpoint: Where it answers.
        prefix: The keys of app-config that describe it: `<prefix>.host`, `.port`, `.url`.
        variables: Beginning of the variables in which services read them, like `REDIS_CACHE`; several where services
            know the server under several names.
    """

    endpoint: Endpoint
    prefix: str
    variables: tuple[str, ...]


VALUES = RedisUnit(endpoint=REDIS_VALUE, prefix="redis", variables=("REDIS",))
VALUES_REPLICA = RedisUnit(endpoint=REDIS_REPLICA, prefix="redis.replica", variables=("REDIS", "REDIS_REPLICA"))
CACHE = RedisUnit(endpoint=REDIS_CACHE, prefix="redis.cache", variables=("REDIS_CACHE",))
REDIS = (VALUES, VALUES_REPLICA, CACHE)

STANDARD = Resources(cpu_request="100m", memory_request="256Mi", cpu_limit="500m", memory_limit="512Mi")
ANALYSIS = Resources(cpu_request="200m", memory_request="512Mi", cpu_limit="1000m", memory_limit="1Gi")


@dataclass(frozen=True, kw_only=True)
class ServiceUnit:
    """One of the HTTP services.

    Args:
        name: Name of the service, its image, and its folder in the source tree.
        port: Where it listens; no two services have one port.
        database: The database it reads and writes.
        redis: The Redis servers it uses.
        kafka: Whether it publishes or subscribes.
        services: Names of the services that it calls.
        waits_for: What must answer before it starts, because it does not try again.
        paths: Paths of the main host that reach it.
        read_paths: Paths whose reads reach it: all requests to the read host, and those to the main host whose method
            is one of `READS`, where the routing tells methods apart.
        start_seconds: Longest start.
        replicas: Pods, unless the settings say otherwise.
        most_replicas: More pods than these do not work; None for no limit.
        resources: Requests and limits, unless the settings say otherwise (specification rule 12).
    """

    name: str
    port: int
    database: DatabaseUnit | None = None
    redis: tuple[RedisUnit, ...] = ()
    kafka: bool = False
    services: tuple[str, ...] = ()
    waits_for: tuple[Endpoint, ...] = ()
    paths: tuple[str, ...] = ()
    read_paths: tuple[str, ...] = ()
    start_seconds: int = 60
    replicas: int = 2
    most_replicas: int | None = None
    resources: Resources = STANDARD

    @property
    def endpoint(self) -> Endpoint:
        """Where it answers."""
        return Endpoint(self.name, self.port)

    @property
    def url_key(self) -> str:
        """The key of app-config under which its callers find it, like `dashboard.provision.url`."""
        return f"{self.name.removesuffix('-service').replace('-', '.')}.url"

    @property
    def url_variable(self) -> str:
        """The variable in which its callers read its URL, like `DASHBOARD_PROVISION_SERVICE_URL`."""
        return f"{self.name.upper().replace('-', '_')}_URL"

    @property
    def port_key(self) -> str:
        """The key of app-config that holds its port."""
        return f"{self.name.removesuffix('-service').replace('-', '.')}.port"


SERVICES = (
    ServiceUnit(
        name="count-write-service",
        port=3000,
        database=COUNT_INFO,
        redis=(VALUES, CACHE),
        kafka=True,
        waits_for=(KAFKA,),  # without it at the start, it never connects again
        start_seconds=180,  # it tries to reach Kafka for up to 131 s before it listens
        paths=("/api/v1/counts",),  # an Ingress cannot tell GET from PUT, and this service answers both
    ),
    ServiceUnit(
        name="count-read-service",
        port=3001,
        database=COUNT_INFO,
        redis=(VALUES_REPLICA, CACHE),
        read_paths=("/api/v1/counts",),
    ),
    ServiceUnit(
        name="count-management-service",
        port=3002,
        database=COUNT_INFO,
        redis=(VALUES, CACHE),
        kafka=True,
        paths=("/management",),
    ),
    ServiceUnit(
        name="count-analysis-service",
        port=3003,
        redis=(VALUES_REPLICA,),
        paths=("/analysis",),
        resources=ANALYSIS,
    ),
    ServiceUnit(
        name="dashboard-provision-service",
        port=3004,
        database=DASHBOARD_CONFIG,
        paths=("/dashboard",),
    ),
    ServiceUnit(
        name="dashboard-update-service",
        port=3005,
        redis=(VALUES_REPLICA, CACHE),
        kafka=True,
        services=("dashboard-provision-service",),
        waits_for=(KAFKA,),  # it gives up for good after two minutes
        paths=("/dashboard/events",),
        replicas=1,
        most_replicas=1,  # one consumer group on a topic of one partition: a second pod would get no events
    ),
)


@dataclass(frozen=True, kw_only=True)
class InfrastructureUnit:
    """A part that the services stand on.

    Args:
        name: Name of its workload and Service.
        claim: Name of its claim template (StatefulSet) or claim (Deployment).
        size: Size of its disk, unless the settings say otherwise.
        image: Its image, to which the settings may add a digest.
        resources: Requests and limits, unless the settings say otherwise.
        stateful_set: Whether it is a database, hence a StatefulSet.
    """

    name: str
    claim: str
    size: str
    image: str
    resources: Resources
    stateful_set: bool = True


def _infrastructure(cpu_request: str, cpu_limit: str, memory: str) -> Resources:
    """Memory as requested: who keeps data must not be the first to go when a node runs out of it."""
    return Resources(cpu_request=cpu_request, memory_request=memory, cpu_limit=cpu_limit, memory_limit=memory)


INFRASTRUCTURE = (
    InfrastructureUnit(
        name=POSTGRESQL.host,
        claim="postgresql-data",
        size="10Gi",
        image="postgres:15-alpine",
        resources=_infrastructure("250m", "1000m", "1Gi"),
    ),
    InfrastructureUnit(
        name=REDIS_VALUE.host,
        claim="redis-value-data",
        size="5Gi",
        image="redis:7-alpine",
        resources=_infrastructure("100m", "500m", "1Gi"),
    ),
    InfrastructureUnit(
        name=REDIS_REPLICA.host,
        claim="redis-replica-data",
        size="5Gi",
        image="redis:7-alpine",
        resources=_infrastructure("100m", "500m", "1Gi"),
    ),
    InfrastructureUnit(
        name=REDIS_CACHE.host,
        claim="redis-cache-data",
        size="1Gi",
        image="redis:7-alpine",
        resources=_infrastructure("100m", "500m", "512Mi"),
    ),
    InfrastructureUnit(
        name=ZOOKEEPER.host,
        claim="zookeeper-data",
        size="2Gi",
        image="confluentinc/cp-zookeeper:7.9.2",
        resources=_infrastructure("100m", "500m", "512Mi"),
        stateful_set=False,
    ),
    InfrastructureUnit(
        name=KAFKA.host,
        claim="kafka-data",
        size="10Gi",
        image="confluentinc/cp-kafka:7.9.2",
        resources=_infrastructure("250m", "1000m", "1536Mi"),
        stateful_set=False,
    ),
)

INIT_JOB = "postgresql-init"
INIT_JOB_RESOURCES = Resources(cpu_request="50m", memory_request="64Mi", cpu_limit="500m", memory_limit="128Mi")

BACKED_UP = (*(database.name for database in DATABASES), REDIS_VALUE.host)
"""The databases of PostgreSQL, and the Redis, whose data is nowhere else."""

BACKUP_RESOURCES = Resources(cpu_request="50m", memory_request="32Mi", cpu_limit="500m", memory_limit="128Mi")
RESTORE_PORT = 6380
"""Where Redis finds the pod that restores it."""


def backup_name(database: str) -> str:
    """Name of the CronJob that backs up a database of PostgreSQL or a Redis."""
    return f"{database}-backup"


SECRET_VARIABLES: Mapping[str, Mapping[str, str]] = {
    "postgresql-secret": {"username": "POSTGRESQL_USERNAME", "password": "POSTGRESQL_PASSWORD"},
    **{
        database.secret: {
            "username": f"{database.name.upper()}_USERNAME",
            "password": f"{database.name.upper()}_PASSWORD",
        }
        for database in DATABASES
    },
}
"""Secret to key to the variable that supplies the value at deployment."""

SECRET_DEFAULTS: Mapping[str, str] = {
    "POSTGRESQL_USERNAME": "countuser",
    **{f"{database.name.upper()}_USERNAME": database.name for database in DATABASES},
}
"""What is no secret and has the same value everywhere, unless a deployment supplies another."""


def _require_unique(what: str, values: Sequence[str]) -> None:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise InvalidValueError(f"{what} {', '.join(twice)} is there twice in the topology; each part needs its own")


@dataclass(frozen=True, kw_only=True)
class Topology:
    """The whole system.

    Args:
        services: The HTTP services; default the six.
        infrastructure: What they stand on; default PostgreSQL, three Redis, ZooKeeper and Kafka.

    Raises:
        InvalidValueError: A name or a service's port is there twice, or a service calls one that is not there.
    """

    services: tuple[ServiceUnit, ...] = SERVICES
    infrastructure: tuple[InfrastructureUnit, ...] = INFRASTRUCTURE

    def __post_init__(self) -> None:
        _require_unique(
            "name", [*(service.name for service in self.services), *(unit.name for unit in self.infrastructure)]
        )
        _require_unique("port", [str(service.port) for service in self.services])
        names = [service.name for service in self.services]
        for service in self.services:
            for called in service.services:
                if called not in names:
                    raise InvalidValueError(
                        f"{service.name} calls {called!r}, which is no service; there are: {', '.join(names)}"
                    )

    def unit(self, name: str) -> InfrastructureUnit:
        """The infrastructure unit of this name."""
        return next(unit for unit in self.infrastructure if unit.name == name)

    def service(self, name: str) -> ServiceUnit:
        """The service of this name."""
        return next(service for service in self.services if service.name == name)

    @property
    def called(self) -> tuple[ServiceUnit, ...]:
        """The services that other services call."""
        names = {name for service in self.services for name in service.services}
        return tuple(service for service in self.services if service.name in names)
