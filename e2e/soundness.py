"""Whether the system is sound: all of it is ready, and a count that is written is read."""

import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import httpx

from e2e.errors import CheckFailedError
from e2e.system import System

__all__ = [
    "await_ready",
    "await_restarts",
    "await_sound",
    "crashed",
    "is_ready",
    "problems_of",
    "restarts_of",
    "until_none",
]

_COUNT = "e2e-sound"

Restarts = Mapping[tuple[str, str], int]
"""How often each container was restarted, by the uid of its pod and its name."""


def until_none(problems: Callable[[], Sequence[str]], *, seconds: float, pause: float = 1) -> float:
    """Asks until there are no problems any more, and returns after how many seconds.

    Args:
        problems: What is wrong now.
        seconds: Longest time.
        pause: Seconds between two questions.

    Raises:
        CheckFailedError: There are some when the time is over; the message names them.
    """
    began = time.monotonic()
    while found := problems():
        if time.monotonic() - began > seconds:
            raise CheckFailedError(f"after {seconds:.0f} s still: {'; '.join(found)}")
        time.sleep(pause)
    return time.monotonic() - began


def await_sound(system: System, *, seconds: float = 180) -> float:
    """Waits until the system is sound, and returns after how many seconds.

    Raises:
        CheckFailedError: It is not when the time is over; the message says what is wrong.
    """
    return until_none(lambda: _problems(system), seconds=seconds)


def problems_of(workloads: Iterable[Mapping[str, Any]]) -> list[str]:
    """What is wrong with Deployments and StatefulSets: each whose pods are not all there, up to date, and ready."""
    found = []
    for workload in workloads:
        wanted, status = workload["spec"]["replicas"], workload["status"]
        counts = {name: status.get(name, 0) for name in ("replicas", "updatedReplicas", "readyReplicas")}
        if status.get("observedGeneration") != workload["metadata"]["generation"] or set(counts.values()) != {wanted}:
            says = ", ".join(f"{name} {count}" for name, count in counts.items())
            found.append(f"{workload['kind']}/{workload['metadata']['name']}: {says} of {wanted}")
    return found


def restarts_of(pods: Iterable[Mapping[str, Any]]) -> Restarts:
    """How often the containers of pods were restarted, without their init containers."""
    return _restarts_of(pods, "containerStatuses")


def crashed(pods: Iterable[Mapping[str, Any]]) -> list[str]:
    """The names of the containers of pods that were restarted, init containers among them."""
    pods = list(pods)
    restarts = {**_restarts_of(pods, "initContainerStatuses"), **_restarts_of(pods, "containerStatuses")}
    return [name for (_, name), count in restarts.items() if count]


def _restarts_of(pods: Iterable[Mapping[str, Any]], statuses: str) -> Restarts:
    return {
        (pod["metadata"]["uid"], status["name"]): status["restartCount"]
        for pod in pods
        for status in pod["status"].get(statuses, ())
    }


def await_restarts(system: System, before: Restarts, *, seconds: float = 120) -> None:
    """Waits until each container has been restarted.

    Args:
        system: The system.
        before: How often they were before.
        seconds: Longest time. The kubelet waits 10 s before the second restart of a container, and twice as long
            before each further one.

    Raises:
        CheckFailedError: Some have not when the time is over, or their pods have been replaced.
    """

    def problems() -> list[str]:
        now = restarts_of(system.objects("pods"))
        return [
            f"{name} was not restarted" for (uid, name), count in before.items() if now.get((uid, name), -1) <= count
        ]

    until_none(problems, seconds=seconds)


def await_ready(system: System, pods: Iterable[Mapping[str, Any]], *, seconds: float = 120) -> float:
    """Waits until some pods are ready, and returns after how many seconds.

    Raises:
        CheckFailedError: One is not when the time is over, or is no more.
    """
    names = {pod["metadata"]["name"] for pod in pods}

    def problems() -> list[str]:
        ready = {pod["metadata"]["name"] for pod in system.objects("pods") if is_ready(pod)}
        return [f"{name} is not ready" for name in sorted(names - ready)]

    return until_none(problems, seconds=seconds)


def is_ready(pod: Mapping[str, Any]) -> bool:
    """Whether a pod is ready."""
    return any(each["type"] == "Ready" and each["status"] == "True" for each in pod["status"].get("conditions", ()))


def _problems(system: System) -> list[str]:
    return problems_of(system.objects("deployments,statefulsets")) or _count_problems(system)


def _count_problems(system: System) -> list[str]:
    value = secrets.randbelow(10**9)
    try:
        system.ingress.write(_COUNT, value)
        for _ in range(10):  # the replica is a moment behind
            if system.ingress.value(_COUNT) == value:
                return []
            time.sleep(0.2)
    except httpx.HTTPError as error:
        return [f"writing and reading a count: {type(error).__name__}: {error}"]
    return [f"the count that was written is not read as {value}"]
