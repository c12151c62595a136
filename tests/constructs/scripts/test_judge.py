"""Both shells judge the facts of a poll alike, and as it is written down here."""

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.constructs.scripts.sample import TEMPLATES
from tests.support.parts import need_program

NOW, GRACE = 100, 120
WEB, STORE = "Awaited|Deployment|web|30", "Awaited|StatefulSet|store|40"
PREPARE, MAIL = "Awaited|Job|prepare|0", "Awaited|ExternalSecret|mail|0"
SET = "ReplicaSet|web-6f7|web|2\nReplicaSet|web-5c4|web|1"

POWERSHELL = """Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
foreach ($part in 'facts', 'judge') { . (Join-Path $args[0] "$part.ps1") }
$separator = [string][char]30
$cases = [Console]::In.ReadToEnd() -split $separator
$answers = foreach ($case in $cases) { @(Get-Verdict ($case -split "`n")) -join "`n" }
[Console]::Out.Write($answers -join $separator)
"""


@dataclass(frozen=True, kw_only=True)
class Case:
    """Awaited workloads, facts and watches of the last poll, and the verdicts."""

    awaited: str
    facts: str = ""
    watches: list[str] = field(default_factory=list)
    grace: int = GRACE
    verdicts: list[str]

    @property
    def lines(self) -> str:
        return "\n".join([f"Now|{NOW}|{self.grace}", self.awaited, *self.watches, self.facts])


def web(
    *, observed: int = 2, wanted: int = 1, updated: int = 1, available: int = 0, total: int = 1, revision: int = 2
) -> str:
    return f"Deployment|web|2|{observed}|{wanted}|{updated}|{available}|{total}|{revision}\n{SET}"


def store(*, observed: int = 2, wanted: int = 1, updated: int = 1, ready: int = 0, current: str = "b") -> str:
    return f"StatefulSet|store|2|{observed}|{wanted}|{updated}|{ready}|{current}|b"


def pod(
    name: str = "web-6f7-x",
    owner: str = "ReplicaSet|web-6f7",
    *,
    revision: str = "none",
    ready: str = "False",
    leaving: str = "",
    phase: str = "Pending",
) -> str:
    return f"Pod|{name}|{owner}|{revision}|{ready}|{leaving}|{phase}|2026-01-01T00:00:00Z"


def state(reason: str, message: str = "", *, of: str = "web-6f7-x", container: str = "web", kind: str = "State") -> str:
    return f'{kind}|{of}|{container}|{reason}|0|"{message}"'


def web_waits(reason: str, message: str = "") -> str:
    return f"{web()}\n{pod()}\n{state(reason, message)}"


def news(reason: str, message: str = "", *, family: str, limit: int, container: str = "web") -> list[str]:
    """The verdicts on web when its pod has begun to wait."""
    return [
        "Pending|Deployment/web|0/1",
        f'News|Pod/web-6f7-x|{reason}|"{message}"',
        f"Watch|web-6f7-x/{container}|{family}|{NOW}|{limit}",
    ]


def carried(family: str, since: int, limit: int) -> str:
    return f"Watch|web-6f7-x/web|{family}|{since}|{limit}"


NO_KEY = "configmap references non-existent config key: no-key"
DENIED = 'pods \\"store-0\\" is forbidden: exceeded quota: few'


def event(reason: str, message: str = "", *, of: str = "u1", version: int = 7) -> str:
    return f'Event|{of}|{version}|{reason}|"{message}"'


def web_begins(*events: str) -> str:
    return "\n".join([web(), pod(), "Begins|web-6f7-x|u1", *events])


def told(message: str, *, limit: int = 15, reason: str = "FailedMount") -> list[str]:
    """The verdicts on web when an event has told of its pod."""
    return [
        "Pending|Deployment/web|0/1",
        f"Watch|web-6f7-x/-|silent|{NOW}|0",
        f'News|Pod/web-6f7-x|{reason}|"{message}"',
        f"Watch|web-6f7-x/-|told|{NOW}|{limit}|7",
    ]


def silent(what: str, since: int = 85, event: int | None = 3) -> list[str]:
    """The watches of what has been silent for long, and of its event."""
    return [f"Watch|{what}|silent|{since}|0", *([f"Watch|{what}|told|{since}|15|{event}"] if event else [])]


def store_without_pods(*lines: str, wanted: int = 1) -> str:
    return "\n".join([store(wanted=wanted, updated=0), "Makes|StatefulSet/store|u1", *lines])


def prepare(*lines: str) -> str:
    return "\n".join(["Job|prepare||x", "Makes|Job/prepare|u1", *lines])


