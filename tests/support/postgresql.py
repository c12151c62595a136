"""A real PostgreSQL server on loopback, configured as the cluster's is: nobody gets in without a password."""

import contextlib
import dataclasses
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.support.parts import missing
from tests.support.processes import free_port, running

PROGRAMS = Path("/usr/lib/postgresql/15/bin")


@dataclasses.dataclass(frozen=True, kw_only=True)
class PostgreSQL:
    """A running server.

    Attributes:
        host: Its address.
        port: Its TCP port.
        user: Name of the superuser.
        password: The superuser's password.
        programs: Folder of psql and its like.
    """

    host: str
    port: int
    user: str
    password: str
    programs: Path

    def psql(
        self,
        sql: str,
        *,
        database: str = "postgres",
        user: str | None = None,
        password: str | None = None,
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Runs ``sql`` and returns the exit status and the output: one line a row, ``|`` between the columns.

        Args:
            sql: The statements; the first failing one ends it.
            database: Where.
            user: As whom; by default the superuser.
            password: With which password; by default the superuser's.
            check: Whether a failing statement or login is an error.

        Raises:
            AssertionError: ``check`` and it failed; the message holds its standard error.
        """
        done = subprocess.run(
            [self.programs / "psql", "-X", "-w", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"],
            input=sql,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={
                "PGHOST": self.host,
                "PGPORT": str(self.port),
                "PGUSER": self.user if user is None else user,
                "PGPASSWORD": self.password if password is None else password,
                "PGDATABASE": database,
                "PGCLIENTENCODING": "UTF8",
                "PGCONNECT_TIMEOUT": "10",
            },
            timeout=120,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(f"psql: exit {done.returncode}\n{sql}\n{done.stderr}")
        return done


@contextlib.contextmanager
def running_postgresql() -> Iterator[PostgreSQL]:
    """Runs a new, empty server until the block ends."""
    if not (PROGRAMS / "initdb").exists():
        missing("no PostgreSQL 15 server: install postgresql-15")
    server = PostgreSQL(
        host="127.0.0.1", port=free_port(), user="postgres", password="the superuser's", programs=PROGRAMS
    )
    with tempfile.TemporaryDirectory(prefix="postgresql-") as name:  # pytest's own folders are closed to other accounts
        folder = Path(name)
        data, password_file = folder / "data", folder / "password"
        password_file.write_text(server.password)
        prefix: list[str] = []
        if os.geteuid() == 0:  # whom PostgreSQL refuses
            prefix = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
            for path in (folder, password_file):
                shutil.chown(path, "nobody", "nogroup")
        subprocess.run(
            [
                *prefix,
                str(PROGRAMS / "initdb"),
                f"--pgdata={data}",
                f"--username={server.user}",
                f"--pwfile={password_file}",
                "--auth-local=scram-sha-256",
                "--auth-host=scram-sha-256",
                "--data-checksums",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        with running(
            [
                *prefix,
                PROGRAMS / "postgres",
                *("-D", data, "-p", str(server.port), "-h", server.host, "-k", folder),
                "-F",  # no fsync: the data outlives nothing
            ],
            log=folder / "log",
            ready=lambda: _accepts(server),
        ):
            yield server


def _accepts(server: PostgreSQL) -> bool:
    return subprocess.run([PROGRAMS / "pg_isready", "-q", "-h", server.host, "-p", str(server.port)]).returncode == 0
