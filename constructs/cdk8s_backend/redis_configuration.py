"""Texts of redis.conf, one for each part that a Redis server plays."""

from cdk8s_backend.errors import InvalidValueError

__all__ = ["cache", "primary", "replica"]

_OPEN = """\
# Clients come from other pods and give no password: what may reach the server is for network policies to say.
protected-mode no
# The volume of the pod.
dir /data
"""

_PERSISTENT = """\
# Every write is appended to a file, so that a restart loses nothing.
appendonly yes
# The file reaches the disk once a second: a power failure costs one second, a write costs no wait.
appendfsync everysec
# No snapshots beside it: a start reads the file of writes alone, and a snapshot that fails would end all writes.
save ""
# A write without room is refused with an error; nothing that was stored is ever evicted.
maxmemory-policy noeviction
# {percent} % of the container's memory limit: rewriting the file and feeding replicas need the rest.
maxmemory {maxmemory}
# A replica gets its first copy at once instead of after a wait for other replicas.
repl-diskless-sync-delay 0
"""

_FOLLOWING = """\
# Only the primary is written to. Which one this is says the argument --replicaof.
replica-read-only yes
# While the primary is away, readers get what was copied.
replica-serve-stale-data yes
# Without this, a server that is writing its first copy to disk ignores the request to end.
shutdown-on-sigterm force
"""

_FORGETTING = """\
# No snapshots: what a cache holds can be had again.
save ""
# No file of writes, for the same reason.
appendonly no
# What was not used for the longest time makes room for what is new.
maxmemory-policy allkeys-lru
# {percent} % of the container's memory limit: connections and buffers need the rest.
maxmemory {maxmemory}
"""

_PERSISTENT_PERCENT = 60
_CACHE_PERCENT = 75


def primary(*, memory_limit_bytes: int) -> str:
    """Returns the configuration of a server that keeps what it holds and refuses writes when it is full.

    Args:
        memory_limit_bytes: The memory limit of its container, in bytes; 60 % of it is for data.

    Raises:
        InvalidValueError: The limit is not positive.
    """
    return _OPEN + _with_memory(_PERSISTENT, _PERSISTENT_PERCENT, memory_limit_bytes)


def replica(*, memory_limit_bytes: int) -> str:
    """Returns the configuration of a read-only copy of a primary, named by the server's argument `--replicaof`.

    Args:
        memory_limit_bytes: The memory limit of its container, in bytes; not less than the primary's.

    Raises:
        InvalidValueError: The limit is not positive.
    """
    return primary(memory_limit_bytes=memory_limit_bytes) + _FOLLOWING


def cache(*, memory_limit_bytes: int) -> str:
    """Returns the configuration of a server that writes nothing to disk and forgets what is used least.

    Args:
        memory_limit_bytes: The memory limit of its container, in bytes; 75 % of it is for data.

    Raises:
        InvalidValueError: The limit is not positive.
    """
    return _OPEN + _with_memory(_FORGETTING, _CACHE_PERCENT, memory_limit_bytes)


def _with_memory(text: str, percent: int, memory_limit_bytes: int) -> str:
    if memory_limit_bytes <= 0:
        raise InvalidValueError(f"memory_limit_bytes {memory_limit_bytes} must be positive: a container's memory limit")
    return text.format(percent=percent, maxmemory=memory_limit_bytes * percent // 100)
