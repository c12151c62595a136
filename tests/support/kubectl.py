"""kubectl, bound to one kubeconfig and context."""

import dataclasses
import subprocess
from pathlib import Path


@dataclasses.dataclass(frozen=True, kw_only=True)
class Kubectl:
    """Calls kubectl, always on the same API server, whatever the caller's own kubeconfig says.

    Attributes:
        program: The kubectl to run.
        kubeconfig: The only kubeconfig that it reads.
        context: The context of it that every call uses.
        cache: Where it keeps what it discovered about the API.
    """

    program: Path
    kubeconfig: Path
    context: str
    cache: Path

    def __call__(
        self,
        *arguments: str | Path,
        input: str = "",  # noqa: A002 - as subprocess names it
        check: bool = True,
        timeout: float = 300,
    ) -> subprocess.CompletedProcess[str]:
        """Runs ``kubectl ARGUMENTS`` and returns its exit status and its output.

        Args:
            arguments: What follows the options that bind it.
            input: Its standard input.
            check: Whether a failing call is an error.
            timeout: Seconds until it is ended.

        Raises:
            AssertionError: ``check`` and it failed; the message holds its standard error.
        """
        done = subprocess.run(
            [
                self.program,
                f"--kubeconfig={self.kubeconfig}",
                f"--context={self.context}",
                f"--cache-dir={self.cache}",
                *arguments,
            ],
            input=input,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(f"kubectl {' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stderr}")
        return done
