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
    from inputs.loading import load, load_with_origins
    from inputs.settings import DEFAULT_ENVIRONMENT, Settings
    from inputs.show import show
    from inputs.topology import names_of
except ImportError as missing:
    sys.exit(f"{missing} (`make synth` installs what is needed, and runs this program with it)")

if TYPE_CHECKING:
    from cdk8s_backend.layout import Report

ROOT = Path(__file__).resolve().parent
ENVIRONMENTS = ROOT / "environments"


def settings_of(environment: str, system: Topology) -> Settings:
    """The settings of an environment, which may speak of the parts of a system and of no others.

    Raises:
        SettingsError: The environment does not exist, or a setting is wrong.
    """
    return load(ENVIRONMENTS, environment, names_of(system))


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
    from cdk8s_backend.layout import write  # these need cdk8s, which has been starting meanwhile

    from charts.system import synthesize
    from scripts.folder import folder

    outdir = Path(os.environ.get("CDK8S_OUTDIR") or ROOT / "build/cdk8s")
    files = folder(synthesize(system, settings, outdir=outdir), system, settings)
    return write(directory, files, overwrite=overwrite)


def main() -> int:
    """Runs the program; returns 0 if it does what is asked, 2 if a setting is wrong, 130 if interrupted, else 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, metavar="DIR", help="the folder (default: dist, or build/ENVIRONMENT)")
    parser.add_argument("--overwrite", action="store_true", help="replace generated files that someone has edited")
    parser.add_argument("--show-settings", action="store_true", help="print the settings and where each comes from")
    given = parser.parse_args()
    environment = os.environ.get("COUNT_ENVIRONMENT") or DEFAULT_ENVIRONMENT
    default = ROOT / "dist" if environment == DEFAULT_ENVIRONMENT else ROOT / "build" / environment
    directory = given.output or default
    began = time.monotonic()
    try:
        if given.show_settings:
            print(show(load_with_origins(ENVIRONMENTS, environment, names_of(Topology())), Topology()), end="")
            return 0
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
