"""What deploy relies on its API server for: the lock, conflicts, what may change, whose objects are whose."""

import base64
import json
import os
import secrets
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from cdk8s_backend.availability import HorizontalPodAutoscaler, pod_disruption_budget
from cdk8s_backend.manifest import Manifest

import pytest

from tests.constructs.scripts.on_api_server import System
from tests.constructs.scripts.sample import Phases, sample_phases
from tests.constructs.scripts.shells import Shell
from tests.support.api_server import ApiServer
from tests.support.processes import free_port, kill_session, wait_until

PWSH_CRASH = "System.Management.Automation.Internal.PipelineProcessor.Stop()"
HOSTILE = "a\"b'c $HOME `x` \\ %s {0} 한글\n" + "x" * 4096


@pytest.fixture
def system(api_server: ApiServer, shell: Shell, tmp_path: Path) -> System:
    return System(api_server, shell, tmp_path)


def edit(system: System, file: str, old: str, new: str) -> None:
    path = system.folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def manifests(system: System) -> Iterator[Manifest]:
    for phase in sample_phases(system.namespace):
        yield from phase.files.values()


def versions(system: System) -> dict[str, str]:
    """resourceVersions of all objects but the lock, by kind and name."""
    kinds = "configmaps,secrets,services,statefulsets,deployments,jobs,ingresses"
    items = json.loads(system.kubectl("get", kinds, "-n", system.namespace, "-o", "json").stdout)["items"]
    items.append(system.get("namespace", system.namespace))
    return {f"{item['kind']}/{item['metadata']['name']}": item["metadata"]["resourceVersion"] for item in items}


def lease(system: System) -> dict[str, Any]:
    spec: dict[str, Any] = system.get("lease", "cdk8s-backend-lock")["spec"]
    return spec


@pytest.mark.parametrize(("values", "told"), [({}, "GOGC=400"), ({"GOGC": "50"}, "GOGC=50")])
def test_each_call_of_kubectl_collects_its_garbage_as_little_as_it_is_told(
    values: dict[str, str], told: str, system: System
) -> None:
    done = system.deploy("--dry-run", **values)

    assert done.returncode == 0, done.stderr
    lines = system.record.read_text().splitlines()
    calls = [line for line in lines if line.startswith("HOME=")]
    assert lines.count(told) == len(calls) > 1


# --- Lock -------------------------------------------------------------------------------------------------------------


@contextmanager
def waiting_deployment(system: System) -> Iterator[subprocess.Popen[str]]:
    """A deployment that has the lock and waits for pods, which no one makes here."""
    with system.start_deploy("--with-workloads") as run:
        try:
            assert run.stdout is not None
            while "waiting (" not in run.stdout.readline():
                assert run.poll() is None
            yield run
        finally:
            kill_session(run.pid)


def test_a_second_deployment_stops_at_once_and_names_the_first(system: System) -> None:
    with waiting_deployment(system) as first:
        holder = lease(system)["holderIdentity"]
        since = system.get("lease", "cdk8s-backend-lock")["metadata"]["creationTimestamp"]
        before = versions(system)

        second = system.deploy()

        assert second.returncode == 1
        assert f"Error: another run is under way: {holder}, since {since}" in second.stderr
        assert "--force-unlock" in second.stderr
        assert versions(system) == before
        assert lease(system)["holderIdentity"] == holder
        assert first.poll() is None


def test_of_two_deployments_that_begin_together_one_stops_and_names_the_other(system: System) -> None:
    for _ in range(2):  # at first there is no Lease, and no namespace
        with system.start_deploy("--with-workloads") as one, system.start_deploy("--with-workloads") as other:
            try:
                wait_until(lambda: (one.poll(), other.poll()) != (None, None), "one has stopped", seconds=60)
                stopped, going = (one, other) if other.poll() is None else (other, one)
                holder = lease(system)["holderIdentity"]
                _, errors = stopped.communicate(timeout=60)
                assert stopped.returncode == 1
                assert f"Error: another run is under way: {holder}, since " in errors
                assert going.stdout is not None
                assert any("waiting (" in line for line in going.stdout)
            finally:
                kill_session(one.pid)
                kill_session(other.pid)
        freed = '--patch={"spec":{"holderIdentity":null}}'
        system.kubectl("patch", "lease", "cdk8s-backend-lock", "-n", system.namespace, "--type=merge", freed)


