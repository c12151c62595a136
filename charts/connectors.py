"""Who calls whom: the edges of the topology, from which the picture is drawn and the NetworkPolicies are made."""

from collections.abc import Iterator
from dataclasses import dataclass

from cdk8s_backend import Endpoint

from charts import topology
from charts.topology import DatabaseUnit, ServiceUnit, Topology

__all__ = ["Connector", "Entrance", "backup_connectors", "connectors", "entrances"]


@dataclass(frozen=True, kw_only=True)
class Connector:
    """A part of the system that calls another one.

    Args:
        source: Name of the part that calls.
        target: Where it calls.
        protocol: Name of the protocol.
        database: What it uses of a server with several databases; else None.
    """

    source: str
    target: Endpoint
    protocol: str
    database: DatabaseUnit | None = None


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """A way in from outside.

    Args:
        host: The setting with the host, like `hosts.main`.
        path: The path on that host.
        service: The service behind it.
    """

    host: str
    path: str
    service: ServiceUnit


def entrances(system: Topology) -> tuple[Entrance, ...]:
    """The ways in, host by host."""
    services = system.services
    return (
        *(Entrance(host="hosts.main", path=path, service=each) for each in services for path in each.paths),
        *(Entrance(host="hosts.read", path=path, service=each) for each in services for path in each.read_paths),
    )


def connectors(system: Topology) -> tuple[Connector, ...]:
    """The calls inside: those of the services, and those without which a part does not run."""
    return (*(call for service in system.services for call in _calls(service, system)), *_RUNTIME)


def backup_connectors() -> tuple[Connector, ...]:
    """The calls of the backups, where the settings want them; a Redis calls the pod that restores it."""
    redis, backup = topology.REDIS_VALUE, topology.backup_name(topology.REDIS_VALUE.host)
    return (
        *(
            Connector(
                source=topology.backup_name(database.name),
                target=topology.POSTGRESQL,
                protocol="PostgreSQL",
                database=database,
            )
            for database in topology.DATABASES
        ),
        Connector(source=backup, target=redis, protocol="Redis"),
        Connector(source=redis.host, target=Endpoint(backup, topology.RESTORE_PORT), protocol="Redis"),
    )


def _calls(service: ServiceUnit, system: Topology) -> Iterator[Connector]:
    used = tuple(_uses(service, system))
    yield from used
    for target in service.waits_for:
        if target not in {call.target for call in used}:
            yield Connector(source=service.name, target=target, protocol="TCP")


def _uses(service: ServiceUnit, system: Topology) -> Iterator[Connector]:
    if service.database:
        target = topology.POSTGRESQL
        yield Connector(source=service.name, target=target, protocol="PostgreSQL", database=service.database)
    for redis in service.redis:
        yield Connector(source=service.name, target=redis.endpoint, protocol="Redis")
    if service.kafka:
        yield Connector(source=service.name, target=topology.KAFKA, protocol="Kafka")
    for name in service.services:
        yield Connector(source=service.name, target=system.service(name).endpoint, protocol="HTTP")


_RUNTIME = (
    *(
        Connector(source=topology.INIT_JOB, target=topology.POSTGRESQL, protocol="PostgreSQL", database=database)
        for database in topology.DATABASES
    ),
    Connector(source=topology.REDIS_REPLICA.host, target=topology.REDIS_VALUE, protocol="Redis"),
    Connector(source=topology.KAFKA.host, target=topology.ZOOKEEPER, protocol="ZooKeeper"),
)
