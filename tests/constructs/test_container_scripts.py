"""The scripts that run inside pods, run as there: by busybox' shell, with the clients that the images have."""

import contextlib
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from cdk8s_backend.container_scripts import (
    KAFKA_READINESS,
    POSTGRESQL_LIVENESS,
    POSTGRESQL_START,
    REDIS_READINESS,
    REDIS_REPLICA_READINESS,
    WAIT_FOR_ENDPOINTS,
    ZOOKEEPER_READINESS,
    refuse_placeholder,
)
from cdk8s_backend.errors import InvalidValueError

import pytest

from tests.support.busybox import BusyboxShell
from tests.support.parts import need_program
from tests.support.postgresql import PostgreSQL
from tests.support.processes import free_port, wait_until
from tests.support.redis import Redis, RedisServers


@contextlib.contextmanager
def listener(*, port: int = 0, answer: bytes | None = None) -> Iterator[int]:
    """Listens on a port of 127.0.0.1. Without an answer it stays silent, and no connection is ever closed by it."""
    with socket.create_server(("127.0.0.1", port)) as server:
        if answer is not None:
            threading.Thread(target=_answer_once, args=(server, answer), daemon=True).start()
        yield server.getsockname()[1]


def _answer_once(server: socket.socket, answer: bytes) -> None:
    with contextlib.suppress(OSError), server.accept()[0] as client:
        client.recv(16)
        client.sendall(answer)


