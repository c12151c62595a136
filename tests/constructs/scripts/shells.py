"""Runs the generated scripts as their users do, in either shell."""

import contextlib
import os
import pty
import signal
import subprocess
import termios
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

Done = subprocess.CompletedProcess[str]


def programs_without(name: str, folder: Path) -> Path:
    """Fills a new folder with links to the machine's usual programs, all but one, and returns it."""
    folder.mkdir()
    for program in Path("/usr/bin").iterdir():
        if program.name != name:
            (folder / program.name).symlink_to(program)
    return folder


@dataclass(frozen=True, kw_only=True)
class Shell:
    """A shell and its scripts.

    Attributes:
        name: `bash` or `powershell`.
        suffix: Ending of its scripts' names.
        command: What runs a script file.
    """

    name: str
    suffix: str
    command: tuple[str | Path, ...]

    def run(self, script: Path, *arguments: str, environment: Mapping[str, str], timeout: float = 240) -> Done:
        """Runs a script without a terminal and returns its exit status and output.

        Args:
            script: Path of the script without its ending.
            arguments: Its arguments.
            environment: Its environment; PATH is this process's own where it has none.
            timeout: Seconds until it is ended.
        """
        return subprocess.run(
            [*self.command, f"{script}{self.suffix}", *arguments],
            env={"PATH": os.environ["PATH"], **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
        )

    def start(self, script: Path, *arguments: str, environment: Mapping[str, str]) -> subprocess.Popen[str]:
        """Starts a script without a terminal, in a process group of its own; its output is read while it runs."""
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's job in the background ignores it
        return subprocess.Popen(
            [*self.command, f"{script}{self.suffix}", *arguments],
            env={"PATH": os.environ["PATH"], **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def run_on_terminal(
        self, script: Path, *arguments: str, typed: str, environment: Mapping[str, str], timeout: float = 60
    ) -> Done:
        """Runs a script with a terminal as its standard input, on which someone types a line; returns as `run` does."""
        terminal, keyboard = pty.openpty()
        try:
            os.write(terminal, f"{typed}\n".encode())
            return subprocess.run(
                [*self.command, f"{script}{self.suffix}", *arguments],
                env={"PATH": os.environ["PATH"], **environment},
                stdin=keyboard,
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=timeout,
                check=False,
            )
        finally:
            os.close(terminal)
            os.close(keyboard)

    def run_at_terminal(
        self,
        script: Path,
        *arguments: str,
        typed: str = "",
        at: str = "",
        columns: int = 80,
        errors: Path | None = None,
        environment: Mapping[str, str],
    ) -> Done:
        """Runs a script on a terminal of its own, on which someone types once some words are there.

        Returns as `run` does, with all that the terminal shows as standard output.

        Args:
            script: Path of the script without its ending.
            arguments: Its arguments.
            typed: What is typed.
            at: The words.
            columns: How wide the terminal is.
            errors: File for what the script prints on standard error, in place of the terminal.
            environment: Its environment.
        """
        process, terminal = pty.fork()
        if process == 0:
            termios.tcsetwinsize(0, (24, columns))
            if errors:
                os.dup2(os.open(errors, os.O_WRONLY | os.O_CREAT), 2)
            os.execvpe(  # noqa: S606 - a terminal's program
                self.command[0],
                [*map(str, self.command), f"{script}{self.suffix}", *arguments],
                {"PATH": os.environ["PATH"], "TERM": "xterm", **environment},
            )
        shown = b""
        is_typed = False
        with contextlib.suppress(OSError):  # a terminal without programs cannot be read
            while part := os.read(terminal, 65536):
                shown += part
                if at.encode() in shown and not is_typed:
                    os.write(terminal, typed.encode())
                    is_typed = True
        _, status = os.waitpid(process, 0)
        os.close(terminal)
        said = errors.read_text(encoding="utf-8") if errors else ""
        return Done([], os.waitstatus_to_exitcode(status), shown.decode(), said)
