"""Whom the suite refuses, before it touches anything, and that it takes away what it has brought, whatever happens."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from cdk8s_backend.assertions import Manifests

import pytest
import yaml

from charts.topology import NAMESPACE, SERVICES, Topology
from e2e import suite
from e2e.__main__ import main, parts_of
from e2e.check import Group, Part
from e2e.checks.contract import GROUP as CONTRACT
from e2e.environment import generate, generate_gateway, settings_of
from e2e.errors import CheckFailedError, RefusedError
from e2e.results import Report
from e2e.scripts import Event, Run, run_script
from e2e.suite import Suite
from e2e.system import System
from tests.e2e.sample import NOT_RUN, PASSED, report_of
from tests.support.api_server import ApiServer
from tests.support.cluster import Cluster
from tests.support.project import ROOT

VARIABLES = ("KUBECONFIG", "COUNT_DISPOSABLE_CONTEXT", "COUNT_CLUSTER_TOOL")


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`python -m e2e` with some of the variables that it reads, and no others of them."""
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES} | variables
    command = [sys.executable, "-m", "e2e", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def variables_of(server: ApiServer) -> dict[str, str]:
    """The variables that name a server of the tests' own as a disposable cluster."""
    return {"KUBECONFIG": str(server.kubeconfig), "COUNT_DISPOSABLE_CONTEXT": server.kubectl.context}


@pytest.mark.parametrize(
    ("given", "lacking"),
    [
        ({}, "COUNT_DISPOSABLE_CONTEXT and KUBECONFIG"),
        ({"KUBECONFIG": "/nowhere"}, "COUNT_DISPOSABLE_CONTEXT"),
        ({"COUNT_DISPOSABLE_CONTEXT": "mine"}, "KUBECONFIG"),
    ],
)
def test_without_a_cluster_of_its_own_it_is_refused(given: dict[str, str], lacking: str) -> None:
    done = run(**given)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"not set: {lacking}. ")


def test_a_context_that_is_not_there_is_refused(tmp_path: Path) -> None:
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Config"}))
    done = run(KUBECONFIG=str(kubeconfig), COUNT_DISPOSABLE_CONTEXT="mine")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"COUNT_DISPOSABLE_CONTEXT=mine: {kubeconfig} has no contexts" in done.stderr


def test_a_part_that_is_not_there_is_wrong_usage() -> None:
    done = run("--part", "everything")
    assert done.returncode == 2
    assert "invalid choice: 'everything'" in done.stderr


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("smoke", ["smoke"]),
        ("contract,smoke", ["smoke", "contract"]),
        ("all", ["smoke", "contract", "availability", "faults"]),
    ],
)
def test_parts_are_run_in_their_order_whatever_the_order_of_their_names(given: str, names: list[str]) -> None:
    assert [part.name for part in parts_of(given)] == names


def test_what_only_stand_ins_answer_is_a_part_of_its_own() -> None:
    (contract,) = parts_of("contract")
    (smoke,) = parts_of("smoke")
    assert contract.groups == (CONTRACT,)
    assert CONTRACT not in smoke.groups


def test_a_tool_that_is_not_there_is_refused(api_server: ApiServer) -> None:
    done = run(**variables_of(api_server), COUNT_CLUSTER_TOOL="/nowhere/cluster")
    assert (done.returncode, done.stderr) == (2, "COUNT_CLUSTER_TOOL=/nowhere/cluster: no such program\n")


def test_a_namespace_that_is_there_already_is_refused_and_stays_as_it_is(api_server: ApiServer) -> None:
    api_server.kubectl("create", "namespace", NAMESPACE)
    before = api_server.kubectl("get", "namespace", NAMESPACE, "--output=yaml").stdout
    done = run(**variables_of(api_server))
    assert (done.returncode, done.stdout) == (2, "")
    context = api_server.kubectl.context
    assert f"context {context} has a namespace {NAMESPACE} already" in done.stderr
    assert f"kubectl --context {context} delete namespace {NAMESPACE}" in done.stderr
    assert api_server.kubectl("get", "namespace", NAMESPACE, "--output=yaml").stdout == before


