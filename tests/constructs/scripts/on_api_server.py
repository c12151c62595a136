"""The sample system on a real API server without nodes."""

import base64
import contextlib
import json
import os
import re
import subprocess
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from cdk8s_backend.manifest import Manifest

from tests.constructs.scripts.sample import Phases, sample_phases, write_folder
from tests.constructs.scripts.shells import Done, Shell
from tests.support.api_server import ApiServer

WITH_WORKLOADS = ("infrastructure", "initialization", "services")
RECORDING_KUBECTL = """#!/bin/sh
{{ echo "$(date +%s.%N) $*"; printf '%s\\n' "$@"; env; }} >>'{record}'
exec '{kubectl}' "$@"
"""


class System:
    """The sample system in a namespace of its own on an API server; the steps of its workloads are optional there.

    Attributes:
        namespace: Its namespace.
        folder: The generated folder.
        kubectl: kubectl on the API server, for the test.
        record: Time, arguments and environment of each call of kubectl by the scripts.
    """

    def __init__(
        self,
        server: ApiServer,
        shell: Shell,
        path: Path,
        phases_in: Callable[[str], Phases] = sample_phases,
        *,
        namespace: str | None = None,
    ) -> None:
        self.namespace = namespace or f"shop-{uuid.uuid4().hex[:8]}"
        self.kubectl = server.kubectl
        self._server = server
        self._shell = shell
        self._path = path
        self.folder = path / "folder"
        phases = (
            replace(phase, option="with-workloads" if phase.name in WITH_WORKLOADS else None)
            for phase in phases_in(self.namespace)
        )
        write_folder(self.folder, self.namespace, phases=tuple(phases))
        self.record = path / "record"
        programs = path / "programs"
        programs.mkdir()
        (programs / "kubectl").write_text(RECORDING_KUBECTL.format(record=self.record, kubectl=self.kubectl.program))
        (programs / "kubectl").chmod(0o755)

    def deploy(self, *arguments: str, **values: str) -> Done:
        return self._shell.run(self.folder / "deploy", "--yes", *arguments, environment=self.environment | values)

    def undeploy(self, *arguments: str) -> Done:
        return self._shell.run(self.folder / "undeploy", "--yes", *arguments, environment=self.environment)

    def start_deploy(self, *arguments: str) -> subprocess.Popen[str]:
        """Starts deploy, so that a test can act while it runs."""
        return self._shell.start(self.folder / "deploy", "--yes", *arguments, environment=self.environment)

    def run_at_terminal(self, script: str, *arguments: str, typed: str, at: str) -> Done:
        """Runs a script on a terminal, on which someone types once some words are there."""
        return self._shell.run_at_terminal(
            self.folder / script, "--yes", *arguments, typed=typed, at=at, environment=self.environment
        )

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": f"{self._path / 'programs'}:{os.environ['PATH']}",
            "KUBECONFIG": str(self._server.kubeconfig),
            "HOME": str(self._path.parent),  # what programs keep there is made once for all tests
            "LANG": "en_US.UTF-8",
        }

    def times_of(self, words: str) -> list[float]:
        """When the scripts called kubectl with some words, in seconds."""
        calls = (line.partition(" ") for line in self.record.read_text().splitlines() if words in line)
        return [float(time) for time, _, _ in calls if re.fullmatch(r"\d+\.\d+", time)]

    def values(self, secret: str) -> dict[str, str]:
        data = self.get("secret", secret)["data"]
        return {key: base64.b64decode(value).decode() for key, value in data.items()}

    def get(self, kind: str, name: str) -> Manifest:
        found: Manifest = json.loads(self.kubectl("get", kind, name, "-n", self.namespace, "-o", "json").stdout)
        return found

    def exists(self, kind: str, name: str) -> bool:
        return bool(self.kubectl("get", kind, name, "-n", self.namespace, "--ignore-not-found", "-o", "name").stdout)

    def apply(self, manifest: Mapping[str, Any], *options: str) -> None:
        self.kubectl("apply", "--server-side", *options, "-f", "-", "-n", self.namespace, input=json.dumps(manifest))

    def make_namespace(self) -> None:
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}})

    @contextlib.contextmanager
    def letting_namespace_go(self) -> Iterator[None]:
        """Does within the block what a cluster does when the namespace is deleted, but for what is in it."""
        namespace = json.loads(self.kubectl("get", "namespace", self.namespace, "--output=json").stdout)
        namespace["spec"]["finalizers"] = []
        address = f"/api/v1/namespaces/{self.namespace}/finalize"
        self.kubectl("replace", f"--raw={address}", "--filename=-", input=json.dumps(namespace))
        deleted = f"namespace/{self.namespace}", "--for=jsonpath={.status.phase}=Terminating", "--timeout=120s"
        with ThreadPoolExecutor() as controller:
            controller.submit(self.kubectl, "wait", *deleted).add_done_callback(
                lambda _: self.kubectl("delete", "namespace", self.namespace)
            )
            yield

    def make_claim(self) -> None:
        """Makes the namespace, and in it the claim of the store, as an earlier deployment left it."""
        self.make_namespace()
        spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}
        self.apply(
            {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data-store-0"}, "spec": spec}
        )

    def make_secret(self, name: str, **values: str) -> None:
        """Makes the namespace, and in it a Secret."""
        self.make_namespace()
        self.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": values})
