"""deploy and undeploy of the sample system on a real cluster."""

import itertools
import json
import os
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path

from cdk8s_backend.manifest import Manifest

import pytest

from tests.constructs.scripts.sample import write_folder
from tests.constructs.scripts.shells import Done, Shell
from tests.support.cluster import Cluster


class System:
    """The sample system in a namespace of its own."""

    def __init__(self, cluster: Cluster, shell: Shell, path: Path) -> None:
        self.namespace = f"shop-{uuid.uuid4().hex[:8]}"
        self.folder = path / "folder"
        self.shell = shell
        self._cluster = cluster
        self.environment = {
            "PATH": f"{cluster.kubectl.program.parent}:{os.environ['PATH']}",
            "KUBECONFIG": str(cluster.kubeconfig),
            "HOME": str(path),
            "LANG": "en_US.UTF-8",
        }
        write_folder(self.folder, self.namespace)

    def run(self, script: str, *arguments: str) -> Done:
        context = f"--context={self._cluster.context}"
        return self.shell.run(self.folder / script, context, *arguments, environment=self.environment)

    def kubectl(self, *arguments: str, check: bool = True) -> str:
        return self._cluster.kubectl(f"--namespace={self.namespace}", *arguments, check=check).stdout

    def objects(self) -> dict[str, Manifest]:
        """All objects by kind and name, without those that are on their way out."""
        kinds = "namespaces,configmaps,secrets,services,statefulsets,deployments,jobs,persistentvolumeclaims,pods"
        items = json.loads(self.kubectl("get", kinds, "--output=json"))["items"]
        return {
            f"{item['kind']}/{item['metadata']['name']}": item
            for item in items
            if "deletionTimestamp" not in item["metadata"]
            and (item["kind"] != "Namespace" or item["metadata"]["name"] == self.namespace)
        }

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def interrupt(self, step: str) -> Done:
        """Starts deploy, and interrupts it as Ctrl-C does when it says that a step begins."""
        with self.shell.start(self.folder / "deploy", "--yes", environment=self.environment) as run:
            assert run.stdout is not None
            said = list(itertools.takewhile(lambda line: step not in line, run.stdout))
            os.killpg(run.pid, signal.SIGINT)
            stdout, stderr = run.communicate(timeout=60)
        return Done(run.args, run.returncode, "".join(said) + stdout, stderr)


@pytest.fixture
def system(cluster: Cluster, shell: Shell, tmp_path: Path) -> Iterator[System]:
    system = System(cluster, shell, tmp_path)
    yield system
    system.kubectl("delete", "namespace", system.namespace, "--ignore-not-found", "--wait=false")


def identities(objects: dict[str, Manifest]) -> dict[str, str]:
    return {name: item["metadata"]["uid"] for name, item in objects.items()}


def test_a_system_is_deployed_twice_removed_and_deployed_again_with_its_data(system: System) -> None:
    first = system.run("deploy")
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("=== Deployment of Shop: start ===\n")
    assert first.stdout.endswith("=== Deployment of Shop: done ===\n")
    steps = [line for line in first.stdout.splitlines() if line.startswith("[")]
    assert steps == [
        "[1/5] Namespace",
        "[2/5] Configuration",
        "[3/5] Infrastructure",
        "[4/5] Initialization",
        "[5/5] Services",
    ]
    deployed = system.objects()
    assert deployed["StatefulSet/store"]["status"]["readyReplicas"] == 1
    assert deployed["Job/prepare"]["status"]["succeeded"] == 1
    assert deployed["Deployment/web"]["status"]["readyReplicas"] == 1

    second = system.run("deploy")
    assert second.returncode == 0, second.stderr
    assert system.objects() == deployed

    system.kubectl("exec", "store-0", "--", "sh", "-c", "redis-cli set kept yes && redis-cli save")
    removal = system.run("undeploy")
    assert removal.returncode == 0, removal.stderr
    left = system.objects()
    assert [name for name in left if not name.startswith("ConfigMap/kube-root-ca")] == [
        f"Namespace/{system.namespace}",
        "Secret/store-secret",
        "Secret/web-secret",
        "PersistentVolumeClaim/data-store-0",
    ]
    for name in ("persistentvolumeclaim/data-store-0", "secret/store-secret", f"namespace/{system.namespace}"):
        assert name in removal.stdout

    third = system.run("deploy")
    assert third.returncode == 0, third.stderr
    assert system.kubectl("exec", "store-0", "--", "redis-cli", "get", "kept").strip() == "yes"
    assert system.objects()["Secret/store-secret"] == deployed["Secret/store-secret"]


