"""The system on a real cluster: deployed, used, removed and deployed again, by the scripts of both shells."""

import base64
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from cdk8s_backend import Endpoint, yaml
from cdk8s_backend.layout import write

import pytest

from charts import topology
from charts.topology import KAFKA, NAMESPACE, POSTGRESQL, REDIS_REPLICA, SERVICES
from tests.support.cluster import Cluster
from tests.support.deployment import HOSTILE, Scripts
from tests.support.synthesis import folder_of

VALUE = 4711
ROTATED = "countinfo-secret"
PASSWORDS = {f"{name}_PASSWORD": f"{name} {HOSTILE}" for name in ("POSTGRESQL", "COUNTINFO", "DASHBOARDCONFIG")}


@pytest.fixture(scope="module")
def scripts(cluster: Cluster, pwsh: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scripts]:
    """The scripts of the environment `local`, in a folder whose name is hostile; nothing of the system is there yet."""
    folder = tmp_path_factory.mktemp("cluster") / "k8s 폴더 $(x)"
    write(folder, folder_of("local"))
    remove = ("delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=180s")
    cluster.kubectl(*remove)
    yield Scripts(cluster, folder, pwsh)
    cluster.kubectl(*remove)


@pytest.fixture(scope="module")
def deployed(scripts: Scripts) -> Scripts:
    """The system, deployed by bash, with passwords that are hostile; everything logs in with them."""
    scripts.run("deploy.sh", "--with-ingress", environment=PASSWORDS)
    return scripts


@pytest.fixture(scope="module")
def written(deployed: Scripts) -> Scripts:
    """The system with a value written through the Ingress."""
    deployed.request("PUT", "count-system.local", "/api/v1/counts/lasting", {"value": VALUE})
    return deployed


@pytest.fixture(scope="module")
def removed(written: Scripts) -> Scripts:
    """The system, removed by bash; its data stays."""
    written.run("undeploy.sh", "--yes")
    return written


@pytest.fixture(scope="module")
def deployed_again(removed: Scripts) -> Scripts:
    """The system, deployed again by PowerShell over the data that stayed."""
    removed.run("deploy.ps1", "--with-ingress")
    return removed


def _assert_everything_is_ready(scripts: Scripts) -> None:
    workloads = scripts.objects("deployment,statefulset")
    assert len(workloads) == 12
    for workload in workloads:
        assert workload["status"].get("readyReplicas") == workload["spec"]["replicas"], workload["metadata"]["name"]
    (job,) = scripts.objects("job")
    assert "Complete" in [condition["type"] for condition in job["status"]["conditions"]]


def test_deploy_brings_everything_to_ready_and_nothing_has_crashed(deployed: Scripts) -> None:
    _assert_everything_is_ready(deployed)
    restarts = {
        f"{pod['metadata']['name']}/{container['name']}": container["restartCount"]
        for pod in deployed.objects("pod")
        for container in pod["status"]["containerStatuses"]
        if container["restartCount"]
    }
    assert restarts == {}


def test_the_superuser_logs_in_with_a_hostile_password_and_each_service_has_its_own(deployed: Scripts) -> None:
    database = ("exec", f"--namespace={NAMESPACE}", "postgresql-0", "--container=postgresql", "--")
    kubectl = deployed.cluster.kubectl
    password = ("sh", "-c", 'printf %s "$POSTGRES_PASSWORD"')
    assert kubectl(*database, *password).stdout == PASSWORDS["POSTGRESQL_PASSWORD"]
    login = 'PGPASSWORD=$POSTGRES_PASSWORD psql -h "$(hostname -i)" -U "$POSTGRES_USER" -d postgres -Atqc "SELECT 42"'
    assert kubectl(*database, "sh", "-c", login).stdout == "42\n"
    for service in SERVICES:
        if service.database:
            variable = service.database.secret.removesuffix("-secret").upper() + "_PASSWORD"
            pod = ("exec", f"--namespace={NAMESPACE}", f"deployment/{service.name}", "--")
            assert kubectl(*pod, *password).stdout == PASSWORDS[variable]


def test_a_second_deployment_by_bash_changes_nothing(deployed: Scripts) -> None:
    before = deployed.versions()
    deployed.run("deploy.sh", "--with-ingress")
    assert deployed.versions() == before


def test_a_wrong_password_of_the_superuser_fails_the_job_within_a_minute(deployed: Scripts) -> None:
    (job,) = yaml.read_file(deployed.folder / "jobs/postgresql-init.yaml")
    job["metadata"]["name"] = "wrong-password"
    (container,) = job["spec"]["template"]["spec"]["containers"]
    container["env"] = [
        {"name": "PGPASSWORD", "value": "wrong"} if item["name"] == "PGPASSWORD" else item for item in container["env"]
    ]
    deployed.cluster.kubectl("create", "--filename=-", input=json.dumps(job))
    try:
        deployed.cluster.kubectl(
            "wait", f"--namespace={NAMESPACE}", "--for=condition=Failed", "--timeout=60s", "job/wrong-password"
        )
        failed = next(item for item in deployed.objects("job") if item["metadata"]["name"] == "wrong-password")
        (condition,) = (each for each in failed["status"]["conditions"] if each["type"] == "Failed")
        began, ended = (
            datetime.fromisoformat(text) for text in (failed["status"]["startTime"], condition["lastTransitionTime"])
        )
        assert (ended - began).total_seconds() < 60
    finally:
        deployed.cluster.kubectl("delete", f"--namespace={NAMESPACE}", "job/wrong-password")


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: str(service.name))
def test_a_service_has_its_variables_and_reaches_its_parts(deployed: Scripts, service: Any) -> None:
    contract = deployed.contract(service.name, service.port)
    assert contract["missing"] is None
    assert (contract["uid"], contract["rootReadOnly"]) == (1000, True)
    assert contract.get("database") == (service.database.name if service.database else None)
    prefixes = {redis.prefix for redis in service.redis}
    role = "slave" if "redis.replica" in prefixes else "master" if "redis" in prefixes else None
    assert contract.get("redisRole") == role
    assert contract.get("cache") == ("PONG" if "redis.cache" in prefixes else None)
    assert contract.get("kafka") == ("ok" if service.kafka else None)
    assert contract.get("provision") == ("ok" if service.services else None)


