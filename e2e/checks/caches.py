"""Redis: the replica follows and takes no writes, the cache makes room."""

from collections.abc import Sequence

from charts.topology import REDIS_CACHE, REDIS_REPLICA, REDIS_VALUE
from e2e.check import Group, expect
from e2e.clients import redis, redis_field
from e2e.errors import CheckFailedError
from e2e.system import System
from tests.support.processes import wait_until

__all__ = ["GROUP"]

GROUP = Group("Redis")

_MEBIBYTE = 2**20


@GROUP.check(look_at=[REDIS_REPLICA.host])
def the_replica_refuses_writes(system: System) -> None:
    """Nothing on the replica can differ from the primary."""
    answer = redis(system, REDIS_REPLICA.host, "SET", "e2e:refused", "1")
    if not answer.startswith("READONLY"):
        raise CheckFailedError(f"SET on the replica: {answer!r} instead of READONLY")


@GROUP.check(look_at=[REDIS_REPLICA.host, REDIS_VALUE.host])
def the_replica_follows_the_primary(system: System) -> str:
    """What the primary holds the replica holds a moment later, and what the primary deletes is gone there."""
    expect("role", redis_field(system, REDIS_REPLICA.host, "replication", "role"), "slave")
    expect("link to the primary", redis_field(system, REDIS_REPLICA.host, "replication", "master_link_status"), "up")
    redis(system, REDIS_VALUE.host, "SET", "e2e:followed", "1")
    wait_until(lambda: redis(system, REDIS_REPLICA.host, "GET", "e2e:followed") == "1", "the key is there", seconds=5)
    redis(system, REDIS_VALUE.host, "DEL", "e2e:followed")
    wait_until(lambda: redis(system, REDIS_REPLICA.host, "GET", "e2e:followed") == "", "the key is gone", seconds=5)
    behind = redis_field(system, REDIS_VALUE.host, "replication", "slave0").rpartition("lag=")[2]
    return f"{behind} s behind"


@GROUP.check(look_at=[REDIS_VALUE.host])
def the_primary_writes_to_disk_and_forgets_nothing(system: System) -> None:
    """Values outlive a restart of the primary, and none is thrown away to make room."""
    expect("append-only file", redis_field(system, REDIS_VALUE.host, "persistence", "aof_enabled"), "1")
    expect("its last write", redis_field(system, REDIS_VALUE.host, "persistence", "aof_last_write_status"), "ok")
    expect("maxmemory-policy", redis_field(system, REDIS_VALUE.host, "memory", "maxmemory_policy"), "noeviction")
    expect("evicted keys", redis_field(system, REDIS_VALUE.host, "stats", "evicted_keys"), "0")


@GROUP.check(look_at=[REDIS_CACHE.host])
def the_cache_makes_room_for_what_is_new(system: System) -> str:
    """A full cache takes what is new and forgets what was not used for longest; it never refuses, and never dies."""
    size = int(redis_field(system, REDIS_CACHE.host, "memory", "maxmemory"))
    before = int(redis_field(system, REDIS_CACHE.host, "stats", "evicted_keys"))
    restarts = _restarts(system)
    count = 2 * size // _MEBIBYTE
    keys = [f"e2e:filling:{number}" for number in range(count)]
    commands = "".join(f"SETRANGE {key} {_MEBIBYTE - 1} x\n" for key in keys)
    answers = redis(system, REDIS_CACHE.host, text=commands).split("\n")
    try:
        expect("answers other than the size", {each for each in answers if each != str(_MEBIBYTE)}, set())
        evicted = int(redis_field(system, REDIS_CACHE.host, "stats", "evicted_keys")) - before
        if not 0 < evicted < count:
            raise CheckFailedError(f"{evicted} keys were evicted after {count} MiB were written into {size} bytes")
        expect("the newest key is there", redis(system, REDIS_CACHE.host, "EXISTS", keys[-1]), "1")
        _require_oldest_evicted(system, keys)
        expect("restarts", _restarts(system), restarts)
    finally:
        redis(system, REDIS_CACHE.host, "DEL", *keys)
    return f"{count} MiB into {size // _MEBIBYTE} MiB: {evicted} of {count} keys were evicted"


def _require_oldest_evicted(system: System, keys: Sequence[str]) -> None:
    """Makes sure that more of the newest keys are left than of the oldest; Redis evicts the oldest of a sample.

    Raises:
        CheckFailedError: It is not so.
    """
    part = len(keys) // 4
    oldest, newest = (int(redis(system, REDIS_CACHE.host, "EXISTS", *each)) for each in (keys[:part], keys[-part:]))
    if oldest >= newest:
        raise CheckFailedError(f"{oldest} of the oldest {part} keys are left, and {newest} of the newest")


def _restarts(system: System) -> int:
    (pod,) = system.pods(REDIS_CACHE.host)
    return sum(container["restartCount"] for container in pod["status"]["containerStatuses"])