def test_a_wrong_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNT_REPLICAS__COUNT_READ_SERVICE", "none")
    with pytest.raises(RefusedError, match=r"^COUNT_REPLICAS__COUNT_READ_SERVICE: "):
        settings_of(Topology())


def test_both_folders_are_of_one_environment_with_the_pods_of_production(tmp_path: Path) -> None:
    ingress = generate(tmp_path, Topology())
    gateway = generate_gateway(tmp_path, ingress)
    found = [Manifests.from_directory(each.folder) for each in (ingress, gateway)]
    for manifests in found:
        manifests.has("Namespace", like={"metadata": {"labels": {"environment": "e2e"}}})
        pods = {each["metadata"]["name"]: each["spec"]["replicas"] for each in manifests.find("Deployment")}
        assert pods == {service.name: service.replicas for service in SERVICES} | {"kafka": 1, "zookeeper": 1}
    assert [len(each.find("HTTPRoute")) for each in found] == [0, 6]
    assert ingress.settings.hosts.main != gateway.settings.hosts.main
    assert ingress.phases["Database initialization"] == ("postgresql-init",)


CLUSTER = cast(
    "Cluster",
    SimpleNamespace(context="mine", kubeconfig=Path("/nowhere"), kubectl=SimpleNamespace(program=Path("/bin/kubectl"))),
)
"""A cluster for scripts that ask it nothing."""


def script_of(folder: Path, text: str) -> Path:
    path = folder / "deploy.sh"
    path.write_text(text)
    return path


def test_what_a_script_says_is_told_when_it_comes_and_when_it_fails(tmp_path: Path) -> None:
    event = '{"time": "2026-01-02T03:04:05Z", "event": "x", "level": "info", "text": "a message"}'
    script = script_of(tmp_path, f"echo '{event}'; echo \"$*\" >&2; exit 70")
    said: list[str] = []
    with pytest.raises(CheckFailedError, match=r"(?s)^deploy\.sh: exit 70\na message\n.*--context mine"):
        run_script(CLUSTER, script, "--with-ingress", say=said.append)
    assert said == ["  a message", "  --context mine --lang en --json --with-ingress"]


def test_a_script_that_is_interrupted_ends_by_itself(tmp_path: Path) -> None:
    script = script_of(tmp_path, f"trap 'touch {tmp_path}/unlocked; exit 130' TERM; echo ready; sleep 30 & wait")

    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_script(CLUSTER, script, say=interrupt)
    assert (tmp_path / "unlocked").exists()


def goes_well() -> Run:
    event = Event(time=datetime(2026, 1, 2, tzinfo=UTC), name="phase_started", text="", members={"title": "Services"})
    return Run(events=(event,), seconds=1)


def fails() -> Run:
    raise CheckFailedError("deploy.sh: exit 1")


def is_interrupted() -> Run:
    raise KeyboardInterrupt


PASSING = Group("Subjects")


@PASSING.check()
def a_check(_: System) -> None:
    """It passes."""


@dataclass
class Life:
    """An environment whose scripts do as a test says.

    Attributes:
        build: Where folders are written.
        ran: The scripts that were run, by their folder.
    """

    build: Path
    ran: list[str] = field(default_factory=list)

    def run(
        self,
        monkeypatch: pytest.MonkeyPatch,
        group: Group = PASSING,
        *,
        keep: bool = False,
        **does: Callable[[], Run],
    ) -> Report:
        """Runs a suite with a part of one group.

        Args:
            monkeypatch: Replaces what runs scripts.
            group: The group.
            keep: As `--keep`.
            does: What a script does, by its name; default it goes well.
        """

        def run_script(_: Cluster, script: Path, *options: str, say: object) -> Run:
            self.ran.append(f"{script.parent.name}/{script.name}")
            return does.get(script.stem, goes_well)()

        def answer(*words: str, **_: object) -> SimpleNamespace:
            says = {
                "pods": '{"items": []}',
                "--api-group=gateway.networking.k8s.io": "gatewayclasses.gateway.networking.k8s.io\n",
                "gatewayclass": "nginx",
            }
            return SimpleNamespace(stdout=says.get(words[1], ""))

        monkeypatch.setattr(suite, "run_script", run_script)
        monkeypatch.setattr(suite, "facts", lambda *_: {})
        cluster = SimpleNamespace(context="mine", node_address="127.0.0.1", kubectl=answer)
        life = Suite(cast("Cluster", cluster), build=self.build, tool=None, say=lambda _: None)
        life.run([Part(name="part", title="A part", groups=(group,))], keep=keep)
        return life.report


