"""When what happened in a deployment: its phases by what deploy.sh says, its pods by the cluster's own times."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from e2e.scripts import Event

__all__ = ["Phase", "Pod", "Timeline", "timeline_of"]


@dataclass(frozen=True, kw_only=True)
class Pod:
    """A pod, in seconds since the deployment began; None for what has not happened.

    Args:
        name: Its name.
        created: When it was created.
        started: When its last container started.
        ready: When it became ready, or ended well if it is a Job's.
    """

    name: str
    created: float
    started: float | None
    ready: float | None


@dataclass(frozen=True, kw_only=True)
class Phase:
    """A phase of the deployment, in seconds since it began.

    Args:
        title: What it does.
        began: When it began.
        ended: When the next one began, or deploy.sh ended.
        pods: The pods of its workloads, in the order in which they were created.
    """

    title: str
    began: float
    ended: float
    pods: tuple[Pod, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """A deployment.

    Args:
        seconds: How long it took.
        phases: Its phases in order.
    """

    seconds: float
    phases: tuple[Phase, ...]


def timeline_of(
    events: Sequence[Event], pods: Iterable[Mapping[str, Any]], workloads: Mapping[str, Sequence[str]]
) -> Timeline:
    """The timeline of a deployment.

    Args:
        events: What deploy.sh said, from its first event on.
        pods: The pods as the API has them, right after the deployment.
        workloads: The names of each phase's workloads, which their pods bear as the label `app`, by the phase's title.
    """
    start, end = events[0].time, events[-1].time
    starts = [event for event in events if event.name == "phase_started"]
    ends = [*(event.time for event in starts[1:]), end]
    of_workload: dict[str, list[Pod]] = {}
    for pod in pods:
        of_workload.setdefault(pod["metadata"]["labels"].get("app", ""), []).append(_pod(pod, start))
    phases = (
        Phase(
            title=event.members["title"],
            began=_seconds(event.time, start),
            ended=_seconds(ended, start),
            pods=tuple(
                sorted(
                    (pod for name in workloads.get(event.members["title"], ()) for pod in of_workload.get(name, ())),
                    key=lambda pod: (pod.created, pod.name),
                )
            ),
        )
        for event, ended in zip(starts, ends, strict=True)
    )
    return Timeline(seconds=_seconds(end, start), phases=tuple(phases))


def _pod(pod: Mapping[str, Any], start: datetime) -> Pod:
    status = pod["status"]
    states = [container["state"] for container in status.get("containerStatuses", ())]
    started = [state.get("running", state.get("terminated", {})).get("startedAt") for state in states]
    finished = [state.get("terminated", {}).get("finishedAt") for state in states]
    ready = [
        condition["lastTransitionTime"]
        for condition in status.get("conditions", ())
        if condition["type"] == "Ready" and condition["status"] == "True"
    ]
    done = finished if status["phase"] == "Succeeded" else ready
    return Pod(
        name=pod["metadata"]["name"],
        created=_seconds(datetime.fromisoformat(pod["metadata"]["creationTimestamp"]), start),
        started=_last(started, start),
        ready=_last(done, start),
    )


def _last(times: Sequence[str | None], start: datetime) -> float | None:
    known = [_seconds(datetime.fromisoformat(time), start) for time in times if time]
    return max(known) if known and len(known) == len(times) else None


def _seconds(time: datetime, start: datetime) -> float:
    return (time - start).total_seconds()
