"""docs/operations: its commands, run from top to bottom on a real cluster, as its reader runs them."""

import base64
import json
import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from cdk8s_backend.layout import write

import jsonschema
import pytest

from charts.topology import BACKED_UP, NAMESPACE, SERVICES
from tests.support.api_server import ApiServer
from tests.support.cluster import Cluster
from tests.support.deployment import Scripts
from tests.support.project import ROOT
from tests.support.synthesis import folder_of, manifests_of

ENGLISH, KOREAN = ROOT / "docs/operations.md", ROOT / "docs/operations.ko.md"
SCHEMA = ROOT / "constructs/cdk8s_backend/scripts/events.schema.json"
CONTEXT = "my-cluster"
BACKUPS = {"schedule": "0 3 * * *"}
T = TypeVar("T")
PASSWORD = "it's a $ecret \\"
RECORDER = """#!/bin/sh
echo "${0##*/} $*" >>"$RECORD"
"""
LEASE = {
    "apiVersion": "coordination.k8s.io/v1",
    "kind": "Lease",
    "metadata": {"name": "cdk8s-backend-lock"},
    "spec": {"holderIdentity": "someone@elsewhere 1-1", "renewTime": "2999-01-01T00:00:00.000000Z"},
}


@dataclass(frozen=True)
class Block:
    """A block of commands.

    Attributes:
        language: `sh` or `powershell`.
        text: The commands.
    """

    language: str
    text: str