def test_the_lock_of_a_killed_deployment_ends_by_itself(system: System) -> None:
    with waiting_deployment(system):
        pass
    holder = lease(system)["holderIdentity"]

    early = system.deploy()
    assert early.returncode == 1
    assert f"another run is under way: {holder}" in early.stderr
    assert "If it is dead, its lock ends in " in early.stderr

    system.apply(
        {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": "cdk8s-backend-lock"},
            "spec": {"renewTime": "2026-01-01T00:00:00.000000Z"},
        },
        "--force-conflicts",
    )
    late = system.deploy()
    assert late.returncode == 0, late.stderr
    assert f"The lock of {holder} was taken over." in late.stdout
    assert "holderIdentity" not in lease(system)


@pytest.mark.parametrize("shell", ["bash"], indirect=True)  # PowerShell's script is one process
def test_what_a_killed_script_has_started_gives_the_lock_back(system: System) -> None:
    with waiting_deployment(system) as run:
        run.kill()
        run.wait()
        wait_until(lambda: "holderIdentity" not in lease(system), "the lock is free", seconds=20)
        run.communicate(timeout=60)  # what it has started is gone too, and does not hold its output open


def test_no_interruption_is_passed_over_whenever_it_comes(system: System) -> None:
    crashes = 0
    for tenths in range(0, 30, 5):
        with system.start_deploy("--with-workloads") as run:
            assert run.stdout is not None
            run.stdout.readline()  # that it begins
            time.sleep(tenths / 10)
            os.killpg(run.pid, signal.SIGINT)
            _, errors = run.communicate(timeout=60)

        if PWSH_CRASH in errors:
            crashes += 1
            system.kubectl("delete", "lease", "cdk8s-backend-lock", "-n", system.namespace, "--ignore-not-found")
            continue
        assert run.returncode == 130, errors
        assert "Interrupted." in errors
        assert not system.exists("lease", "cdk8s-backend-lock") or "holderIdentity" not in lease(system)
    assert crashes <= 1


def test_ctrl_c_on_a_terminal_ends_the_run_and_what_it_was_saying(system: System) -> None:
    done = system.run_at_terminal("deploy", "--with-workloads", typed="\x03", at="waiting (")

    assert done.returncode == 130
    assert "\r\x1b[KInterrupted.\r\n" in done.stdout  # in place of the line that moved
    assert "holderIdentity" not in lease(system)


def test_ctrl_c_on_a_terminal_ends_a_removal_and_the_next_one_completes(system: System) -> None:
    system.deploy()
    system.kubectl("apply", "-f", str(system.folder / "statefulsets/store.yaml"))  # which no one deletes here

    interrupted = system.run_at_terminal("undeploy", typed="\x03", at="Infrastructure")

    assert interrupted.returncode == 130
    assert "Interrupted.\r\n" in interrupted.stdout
    assert "Configuration" not in interrupted.stdout
    assert "holderIdentity" not in lease(system)
    system.kubectl("delete", "statefulset", "store", "-n", system.namespace, "--cascade=orphan", "--wait=false")
    unheld = '--patch={"metadata":{"finalizers":null}}'
    system.kubectl("patch", "statefulset", "store", "-n", system.namespace, "--type=merge", unheld)
    done = system.undeploy()
    assert done.returncode == 0, done.stderr
    assert not system.exists("configmap", "web-config")


def test_a_deployment_whose_lock_is_taken_stops(system: System) -> None:
    with waiting_deployment(system) as first:
        second = system.deploy("--force-unlock")
        _, errors = first.communicate(timeout=200)

    assert second.returncode == 0, second.stderr
    assert first.returncode == 1
    assert "another run has taken the lock, so this one stops" in errors
    assert "holderIdentity" not in lease(system)


def test_whoever_types_the_name_sees_before_what_else_goes_with_the_namespace(system: System) -> None:
    system.make_namespace()
    system.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "of-someone-else"}})

    asked = f"type the name of the namespace ({system.namespace}): "
    with system.letting_namespace_go():
        done = system.run_at_terminal(
            "undeploy", "--delete-data", "--delete-namespace", typed=f"{system.namespace}\r", at=asked
        )

    assert done.returncode == 0, done.stdout
    listed, _, after = done.stdout.partition("To go on, type")
    assert "ConfigMap/of-someone-else" in listed
    assert "Removal of Shop: start" in after
    assert f"Deleting the namespace {system.namespace}" in after
    assert not system.kubectl("get", "namespace", system.namespace, "--ignore-not-found").stdout


