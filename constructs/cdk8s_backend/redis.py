"""Redis as engines of StatefulDatabase: primary, replica, and cache without persistence."""

from cdk8s_backend.container_scripts import REDIS_READINESS, REDIS_REPLICA_READINESS
from cdk8s_backend.directories import ConfigFiles, Data
from cdk8s_backend.pods import Program
from cdk8s_backend.values import ConfigKey, EnvironmentValue, Probes, User, exec_probe, tcp_probe

__all__ = ["redis_cache", "redis_primary", "redis_replica"]

_PORT = 6379
_CONFIGURATION = "/etc/redis"


def redis_primary(*, configuration: ConfigKey, image: str = "redis:7-alpine") -> Program:
    """A Redis server that keeps what it holds.

    Args:
        configuration: Its redis.conf, as `redis_configuration.primary` writes it.
        image: The image. Default redis:7-alpine.
    """
    return _server(image, configuration, ready=REDIS_READINESS)


def redis_replica(
    *, configuration: ConfigKey, primary_host: ConfigKey, primary_port: ConfigKey, image: str = "redis:7-alpine"
) -> Program:
    """A read-only Redis server that follows a primary.

    It is ready once it has a whole copy of the primary's data, from then on also while the primary is away, as long as
    it is not restarted itself.

    Args:
        configuration: Its redis.conf, as `redis_configuration.replica` writes it.
        primary_host: Host of the primary.
        primary_port: Port of the primary.
        image: The image. Default redis:7-alpine.
    """
    return _server(
        image,
        configuration,
        args=["--replicaof", "$(REDIS_PRIMARY_HOST)", "$(REDIS_PRIMARY_PORT)"],
        env={"REDIS_PRIMARY_HOST": primary_host, "REDIS_PRIMARY_PORT": primary_port},
        ready=REDIS_REPLICA_READINESS,
    )


def redis_cache(*, configuration: ConfigKey, image: str = "redis:7-alpine") -> Program:
    """A Redis server that forgets what is used least when its memory is full, and everything when it ends.

    Args:
        configuration: Its redis.conf, as `redis_configuration.cache` writes it.
        image: The image. Default redis:7-alpine.
    """
    return redis_primary(configuration=configuration, image=image)


def _server(
    image: str,
    configuration: ConfigKey,
    *,
    ready: str,
    args: list[str] | None = None,
    env: dict[str, EnvironmentValue] | None = None,
) -> Program:
    return Program(
        image=image,
        user=User(uid=999, gid=1000),
        ports={"redis": _PORT},
        args=[f"{_CONFIGURATION}/redis.conf", *(args or [])],
        env=env or {},
        probes=Probes(
            # killing a server helps neither a full disk or memory, nor a long load, nor a primary that is away
            startup=tcp_probe(_PORT, period_seconds=2, failure_threshold=150),
            readiness=exec_probe(["/bin/sh", "-c", ready], period_seconds=5),
            liveness=tcp_probe(_PORT, failure_threshold=6),
        ),
        directories=[ConfigFiles(path=_CONFIGURATION, files={"redis.conf": configuration}), Data(path="/data")],
    )
