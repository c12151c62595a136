"""busybox' shell with busybox' commands: what a script finds in an Alpine image."""

import dataclasses
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path


@dataclasses.dataclass(frozen=True, kw_only=True)
class BusyboxShell:
    """Runs scripts where nothing but busybox' commands is on PATH.

    Attributes:
        program: The busybox to run.
        folder: Where each run gets its PATH.
    """

    program: Path
    folder: Path

    def __call__(
        self,
        script: str | Path,
        *arguments: str,
        programs: Mapping[str, Path] | None = None,
        environment: Mapping[str, str] | None = None,
        input: str = "",  # noqa: A002 - as subprocess names it
        timeout: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        """Runs ``sh SCRIPT ARGUMENTS`` and returns its exit status and its output.

        Args:
            script: The script's text, or its path.
            arguments: ``$1`` and so on.
            programs: What the image has beside busybox (``{"psql": Path(…)}``), by the name to call it.
            environment: Its variables, all of them but PATH.
            input: Its standard input.
            timeout: Seconds until it is ended.
        """
        commands = self._commands(programs or {})
        words = [str(script)] if isinstance(script, Path) else ["-c", script, "sh"]
        return subprocess.run(
            [self.program, "sh", *words, *arguments],
            env={**(environment or {}), "PATH": str(commands)},
            input=input,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
        )

    def _commands(self, programs: Mapping[str, Path]) -> Path:
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        for name in subprocess.run([self.program, "--list"], capture_output=True, text=True, check=True).stdout.split():
            if name not in programs:
                (folder / name).symlink_to(self.program)
        for name, path in programs.items():
            (folder / name).symlink_to(path)
        return folder
