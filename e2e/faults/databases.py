"""PostgreSQL and Redis: killed while someone writes, and a disk that is full.

What was acknowledged must be there afterwards. PostgreSQL acknowledges what is on its disk. Redis acknowledges what it
has handed to the operating system, which outlives a killed process; only while the disk is still busy with the second
before (`appendfsync everysec`), it does so up to two seconds early.
"""

import contextlib
import time
from collections.abc import Iterator, Mapping
from typing import Any

from charts.topology import COUNT_INFO, POSTGRESQL, REDIS_REPLICA, REDIS_VALUE
from e2e.check import Group, expect
from e2e.clients import psql, redis, redis_field
from e2e.errors import CheckFailedError, NotRunError
from e2e.faults.fault import fault
from e2e.killing import killer
from e2e.load import Load, put_anew, read, sending
from e2e.soundness import await_ready, await_restarts, restarts_of, until_none
from e2e.system import System

__all__ = ["GROUP"]

GROUP = Group("PostgreSQL and Redis")

WRITE, READ = "count-write-service", "count-read-service"
READ_ONLY = "e2e-read-only"
"""A count that is only read while something happens."""

_LEAD = 5
"""Seconds of writing before the fault."""

_EARLY = 2
"""Seconds by which Redis may acknowledge early."""

_FULL = 75
"""Seconds for which a disk is full; longer than it takes a liveness probe to have its container killed."""

_SMALL = 256 << 20
"""Largest disk, in bytes, that is filled."""

_FILLER = "/data/e2e-filler"


@fault(GROUP, look_at=[POSTGRESQL.host, WRITE], beside=True)
def PostgreSQL_is_killed_during_writes(system: System) -> str:  # noqa: N802 - the name of the check
    """Every write that was acknowledged is a row afterwards."""
    prefix = f"e2e-pg-{time.time_ns()}"
    with killer(system) as kill, sending(system.ingress, {"put": put_anew(prefix)}) as load:
        time.sleep(_LEAD)
        doomed = system.pods(POSTGRESQL.host)
        kill.kill_and_await_restart(doomed)
        seconds = await_ready(system, doomed)
        _await_success(load)
    acknowledged = {f"{prefix}-{each.number}" for each in load.acknowledged("put")}
    rows = psql(system, COUNT_INFO, f"SELECT id FROM count_info WHERE id LIKE '{prefix}-%'").split()  # noqa: S608
    expect("acknowledged counts that are no rows", acknowledged - set(rows), set())
    return f"ready {seconds:.0f} s later; {_summary(load)}, none of them lost"


@fault(GROUP, look_at=[REDIS_VALUE.host, REDIS_REPLICA.host, WRITE, READ], beside=True)
def the_Redis_primary_is_killed_during_writes(system: System) -> str:  # noqa: N802
    """Values that were acknowledged are there afterwards, on the replica too; meanwhile it answers all readers."""
    prefix = f"e2e-redis-{time.time_ns()}"
    system.ingress.write(READ_ONLY, 1)
    kinds = {"put": put_anew(prefix), "read": read(READ_ONLY)}
    with killer(system) as kill, sending(system.ingress, kinds) as load:
        time.sleep(_LEAD)
        doomed = system.pods(REDIS_VALUE.host)
        before, killing = restarts_of(doomed), time.monotonic()
        kill.kill(doomed)
        killed = time.monotonic()
        await_restarts(system, before)
        seconds = await_ready(system, doomed)
        _await_success(load)
    load.require_problems_only_if(lambda sent: sent.kind == "put")
    until_none(lambda: _replication_problems(system), seconds=60)
    lost = _lost(system, load, prefix)
    if any(not killing - _EARLY < moment < killed for moment in lost):
        raise CheckFailedError(f"{len(lost)} acknowledged values are lost, some acknowledged over {_EARLY} s before")
    reads = len(load.sent("read"))
    return f"ready {seconds:.0f} s later; {_summary(load)}, {len(lost)} of them lost; {reads} reads, none failed"


