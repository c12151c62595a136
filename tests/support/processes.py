"""Servers that tests start for themselves, on ports of their own."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path


def free_port() -> int:
    """Returns a TCP port of 127.0.0.1 that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], bool], what: str, *, seconds: float = 60) -> None:
    """Returns once ``condition()`` holds.

    Raises:
        TimeoutError: it does not within ``seconds``; the message says ``what`` was awaited.
    """
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.05)


def kill_session(leader: int) -> None:
    """Kills every process of the session that a process leads, as a machine that fails does."""
    while members := list(session_members(leader)):  # again: one may have started another meanwhile
        for member in members:
            with contextlib.suppress(ProcessLookupError):
                os.kill(member, signal.SIGKILL)


def session_members(leader: int) -> Iterator[int]:
    """Yields the processes of a session, without those that have ended and are not yet awaited."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            process, _, named = stat.read_text().partition(" ")
            state, _, _, session = named.rpartition(")")[2].split()[:4]
            if int(session) == leader and state not in "ZX":
                yield int(process)


@contextlib.contextmanager
def running(
    command: Sequence[str | Path],
    *,
    log: Path,
    ready: Callable[[], bool],
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a server until the block ends.

    Args:
        command: Program and arguments.
        log: Where its output goes; its folder is the server's working directory.
        ready: Says whether it answers; asked until it does.

    Raises:
        RuntimeError: it ended before it was ready; the message ends with its last output.
        TimeoutError: it is not ready within 60 s.
    """
    with log.open("ab") as output:
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=log.parent,
            start_new_session=True,
        )

    def answers() -> bool:
        if server.poll() is not None:
            last = log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{command[0]} ended with {server.returncode} before it was ready:\n{last}")
        return ready()

    try:
        wait_until(answers, f"{command[0]} answers (its output: {log})")
        yield server
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)  # what it holds is thrown away, so it need not save it
        server.wait()
