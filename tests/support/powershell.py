"""What an analyzer has to say about PowerShell scripts."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.support.parts import missing

_ANALYZER = """
if (-not (Get-Module -ListAvailable PSScriptAnalyzer)) { exit 3 }
$found = $args | ForEach-Object { Invoke-ScriptAnalyzer -Path $_ }
$found | ForEach-Object { '{0}:{1}: {2}: {3}' -f $_.ScriptPath, $_.Line, $_.RuleName, $_.Message }
"""
_NO_ANALYZER = 3


def findings(pwsh: Path, scripts: Sequence[Path], *, folder: Path) -> str:
    """Returns the findings in ``scripts``, one a line; nothing where there are none.

    The analyzer is the program's own (``pwsh -Check FILE…``) where it has one, else the module PSScriptAnalyzer.

    Args:
        pwsh: PowerShell 7.
        scripts: The scripts.
        folder: An empty folder to work in.
    """
    sound, analyze = folder / "sound.ps1", folder / "analyze.ps1"
    sound.write_text("Write-Output 'sound'\n", encoding="utf-8-sig")
    analyze.write_text(_ANALYZER, encoding="utf-8-sig")
    checks_itself = _run([pwsh, "-Check", sound]).returncode == 0
    done = _run([pwsh, *(["-Check"] if checks_itself else ["-NoProfile", "-File", analyze]), *scripts])
    if not checks_itself and done.returncode == _NO_ANALYZER:
        missing("no PowerShell analyzer: install the module PSScriptAnalyzer")
    return (done.stdout + done.stderr).strip() if done.returncode or not checks_itself else ""


def _run(command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False)