def test_only_a_claim_with_the_labels_that_the_stateful_set_gives_goes_with_the_data(system: System) -> None:
    system.make_claim()
    options = ("--delete-data", f"--confirm={system.namespace}")

    kept = system.undeploy(*options)
    assert kept.returncode == 0, kept.stderr
    assert "PersistentVolumeClaim.v1./data-store-0: it lacks the label app=store, and stays." in kept.stdout
    assert "persistentvolumeclaim/data-store-0" in kept.stdout.partition("Kept: ")[2]

    patch = '--patch={"metadata":{"labels":{"app":"store"},"finalizers":null}}'  # here nobody takes that finalizer away
    system.kubectl("patch", "persistentvolumeclaim", "data-store-0", "-n", system.namespace, patch)
    gone = system.undeploy(*options)
    assert gone.returncode == 0, gone.stderr
    assert "PersistentVolumeClaim.v1./data-store-0 deleted" in gone.stdout
    assert not system.exists("persistentvolumeclaim", "data-store-0")


# --- What others have changed -----------------------------------------------------------------------------------------


def change_by_hand(system: System) -> None:
    """Changes the greeting, as `kubectl edit` does."""
    patch = '--patch={"data":{"greeting":"by hand"}}'
    system.kubectl("patch", "configmap", "web-config", "-n", system.namespace, "--field-manager=kubectl-edit", patch)


def test_what_someone_changed_by_hand_is_shown_and_not_overwritten_unasked(system: System) -> None:
    system.deploy()
    change_by_hand(system)
    before = versions(system)

    done = system.deploy()

    assert done.returncode == 1
    assert "Error: ConfigMap/web-config: others have changed fields of it." in done.stderr
    assert 'conflict with "kubectl-edit"' in done.stderr
    assert ".data.greeting" in done.stderr
    assert "Nothing was applied." in done.stderr
    assert versions(system) == before

    forced = system.deploy("--force-conflicts")
    assert forced.returncode == 0, forced.stderr
    assert system.get("configmap", "web-config")["data"]["greeting"] == "hello"


def test_all_that_cannot_be_applied_is_reported_at_once_and_nothing_is_written(system: System) -> None:
    system.make_namespace()
    for manifest in manifests(system):
        system.apply(manifest, "--field-manager=cdk8s-backend")
    system.deploy()
    change_by_hand(system)
    before = versions(system)
    edit(system, "statefulsets/store.yaml", 'storage: "1Mi"', 'storage: "2Mi"')
    edit(system, "deployments/web.yaml", "app: web", "app: website")

    done = system.deploy("--with-workloads")

    assert done.returncode == 1
    assert "Error: ConfigMap/web-config: others have changed fields of it." in done.stderr
    for kind in ("StatefulSet/store", "Deployment/web"):
        assert f"Error: {kind}: a field that cannot change once it is made has changed." in done.stderr
    assert "updates to statefulset spec for fields other than" in done.stderr
    assert "spec.selector" in done.stderr
    here = f"kubectl --context api-server --namespace {system.namespace}"
    assert f"{here} delete statefulset store --cascade=orphan, then deploy again" in done.stderr
    assert f"{here} delete Deployment/web, then deploy again" in done.stderr
    assert "Objects with a problem: 3. Nothing was applied." in done.stderr
    assert versions(system) == before


