"""`python -m e2e`: deploys the system to a disposable cluster, uses it, removes it, and writes a report.

KUBECONFIG and COUNT_DISPOSABLE_CONTEXT name the cluster. The report is build/e2e.html, and build/e2e.txt as text. Exit
codes: 0 all that ran passed, 1 something failed (with COUNT_REQUIRE_REAL_PARTS=1 also: was not run), 2 wrong usage or
refused (nothing was touched), 130 interrupted.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from cdk8s_backend import BackendError

from e2e.check import Part
from e2e.errors import RefusedError
from e2e.parts import PARTS
from e2e.report import verdict, write
from e2e.suite import Suite
from main import ROOT
from tests.support.cluster import CONTEXT, TOOL, Cluster, connect
from tests.support.kubectl import Kubectl
from tests.support.parts import all_required, find_program

BUILD = ROOT / "build"
ALL = "all"


def cluster_of_environment(cache: Path) -> Cluster:
    """The cluster that the environment names.

    Args:
        cache: A folder for what kubectl discovers.

    Raises:
        RefusedError: It names none, or one that is not there.
    """
    context, kubeconfig = os.environ.get(CONTEXT), os.environ.get("KUBECONFIG")
    if not context or not kubeconfig:
        lacking = " and ".join(name for name, value in ((CONTEXT, context), ("KUBECONFIG", kubeconfig)) if not value)
        raise RefusedError(
            f"not set: {lacking}. The suite deploys, breaks and deletes, so it wants a cluster for that alone: "
            f"KUBECONFIG, and in {CONTEXT} the name of a context of it"
        )
    program = find_program("kubectl", os.environ.get("KUBEBUILDER_ASSETS"), Path(sys.executable).parent)
    if program is None:
        raise RefusedError("no program kubectl: install it")
    try:
        return connect(Kubectl(program=program, kubeconfig=Path(kubeconfig), context=context, cache=cache))
    except (LookupError, AssertionError) as error:
        raise RefusedError(str(error)) from error


def tool_of_environment() -> Path | None:
    """The program that breaks the node, if the environment names one.

    Raises:
        RefusedError: It names one that is not there.
    """
    name = os.environ.get(TOOL)
    if not name:
        return None
    program = find_program(name)
    if program is None:
        raise RefusedError(f"{TOOL}={name}: no such program")
    return program


def parts_of(text: str) -> list[Part]:
    """The parts that `--part` names, in the order in which they run.

    Raises:
        argparse.ArgumentTypeError: It names one that is not there.
    """
    names, known = text.split(","), [*(part.name for part in PARTS), ALL]
    for name in names:
        if name not in known:
            raise argparse.ArgumentTypeError(f"invalid choice: {name!r} (choose from {', '.join(known)})")
    return [part for part in PARTS if part.name in names or ALL in names]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the suite, and returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m e2e", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--part",
        type=parts_of,
        default=ALL,
        metavar="NAME[,NAME]",
        help=f"run these parts alone, on one deployment: {', '.join(part.name for part in PARTS)} (default: {ALL})",
    )
    parser.add_argument("--keep", action="store_true", help="leave the environment in the cluster")
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with TemporaryDirectory() as cache:
            cluster = cluster_of_environment(Path(cache))
            suite = Suite(
                cluster,
                build=BUILD,
                tool=tool_of_environment(),
                say=partial(print, flush=True),
                all_required=all_required(),
            )
            suite.run(given.part, keep=given.keep)
    except (RefusedError, BackendError) as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, RefusedError) else 1
    except KeyboardInterrupt:
        print("interrupted; what was deployed may be there still", file=sys.stderr)
        return 130
    paths = write(suite.report, BUILD)
    print(f"{verdict(suite.report)}; {' and '.join(str(path.relative_to(ROOT)) for path in paths)}")
    return suite.report.exit_status


if __name__ == "__main__":
    sys.exit(main())
