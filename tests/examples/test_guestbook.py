"""The example works: its charts, and the folder that it writes."""

import subprocess
import sys

from cdk8s_backend import linker
from cdk8s_backend.assertions import Manifests, Match

import pytest
from cdk8s import App

from examples.guestbook import add_guestbook
from tests.support import schemas
from tests.support.project import ROOT

pytestmark = pytest.mark.xdist_group("guestbook")


def test_the_guestbook_logs_in_as_the_owner_of_its_database() -> None:
    app = App()
    add_guestbook(app)
    manifests = Manifests.of(app)

    owner = {"secretKeyRef": {"name": "entries", "key": "password"}}
    container = {"name": "guestbook", "env": [{"name": "POSTGRES_PASSWORD", "valueFrom": owner}]}
    manifests.has("Deployment", "guestbook", like={"spec": {"template": {"spec": {"containers": [container]}}}})
    manifests.has("StatefulSet", "postgresql", like={"spec": {"replicas": 1}})
    manifests.lacks("Secret", like={"data": Match.any()})
    manifests.count("Service", 3)


@pytest.fixture(scope="module")
def folder() -> Manifests:
    """The folder that the example writes."""
    subprocess.run([sys.executable, "examples/guestbook.py"], cwd=ROOT, check=True)
    return Manifests.from_directory(ROOT / "build/guestbook")


def test_the_folder_holds_the_guestbook(folder: Manifests) -> None:
    kinds = {str(manifest["kind"]): folder.count(str(manifest["kind"])) for manifest in folder}

    assert kinds == {
        "Namespace": 1,
        "ConfigMap": 1,
        "Secret": 2,
        "StatefulSet": 2,
        "Service": 3,
        "Job": 1,
        "Deployment": 1,
        "PodDisruptionBudget": 1,
        "Ingress": 1,
    }


def test_everything_in_the_folder_links(folder: Manifests) -> None:
    assert linker.check(folder) == []


def test_kubernetes_takes_every_object_of_the_folder(folder: Manifests) -> None:
    found = {
        f"{version}: {manifest['kind']} {manifest['metadata']['name']}: {problem}"
        for version in schemas.VERSIONS
        for manifest in folder
        for problem in schemas.problems(manifest, version)
    }

    assert found == set()


def test_the_folder_has_the_scripts_that_deploy_and_remove_it(folder: Manifests) -> None:
    names = {path.name for path in (ROOT / "build/guestbook").iterdir()}

    assert {"deploy.sh", "deploy.ps1", "undeploy.sh", "undeploy.ps1"} <= names
