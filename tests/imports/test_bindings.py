"""The bindings in imports/ are what the cdk8s command line makes of the definitions, and charts use each of them."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import yaml

from tests.support.parts import missing
from tests.support.project import ROOT, contents, project_files

DEFINITIONS = sorted((ROOT / "imports/crds").glob("*.yaml"))


def bindings() -> dict[str, bytes]:
    """The committed bindings by relative path."""
    folder = Path("imports/io")
    return {
        path.relative_to(folder).as_posix(): (ROOT / path).read_bytes()
        for path in project_files()
        if path.is_relative_to(folder)
    }


def bound_kinds() -> set[str]:
    """The custom resources that have bindings, as `module.Kind`."""
    definitions = [yaml.safe_load(path.read_text(encoding="utf-8"))["spec"] for path in DEFINITIONS]
    return {
        f"{'.'.join(reversed(spec['group'].split('.'))).replace('-', '_')}.{spec['names']['kind']}".lower()
        for spec in definitions
    }


def used_names() -> set[str]:
    """What the charts import from imports/, as `module.Name`."""
    modules = [ROOT / path for path in project_files() if path.parts[0] == "charts" and path.suffix == ".py"]
    return {
        f"{node.module.removeprefix('imports.')}.{alias.name}".lower()
        for module in modules
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("imports.")
        for alias in node.names
    }


def test_every_custom_resource_that_has_bindings_is_used() -> None:
    assert bound_kinds() - used_names() == set()


def test_what_the_default_environment_does_not_need_is_not_loaded() -> None:
    code = "import sys, main; print([name for name in sys.modules if name.split('.')[0] == 'imports'])"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_the_bindings_are_what_the_command_makes(tmp_path: Path) -> None:
    cdk8s = ROOT / "node_modules/.bin/cdk8s"
    if not cdk8s.exists():
        missing("no cdk8s command line: make cdk8s")
    definitions = tmp_path / "crds.yaml"
    definitions.write_text("".join(f"---\n{path.read_text('utf-8')}" for path in DEFINITIONS), encoding="utf-8")
    command = [str(cdk8s), "import", str(definitions), "--output", str(tmp_path), "--language", "python", "--no-save"]
    subprocess.run(command, env={**os.environ, "CDK8S_CHECK_UPGRADE": "false"}, capture_output=True, check=True)

    made, committed = contents(tmp_path / "io"), bindings()
    differing = sorted(path for path in made | committed if made.get(path) != committed.get(path))
    assert differing == [], "imports/ is not fresh: make imports"
