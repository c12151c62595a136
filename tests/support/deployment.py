"""The scripts of a generated folder on a real cluster, and what a user gets from outside of what they deploy."""

import json
import os
import subprocess
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from charts.topology import NAMESPACE
from tests.support.cluster import Cluster

HOSTILE = "a\"b'c $HOME `x` \\ %s {0} 한글\n" + "x" * 4096
"""A password with all that a shell, a template or a line may trip over."""


@dataclass(frozen=True)
class Scripts:
    """The scripts of a generated folder, run on the disposable cluster as an operator without a terminal does."""

    cluster: Cluster
    folder: Path
    pwsh: Path

    def run(
        self, script: str, *options: str, status: int = 0, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs `deploy.sh` or the like; its output, both streams in one, is shown when it ends otherwise than expected.

        Args:
            script: The script.
            options: Its options but `--context`.
            status: The exit status that is expected.
            environment: Variables beside those of the tests.
        """
        program = ["bash"] if script.endswith(".sh") else [self.pwsh, "-NoProfile", "-File"]
        done = subprocess.run(
            [*program, self.folder / script, "--context", self.cluster.context, *options],
            env={
                **os.environ,
                "PATH": f"{self.cluster.kubectl.program.parent}{os.pathsep}{os.environ['PATH']}",
                **(environment or {}),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=700,
            check=False,
        )
        assert done.returncode == status, done.stdout
        return done

    def objects(self, kinds: str) -> list[dict[str, Any]]:
        """The live objects of some kinds in the system's namespace."""
        found = self.cluster.kubectl("get", kinds, f"--namespace={NAMESPACE}", "--output=json").stdout
        items: list[dict[str, Any]] = json.loads(found)["items"]
        return items

    def contract(self, service: str, port: int) -> dict[str, Any]:
        """What a pod of a service says of its variables and of what it reaches; only stand-ins do."""
        proxy = f"/api/v1/namespaces/{NAMESPACE}/services/{service}:{port}/proxy"
        contract: dict[str, Any] = json.loads(self.cluster.kubectl("get", f"--raw={proxy}/debug/contract").stdout)
        return contract

    def versions(self) -> dict[str, str]:
        """The resource version of every object that the scripts make."""
        kinds = "configmap,secret,networkpolicy,persistentvolumeclaim,statefulset,deployment,service,job,ingress"
        return {
            f"{item['kind']}/{item['metadata']['name']}": item["metadata"]["resourceVersion"]
            for item in self.objects(kinds)
        }

    def request(self, method: str, host: str, path: str, body: object = None) -> Any:
        """What a user outside gets through the Ingress."""
        request = urllib.request.Request(
            f"http://{self.cluster.node_address}{path}",
            method=method,
            headers={"Host": host, "Content-Type": "application/json"},
            data=None if body is None else json.dumps(body).encode(),
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)
