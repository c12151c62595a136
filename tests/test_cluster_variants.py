"""The variants on a real cluster: a Gateway, HTTPS, and Secrets that an operator brings.

The controller of the disposable cluster serves neither HTTPS nor redirects of Gateways; their manifests are checked
against the definitions instead (`tests/test_manifests.py`).
"""

import base64
import contextlib
import http.client
import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cdk8s_backend.layout import write

import pytest

from charts.topology import NAMESPACE, SECRET_VARIABLES
from tests.support.cluster import Cluster
from tests.support.deployment import Scripts
from tests.support.parts import need_program
from tests.support.processes import wait_until
from tests.support.synthesis import folder_of

MAIN, READ = "count-system.local", "read.count-system.local"
COUNT = "/api/v1/counts/variant"
STORE = {
    f"count-system/local/{name}": {"username": f"{name.removesuffix('-secret')}-user", "password": f"{name}-password"}
    for name in SECRET_VARIABLES
}
"""What the store holds: key to properties."""

Answer = tuple[str, Any]
"""The name of the service that answered, and what it said."""


def answer(connection: http.client.HTTPConnection, method: str, host: str, body: object = None) -> Answer:
    """Asks for the count under test."""
    with contextlib.closing(connection):
        text = None if body is None else json.dumps(body)
        connection.request(method, COUNT, text, {"Host": host, "Content-Type": "application/json"})
        response = connection.getresponse()
        content = response.read()
        assert response.status == 200, content
        return response.headers["X-Service"], json.loads(content) if content else None


def wait_for_routes(ask: Callable[[], Answer]) -> Answer:
    """What is answered once the controller has the routes."""
    answers: list[Answer] = []

    def is_answered() -> bool:
        with contextlib.suppress(AssertionError, OSError):
            answers.append(ask())
        return bool(answers)

    wait_until(is_answered, f"{COUNT} is routed", seconds=30)
    return answers[-1]


@pytest.fixture(scope="module")
def deploying(
    cluster: Cluster, pwsh: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Scripts]]:
    """Writes the folder of `local` with other settings; nothing of the system is there at first, and at the end."""

    def folder(**changed: Any) -> Scripts:
        path = tmp_path_factory.mktemp("variant")
        write(path, folder_of("local", **changed))
        return Scripts(cluster, path, pwsh)

    remove = ("delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=180s")
    cluster.kubectl(*remove)
    yield folder
    cluster.kubectl(*remove)


# External secrets: first, since the other variants leave Secrets behind.


@contextlib.contextmanager
def running_operator(cluster: Cluster) -> Iterator[None]:
    """Does as the External Secrets Operator does, with `STORE` as its store, until the block ends."""
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(1):
            found = cluster.kubectl(
                "get", "externalsecrets", f"--namespace={NAMESPACE}", "--output=json", check=False
            ).stdout
            for external in json.loads(found or '{"items": []}')["items"]:
                if not external.get("status"):
                    bring(cluster, external)

    operator = threading.Thread(target=run)
    operator.start()
    try:
        yield
    finally:
        ended.set()
        operator.join()


def bring(cluster: Cluster, external: dict[str, Any]) -> None:
    """Makes the Secret of an ExternalSecret, and tells that it is there."""
    name, spec = external["metadata"]["name"], external["spec"]
    owner = {key: external[key] for key in ("apiVersion", "kind")}
    owner |= {key: external["metadata"][key] for key in ("name", "uid")}
    values = {
        each["secretKey"]: STORE[each["remoteRef"]["key"]][each["remoteRef"]["property"]] for each in spec["data"]
    }
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": spec["target"]["name"], "namespace": NAMESPACE, "ownerReferences": [owner]},
        "data": {key: base64.b64encode(value.encode()).decode() for key, value in values.items()},
    }
    cluster.kubectl("create", "--filename=-", input=json.dumps(secret))
    status = {"status": {"conditions": [{"type": "Ready", "status": "True", "reason": "SecretSynced"}]}}
    patch = ("--subresource=status", "--type=merge", f"--patch={json.dumps(status)}")
    cluster.kubectl("patch", "externalsecret", name, f"--namespace={NAMESPACE}", *patch)


@pytest.fixture(scope="module")
def external(deploying: Callable[..., Scripts]) -> Scripts:
    return deploying(secrets="external-secrets", external_secrets={"storeName": "vault"})


@pytest.fixture(scope="module")
def unsupplied(external: Scripts) -> str:
    """What deploy says where no operator brings the Secrets."""
    return external.run("deploy.sh", "--timeout", "20", "--lang", "en", status=70).stdout


@pytest.fixture(scope="module")
def supplied(external: Scripts, unsupplied: str) -> Scripts:
    """The system, deployed while an operator brings the Secrets."""
    with running_operator(external.cluster):
        external.run("deploy.sh", "--with-ingress")
    return external