OLD_STORE = pod("store-0", "StatefulSet|store", revision="a")
RUNNING_OLD_STORE = pod("store-0", "StatefulSet|store", revision="a", phase="Running")
STUCK_SET = ["Pending|StatefulSet/store|0/1"]

CASES = {
    "nothing is awaited": Case(awaited="", facts=web(), verdicts=[]),
    "a Deployment is ready": Case(awaited=WEB, facts=web(available=1), verdicts=["Ready|Deployment/web"]),
    "a Deployment is not there": Case(awaited=WEB, verdicts=["Pending|Deployment/web|"]),
    "a Deployment without replicas": Case(
        awaited=WEB, facts=web(wanted=0, updated=0, total=0), verdicts=["Ready|Deployment/web"]
    ),
    "a Deployment of which the controller has not seen the newest form": Case(
        awaited=WEB,
        facts=f"{web(observed=1, available=1)}\n{pod()}\n{state('ErrImagePull')}",
        verdicts=["Pending|Deployment/web|1/1"],
    ),
    "a Deployment with pods of the older revision": Case(
        awaited=WEB, facts=web(wanted=3, updated=2, available=3, total=4), verdicts=["Pending|Deployment/web|1/3"]
    ),
    "a Deployment with more old pods than are ready": Case(
        awaited=WEB, facts=web(wanted=2, updated=1, available=1, total=3), verdicts=["Pending|Deployment/web|0/2"]
    ),
    "no name of an image": Case(
        awaited=WEB, facts=web_waits("InvalidImageName"), verdicts=news("InvalidImageName", family="pull", limit=15)
    ),
    "an image that is never pulled": Case(
        awaited=WEB, facts=web_waits("ErrImageNeverPull"), verdicts=news("ErrImageNeverPull", family="pull", limit=15)
    ),
    "an image that is not there": Case(
        awaited=WEB,
        facts=web_waits("ErrImagePull", "manifest Not Found"),
        verdicts=news("ErrImagePull", "manifest Not Found", family="pull", limit=15),
    ),
    "an image that nobody may pull": Case(
        awaited=WEB,
        facts=web_waits("ImagePullBackOff", "no basic auth credentials"),
        verdicts=news("ImagePullBackOff", "no basic auth credentials", family="pull", limit=15),
    ),
    "an image that comes late": Case(
        awaited=WEB,
        facts=web_waits("ImagePullBackOff", "i/o timeout"),
        verdicts=news("ImagePullBackOff", "i/o timeout", family="pull", limit=45),
    ),
    "another reason of the same family keeps the begin and the shorter limit": Case(
        awaited=WEB,
        facts=web_waits("ImagePullBackOff", "Back-off"),
        watches=[carried("pull", 90, 15)],
        verdicts=["Pending|Deployment/web|0/1", carried("pull", 90, 15)],
    ),
    "a shorter limit holds from the begin": Case(
        awaited=WEB,
        facts=web_waits("ErrImagePull", "denied"),
        watches=[carried("pull", 80, 45)],
        verdicts=[
            "Pending|Deployment/web|0/1",
            carried("pull", 80, 15),
            'Failed|Deployment/web|web-6f7-x|ErrImagePull|"denied"',
        ],
    ),
    "a state whose time is just over": Case(
        awaited=WEB,
        facts=web_waits("CrashLoopBackOff", "back-off | 10s"),
        watches=[carried("crash", 55, 45)],
        verdicts=[
            "Pending|Deployment/web|0/1",
            carried("crash", 55, 45),
            'Failed|Deployment/web|web-6f7-x|CrashLoopBackOff|"back-off | 10s"',
        ],
    ),
    "a state whose time is nearly over": Case(
        awaited=WEB,
        facts=web_waits("CrashLoopBackOff"),
        watches=[carried("crash", 56, 45)],
        verdicts=["Pending|Deployment/web|0/1", carried("crash", 56, 45)],
    ),
    "a configuration that is not there": Case(
        awaited=WEB,
        facts=web_waits("CreateContainerConfigError", 'secret \\"x\\" not found'),
        verdicts=news("CreateContainerConfigError", 'secret \\"x\\" not found', family="config", limit=15),
    ),
    "a configuration that the node has not seen yet": Case(
        awaited=WEB,
        facts=web_waits("CreateContainerConfigError", "failed to sync secret cache: timed out"),
        verdicts=["Pending|Deployment/web|0/1"],
    ),
    "a container that cannot be made": Case(
        awaited=WEB,
        facts=web_waits("CreateContainerError"),
        verdicts=news("CreateContainerError", family="crash", limit=45),
    ),
    "a container that cannot be started": Case(
        awaited=WEB, facts=web_waits("RunContainerError"), verdicts=news("RunContainerError", family="crash", limit=45)
    ),
    "a container that runs again after a crash is watched on": Case(
        awaited=WEB,
        facts=web_waits("Running"),
        watches=[carried("crash", 70, 45)],
        verdicts=["Pending|Deployment/web|0/1", carried("crash", 70, 45)],
    ),
    "a container that has just ended is watched on": Case(
        awaited=WEB,
        facts=web_waits("Error", "exit code 1 "),
        watches=[carried("crash", 10, 45)],
        verdicts=["Pending|Deployment/web|0/1", carried("crash", 10, 45)],
    ),
    "a container that has ended for the first time": Case(
        awaited=WEB, facts=web_waits("Error", "exit code 1 "), verdicts=["Pending|Deployment/web|0/1"]
    ),
    "a reason of no family": Case(
        awaited=WEB, facts=web_waits("ContainerStatusUnknown"), verdicts=["Pending|Deployment/web|0/1"]
    ),
    "how a container ended before is no state": Case(
        awaited=WEB,
        facts=f"{web()}\n{pod()}\n{state('CrashLoopBackOff', kind='Last')}",
        verdicts=["Pending|Deployment/web|0/1"],
    ),
    "a state that is over is forgotten": Case(
        awaited=WEB,
        facts=f"{web()}\n{pod()}",
        watches=[carried("pull", 90, 15)],
        verdicts=["Pending|Deployment/web|0/1"],
    ),
    "each container has its own state": Case(
        awaited=WEB,
        facts=f"{web()}\n{pod()}\n{state('CrashLoopBackOff', container='init')}\n{state('InvalidImageName')}",
        watches=[carried("pull", 99, 15)],
        verdicts=[
            *news("CrashLoopBackOff", family="crash", limit=45, container="init"),
            carried("pull", 99, 15),
        ],
    ),
    "a pod without a node": Case(
        awaited=WEB,
        facts=f"{web()}\n{pod()}\n{state('Unschedulable', 'no cpu', container='-')}",
        verdicts=news("Unschedulable", "no cpu", family="schedule", limit=120, container="-"),
    ),
    "a pod without a node for longer than it is given": Case(
        awaited=WEB,
        facts=f"{web()}\n{pod()}\n{state('Unschedulable', 'no cpu', container='-')}",
        watches=["Watch|web-6f7-x/-|schedule|93|7"],
        grace=7,
        verdicts=[
            "Pending|Deployment/web|0/1",
            "Watch|web-6f7-x/-|schedule|93|7",
            'Failed|Deployment/web|web-6f7-x|Unschedulable|"no cpu"',
        ],
    ),
    "a pod for which the scheduler has failed": Case(
        awaited=WEB,
        facts=f"{web()}\n{pod()}\n{state('SchedulerError', 'binding volumes: timed out', container='-')}",
        verdicts=news("SchedulerError", "binding volumes: timed out", family="schedule", limit=120, container="-"),
    ),
    "a pod of which another scheduler says in its own words that it has no node": Case(
        awaited=WEB,
        facts=f"{web()}\n{pod()}\n{state('NotEnoughResources', 'no cpu', container='-')}",
        verdicts=news("NotEnoughResources", "no cpu", family="schedule", limit=120, container="-"),
    ),
    "a pod that is not to be scheduled yet": Case(
        awaited=WEB,
        facts=f"{web()}\n{pod()}\n{state('SchedulingGated', 'gated', container='-')}",
        watches=["Watch|web-6f7-x/-|unscheduled|1|7"],
        grace=7,
        verdicts=["Pending|Deployment/web|0/1"],
    ),
    "a pod of which the scheduler has said nothing yet is no news": Case(
        awaited=WEB,
        facts=f"{web()}\n{pod()}\n{state('Unscheduled', container='-')}",
        verdicts=["Pending|Deployment/web|0/1", f"Watch|web-6f7-x/-|unscheduled|{NOW}|120"],
    ),
    "a pod of which the scheduler says nothing for longer than it is given": Case(
        awaited=WEB,
        facts=f"{web()}\n{pod()}\n{state('Unscheduled', 'PersistentVolumeClaim/data: Pending', container='-')}",
        watches=["Watch|web-6f7-x/-|unscheduled|93|7"],
        grace=7,
        verdicts=[
            "Pending|Deployment/web|0/1",
            "Watch|web-6f7-x/-|unscheduled|93|7",
            'Failed|Deployment/web|web-6f7-x|Unscheduled|"PersistentVolumeClaim/data: Pending"',
        ],
    ),
    "what the scheduler says at last is news, and counts from when it said nothing": Case(
        awaited=WEB,
        facts=f"{web()}\n{pod()}\n{state('SchedulerError', 'no disk', container='-')}",
        watches=["Watch|web-6f7-x/-|unscheduled|30|120"],
        verdicts=[
            "Pending|Deployment/web|0/1",
            'News|Pod/web-6f7-x|SchedulerError|"no disk"',
            "Watch|web-6f7-x/-|schedule|30|120",
        ],
    ),
    "a pod that runs and is not ready": Case(
        awaited=WEB,
        facts=f"{web()}\n{pod(phase='Running')}",
        verdicts=["Pending|Deployment/web|0/1", f"Watch|web-6f7-x/-|unready|{NOW}|30"],
    ),
    "a pod that has not become ready in the time of its probes": Case(
        awaited=WEB,
        facts=f"{web()}\n{pod(phase='Running')}",
        watches=["Watch|web-6f7-x/-|unready|70|30"],
        verdicts=[
            "Pending|Deployment/web|0/1",
            "Watch|web-6f7-x/-|unready|70|30",
            'Failed|Deployment/web|web-6f7-x|Unready|""',
        ],
    ),
    "a pod whose probes say nothing": Case(
        awaited="Awaited|Deployment|web|0",
        facts=f"{web()}\n{pod(phase='Running')}",
        verdicts=["Pending|Deployment/web|0/1"],
    ),
    "pods that are ready, leaving, or of an older ReplicaSet": Case(
        awaited=WEB,
        facts="\n".join(
            [
                web(),
                pod("web-6f7-a", ready="True", phase="Running"),
                pod("web-6f7-b", leaving="2026-01-01T00:00:00Z"),
                pod("web-5c4-c", "ReplicaSet|web-5c4"),
                *(state("ErrImagePull", of=name) for name in ("web-6f7-a", "web-6f7-b", "web-5c4-c")),
            ]
        ),
        verdicts=["Pending|Deployment/web|0/1"],
    ),
    "a Deployment that makes no progress": Case(
        awaited=WEB,
        facts=f'{web()}\nStalled|Deployment|web|ProgressDeadlineExceeded|"too | late"',
        verdicts=[
            "Pending|Deployment/web|0/1",
            'News|Deployment/web|ProgressDeadlineExceeded|"too | late"',
            f"Watch|Deployment/web|stalled|{NOW}|15",
        ],
    ),
    "a Deployment that may make no pods": Case(
        awaited=WEB,
        facts=f'{web()}\nStalled|Deployment|web|FailedCreate|"quota"',
        watches=["Watch|Deployment/web|stalled|55|45"],
        verdicts=[
            "Pending|Deployment/web|0/1",
            "Watch|Deployment/web|stalled|55|45",
            'Failed|Deployment/web|-|FailedCreate|"quota"',
        ],
    ),
    "what was said of an older form of a Deployment": Case(
        awaited=WEB,
        facts=f'{web(observed=1)}\nStalled|Deployment|web|ProgressDeadlineExceeded|""',
        verdicts=["Pending|Deployment/web|0/1"],
    ),
    "a Deployment that is refused its pods": Case(
        awaited=WEB,
        facts=f'{web()}\nStalled|Deployment|web|FailedCreate|"violates, so it is forbidden"',
        verdicts=[
            "Pending|Deployment/web|0/1",
            'News|Deployment/web|FailedCreate|"violates, so it is forbidden"',
            f"Watch|Deployment/web|stalled|{NOW}|15",
        ],
    ),
    "a Deployment whose newer pods a quota refuses until older ones are gone": Case(
        awaited=WEB,
        facts=f'{web()}\nStalled|Deployment|web|FailedCreate|"forbidden: exceeded quota"',
        verdicts=[
            "Pending|Deployment/web|0/1",
            'News|Deployment/web|FailedCreate|"forbidden: exceeded quota"',
            f"Watch|Deployment/web|stalled|{NOW}|45",
        ],
    ),
    "a pod that has yet to begin": Case(
        awaited=WEB,
        facts=web_begins(),
        verdicts=["Pending|Deployment/web|0/1", f"Watch|web-6f7-x/-|silent|{NOW}|0"],
    ),
    "a pod that has yet to begin for long": Case(
        awaited=WEB,
        facts=web_begins(),
        watches=silent("web-6f7-x/-", event=None),
        verdicts=["Pending|Deployment/web|0/1", "Watch|web-6f7-x/-|silent|85|0"],
    ),
    "a pod whose container waits tells of it itself": Case(
        awaited=WEB,
        facts=f"{web_begins(event('FailedMount', NO_KEY))}\n{state('ErrImageNeverPull')}",
        verdicts=news("ErrImageNeverPull", family="pull", limit=15),
    ),
    "a volume of a key that is not there": Case(
        awaited=WEB, facts=web_begins(event("FailedMount", NO_KEY)), verdicts=told(NO_KEY)
    ),
    "a volume of a Secret that is not there": Case(
        awaited=WEB,
        facts=web_begins(event("FailedMount", 'secret \\"x\\" not found')),
        verdicts=told('secret \\"x\\" not found'),
    ),
    "a volume whose driver may come later": Case(
        awaited=WEB,
        facts=web_begins(event("FailedMount", "driver name nfs not found")),
        verdicts=told("driver name nfs not found", limit=GRACE),
    ),
    "a disk that another node may give back": Case(
        awaited=WEB,
        facts=web_begins(event("FailedAttachVolume", "Multi-Attach error")),
        verdicts=told("Multi-Attach error", limit=GRACE, reason="FailedAttachVolume"),
    ),
    "a volume that the node has not seen yet": Case(
        awaited=WEB,
        facts=web_begins(
            event("FailedMount", "failed to sync configmap cache: timed out"),
            event("FailedMount", 'object \\"shop\\"/\\"x\\" not registered'),
        ),
        verdicts=["Pending|Deployment/web|0/1", f"Watch|web-6f7-x/-|silent|{NOW}|0"],
    ),
    "the gravest of what events tell": Case(
        awaited=WEB,
        facts=web_begins(
            event("FailedMount", "timed out", version=5),
            event("FailedMount", NO_KEY),
            event("FailedMount", "timed out", version=9),
        ),
        verdicts=told(NO_KEY),
    ),
    "a volume that is there at last": Case(
        awaited=WEB,
        facts=web_begins(event("FailedMount", NO_KEY), event("Pulling")),
        watches=silent("web-6f7-x/-"),
        verdicts=["Pending|Deployment/web|0/1", "Watch|web-6f7-x/-|silent|85|0"],
    ),
    "an event of another pod of that name": Case(
        awaited=WEB,
        facts=web_begins(event("FailedMount", NO_KEY, of="u0")),
        verdicts=["Pending|Deployment/web|0/1", f"Watch|web-6f7-x/-|silent|{NOW}|0"],
    ),
    "what an event tells counts from when nothing was told": Case(
        awaited=WEB,
        facts=web_begins(event("FailedMount", NO_KEY)),
        watches=silent("web-6f7-x/-", since=90, event=None),
        verdicts=[
            "Pending|Deployment/web|0/1",
            "Watch|web-6f7-x/-|silent|90|0",
            f'News|Pod/web-6f7-x|FailedMount|"{NO_KEY}"',
            "Watch|web-6f7-x/-|told|90|15|7",
        ],
    ),
    "an event that has not come again": Case(
        awaited=WEB,
        facts=web_begins(event("FailedMount", NO_KEY, version=3)),
        watches=silent("web-6f7-x/-"),
        verdicts=["Pending|Deployment/web|0/1", *silent("web-6f7-x/-")],
    ),
    "an event that has come again": Case(
        awaited=WEB,
        facts=web_begins(event("FailedMount", NO_KEY)),
        watches=silent("web-6f7-x/-"),
        verdicts=[
            "Pending|Deployment/web|0/1",
            *silent("web-6f7-x/-"),
            f'Failed|Deployment/web|web-6f7-x|FailedMount|"{NO_KEY}"',
        ],
    ),
    "a StatefulSet that is refused its pod": Case(
        awaited=STORE,
        facts=store_without_pods(event("FailedCreate", DENIED)),
        verdicts=[
            *STUCK_SET,
            f"Watch|StatefulSet/store|silent|{NOW}|0",
            f'News|StatefulSet/store|FailedCreate|"{DENIED}"',
            f"Watch|StatefulSet/store|told|{NOW}|15|7",
        ],
    ),
    "a StatefulSet whose admission does not answer": Case(
        awaited=STORE,
        facts=store_without_pods(event("FailedCreate", "failed calling webhook")),
        verdicts=[
            *STUCK_SET,
            f"Watch|StatefulSet/store|silent|{NOW}|0",
            'News|StatefulSet/store|FailedCreate|"failed calling webhook"',
            f"Watch|StatefulSet/store|told|{NOW}|45|7",
        ],
    ),
    "a StatefulSet that was refused its pod again": Case(
        awaited=STORE,
        facts=store_without_pods(event("FailedCreate", DENIED)),
        watches=silent("StatefulSet/store"),
        verdicts=[
            *STUCK_SET,
            *silent("StatefulSet/store"),
            f'Failed|StatefulSet/store|-|FailedCreate|"{DENIED}"',
        ],
    ),
    "a StatefulSet that was refused its pod before": Case(
        awaited=STORE,
        facts=store_without_pods(
            event("FailedCreate", DENIED), pod("store-0", "StatefulSet|store", revision="b"), wanted=2
        ),
        verdicts=["Pending|StatefulSet/store|0/2"],
    ),
    "a StatefulSet whose pod is leaving": Case(
        awaited=STORE,
        facts=store_without_pods(pod("store-0", "StatefulSet|store", revision="a", leaving="x", phase="Running")),
        verdicts=STUCK_SET,
    ),
    "a StatefulSet that is refused its second pod": Case(
        awaited=STORE,
        facts=store_without_pods(
            pod("store-0", "StatefulSet|store", revision="b", ready="True", phase="Running"), wanted=2
        ),
        verdicts=["Pending|StatefulSet/store|0/2", f"Watch|StatefulSet/store|silent|{NOW}|0"],
    ),
    "a Job that is refused its pod": Case(
        awaited=PREPARE,
        facts=prepare(
            pod("prepare-x", "Job|prepare", phase="Failed"),
            event("FailedCreate", "is forbidden: prepare-y", version=6),
            event("FailedCreate", "is forbidden: prepare-z"),
        ),
        watches=silent("Job/prepare", event=6),
        verdicts=[
            "Pending|Job/prepare|",
            *silent("Job/prepare", event=6),
            'Failed|Job/prepare|-|FailedCreate|"is forbidden: prepare-z"',
        ],
    ),
    "a Job whose pod runs": Case(
        awaited=PREPARE,
        facts=prepare(pod("prepare-x", "Job|prepare", phase="Running", ready="True"), event("FailedCreate", DENIED)),
        verdicts=["Pending|Job/prepare|"],
    ),
    "a StatefulSet is ready": Case(awaited=STORE, facts=store(ready=1), verdicts=["Ready|StatefulSet/store"]),
    "a StatefulSet is not there": Case(awaited=STORE, verdicts=["Pending|StatefulSet/store|"]),
    "a StatefulSet with pods of the older revision": Case(
        awaited=STORE,
        facts=store(wanted=3, updated=1, ready=3, current="a"),
        verdicts=["Pending|StatefulSet/store|1/3"],
    ),
    "a StatefulSet of which the controller has not seen the newest form": Case(
        awaited=STORE,
        facts=f"{store(observed=1, updated=0, ready=1)}\n{OLD_STORE}\n{state('ErrImagePull', of='store-0')}",
        verdicts=STUCK_SET,
    ),
    "a pod of the newer revision of a StatefulSet": Case(
        awaited=STORE,
        facts=f"{store()}\n{pod('store-0', 'StatefulSet|store', revision='b')}\n"
        + state("CrashLoopBackOff", of="store-0", container="store"),
        verdicts=[
            *STUCK_SET,
            'News|Pod/store-0|CrashLoopBackOff|""',
            f"Watch|store-0/store|crash|{NOW}|45",
        ],
    ),
    "a pod of the older revision that waits": Case(
        awaited=STORE,
        facts=f"{store(updated=0, current='a')}\n{OLD_STORE}\n{state('ErrImagePull', of='store-0')}",
        verdicts=[*STUCK_SET, "Stuck|store-0|ErrImagePull"],
    ),
    "a pod of the older revision that has failed": Case(
        awaited=STORE,
        facts=f"{store(updated=0, current='a')}\n{OLD_STORE}\n{state('Error', of='store-0')}",
        verdicts=[*STUCK_SET, "Stuck|store-0|Error"],
    ),
    "a pod of the older revision that runs and is not ready": Case(
        awaited=STORE,
        facts=f"{store(updated=0, current='a')}\n{RUNNING_OLD_STORE}\n{state('Running', of='store-0')}",
        verdicts=[*STUCK_SET, f"Watch|store-0/-|stuck|{NOW}|15"],
    ),
    "a pod of the older revision that has run for long and is not ready": Case(
        awaited=STORE,
        facts=f"{store(updated=0, current='a')}\n{RUNNING_OLD_STORE}",
        watches=["Watch|store-0/-|stuck|85|15"],
        verdicts=[*STUCK_SET, "Watch|store-0/-|stuck|85|15", "Stuck|store-0|Unready"],
    ),
    "a pod of the older revision that is being made": Case(
        awaited=STORE, facts=f"{store(updated=0, current='a')}\n{OLD_STORE}", verdicts=STUCK_SET
    ),
    "a pod of the older revision that is about to get a node": Case(
        awaited=STORE,
        facts=f"{store(updated=0, current='a')}\n{OLD_STORE}\n{state('Unscheduled', of='store-0', container='-')}",
        verdicts=[*STUCK_SET, f"Watch|store-0/-|stuck|{NOW}|15"],
    ),
    "a pod of the older revision that gets no node": Case(
        awaited=STORE,
        facts=f"{store(updated=0, current='a')}\n{OLD_STORE}\n{state('Unscheduled', of='store-0', container='-')}",
        watches=["Watch|store-0/-|stuck|85|15"],
        verdicts=[*STUCK_SET, "Watch|store-0/-|stuck|85|15", "Stuck|store-0|Unscheduled"],
    ),
    "a pod of the older revision that has yet to begin for long": Case(
        awaited=STORE,
        facts=f"{store(updated=0, current='a')}\n{OLD_STORE}\nBegins|store-0|u1",
        watches=["Watch|store-0/-|stuck|85|15"],
        verdicts=[*STUCK_SET, "Watch|store-0/-|stuck|85|15", "Stuck|store-0|ContainerCreating"],
    ),
    "a Job is complete": Case(
        awaited=PREPARE, facts="Job|prepare|SuccessCriteriaMet,Complete,|x", verdicts=["Ready|Job/prepare"]
    ),
    "a Job is not there": Case(awaited=PREPARE, verdicts=["Pending|Job/prepare|"]),
    "a Job that will fail when its pods are gone": Case(
        awaited=PREPARE, facts="Job|prepare|FailureTarget,|x", verdicts=["Pending|Job/prepare|"]
    ),
    "a Job has failed": Case(
        awaited=PREPARE,
        facts="Job|prepare|FailureTarget,Failed,|x",
        verdicts=["Pending|Job/prepare|", 'Failed|Job/prepare|-|Failed|""'],
    ),
    "a Job tries again after a crash": Case(
        awaited=PREPARE,
        facts=f"Job|prepare||x\n{pod('prepare-x', 'Job|prepare')}\n{state('CrashLoopBackOff', of='prepare-x')}",
        verdicts=["Pending|Job/prepare|"],
    ),
    "a Job without an image": Case(
        awaited=PREPARE,
        facts=f"Job|prepare||x\n{pod('prepare-x', 'Job|prepare')}\n{state('InvalidImageName', of='prepare-x')}",
        watches=["Watch|prepare-x/web|pull|85|15"],
        verdicts=[
            "Pending|Job/prepare|",
            "Watch|prepare-x/web|pull|85|15",
            'Failed|Job/prepare|prepare-x|InvalidImageName|""',
        ],
    ),
    "an ExternalSecret has its Secret": Case(
        awaited=MAIL, facts='ExternalSecret|mail||mail|True|Synced|"ok"', verdicts=["Ready|ExternalSecret/mail"]
    ),
    "an ExternalSecret lacks keys": Case(
        awaited=MAIL, facts="ExternalSecret|mail|user password |mail|", verdicts=["Pending|ExternalSecret/mail|"]
    ),
    "an ExternalSecret is not there": Case(awaited=MAIL, verdicts=["Pending|ExternalSecret/mail|"]),
    "verdicts come in the order of the awaited workloads": Case(
        awaited=f"{PREPARE}\n{MAIL}\n{STORE}\n{WEB}",
        facts=f"{web(available=1)}\n{store()}\nJob|prepare|Complete,|x\nWarning: old|er|thing",
        verdicts=[
            "Ready|Job/prepare",
            "Pending|ExternalSecret/mail|",
            "Pending|StatefulSet/store|0/1",
            "Ready|Deployment/web",
        ],
    ),
}


