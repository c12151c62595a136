"""What policy tools find in a folder that is neither right nor exempted with a reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cdk8s_backend.assertions import Manifests
from cdk8s_backend.manifest import Manifest
from cdk8s_backend.yaml import dump

from charts.exempting import exempted, without_exemptions
from policies.tools import Judgement, Tool

__all__ = ["WORKLOADS", "Verdict", "judge"]

WORKLOADS = ("Deployment", "StatefulSet", "Job", "CronJob")
"""The kinds of objects that have pods."""

_FEWEST_CHECKS = 10
"""What any workload is judged by at least: a tool that looked at less has not understood it."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a tool makes of a folder.

    Attributes:
        problems: A line each; none where every finding is exempted, and every exemption needed.
        checks: How many checks were made, exempted ones included.
        objects: How many objects were looked at.
        exemptions: How many checks of objects are exempted.
    """

    problems: tuple[str, ...]
    checks: int
    objects: int
    exemptions: int


def judge(tool: Tool, program: Path, folder: Path, bare: Path) -> Verdict:
    """Judges a folder, and what it would be without its exemptions.

    Args:
        tool: The tool.
        program: Where it is.
        folder: The folder.
        bare: Where the folder without exemptions is written; it does not exist yet.

    Raises:
        PoliciesError: The tool does not report.
        ManifestError: The folder cannot be read.
    """
    manifests = list(Manifests.from_directory(folder))
    _write_bare(manifests, bare)
    shown = tool.judge(program, folder)
    problems = (
        *_unjudged(manifests, shown),
        *(f"{each.place}: {each.check}: {each.message}" for each in sorted(shown.findings)),
        *_unneeded(tool, manifests, tool.judge(program, bare)),
    )
    return Verdict(
        problems=problems,
        checks=sum(shown.judged.values()),
        objects=len(shown.judged),
        exemptions=len(_exemptions(tool, manifests)),
    )


def _place(manifest: Manifest) -> str:
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


def _exemptions(tool: Tool, manifests: list[Manifest]) -> set[tuple[str, str]]:
    """Objects and the tool's checks that they are exempted from."""
    return {
        (_place(manifest), check)
        for manifest in manifests
        for name, check, _ in exempted(manifest)
        if name == tool.name
    }


def _write_bare(manifests: list[Manifest], folder: Path) -> None:
    folder.mkdir()
    for number, manifest in enumerate(manifests):
        (folder / f"{number}.yaml").write_text(dump(without_exemptions(manifest)), encoding="utf-8")


def _unjudged(manifests: list[Manifest], judgement: Judgement) -> Iterator[str]:
    for manifest in manifests:
        if manifest["kind"] in WORKLOADS:
            checks = judgement.judged.get(_place(manifest), 0)
            if checks < _FEWEST_CHECKS:
                yield f"{_place(manifest)}: judged by {checks} checks; {_FEWEST_CHECKS} are the least"


def _unneeded(tool: Tool, manifests: list[Manifest], bare: Judgement) -> Iterator[str]:
    needed = {(finding.place, finding.check) for finding in bare.findings}
    for place, check in sorted(_exemptions(tool, manifests) - needed):
        yield f"{place}: {check}: exempted, and passes without; take the exemption back"
