"""The compiled package, by which objects cross into cdk8s, is what its source says."""

import os
import subprocess
import tarfile
from pathlib import Path

from tests.support.parts import missing
from tests.support.project import ROOT, contents

PACKAGE = ROOT / "constructs/cdk8s_backend/_objects"


def _unpacked(package: Path, target: Path) -> dict[str, bytes]:
    (archive,) = (package / "_jsii").glob("*.tgz")
    with tarfile.open(archive) as packed:
        packed.extractall(target, filter="data")
    compiled = {path: data for path, data in contents(package).items() if not path.endswith((".tgz", ".pyc"))}
    return compiled | contents(target)


def test_the_package_is_what_the_compiler_makes(tmp_path: Path) -> None:
    if not (ROOT / "node_modules/jsii-srcmak").exists():
        missing("no compiler: make cdk8s")
    subprocess.run([os.environ["JSII_NODE"], ROOT / "constructs/objects/build.cjs", tmp_path / "out"], check=True)
    made = _unpacked(tmp_path / "out/cdk8s_backend/_objects", tmp_path / "made")
    assert _unpacked(PACKAGE, tmp_path / "kept") == made