def fences(page: Path) -> list[Block]:
    """The code blocks of a page."""
    found = re.findall(r"^```(\w+)\n(.*?)^```$", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [Block(*block) for block in found]


COMMANDS = [block for block in fences(ENGLISH) if block.language in {"sh", "powershell"}]
OF_A_NODE = [block for block in COMMANDS if " my-node" in block.text]
"""The commands after which a cluster of one node would wait for another one for ever."""
BLOCKS = [block for block in COMMANDS if block not in OF_A_NODE]


class Story:
    """The folder in which the commands are run, and the cluster that they act on."""

    def __init__(self, scripts: Scripts, path: Path) -> None:
        self.scripts = scripts
        self.folder = scripts.folder.parent
        self.record = path / "record"
        self._programs = path / "programs"
        self._programs.mkdir()
        for name in ("docker", "kind"):
            (self._programs / name).write_text(RECORDER)
            (self._programs / name).chmod(0o755)
        for service in SERVICES:
            dockerfile = path / "count/src" / service.name / "Dockerfile"
            dockerfile.parent.mkdir(parents=True)
            dockerfile.touch()
        self.kept: dict[str, str] = {}
        """The values of a Secret before the commands."""

    def kubectl(self, *arguments: str | Path, input: str = "") -> str:  # noqa: A002 - as subprocess names it
        """What kubectl prints in the system's namespace."""
        return self.scripts.cluster.kubectl(f"--namespace={NAMESPACE}", *arguments, input=input).stdout

    def secret(self, name: str) -> dict[str, str]:
        """The values of a Secret."""
        data = json.loads(self.kubectl("get", "secret", name, "--output=json"))["data"]
        return {key: base64.b64decode(value).decode() for key, value in data.items()}

    def psql(self, sql: str) -> str:
        """What PostgreSQL answers in the database `countinfo` to its superuser."""
        client = "PGPASSWORD=$POSTGRES_PASSWORD psql -qAt -v ON_ERROR_STOP=1 -U $POSTGRES_USER -d countinfo"
        container = ("statefulset/postgresql", "--container=postgresql")
        return self.kubectl("exec", "-i", *container, "--", "sh", "-c", client, input=sql)

    def redis(self, *command: str) -> str:
        """What the Redis with the values answers."""
        container = ("statefulset/redis-value", "--container=redis-value")
        return self.kubectl("exec", *container, "--", "redis-cli", *command)

    def run(self, block: Block) -> str:
        """Runs a block of commands, of which none may fail, and returns what they print."""
        text = block.text.replace(CONTEXT, self.scripts.cluster.context)
        if block.language == "sh":
            command: list[str | Path] = ["bash", "-euo", "pipefail", "-c", text]
        else:
            checked = re.sub(r"(?m)^( *dist/.*)$", r"\1; if ($LASTEXITCODE) { exit $LASTEXITCODE }", text)
            command = [self.scripts.pwsh, "-NoProfile", "-Command", f"$ErrorActionPreference = 'Stop'\n{checked}"]
        done = self._with_terminal(command)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def _with_terminal(self, command: list[str | Path]) -> subprocess.CompletedProcess[str]:
        """Runs a command on a terminal on which someone types the password."""
        keyboard, terminal = os.openpty()
        try:
            os.write(keyboard, f"{PASSWORD}\n".encode())
            return subprocess.run(
                command,
                cwd=self.folder,
                env=self._environment,
                stdin=terminal,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                timeout=600,
                check=False,
            )
        finally:
            os.close(keyboard)
            os.close(terminal)

    @property
    def _environment(self) -> Mapping[str, str]:
        kubectl = self.scripts.cluster.kubectl.program.parent
        return {
            "PATH": f"{self._programs}:{kubectl}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "KUBECONFIG": str(self.scripts.cluster.kubeconfig),
            "LANG": "en_US.UTF-8",
            "RECORD": str(self.record),
        }


def scale_by_hand(story: Story) -> None:
    story.kubectl("scale", "deployment/count-analysis-service", "--replicas=2")


def hold_the_lock(story: Story) -> None:
    story.kubectl("apply", "--server-side", "--force-conflicts", "--filename=-", input=json.dumps(LEASE))


def keep_the_owner_s_password(story: Story) -> None:
    story.kept = story.secret("countinfo-secret")


def keep_the_superuser_s_password(story: Story) -> None:
    story.kept = story.secret("postgresql-secret")


def lose_the_secret(story: Story) -> None:
    keep_the_superuser_s_password(story)
    story.kubectl("delete", "secret", "postgresql-secret")


def write_data(story: Story) -> None:
    story.psql("SET ROLE countinfo; CREATE TABLE backed_up AS SELECT 7 AS number")
    story.redis("set", "backed-up", "7")


def lose_the_table(story: Story) -> None:
    story.psql("DROP TABLE backed_up")


def lose_the_values(story: Story) -> None:
    story.redis("flushall")


def lose_the_copy(story: Story) -> None:
    (story.folder / "countinfo.dump").unlink()


def follow_a_pod_that_is_gone(story: Story) -> None:
    story.redis("replicaof", "192.0.2.1", "6380")


def deploy_by_kubectl(story: Story) -> None:
    story.scripts.run("undeploy.sh")
    folders = ("configmap", "networkpolicies", "services", "statefulsets", "deployments", "ingress")
    story.kubectl("apply", *(f"--filename={story.scripts.folder / name}" for name in folders))


def assert_images_were_built(story: Story, _: str) -> None:
    calls = story.record.read_text().splitlines()
    story.record.unlink()
    pushed = [call.split()[-1] for call in calls if call.startswith("docker push")]
    assert sorted(pushed) == sorted(f"registry.example.com/count/{service.name}:1.2.3" for service in SERVICES)


def assert_everything_is_deployed(story: Story, _: str) -> None:
    workloads = story.scripts.objects("deployment,statefulset,ingress")
    assert len(workloads) == 13
    assert story.secret("postgresql-secret")["password"] == PASSWORD


def assert_each_line_is_an_event(story: Story, _: str) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    events = [json.loads(line) for line in (story.folder / "deploy.jsonl").read_text("utf-8").splitlines()]
    for event in events:
        validator.validate(event)
    assert events[-1]["event"] == "finished"


def assert_one_pod_is_left(story: Story, _: str) -> None:
    scale = story.kubectl("get", "deployment/count-analysis-service", "--output=jsonpath={.spec.replicas}")
    assert scale == "1"


def assert_the_number_of_pods_has_another_owner_too(story: Story, _: str) -> None:
    fields = "--output=jsonpath={.metadata.managedFields[?(@.manager=='autoscaler')].fieldsV1}"
    owned = story.kubectl("get", "deployment/count-read-service", "--show-managed-fields", fields)
    assert json.loads(owned) == {"f:spec": {"f:replicas": {}}}


def assert_the_lock_was_taken(_: Story, output: str) -> None:
    assert "The lock of someone@elsewhere 1-1 was taken over." in output


def assert_the_owner_s_password_is_another(story: Story, _: str) -> None:
    assert story.secret("countinfo-secret") != story.kept


def assert_the_superuser_s_password_is_another(story: Story, output: str) -> None:
    assert story.secret("postgresql-secret") != story.kept
    assert "Job/postgresql-init" in output


def assert_the_secret_is_back(story: Story, _: str) -> None:
    assert story.secret("postgresql-secret") == story.kept


def assert_both_values_were_kept(story: Story, _: str) -> None:
    username, password = (story.folder / "postgresql-secret.txt").read_text("utf-8").split()
    assert story.secret("postgresql-secret") == {"username": username, "password": password}


def assert_the_databases_were_saved(story: Story, _: str) -> None:
    assert "CREATE DATABASE countinfo" in (story.folder / "count.sql").read_text("utf-8")


def assert_each_has_a_backup(_: Story, output: str) -> None:
    for ending in ("countinfo-[0-9TZ]+.dump", "dashboardconfig-[0-9TZ]+.dump", "redis-value-[0-9TZ]+.rdb"):
        assert re.search(rf"(?m)^{ending} \d+ bytes$", output)


def assert_a_backup_is_listed(_: Story, output: str) -> None:
    assert re.search(r"(?m)^countinfo-[0-9TZ]+.dump \d+ bytes$", output)


def assert_the_table_is_back(story: Story, _: str) -> None:
    assert story.psql("SELECT number FROM backed_up").strip() == "7"


def assert_the_values_are_back(story: Story, _: str) -> None:
    assert story.redis("get", "backed-up").strip() == "7"


def assert_redis_takes_writes(story: Story, _: str) -> None:
    assert story.redis("set", "after", "1").strip() == "OK"


def assert_the_backup_was_copied(story: Story, output: str) -> None:
    copy = (story.folder / "countinfo.dump").read_bytes()
    assert copy.startswith(b"PGDMP")
    assert re.findall(r"(?m)^\d+$", output) == [str(len(copy))] * 2


def assert_it_was_taken_over(story: Story, _: str) -> None:
    managers = {
        field["manager"]
        for kind in ("configmap", "networkpolicy", "service", "statefulset", "deployment", "ingress")
        for item in json.loads(story.kubectl("get", kind, "--show-managed-fields", "--output=json"))["items"]
        for field in item["metadata"]["managedFields"]
    }
    assert "cdk8s-backend" in managers
    assert "kubectl-client-side-apply" not in managers


def assert_data_is_left(story: Story, _: str) -> None:
    assert len(story.scripts.objects("persistentvolumeclaim")) == 9
    assert story.scripts.objects("deployment,statefulset") == []


def assert_nothing_is_left(story: Story, _: str) -> None:
    found = story.scripts.cluster.kubectl("get", "namespace", NAMESPACE, check=False)
    assert "NotFound" in found.stderr


BEFORE: Mapping[tuple[str, str], Callable[[Story], None]] = {
    ("sh", "--force-conflicts\n"): scale_by_hand,
    ("sh", "--force-unlock"): hold_the_lock,
    ("sh", "--rotate countinfo-secret"): keep_the_owner_s_password,
    ("sh", "ALTER ROLE"): keep_the_superuser_s_password,
    ("powershell", "ALTER ROLE"): keep_the_superuser_s_password,
    ("sh", "POSTGRES_USER)"): lose_the_secret,
    ("sh", '"$name-now"'): write_data,
    ("sh", "job/countinfo-restore"): lose_the_table,
    ("sh", "job/redis-value-restore"): lose_the_values,
    ("sh", "replicaof no one"): follow_a_pod_that_is_gone,
    ("powershell", "from-elsewhere.dump"): lose_the_copy,
    ("sh", "--with-ingress --dry-run"): deploy_by_kubectl,
}
"""What happens before a block that is for that case, by its language and a part of its text."""

AFTER: Mapping[tuple[str, str], Callable[[Story, str], None]] = {
    ("sh", "--push"): assert_images_were_built,
    ("powershell", "-Push"): assert_images_were_built,
    ("sh", "read -rs"): assert_everything_is_deployed,
    ("powershell", "Read-Host"): assert_everything_is_deployed,
    ("sh", "--json"): assert_each_line_is_an_event,
    ("sh", "--force-conflicts\n"): assert_one_pod_is_left,
    ("sh", "--force-unlock"): assert_the_lock_was_taken,
    ("sh", "--field-manager autoscaler"): assert_the_number_of_pods_has_another_owner_too,
    ("powershell", "--field-manager autoscaler"): assert_the_number_of_pods_has_another_owner_too,
    ("sh", "--rotate countinfo-secret"): assert_the_owner_s_password_is_another,
    ("sh", "ALTER ROLE"): assert_the_superuser_s_password_is_another,
    ("powershell", "ALTER ROLE"): assert_the_superuser_s_password_is_another,
    ("sh", "postgresql-secret.txt"): assert_both_values_were_kept,
    ("powershell", "postgresql-secret.txt"): assert_both_values_were_kept,
    ("sh", "POSTGRES_USER)"): assert_the_secret_is_back,
    ("powershell", '$POSTGRES_USER"'): assert_the_secret_is_back,
    ("sh", "pg_dumpall"): assert_the_databases_were_saved,
    ("sh", '"$name-now"'): assert_each_has_a_backup,
    ("sh", "job/countinfo-list"): assert_a_backup_is_listed,
    ("sh", "job/countinfo-restore"): assert_the_table_is_back,
    ("sh", "job/redis-value-restore"): assert_the_values_are_back,
    ("sh", "replicaof no one"): assert_redis_takes_writes,
    ("sh", "from-elsewhere.dump"): assert_the_backup_was_copied,
    ("powershell", "from-elsewhere.dump"): assert_the_backup_was_copied,
    ("sh", "--with-ingress --dry-run"): assert_it_was_taken_over,
    ("sh", "undeploy.sh --context my-cluster\n"): assert_data_is_left,
    ("sh", "--delete-namespace"): assert_nothing_is_left,
}
"""What holds after such a block."""


@pytest.fixture(scope="module")
def story(cluster: Cluster, pwsh: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The generated folder of `local` with backups as `dist`, beside sources; nothing of the system is there yet."""
    path = tmp_path_factory.mktemp("operations")
    write(path / "project/dist", folder_of("local", backups=BACKUPS))
    remove = ("delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=180s")
    cluster.kubectl(*remove)
    yield Story(Scripts(cluster, path / "project/dist", pwsh), path)
    cluster.kubectl(*remove)


def of(cases: Mapping[tuple[str, str], T], block: Block) -> list[T]:
    """What there is for a block."""
    return [case for (language, part), case in cases.items() if language == block.language and part in block.text]


def test_both_languages_have_the_same_blocks() -> None:
    assert fences(ENGLISH) == fences(KOREAN)


@pytest.mark.parametrize("cases", [BEFORE, AFTER], ids=["before", "after"])
def test_each_case_is_of_one_block(cases: Mapping[tuple[str, str], object]) -> None:
    found = {key: [block for block in BLOCKS if of({key: case}, block)] for key, case in cases.items()}

    assert {key: len(blocks) for key, blocks in found.items()} == dict.fromkeys(cases, 1)


@pytest.mark.parametrize(
    "block", BLOCKS, ids=[f"{number:02}-{block.language}" for number, block in enumerate(BLOCKS, start=1)]
)
def test_the_commands_work(story: Story, block: Block) -> None:
    for prepare in of(BEFORE, block):
        prepare(story)

    output = story.run(block)

    for check in of(AFTER, block):
        check(story, output)


# The Jobs of backups, without pods


JOBS = [block for block in BLOCKS if "--from=" in block.text and block.language == "sh"]
KUBECTL = """#!/bin/sh
case " $* " in *" wait "* | *" logs "* | *" delete "* | *" exec "*) exit 0 ;; esac
exec "{kubectl}" "$@"
"""


@pytest.fixture(scope="module")
def cron_jobs(api_server: ApiServer) -> str:
    """The CronJobs on a real API server, and the namespace in which they are."""
    namespace = "operations-backups"
    api_server.kubectl("create", "namespace", namespace)
    api_server.kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted")
    for manifest in manifests_of("local", backups=BACKUPS).find("CronJob"):
        own = {**manifest, "metadata": {**manifest["metadata"], "namespace": namespace}}
        api_server.kubectl("apply", "--server-side", "--filename=-", input=json.dumps(own))
    return namespace


@pytest.mark.parametrize(
    ("part", "jobs"),
    [
        ("$name-now", {f"{name}-now": {} for name in BACKED_UP}),
        ("countinfo-list", {"countinfo-list": {"ACTION": "list"}}),
        ("job/countinfo-restore", {"countinfo-restore": {"ACTION": "restore", "FILE": "latest"}}),
        ("job/redis-value-restore", {"redis-value-restore": {"ACTION": "restore", "FILE": "latest"}}),
        ("countinfo-hold", {"countinfo-hold": {"ACTION": "hold"}}),
    ],
)
def test_the_commands_make_the_jobs_of_backups(
    api_server: ApiServer, cron_jobs: str, tmp_path: Path, part: str, jobs: dict[str, dict[str, str]]
) -> None:
    (block,) = (block for block in JOBS if part in block.text)
    (tmp_path / "kubectl").write_text(KUBECTL.format(kubectl=api_server.kubectl.program))
    (tmp_path / "kubectl").chmod(0o755)
    (tmp_path / "countinfo.dump").touch()

    _run_on(api_server, block.text.replace(NAMESPACE, cron_jobs), tmp_path)

    for name, variables in jobs.items():
        found = api_server.kubectl("get", "job", name, f"--namespace={cron_jobs}", "--output=json").stdout
        job = json.loads(found)
        template = job["spec"]["template"]
        (container,) = template["spec"]["containers"]
        env = {item["name"]: item.get("value") for item in container["env"]}
        assert {key: env[key] for key in ("ACTION", "FILE") if key in env} == variables
        (owner,) = job["metadata"]["ownerReferences"]
        assert (owner["kind"], owner["name"]) == ("CronJob", f"{name.rpartition('-')[0]}-backup")
        assert template["metadata"]["labels"]["app"] == owner["name"]
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": template["spec"]}
        options = ("create", "--dry-run=server", f"--namespace={cron_jobs}", "--filename=-")
        api_server.kubectl(*options, input=json.dumps(pod))


def test_no_command_that_makes_a_job_is_left_out() -> None:
    assert len(JOBS) == 5


# The drain of a node, where pods go without a kubelet


@pytest.fixture
def node(api_server: ApiServer) -> Iterator[str]:
    """The namespace of a pod of each workload on a node, which end when evicted, and of one that each node has."""
    namespace, kubectl = "operations-drain", api_server.kubectl
    kubectl("create", "namespace", namespace)
    _create(api_server, {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "my-node"}})
    manifests = manifests_of("local", backups=BACKUPS)
    labels = {"app": "every-node"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "agent", "image": "agent:1"}]}}
    agent = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "every-node", "namespace": namespace}}
    agent["spec"] = {"selector": {"matchLabels": labels}, "template": template}
    _create(api_server, agent)
    workloads = [
        manifest for kind in ("Deployment", "StatefulSet", "Job", "CronJob") for manifest in manifests.find(kind)
    ]
    for workload in (*workloads, agent):
        _create(api_server, _pod_of(workload, namespace))
    ended = threading.Event()
    kubelet = threading.Thread(target=_end_pods, args=(api_server, namespace, ended))
    kubelet.start()
    yield namespace
    ended.set()
    kubelet.join()
    kubectl("delete", "node", "my-node")


def test_the_commands_drain_a_node_and_have_it_take_pods_again(
    api_server: ApiServer, node: str, tmp_path: Path
) -> None:
    drain, uncordon = OF_A_NODE

    _run_on(api_server, drain.text, tmp_path)

    pods = api_server.kubectl("get", "pods", f"--namespace={node}", "--output=name").stdout
    assert pods.split() == ["pod/every-node"]
    assert _takes_pods(api_server) is False

    _run_on(api_server, uncordon.text, tmp_path)

    assert _takes_pods(api_server) is True


def _create(api_server: ApiServer, manifest: Mapping[str, Any]) -> None:
    api_server.kubectl("create", "--filename=-", input=json.dumps(manifest))


def _pod_of(workload: Mapping[str, Any], namespace: str) -> dict[str, Any]:
    """A pod of a workload on the node, as the workload's controller makes it."""
    name, kind, spec = workload["metadata"]["name"], workload["kind"], workload["spec"]
    if kind == "CronJob":
        kind, spec = "Job", spec["jobTemplate"]["spec"]
    api_version = "batch/v1" if kind == "Job" else "apps/v1"
    owner = {"apiVersion": api_version, "kind": kind, "name": name, "uid": name, "controller": True}
    metadata = {"name": name, "namespace": namespace, "ownerReferences": [owner]}
    claims = [
        {
            "name": each["metadata"]["name"],
            "persistentVolumeClaim": {"claimName": f"{each['metadata']['name']}-{name}-0"},
        }
        for each in spec.get("volumeClaimTemplates", [])
    ]
    pod = spec["template"]["spec"]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": spec["template"]["metadata"] | metadata,
        "spec": pod | {"nodeName": "my-node", "volumes": [*pod.get("volumes", []), *claims]},
    }


