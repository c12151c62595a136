"""`python -m policies` says what it could not judge, and fails where all tools are to be there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import policies.__main__ as program
from policies.judging import Verdict
from policies.tools import TOOLS, Tool
from policies.variants import VARIANTS
from tests.support.project import ROOT

VERDICT = Verdict(problems=(), checks=100, objects=10, exemptions=5)


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["policies"])
    monkeypatch.delenv("COUNT_REQUIRE_REAL_PARTS", raising=False)
    monkeypatch.setattr(program, "write", lambda *_: None)
    monkeypatch.setattr(program, "judge", lambda *_: VERDICT)


def only(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Lets only some of the tools be found."""
    monkeypatch.setattr(Tool, "find", lambda tool: Path(tool.name) if tool.name in names else None)


@pytest.mark.usefixtures("called")
def test_every_variant_is_judged_by_every_tool(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    only(monkeypatch, *(tool.name for tool in TOOLS))
    assert program.main() == 0
    counted = (
        "kube-score 100 checks of 10 objects, 5 exempted; checkov 100 checks of 10 objects, 5 exempted; 0 problems"
    )
    assert capsys.readouterr().out.splitlines() == [f"{variant}: {counted}" for variant in VARIANTS]


@pytest.mark.usefixtures("called")
def test_a_missing_tool_is_named_and_the_other_one_judges(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    only(monkeypatch, "checkov")
    assert program.main() == 0
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first == "kube-score: not found, so what it would find is not known; docs/policies.md says where to get it"
    assert second == "production: checkov 100 checks of 10 objects, 5 exempted; 0 problems"


@pytest.mark.usefixtures("called")
def test_a_missing_tool_fails_where_all_parts_are_required(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    only(monkeypatch, "checkov")
    monkeypatch.setenv("COUNT_REQUIRE_REAL_PARTS", "1")
    assert program.main() == 2
    assert capsys.readouterr().err == "kube-score: not found; docs/policies.md says where to get it\n"


@pytest.mark.usefixtures("called")
def test_without_any_tool_nothing_is_judged_and_that_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    only(monkeypatch)
    assert program.main() == 2
    assert capsys.readouterr().err == "kube-score, checkov: not found; docs/policies.md says where to get it\n"


@pytest.mark.usefixtures("called")
def test_a_problem_fails_and_names_variant_tool_object_and_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    only(monkeypatch, "checkov")
    found = Verdict(problems=("Job/one: CKV_K8S_1: wrong",), checks=1, objects=1, exemptions=0)
    monkeypatch.setattr(program, "judge", lambda *_: found)
    assert program.main() == 1
    assert capsys.readouterr().err.startswith("production: checkov: Job/one: CKV_K8S_1: wrong\n")


def test_the_settings_of_the_environment_do_not_change_what_is_judged(tmp_path: Path) -> None:
    code = "import pathlib, policies.variants as v, sys; v.write('production', pathlib.Path(sys.argv[1]))"
    environment = {**os.environ, "COUNT_VERSION": "9.9.9", "COUNT_ENVIRONMENT": "local"}
    subprocess.run([sys.executable, "-c", code, tmp_path / "folder"], cwd=ROOT, env=environment, check=True)
    written, committed = (
        (folder / "deployments/count-write-service.yaml").read_bytes()
        for folder in (tmp_path / "folder", ROOT / "dist")
    )
    assert written == committed