def test_what_a_client_side_apply_has_made_is_taken_over_with_what_changed_since(system: System) -> None:
    made = [item for item in manifests(system) if item["kind"] in ("Namespace", "ConfigMap", "Secret")]
    for manifest in made:
        text = json.dumps(manifest).replace("${WEB_TOKEN}", "kept").replace("${STORE_", "${")
        text = text.replace("${USERNAME}", "me").replace("${PASSWORD}", "kept too")
        system.kubectl("apply", "-f", "-", input=text)
    edit(system, "configmap/web-config.yaml", "hello", "good day")

    done = system.deploy()

    assert done.returncode == 0, done.stderr
    assert "ConfigMap/web-config: taking over what kubectl apply has made." in done.stdout
    assert system.get("configmap", "web-config")["data"] == {"greeting": "good day"}
    assert system.values("store-secret") == {"username": "me", "password": "kept too"}
    assert system.values("web-secret") == {"token": "kept"}
    for manifest in made:
        metadata = system.get(manifest["kind"], manifest["metadata"]["name"])["metadata"]
        assert "kubectl.kubernetes.io/last-applied-configuration" not in metadata.get("annotations", {})
    before = versions(system)
    again = system.deploy()
    assert again.returncode == 0, again.stderr
    assert versions(system) == before


def test_what_client_side_applies_of_two_versions_of_the_api_have_made_is_taken_over(
    api_server: ApiServer, shell: Shell, tmp_path: Path
) -> None:
    system = System(api_server, shell, tmp_path, with_availability)
    system.make_namespace()
    (newer,) = (
        manifest
        for phase in with_availability(system.namespace)
        for manifest in phase.files.values()
        if manifest["kind"] == "HorizontalPodAutoscaler"
    )
    spec = {"scaleTargetRef": newer["spec"]["scaleTargetRef"], "maxReplicas": 9, "targetCPUUtilizationPercentage": 50}
    for manifest in ({**newer, "apiVersion": "autoscaling/v1", "spec": spec}, newer):
        system.kubectl("apply", "-f", "-", input=json.dumps(manifest))
    assert owners(system) == ["kubectl-client-side-apply"] * 2

    done = system.deploy()

    assert done.returncode == 0, done.stderr
    assert "HorizontalPodAutoscaler/web: taking over what kubectl apply has made." in done.stdout
    assert owners(system) == ["cdk8s-backend"]


def owners(system: System) -> list[str]:
    """Who has entries in the managedFields of the autoscaler."""
    options = ("-n", system.namespace, "--show-managed-fields", "-o", "json")
    answer = system.kubectl("get", "horizontalpodautoscaler", "web", *options)
    return [entry["manager"] for entry in json.loads(answer.stdout)["metadata"]["managedFields"]]


def test_what_someone_applied_again_by_hand_is_taken_back(system: System) -> None:
    assert system.deploy().returncode == 0
    (config,) = (item for item in manifests(system) if item["kind"] == "ConfigMap")
    system.kubectl("apply", "-f", "-", input=json.dumps(config))

    done = system.deploy()

    assert done.returncode == 0, done.stderr
    metadata = system.get("configmap", "web-config")["metadata"]
    assert "kubectl.kubernetes.io/last-applied-configuration" not in metadata.get("annotations", {})
    assert "nothing changed" in system.deploy().stdout


# --- What is no longer in the folder ----------------------------------------------------------------------------------


def test_what_left_the_folder_is_listed_and_deleted_when_asked_for_but_never_data_or_what_is_not_ours(
    api_server: ApiServer, shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "less").mkdir()
    full = System(api_server, shell, tmp_path / "full", with_extras)
    assert full.deploy().returncode == 0
    full.kubectl("label", "configmap", "theirs", "-n", full.namespace, "app.kubernetes.io/part-of-")
    less = System(api_server, shell, tmp_path / "less", namespace=full.namespace)

    listed = less.deploy()
    assert listed.returncode == 0, listed.stderr
    assert "no longer in the folder (--prune deletes them, but never data and Secrets): " in listed.stdout
    for orphan in ("ConfigMap.v1./ours", "ConfigMap.v1./theirs", "Secret.v1./old", "PersistentVolumeClaim.v1./old"):
        assert orphan in listed.stdout
        assert less.exists(orphan.split(".")[0], orphan.split("/")[1])

    pruned = less.deploy("--prune")
    assert pruned.returncode == 0, pruned.stderr
    assert "deleting ConfigMap.v1./ours" in pruned.stdout
    assert not less.exists("ConfigMap", "ours")
    assert less.exists("ConfigMap", "theirs")
    assert less.exists("Secret", "old")
    assert less.exists("PersistentVolumeClaim", "old")
    assert "never data and Secrets): PersistentVolumeClaim.v1./old Secret.v1./old\n" in less.deploy().stdout


