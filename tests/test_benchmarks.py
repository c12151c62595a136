"""The programs that are timed beside this one make the same objects."""

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from cdk8s_backend.assertions import Manifests
from cdk8s_backend.manifest import Manifest

import pytest

from benchmarks.level1 import javascript_program, python_program
from benchmarks.systems import system_with
from tests.support.synthesis import phases_of

SYSTEM = system_with(9)


def _sorted(manifests: Iterable[Manifest]) -> list[str]:
    return sorted(json.dumps(manifest, sort_keys=True) for manifest in manifests)


@pytest.fixture(scope="module")
def ours() -> list[str]:
    return _sorted(manifest for phase in phases_of("production", SYSTEM).values() for manifest in phase)


def test_the_python_program_makes_the_same_objects(ours: list[str], tmp_path: Path) -> None:
    program = tmp_path / "level1.py"
    program.write_text(python_program(phases_of("production", SYSTEM)))
    subprocess.run([sys.executable, program, tmp_path / "out"], check=True)
    assert _sorted(Manifests.from_directory(tmp_path / "out")) == ours


def test_the_javascript_program_makes_the_same_objects(ours: list[str], tmp_path: Path) -> None:
    program = tmp_path / "level1.js"
    program.write_text(javascript_program(phases_of("production", SYSTEM)))
    for package in ("cdk8s", "cdk8s_plus_27", "constructs"):
        (archive,) = Path(str(files(package)), "_jsii").glob("*.tgz")
        with tarfile.open(archive) as packed:
            packed.extractall(tmp_path, filter="data")
        (tmp_path / "package").rename(tmp_path / package.replace("_", "-"))
    subprocess.run(
        [os.environ["JSII_NODE"], program, tmp_path / "out"], env={**os.environ, "NODE_PATH": str(tmp_path)}, check=True
    )
    assert _sorted(Manifests.from_directory(tmp_path / "out")) == ours