def test_data_and_namespace_go_when_asked_for(system: System) -> None:
    assert system.run("deploy").returncode == 0

    data = system.run("undeploy", "--delete-data", f"--confirm={system.namespace}")
    assert data.returncode == 0, data.stderr
    assert {name.split("/")[0] for name in system.objects()} == {"Namespace", "ConfigMap"}

    namespace = system.run("undeploy", "--delete-data", "--delete-namespace", f"--confirm={system.namespace}")
    assert namespace.returncode == 0, namespace.stderr
    assert system.kubectl("get", "namespace", system.namespace, "--ignore-not-found") == ""

    nothing = system.run("undeploy")
    assert nothing.returncode == 0, nothing.stderr


def test_a_failed_job_ends_the_run_with_its_logs_and_its_correction_is_run(system: System) -> None:
    system.edit("jobs/prepare.yaml", "echo preparing", "echo preparing; echo no database; exit 3")

    failed = system.run("deploy")
    assert failed.returncode == 1
    assert "Error: Job/prepare failed." in failed.stderr
    assert "BackoffLimitExceeded" in failed.stderr
    assert "no database" in failed.stderr
    assert "[5/5]" not in failed.stdout

    system.edit("jobs/prepare.yaml", "echo preparing; echo no database; exit 3", "echo preparing")
    fixed = system.run("deploy")
    assert fixed.returncode == 0, fixed.stderr
    assert "Job/prepare: it failed before" in fixed.stdout


def test_a_changed_job_is_run_again(system: System) -> None:
    assert system.run("deploy").returncode == 0
    before = identities(system.objects())
    system.edit("jobs/prepare.yaml", "echo preparing", "echo preparing more")

    done = system.run("deploy")

    assert done.returncode == 0, done.stderr
    assert "Job/prepare: it changed" in done.stdout
    after = identities(system.objects())
    assert after["Job/prepare"] != before["Job/prepare"]
    assert after["Pod/store-0"] == before["Pod/store-0"]


def test_exactly_the_readers_of_a_changed_secret_are_restarted(system: System) -> None:
    assert system.run("deploy").returncode == 0
    before = identities(system.objects())
    system.kubectl("patch", "secret", "web-secret", "--type=json", '--patch=[{"op":"remove","path":"/data/token"}]')

    done = system.run("deploy")

    assert done.returncode == 0, done.stderr
    after = identities(system.objects())
    assert after["Pod/store-0"] == before["Pod/store-0"]
    assert after["Job/prepare"] != before["Job/prepare"]
    assert [name for name in after if name.startswith("Pod/web-") and name in before] == []


def test_what_is_not_ready_in_time_is_reported_with_its_cause(system: System) -> None:
    assert system.run("deploy").returncode == 0
    system.edit("deployments/web.yaml", "redis:7-alpine", "redis:nowhere")

    late = system.run("deploy", "--timeout=20")

    assert late.returncode == 70
    assert "Deployment/web 0/1" in late.stdout
    report = late.stderr.partition("the time limit of 20 s is over")[2]
    assert "Not ready: Deployment/web" in report
    assert "ImagePullBackOff" in report
    assert "redis:nowhere" in report
    assert "StatefulSet/store" not in report


def test_an_interrupted_run_ends_with_130_and_the_next_one_completes(system: System) -> None:
    interrupted = system.interrupt("[3/5]")
    assert interrupted.returncode in (130, -signal.SIGINT)  # a shell shows 130 for both
    assert "[4/5]" not in interrupted.stdout

    done = system.run("deploy")

    assert done.returncode == 0, done.stderr
