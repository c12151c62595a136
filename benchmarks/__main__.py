"""`python -m benchmarks`: times the program and its counterparts in turn, prints a table, writes build/bench.json.

Each figure is the median of several runs; a figure of one program is taken right before that of the other, so that a
machine whose speed drifts slows both.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from cdk8s_backend.manifest import Manifest  # noqa: TC002 - as elsewhere

from benchmarks import deployments
from benchmarks.level1 import javascript_program, python_program
from benchmarks.rows import Row
from benchmarks.systems import system_with
from charts.system import synthesize
from main import ROOT, settings_of

BUILD = ROOT / "build"
EMPTY = (
    "import sys, cdk8s, cdk8s_plus_27\napp = cdk8s.App(outdir=sys.argv[1])\ncdk8s.Chart(app, 'empty')\napp.synth()\n"
)
PACKAGES = {"cdk8s": "cdk8s", "cdk8s_plus_27": "cdk8s-plus-27", "constructs": "constructs"}


@dataclass(frozen=True)
class Run:
    """What one run of a program took: seconds, and MiB of its largest process at its peak."""

    seconds: float
    peak: float


def run(command: Sequence[str | Path]) -> Run:
    """Runs a program to its end.

    Raises:
        SystemExit: It fails; says what it wrote.
    """
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        errors = process.stderr.read() if process.stderr else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(map(str, command))}: exit {process.returncode}\n{errors}")
    return Run(time.perf_counter() - began, usage.ru_maxrss / 1024)


class Programs:
    """The programs that are timed, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "empty.py").write_text(EMPTY)
        for package, name in PACKAGES.items():
            (archive,) = (path for path in (Path(str(files(package))) / "_jsii").glob("*.tgz"))
            with tarfile.open(archive) as packed:
                packed.extractall(folder, filter="data")
            (folder / "package").rename(folder / "node_modules" / name)

    def add(self, services: int) -> None:
        """Writes the L1 programs of a system."""
        system = system_with(services)
        charts = synthesize(system, settings_of("production", system), outdir=self._folder / "cdk8s")
        manifests: Mapping[str, Sequence[Manifest]] = {chart.phase: objects for chart, objects in charts.items()}
        (self._folder / f"level1-{services}.py").write_text(python_program(manifests))
        (self._folder / f"level1-{services}.js").write_text(javascript_program(manifests))

    def main(self) -> Run:
        """`python main.py`, into a new folder."""
        return run([sys.executable, "main.py", "--output", self._new_folder()])

    def ours(self, services: int) -> Run:
        """The same for a system of another size."""
        return run([sys.executable, "-m", "benchmarks.ours", self._new_folder(), str(services)])

    def empty(self) -> Run:
        """The imports, and an empty chart."""
        return run([sys.executable, self._folder / "empty.py", self._new_folder()])

    def level1(self, services: int) -> Run:
        """The objects with L1 classes in Python."""
        return run([sys.executable, self._folder / f"level1-{services}.py", self._new_folder()])

    def javascript(self, services: int) -> Run:
        """The objects with L1 classes in JavaScript."""
        return run([os.environ["JSII_NODE"], self._folder / f"level1-{services}.js", self._new_folder()])

    def _new_folder(self) -> Path:
        folder = self._folder / "output"
        shutil.rmtree(folder, ignore_errors=True)
        return folder


def _seconds(name: str, ours: Sequence[Run], floor: Sequence[Run]) -> Row:
    return Row.of(name, [each.seconds for each in ours], [each.seconds for each in floor])


def compare(programs: Programs, times: int) -> list[Row]:
    """Times everything, and returns the rows."""
    for services in (6, 60, 600):
        programs.add(services)
    base = [(programs.main(), programs.level1(6), programs.empty()) for _ in range(2 * times)]
    main, level1, empty = zip(*base, strict=True)
    rows = [_seconds("synth", main, level1)]
    added = statistics.median(ours.seconds - floor.seconds for ours, floor, _ in base)
    start = statistics.median(each.seconds for each in empty)
    rows.append(Row(name="overhead", ours=added, floor=start, ratio=added / start))
    middle = [(programs.ours(60), programs.level1(60)) for _ in range(times)]
    rows.append(_seconds("synth-60", *zip(*middle, strict=True)))
    large = [(programs.ours(600), programs.level1(600), programs.javascript(600)) for _ in range(times)]
    ours, level1, javascript = zip(*large, strict=True)
    rows.append(_seconds("synth-600", ours, level1))
    rows.append(Row.of("memory-600", [each.peak for each in ours], [each.peak for each in level1], "MiB"))
    rows.append(_seconds("javascript-600", ours, javascript))
    return rows


def deployment_rows(folder: Path) -> list[Row]:
    """Times the generated scripts, where there is a cluster for it."""
    reason = deployments.left_out()
    if reason:
        print(f"deploy, redeploy, redeploy-pwsh, deploy-helm and deploy-200 are left out: {reason}")
        return []
    return list(deployments.Bench(folder).rows(times=4))


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--times", type=int, default=5, metavar="N", help="how often each program runs (default: 5)")
    parser.add_argument("--only", choices=["synthesis", "deployments"], help="leave the other benchmarks out")
    given = parser.parse_args()
    BUILD.mkdir(exist_ok=True)
    rows = []
    with TemporaryDirectory(dir=BUILD) as folder:
        (Path(folder) / "node_modules").mkdir()
        if given.only != "deployments":
            rows += compare(Programs(Path(folder)), given.times)
        if given.only != "synthesis":
            rows += deployment_rows(Path(folder))
    print(f"{'':16}{'ours':>10}{'floor':>10}{'ratio':>8}")
    for row in rows:
        print(f"{row.name:16}{row.ours:10.2f}{row.floor:10.2f}{row.ratio:8.2f}  {row.unit}")
    text = json.dumps([asdict(row) for row in rows], indent=2)
    (BUILD / "bench.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