@fault(GROUP, look_at=[REDIS_VALUE.host, REDIS_REPLICA.host, READ], beside=True)
def the_disk_of_the_Redis_primary_is_full(system: System) -> str:  # noqa: N802
    """A full disk is told by the pod's readiness, kills nothing, is over when there is room, and has lost nothing."""
    prefix = f"e2e-full-{time.time_ns()}"
    system.ingress.write(READ_ONLY, 1)
    _require_small_disk(system)
    with sending(system.ingress, {"put": put_anew(prefix)}) as load:
        time.sleep(_LEAD)
    (pod,) = system.pods(REDIS_VALUE.host)
    with sending(system.ingress, {"read": read(READ_ONLY)}) as readers, _full_disk(system):
        full = time.monotonic()
        until_none(lambda: _untold(system, pod), seconds=60)
        expect("answer to a write", redis(system, REDIS_VALUE.host, "SET", "e2e:full", "1").split()[0], "MISCONF")
        time.sleep(max(0, full + _FULL - time.monotonic()))
        expect("why the pod was to be killed while its disk was full", _events(system, pod, "Killing"), [])
        expect("restarts while the disk was full", restarts_of(system.pods(REDIS_VALUE.host)), restarts_of([pod]))
    seconds = await_ready(system, [pod])
    with killer(system) as kill:  # so that what it holds is what was on its disk
        kill.kill_and_await_restart([pod])
        await_ready(system, [pod])
    until_none(lambda: _replication_problems(system), seconds=60)
    expect("acknowledged values that are lost", _lost(system, load, prefix), [])
    return f"full for {_FULL} s, ready {seconds:.0f} s after there was room; {readers.require_no_problem()}"


def _await_success(load: Load) -> None:
    """Waits until a write that was sent from now on is acknowledged."""
    began = time.monotonic()
    until_none(
        lambda: [] if any(each.began > began for each in load.acknowledged("put")) else ["no write is acknowledged"],
        seconds=120,
    )


def _summary(load: Load) -> str:
    return f"{len(load.acknowledged('put'))} of {len(load.sent('put'))} writes were acknowledged"


def _lost(system: System, load: Load, prefix: str) -> list[float]:
    """When the acknowledged values that are not on both servers were acknowledged."""
    servers = (REDIS_VALUE.host, REDIS_REPLICA.host)
    there = [set(redis(system, server, "KEYS", f"count:{prefix}-*").split()) for server in servers]
    keys = set.intersection(*there)
    return [each.ended for each in load.acknowledged("put") if f"count:{prefix}-{each.number}" not in keys]


def _replication_problems(system: System) -> list[str]:
    """Why the replica has not yet all that the primary holds."""
    if redis_field(system, REDIS_REPLICA.host, "replication", "master_link_status") != "up":
        return ["the replica's link is down"]
    sizes = {server: redis(system, server, "DBSIZE") for server in (REDIS_VALUE.host, REDIS_REPLICA.host)}
    return [] if len(set(sizes.values())) == 1 else [f"numbers of keys: {sizes}"]


def _require_small_disk(system: System) -> None:
    """Makes sure that not all of somebody's disk is filled.

    Raises:
        NotRunError: It is too large.
    """
    line = system.execute(REDIS_VALUE.host, "df", "-k", "-P", "/data").splitlines()[-1]
    size = int(line.split()[1]) << 10
    if size > _SMALL:
        raise NotRunError(
            f"the disk of {REDIS_VALUE.host} has {size >> 20} MiB; of more than {_SMALL >> 20} none is filled"
        )


@contextlib.contextmanager
def _full_disk(system: System) -> Iterator[None]:
    """Until the block ends, there is no room on the disk of the primary."""
    try:
        system.execute(REDIS_VALUE.host, "sh", "-c", f"dd if=/dev/zero of={_FILLER} bs=65536 2>/dev/null; sync")
        yield
    finally:
        system.execute(REDIS_VALUE.host, "rm", "-f", _FILLER)


def _untold(system: System, pod: Mapping[str, Any]) -> list[str]:
    """Writes what needs room; says so as long as `kubectl describe pod` does not tell of the full disk."""
    redis(system, REDIS_VALUE.host, "-x", "SET", "e2e:large", text="x" * 65536)
    told = _events(system, pod, "Unhealthy")
    if any("MISCONF" in message and "AOF" in message for message in told):
        return []
    return [f"no event of the pod says that it cannot write: {told}"]


def _events(system: System, pod: Mapping[str, Any], reason: str) -> list[str]:
    """The messages of a pod's events with a reason."""
    selector = f"involvedObject.uid={pod['metadata']['uid']},reason={reason}"
    return [event["message"] for event in system.objects("events", f"--field-selector={selector}")]
