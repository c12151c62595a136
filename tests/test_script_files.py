"""Every shell and PowerShell script of the project satisfies its linters; the parts of the generated ones as these."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import powershell
from tests.support.parts import need_program
from tests.support.project import ROOT, project_files

PARTS = Path("constructs/cdk8s_backend/scripts/templates")
SHELL_FILES = [path for path in project_files() if path.suffix == ".sh" or path == Path(".ci/run")]
SHELL = [path for path in SHELL_FILES if PARTS not in path.parents]
POWERSHELL = [path for path in project_files() if path.suffix == ".ps1" and PARTS not in path.parents]


def lint(program: str, *arguments: str | Path) -> str:
    """Runs a linter of the development requirements in the project's folder and returns all that it prints."""
    path = need_program(program, Path(sys.executable).parent, package=f"{program}-py")
    done = subprocess.run([path, *arguments], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("script", SHELL, ids=str)
def test_shellcheck_has_nothing_to_say(script: Path) -> None:
    names_its_shell = (ROOT / script).read_bytes().startswith(b"#!")
    dialect = [] if names_its_shell else ["--shell=sh"]  # what a container gets as `sh -c` runs in whatever sh it has

    assert lint("shellcheck", *dialect, script) == ""


@pytest.mark.parametrize("script", SHELL_FILES, ids=str)
def test_shfmt_would_change_nothing(script: Path) -> None:
    assert lint("shfmt", "-d", script) == ""


def test_the_powershell_analyzer_has_nothing_to_say(pwsh: Path, tmp_path: Path) -> None:
    assert powershell.findings(pwsh, [ROOT / script for script in POWERSHELL], folder=tmp_path) == ""


def test_the_powershell_analyzer_would_say_something(pwsh: Path, tmp_path: Path) -> None:
    script = tmp_path / "unsound.ps1"
    script.write_text("gci | % { $unused = 1 }\n", encoding="utf-8-sig")

    assert "PSAvoidUsingCmdletAliases" in powershell.findings(pwsh, [script], folder=tmp_path)


@pytest.mark.parametrize("script", POWERSHELL, ids=str)
def test_a_powershell_script_begins_with_a_byte_order_mark(script: Path) -> None:
    assert (ROOT / script).read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("script", SHELL_FILES, ids=str)
def test_a_shell_script_has_no_byte_order_mark(script: Path) -> None:
    assert not (ROOT / script).read_bytes().startswith(b"\xef\xbb\xbf")
