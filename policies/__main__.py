"""`python -m policies`: has the policy tools judge the folder of each variant."""

import argparse
import os
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cdk8s_backend.errors import BackendError

from policies.errors import PoliciesError
from policies.judging import Verdict, judge
from policies.tools import TOOLS, Tool
from policies.variants import VARIANTS, write

__all__ = ["main"]


@dataclass(frozen=True)
class _Judged:
    """A variant, and what each tool makes of it."""

    variant: str
    verdicts: Mapping[Tool, Verdict]

    @property
    def problems(self) -> list[str]:
        return [
            f"{self.variant}: {tool.name}: {problem}"
            for tool, verdict in self.verdicts.items()
            for problem in verdict.problems
        ]

    def __str__(self) -> str:
        counted = (
            f"{tool.name} {verdict.checks} checks of {verdict.objects} objects, {verdict.exemptions} exempted"
            for tool, verdict in self.verdicts.items()
        )
        return f"{self.variant}: {'; '.join(counted)}; {len(self.problems)} problems"


def main() -> int:
    """Prints what is neither right nor exempted; returns 0 if nothing is, 1 if something is, 2 if no tool judges."""
    argparse.ArgumentParser(prog="python -m policies", description=__doc__).parse_args()
    problems = []
    try:
        programs = _programs()
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for judged in pool.map(lambda variant: _judge(variant, programs), VARIANTS):
                print(judged, flush=True)
                problems += judged.problems
    except BackendError as error:
        print(error, file=sys.stderr)
        return 2
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def _programs() -> Mapping[Tool, Path]:
    """The tools that are there.

    Raises:
        PoliciesError: None is, or COUNT_REQUIRE_REAL_PARTS is 1 and one is not.
    """
    found = {tool: program for tool in TOOLS if (program := tool.find())}
    missing = ", ".join(tool.name for tool in TOOLS if tool not in found)
    if missing and (not found or os.environ.get("COUNT_REQUIRE_REAL_PARTS") == "1"):
        raise PoliciesError(f"{missing}: not found; docs/policies.md says where to get it")
    if missing:
        print(f"{missing}: not found, so what it would find is not known; docs/policies.md says where to get it")
    return found


def _judge(variant: str, programs: Mapping[Tool, Path]) -> _Judged:
    with TemporaryDirectory() as temporary:
        folder = Path(temporary, "folder")
        write(variant, folder)
        return _Judged(
            variant,
            {tool: judge(tool, program, folder, Path(temporary, tool.name)) for tool, program in programs.items()},
        )


if __name__ == "__main__":
    sys.exit(main())
