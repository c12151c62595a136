"""Real Redis servers on loopback, with a configuration of the test's."""

import dataclasses
import subprocess
from contextlib import ExitStack
from pathlib import Path

from tests.support.parts import need_program
from tests.support.processes import free_port, running


@dataclasses.dataclass(frozen=True, kw_only=True)
class Redis:
    """A running server.

    Attributes:
        port: Its TCP port on 127.0.0.1.
        folder: Its working directory, with its data and its ``log``.
    """

    port: int
    folder: Path

    def cli(self, *arguments: str) -> str:
        """Runs ``redis-cli ARGUMENTS`` on it and returns what it prints, without the line end."""
        program = need_program("redis-cli", package="redis-tools")
        command: list[str | Path] = [program, "-h", "127.0.0.1", "-p", str(self.port), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False).stdout.strip()


@dataclasses.dataclass(frozen=True, kw_only=True)
class RedisServers:
    """Starts servers that run as long as ``stack`` is open.

    Attributes:
        folder: Where each gets a working directory.
        stack: What ends them.
    """

    folder: Path
    stack: ExitStack

    def start(self, config: str, *arguments: str) -> Redis:
        """Starts a server and returns it once it answers.

        Args:
            config: Text of its ``redis.conf``. Its port, address and folders are replaced.
            arguments: Further options (``--replicaof``, ``127.0.0.1 7001``), which win over ``config``.

        Raises:
            RuntimeError: Redis does not take the configuration; the message says why.
        """
        program = need_program("redis-server", package="redis-server")
        server = Redis(port=free_port(), folder=self.folder / f"redis-{len(list(self.folder.iterdir()))}")
        server.folder.mkdir()
        (server.folder / "redis.conf").write_text(config)
        own = ("--port", str(server.port), "--bind", "127.0.0.1", "--dir", str(server.folder), "--daemonize", "no")
        self.stack.enter_context(
            running(
                [program, server.folder / "redis.conf", *own, *arguments],
                log=server.folder / "log",
                ready=lambda: server.cli("ping") == "PONG",
            )
        )
        return server
