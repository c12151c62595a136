"""The sample system on a whole cluster."""

import base64
import contextlib
import copy
import itertools
import json
import os
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from cdk8s_backend.manifest import Manifest

from tests.constructs.scripts.sample import Phases, sample_phases, write_folder
from tests.constructs.scripts.shells import Done, Shell
from tests.support.cluster import Cluster
from tests.support.processes import kill_session

KINDS = "namespaces,configmaps,secrets,services,statefulsets,deployments,jobs,persistentvolumeclaims,pods"

Change = Callable[[Manifest], object]


class System:
    """The sample system in a namespace of its own.

    Attributes:
        namespace: Its namespace.
        folder: The generated folder.
        shell: The shell of its scripts.
        environment: What the scripts run in.
    """

    def __init__(
        self, cluster: Cluster, shell: Shell, path: Path, phases_in: Callable[[str], Phases] = sample_phases
    ) -> None:
        self.namespace = f"shop-{uuid.uuid4().hex[:8]}"
        self.folder = path / "folder"
        self.shell = shell
        self._cluster = cluster
        self._phases = phases_in(self.namespace)
        self.environment = {
            "PATH": f"{cluster.kubectl.program.parent}:{os.environ['PATH']}",
            "KUBECONFIG": str(cluster.kubeconfig),
            "HOME": str(path.parent),  # what programs keep there is made once for all tests
            "LANG": "en_US.UTF-8",
        }
        self._write()

    def run(self, script: str, *arguments: str, **values: str) -> Done:
        context = f"--context={self._cluster.context}"
        return self.shell.run(self.folder / script, context, *arguments, environment=self.environment | values)

    def deploy(self, *arguments: str, **values: str) -> Done:
        return self.run("deploy", *arguments, **values)

    def start_deploy(self, *arguments: str) -> subprocess.Popen[str]:
        """Starts deploy, so that a test can act while it runs."""
        context = f"--context={self._cluster.context}"
        return self.shell.start(self.folder / "deploy", context, *arguments, environment=self.environment)

    def time_deploy(self, words: str, *arguments: str) -> tuple[Done, float]:
        """Runs deploy, and tells how many seconds after it first said some words it ended, by the clock."""
        with self.start_deploy(*arguments) as run:
            assert run.stdout is not None
            said = ""
            while words not in said and (line := run.stdout.readline()):
                said += line
            began = time.monotonic()
            stdout, stderr = run.communicate(timeout=240)
            took = time.monotonic() - began
        assert words in said, f"{words} was never said: {said}{stderr}"
        return Done(run.args, run.returncode, said + stdout, stderr), took

    def interrupt(self, step: str, *arguments: str, by: signal.Signals = signal.SIGINT) -> Done:
        """Starts deploy, and sends it a signal, as a terminal does with Ctrl-C, when it says that a step begins.

        SIGKILL is sent to all that it has started, as when a machine fails.
        """
        with self.start_deploy(*arguments) as run:
            assert run.stdout is not None
            said = list(itertools.takewhile(lambda line: step not in line, run.stdout))
            if by == signal.SIGKILL:
                kill_session(run.pid)
            else:
                os.killpg(run.pid, by)
            stdout, stderr = run.communicate(timeout=120)
        return Done(run.args, run.returncode, "".join(said) + stdout, stderr)

    @contextlib.contextmanager
    def hanging(self, call: str, folder: Path) -> Iterator[None]:
        """Within the block, calls of kubectl with some words do not end, by a program in a new folder."""
        folder.mkdir()
        program = folder / "kubectl"
        program.write_text(
            f"#!/bin/sh\ncase $* in *'{call}'*) exec sleep 600 ;; esac\nexec '{self._cluster.kubectl.program}' \"$@\"\n"
        )
        program.chmod(0o755)
        path = self.environment["PATH"]
        self.environment["PATH"] = f"{folder}:{path}"
        try:
            yield
        finally:
            self.environment["PATH"] = path

    def kubectl(self, *arguments: str, check: bool = True, text: str = "") -> str:
        return self._cluster.kubectl(f"--namespace={self.namespace}", *arguments, check=check, input=text).stdout

    def objects(self) -> dict[str, Manifest]:
        """All objects by kind and name, without those that are on their way out."""
        items = json.loads(self.kubectl("get", KINDS, "--output=json", "--show-managed-fields"))["items"]
        return {
            f"{item['kind']}/{item['metadata']['name']}": item
            for item in items
            if "deletionTimestamp" not in item["metadata"]
            and (item["kind"] != "Namespace" or item["metadata"]["name"] == self.namespace)
        }

    def value(self, secret: str, key: str) -> str:
        return base64.b64decode(self.objects()[f"Secret/{secret}"]["data"][key]).decode()

    def holder(self) -> str:
        """Who has the lock; empty when no one has it."""
        return self.kubectl("get", "lease", "cdk8s-backend-lock", "--output=jsonpath={.spec.holderIdentity}")

    @contextlib.contextmanager
    def changed(self, file: str, change: Change) -> Iterator[None]:
        """Within the block the folder, its scripts too, is that of a system with another manifest in a file."""
        phases = copy.deepcopy(self._phases)
        for phase in phases:
            if file in phase.files:
                change(phase.files[file])
        with self._of(phases):
            yield

    @contextlib.contextmanager
    def added(self, file: str, manifest: Manifest, *, step: str) -> Iterator[None]:
        """Within the block the folder has one more manifest in a step."""
        phases = tuple(
            replace(phase, files={**phase.files, file: manifest}) if phase.name == step else phase
            for phase in self._phases
        )
        with self._of(phases):
            yield

    @contextlib.contextmanager
    def _of(self, phases: Phases) -> Iterator[None]:
        before, self._phases = self._phases, phases
        self._write()
        try:
            yield
        finally:
            self._phases = before
            self._write()

    def _write(self) -> None:
        write_folder(self.folder, self.namespace, phases=self._phases)

    def delete(self) -> None:
        self.kubectl("delete", "namespace", self.namespace, "--ignore-not-found", "--wait=false")


def in_container(**fields: object) -> Change:
    """A change of fields of the first container of a workload's pods."""
    return lambda workload: workload["spec"]["template"]["spec"]["containers"][0].update(fields)


def in_pod(**fields: object) -> Change:
    """A change of fields of a workload's pods."""
    return lambda workload: workload["spec"]["template"]["spec"].update(fields)


def in_data(**values: str) -> Change:
    """A change of a ConfigMap."""
    return lambda config: config["data"].update(values)


def identities(objects: dict[str, Manifest]) -> dict[str, str]:
    return {name: item["metadata"]["uid"] for name, item in objects.items()}
