"""Writes the Kubernetes folder of the Count system: settings -> charts -> synthesis -> tree and scripts."""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

try:
    from cdk8s_backend import BackendError
    from cdk8s_backend.node import start_in_background

    start_in_background()  # while it starts, the next imports need none of it
    from charts.topology import Topology
    from inputs.errors import SettingsError
    from inputs.settings import DEFAULT_ENVIRONMENT, KnownNames, Settings, load
except ImportError as missing:
    sys.exit(f"{missing} (`make synth` installs what is needed, and runs this program with it)")

if TYPE_CHECKING:
    from cdk8s_backend.layout import Report

ROOT = Path(__file__).resolve().parent


def settings_of(environment: str, system: Topology) -> Settings:
    """The settings of an environment, which may speak of the parts of a system and of no others.

    Raises:
        SettingsError: The environment does not exist, or a setting is wrong.
    """
    known = KnownNames(
        services={service.name: service.most_replicas for service in system.services},
        infrastructure=[unit.name for unit in system.infrastructure],
    )
    return load(ROOT / "environments", environment, known)


def generate(directory: Path, environment: str, *, system: Topology, overwrite: bool = False) -> "Report":
    """Writes the folder of an environment.

    Args:
        directory: The folder.
        environment: Name of the environment.
        system: The topology.
        overwrite: Whether generated files that someone has edited are replaced.

    Raises:
        BackendError: Something is wrong; nothing was written.
    """
    settings = settings_of(environment, system)
    from cdk8s_backend.layout import write

    from charts.system import synthesize
    from scripts.folder import folder

    outdir = Path(os.environ.get("CDK8S_OUTDIR") or ROOT / "build/cdk8s")
    files = folder(synthesize(system, settings, outdir=outdir), system, settings)
    return write(directory, files, overwrite=overwrite)


def main() -> int:
    """Runs the program; returns 0 if the folder is written, 2 if a setting is wrong, 130 if interrupted, else 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, metavar="DIR", help="the folder (default: dist, or build/ENVIRONMENT)")
    parser.add_argument("--overwrite", action="store_true", help="replace generated files that someone has edited")
    given = parser.parse_args()
    environment = os.environ.get("COUNT_ENVIRONMENT") or DEFAULT_ENVIRONMENT
    default = ROOT / "dist" if environment == DEFAULT_ENVIRONMENT else ROOT / "build" / environment
    directory = given.output or default
    began = time.monotonic()
    try:
        report = generate(directory, environment, system=Topology(), overwrite=given.overwrite)
    except BackendError as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, SettingsError) else 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    for difference in report.kept.values():
        print(difference, end="", file=sys.stderr)
    changes = f"{len(report.written)} written, {len(report.removed)} removed, {len(report.kept)} kept as edited"
    print(f"{environment}: {directory}: {changes}; {time.monotonic() - began:.1f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
