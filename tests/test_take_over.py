"""A system that `kubectl apply` has made from the specification's own folder is taken over by the generated scripts."""

import base64
import json
import os
import signal
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from cdk8s_backend.layout import write

import pytest
import yaml

from charts.topology import NAMESPACE
from tests.conformance import specification_examples as specification
from tests.constructs.scripts.shells import Done, Shell
from tests.support.api_server import ApiServer
from tests.support.cluster import Cluster
from tests.support.deployment import Scripts
from tests.support.synthesis import folder_of

ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"
CLAIM = "postgresql-data-postgresql-0"
QUERY = ("psql", "--username=countuser", "--host=/run/postgresql", "--dbname=postgres", "-Atqc")
# The example has no readiness probe, and the server that sets the database up listens on its socket alone.
SERVES = "until pg_isready -q -h 127.0.0.1; do sleep 1; done"
TYPES = "configmaps,secrets,services,statefulsets,deployments,jobs,ingresses.networking.k8s.io"


class Taken:
    """The specification's objects as its deploy.sh applies them, in a namespace of their own; the generated folder."""

    def __init__(self, server: ApiServer, shell: Shell, path: Path, namespace: str) -> None:
        self._server, self._shell, self._namespace = server, shell, namespace
        self._folder = path / "folder"
        for name, content in folder_of("production").items():
            (self._folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self._folder / name).write_bytes(content.replace(b"count-system", namespace.encode()))
        for example in sorted(specification.examples("yaml").values(), key=lambda text: "kind: Namespace" not in text):
            server.kubectl("apply", "--filename=-", input=example.replace("count-system", namespace))

    def deploy(self, *options: str) -> Done:
        return self._shell.run(self._folder / "deploy", "--yes", *options, environment=self._environment)

    def deploy_and_leave(self, *options: str) -> str:
        """Interrupts the run once it waits, since no node is here; returns what it printed."""
        said = ""
        with self._shell.start(self._folder / "deploy", "--yes", *options, environment=self._environment) as run:
            assert run.stdout is not None
            for line in run.stdout:
                said += line
                if "waiting (" in line:
                    os.killpg(run.pid, signal.SIGINT)
        return said

    @property
    def _environment(self) -> dict[str, str]:
        return {
            "KUBECONFIG": str(self._server.kubeconfig),
            "PATH": f"{self._server.kubectl.program.parent}:{os.environ['PATH']}",
            "HOME": str(self._folder.parent),
            "LANG": "en_US.UTF-8",
        }

    def kubectl(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self._server.kubectl(f"--namespace={self._namespace}", *words)

    def objects(self) -> dict[str, dict[str, Any]]:
        items = json.loads(self.kubectl("get", TYPES, "--show-managed-fields", "--output=json").stdout)["items"]
        return {f"{item['kind']}/{item['metadata']['name']}": item for item in items}


@pytest.fixture(scope="module")
def taken(api_server: ApiServer, shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> Taken:
    return Taken(api_server, shell, tmp_path_factory.mktemp("taken"), f"taken-{shell.name}")


def test_the_step_that_needs_a_person_is_named_before_anything_is_written(taken: Taken) -> None:
    before = taken.objects()

    done = taken.deploy()

    assert done.returncode == 1
    assert "Error: StatefulSet/postgresql: a field that cannot change once it is made has changed." in done.stderr
    assert "delete statefulset postgresql --cascade=orphan" in done.stderr
    assert "Objects with a problem: 1. Nothing was applied." in done.stderr
    after = taken.objects()
    assert {name: after[name]["metadata"]["resourceVersion"] for name in before} == {
        name: item["metadata"]["resourceVersion"] for name, item in before.items()
    }


def test_after_that_step_all_is_taken_over_and_the_password_is_kept_and_its_copy_gone(taken: Taken) -> None:
    taken.kubectl("delete", "statefulset", "postgresql", "--cascade=orphan", "--wait=false")
    taken.kubectl("patch", "statefulset", "postgresql", "--type=merge", '--patch={"metadata":{"finalizers":null}}')

    done = taken.deploy("--with-ingress", "--only=configuration", "--only=storage", "--only=ingress")
    assert done.returncode == 0, done.stderr
    for phase in ("infrastructure", "services"):
        said = taken.deploy_and_leave(f"--only={phase}")
        assert "waiting (" in said

    objects = taken.objects()
    named = {f"{item['kind']}/{item['metadata']['name']}" for item in map(yaml.safe_load, _examples())}
    for name in named & set(objects) - {"Job/postgresql-init"}:  # its deletion needs a controller
        metadata = objects[name]["metadata"]
        managers = {entry["manager"] for entry in metadata["managedFields"] if not entry.get("subresource")}
        assert ANNOTATION not in metadata.get("annotations", {}), name
        assert "cdk8s-backend" in managers or name.startswith("Secret/"), name
        assert "kubectl-client-side-apply" not in managers or name.startswith("Secret/"), name
    password = objects["Secret/postgresql-secret"]["data"]["password"]
    assert base64.b64decode(password).decode() == "countpassword"
    assert "countpassword" not in json.dumps(objects)
    ingress = next(item for name, item in objects.items() if name.startswith("Ingress/"))
    assert "nginx.ingress.kubernetes.io/rewrite-target" not in ingress["metadata"].get("annotations", {})


def _examples() -> list[str]:
    return list(specification.examples("yaml").values())


@pytest.mark.parametrize("script", ["deploy.sh", "deploy.ps1"])
def test_the_data_of_the_specifications_database_is_kept(
    script: str, cluster: Cluster, pwsh: Path, tmp_path: Path
) -> None:
    """On a disk without `lost+found`, as local ones are: in the root of another the example's server does not start."""
    write(tmp_path, folder_of("local"))
    scripts = Scripts(cluster, tmp_path, pwsh)
    kubectl = partial(cluster.kubectl, f"--namespace={NAMESPACE}")
    remove = ("delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=180s")
    phases = [f"--only={phase}" for phase in ("configuration", "storage", "infrastructure")]
    cluster.kubectl(*remove)
    try:
        _deploy_the_database_of_the_specification(kubectl, tmp_path / "persistentvolumeclaims/postgresql-pvc.yaml")
        kubectl("exec", "postgresql-0", "--", *QUERY, "CREATE TABLE kept AS SELECT 42 AS value")
        refused = scripts.run(script, "--lang=en", *phases, status=1)
        assert "delete statefulset postgresql --cascade=orphan" in refused.stdout
        kubectl("delete", "statefulset", "postgresql", "--cascade=orphan")

        scripts.run(script, *phases)

        kept = kubectl("exec", "postgresql-0", "--container=postgresql", "--", *QUERY, "SELECT value FROM kept")
        assert kept.stdout == "42\n"
    finally:
        cluster.kubectl(*remove)


def _deploy_the_database_of_the_specification(
    kubectl: Callable[..., subprocess.CompletedProcess[str]], claim: Path
) -> None:
    """By `kubectl apply` of its examples, on the disk of a claim that was emptied."""
    examples = {file: yaml.safe_load(text) for file, text in specification.examples("yaml").items()}
    database = examples["statefulsets/postgresql.yaml"]
    image = database["spec"]["template"]["spec"]["containers"][0]["image"]
    emptied = {
        "name": "empty",
        "image": image,
        "command": ["rmdir", "/disk/lost+found"],
        "volumeMounts": [{"name": "disk", "mountPath": "/disk"}],
    }
    pod = {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {"name": "empty"},
        "spec": {
            "restartPolicy": "Never",
            "containers": [emptied],
            "volumes": [{"name": "disk", "persistentVolumeClaim": {"claimName": CLAIM}}],
        },
    }
    kubectl("create", "namespace", NAMESPACE)
    kubectl("create", f"--filename={claim}")
    kubectl("create", "--filename=-", input=json.dumps(pod))
    kubectl("wait", "pod/empty", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=90s")
    kubectl("delete", "pod", "empty", "--now")
    for file in ("secret/postgresql-secret.yaml", "statefulsets/postgresql.yaml"):
        kubectl("apply", "--filename=-", input=json.dumps(examples[file]))
    kubectl("rollout", "status", "statefulset/postgresql", "--timeout=120s")
    kubectl("exec", "postgresql-0", "--", "timeout", "60", "sh", "-c", SERVES)
