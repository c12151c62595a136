"""What deploy does with Secrets, on a real API server."""

import base64
import os
from pathlib import Path

import pytest

from tests.constructs.scripts.on_api_server import System
from tests.constructs.scripts.shells import Done, Shell
from tests.support.api_server import ApiServer
from tests.support.deployment import HOSTILE


@pytest.fixture
def system(api_server: ApiServer, shell: Shell, tmp_path: Path) -> System:
    return System(api_server, shell, tmp_path)


def assert_stopped_before_any_write(done: Done, system: System) -> None:
    assert done.returncode == 1
    assert "Nothing was applied" in done.stderr
    assert not system.exists("configmap", "web-config")


def test_missing_values_are_made_and_the_default_is_used(system: System) -> None:
    done = system.deploy()

    assert done.returncode == 0, done.stderr
    store, web = system.values("store-secret"), system.values("web-secret")
    assert store["username"] == "shop"
    assert store["password"] != web["token"]
    for value in (store["password"], web["token"]):
        assert len(value) >= 32
        assert value.isascii()
        assert value.isalnum()


def test_given_values_arrive_whatever_they_hold(system: System) -> None:
    done = system.deploy(STORE_PASSWORD=HOSTILE, STORE_USERNAME="me")

    assert done.returncode == 0, done.stderr
    assert system.values("store-secret") == {"username": "me", "password": HOSTILE}


def test_a_secret_has_the_labels_and_type_of_its_file_and_no_copy_of_its_values(system: System) -> None:
    system.deploy()

    secret = system.get("secret", "store-secret")
    assert secret["metadata"]["labels"] == {"app.kubernetes.io/part-of": "shop"}
    assert secret["type"] == "Opaque"
    assert "annotations" not in secret["metadata"]


def test_values_appear_nowhere(system: System) -> None:
    value = "Tell-nobody-0123456789"
    encoded = base64.b64encode(value.encode()).decode()

    done = system.deploy(STORE_PASSWORD=value)
    again = system.deploy(STORE_PASSWORD=value)
    other = system.deploy(STORE_PASSWORD=value + "!")

    assert [run.returncode for run in (done, again, other)] == [0, 0, 1], done.stderr
    seen = system.record.read_text() + "".join(run.stdout + run.stderr for run in (done, again, other))
    assert "store-secret" in seen
    assert value not in seen
    assert encoded[:20] not in seen


def test_the_differences_show_no_value(system: System) -> None:
    value = "Tell-nobody-0123456789"
    encoded = base64.b64encode(value.encode()).decode()
    system.make_secret("web-secret", token=value)
    assert system.deploy().returncode == 0
    path = system.folder / "configmap/web-config.yaml"
    path.write_text(path.read_text().replace("hello", "good day"))

    done = system.deploy("--diff", "--rotate=web-secret", WEB_TOKEN=value + "!", STORE_PASSWORD="")

    assert done.returncode == 0, done.stderr
    assert "+  greeting: good day" in done.stdout
    assert "Secret web-secret: writing the keys token" in done.stdout
    for secret in (value, encoded[:20]):
        assert secret not in done.stdout + done.stderr


def test_the_trace_of_bash_shows_no_value(system: System) -> None:
    value = "Tell-nobody-0123456789"
    traced = Shell(name="bash", suffix=".sh", command=("bash", "-x"))

    done = traced.run(system.folder / "deploy", "--yes", environment=system.environment | {"STORE_PASSWORD": value})

    assert done.returncode == 0, done.stderr
    assert "+ say started" in done.stderr
    assert "+ say finished" in done.stderr
    assert value not in done.stderr
    assert base64.b64encode(value.encode()).decode()[:20] not in done.stderr
    assert system.values("store-secret")["password"] == value

    rotated = traced.run(
        system.folder / "deploy",
        *("--yes", "--rotate=web-secret"),
        environment=system.environment | {"STORE_PASSWORD": value, "WEB_TOKEN": value},
    )

    assert rotated.returncode == 0, rotated.stderr
    assert "+ say finished" in rotated.stderr
    assert value not in rotated.stderr
    assert base64.b64encode(value.encode()).decode()[:20] not in rotated.stderr
    assert system.values("web-secret") == {"token": value}


def test_a_second_run_keeps_every_value_and_changes_nothing(system: System) -> None:
    system.deploy()
    before = [system.get("secret", name) for name in ("store-secret", "web-secret")]
    before.append(system.get("configmap", "web-config"))

    done = system.deploy()

    assert done.returncode == 0, done.stderr
    after = [system.get("secret", name) for name in ("store-secret", "web-secret")]
    after.append(system.get("configmap", "web-config"))
    assert after == before


def test_a_given_value_that_is_the_live_one_is_fine(system: System) -> None:
    system.deploy(WEB_TOKEN="same")

    done = system.deploy(WEB_TOKEN="same")

    assert done.returncode == 0, done.stderr


def test_a_given_value_that_differs_stops_the_run_and_says_how_to_rotate(system: System) -> None:
    system.make_secret("web-secret", token="old")

    done = system.deploy(WEB_TOKEN="new")

    assert_stopped_before_any_write(done, system)
    assert "Secret web-secret, key token: the value of the variable WEB_TOKEN differs" in done.stderr
    assert "to rotate it, with --rotate web-secret" in done.stderr
    assert system.values("web-secret") == {"token": "old"}