def test_without_the_operator_deploy_names_the_external_secrets_that_it_waits_for(unsupplied: str) -> None:
    assert [name for name in SECRET_VARIABLES if f"ExternalSecret/{name}" not in unsupplied] == []


def test_deploy_waits_for_the_secrets_that_an_operator_brings(supplied: Scripts) -> None:
    secrets = {each["metadata"]["name"]: each["data"] for each in supplied.objects("secret")}
    assert {
        name: {key: base64.b64decode(value).decode() for key, value in data.items()} for name, data in secrets.items()
    } == {name: STORE[f"count-system/local/{name}"] for name in SECRET_VARIABLES}


def test_services_log_in_with_what_the_operator_brings(supplied: Scripts) -> None:
    contract = supplied.contract("count-write-service", 3000)
    assert (contract["missing"], contract["database"]) == (None, "countinfo")


# Gateway


@pytest.fixture(scope="module")
def gateway(deploying: Callable[..., Scripts]) -> Scripts:
    """The system behind a Gateway, in a namespace of its own."""
    scripts = deploying(routing="gateway")
    scripts.cluster.kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=180s")
    scripts.run("deploy.sh", "--with-ingress")
    return scripts


def over_http(scripts: Scripts, method: str, host: str, body: object = None) -> Answer:
    return answer(http.client.HTTPConnection(scripts.cluster.node_address, timeout=30), method, host, body)


def test_behind_a_gateway_the_write_service_writes_and_the_read_service_reads_on_one_host(gateway: Scripts) -> None:
    service, _ = wait_for_routes(lambda: over_http(gateway, "PUT", MAIN, {"value": 42}))
    assert service == "count-write-service"
    service, count = over_http(gateway, "GET", MAIN)
    assert (service, count["value"]) == ("count-read-service", 42)
    assert over_http(gateway, "HEAD", MAIN)[0] == "count-read-service"


def test_behind_a_gateway_clients_of_the_read_host_go_on_working(gateway: Scripts) -> None:
    wait_for_routes(lambda: over_http(gateway, "PUT", MAIN, {"value": 42}))
    service, count = over_http(gateway, "GET", READ)
    assert (service, count["value"]) == ("count-read-service", 42)


def test_every_route_is_accepted_by_the_controller(gateway: Scripts) -> None:
    routes = gateway.objects("httproutes")
    assert len(routes) == 6
    for route in routes:
        conditions = [
            (condition["type"], condition["status"])
            for parent in route["status"]["parents"]
            for condition in parent["conditions"]
        ]
        assert set(conditions) == {("Accepted", "True"), ("ResolvedRefs", "True")}, route["metadata"]["name"]


def test_a_second_deployment_changes_no_route(gateway: Scripts) -> None:
    def generations() -> dict[str, int]:
        routing = gateway.objects("gateways,httproutes")
        return {each["metadata"]["name"]: each["metadata"]["generation"] for each in routing}

    before = generations()
    gateway.run("deploy.sh", "--with-ingress")
    assert generations() == before


# HTTPS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for both hosts, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    certificate, key = folder / "tls.crt", folder / "tls.key"
    openssl = need_program("openssl", package="openssl")
    command = [
        str(openssl),
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "1",
    ]
    names = ["-subj", f"/CN={MAIN}", "-addext", f"subjectAltName=DNS:{MAIN},DNS:{READ}"]
    subprocess.run([*command, *names, "-out", str(certificate), "-keyout", str(key)], capture_output=True, check=True)
    return certificate, key


@pytest.fixture(scope="module")
def secured(gateway: Scripts, deploying: Callable[..., Scripts], certificate: tuple[Path, Path]) -> Scripts:
    """The same system behind an Ingress with a certificate, in place of the Gateway."""
    cluster = gateway.cluster
    cluster.kubectl("delete", "gateways,httproutes", "--all", f"--namespace={NAMESPACE}")
    files = (f"--cert={certificate[0]}", f"--key={certificate[1]}")
    cluster.kubectl("create", "secret", "tls", "count-certificate", f"--namespace={NAMESPACE}", *files)
    scripts = deploying(tls={"secretName": "count-certificate"})
    scripts.run("deploy.sh", "--with-ingress")
    return scripts


@pytest.mark.parametrize(("host", "service"), [(MAIN, "count-write-service"), (READ, "count-read-service")])
def test_each_host_is_served_over_https_with_the_certificate(
    secured: Scripts, certificate: tuple[Path, Path], host: str, service: str
) -> None:
    context = ssl.create_default_context(cafile=str(certificate[0]))

    def ask() -> Answer:
        plain = socket.create_connection((secured.cluster.node_address, 443), timeout=30)
        connection = http.client.HTTPConnection(host)
        connection.sock = context.wrap_socket(plain, server_hostname=host)
        return answer(connection, "GET", host)

    answered_by, count = wait_for_routes(ask)
    assert (answered_by, count["id"]) == (service, "variant")
