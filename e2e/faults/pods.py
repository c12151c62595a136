"""Containers that are killed, and pods that are deleted.

PostgreSQL, the Redis primary, ZooKeeper and Kafka are killed in modules of their own.
"""

import contextlib
import time
from collections.abc import Collection, Iterator, Sequence

from charts.topology import INFRASTRUCTURE, REDIS_CACHE, REDIS_REPLICA, REDIS_VALUE, SERVICES
from e2e.check import Group, expect
from e2e.clients import redis, redis_field
from e2e.faults.fault import fault
from e2e.faults.flowing import await_flowing, flowing_after
from e2e.faults.topic import require_published
from e2e.killing import killer
from e2e.load import PAGES, increment, read, sending
from e2e.soundness import await_ready, await_sound, until_none
from e2e.system import System

__all__ = ["GROUP", "INFRASTRUCTURE_GROUP"]

GROUP = Group("Containers and pods")
INFRASTRUCTURE_GROUP = Group("Pods of the infrastructure")

ALL_SERVICES = tuple(service.name for service in SERVICES)
ALL_INFRASTRUCTURE = tuple(unit.name for unit in INFRASTRUCTURE)
STILL = "e2e-still"
"""A count that is only read while something happens."""

_COPY_AFTER = 10
"""Seconds for which a replica waits for its copy; longer than its container takes to start."""

_ENDED = 20
"""Longest time until the pod of a service with several is gone, in seconds: 5 for requests that still come, and some
for the program to end. One that does not end by itself is killed after 30."""

_SUDDEN = 3
"""Seconds until the node's agent and the proxies know that a process is gone."""


@fault(GROUP, look_at=ALL_SERVICES)
def a_container_of_each_service_is_killed(system: System) -> str:
    """A service that crashes is started again by itself, and its other pod answers meanwhile."""
    system.ingress.write(STILL, 1)
    kinds = {"read": read(STILL), "increment": increment("e2e-killed"), **PAGES}
    with killer(system) as kill, sending(system.ingress, kinds) as load:
        doomed = [system.pods(name)[0] for name in ALL_SERVICES]
        killed = time.monotonic()
        kill.kill_and_await_restart(doomed)
        seconds = await_ready(system, doomed)
    failed = load.require_problems_only_if(lambda sent: killed <= sent.ended and sent.began < killed + _SUDDEN)
    return f"ready {seconds:.0f} s later; of {len(load.sent())} requests {failed} failed, at that moment"


flowing_after(GROUP, "the containers of services are killed")


@fault(GROUP, look_at=[REDIS_CACHE.host], beside=True)
def the_cache_is_killed(system: System) -> str:
    """Without its cache the system answers all the same, and soon an empty one is there."""
    system.ingress.write(STILL, 1)
    redis(system, REDIS_CACHE.host, "SET", "e2e:cached", "1")
    with (
        killer(system) as kill,
        sending(system.ingress, {"read": read(STILL), "increment": increment("e2e-cache")}) as load,
    ):
        doomed = system.pods(REDIS_CACHE.host)
        kill.kill_and_await_restart(doomed)
        seconds = await_ready(system, doomed)
    expect("what the cache holds after a restart", redis(system, REDIS_CACHE.host, "DBSIZE"), "0")
    return f"ready {seconds:.0f} s later; {load.require_no_problem()}"


@fault(GROUP, look_at=[REDIS_REPLICA.host], beside=True)
def the_replica_is_killed(system: System) -> str:
    """A replica that starts answers readers only when it has all that the primary holds; who writes notices nothing."""
    with (
        killer(system) as kill,
        sending(system.ingress, {"increment": increment("e2e-replica")}) as load,
        _late_copies(system),
    ):
        doomed = system.pods(REDIS_REPLICA.host)
        kill.kill_and_await_restart(doomed)
        seconds = await_ready(system, doomed)
        expect("its link", redis_field(system, REDIS_REPLICA.host, "replication", "master_link_status"), "up")
    return f"ready {seconds:.0f} s later; {load.require_no_problem()}"


@fault(GROUP, look_at=ALL_SERVICES)
def all_pods_of_the_services_are_deleted(system: System) -> str:
    """Of deleted pods as many new ones take the place; the old ones end without being killed."""
    several = {name for name in ALL_SERVICES if len(system.pods(name)) > 1}  # a single pod goes on answering for longer
    return _delete_all(system, ALL_SERVICES, soon=several)


flowing_after(GROUP, "all pods of the services are deleted")


@fault(INFRASTRUCTURE_GROUP, look_at=ALL_INFRASTRUCTURE)
def all_pods_of_the_infrastructure_are_deleted(system: System) -> str:
    """All data is on disks that outlive the pods: rows, values and messages are there, and events flow again."""
    system.ingress.write(STILL, 4711)
    remark = _delete_all(system, ALL_INFRASTRUCTURE)
    flowing = await_flowing(system)
    expect("the value that was written before", system.ingress.value(STILL), 4711)
    require_published(system, STILL, 4711)
    return f"{remark}, events {flowing:.0f} s after that"


@contextlib.contextmanager
def _late_copies(system: System) -> Iterator[None]:
    """Until the block ends, the primary lets a replica wait for its copy, as when it holds much more data."""
    name = "repl-diskless-sync-delay"
    usual = redis(system, REDIS_VALUE.host, "CONFIG", "GET", name).splitlines()[-1]
    redis(system, REDIS_VALUE.host, "CONFIG", "SET", name, str(_COPY_AFTER))
    try:
        yield
    finally:
        redis(system, REDIS_VALUE.host, "CONFIG", "SET", name, usual)


def _delete_all(system: System, workloads: Sequence[str], *, soon: Collection[str] = ()) -> str:
    """Deletes all pods of some workloads at once, and waits until others are ready in their place.

    Args:
        system: The system.
        workloads: The workloads.
        soon: Those of them whose pods must be gone before they would be killed.
    """
    began = time.monotonic()
    gone = {pod["metadata"]["uid"]: name for name in workloads for pod in system.pods(name)}
    system.kubectl("delete", "pods", f"--selector=app in ({','.join(workloads)})", "--wait=false")

    def left(names: Collection[str]) -> list[str]:
        uids = {uid for uid, name in gone.items() if name in names}
        pods = [pod["metadata"] for pod in system.objects("pods")]
        return [f"{pod['name']} is there" for pod in pods if pod["uid"] in uids]

    until_none(lambda: left(soon), seconds=_ENDED)
    until_none(lambda: left(workloads), seconds=120)
    seconds = time.monotonic() - began
    return f"{len(gone)} pods gone after {seconds:.0f} s, others ready {await_sound(system):.0f} s later"