def _end_pods(api_server: ApiServer, namespace: str, ended: threading.Event) -> None:
    """Ends what is deleted, as a kubelet does."""
    leaving = "go-template={{range .items}}{{if .metadata.deletionTimestamp}}{{.metadata.name}} {{end}}{{end}}"
    while not ended.wait(0.5):
        names = api_server.kubectl("get", "pods", f"--namespace={namespace}", f"--output={leaving}").stdout.split()
        if names:
            options = (f"--namespace={namespace}", "--grace-period=0", "--force", "--ignore-not-found")
            api_server.kubectl("delete", "pods", *options, *names)


def _run_on(api_server: ApiServer, text: str, path: Path) -> None:
    """Runs commands in a folder, whose programs go before others, on an API server."""
    command = ["bash", "-euo", "pipefail", "-c", text.replace(CONTEXT, api_server.kubectl.context)]
    environment = {
        "PATH": f"{path}:{api_server.kubectl.program.parent}:{os.environ['PATH']}",
        "HOME": str(path),
        "KUBECONFIG": str(api_server.kubeconfig),
    }
    done = subprocess.run(command, env=environment, cwd=path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _takes_pods(api_server: ApiServer) -> bool:
    node = json.loads(api_server.kubectl("get", "node", "my-node", "--output=json").stdout)
    return not node["spec"].get("unschedulable", False)
