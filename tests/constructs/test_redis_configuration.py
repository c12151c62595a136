"""What a real Redis does with each configuration."""

import os
import signal
from collections.abc import Callable

from cdk8s_backend import redis_configuration
from cdk8s_backend.errors import InvalidValueError

import pytest

from tests.support.processes import wait_until
from tests.support.redis import Redis, RedisServers

MIB = 1024 * 1024
CONFIGURATIONS = [redis_configuration.primary, redis_configuration.replica, redis_configuration.cache]
PERSISTENT = {
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory-policy": "noeviction",
    "maxmemory": str(60 * MIB),
    "repl-diskless-sync-delay": "0",
    "protected-mode": "no",
}
FOLLOWING = {"replica-read-only": "yes", "replica-serve-stale-data": "yes", "shutdown-on-sigterm": "force"}
THOUSAND_KEYS = """for i = 1, 1000 do redis.call('set', KEYS[1] .. ':' .. i, string.rep('x', 1000)) end return 'OK'"""


def text(configuration: Callable[..., str], *, memory_limit: int = 64 * MIB) -> str:
    """Returns a configuration without the pod's volume, which Redis enters while it reads the text."""
    return configuration(memory_limit_bytes=memory_limit).replace("dir /data\n", "")


def fill(server: Redis, *, thousands: int) -> list[str]:
    """Writes keys `1:1` to `<thousands>:1000`, about 1 MB for each thousand, and returns the answers."""
    return [server.cli("eval", THOUSAND_KEYS, "1", str(number)) for number in range(1, thousands + 1)]


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        (redis_configuration.primary, PERSISTENT),
        (redis_configuration.replica, PERSISTENT | FOLLOWING),
        (
            redis_configuration.cache,
            {
                "save": "",
                "appendonly": "no",
                "maxmemory-policy": "allkeys-lru",
                "maxmemory": str(75 * MIB),
                "protected-mode": "no",
            },
        ),
    ],
    ids=["primary", "replica", "cache"],
)
def test_redis_takes_the_configuration(
    redis_server: RedisServers, configuration: Callable[..., str], expected: dict[str, str]
) -> None:
    server = redis_server.start(text(configuration, memory_limit=100 * MIB))

    seen = {key: server.cli("config", "get", key).splitlines()[1:] for key in expected}

    assert {key: "".join(lines) for key, lines in seen.items()} == expected


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_a_comment_explains_each_setting(configuration: Callable[..., str]) -> None:
    lines = configuration(memory_limit_bytes=MIB).splitlines()

    assert "dir /data" in lines
    assert all(line.startswith("# ") for line in lines[::2])
    assert not any(line.startswith("#") for line in lines[1::2])


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_that_is_not_positive_is_an_error(configuration: Callable[..., str], limit: int) -> None:
    with pytest.raises(InvalidValueError, match=f"memory_limit_bytes {limit} must be positive"):
        configuration(memory_limit_bytes=limit)


def test_the_primary_refuses_writes_without_room_and_evicts_nothing(redis_server: RedisServers) -> None:
    server = redis_server.start(text(redis_configuration.primary, memory_limit=10 * MIB))

    answers = fill(server, thousands=10)

    assert answers[0] == "OK"
    assert "OOM command not allowed" in answers[-1]
    assert server.cli("strlen", "1:1") == "1000"
    assert "evicted_keys:0" in server.cli("info", "stats")


def test_the_primary_keeps_what_it_stored_when_it_is_killed(redis_server: RedisServers) -> None:
    configuration = text(redis_configuration.primary)
    killed = redis_server.start(configuration)
    killed.cli("set", "count:visits", "42")
    server_information = dict(line.split(":", 1) for line in killed.cli("info", "server").splitlines() if ":" in line)
    os.kill(int(server_information["process_id"]), signal.SIGKILL)

    successor = redis_server.start(configuration, "--dir", str(killed.folder))

    assert successor.cli("get", "count:visits") == "42"


def test_the_replica_follows_the_primary_and_refuses_writes(redis_server: RedisServers) -> None:
    primary = redis_server.start(text(redis_configuration.primary))
    primary.cli("set", "before", "1")
    replica = redis_server.start(text(redis_configuration.replica), "--replicaof", "127.0.0.1", str(primary.port))
    wait_until(lambda: replica.cli("get", "before") == "1", "the replica has its first copy", seconds=20)

    primary.cli("set", "after", "2")
    wait_until(lambda: replica.cli("get", "after") == "2", "the replica follows", seconds=20)
    assert "READONLY" in replica.cli("set", "mine", "3")


def test_the_replica_answers_readers_while_the_primary_is_away(redis_server: RedisServers) -> None:
    primary = redis_server.start(text(redis_configuration.primary))
    primary.cli("set", "count:visits", "42")
    replica = redis_server.start(text(redis_configuration.replica), "--replicaof", "127.0.0.1", str(primary.port))
    wait_until(lambda: replica.cli("get", "count:visits") == "42", "the replica has its first copy", seconds=20)

    primary.cli("shutdown")
    wait_until(lambda: "master_link_status:down" in replica.cli("info", "replication"), "the link is down")

    assert replica.cli("get", "count:visits") == "42"


def test_the_cache_forgets_what_is_old_and_takes_what_is_new(redis_server: RedisServers) -> None:
    server = redis_server.start(text(redis_configuration.cache, memory_limit=8 * MIB))

    answers = fill(server, thousands=12)

    assert set(answers) == {"OK"}
    assert int(server.cli("dbsize")) > 0
    assert "evicted_keys:0" not in server.cli("info", "stats")


def test_the_cache_writes_no_files(redis_server: RedisServers) -> None:
    server = redis_server.start(text(redis_configuration.cache))
    server.cli("set", "k", "v")

    server.cli("shutdown")

    assert {path.name for path in server.folder.iterdir()} == {"redis.conf", "log"}