def with_extras(namespace: str) -> Phases:
    def extra(kind: str, name: str, **body: Any) -> Manifest:
        metadata = {"name": name, "namespace": namespace, "labels": {"app.kubernetes.io/part-of": "shop"}}
        return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **body}

    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}
    files = {
        "ours.yaml": extra("ConfigMap", "ours"),
        "theirs.yaml": extra("ConfigMap", "theirs"),
        "secret.yaml": extra("Secret", "old", stringData={"key": "${OLD}"}),
        "claim.yaml": extra("PersistentVolumeClaim", "old", spec=claim),
    }
    return tuple(
        replace(phase, files={**phase.files, **files}) if phase.name == "configuration" else phase
        for phase in sample_phases(namespace)
    )


def test_a_budget_and_an_autoscaler_are_sent_once_and_go_with_their_service(
    api_server: ApiServer, shell: Shell, tmp_path: Path
) -> None:
    system = System(api_server, shell, tmp_path, with_availability)
    first = system.deploy()
    assert first.returncode == 0, first.stderr
    assert "nothing changed" in system.deploy().stdout

    removed = system.undeploy()

    assert removed.returncode == 0, removed.stderr
    for kind in ("poddisruptionbudget", "horizontalpodautoscaler"):
        assert not system.exists(kind, "web")


def with_availability(namespace: str) -> Phases:
    metadata = {"namespace": namespace, "labels": {"app.kubernetes.io/part-of": "shop"}}
    files = {}
    for made in (pod_disruption_budget("web"), HorizontalPodAutoscaler(max_replicas=3).manifest("web")):
        files[f"{made['kind'].lower()}.yaml"] = {**made, "metadata": {**made["metadata"], **metadata}}
    return tuple(
        replace(phase, files={**phase.files, **files}) if phase.name == "configuration" else phase
        for phase in sample_phases(namespace)
    )


# --- Whose namespace --------------------------------------------------------------------------------------------------


def test_a_namespace_of_another_environment_is_left_alone_until_it_is_named(system: System) -> None:
    system.deploy()
    system.kubectl("label", "namespace", system.namespace, "environment=staging")
    before = versions(system)
    edit(system, "configmap/web-config.yaml", "hello", "good day")

    for script in (system.deploy, system.undeploy):
        guarded = script()
        assert guarded.returncode == 1
        assert (
            f"the namespace {system.namespace} belongs to the environment staging, and this folder to production"
            in guarded.stderr
        )
    assert "say --environment production" in guarded.stderr
    assert versions(system) == before
    assert system.deploy("--environment=staging").returncode == 2

    named = system.deploy("--environment=production")
    assert named.returncode == 0, named.stderr
    assert system.get("configmap", "web-config")["data"] == {"greeting": "good day"}


def test_a_password_that_lives_in_data_is_not_rotated(system: System) -> None:
    system.make_claim()
    system.make_secret("store-secret", username="old", password="older")

    done = system.deploy("--rotate=store-secret", STORE_PASSWORD="new")

    assert done.returncode == 1
    assert "Secret store-secret: its passwords are also in the data (data-store-0)" in done.stderr
    assert "Change the password in the database" in done.stderr
    assert system.values("store-secret") == {"username": "old", "password": "older"}
    assert not system.exists("configmap", "web-config")


# --- Around the scripts -----------------------------------------------------------------------------------------------


def kubeconfig_of(system: System, path: Path, port: int) -> str:
    """The system's kubeconfig, with its server at another port."""
    config = json.loads(Path(system.environment["KUBECONFIG"]).read_text())
    config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{port}"
    path.write_text(json.dumps(config))
    return str(path)


def test_an_api_server_that_is_not_there_is_said_soon(shell: Shell, system: System, tmp_path: Path) -> None:
    began = time.monotonic()

    done = system.deploy(KUBECONFIG=kubeconfig_of(system, tmp_path / "away", free_port()))

    assert done.returncode == 1
    assert "Error: the API server of context api-server does not answer: " in done.stderr
    assert "was refused" in done.stderr
    assert time.monotonic() - began < 30


