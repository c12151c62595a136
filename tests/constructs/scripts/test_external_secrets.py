"""ExternalSecrets, on a real API server that has their definition; each test is the controller."""

import base64
import json
import uuid
from pathlib import Path
from typing import Any

from cdk8s_backend.manifest import Manifest

import pytest

from tests.constructs.scripts.on_api_server import System
from tests.constructs.scripts.sample import TEMPLATES, external_phases
from tests.constructs.scripts.shells import Shell
from tests.support.api_server import ApiServer
from tests.support.processes import wait_until
from tests.support.project import ROOT

DEFINITION = ROOT / "imports/crds/external-secrets.io_externalsecrets.yaml"
RESOURCE = "externalsecrets.external-secrets.io"
VALUE = "Tell-nobody-0123456789"


@pytest.fixture
def server(api_server: ApiServer) -> ApiServer:
    """The API server, with the definition of ExternalSecrets."""
    api_server.kubectl("apply", "--server-side", "-f", DEFINITION)
    wait_until(lambda: api_server.kubectl("get", RESOURCE, check=False).returncode == 0, f"{RESOURCE} are served")
    return api_server


@pytest.fixture
def system(server: ApiServer, shell: Shell, tmp_path: Path) -> System:
    return System(server, shell, tmp_path, external_phases)


def fill(system: System, secret: str, **values: str) -> None:
    """Writes a Secret as the controller does."""
    manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": secret}, "stringData": values}
    system.kubectl("apply", "-n", system.namespace, "-f", "-", input=json.dumps(manifest))


def fail(system: System, name: str, message: str) -> None:
    """Makes an ExternalSecret, and says of it what the controller says when the store has no such secret."""
    spec = {"secretStoreRef": {"kind": "ClusterSecretStore", "name": "vault"}}
    system.make_namespace()
    system.apply(
        {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": {"name": name}, "spec": spec}
    )
    condition = {"type": "Ready", "status": "False", "reason": "SecretSyncedError", "message": message}
    system.kubectl(
        "patch", RESOURCE, name, "-n", system.namespace, "--subresource=status", "--type=merge",
        f"--patch={json.dumps({'status': {'conditions': [condition]}})}",
    )  # fmt: skip
    system.apply(
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{name}.1"},
            "involvedObject": {
                "apiVersion": "external-secrets.io/v1",
                "kind": "ExternalSecret",
                "name": name,
                "namespace": system.namespace,
            },
            "type": "Warning",
            "reason": "UpdateFailed",
            "message": "no such path",
        }
    )


def test_deploy_goes_on_once_the_secrets_have_all_their_keys_and_shows_no_value(system: System) -> None:
    with system.start_deploy("--timeout=120") as run:
        assert run.stdout is not None
        said = []
        for line in run.stdout:
            said.append(line)
            if "(0 of 2 ready): ExternalSecret/web, ExternalSecret/mail-secret" in line:
                fill(system, "web-secret", token=VALUE)
                fill(system, "mail-secret", username=VALUE, password="")
            elif "(1 of 2 ready): ExternalSecret/mail-secret" in line:
                assert "[3/3] Ingress\n" not in said
                fill(system, "mail-secret", username=VALUE, password=VALUE)
        assert run.stderr is not None
        errors = run.stderr.read()

    assert run.returncode == 0, errors
    assert [line for line in said if "of 2 ready" in line][-1].startswith("  waiting (1 of 2 ready)")
    assert "[3/3] Ingress\n" in said
    assert system.exists("ingress", "shop")
    assert system.values("mail-secret") == {"username": VALUE, "password": VALUE}
    assert system.exists("secret", "store-secret")
    seen = "".join(said) + errors + system.record.read_text()
    assert VALUE not in seen
    assert base64.b64encode(VALUE.encode()).decode()[:20] not in seen


def test_a_secret_outlives_the_change_of_where_its_values_come_from(
    server: ApiServer, shell: Shell, tmp_path: Path
) -> None:
    for name in ("external", "template"):
        (tmp_path / name).mkdir()
    external = System(server, shell, tmp_path / "external", external_phases)
    template = System(server, shell, tmp_path / "template", namespace=external.namespace)
    external.make_namespace()
    fill(external, "mail-secret", username="admin", password=VALUE)
    fill(external, "web-secret", token=VALUE)
    assert external.deploy().returncode == 0

    done = template.deploy("--prune")

    assert done.returncode == 0, done.stderr
    for name in ("mail-secret", "web"):
        assert f"/{name}: no longer in the folder, and kept" in done.stdout
        assert external.exists(RESOURCE, name), "with it the cluster deletes its Secret"


def test_a_secret_outlives_a_run_that_is_put_back(system: System) -> None:
    done = system.deploy("--rollback-on-failure", "--timeout=30")

    assert done.returncode == 70
    assert "Put back." in done.stdout
    assert not system.exists("configmap", "web-config")
    assert system.exists(RESOURCE, "mail-secret"), "with it the cluster deletes its Secret"