@pytest.fixture(scope="module", params=["awk", "original-awk"])
def awk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a bash whose awk is that of the machine, or that of macOS."""
    folder = tmp_path_factory.mktemp("awk")
    (folder / "awk").symlink_to(need_program(request.param, package=request.param))
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


@pytest.fixture(scope="module")
def bash_verdicts(awk: dict[str, str]) -> dict[str, list[str]]:
    command = [str(need_program("bash", package="bash")), "-euc", f". '{TEMPLATES}/bash/judge.sh'; judge"]
    return {
        name: subprocess.run(
            command, env=awk, input=case.lines, capture_output=True, text=True, check=True
        ).stdout.splitlines()
        for name, case in CASES.items()
    }


@pytest.fixture(scope="module")
def powershell_verdicts(pwsh: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    script = tmp_path_factory.mktemp("judge") / "judge.ps1"
    script.write_text(POWERSHELL, encoding="utf-8-sig")
    done = subprocess.run(
        [pwsh, "-NoProfile", "-File", script, TEMPLATES / "powershell"],
        input="\036".join(case.lines for case in CASES.values()),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return {name: text.splitlines() for name, text in zip(CASES, done.stdout.split("\036"), strict=True)}


@pytest.mark.parametrize("name", CASES)
def test_bash_judges_as_written(name: str, bash_verdicts: dict[str, list[str]]) -> None:
    assert bash_verdicts[name] == CASES[name].verdicts


@pytest.mark.parametrize("name", CASES)
def test_powershell_judges_as_written(name: str, powershell_verdicts: dict[str, list[str]]) -> None:
    assert powershell_verdicts[name] == CASES[name].verdicts


# --- The next poll ----------------------------------------------------------------------------------------------------

STILL = "unset SECONDS; SECONDS"
"""Bash's clock, which stands still after that."""

