"""ZooKeeper and Kafka: killed, and away."""

import time
from collections.abc import Mapping, Sequence
from functools import partial

from charts.topology import KAFKA, SERVICES, ZOOKEEPER
from e2e.browser import browsing
from e2e.check import Group
from e2e.errors import CheckFailedError
from e2e.faults.fault import fault, fault_each
from e2e.faults.flowing import FLOWING, await_flowing
from e2e.faults.topic import require_published
from e2e.killing import killer
from e2e.soundness import await_sound, crashed, until_none
from e2e.system import System

__all__ = ["APART", "TOGETHER"]

# Of their own, for pods of their own: before each further restart of a container the kubelet waits longer.
APART = Group("ZooKeeper and Kafka, one after the other")
TOGETHER = Group("ZooKeeper and Kafka together")

BEFORE, AFTER = "e2e-before", "e2e-after"
WAITING = tuple(service.name for service in SERVICES if KAFKA in service.waits_for)
"""The services that are lost when they start without Kafka."""

_CONCERNED = (ZOOKEEPER.host, KAFKA.host, *WAITING)

_APART = 5
"""Seconds between two kills, so that the one notices that the other is gone."""

_AWAY = 140
"""Seconds; the services try to reach Kafka for up to 131 s when they start. Kafka gives ZooKeeper up after 180."""


def they_are_killed(system: System, waves: Sequence[Sequence[str]]) -> str:
    """The topic and its messages are still there, and events flow again, without anyone's help."""
    token = time.time_ns() % 10**9
    system.ingress.write(BEFORE, token)
    with killer(system) as kill, browsing(system.ingress, BEFORE) as browser:
        for number, wave in enumerate(waves):
            time.sleep(_APART if number else 0)
            kill.kill_and_await_restart([pod for name in wave for pod in system.pods(name)])
        ready = await_sound(system)
        flowing = browser.wait_for_any(AFTER, FLOWING)
    require_published(system, BEFORE, token)
    return f"ready {ready:.0f} s after the kill, events {flowing:.0f} s later"


def _add(group: Group, kills: Mapping[str, Sequence[Sequence[str]]]) -> None:
    fault_each(group, kills, look_at=lambda _: _CONCERNED)(they_are_killed)


_add(APART, {"Kafka, then ZooKeeper": ((KAFKA.host,), (ZOOKEEPER.host,))})


@fault(APART, look_at=_CONCERNED)
def Kafka_is_away_when_the_services_start(system: System) -> str:  # noqa: N802 - the name of the check
    """Kafka waits 140 s for ZooKeeper, and the services for Kafka, without a crash; then all works."""
    try:
        for name in (KAFKA.host, ZOOKEEPER.host):  # Kafka first, so that ZooKeeper does not keep its place
            _scale(system, name, 0)
        _scale(system, KAFKA.host, 1)  # it waits for ZooKeeper, and listens to nobody
        system.kubectl("delete", "pods", f"--selector=app in ({','.join(WAITING)})", "--wait=false")
        end = time.monotonic() + _AWAY
        while time.monotonic() < end:
            _require_no_restart(system)
            time.sleep(5)
    finally:
        for name in (ZOOKEEPER.host, KAFKA.host):
            _scale(system, name, 1)
    ready = await_sound(system)
    _require_no_restart(system)
    flowing = await_flowing(system)
    return f"away for {_AWAY} s; ready {ready:.0f} s after the return of ZooKeeper, events {flowing:.0f} s later"


_add(APART, {"ZooKeeper, then Kafka": ((ZOOKEEPER.host,), (KAFKA.host,))})  # in new pods
_add(TOGETHER, {"both at once": ((ZOOKEEPER.host, KAFKA.host),)})


def _scale(system: System, name: str, replicas: int) -> None:
    """Sets how many pods a Deployment has; where none is left, waits until all are gone."""
    system.kubectl("scale", f"deployment/{name}", f"--replicas={replicas}")
    if not replicas:
        pods = partial(system.objects, "pods", f"--selector=app={name}")
        until_none(lambda: [pod["metadata"]["name"] for pod in pods()], seconds=90)


def _require_no_restart(system: System) -> None:
    """Makes sure that no container of Kafka and of the waiting services has crashed.

    Raises:
        CheckFailedError: One has.
    """
    pods = system.objects("pods", f"--selector=app in ({','.join((KAFKA.host, *WAITING))})")
    if names := crashed(pods):
        raise CheckFailedError(f"while Kafka was away, containers were restarted: {', '.join(names)}")