def test_what_lacks_in_time_is_reported_with_what_the_controller_says(system: System) -> None:
    message = 'could not get secret "shop/web" | from vault:\n' + "long " * 100 + "end"
    fail(system, "web", message)

    done = system.deploy("--timeout=30")

    assert done.returncode == 70
    assert "[3/3]" not in done.stdout
    report = done.stderr.partition("the time limit of 30 s is over.\n")[2]
    assert report.splitlines()[:8] == [
        "Not ready: ExternalSecret/web",
        "    Secret/web-secret: no key has a value",
        f"    condition Ready=False: SecretSyncedError {message.replace(chr(10), ' ')}",
        "    event web: UpdateFailed no such path",
        "Not ready: ExternalSecret/mail-secret",
        "    Secret/mail-secret: missing or empty keys username password",
        "    no condition Ready yet: no controller has seen this ExternalSecret.",
        "To look further, or to undo:",
    ]


def test_undeploy_deletes_external_secrets_and_leaves_their_secrets_to_the_controller(system: System) -> None:
    system.make_namespace()
    fill(system, "mail-secret", username="a", password="b")
    fill(system, "web-secret", token="c")
    assert system.deploy().returncode == 0

    done = system.undeploy("--delete-data", f"--confirm={system.namespace}")

    assert done.returncode == 0, done.stderr
    assert not system.exists(RESOURCE, "mail-secret")
    assert not system.exists(RESOURCE, "web")
    assert not system.exists("secret", "store-secret")
    assert system.exists("secret", "mail-secret")
    assert "mail-secret" not in done.stdout.partition("Kept:")[2]


def test_undeploy_removes_the_rest_where_the_definition_is_gone(system: System) -> None:
    system.make_namespace()
    fill(system, "mail-secret", username="a", password="b")
    fill(system, "web-secret", token="c")
    assert system.deploy().returncode == 0
    system.kubectl("delete", "crd", RESOURCE)

    for _ in range(2):  # with what kubectl still believes to be there, and without
        done = system.undeploy()
        assert (done.returncode, done.stderr) == (0, "")

    assert not system.exists("configmap", "web-config")


@pytest.fixture
def namespace(server: ApiServer) -> str:
    name = f"keys-{uuid.uuid4().hex[:8]}"
    server.kubectl("create", "namespace", name)
    return name


def external(**spec: Any) -> Manifest:
    data = [{"secretKey": key, "remoteRef": {"key": key}} for key in spec.pop("keys", ())]
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": "store"},
        "spec": {"data": data, **spec},
    }


@pytest.mark.parametrize(
    ("external_secret", "values", "lacking"),
    [
        (external(keys=["a", "b"]), None, "a b"),
        (external(keys=["a", "b"]), {}, "a b"),
        (external(keys=["a", "b"]), {"a": "1", "b": ""}, "b"),
        (external(keys=["a", "b"]), {"a": "1", "b": "2"}, ""),
        (external(keys=["a"], target={"name": "other"}), {"a": "1"}, "a"),
        (external(keys=["a"], target={"template": {"type": "Opaque"}}), {"b": "1"}, "a"),
        (external(keys=["a"], target={"template": {"data": {"url": "x"}}}), {"b": "1"}, "url"),
        (external(keys=["a"], target={"template": {"data": {"url": "x"}}}), {"url": "1"}, ""),
        (external(keys=["a"], target={"template": {"data": {"url": "x"}, "mergePolicy": "Merge"}}), {}, "a url"),
        (external(dataFrom=[{"extract": {"key": "k"}}]), None, "*"),
        (external(dataFrom=[{"extract": {"key": "k"}}]), {"a": ""}, "*"),
        (external(dataFrom=[{"extract": {"key": "k"}}]), {"a": "", "b": "1"}, ""),
        (external(keys=["a"], dataFrom=[{"extract": {"key": "k"}}]), {"b": "1"}, "a"),
        (external(keys=["a"], target={"template": {"templateFrom": [{"literal": "x: y"}]}}), {}, "*"),
        (external(keys=["a"], target={"template": {"templateFrom": [{"literal": "x: y"}]}}), {"x": "1"}, ""),
    ],
)
def test_a_secret_lacks_what_the_controller_would_write_into_it(
    external_secret: Manifest, values: dict[str, str] | None, lacking: str, server: ApiServer, namespace: str
) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "store"}, "stringData": values}
    for manifest in [external_secret, *([] if values is None else [secret])]:
        server.kubectl("apply", "-n", namespace, "-f", "-", input=json.dumps(manifest))
    template = (TEMPLATES / "kubectl/external_secrets.gotemplate").read_text()

    printed = server.kubectl("get", f"secrets,{RESOURCE}", "-n", namespace, f"--output=go-template={template}").stdout

    name = external_secret["spec"].get("target", {}).get("name", "store")
    kind, own_name, found, secret_name, *condition = printed.rstrip("\n").split("|")
    assert (kind, own_name, secret_name, condition) == ("ExternalSecret", "store", name, [""])
    assert found.split() == lacking.split()
