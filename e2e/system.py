"""The running system, as checks and faults get it."""

import base64
import contextlib
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from charts.topology import NAMESPACE, Topology
from e2e.errors import NotRunError
from inputs.settings import Settings
from tests.support.cluster import TOOL, Cluster

__all__ = ["System", "WayIn"]


@dataclass(frozen=True, kw_only=True)
class WayIn:
    """What brings requests from outside in: the Ingress, or the Gateway.

    Args:
        address: Address of the node on which its controller listens.
        main: Host of the pages and of requests that write.
        read: Host of requests that read counts; the main one where the way in tells them by their method.
        client: Sends the requests.
        streams: Opens streams, on connections that no other request gets when a stream has ended.
    """

    address: str
    main: str
    read: str
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30, trust_env=False))
    streams: httpx.Client = field(
        default_factory=lambda: httpx.Client(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
    )

    def request(self, method: str, path: str, *, host: str | None = None, **options: Any) -> httpx.Response:
        """Asks as a user outside does; redirects are not followed.

        Args:
            method: The HTTP method.
            path: Path and query.
            host: The host; default the main one.
            options: Further arguments of `httpx.Client.request`, like `json` and `headers`.
        """
        headers = {"Host": host or self.main, **options.pop("headers", {})}
        return self.client.request(method, self.url(path), headers=headers, **options)

    def url(self, path: str) -> str:
        """Where a path is asked for, with one of the hosts in the header `Host`."""
        return f"http://{self.address}{path}"

    def write(self, name: str, value: int) -> None:
        """Sets a count.

        Raises:
            httpx.HTTPStatusError: The answer is no success.
        """
        self.request("PUT", f"/api/v1/counts/{name}", json={"value": value}).raise_for_status()

    def value(self, name: str) -> int | None:
        """A count, read from the read service; None where the answer is no success."""
        answer = self.request("GET", f"/api/v1/counts/{name}", host=self.read)
        value: int | None = answer.json()["value"] if answer.is_success else None
        return value


@dataclass(frozen=True, kw_only=True)
class System:
    """The deployed system.

    Attributes:
        cluster: The disposable cluster, with kubectl for what lies outside the system's namespace.
        topology: What the system is.
        settings: The settings of its environment.
        folder: Its generated folder, with `deploy.sh`.
        ways_in: The ways in that this cluster has, `Ingress` and `Gateway`.
        tool: The program that breaks the node (`COUNT_CLUSTER_TOOL`); None where there is none.
        namespace: Its namespace.
    """

    cluster: Cluster
    topology: Topology
    settings: Settings
    folder: Path
    ways_in: Mapping[str, WayIn]
    tool: Path | None = None
    namespace: str = NAMESPACE

    @property
    def ingress(self) -> WayIn:
        """The Ingress, which is always there."""
        return self.ways_in["Ingress"]

    def way_in(self, kind: str) -> WayIn:
        """The Ingress or the Gateway.

        Raises:
            NotRunError: It was not deployed.
        """
        if kind not in self.ways_in:
            raise NotRunError(f"the {kind} is not deployed: the first part of this report says why")
        return self.ways_in[kind]

    def need_tool(self) -> Path:
        """The program that breaks the node.

        Raises:
            NotRunError: There is none.
        """
        if self.tool is None:
            raise NotRunError(f"{TOOL} names no program that stops a part of the node")
        return self.tool

    def kubectl(self, *arguments: str | Path, text: str = "", check: bool = True, timeout: float = 120) -> str:
        """Runs kubectl in the system's namespace and returns what it prints.

        Args:
            arguments: Its arguments.
            text: Its standard input.
            check: Whether a failing call is an error.
            timeout: Seconds until it is ended.

        Raises:
            AssertionError: `check`, and it fails; the message says why.
        """
        here = f"--namespace={self.namespace}"
        return self.cluster.kubectl(here, *arguments, input=text, check=check, timeout=timeout).stdout

    def objects(self, kinds: str, *options: str) -> list[dict[str, Any]]:
        """The live objects of some kinds, like `pods,services`."""
        items: list[dict[str, Any]] = json.loads(self.kubectl("get", kinds, "--output=json", *options))["items"]
        return items

    def pods(self, workload: str) -> list[dict[str, Any]]:
        """The running pods of a workload that are not on their way out."""
        return [
            pod
            for pod in self.objects("pods", f"--selector=app={workload}")
            if pod["status"]["phase"] == "Running" and "deletionTimestamp" not in pod["metadata"]
        ]

    def execute(self, workload: str, *command: str, text: str = "", timeout: float = 60) -> str:
        """Runs a program in a pod of a workload and returns what it prints.

        Args:
            workload: The workload.
            command: The program and its arguments.
            text: Its standard input.
            timeout: Seconds until it is ended.

        Raises:
            AssertionError: It fails.
        """
        units = {unit.name for unit in self.topology.infrastructure if unit.stateful_set}
        kind = "statefulset" if workload in units else "deployment"
        pod = ("exec", "--stdin", f"{kind}/{workload}", f"--container={workload}")
        return self.kubectl(*pod, "--", *command, text=text, timeout=timeout)

    def secret(self, name: str) -> dict[str, str]:
        """The values of a Secret."""
        data = json.loads(self.kubectl("get", "secret", name, "--output=json"))["data"]
        return {key: base64.b64decode(value).decode() for key, value in data.items()}

    def evidence(self, workloads: Sequence[str]) -> str:
        """What there is to look at where something has failed: pods, warnings, and the last lines of logs."""
        selector = f"--selector=app in ({','.join(workloads)})"
        calls = (
            ("get", "pods", selector, "--output=wide"),
            ("get", "events", "--field-selector=type=Warning", "--sort-by=.lastTimestamp"),
            ("logs", selector, "--all-containers", "--prefix", "--tail=20", "--max-log-requests=50"),
        )
        texts = []
        for call in calls:
            with contextlib.suppress(subprocess.TimeoutExpired):
                done = self.cluster.kubectl(f"--namespace={self.namespace}", *call, check=False, timeout=30)
                texts.append(f"$ kubectl {' '.join(call)}\n{done.stdout}{done.stderr}")
        return "\n".join(texts)
