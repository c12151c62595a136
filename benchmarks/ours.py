"""`python -m benchmarks.ours FOLDER SERVICES`: what main.py does, for a system of any size."""

import sys
from pathlib import Path

from benchmarks.systems import system_with
from main import generate

if __name__ == "__main__":
    generate(Path(sys.argv[1]), "production", system=system_with(int(sys.argv[2])))
