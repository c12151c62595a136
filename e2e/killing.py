"""Kills the processes of containers.

From inside a pod nothing can kill its first process. So a pod of the suite's own, in the namespace `default`, sees the
processes of its node (`hostPID`); for that the namespace must admit it. It runs PostgreSQL's image, which is there.
"""

import contextlib
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from charts.sizing import image_of
from charts.topology import POSTGRESQL
from e2e.errors import CheckFailedError, NotRunError
from e2e.soundness import await_restarts, restarts_of
from e2e.system import System

__all__ = ["Killer", "killer"]

_NAMESPACE = "default"
_KILL, _KILL_WITH_AGENT = (
    Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("kill.sh", "kill_with_agent.sh")
)


@dataclass(frozen=True, kw_only=True)
class Killer:
    """Kills containers on the nodes where it has a pod.

    Args:
        system: The system.
        helpers: Name of the pod on each node.
    """

    system: System
    helpers: Mapping[str, str]

    def kill(self, pods: Sequence[Mapping[str, Any]]) -> None:
        """Kills all processes of the containers of some pods, those on one node at once."""
        ids: dict[str, list[str]] = {}
        for pod in pods:
            for status in pod["status"]["containerStatuses"]:
                ids.setdefault(pod["spec"]["nodeName"], []).append(status["containerID"].rpartition("/")[2])
        for node, doomed in ids.items():
            self._execute(node, "sh", "-c", _KILL, "kill", *doomed)

    def kill_and_await_restart(self, pods: Sequence[Mapping[str, Any]]) -> None:
        """Kills them, and waits until each of their containers has been started again.

        Raises:
            CheckFailedError: One has not in time.
        """
        before = restarts_of(pods)
        self.kill(pods)
        await_restarts(self.system, before)

    def kill_all_with_agent(self) -> None:
        """Has all processes of all pods of the nodes killed as soon as the node's agent has ended."""
        for node in self.helpers:
            self._execute(node, "sh", "-c", 'setsid sh -c "$1" >/dev/null 2>&1 </dev/null &', "later", _KILL_WITH_AGENT)

    def _execute(self, node: str, *command: str) -> None:
        self.system.cluster.kubectl("exec", self.helpers[node], f"--namespace={_NAMESPACE}", "--", *command)


@contextlib.contextmanager
def killer(system: System) -> Iterator[Killer]:
    """Brings a pod to each node that runs a part of the system, and removes them when the block ends.

    Raises:
        NotRunError: The cluster does not admit them.
        CheckFailedError: They cannot be made for another reason.
    """
    name = f"e2e-killer-{secrets.token_hex(3)}"
    nodes = sorted({pod["spec"]["nodeName"] for pod in system.objects("pods") if "nodeName" in pod["spec"]})
    helpers = {node: f"{name}-{number}" for number, node in enumerate(nodes)}
    pods = json.dumps(
        {"apiVersion": "v1", "kind": "List", "items": [_pod(system, *helper) for helper in helpers.items()]}
    )
    kubectl = system.cluster.kubectl
    try:
        made = kubectl("create", "--filename=-", input=pods, check=False)
        if made.returncode:
            problem = f"no pod with hostPID in the namespace {_NAMESPACE}: {made.stderr.strip()}"
            raise NotRunError(problem) if "(Forbidden)" in made.stderr else CheckFailedError(problem)
        where = (f"--namespace={_NAMESPACE}", "--for=condition=Ready", "--timeout=60s")
        kubectl("wait", *(f"pod/{helper}" for helper in helpers.values()), *where)
        yield Killer(system=system, helpers=helpers)
    finally:
        kubectl("delete", "--filename=-", "--ignore-not-found", "--now", "--wait=false", input=pods)


def _pod(system: System, node: str, name: str) -> dict[str, Any]:
    container = {
        "name": "killer",
        "image": image_of(system.topology.unit(POSTGRESQL.host), system.settings),
        "imagePullPolicy": "IfNotPresent",
        "command": ["sleep", "3600"],
        "securityContext": {"runAsUser": 0, "readOnlyRootFilesystem": True},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": _NAMESPACE},
        "spec": {
            "nodeName": node,
            "hostPID": True,
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
            "containers": [container],
        },
    }
