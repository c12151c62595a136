"""What policy tools find is told unless it is exempted, and a tool that looked at nothing finds no approval."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cdk8s_backend.manifest import Manifest

import pytest

from charts import exempting
from charts.exemptions import CHECKOV, EXEMPTIONS, KUBE_SCORE, Exemption
from policies.errors import PoliciesError
from policies.judging import judge
from policies.tools import TOOLS, Tool
from tests.support.parts import missing
from tests.support.synthesis import folder_of

BY_NAME: Mapping[str, Tool] = {tool.name: tool for tool in TOOLS}
BROKEN = "deployments/count-write-service.yaml"


def program_of(tool: Tool) -> Path:
    return tool.find() or missing(f"no program {tool.name}; docs/policies.md says where to get it")


def written(folder: Path, environment: str = "production", **changed: Any) -> Path:
    """The folder of an environment."""
    for path, content in folder_of(environment, **changed).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def problems_of(tool: Tool, folder: Path) -> tuple[str, ...]:
    bare = folder.with_name("bare")
    shutil.rmtree(bare, ignore_errors=True)
    return judge(tool, program_of(tool), folder, bare).problems


@pytest.fixture(params=[KUBE_SCORE, CHECKOV])
def tool(request: pytest.FixtureRequest) -> Tool:
    return BY_NAME[request.param]


def test_a_folder_of_the_system_has_no_problem_and_was_looked_at(tool: Tool, tmp_path: Path) -> None:
    verdict = judge(tool, program_of(tool), written(tmp_path / "folder"), tmp_path / "bare")
    assert verdict.problems == ()
    assert verdict.checks > 400
    assert verdict.exemptions > 40


@pytest.mark.parametrize(
    ("name", "old", "new", "finding"),
    [
        (
            KUBE_SCORE,
            "readOnlyRootFilesystem: true",
            "readOnlyRootFilesystem: false",
            "container-security-context-readonlyrootfilesystem: count-write-service: The pod has a container with a ",
        ),
        (CHECKOV, "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", "CKV_K8S_20: Containers "),
        (KUBE_SCORE, "container-image-tag,", "", "container-image-tag: count-write-service: Image with latest tag; "),
        (CHECKOV, "CKV_K8S_14=", "CKV_K8S_1=", "CKV_K8S_14: Image Tag should be fixed - not latest or blank"),
    ],
)
def test_what_is_neither_right_nor_exempted_is_told(
    name: str, old: str, new: str, finding: str, tmp_path: Path
) -> None:
    folder = written(tmp_path / "folder")
    text = (folder / BROKEN).read_text("utf-8")
    assert old in text
    (folder / BROKEN).write_text(text.replace(old, new), encoding="utf-8")
    (problem,) = problems_of(BY_NAME[name], folder)
    assert problem.startswith(f"Deployment/count-write-service: {finding}")


@pytest.mark.parametrize(
    ("changed", "removed", "finding"),
    [
        ({}, "poddisruptionbudgets", "deployment-has-poddisruptionbudget"),
        (
            {"autoscaling": {"default": {"maxReplicas": 6}}},
            "poddisruptionbudgets",
            "deployment-has-poddisruptionbudget",
        ),
        ({}, "networkpolicies", "pod-networkpolicy"),
    ],
)
def test_what_keeps_services_available_and_closed_is_looked_for(
    changed: dict[str, Any], removed: str, finding: str, tmp_path: Path
) -> None:
    folder = written(tmp_path / "folder", **changed)
    assert problems_of(BY_NAME[KUBE_SCORE], folder) == ()
    shutil.rmtree(folder / removed)
    found = problems_of(BY_NAME[KUBE_SCORE], folder)
    assert found
    assert {problem.split(": ")[1] for problem in found} == {finding}


@pytest.mark.parametrize("environment", ["local", "staging"])
def test_small_environments_have_single_pods_and_no_other_problem(environment: str, tmp_path: Path) -> None:
    found = problems_of(BY_NAME[KUBE_SCORE], written(tmp_path / "folder", environment))
    assert found
    assert {problem.split(": ")[1] for problem in found} == {"deployment-replicas"}


def test_an_exemption_that_is_not_needed_is_told(tool: Tool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check = {KUBE_SCORE: "pod-probes", CHECKOV: "CKV_K8S_20"}[tool.name]

    def concerns(manifest: Manifest) -> bool:
        return bool(manifest["metadata"]["name"] == "kafka" and manifest["kind"] == "Deployment")

    needless = Exemption(checks={tool.name: (check,)}, concerns=concerns, reason_en="", reason_ko="")
    folder = written(tmp_path / "folder")
    monkeypatch.setattr(exempting, "EXEMPTIONS", (*EXEMPTIONS, needless))
    assert problems_of(tool, folder) == (
        f"Deployment/kafka: {check}: exempted, and passes without; take the exemption back",
    )


def fake(tool: Tool, folder: Path, output: str) -> Path:
    """A program that prints an output whatever it is asked."""
    (folder / "output").write_text(output, encoding="utf-8")
    program = folder / tool.name
    program.write_text(f"#!/bin/sh\ncat '{folder}/output'\n", encoding="utf-8")
    program.chmod(0o755)
    return program


NOTHING = {
    KUBE_SCORE: [],
    CHECKOV: {
        "summary": {"parsing_errors": 0},
        "results": {"passed_checks": [], "failed_checks": [], "skipped_checks": []},
    },
}


def test_a_tool_that_looked_at_nothing_has_found_a_problem_in_every_workload(tool: Tool, tmp_path: Path) -> None:
    program = fake(tool, tmp_path, json.dumps(NOTHING[tool.name]))
    problems = judge(tool, program, written(tmp_path / "folder"), tmp_path / "bare").problems
    told = [problem for problem in problems if problem.endswith(": judged by 0 checks; 10 are the least")]
    assert len(told) == 13
    assert f"Deployment/kafka: {told[0].partition(': ')[2]}" in told


@pytest.mark.parametrize("output", ["", "no manifests", "{}", '{"summary": {"parsing_errors": 1}}', '{"passed": 0}'])
def test_a_tool_that_does_not_report_is_an_error(tool: Tool, output: str, tmp_path: Path) -> None:
    program = fake(tool, tmp_path, "null" if tool.name == KUBE_SCORE and output.startswith("{") else output)
    with pytest.raises(PoliciesError, match=rf"{tool.name}: ended with 0 and no report"):
        judge(tool, program, written(tmp_path / "folder"), tmp_path / "bare")