def fake(folder: Path, name: str, text: str) -> Mapping[str, Path]:
    """Returns a program that a script finds under its name."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return {name: path}


class TestWaitForEndpoints:
    def test_it_returns_when_all_accept_connections(self, busybox_sh: BusyboxShell) -> None:
        with listener() as one, listener() as other:
            done = busybox_sh(WAIT_FOR_ENDPOINTS, f"127.0.0.1:{one}", f"localhost:{other}")

        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == f"127.0.0.1:{one} accepts connections\nlocalhost:{other} accepts connections\n"

    def test_it_waits_for_one_that_is_not_there_yet_and_says_so(self, busybox_sh: BusyboxShell) -> None:
        port = free_port()
        with listener() as there, contextlib.ExitStack() as later:
            opening = threading.Timer(1, lambda: later.enter_context(listener(port=port)))
            opening.start()
            done = busybox_sh(WAIT_FOR_ENDPOINTS, f"127.0.0.1:{there}", f"127.0.0.1:{port}")
            opening.join()

        assert done.returncode == 0
        assert f"waiting for 127.0.0.1:{port} (" in done.stdout
        assert done.stdout.endswith(f"127.0.0.1:{port} accepts connections\n")

    def test_it_says_every_ten_seconds_what_it_waits_for(self, busybox_sh: BusyboxShell, tmp_path: Path) -> None:
        calls = tmp_path / "calls"
        programs = {
            **fake(tmp_path, "date", f'echo >>"{calls}.date"; echo $((1000 + 3 * $(wc -l <"{calls}.date")))'),
            **fake(tmp_path, "nc", f'echo >>"{calls}.nc"; [ "$(wc -l <"{calls}.nc")" -gt 7 ]'),
            **fake(tmp_path, "sleep", ":"),
        }

        done = busybox_sh(WAIT_FOR_ENDPOINTS, "kafka:9092", programs={**programs, "sh": Path("/bin/sh")})

        assert done.stdout.splitlines() == [
            "waiting for kafka:9092 (3 s)",
            "waiting for kafka:9092 (15 s)",
            "kafka:9092 accepts connections",
        ]

    @pytest.mark.parametrize("endpoint", ["kafka", "9092", "kafka:", ":9092", "kafka:port", "", "http://kafka:9092"])
    def test_what_is_no_endpoint_is_an_error(self, busybox_sh: BusyboxShell, endpoint: str) -> None:
        done = busybox_sh(WAIT_FOR_ENDPOINTS, endpoint)

        assert (done.returncode, done.stderr) == (2, f"error: {endpoint} is not HOST:PORT\n")

    def test_it_ends_when_it_is_asked_to(self, busybox_sh: BusyboxShell, tmp_path: Path) -> None:
        script = tmp_path / "wait.sh"
        script.write_text(WAIT_FOR_ENDPOINTS)

        done = busybox_sh(f'timeout 1 sh "{script}" 127.0.0.1:{free_port()}; echo "ended with $?"', timeout=20)

        assert "ended with 143" in done.stdout


class TestRefusePlaceholder:
    def check(self, shell: BusyboxShell, **variables: str) -> subprocess.CompletedProcess[str]:
        return shell(refuse_placeholder("POSTGRES_USER", "POSTGRES_PASSWORD"), environment=variables)

    @pytest.mark.parametrize(
        "value", ["secret", "a${NAME}", "${NAME}b", "${}", "${1A}", "$NAME", "${A B}", "`id`\n", "'"]
    )
    def test_values_are_taken(self, busybox_sh: BusyboxShell, value: str) -> None:
        done = self.check(busybox_sh, POSTGRES_USER="admin", POSTGRES_PASSWORD=value)

        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    def test_every_variable_that_has_no_value_is_named(self, busybox_sh: BusyboxShell) -> None:
        done = self.check(busybox_sh, POSTGRES_USER="", POSTGRES_PASSWORD="${POSTGRESQL_PASSWORD}")

        assert done.returncode == 1
        assert done.stderr.splitlines() == [
            "error: POSTGRES_USER is empty: give its Secret a value",
            "error: POSTGRES_PASSWORD still is the placeholder ${POSTGRESQL_PASSWORD}: give its Secret a value",
        ]

    def test_a_variable_that_is_not_set_is_empty(self, busybox_sh: BusyboxShell) -> None:
        assert "POSTGRES_PASSWORD is empty" in self.check(busybox_sh, POSTGRES_USER="admin").stderr

    @pytest.mark.parametrize("names", [(), ("A", "B C"), ("1A",), ("$(id)",), ("",)])
    def test_what_is_no_variable_is_an_error(self, names: tuple[str, ...]) -> None:
        with pytest.raises(InvalidValueError, match="refuse_placeholder"):
            refuse_placeholder(*names)


class TestPostgreSQLStart:
    @pytest.mark.parametrize(
        ("there", "used"),
        [
            ((), "disk/pgdata"),
            (("disk/pgdata",), "disk/pgdata"),
            (("disk",), "disk"),
            (("disk", "disk/pgdata"), "disk/pgdata"),
        ],
        ids=["a new disk", "data of ours", "data of an earlier manifest", "both"],
    )
    def test_data_that_is_there_is_used_where_it_is(
        self, busybox_sh: BusyboxShell, tmp_path: Path, there: tuple[str, ...], used: str
    ) -> None:
        for folder in there:
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
            (tmp_path / folder / "PG_VERSION").write_text("15\n")
        entrypoint = fake(tmp_path, "docker-entrypoint.sh", 'echo "$* in $PGDATA"')
        environment = {"PGDATA": str(tmp_path / "disk/pgdata")}
        done = busybox_sh(POSTGRESQL_START, str(tmp_path / "disk"), programs=entrypoint, environment=environment)
        assert (done.stdout, done.stderr) == (f"postgres in {tmp_path / used}\n", "")

    def test_a_password_of_several_lines_is_set_by_a_script_since_initdb_takes_one_line(
        self, busybox_sh: BusyboxShell, tmp_path: Path
    ) -> None:
        entrypoint = fake(
            tmp_path, "docker-entrypoint.sh", 'echo "initdb: $POSTGRES_PASSWORD, psql: $SUPERUSER_PASSWORD"'
        )
        for password, given in (
            ("one line $x 'y' \\ 한글", "initdb: one line $x 'y' \\ 한글, psql: \n"),
            ("two\nlines\n", "initdb: two_lines_, psql: two\nlines\n\n"),
        ):
            assert not (tmp_path / "password.sql").exists()
            environment = {"PGDATA": str(tmp_path / "pgdata"), "POSTGRES_PASSWORD": password}
            arguments = (str(tmp_path / "disk"), str(tmp_path))
            done = busybox_sh(POSTGRESQL_START, *arguments, programs=entrypoint, environment=environment)
            assert (done.stdout, done.stderr) == (given, "")
        assert "ALTER ROLE CURRENT_USER PASSWORD :'password';\n" in (tmp_path / "password.sql").read_text()


class TestPostgreSQLLiveness:
    @pytest.mark.parametrize(("answer", "alive"), [(0, True), (1, True), (2, False), (3, False)])
    def test_a_server_that_starts_is_alive(
        self, busybox_sh: BusyboxShell, tmp_path: Path, answer: int, alive: bool
    ) -> None:
        done = busybox_sh(POSTGRESQL_LIVENESS, programs=fake(tmp_path, "pg_isready", f"exit {answer}"))

        assert (done.returncode == 0) is alive

    def test_it_asks_by_tcp_since_a_server_on_the_socket_only_prepares_the_data(
        self, busybox_sh: BusyboxShell, tmp_path: Path
    ) -> None:
        client = fake(tmp_path, "pg_isready", '[ "$*" = "-q -h 127.0.0.1" ] || exit 2')

        assert busybox_sh(POSTGRESQL_LIVENESS, programs=client).returncode == 0

    def test_it_asks_the_server(self, busybox_sh: BusyboxShell, postgresql: PostgreSQL) -> None:
        programs = {"pg_isready": postgresql.programs / "pg_isready"}

        there = busybox_sh(POSTGRESQL_LIVENESS, programs=programs, environment={"PGPORT": str(postgresql.port)})
        gone = busybox_sh(POSTGRESQL_LIVENESS, programs=programs, environment={"PGPORT": str(free_port())})

        assert (there.returncode, gone.returncode) == (0, 1)


class TestRedisProbes:
    @staticmethod
    def probe(shell: BusyboxShell, script: str, port: int) -> subprocess.CompletedProcess[str]:
        return shell(script, str(port), programs={"redis-cli": need_program("redis-cli", package="redis-tools")})

    def passes(self, shell: BusyboxShell, script: str, server: Redis) -> bool:
        return self.probe(shell, script, server.port).returncode == 0

    def test_a_server_that_answers_is_ready(self, busybox_sh: BusyboxShell, redis_server: RedisServers) -> None:
        done = self.probe(busybox_sh, REDIS_READINESS, redis_server.start("").port)

        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    def test_a_server_that_refuses_is_not_ready_and_its_answer_is_shown(
        self, busybox_sh: BusyboxShell, redis_server: RedisServers
    ) -> None:
        server = redis_server.start("")
        server.cli("config", "set", "requirepass", "x")

        done = self.probe(busybox_sh, REDIS_READINESS, server.port)

        assert done.returncode == 1
        assert "NOAUTH" in done.stdout

    @pytest.mark.parametrize("script", [REDIS_READINESS, REDIS_REPLICA_READINESS])
    @pytest.mark.parametrize(
        "answer", ["LOADING Redis is loading the dataset in memory", "MISCONF Redis is configured"]
    )
    def test_an_error_with_which_the_client_succeeds_is_not_ready(
        self, busybox_sh: BusyboxShell, tmp_path: Path, script: str, answer: str
    ) -> None:
        done = busybox_sh(script, programs=fake(tmp_path, "redis-cli", f"echo '{answer}'"))

        assert (done.returncode, done.stdout) == (1, f"{answer}\n")

    @pytest.mark.parametrize("script", [REDIS_READINESS, REDIS_REPLICA_READINESS])
    def test_a_server_that_is_not_there_is_not_ready(self, busybox_sh: BusyboxShell, script: str) -> None:
        done = self.probe(busybox_sh, script, free_port())

        assert done.returncode == 1
        assert "Connection refused" in done.stdout

    def test_a_replica_that_lost_its_primary_stays_ready(
        self, busybox_sh: BusyboxShell, redis_server: RedisServers
    ) -> None:
        primary = redis_server.start("repl-diskless-sync-delay 0")
        replica = redis_server.start("", "--replicaof", "127.0.0.1", str(primary.port))
        wait_until(
            lambda: self.passes(busybox_sh, REDIS_REPLICA_READINESS, replica), "the replica is ready", seconds=20
        )

        primary.cli("shutdown", "nosave")
        wait_until(lambda: "master_link_status:down" in replica.cli("info", "replication"), "the link is down")

        assert self.passes(busybox_sh, REDIS_REPLICA_READINESS, replica)

    def test_a_replica_that_never_saw_its_primary_is_not_ready(
        self, busybox_sh: BusyboxShell, redis_server: RedisServers
    ) -> None:
        replica = redis_server.start("", "--replicaof", "127.0.0.1", str(free_port()))

        done = self.probe(busybox_sh, REDIS_REPLICA_READINESS, replica.port)

        assert done.returncode == 1
        assert "master_link_status:down" in done.stdout

    def test_a_primary_is_no_replica(self, busybox_sh: BusyboxShell, redis_server: RedisServers) -> None:
        done = self.probe(busybox_sh, REDIS_REPLICA_READINESS, redis_server.start("").port)

        assert done.returncode == 1
        assert "role:master" in done.stdout

    def test_a_replica_that_copies_is_not_ready(self, busybox_sh: BusyboxShell, tmp_path: Path) -> None:
        copying = "role:slave\nmaster_link_status:down\nmaster_sync_in_progress:1\nmaster_link_down_since_seconds:4"
        client = fake(tmp_path, "redis-cli", f'case "$*" in *ping) echo PONG ;; *) printf "{copying}" ;; esac')

        done = busybox_sh(REDIS_REPLICA_READINESS, programs=client)

        assert done.returncode == 1
        assert "master_sync_in_progress:1" in done.stdout


class TestKafkaReadiness:
    @staticmethod
    def probe(port: int) -> subprocess.CompletedProcess[str]:
        command = [*KAFKA_READINESS, "kafka-readiness", str(port)]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    def test_a_broker_that_answers_is_ready(self) -> None:
        asked = []

        def answer_as_a_broker(server: socket.socket) -> None:
            with server.accept()[0] as client:
                size, key, version, number, client_id = struct.unpack(">IHH4sh", client.recv(14, socket.MSG_WAITALL))
                asked.append((size, key, version, client_id))
                client.sendall(struct.pack(">I4sHIHHH", 16, number, 0, 1, 18, 0, 4))

        with socket.create_server(("127.0.0.1", 0)) as server:
            broker = threading.Thread(target=answer_as_a_broker, args=(server,))
            broker.start()
            assert self.probe(server.getsockname()[1]).returncode == 0
            broker.join()
        assert asked == [(10, 18, 0, -1)]

    @pytest.mark.parametrize("answer", [None, b"", b"\0\0\0\6none\0\0"], ids=["silent", "closing", "another answer"])
    def test_a_broker_that_only_accepts_connections_is_not_ready(self, answer: bytes | None) -> None:
        with listener(answer=answer) as port:
            done = self.probe(port)

        assert (done.returncode, done.stdout) == (1, "the broker accepts connections and answers no request\n")

    def test_a_broker_that_is_not_there_is_not_ready(self) -> None:
        assert self.probe(free_port()).returncode == 1


class TestZooKeeperReadiness:
    @staticmethod
    def probe(port: int) -> subprocess.CompletedProcess[str]:
        command = [*ZOOKEEPER_READINESS, "zookeeper-readiness", str(port)]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    def test_a_server_that_tells_its_mode_is_ready(self) -> None:
        with listener(answer=b"Zookeeper version: 3.8.4\nLatency: 0\nMode: standalone\nNode count: 5\n") as port:
            assert self.probe(port).returncode == 0

    def test_a_server_that_does_not_serve_is_not_ready(self) -> None:
        with listener(answer=b"This ZooKeeper instance is not currently serving requests\n") as port:
            done = self.probe(port)

        assert (done.returncode, done.stdout) == (1, "This ZooKeeper instance is not currently serving requests\n")

    def test_a_server_that_hangs_is_not_ready(self) -> None:
        with listener() as port:
            assert self.probe(port).returncode == 1

    def test_a_server_that_is_not_there_is_not_ready(self) -> None:
        assert self.probe(free_port()).returncode == 1
