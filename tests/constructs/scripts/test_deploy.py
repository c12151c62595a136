"""deploy and undeploy of the sample system on a real cluster, as it goes when nothing fails."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.constructs.scripts.on_cluster import System
from tests.constructs.scripts.shells import Shell
from tests.support.cluster import Cluster


@pytest.fixture
def system(cluster: Cluster, shell: Shell, tmp_path: Path) -> Iterator[System]:
    system = System(cluster, shell, tmp_path)
    yield system
    system.delete()


def test_a_system_is_deployed_twice_removed_and_deployed_again_with_its_data(system: System) -> None:
    first = system.deploy()
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

    second = system.deploy()
    assert second.returncode == 0, second.stderr
    assert "nothing changed" in second.stdout
    assert system.objects() == deployed

    system.kubectl("label", "service/store", "app.kubernetes.io/part-of-")
    system.kubectl("exec", "store-0", "--", "sh", "-c", "redis-cli set kept yes && redis-cli save")
    removal = system.run("undeploy")
    assert removal.returncode == 0, removal.stderr
    assert "Service.v1./store: it lacks the label app.kubernetes.io/part-of=shop, and stays." in removal.stdout
    left = system.objects()
    assert [name for name in left if not name.startswith("ConfigMap/kube-root-ca")] == [
        f"Namespace/{system.namespace}",
        "Secret/store-secret",
        "Secret/web-secret",
        "Service/store",
        "PersistentVolumeClaim/data-store-0",
    ]
    for name in ("persistentvolumeclaim/data-store-0", "secret/store-secret", f"namespace/{system.namespace}"):
        assert name in removal.stdout

    third = system.deploy()
    assert third.returncode == 0, third.stderr
    assert system.kubectl("exec", "store-0", "--", "redis-cli", "get", "kept").strip() == "yes"
    assert system.objects()["Secret/store-secret"] == deployed["Secret/store-secret"]


def test_data_and_namespace_go_when_asked_for_by_name(system: System) -> None:
    assert system.deploy().returncode == 0
    deployed = system.objects()
    unconfirmed = system.run("undeploy", "--delete-data", "--confirm=shop")
    assert unconfirmed.returncode == 2
    assert system.objects() == deployed

    data = system.run("undeploy", "--delete-data", f"--confirm={system.namespace}")
    assert data.returncode == 0, data.stderr
    assert {name.split("/")[0] for name in system.objects()} == {"Namespace", "ConfigMap"}

    system.kubectl("create", "configmap", "theirs")
    namespace = system.run("undeploy", "--delete-data", "--delete-namespace", f"--confirm={system.namespace}")
    assert namespace.returncode == 0, namespace.stderr
    assert namespace.stdout.startswith(
        f"The namespace {system.namespace} also holds what is not of this system, and goes with it: ConfigMap/theirs\n"
    )
    assert system.kubectl("get", "namespace", system.namespace, "--ignore-not-found") == ""

    nothing = system.run("undeploy")
    assert nothing.returncode == 0, nothing.stderr
    assert "Nothing is to be deleted." in nothing.stdout