def test_an_empty_variable_counts_as_none(system: System) -> None:
    system.make_secret("web-secret", token="old")

    done = system.deploy(WEB_TOKEN="")

    assert done.returncode == 0, done.stderr
    assert system.values("web-secret") == {"token": "old"}


def test_a_missing_key_is_added_and_the_others_are_kept(system: System) -> None:
    system.make_secret("store-secret", username="old", extra="mine")

    done = system.deploy()

    assert done.returncode == 0, done.stderr
    values = system.values("store-secret")
    assert (values["username"], values["extra"]) == ("old", "mine")
    assert len(values["password"]) >= 32


def test_a_lost_secret_whose_data_is_there_stops_the_run_and_names_claim_and_variables(system: System) -> None:
    system.make_claim()

    done = system.deploy()

    assert_stopped_before_any_write(done, system)
    assert not system.exists("secret", "store-secret")
    for word in ("data-store-0", "STORE_USERNAME", "STORE_PASSWORD"):
        assert word in done.stderr


def test_a_lost_secret_is_made_again_from_the_old_values(system: System) -> None:
    system.make_claim()

    done = system.deploy(STORE_USERNAME="old", STORE_PASSWORD="older")

    assert done.returncode == 0, done.stderr
    assert system.values("store-secret") == {"username": "old", "password": "older"}


def test_a_part_of_the_old_values_is_not_enough(system: System) -> None:
    system.make_claim()

    done = system.deploy(STORE_PASSWORD="older")

    assert_stopped_before_any_write(done, system)
    assert "STORE_USERNAME" in done.stderr
    assert "STORE_PASSWORD" not in done.stderr


def test_a_placeholder_counts_as_missing_while_there_is_no_data(system: System) -> None:
    system.make_secret("store-secret", username="${STORE_USERNAME}", password="${STORE_PASSWORD}")

    done = system.deploy()

    assert done.returncode == 0, done.stderr
    values = system.values("store-secret")
    assert values["username"] == "shop"
    assert "$" not in values["password"]


def test_a_placeholder_beside_data_stops_the_run(system: System) -> None:
    system.make_claim()
    system.make_secret("store-secret", username="real", password="${STORE_PASSWORD}")

    done = system.deploy()

    assert_stopped_before_any_write(done, system)
    assert (
        "Secret store-secret, key password: the value still is the template's placeholder ${STORE_PASSWORD}"
        in done.stderr
    )


def test_secrets_that_the_api_server_refuses_are_named_before_anything_is_written(system: System) -> None:
    system.make_namespace()
    none = {"hard": {"count/secrets": "0"}}
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few"}, "spec": none}
    system.apply(quota)
    system.apply(quota | {"status": none | {"used": {"count/secrets": "0"}}}, "--subresource=status")

    done = system.deploy(STORE_PASSWORD="Tell-nobody-0123456789")

    assert_stopped_before_any_write(done, system)
    for name in ("store-secret", "web-secret"):
        assert f"Error: Secret/{name}: the API server refuses it." in done.stderr
        assert f'secrets "{name}" is forbidden: exceeded quota: few' in done.stderr
    assert "Objects with a problem: 2." in done.stderr
    assert not system.exists("configmap", "cdk8s-backend-inventory")
    assert base64.b64encode(b"Tell-nobody-0123456789").decode() not in done.stdout + done.stderr

    system.kubectl("delete", "resourcequota", "few", "-n", system.namespace)
    assert system.deploy().returncode == 0


def test_a_rotation_that_the_api_server_refuses_is_said_before_anything_is_written(system: System) -> None:
    system.make_secret("web-secret", token="old")
    system.apply(
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web-secret"}, "immutable": True},
        "--field-manager=other",
    )

    done = system.deploy("--rotate=web-secret", WEB_TOKEN="new")

    assert_stopped_before_any_write(done, system)
    assert "Error: Secret/web-secret: the API server refuses it." in done.stderr
    assert "field is immutable when `immutable` is set" in done.stderr
    assert not system.exists("secret", "store-secret")
    assert system.values("web-secret") == {"token": "old"}


def test_the_files_of_the_secrets_are_never_applied(system: System) -> None:
    (system.folder / "secret/web-secret.yaml").unlink()

    done = system.deploy()

    assert done.returncode == 0, done.stderr
    assert "secret/store-secret.yaml" not in system.record.read_text()


def test_a_folder_with_commas_quotes_and_korean_is_deployed_through_a_link_from_elsewhere(
    api_server: ApiServer, shell: Shell, tmp_path: Path
) -> None:
    parent = tmp_path / '배포 폴더, "둘"'
    parent.mkdir()
    system = System(api_server, shell, parent)
    link = tmp_path / f"link{shell.suffix}"
    link.symlink_to(system.folder / f"deploy{shell.suffix}")

    done = shell.run(tmp_path / "link", "--yes", environment=system.environment | {"PATH": os.environ["PATH"]})

    assert done.returncode == 0, done.stderr
    assert system.exists("configmap", "web-config")