DUE = {
    "nothing to wait for": ([], 103),
    "a state that may last for long": (["Watch|web|crash|90|45"], 103),
    "a state that may last for two seconds more": (["Watch|web|crash|57|45"], 102),
    "a state whose time has come since it was judged": (["Watch|web|crash|53|45"], 101),
    "a state whose time had come when it was judged": (["Watch|web|told|50|45|7"], 103),
}
"""Watches that were judged at 96, and when the poll is due at 100."""


@pytest.mark.parametrize("name", DUE)
def test_bash_asks_again_when_the_time_of_a_state_is_over(name: str, awk: dict[str, str]) -> None:
    watches, due = DUE[name]
    script = f"source '{TEMPLATES}/bash/waiting.sh'; {STILL}=100 judged_at=96 has_namespace=yes watched=$0; next_poll"
    command = [str(need_program("bash", package="bash")), "-c", script, "\n".join(watches)]

    assert subprocess.run(command, env=awk, capture_output=True, text=True, check=True).stdout == f"{due}\n"


@pytest.mark.parametrize("name", DUE)
def test_powershell_asks_again_when_the_time_of_a_state_is_over(name: str, pwsh: Path) -> None:
    watches, due = DUE[name]
    state = f"$script:HasNamespace = $true; $script:JudgedAt = 96; $script:Watched = @({', '.join(map(repr, watches))})"
    path = TEMPLATES / "powershell/waiting.ps1"
    script = f"Set-StrictMode -Version 3.0; . '{path}'; function Get-Elapsed {{ 100 }}; {state}; Get-NextPoll"
    command = [str(pwsh), "-NoProfile", "-Command", script]

    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == f"{due}\n"