@pytest.mark.parametrize(
    ("source", "target", "is_open"),
    [
        ("count-analysis-service", REDIS_REPLICA, True),
        ("count-read-service", POSTGRESQL, True),
        ("count-analysis-service", POSTGRESQL, False),
        ("count-read-service", KAFKA, False),
        ("count-analysis-service", Endpoint("count-read-service", 3001), False),
    ],
    ids=str,
)
def test_a_pod_reaches_what_its_connectors_say_and_nothing_else(
    deployed: Scripts, source: str, target: Endpoint, is_open: bool
) -> None:
    pod = ("exec", f"--namespace={NAMESPACE}", f"deployment/{source}", "--")
    connect = ("nc", "-w", "3", target.host, str(target.port), "-e", "true")
    assert (deployed.cluster.kubectl(*pod, *connect, check=False).returncode == 0) == is_open


def test_a_value_written_through_the_ingress_is_read_through_the_read_host(written: Scripts) -> None:
    assert written.request("GET", "read.count-system.local", "/api/v1/counts/lasting")["value"] == VALUE


def test_removing_the_system_keeps_its_data_and_its_secrets(removed: Scripts) -> None:
    assert removed.objects("deployment,statefulset,job,service,ingress,networkpolicy") == []
    assert len(removed.objects("persistentvolumeclaim")) == 6
    assert len(removed.objects("secret")) == 3


def test_powershell_brings_everything_to_ready_too(deployed_again: Scripts) -> None:
    _assert_everything_is_ready(deployed_again)


def test_what_was_written_is_there_after_removal_and_deployment(deployed_again: Scripts) -> None:
    assert deployed_again.request("GET", "read.count-system.local", "/api/v1/counts/lasting")["value"] == VALUE


def test_a_second_deployment_by_powershell_changes_nothing(deployed_again: Scripts) -> None:
    before = deployed_again.versions()
    deployed_again.run("deploy.ps1", "--with-ingress")
    assert deployed_again.versions() == before


def _pods(scripts: Scripts) -> dict[str, set[str]]:
    """The identities of the running pods by the name of their workload."""
    pods: dict[str, set[str]] = {}
    for pod in scripts.objects("pod"):
        if pod["status"]["phase"] == "Running" and "deletionTimestamp" not in pod["metadata"]:
            pods.setdefault(pod["metadata"]["labels"]["app"], set()).add(pod["metadata"]["uid"])
    return pods


def _replaced(before: dict[str, set[str]], after: dict[str, set[str]]) -> set[str]:
    return {name for name in before if before[name].isdisjoint(after[name])}


@pytest.mark.parametrize("script", ["deploy.sh", "deploy.ps1"])
def test_a_changed_key_of_the_configuration_restarts_exactly_its_readers(
    deployed_again: Scripts, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _pods(deployed_again)
    monkeypatch.setattr(topology, "COUNT_UPDATES", f"count-changes-{script}")
    seconds = {"deploy.sh": 3600, "deploy.ps1": 3601}[script]  # of no other test, whose folder is kept
    write(deployed_again.folder, folder_of("local", job_ttl_seconds=seconds))
    deployed_again.run(script, "--only=configuration", "--only=services")
    assert _replaced(before, _pods(deployed_again)) == {service.name for service in SERVICES if service.kafka}


@pytest.mark.parametrize("script", ["deploy.sh", "deploy.ps1"])
def test_a_rotated_secret_restarts_exactly_its_readers_and_they_work(deployed_again: Scripts, script: str) -> None:
    before = _pods(deployed_again)
    (old,) = (item["data"] for item in deployed_again.objects("secret") if item["metadata"]["name"] == ROTATED)
    password = f"{script} {HOSTILE}"
    deployed_again.run(script, "--rotate", ROTATED, environment={"COUNTINFO_PASSWORD": password})
    (new,) = (item["data"] for item in deployed_again.objects("secret") if item["metadata"]["name"] == ROTATED)
    assert (new["username"], base64.b64decode(new["password"]).decode()) == (old["username"], password)
    readers = {service.name for service in SERVICES if service.database and service.database.secret == ROTATED}
    assert _replaced(before, _pods(deployed_again)) == readers
    deployed_again.request("PUT", "count-system.local", "/api/v1/counts/rotated", {"value": VALUE})
    assert deployed_again.request("GET", "read.count-system.local", "/api/v1/counts/rotated")["value"] == VALUE


def test_both_shells_leave_nothing_when_data_and_namespace_go_too(deployed_again: Scripts) -> None:
    deployed_again.run("undeploy.ps1", "--delete-data", "--delete-namespace", "--confirm", NAMESPACE)
    found = deployed_again.cluster.kubectl("get", "namespace", NAMESPACE, check=False)
    assert "NotFound" in found.stderr
