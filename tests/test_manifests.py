"""The manifests are what a real API server takes, of every Kubernetes version that they are meant for."""

import itertools
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from cdk8s_backend.layout import arrange, render
from cdk8s_backend.manifest import Manifest

import pytest

from scripts.folders import path_of
from tests.support.api_server import ApiServer
from tests.support.schemas import DEFINITIONS, VERSIONS, problems
from tests.support.synthesis import ENVIRONMENTS, ROUTINGS, SECRETS, TLS, combination, manifests_of

AUTOSCALING = {"replicas": {}, "autoscaling": {"default": {"maxReplicas": 5}}}


@cache
def variants_of(environment: str) -> list[Manifest]:
    """The objects of all combinations of routing, secrets and TLS, each linked, and of one of them with autoscaling.

    All of them have backups. Equal objects are there once.
    """
    combinations = [
        combination(routing=routing, secrets=secrets, tls=tls)
        for routing, secrets, tls in itertools.product(ROUTINGS, SECRETS, TLS)
    ]
    objects = {
        json.dumps(manifest, sort_keys=True): manifest
        for changed in (*combinations, combinations[0] | AUTOSCALING)
        for manifest in manifests_of(environment, backups={"schedule": "0 3 * * *"}, **changed)
    }
    return list(objects.values())


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_variants_have_what_they_are_for(environment: str) -> None:
    kinds = [manifest["kind"] for manifest in variants_of(environment)]
    assert {kind: kinds.count(kind) for kind in VARIED} == {
        "Ingress": len(TLS),
        "Gateway": len(TLS),
        "Secret": 3,
        "ExternalSecret": 3,
        "CronJob": 3,
        "HorizontalPodAutoscaler": 5,
        "PodDisruptionBudget": 5,
    }


VARIED = ("Ingress", "Gateway", "Secret", "ExternalSecret", "CronJob", "HorizontalPodAutoscaler", "PodDisruptionBudget")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("version", VERSIONS)
def test_every_kubernetes_version_knows_every_field(version: str, environment: str) -> None:
    found = [(path_of(manifest), problems(manifest, version)) for manifest in variants_of(environment)]
    assert [(path, lines) for path, lines in found if lines] == []


def test_the_schemas_find_a_field_that_no_kubernetes_knows() -> None:
    deployment = manifests_of("production").get("Deployment", "kafka")
    broken = {**deployment, "spec": {**deployment["spec"], "replicaCount": 1}}
    assert problems(broken, VERSIONS[-1])


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("Gateway", {"gatewayClass": "nginx"}),
        ("Gateway", {"listeners": [{"name": "http", "protocol": "HTTP", "port": 80, "host": "a.example"}]}),
        ("HTTPRoute", {"rules": [{"backendRefs": [{"name": "a", "port": "80"}]}]}),
        ("HTTPRoute", {"rules": [{"timeouts": {"request": "1 h"}}]}),
        ("ExternalSecret", {"target": {"creation_policy": "Owner"}}),
    ],
)
def test_the_definitions_find_a_field_that_a_custom_resource_does_not_have(kind: str, changed: dict[str, Any]) -> None:
    manifest = next(each for each in variants_of("production") if each["kind"] == kind)
    assert problems(manifest, VERSIONS[-1]) == []
    assert problems({**manifest, "spec": {**manifest["spec"], **changed}}, VERSIONS[-1])


@pytest.mark.parametrize("environment", ENVIRONMENTS)
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


@pytest.fixture(scope="module")
def with_definitions(api_server: ApiServer) -> ApiServer:
    """The API server, which knows the custom resources."""
    files = [f"--filename={path}" for path in DEFINITIONS]
    api_server.kubectl("apply", "--server-side", *files)
    api_server.kubectl("wait", "--for=condition=Established", "--timeout=30s", *files)
    return api_server


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_real_api_server_takes_every_variant_without_a_warning(with_definitions: ApiServer, environment: str) -> None:
    namespace = f"variants-{environment}"
    with_definitions.kubectl("create", "namespace", namespace)
    items = [
        {**manifest, "metadata": {**manifest["metadata"], "namespace": namespace}}
        for manifest in variants_of(environment)
        if manifest["kind"] != "Namespace"
    ]
    done = with_definitions.kubectl(
        *("apply", "--server-side", "--dry-run=server", "--validate=strict", "--filename=-"),
        input=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}),
    )
    assert done.stderr == ""
    assert done.stdout.count("serverside-applied (server dry run)") == len(items)