@pytest.fixture
def life(tmp_path: Path) -> Life:
    return Life(tmp_path)


def statuses(report: Report) -> dict[str, str]:
    return {
        result.name: result.status.value for part in report.parts for group in part.groups for result in group.results
    }


ALL_RUN = ["e2e/deploy.sh", "e2e-gateway/deploy.sh", "e2e/undeploy.sh"]


def test_an_environment_is_deployed_used_and_removed(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    report = life.run(monkeypatch)
    assert (life.ran, report.exit_status) == (ALL_RUN, 0)
    assert set(statuses(report).values()) == {"passed"}
    assert "a check" in statuses(report)


@pytest.mark.parametrize(("required", "status"), [("1", 1), ("", 0)])
def test_what_is_not_run_is_a_failure_where_all_parts_are_required(
    required: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(self: Suite, *_: object, **__: object) -> None:
        self.report.parts = report_of(PASSED, NOT_RUN).parts

    monkeypatch.setenv("COUNT_REQUIRE_REAL_PARTS", required)
    monkeypatch.delenv("COUNT_CLUSTER_TOOL", raising=False)
    monkeypatch.setattr("e2e.__main__.cluster_of_environment", lambda _: CLUSTER)
    monkeypatch.setattr("e2e.__main__.write", lambda *_: ())
    monkeypatch.setattr(Suite, "run", run)
    assert main(["--part", "smoke"]) == status
    assert ("(a failure: all parts are required)" in capsys.readouterr().out) is bool(status)


def test_an_environment_that_is_kept_is_not_removed(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    assert life.run(monkeypatch, keep=True).exit_status == 0
    assert life.ran == ALL_RUN[:2]


def test_what_was_not_deployed_is_not_tried_but_removed(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    report = life.run(monkeypatch, deploy=fails)
    assert (life.ran, report.exit_status) == (["e2e/deploy.sh", "e2e/undeploy.sh"], 1)
    found = statuses(report)
    assert (found["deploy.sh deploys the system"], found["a check"]) == ("failed", "not run")


def test_what_is_interrupted_is_removed(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    report = life.run(monkeypatch, deploy=is_interrupted)
    assert (life.ran, report.exit_status) == (["e2e/deploy.sh", "e2e/undeploy.sh"], 130)


def test_what_was_tried_before_an_interruption_is_reported(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    group = Group("Subjects")

    @group.check()
    def a_first_one(_: System) -> None:
        """It passes."""

    @group.check()
    def a_second_one(_: System) -> None:
        """Somebody presses Ctrl-C."""
        raise KeyboardInterrupt

    report = life.run(monkeypatch, group)
    assert (life.ran, report.exit_status) == (ALL_RUN, 130)
    found = statuses(report)
    assert (found["a first one"], found["a second one"]) == ("passed", "not run")


def test_what_is_interrupted_and_to_be_kept_is_kept(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    report = life.run(monkeypatch, deploy=is_interrupted, keep=True)
    assert (life.ran, report.exit_status) == (["e2e/deploy.sh"], 130)


def test_a_removal_that_fails_is_a_failure(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    report = life.run(monkeypatch, undeploy=fails)
    assert (statuses(report)["undeploy.sh removes everything"], report.exit_status) == ("failed", 1)
