"""The project as a whole: what a clone of it relies on."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.project import ROOT, contents, copy_project, project_files

MAY_IMPORT = {
    "main.py": {"charts", "inputs", "scripts", "cdk8s_backend"},
    "scripts": {"scripts", "charts", "inputs", "cdk8s_backend"},
    "charts": {"charts", "inputs", "imports", "cdk8s_backend"},
    "inputs": {"inputs", "charts.sensitive", "charts.topology", "cdk8s_backend"},
    "policies": {"policies", "charts", "main", "cdk8s_backend"},
    "constructs": {"cdk8s_backend"},
}
OWN = {"main", "charts", "inputs", "scripts", "policies", "imports", "tests", "cdk8s_backend"}


def test_the_folder_constructs_does_not_hide_the_package_constructs() -> None:
    code = "import constructs; print(constructs.Construct.__module__, constructs.__file__)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    name, file = ran.stdout.split(maxsplit=1)

    assert name == "constructs"
    assert "site-packages" in Path(file).parts
    assert not [path for path in ("constructs.py", "constructs/__init__.py") if (ROOT / path).exists()]


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_imports_go_one_way(part: str) -> None:
    found = {
        f"{path}: {name}"
        for path in project_files()
        if path.parts[0] == part and path.suffix == ".py"
        for name in imported(ROOT / path)
        if name.partition(".")[0] in OWN and not {name, name.partition(".")[0]} & MAY_IMPORT[part]
    }

    assert found == set()


def imported(path: Path) -> set[str]:
    """Returns the names of the modules that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
    return names


def test_dist_is_what_the_application_writes_anywhere(tmp_path: Path) -> None:
    copy_project(tmp_path)
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "LC_ALL": "C", "TZ": "Asia/Seoul"}
    environment.pop("COUNT_ENVIRONMENT", None)

    ran = subprocess.run(
        [sys.executable, "main.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr
    written, committed = contents(tmp_path / "dist"), contents(ROOT / "dist")
    differing = sorted(path for path in written | committed if written.get(path) != committed.get(path))
    assert differing == [], "dist/ is not fresh: make synth"


def test_scripts_and_manifests_have_the_same_line_ends_on_every_system() -> None:
    paths = [str(path) for path in project_files() if path.suffix in {".sh", ".ps1", ".sql", ".yaml"}]
    git = ["git", "-c", "safe.directory=*", "check-attr", "-z", "eol", "--stdin"]
    fields = subprocess.run(
        git, cwd=ROOT, input="\0".join(paths), capture_output=True, text=True, encoding="utf-8", check=True
    ).stdout.split("\0")

    assert {path for path, value in zip(fields[::3], fields[2::3], strict=False) if value != "lf"} == set()
    assert {path for path in paths if b"\r" in (ROOT / path).read_bytes()} == set()


def test_the_generated_folder_has_the_same_bytes_in_a_clone_for_windows(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *identity, *words], cwd=tmp_path, capture_output=True, check=True)

    git("init", "one")
    shutil.copytree(ROOT / "dist", tmp_path / "one/k8s")
    git("-C", "one", "add", "--all")
    git("-C", "one", "commit", "--message=a")
    git("clone", "--config=core.autocrlf=true", "one", "other")
    assert contents(tmp_path / "other/k8s") == contents(tmp_path / "one/k8s")
    assert contents(tmp_path / "one/k8s") == contents(ROOT / "dist")


def test_no_file_names_a_path_of_one_machine() -> None:
    somebodys = re.compile(rb"(?:/home|/Users|/root)/[\w.-]+/|[A-Z]:\\Users\\")
    here = bytes(ROOT)
    found = [
        str(path)
        for path in project_files()
        if somebodys.search(content := (ROOT / path).read_bytes()) or (here.count(b"/") > 1 and here in content)
    ]

    assert found == []


@pytest.mark.parametrize(
    "name", ["requirements.txt", "requirements-dev.txt", "requirements-policies.txt", "package-lock.json"]
)
def test_a_lock_file_names_no_registry(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if re.search(r'"resolved"|registry|index-url|find-links| @ \w+://', line)] == []


def locked(name: str) -> dict[str, str]:
    """Returns the versions that a lock file of Python requirements pins."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)==([\w.!+]+)", text, flags=re.MULTILINE))


@pytest.mark.parametrize("name", ["requirements", "requirements-dev", "requirements-policies"])
def test_every_requirement_is_locked(name: str) -> None:
    text = (ROOT / f"{name}.in").read_text(encoding="utf-8")
    asked = re.findall(r"^[A-Za-z][\w.-]*", text, flags=re.MULTILINE)

    assert {requirement.lower() for requirement in asked} - locked(f"{name}.txt").keys() == set()


def test_development_uses_the_versions_that_the_application_is_locked_to() -> None:
    development = locked("requirements-dev.txt")

    assert {name: development.get(name) for name in locked("requirements.txt")} == locked("requirements.txt")


def test_the_command_line_never_empties_a_folder_that_is_kept() -> None:
    assert yaml.safe_load((ROOT / "cdk8s.yaml").read_text(encoding="utf-8"))["output"] == "build/cdk8s"


@pytest.mark.parametrize("name", ["README.md", "README.ko.md"])
def test_every_make_target_that_a_readme_names_exists(name: str) -> None:
    named = set(re.findall(r"(?:^|`|&& |=\w+ )make ([a-z0-9-]+)", (ROOT / name).read_text("utf-8"), flags=re.MULTILINE))
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))

    assert {"synth", "test"} <= named
    assert named - targets == set()


def test_a_missing_part_fails_its_test_where_all_parts_are_required(tmp_path: Path) -> None:
    (tmp_path / "test_part.py").write_text("def test_part(api_server): pass\n", encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "KUBEBUILDER_ASSETS"}

    runs = {
        required: subprocess.Popen(
            [
                sys.executable,
                "-m",
                "pytest",
                "-p",
                "tests.conftest",
                "-p",
                "no:cacheprovider",
                "-p",
                "no:hypothesispytest",
                tmp_path,
            ],
            cwd=ROOT,
            env={**environment, "COUNT_REQUIRE_REAL_PARTS": required},
            stdout=subprocess.DEVNULL,
        )
        for required in ("", "1")
    }
    outcomes = {required: run.wait() for required, run in runs.items()}

    assert outcomes == {"": pytest.ExitCode.OK, "1": pytest.ExitCode.TESTS_FAILED}


def test_the_tests_of_one_shared_part_run_in_one_worker(tmp_path: Path) -> None:
    (tmp_path / "test_shared.py").write_text(
        """
import os, pathlib, pytest

@pytest.fixture
def cluster():
    pass

@pytest.mark.parametrize("number", range(8))
def test_shared(cluster, number):
    (pathlib.Path(__file__).parent / os.environ["PYTEST_XDIST_WORKER"]).touch()
""",
        encoding="utf-8",
    )
    options = ["-p", "tests.conftest", "-p", "no:cacheprovider", "-n", "2", "--dist", "loadgroup"]

    subprocess.run([sys.executable, "-m", "pytest", *options, tmp_path], cwd=ROOT, capture_output=True, check=True)

    assert len(list(tmp_path.glob("gw*"))) == 1