def test_an_api_server_that_says_nothing_is_not_asked_again_as_kubectl_does(
    shell: Shell, system: System, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]

        done = system.deploy(KUBECONFIG=kubeconfig_of(system, tmp_path / "silent", port))

    assert done.returncode == 1
    assert "Error: the API server of context api-server does not answer: " in done.stderr
    assert f"https://127.0.0.1:{port}/" in done.stderr
    assert "Unable to connect to the server" not in done.stderr, "what kubectl says after four times eight seconds"


def test_a_context_that_the_kubeconfig_lacks_is_named_with_those_that_it_has(system: System) -> None:
    done = system.deploy("--context=nowhere")

    assert done.returncode == 1
    assert "no context nowhere. It has: api-server" in done.stderr


def test_an_unknown_field_is_refused_before_anything_is_written(system: System) -> None:
    path = system.folder / "configmap/web-config.yaml"
    path.write_text(path.read_text() + "dada: {}\n")

    done = system.deploy()

    assert done.returncode == 1
    assert ".dada: field not declared in schema" in done.stderr
    assert not system.exists("configmap", "web-config")


def test_passwords_appear_nowhere_while_the_run_lasts_or_after_it(system: System, tmp_path: Path) -> None:
    (tmp_path / "temporary").mkdir()
    files = contents(system.folder)
    unique = secrets.token_hex(30)  # which no other test has; in the first line of each password and in the last one
    passwords = {"STORE_PASSWORD": f"{unique}{HOSTILE}{unique}", "WEB_TOKEN": f"s{unique}{HOSTILE}{unique}"}
    new = f"t{unique}{HOSTILE}{unique}"
    watch = ProcessWatch()
    with watch:
        done = system.deploy(**passwords, TMPDIR=str(tmp_path / "temporary"))
        rotated = system.deploy("--rotate=web-secret", WEB_TOKEN=new, TMPDIR=str(tmp_path / "temporary"))
    assert done.returncode == 0, done.stderr
    assert rotated.returncode == 0, rotated.stderr

    assert system.values("store-secret")["password"] == passwords["STORE_PASSWORD"]
    assert system.values("web-secret")["token"] == new
    objects = system.kubectl("get", "configmaps,events,leases", "-n", system.namespace, "-o", "yaml").stdout
    metadata = [system.get("secret", name)["metadata"] for name in ("store-secret", "web-secret")]
    said = [done.stdout, done.stderr, rotated.stdout, rotated.stderr]
    seen = "\n".join([watch.seen, system.record.read_text(), *said, objects, json.dumps(metadata)])
    assert "--rotate=web-secret" in watch.seen
    assert "kubectl" in watch.seen
    encoded = [base64.b64encode(text.encode()).decode() for text in (*passwords.values(), new)]
    for secret in (unique, *(text[20:60] for text in encoded), *(text[-60:-20] for text in encoded)):
        assert secret not in seen
    assert contents(system.folder) == files
    assert contents(tmp_path / "temporary") == {}


class ProcessWatch(threading.Thread):
    """Notes the arguments of all processes, and the environments of those of kubectl, while a block runs."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen = ""
        self._over = threading.Event()

    def __enter__(self) -> None:
        self.start()

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        found = set()
        while not self._over.wait(0.02):
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    arguments = (process / "cmdline").read_text(errors="replace")
                    found.add(arguments)
                    if "kubectl" in arguments:
                        found.add((process / "environ").read_text(errors="replace"))
                except OSError:
                    continue
        self.seen = "\n".join(found)


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_deployment_needs_no_home_no_locale_and_no_unix_line_ends(
    api_server: ApiServer, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where kubectl keeps what it discovers when there is no HOME
    parent = tmp_path / "배포 폴더"
    parent.mkdir()
    system = System(api_server, shell, parent)
    for path in system.folder.rglob("*.yaml"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    bare = {name: value for name, value in system.environment.items() if name not in ("HOME", "LANG")}

    done = shell.run(system.folder / "deploy", "--yes", "--lang=en", environment=bare | {"LANG": "C"})

    assert done.returncode == 0, done.stderr
    assert "=== Deployment of Shop: done ===" in done.stdout
    assert system.get("configmap", "web-config")["data"] == {"greeting": "hello"}
    before = versions(system)
    for path in system.folder.rglob("*.yaml"):
        path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n"))
    again = system.deploy()
    assert again.returncode == 0, again.stderr
    assert versions(system) == before