# --- For people -------------------------------------------------------------------------------------------------------

WAITING = """
source '{templates}/bash/waiting.sh'
next_poll() {{ printf '%s' "$SECONDS"; }}
start_watch() {{ :; }}
next_change() {{ return 1; }}
can_move() {{ return 1; }}
say() {{ printf '%s\\n' "$*"; }}
{still}=0 deadline=9 began=0 shown='' state='Job/prepare'
await_change
"""


def test_bash_says_what_is_awaited_even_where_the_next_poll_is_due() -> None:
    command = [str(need_program("bash", package="bash")), "-c", WAITING.format(templates=TEMPLATES, still=STILL)]

    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "progress Job/prepare 0\n"


MANY = [f"Pending|Deployment/{number}|0/1" for number in range(1, 12)]
PROGRESS: dict[str, tuple[list[str], str]] = {
    "none": ([], ""),
    "one": (["Ready|Deployment/0", "Pending|Job/prepare|"], "Job/prepare"),
    "eight": (MANY[:8], ", ".join(f"Deployment/{number} 0/1" for number in range(1, 9))),
    "more": (MANY, ", ".join(f"Deployment/{number} 0/1" for number in range(1, 9)) + ", … (+3)"),
}


@pytest.mark.parametrize("name", PROGRESS)
def test_bash_names_the_first_that_are_awaited_and_counts_the_others(name: str, awk: dict[str, str]) -> None:
    verdicts, text = PROGRESS[name]
    script = f"source '{TEMPLATES}/bash/waiting.sh'; verdicts=$0; progress"
    command = [str(need_program("bash", package="bash")), "-c", script, "\n".join(verdicts)]

    assert subprocess.run(command, env=awk, capture_output=True, text=True, check=True).stdout == text


@pytest.mark.parametrize("name", PROGRESS)
def test_powershell_names_the_first_that_are_awaited_and_counts_the_others(name: str, pwsh: Path) -> None:
    verdicts, text = PROGRESS[name]
    path = TEMPLATES / "powershell/waiting.ps1"
    lines = ", ".join(f"'{verdict}'" for verdict in verdicts)
    script = f"Set-StrictMode -Version 3.0; . '{path}'; $script:Verdicts = @({lines}); Get-ProgressText"
    command = [str(pwsh), "-NoProfile", "-Command", script]

    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == text
