"""`python -m charts.rules FOLDER`: judges a folder by the rules of the specification."""

import argparse
import sys
from pathlib import Path

from cdk8s_backend.errors import ManifestError

from charts.rules.folder import Folder
from charts.rules.table import judge


def main() -> int:
    """Prints each violation; returns 0 without any, 1 with some, and 2 if the folder cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m charts.rules", description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder with the manifests and scripts")
    directory: Path = parser.parse_args().folder
    try:
        violations = judge(Folder.read(directory))
    except ManifestError as error:
        print(error, file=sys.stderr)
        return 2
    for violation in violations:
        print(violation)
    print(f"{directory}: {len(violations)} violations of the rules", file=sys.stderr)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
