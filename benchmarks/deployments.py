"""Times the generated scripts on a disposable cluster: against the cluster's own time, Helm, and the bare API calls."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cdk8s_backend.layout import arrange, render
from cdk8s_backend.manifest import Manifest
from cdk8s_backend.scripts import PhaseFiles, Text, make_plan
from cdk8s_backend.scripts import render as render_scripts

import yaml

from benchmarks.rows import Row
from benchmarks.systems import system_with
from charts.system import synthesize
from charts.topology import NAMESPACE, SECRET_DEFAULTS, Topology
from main import generate, settings_of
from scripts.folders import path_of

CONTEXT = "COUNT_DISPOSABLE_CONTEXT"
RECORDING = """#!/bin/sh
n=$(ls '{folder}' | wc -l)
mkdir "{folder}/$n"
for word; do printf '%s\\0' "$word"; done >"{folder}/$n/words"
case " $* " in
*' --filename - '*) tee "{folder}/$n/input" | '{kubectl}' "$@" ;;
*) exec '{kubectl}' "$@" ;;
esac
"""


class Bench:
    """The scripts of the environment `local` on a disposable cluster, in folders of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._context = os.environ[CONTEXT]
        found = shutil.which("kubectl", path=os.environ.get("KUBEBUILDER_ASSETS")) or shutil.which("kubectl")
        self._kubectl = found or sys.exit("kubectl is neither in KUBEBUILDER_ASSETS nor on PATH")
        self._pwsh = shutil.which("pwsh")
        self._system = Topology()
        self._local = folder / "local"
        generate(self._local, "local", system=self._system)

    def rows(self, times: int) -> Iterator[Row]:
        """Runs everything; what is deployed is removed again.

        Args:
            times: How often each deployment runs; each second time Helm goes first.
        """
        self._must_be_absent()
        first, critical, again, bare, helm = [], [], [], [], []
        powershell, started = [], []
        for number in range(times):
            if number % 2:
                helm.append(self._helm())
            first.append(self._script("deploy", "--with-ingress"))
            critical.append(self._critical_path())
            for _ in range(3):
                again.append(self._script("deploy", "--with-ingress"))
                bare.append(self._bare_calls())
                if self._pwsh:
                    powershell.append(self._script("deploy", "--with-ingress", pwsh=self._pwsh))
                    started.append(bare[-1] + self._seconds_of([self._pwsh, "-NoProfile", "-Command", "exit"]))
            self._remove()
            if not number % 2:
                helm.append(self._helm())
        yield Row.of("deploy", first, critical)
        yield Row.of("redeploy", again, bare)
        if self._pwsh:  # beside the calls, its own start
            yield Row.of("redeploy-pwsh", powershell, started)
        yield Row.of("deploy-helm", first, helm)
        yield from self._scale()

    def _script(
        self, name: str, *options: str, folder: Path | None = None, path: str = "", pwsh: str | None = None
    ) -> float:
        """Seconds of a script: of that for bash, or of that for PowerShell where its program is given."""
        script = (folder or self._local) / name
        run = [pwsh, "-NoProfile", "-File", f"{script}.ps1"] if pwsh else ["bash", f"{script}.sh"]
        return self._seconds_of([*run, "--context", self._context, *options], path=path)

    def _seconds_of(self, command: Sequence[str | Path], *, path: str = "") -> float:
        began = time.perf_counter()
        self._run(command, path=path)
        return time.perf_counter() - began

    def _remove(self) -> None:
        self._script("undeploy", "--delete-data", "--delete-namespace", "--confirm", NAMESPACE)

    def _remove_namespace(self) -> None:
        self._call("delete", "namespace", NAMESPACE, "--ignore-not-found")

    def _must_be_absent(self) -> None:
        if self._call("get", "namespace", NAMESPACE, "--ignore-not-found", "--output=name"):
            sys.exit(f"the disposable cluster has a namespace {NAMESPACE} already: remove it first")

    def _critical_path(self) -> float:
        """Seconds that the cluster itself took: for each phase those of the slowest workload from creation to Ready."""
        live = json.loads(self._call("get", "deployments,statefulsets,jobs,pods", "--output=json"))["items"]
        pods = [item for item in live if item["kind"] == "Pod"]
        phases = self._workloads_by_phase()
        slowest: dict[str, float] = {}
        for item in live:
            phase = phases.get((item["kind"], item["metadata"]["name"]))
            if phase:
                end = max(_ready_times(item, pods))
                took = (end - _time(item["metadata"]["creationTimestamp"])).total_seconds()
                slowest[phase] = max(slowest.get(phase, 0), took)
        return sum(slowest.values())

    def _workloads_by_phase(self) -> dict[tuple[str, str], str]:
        charts = synthesize(self._system, settings_of("local", self._system), outdir=self._folder / "cdk8s")
        return {
            (manifest["kind"], manifest["metadata"]["name"]): chart.phase
            for chart, manifests in charts.items()
            for manifest in manifests
            if manifest["kind"] in ("Deployment", "StatefulSet", "Job")
        }

    def _bare_calls(self) -> float:
        """Seconds of the calls of kubectl that an unchanged run makes, one after the other and nothing between them."""
        calls = self._folder / "calls"
        if not calls.exists():
            programs = self._folder / "programs"
            for folder in (calls, programs):
                folder.mkdir()
            (programs / "kubectl").write_text(RECORDING.format(folder=calls, kubectl=self._kubectl))
            (programs / "kubectl").chmod(0o755)
            self._script("deploy", "--with-ingress", path=f"{programs}{os.pathsep}")
        recorded = sorted(calls.iterdir(), key=lambda path: int(path.name))
        began = time.perf_counter()
        for call in recorded:
            words = (call / "words").read_text(encoding="utf-8").split("\0")[:-1]
            given = (call / "input").read_bytes() if (call / "input").exists() else b""
            subprocess.run([self._kubectl, *words], input=given, capture_output=True, check=False)
        return time.perf_counter() - began

    def _helm(self) -> float:
        """Seconds of `helm install --wait` of the same phases as charts, one after another, and removes them."""
        helm = shutil.which("helm", path=os.environ.get("KUBEBUILDER_ASSETS")) or sys.exit("helm is not there")
        charts = synthesize(self._system, settings_of("local", self._system), outdir=self._folder / "cdk8s")
        took = 0.0
        for chart, manifests in charts.items():
            folder = self._folder / "helm" / chart.phase
            _write_helm_chart(folder, chart.phase, [_with_values(manifest) for manifest in manifests])
            began = time.perf_counter()
            if chart.phase == "namespace":  # in which Helm keeps what it knows of a release
                self._call("apply", "--server-side", f"--filename={folder / 'files'}")
                took += time.perf_counter() - began
                continue
            # Claims alone are not waited for: a storage class may bind them to their first pod, yet to come.
            waiting = [] if chart.phase == "storage" else ["--wait", "--wait-for-jobs", "--timeout=600s"]
            options = [*waiting, f"--kube-context={self._context}", f"--namespace={NAMESPACE}"]
            self._run([helm, "install", chart.phase, folder, *options])
            took += time.perf_counter() - began
        self._remove_namespace()
        return took

    def _scale(self) -> Iterator[Row]:
        """Seconds an object of 200 services, whose pods run on nodes that are not real, against those of 20."""
        if not self._call("get", "nodes", "--selector=type=kwok", "--output=name"):
            tool = os.environ.get("COUNT_CLUSTER_TOOL")
            if tool is None:
                print("deploy-200 is left out: the cluster has no fake nodes, and COUNT_CLUSTER_TOOL names no program")
                return
            self._run([tool, "fake-nodes", "3"])
        figures = []
        with self._heartbeats():
            for services in (20, 200):
                folder = self._folder / f"services-{services}"
                objects = _write_services(folder, services)
                figures.append([self._script("deploy", folder=folder) / objects])
                self._remove_namespace()
        self._call("delete", "nodes", "--selector=type=kwok")
        small, large = figures
        yield Row.of("deploy-200", large, small)

    @contextlib.contextmanager
    def _heartbeats(self) -> Iterator[None]:
        """Renews the Leases of the fake nodes, which by themselves say too seldom that they are alive."""
        nodes = self._call("get", "nodes", "--selector=type=kwok", "--output=jsonpath={.items[*].metadata.name}")
        ended = threading.Event()

        def beat() -> None:
            while not ended.wait(10):
                leases = "---\n".join(_lease(node, datetime.now(UTC)) for node in nodes.split())
                self._call("--namespace=kube-node-lease", "apply", "--server-side", "--filename=-", text=leases)

        thread = threading.Thread(target=beat)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _call(self, *words: str, text: str = "") -> str:
        return self._run([self._kubectl, "--context", self._context, "--namespace", NAMESPACE, *words], text=text)

    def _run(self, command: Sequence[str | Path], *, path: str = "", text: str = "") -> str:
        environment = {**os.environ, "PATH": f"{path}{Path(self._kubectl).parent}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(command, env=environment, input=text, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout


def _lease(node: str, time: datetime) -> str:
    """The Lease by which a node says that it is alive."""
    spec = {"holderIdentity": node, "leaseDurationSeconds": 40, "renewTime": time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
    return yaml.safe_dump(
        {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": node}, "spec": spec}
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _ready_times(workload: Mapping[str, Any], pods: Sequence[Mapping[str, Any]]) -> Iterator[datetime]:
    if workload["kind"] == "Job":
        yield _time(workload["status"]["completionTime"])
        return
    labels = workload["spec"]["selector"]["matchLabels"].items()
    for pod in pods:
        if labels <= pod["metadata"]["labels"].items():
            (ready,) = (item for item in pod["status"]["conditions"] if item["type"] == "Ready")
            yield _time(ready["lastTransitionTime"])


def _with_values(manifest: Manifest) -> Manifest:
    """A Secret's template with values in place of its placeholders."""
    if manifest["kind"] != "Secret":
        return manifest
    return {
        **manifest,
        "stringData": {
            key: SECRET_DEFAULTS.get(text.strip("${}"), "a-password") for key, text in manifest["stringData"].items()
        },
    }


def _write_helm_chart(folder: Path, name: str, manifests: Sequence[Manifest]) -> None:
    """A chart whose only template includes files, so that nothing in them is taken for a template."""
    for part in ("files", "templates"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: 1.0.0\n")
    for number, manifest in enumerate(manifests):
        (folder / "files" / f"{number}.yaml").write_text(yaml.safe_dump(dict(manifest), allow_unicode=True))
    (folder / "templates/all.yaml").write_text(
        '{{ range $path, $_ := .Files.Glob "files/*.yaml" }}---\n{{ $.Files.Get $path }}\n{{ end }}'
    )


def _write_services(folder: Path, services: int) -> int:
    """A folder of services without infrastructure, for nodes of the type kwok; returns how many objects it has."""
    system = system_with(services)
    charts = synthesize(system, settings_of("local", system), outdir=folder / "cdk8s")
    phases = []
    for chart, manifests in charts.items():
        if chart.phase not in ("namespace", "services"):
            continue
        files = arrange((_on_fake_nodes(manifest) for manifest in manifests), path_of)
        phases.append(PhaseFiles(name=chart.phase, title=Text(ko=chart.title_ko, en=chart.title_en), files=files))
    plan = make_plan(
        title=Text(ko="서비스", en="Services"),
        namespace=NAMESPACE,
        environment="local",
        phases=phases,
        images=[],
        registry="",
        version="1",
    )
    tree = {path: manifest for phase in phases for path, manifest in phase.files.items()}
    for path, content in {**render(tree, "For a benchmark."), **render_scripts(plan)}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return len(tree)


def _on_fake_nodes(manifest: Manifest) -> Manifest:
    if manifest["kind"] != "Deployment":
        return manifest
    template = manifest["spec"]["template"]
    pod = {**template["spec"], "nodeSelector": {"type": "kwok"}}
    return {**manifest, "spec": {**manifest["spec"], "template": {**template, "spec": pod}}}


def left_out() -> str | None:
    """Why nothing is deployed here, or None if something is."""
    return None if os.environ.get(CONTEXT) else f"no disposable cluster: {CONTEXT} names no context"
