"""The manifests are what a real API server takes, of every Kubernetes version that they are meant for."""

import re
from pathlib import Path

from cdk8s_backend.layout import arrange, render

import pytest

from scripts.folders import path_of
from tests.support.api_server import ApiServer
from tests.support.schemas import VERSIONS, problems
from tests.support.synthesis import manifests_of


@pytest.mark.parametrize("environment", ["production", "local"])
@pytest.mark.parametrize("version", VERSIONS)
def test_every_kubernetes_version_knows_every_field(version: str, environment: str) -> None:
    found = {path_of(manifest): problems(manifest, version) for manifest in manifests_of(environment)}
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_the_schemas_find_a_field_that_no_kubernetes_knows() -> None:
    deployment = manifests_of("production").get("Deployment", "kafka")
    broken = {**deployment, "spec": {**deployment["spec"], "replicaCount": 1}}
    assert problems(broken, VERSIONS[-1])


@pytest.mark.parametrize("environment", ["production", "local"])
def test_a_real_api_server_takes_every_file_without_a_warning(
    api_server: ApiServer, environment: str, tmp_path: Path
) -> None:
    elsewhere = f"manifests-{environment}".encode()  # the tests of a session share the API server
    files = render(arrange(manifests_of(environment), path_of), environment)
    for path in sorted(files, key=lambda path: (path != "namespace.yaml", path)):
        file = tmp_path / Path(path).name
        file.write_bytes(re.sub(rb"(?m)^(  name(?:space)?: )count-system$", rb"\1" + elsewhere, files[path]))
        done = api_server.kubectl("apply", "--server-side", "--validate=strict", f"--filename={file}")
        assert done.stderr == "", path
        assert done.stdout.strip().endswith("serverside-applied"), path
