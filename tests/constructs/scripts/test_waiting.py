"""What ends a wait well, on a real API server; each test is the controllers."""

import json
import subprocess
import time
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.constructs.scripts.on_api_server import System
from tests.constructs.scripts.sample import TEMPLATES, Phases, sample_phases
from tests.constructs.scripts.shells import Shell
from tests.support.api_server import ApiServer
from tests.support.kubectl import Kubectl

CHANGES = (TEMPLATES / "kubectl/changes.gotemplate").read_text(encoding="utf-8")

SEEN: dict[str, Any] = {"observedGeneration": 1}
PROGRESSING: dict[str, Any] = {"type": "Progressing", "status": "True"}
UNSCHEDULABLE = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "no node fits"}
NONE: dict[str, Any] = {"readyReplicas": 0, "availableReplicas": 0}
ALL: dict[str, Any] = {"replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1}


def write_status(kubectl: Kubectl, namespace: str, workload: str, status: dict[str, Any]) -> None:
    """Says of a workload what its controller says."""
    patch = json.dumps({"status": status})
    kubectl("patch", workload, "-n", namespace, "--subresource=status", "--type=merge", f"--patch={patch}")


def write_status_when_awaited(system: System, run: subprocess.Popen[str], statuses: dict[str, dict[str, Any]]) -> None:
    """Says of each workload what its controller says, as soon as a deployment waits for it alone, until that ends."""
    assert run.stdout is not None
    for line in run.stdout:
        for workload, status in statuses.items():
            if f"(0 of 1 ready): {workload}" in line:
                write_status(system.kubectl, system.namespace, workload, status)


def ended(condition: str) -> dict[str, Any]:
    """The status of a Job that has ended."""
    before = {"Complete": "SuccessCriteriaMet", "Failed": "FailureTarget"}[condition]
    since = "2026-01-01T00:00:00Z"
    status: dict[str, Any] = {
        "startTime": since,
        "conditions": [
            {"type": name, "status": "True", "reason": "Because", "lastTransitionTime": since}
            for name in (before, condition)
        ],
    }
    return status | ({"completionTime": since, "succeeded": 1} if condition == "Complete" else {"failed": 1})


@pytest.mark.parametrize(
    ("workload", "status", "told"),
    [
        ("StatefulSet/store", {}, "StatefulSet/store waits\n"),
        ("StatefulSet/store", SEEN | ALL, "StatefulSet/store\n"),
        ("StatefulSet/store", SEEN | ALL | {"availableReplicas": 0}, "StatefulSet/store waits\n"),
        ("StatefulSet/store", SEEN | ALL | {"updatedReplicas": 0}, "StatefulSet/store waits\n"),
        ("StatefulSet/store", ALL | {"observedGeneration": 0}, "StatefulSet/store waits\n"),
        ("Deployment/web", {}, ""),
        ("Deployment/web", SEEN | ALL, "Deployment/web\n"),
        ("Deployment/web", SEEN | ALL | {"replicas": 2}, "Deployment/web waits\n"),
        ("Deployment/web", SEEN | ALL | {"availableReplicas": 0}, "Deployment/web waits\n"),
        ("Deployment/web", SEEN | {"replicas": 1, "updatedReplicas": 1}, "Deployment/web waits\n"),
        ("Deployment/web", SEEN | {"conditions": [PROGRESSING]}, "Deployment/web waits\n"),
        ("Job/prepare", {}, ""),
        ("Job/prepare", {"active": 1}, ""),
        ("Job/prepare", ended("Complete"), "Job/prepare\n"),
        ("Job/prepare", ended("Failed"), "Failed\n"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_watch_tells_of_what_is_ready_or_not_and_of_jobs_that_have_ended(
    api_server: ApiServer, workload: str, status: dict[str, Any], told: str
) -> None:
    namespace = f"shop-{uuid.uuid4().hex[:8]}"
    api_server.kubectl("create", "namespace", namespace)
    kind, name = workload.split("/")
    (manifest,) = (
        manifest
        for phase in sample_phases(namespace)
        for manifest in phase.files.values()
        if (manifest["kind"], manifest["metadata"]["name"]) == (kind, name)
    )
    api_server.kubectl("apply", "-f", "-", input=json.dumps(manifest))
    write_status(api_server.kubectl, namespace, workload, status)

    answer = api_server.kubectl("get", workload, "-n", namespace, f"--output=go-template={CHANGES}").stdout

    assert answer == told


def test_a_deployment_to_a_new_namespace_watches_each_kind_of_workload_once_and_asks_for_nothing_else(
    api_server: ApiServer, shell: Shell, tmp_path: Path
) -> None:
    system = System(api_server, shell, tmp_path)
    phases = {
        "StatefulSet/store": SEEN | ALL | {"currentRevision": "store-1", "updateRevision": "store-1"},
        "Job/prepare": ended("Complete"),
        "Deployment/web": SEEN | ALL,
    }
    with system.start_deploy("--with-workloads", "--timeout=120") as run:
        write_status_when_awaited(system, run, phases)
    assert run.returncode == 0
    calls = system.record.read_text().splitlines()
    watched = [calls[number - 1] for number, word in enumerate(calls) if word == "--watch-only"]
    assert sorted(watched) == ["deployments", "jobs", "statefulsets"]
    assert not [word for word in calls if word.startswith("deployments,")]


def both_at_once(namespace: str) -> Phases:
    """The sample system with its StatefulSet and its Deployment in one step, and no others."""
    steps = {phase.name: phase for phase in sample_phases(namespace)}
    both = replace(steps["infrastructure"], files={**steps["infrastructure"].files, **steps["services"].files})
    return (steps["namespace"], steps["configuration"], both)


def test_what_was_ready_and_is_no_more_is_awaited_again_in_a_new_namespace(
    api_server: ApiServer, shell: Shell, tmp_path: Path
) -> None:
    system = System(api_server, shell, tmp_path, both_at_once)
    store = SEEN | ALL | {"currentRevision": "store-1", "updateRevision": "store-1"}
    awaited: list[str] = []
    with system.start_deploy("--with-workloads", "--timeout=60") as run:
        assert run.stdout is not None
        for line in run.stdout:
            if "(0 of 2 ready)" in line and not awaited:
                awaited.append("both")
                write_status(system.kubectl, system.namespace, "StatefulSet/store", store)
                write_status(system.kubectl, system.namespace, "StatefulSet/store", NONE)
                time.sleep(1)  # each kind has a watch of its own
                write_status(system.kubectl, system.namespace, "Deployment/web", SEEN | ALL)
            elif "(1 of 2 ready): StatefulSet/store" in line:
                awaited.append("store")
                write_status(system.kubectl, system.namespace, "StatefulSet/store", store)
    assert run.returncode == 0
    assert awaited == ["both", "store"]


def test_a_deployment_to_a_new_namespace_fails_when_a_job_fails(
    api_server: ApiServer, shell: Shell, tmp_path: Path
) -> None:
    system = System(api_server, shell, tmp_path)
    statuses = {"StatefulSet/store": SEEN | ALL, "Job/prepare": ended("Failed")}
    with system.start_deploy("--with-workloads", "--timeout=60") as run:
        write_status_when_awaited(system, run, statuses)
        assert run.stderr is not None
        errors = run.stderr.read()
    assert run.returncode == 1
    assert "Error: Job/prepare failed." in errors


def test_a_state_ends_the_wait_when_its_time_is_over_and_not_at_the_next_regular_poll(
    api_server: ApiServer, shell: Shell, tmp_path: Path
) -> None:
    system = System(api_server, shell, tmp_path)
    with system.start_deploy("--with-workloads", "--schedule-grace=1", "--timeout=60") as run:
        assert run.stdout is not None
        for line in run.stdout:
            if "(0 of 1 ready): StatefulSet/store 0/1" in line and not system.exists("pod", "store-0"):
                make_pod(system)
                write_status(system.kubectl, system.namespace, "pod/store-0", {"conditions": [UNSCHEDULABLE]})
    assert run.returncode == 1
    *_, before, seen, ended = system.times_of("get deployments,")
    assert ended - seen < seen - before


def test_a_pod_of_which_the_scheduler_says_nothing_ends_the_wait_with_the_claims_that_are_not_bound(
    api_server: ApiServer, shell: Shell, tmp_path: Path
) -> None:
    system = System(api_server, shell, tmp_path)
    with system.start_deploy("--with-workloads", "--schedule-grace=1", "--timeout=60") as run:
        assert run.stdout is not None
        for line in run.stdout:
            if "(0 of 1 ready): StatefulSet/store" in line and not system.exists("pod", "store-0"):
                make_claim_without_disk(system)
                make_pod(system)
        assert run.stderr is not None
        errors = run.stderr.read()
    assert run.returncode == 1
    why = "Pod/store-0: Unscheduled PersistentVolumeClaim/disk: Pending\n"
    assert f"    event disk: ProvisioningFailed no room\nError: StatefulSet/store cannot become ready. {why}" in errors


def make_claim_without_disk(system: System) -> None:
    """Makes a claim, and says of it what a provisioner says that fails."""
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "disk"}}
    system.apply({**claim, "spec": spec})
    system.apply(
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": "disk.1"},
            "involvedObject": {"kind": "PersistentVolumeClaim", "name": "disk", "namespace": system.namespace},
            "type": "Warning",
            "reason": "ProvisioningFailed",
            "message": "no room",
        }
    )


def make_pod(system: System) -> None:
    """Makes the pod of the store as its controller does."""
    write_status(system.kubectl, system.namespace, "StatefulSet/store", SEEN | {"updateRevision": "store-1"})
    owner = system.get("statefulset", "store")
    reference = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "store", "uid": owner["metadata"]["uid"]}
    metadata = {
        "name": "store-0",
        "labels": {"app": "store", "controller-revision-hash": "store-1"},
        "ownerReferences": [reference],
    }
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "disk"}}]
    spec = {"containers": owner["spec"]["template"]["spec"]["containers"], "volumes": volumes}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
    system.kubectl("create", "-n", system.namespace, "-f", "-", input=json.dumps(pod))
