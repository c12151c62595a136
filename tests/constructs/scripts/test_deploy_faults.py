"""What goes wrong in a cluster, as whoever deploys is told of it; the correction, deployed over it, succeeds."""

import contextlib
import json
import re
import signal
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cdk8s_backend.manifest import Manifest

import pytest
import yaml

from tests.constructs.scripts.on_cluster import Change, System, identities, in_container, in_data, in_pod
from tests.constructs.scripts.shells import Done, Shell
from tests.support.cluster import Cluster, stopped
from tests.support.processes import free_port

WEB = "deployments/web.yaml"
CONFIG = "configmap/web-config.yaml"
JOB = "jobs/prepare.yaml"
STORE = "statefulsets/store.yaml"
CLOSED = {"tcpSocket": {"port": 1}, "periodSeconds": 1, "failureThreshold": 5}


@pytest.fixture(scope="module")
def system(cluster: Cluster, shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One deployed system for all faults: each test leaves it sound."""
    system = System(cluster, shell, tmp_path_factory.mktemp("faults"))
    done = system.deploy()
    assert done.returncode == 0, done.stderr
    yield system
    system.delete()


def deploy_fault(system: System, fault: Change, *arguments: str, since: str = "waiting (") -> tuple[Done, float]:
    """Deploys a broken web server, and then the sound one over it, which succeeds.

    Args:
        system: The system.
        fault: What is broken.
        arguments: Options of the first deployment.
        since: What it says when the time begins.

    Returns:
        How the first deployment ended, and after how many seconds.
    """
    with system.changed(WEB, fault):
        failed, took = system.time_deploy(since, "--only=services", *arguments)
    fixed = system.deploy("--only=services")
    assert fixed.returncode == 0, fixed.stderr
    return failed, took


@contextlib.contextmanager
def made(system: System, creation: Sequence[str], *, removal: Sequence[str]) -> Iterator[None]:
    """Calls kubectl, and again when the block ends, so that what the block meets is there no longer."""
    system.kubectl(*creation)
    try:
        yield
    finally:
        system.kubectl(*removal)


def never_ready(workload: Manifest) -> None:
    """Its pods start, and their readiness probe always fails; the two probes together take 10 seconds."""
    started = {"tcpSocket": {"port": 6379}, "periodSeconds": 1, "failureThreshold": 5}
    in_container(startupProbe=started, readinessProbe=CLOSED)(workload)


def assert_fails_with(done: Done, *texts: str) -> None:
    """The run has failed, and its last lines say so."""
    assert done.returncode == 1
    end = "\n".join(done.stderr.splitlines()[-40:])
    for text in texts:
        assert text in end


def test_a_crashing_container_is_shown_with_what_it_said(system: System) -> None:
    fault = in_container(command=["sh", "-c", "echo no database; exit 3"])
    failed, took = deploy_fault(system, fault, since=": CrashLoopBackOff")

    assert_fails_with(
        failed,
        "Error: Deployment/web cannot become ready. Pod/web-",
        "CrashLoopBackOff back-off ",
        "restarting failed container=web pod=web-",
        "container web ended before: Error exit code 3",
        "no database",
        "BackOff",
    )
    assert 30 <= took <= 75


def test_an_image_that_the_registry_does_not_give_is_shown_with_the_reason(system: System) -> None:
    failed, took = deploy_fault(system, in_container(image="redis:nowhere"), since=": ErrImagePull")

    assert_fails_with(failed, "Error: Deployment/web cannot become ready. Pod/web-", "redis:nowhere", "ErrImagePull")
    assert 'failed to pull and unpack image "docker.io/library/redis:nowhere"' in failed.stderr
    assert 30 <= took <= 75


def test_an_image_that_its_registry_does_not_have_ends_the_wait_soon(cluster: Cluster, system: System) -> None:
    with empty_registry(cluster) as registry:
        failed, took = deploy_fault(system, in_container(image=f"{registry}/web:1.2.3"), since=": ErrImagePull")

    said = f'Failed to pull image "{registry}/web:1.2.3"'
    assert_fails_with(failed, "Error: Deployment/web cannot become ready. Pod/web-", "ErrImagePull", said, "not found")
    assert 10 <= took <= 30


@contextlib.contextmanager
def empty_registry(cluster: Cluster) -> Iterator[str]:
    """The address, for the node, of what answers whatever is asked for that it is not there."""
    port = free_port()
    answer = r"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    container = {
        "name": "registry",
        "image": "redis:7-alpine",
        "command": ["sh", "-c", f"while true; do printf '{answer}' | nc -l -p {port}; done"],
    }
    spec = {"hostNetwork": True, "terminationGracePeriodSeconds": 0, "containers": [container]}
    name = f"registry-{port}"
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"}, "spec": spec}
    cluster.kubectl("create", "--filename=-", input=json.dumps(pod))
    try:
        cluster.kubectl("wait", f"pod/{name}", "--namespace=default", "--for=condition=Ready", "--timeout=60s")
        yield f"127.0.0.1:{port}"
    finally:
        cluster.kubectl("delete", "pod", name, "--namespace=default", "--wait=false")


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (
            in_container(image="redis:absent", imagePullPolicy="Never"),
            'ErrImageNeverPull Container image "redis:absent" is not present with pull policy of Never',
        ),
        (
            in_container(envFrom=[{"configMapRef": {"name": "no-config"}}]),
            'CreateContainerConfigError configmap "no-config" not found',
        ),
        (
            in_container(
                env=[{"name": "X", "valueFrom": {"secretKeyRef": {"name": "web-secret", "key": "no-key"}}}],
            ),
            "CreateContainerConfigError couldn't find key no-key in Secret {namespace}/web-secret",
        ),
    ],
    ids=["image", "configmap", "secret"],
)
def test_what_cannot_start_without_a_correction_ends_the_wait_soon(system: System, fault: Change, cause: str) -> None:
    cause = cause.format(**vars(system))
    failed, took = deploy_fault(system, fault, since=f": {cause}")

    assert_fails_with(failed, "Error: Deployment/web cannot become ready. Pod/web-", cause)
    assert 10 <= took <= 30


def test_a_pod_for_which_no_node_fits_is_shown_from_the_start_and_at_the_end(system: System) -> None:
    words = "Unschedulable 0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."
    failed, took = deploy_fault(system, in_pod(nodeSelector={"disk": "none"}), "--schedule-grace=10", since=words)

    assert_fails_with(failed, "Error: Deployment/web cannot become ready. Pod/web-", words)
    assert 5 <= took <= 20


def test_a_pod_that_runs_and_is_never_ready_ends_the_wait_by_its_probes(system: System) -> None:
    failed, took = deploy_fault(system, never_ready)

    assert_fails_with(failed, "Error: Deployment/web: Pod/web-", "runs but does not become ready")
    assert "Unhealthy Readiness probe failed: dial tcp" in failed.stderr
    assert took <= 30


def test_a_deployment_past_its_own_deadline_is_shown_with_that(system: System) -> None:
    def late(web: Manifest) -> None:
        web["spec"]["progressDeadlineSeconds"] = 5
        in_container(readinessProbe=CLOSED)(web)

    failed, took = deploy_fault(system, late)

    assert_fails_with(
        failed,
        "Error: Deployment/web cannot become ready: ProgressDeadlineExceeded ReplicaSet ",
        "timed out progressing",
    )
    assert took <= 40


def test_a_claim_whose_class_does_not_exist_is_shown_with_the_class(
    cluster: Cluster, shell: Shell, tmp_path: Path
) -> None:
    system = System(cluster, shell, tmp_path)
    with system.changed(STORE, of_class("no-class")):
        failed = system.deploy("--schedule-grace=10")
    assert_fails_with(
        failed,
        "Error: StatefulSet/store cannot become ready. Pod/store-0: Unschedulable",
        'event data-store-0: ProvisioningFailed storageclass.storage.k8s.io "no-class" not found',
    )

    system.kubectl("delete", "statefulset/store", "persistentvolumeclaim/data-store-0")
    fixed = system.deploy()

    assert fixed.returncode == 0, fixed.stderr
    system.delete()


def of_class(name: str) -> Change:
    def change(workload: Manifest) -> None:
        workload["spec"]["volumeClaimTemplates"][0]["spec"]["storageClassName"] = name

    return change


def test_what_is_not_ready_in_time_is_reported_with_its_cause(system: System) -> None:
    failed, _ = deploy_fault(system, in_container(readinessProbe=CLOSED), "--timeout=30")

    assert failed.returncode == 70
    assert "Deployment/web 0/1" in failed.stdout
    report = failed.stderr.partition("the time limit of 30 s is over")[2]
    assert "Not ready: Deployment/web" in report
    assert "Unhealthy Readiness probe failed: dial tcp" in report


def test_a_statefulset_that_a_pod_never_ready_holds_back_is_freed_by_the_correction(system: System) -> None:
    with system.changed(STORE, never_ready):
        failed = system.deploy("--only=infrastructure")
    assert_fails_with(failed, "Error: StatefulSet/store: Pod/store-0 runs but does not become ready")

    fixed = system.deploy("--only=infrastructure")

    assert fixed.returncode == 0, fixed.stderr
    assert (
        "Pod/store-0: deleting it; of an older revision (Unready), it keeps the new one from starting" in fixed.stdout
    )


def test_a_statefulset_that_a_broken_pod_holds_back_is_freed_by_the_correction(system: System) -> None:
    with system.changed(STORE, in_container(image="redis:absent", imagePullPolicy="Never")):
        failed = system.deploy("--only=infrastructure")
    assert_fails_with(failed, "Error: StatefulSet/store cannot become ready. Pod/store-0: ErrImageNeverPull ")

    fixed = system.deploy("--only=infrastructure")

    assert fixed.returncode == 0, fixed.stderr
    assert "Pod/store-0: deleting it; of an older revision (ErrImageNeverPull)" in fixed.stdout


# --- What only events tell of -----------------------------------------------------------------------------------------

MISSING_KEY = 'MountVolume.SetUp failed for volume "extra" : configmap references non-existent config key: no-key'
NO_SECRET = 'MountVolume.SetUp failed for volume "extra" : secret "no-secret" not found'


def in_volume(**source: object) -> Change:
    """A change of a workload: its first container has one more volume."""

    def change(workload: Manifest) -> None:
        pod = workload["spec"]["template"]["spec"]
        pod["volumes"] = [{"name": "extra", **source}]
        pod["containers"][0].setdefault("volumeMounts", []).append({"name": "extra", "mountPath": "/extra"})

    return change


WITHOUT_KEY = in_volume(configMap={"name": "web-config", "items": [{"key": "no-key", "path": "x"}]})


@pytest.mark.parametrize(
    ("fault", "cause"),
    [(WITHOUT_KEY, MISSING_KEY), (in_volume(secret={"secretName": "no-secret"}), NO_SECRET)],
    ids=["key", "secret"],
)
def test_a_volume_that_cannot_be_mounted_ends_the_wait_soon(system: System, fault: Change, cause: str) -> None:
    failed, took = deploy_fault(system, fault)

    assert_fails_with(failed, "Error: Deployment/web cannot become ready. Pod/web-", f"FailedMount {cause}")
    assert f"FailedMount {cause}" in failed.stdout  # as it was seen first
    assert 10 <= took <= 35


def test_a_statefulset_that_a_volume_holds_back_is_freed_by_the_correction(system: System) -> None:
    with system.changed(STORE, WITHOUT_KEY):
        failed, took = system.time_deploy("waiting (", "--only=infrastructure")
    assert_fails_with(failed, f"Error: StatefulSet/store cannot become ready. Pod/store-0: FailedMount {MISSING_KEY}")
    assert 10 <= took <= 40

    fixed = system.deploy("--only=infrastructure")

    assert fixed.returncode == 0, fixed.stderr
    assert "Pod/store-0: deleting it; of an older revision (ContainerCreating)" in fixed.stdout


def test_a_volume_whose_key_is_added_to_what_is_there_is_mounted_by_the_next_run(system: System) -> None:
    added = in_volume(configMap={"name": "web-config", "items": [{"key": "late", "path": "x"}]})
    with system.changed(WEB, added):
        failed = system.deploy("--only=services")
        assert_fails_with(failed, "FailedMount", "references non-existent config key: late")
        pods = {name for name in identities(system.objects()) if name.startswith("Pod/web-")}

        with system.changed(CONFIG, in_data(late="yes")):
            fixed = system.deploy("--only=configuration", "--only=services")
            assert fixed.returncode == 0, fixed.stderr
            assert pods & set(identities(system.objects()))
    assert system.deploy().returncode == 0


def test_a_statefulset_that_is_refused_its_pod_ends_the_wait_soon(system: System) -> None:
    level = "pod-security.kubernetes.io/enforce"
    label = ("label", "namespace", system.namespace)
    with (
        made(system, (*label, f"{level}=restricted"), removal=(*label, f"{level}-")),
        system.changed(STORE, in_container(env=[])),
    ):
        failed, took = system.time_deploy("waiting (", "--only=infrastructure")
    assert_fails_with(
        failed,
        "Error: StatefulSet/store cannot become ready: FailedCreate create Pod store-0 in StatefulSet store failed",
        'pods "store-0" is forbidden: violates PodSecurity "restricted:latest"',
    )
    assert 10 <= took <= 40

    fixed = system.deploy("--only=infrastructure")

    assert fixed.returncode == 0, fixed.stderr


def test_a_job_that_is_refused_its_pod_ends_the_wait_soon(system: System) -> None:
    with (
        made(system, ("create", "quota", "few", "--hard=pods=1"), removal=("delete", "quota", "few")),
        system.changed(JOB, in_container(command=["true"])),
    ):
        failed, took = system.time_deploy("waiting (", "--only=initialization")
    assert_fails_with(
        failed,
        "Error: Job/prepare cannot become ready: FailedCreate Error creating: pods",
        "is forbidden: exceeded quota: few",
    )
    assert 10 <= took <= 40

    fixed = system.deploy()

    assert fixed.returncode == 0, fixed.stderr


def test_who_may_not_read_events_waits_for_what_they_would_tell(system: System, tmp_path: Path) -> None:
    system.kubectl("create", "role", "deployer", "--verb=*", f"--resource={','.join(DEPLOYED_KINDS)}")
    system.kubectl("create", "rolebinding", "deployer", "--role=deployer", "--user=deployer")
    kubeconfig = yaml.safe_load(Path(system.environment["KUBECONFIG"]).read_text())
    for user in kubeconfig["users"]:
        user["user"]["as"] = "deployer"
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(kubeconfig))
    with system.changed(WEB, WITHOUT_KEY):
        failed = system.deploy("--only=services", "--timeout=30", KUBECONFIG=str(tmp_path / "kubeconfig"))

    assert failed.returncode == 70, failed.stderr
    assert "Not ready: Deployment/web" in failed.stderr
    assert "forbidden" not in failed.stdout + failed.stderr
    assert system.deploy("--only=services").returncode == 0


DEPLOYED_KINDS = (
    "namespaces",
    "configmaps",
    "secrets",
    "services",
    "persistentvolumeclaims",
    "pods",
    "pods/log",
    "deployments.apps",
    "statefulsets.apps",
    "replicasets.apps",
    "jobs.batch",
    "leases.coordination.k8s.io",
)


# --- Jobs -------------------------------------------------------------------------------------------------------------


def test_a_failed_job_ends_the_run_with_its_log_and_its_correction_is_run(system: System) -> None:
    before = identities(system.objects())
    with system.changed(JOB, in_container(command=["sh", "-c", "echo no database; sleep 3; exit 3"])):
        failed, ended = system.deploy(), datetime.now(UTC)
    assert_fails_with(failed, "Error: Job/prepare failed.", "BackoffLimitExceeded", "no database")
    conditions = system.objects()["Job/prepare"]["status"]["conditions"]
    (since,) = (each["lastTransitionTime"] for each in conditions if each["type"] == "Failed")
    assert (ended - datetime.fromisoformat(since)).total_seconds() < 15
    assert "Job/prepare: it changed" in failed.stdout
    assert "[5/5]" not in failed.stdout

    fixed = system.deploy()

    assert fixed.returncode == 0, fixed.stderr
    assert "Job/prepare: it failed before" in fixed.stdout
    after = identities(system.objects())
    assert after["Job/prepare"] != before["Job/prepare"]
    assert after["Pod/store-0"] == before["Pod/store-0"]


def test_a_job_runs_again_when_the_data_that_it_prepared_is_gone(system: System) -> None:
    variable = {"name": "P", "valueFrom": {"secretKeyRef": {"name": "store-secret", "key": "password"}}}
    with system.changed(JOB, in_container(env=[variable])):
        assert system.deploy().returncode == 0
        before = identities(system.objects())
        unchanged = system.deploy()
        assert identities(system.objects())["Job/prepare"] == before["Job/prepare"], unchanged.stdout
        system.kubectl("delete", "statefulset/store", "persistentvolumeclaim/data-store-0")

        done = system.deploy()

        assert done.returncode == 0, done.stderr
        assert "Job/prepare: its database's claim is a new one" in done.stdout
        assert identities(system.objects())["Job/prepare"] != before["Job/prepare"]
    assert system.deploy().returncode == 0


# --- Rollback and interruption ----------------------------------------------------------------------------------------


def test_a_correction_is_deployed_after_the_undo_that_a_failed_run_advises(system: System) -> None:
    with system.changed(WEB, in_container(image="redis:absent", imagePullPolicy="Never")):
        failed = system.deploy("--only=services")
    assert_fails_with(failed, "ErrImageNeverPull")
    (undo,) = (line for line in failed.stderr.splitlines() if " rollout undo Deployment/web" in line)
    kubectl, *arguments = undo.split()
    assert kubectl == "kubectl"
    system.kubectl(*arguments)
    system.kubectl("rollout", "status", "deployment/web", "--timeout=60s")

    with system.changed(WEB, in_container(imagePullPolicy="Never")):
        done = system.deploy("--only=services")

    assert done.returncode == 0, done.stderr
    assert "Deployment/web: what kubectl rollout undo has put back becomes this folder's again." in done.stdout
    assert system.deploy().returncode == 0


def test_a_failed_run_puts_everything_back_when_asked_for(system: System) -> None:
    assert system.deploy().returncode == 0
    before = deployed(system)
    metadata = {"name": "extra", "namespace": system.namespace, "labels": {"app.kubernetes.io/part-of": "shop"}}
    extra = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    with (
        system.changed(WEB, in_container(image="redis:absent", imagePullPolicy="Never")),
        system.changed(CONFIG, in_data(greeting="good day")),
        system.added("configmap/extra.yaml", extra, step="configuration"),
    ):
        failed = system.deploy("--only=configuration", "--only=services", "--rollback-on-failure")

    assert_fails_with(failed, "Error: Deployment/web cannot become ready", "ErrImageNeverPull")
    assert "Error: Deployment/web cannot become ready" in failed.stderr.splitlines()[-1]  # again, at the very end
    assert "configmap/extra serverside-applied" in failed.stdout
    assert "Put back." in failed.stdout
    assert deployed(system) == before
    versions = {name: item["metadata"]["resourceVersion"] for name, item in system.objects().items()}
    again = system.deploy()
    assert again.returncode == 0, again.stderr
    assert "nothing changed" in again.stdout
    after = {name: item["metadata"]["resourceVersion"] for name, item in system.objects().items()}
    assert [name for name in after if after[name] != versions.get(name)] in ([], ["ConfigMap/cdk8s-backend-inventory"])


def deployed(system: System) -> dict[str, Any]:
    """The objects of the folder and who owns which fields, without what controllers write."""
    return {
        name: [{**item, "metadata": given_metadata(item["metadata"]), "status": None}, owned_fields(item)]
        for name, item in system.objects().items()
        if item["metadata"].get("labels", {}).get("app.kubernetes.io/part-of") == "shop"
    }


def given_metadata(metadata: Manifest) -> Manifest:
    annotations = {
        name: value
        for name, value in metadata.get("annotations", {}).items()
        if name != "deployment.kubernetes.io/revision"
    }
    return {"uid": metadata["uid"], "labels": metadata["labels"], "annotations": annotations}


def owned_fields(item: Manifest) -> list[tuple[str, str, str]]:
    return sorted(
        (entry["manager"], entry["operation"], json.dumps(entry["fieldsV1"], sort_keys=True))
        for entry in item["metadata"]["managedFields"]
        if "subresource" not in entry
    )


def test_an_interrupted_run_gives_the_lock_back_in_every_step_and_the_next_one_completes(
    cluster: Cluster, shell: Shell, tmp_path: Path
) -> None:
    system = System(cluster, shell, tmp_path)
    for number in range(1, 6):
        interrupted = system.interrupt(f"[{number}/5]")

        assert interrupted.returncode == 130, interrupted.stderr
        assert "Interrupted." in interrupted.stderr
        assert f"[{number + 1}/5]" not in interrupted.stdout
        assert system.holder() == ""

    done = system.deploy()
    assert done.returncode == 0, done.stderr
    system.delete()


@pytest.mark.parametrize("shell", ["bash"], indirect=True)  # PowerShell ends at once, as if it were killed
def test_a_run_that_is_told_to_end_gives_the_lock_back(system: System) -> None:
    with system.changed(WEB, in_container(readinessProbe=CLOSED)):
        ended = system.interrupt("waiting (", "--only=services", by=signal.SIGTERM)

    assert ended.returncode == 130
    assert system.holder() == ""
    fixed = system.deploy()
    assert fixed.returncode == 0, fixed.stderr


@pytest.mark.outage
@pytest.mark.parametrize("moment", ["[1/5]", "waiting ("])
def test_an_api_server_that_is_away_for_half_a_minute_is_awaited(system: System, moment: str) -> None:
    late = {"tcpSocket": {"port": 6379}, "initialDelaySeconds": 10}
    with (
        system.changed(CONFIG, in_data(greeting=f"good day at {moment}")),
        system.changed(WEB, in_container(readinessProbe=late)),
        system.start_deploy() as run,
    ):
        assert run.stdout is not None
        while moment not in run.stdout.readline():
            assert run.poll() is None
        with stopped("kube-apiserver"):
            time.sleep(30)
        stdout, stderr = run.communicate(timeout=120)

    assert run.returncode == 0, stderr
    assert "the API server does not answer, trying again: " in stderr
    assert "changed: ConfigMap/web-config" in stdout
    fixed = system.deploy()
    assert fixed.returncode == 0, fixed.stderr


# --- What others have made --------------------------------------------------------------------------------------------


def test_what_kubectl_apply_has_made_is_taken_over(cluster: Cluster, shell: Shell, tmp_path: Path) -> None:
    system = System(cluster, shell, tmp_path)
    values = {"${STORE_USERNAME}": "me", "${STORE_PASSWORD}": "secret", "${WEB_TOKEN}": "token"}
    for file in ("namespace.yaml", CONFIG, "secret/store-secret.yaml", "secret/web-secret.yaml", STORE, JOB, WEB):
        text = (system.folder / file).read_text()
        for placeholder, value in values.items():
            text = text.replace(placeholder, value)
        system.kubectl("apply", "-f", "-", text=text)
    system.kubectl("rollout", "status", "statefulset/store", "--timeout=120s")
    before = system.objects()

    with system.changed(JOB, in_container(command=["true"])), system.changed(CONFIG, in_data(greeting="good day")):
        done = system.deploy()
        assert done.returncode == 0, done.stderr
        after = system.objects()
        again = system.deploy()
    assert again.returncode == 0, again.stderr
    assert "nothing changed" in again.stdout
    assert system.objects() == after

    for name in ("StatefulSet/store", "Deployment/web", "Pod/store-0", "PersistentVolumeClaim/data-store-0"):
        assert identities(after)[name] == identities(before)[name]
    for name in ("Secret/store-secret", "Secret/web-secret"):
        assert after[name]["data"] == before[name]["data"]
    for name in ("ConfigMap/web-config", "StatefulSet/store", "Deployment/web", f"Namespace/{system.namespace}"):
        owned = owned_fields(after[name])
        assert "cdk8s-backend" in {manager for manager, _, _ in owned}
        assert "kubectl-client-side-apply" not in {manager for manager, _, _ in owned}
    for name, item in after.items():
        assert "kubectl.kubernetes.io/last-applied-configuration" not in item["metadata"].get("annotations", {}), name
    system.delete()


# --- Secrets and data -------------------------------------------------------------------------------------------------


def test_a_rotated_secret_restarts_exactly_its_readers(system: System) -> None:
    before = identities(system.objects())

    done = system.deploy("--rotate=web-secret", WEB_TOKEN="another")

    assert done.returncode == 0, done.stderr
    after = identities(system.objects())
    assert after["Pod/store-0"] == before["Pod/store-0"]
    assert after["Job/prepare"] != before["Job/prepare"]
    assert not {name for name in after if name.startswith("Pod/web-")} & set(before)
    assert system.value("web-secret", "token") == "another"


def test_readers_of_a_secret_that_a_killed_run_has_written_are_restarted_by_the_next(
    system: System, tmp_path: Path
) -> None:
    before = identities(system.objects())
    old = system.value("web-secret", "token")
    options = ("--only=configuration", "--only=services", "--rotate=web-secret")
    with system.hanging("rollout restart", tmp_path / "hanging"):
        killed = system.interrupt("Deployment/web: restarting", *options, by=signal.SIGKILL)
    assert killed.returncode == -signal.SIGKILL
    assert system.value("web-secret", "token") != old
    assert {name for name in identities(system.objects()) if name.startswith("Pod/web-")} <= set(before)

    done = system.deploy("--force-unlock")

    assert done.returncode == 0, done.stderr
    assert "Deployment/web: restarting it because a Secret that it reads changed." in done.stdout
    after = identities(system.objects())
    assert after["Pod/store-0"] == before["Pod/store-0"]
    assert not {name for name in after if name.startswith("Pod/web-")} & set(before)


def test_a_statefulset_is_made_anew_as_advised_and_keeps_its_pod_and_data(system: System) -> None:
    system.kubectl("exec", "store-0", "--", "sh", "-c", "redis-cli set kept yes && redis-cli save")
    before = identities(system.objects())
    with system.changed(STORE, of_size("2Mi")):
        refused = system.deploy("--only=infrastructure")
        assert_fails_with(refused, "StatefulSet/store: a field that cannot change once it is made", "--cascade=orphan")
        advice = re.search(r"delete statefulset store --cascade=orphan", refused.stderr)
        assert advice is not None
        system.kubectl(*advice[0].split())

        done = system.deploy("--only=infrastructure")

    assert done.returncode == 0, done.stderr
    after = identities(system.objects())
    assert after["StatefulSet/store"] != before["StatefulSet/store"]
    for kept in ("Pod/store-0", "PersistentVolumeClaim/data-store-0"):
        assert after[kept] == before[kept]
    assert system.kubectl("exec", "store-0", "--", "redis-cli", "get", "kept").strip() == "yes"
    system.kubectl("delete", "statefulset", "store", "--cascade=orphan")
    assert system.deploy("--only=infrastructure").returncode == 0


def of_size(storage: str) -> Change:
    def change(workload: Manifest) -> None:
        workload["spec"]["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"] = storage

    return change
