"""kube-score and checkov: what each of them finds in a folder of manifests, and how much it looked at."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from charts.exemptions import CHECKOV, KUBE_SCORE
from main import ROOT
from policies.errors import PoliciesError

__all__ = ["TOOLS", "Finding", "Judgement", "Tool"]


@dataclass(frozen=True, order=True)
class Finding:
    """A check that an object does not pass.

    Attributes:
        check: The tool's name of the check.
        place: The object, like `Deployment/kafka`.
        message: What the tool says of it.
    """

    check: str
    place: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What a tool says of a folder.

    Attributes:
        findings: What does not pass.
        judged: Object to the number of its checks, exempted ones included.
    """

    findings: frozenset[Finding]
    judged: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A policy tool.

    Attributes:
        name: Its name, as exemptions have it.
        folder: Where it is looked for before PATH; None for PATH alone.
        command: Its arguments for a folder.
        read: What its output, JSON, says.
    """

    name: str
    folder: str | None
    command: Callable[[Path], list[str]]
    read: Callable[[Any], Judgement]

    def find(self) -> Path | None:
        """The program, if it is there."""
        found = (self.folder and shutil.which(self.name, path=self.folder)) or shutil.which(self.name)
        return Path(found) if found else None

    def judge(self, program: Path, folder: Path) -> Judgement:
        """Runs the tool over all manifests of a folder; its exit code tells no more than its report.

        Raises:
            PoliciesError: What it prints is not its report.
        """
        command = [str(program), *self.command(folder)]
        done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
        try:
            return self.read(json.loads(done.stdout))
        except (ValueError, LookupError, TypeError) as error:
            raise PoliciesError(
                f"{self.name}: ended with {done.returncode} and no report ({error!r})\n{done.stderr.rstrip()}"
            ) from error


_ALL_OK = 10
"""The grade of kube-score that leaves nothing to say."""


def _kube_score(report: Any) -> Judgement:
    findings, judged = set(), {}
    for scored in report:
        place = f"{scored['type_meta']['kind']}/{scored['object_meta']['name']}"
        judged[place] = len(scored["checks"])
        for check in scored["checks"]:
            if not check["skipped"] and check["grade"] < _ALL_OK:
                said = {f"{each['path']}: {each['summary']}".removeprefix(": ") for each in check["comments"]}
                findings.add(Finding(check["check"]["id"], place, "; ".join(sorted(said))))
    return Judgement(findings=frozenset(findings), judged=judged)


def _checkov(report: Any) -> Judgement:
    if report["summary"]["parsing_errors"]:
        raise ValueError(f"{report['summary']['parsing_errors']} files could not be parsed")
    findings, judged = set(), dict[str, int]()
    for group in ("passed_checks", "skipped_checks", "failed_checks"):
        for check in report["results"][group]:
            kind, _, name = check["resource"].split(".", 2)
            place = f"{kind}/{name}"
            judged[place] = judged.get(place, 0) + 1
            if group == "failed_checks":
                findings.add(Finding(check["check_id"], place, check["check_name"]))
    return Judgement(findings=frozenset(findings), judged=judged)


TOOLS = (
    Tool(
        name=KUBE_SCORE,
        folder=os.environ.get("KUBEBUILDER_ASSETS"),
        command=lambda folder: [
            "score",
            "--kubernetes-version=v1.27",
            "--output-format=json",
            "--output-version=v2",
            *sorted(str(path) for path in folder.rglob("*.yaml")),
        ],
        read=_kube_score,
    ),
    Tool(
        name=CHECKOV,
        folder=str(ROOT / ".venv-policies/bin"),
        command=lambda folder: [
            "--directory",
            str(folder),
            "--framework=kubernetes",
            "--skip-download",
            "--output=json",
        ],
        read=_checkov,
    ),
)
"""The tools that are run, each of which must be there where COUNT_REQUIRE_REAL_PARTS is 1."""
