"""What init.sh and init.sql do to a real PostgreSQL server, run as the Job runs them: busybox, psql and pg_isready."""

import contextlib
import dataclasses
import itertools
import socket
import struct
import subprocess
import threading
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cdk8s_backend.init_job import InitJob

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.busybox import BusyboxShell
from tests.support.postgresql import PostgreSQL
from tests.support.processes import free_port

KOREAN = "카운트 정보"
HOSTILE_NAMES = [
    "countinfo",
    "with space",
    "Upper-Case",
    "quote'single",
    'quote"double',
    "$HOME$$;$(id)`id`",
    "%s%I%n",
    "back\\slash\\",
    "semi; DROP DATABASE postgres; --",
    KOREAN,
    "a=b host=elsewhere",
    "postgresql://elsewhere/x",
    ":'role' :\"role\" :role",
    "line\nend\n",
    "x" * 63,
    "-f",
    " ",
]
HOSTILE_PASSWORDS = [
    "simple",
    'it\'s "quoted" 100% $HOME $(id) `id` \\ \\n',
    "비밀번호 🔑",
    "two\nlines and a last line end\n",
    " ",
    "-W",
    "prefix${POSTGRESQL_PASSWORD}",
    "${not a name}",
    "md5 is how it starts",
    ":'database' $$ E'\\'",
    "장문" * 682 + "1234",
]

WHERE_AND_WHO = "SELECT '<' || current_database() || '> <' || current_user || '>'"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Database:
    """What the Job is told about one database."""

    name: str
    username: str
    password: str


def database(name: str = "", *, username: str = "", password: str = "") -> Database:
    """Returns a database that no other test uses, but for what is given."""
    unique = uuid.uuid4().hex[:12]
    return Database(
        name=name or f"db_{unique}", username=username or f"role_{unique}", password=password or f"password {unique}"
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Initialization:
    """Runs init.sh against a server, and knows how."""

    server: PostgreSQL
    shell: BusyboxShell
    folder: Path

    @property
    def calls(self) -> str:
        """The arguments of every process that ran while psql was started, and of psql itself."""
        file = self.folder / "calls"
        return file.read_text(errors="replace") if file.exists() else ""

    @property
    def psql_runs(self) -> int:
        return self.calls.count("\npsql -X")

    def run(
        self, *databases: Database, environment: Mapping[str, str] | None = None, without: tuple[str, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Runs the script once.

        Args:
            databases: What it is told to create.
            environment: Variables that differ.
            without: Variables that are not set.
        """
        variables = {
            "PGHOST": self.server.host,
            "PGPORT": str(self.server.port),
            "PGUSER": self.server.user,
            "PGPASSWORD": self.server.password,
            "PGSSLMODE": "disable",
            "PGGSSENCMODE": "disable",
        }
        for number, wanted in enumerate(databases, start=1):
            variables |= {
                f"DATABASE_{number}_NAME": wanted.name,
                f"DATABASE_{number}_USERNAME": wanted.username,
                f"DATABASE_{number}_PASSWORD": wanted.password,
            }
        variables |= environment or {}
        return self.shell(
            self.folder / "init.sh",
            programs={
                "psql": self.folder / "psql",
                "pg_isready": self.server.programs / "pg_isready",
                "sleep": self.folder / "sleep",
            },
            environment={name: value for name, value in variables.items() if name not in without},
        )

    def beside(self, name: str) -> "Initialization":
        """Returns another one that can run at the same time."""
        folder = self.folder / name
        folder.mkdir()
        return dataclasses.replace(self, shell=dataclasses.replace(self.shell, folder=folder))

    def succeed(self, *databases: Database, environment: Mapping[str, str] | None = None) -> str:
        """Runs the script and returns what it printed; it must succeed."""
        done = self.run(*databases, environment=environment)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout

    def refuse(self, *databases: Database, environment: Mapping[str, str] | None = None, without: str = "") -> str:
        """Runs the script and returns its error; it must see a wrong variable and not even look for the server."""
        done = self.run(*databases, environment=environment, without=(without,))
        assert done.returncode == 2, (done.stdout, done.stderr)
        assert self.calls == ""
        return done.stderr

    def as_owner(self, of: Database, sql: str, *, database: str = "") -> str:
        """Runs SQL as the role of a database, there or in another one, and returns its rows or its error."""
        done = self.server.psql(sql, database=database or of.name, user=of.username, password=of.password, check=False)
        return (done.stdout or done.stderr).strip()


@pytest.fixture
def initialization(postgresql: PostgreSQL, busybox_sh: BusyboxShell, tmp_path: Path) -> Initialization:
    for file, text in InitJob.scripts().items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    calls = tmp_path / "calls"
    _program(
        tmp_path / "psql",
        f"""cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' >>"{calls}"
        printf '\\npsql %s\\n' "$*" >>"{calls}"
        exec "{postgresql.programs}/psql" "$@" """,
    )
    _program(tmp_path / "sleep", "exec /bin/sleep 0.05")  # the pauses between attempts
    return Initialization(server=postgresql, shell=busybox_sh, folder=tmp_path)


def _program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def server_log(server: PostgreSQL) -> str:
    folder = Path(server.psql("SHOW data_directory").stdout.strip()).parent
    return (folder / "log").read_text(errors="replace")


def roles_and_databases(server: PostgreSQL) -> str:
    """What the catalog says about every role and database but their passwords."""
    return server.psql(
        """SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls
        FROM pg_roles ORDER BY 1;
        SELECT datname, pg_get_userbyid(datdba), datacl FROM pg_database ORDER BY 1"""
    ).stdout


class TestWhatItCreates:
    def test_a_database_is_owned_by_its_role_which_creates_tables_there(self, initialization: Initialization) -> None:
        wanted = database()

        initialization.succeed(wanted)

        owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
        assert initialization.as_owner(wanted, owner) == wanted.username
        assert initialization.as_owner(wanted, "CREATE TABLE t AS SELECT 7 AS n; SELECT n FROM t") == "7"

    def test_a_role_can_open_no_other_database(self, initialization: Initialization) -> None:
        one, other = database(), database()

        initialization.succeed(one, other)

        for closed in (other.name, "postgres", "template1"):
            assert "permission denied for database" in initialization.as_owner(one, "SELECT 1", database=closed)

    def test_a_role_cannot_open_the_database_that_the_image_made_for_its_superuser(
        self, initialization: Initialization
    ) -> None:
        wanted = database()
        initialization.server.psql("CREATE ROLE boss SUPERUSER LOGIN PASSWORD 'boss'")
        initialization.server.psql("CREATE DATABASE boss OWNER boss")

        initialization.succeed(wanted, environment={"PGUSER": "boss", "PGPASSWORD": "boss"})

        assert "permission denied for database" in initialization.as_owner(wanted, "SELECT 1", database="boss")

    def test_a_role_can_make_no_roles_and_no_databases(self, initialization: Initialization) -> None:
        wanted = database()

        initialization.succeed(wanted)

        assert "permission denied" in initialization.as_owner(wanted, "CREATE ROLE intruder")
        assert "permission denied" in initialization.as_owner(wanted, "CREATE DATABASE intruder")
        assert "must be superuser" in initialization.as_owner(wanted, "COPY (SELECT 1) TO PROGRAM 'id'")

    def test_rights_that_a_role_had_before_are_taken_from_it(self, initialization: Initialization) -> None:
        wanted = database()
        initialization.server.psql(f"CREATE ROLE {wanted.username} CREATEDB CREATEROLE REPLICATION BYPASSRLS")

        initialization.succeed(wanted)

        rights = """SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls
        FROM pg_roles WHERE rolname = current_user"""
        assert initialization.as_owner(wanted, rights) == "f|f|f|f|f"

    def test_a_second_run_changes_nothing_and_keeps_the_data(self, initialization: Initialization) -> None:
        databases = database(), database(KOREAN + uuid.uuid4().hex[:8])
        initialization.succeed(*databases)
        initialization.as_owner(databases[0], "CREATE TABLE t AS SELECT 7 AS n")
        before = roles_and_databases(initialization.server)

        initialization.succeed(*databases)

        assert roles_and_databases(initialization.server) == before
        assert initialization.as_owner(databases[0], "SELECT n FROM t") == "7"

    def test_a_changed_password_reaches_the_server(self, initialization: Initialization) -> None:
        before = database(password="old")
        after = dataclasses.replace(before, password="new")
        initialization.succeed(before)

        initialization.succeed(after)

        assert initialization.as_owner(after, "SELECT 1") == "1"
        assert "password authentication failed" in initialization.as_owner(before, "SELECT 1")

    def test_a_server_that_hashes_with_md5_still_gets_a_scram_password(self, initialization: Initialization) -> None:
        wanted = database()
        initialization.server.psql("ALTER SYSTEM SET password_encryption = 'md5'; SELECT pg_reload_conf()")
        try:
            initialization.succeed(wanted)
        finally:
            initialization.server.psql("ALTER SYSTEM RESET password_encryption; SELECT pg_reload_conf()")

        hashes = initialization.server.psql("SELECT rolname, left(rolpassword, 13) FROM pg_authid").stdout
        assert f"{wanted.username}|SCRAM-SHA-256\n" in hashes

    def test_two_runs_at_once_both_succeed(self, initialization: Initialization) -> None:
        databases = [database() for _ in range(3)]
        pods = [initialization.beside(name) for name in ("one", "other")]

        with ThreadPoolExecutor(len(pods)) as pool:
            runs = list(pool.map(lambda pod: pod.run(*databases), pods))

        assert [run.returncode for run in runs] == [0, 0], [run.stderr for run in runs]
        assert [initialization.as_owner(wanted, "SELECT 1") for wanted in databases] == ["1", "1", "1"]


class TestADatabaseOfAnotherOwner:
    @pytest.mark.parametrize("former", ["postgres", "another_role"], ids=["the superuser's", "another role's"])
    def test_it_is_taken_over_with_what_is_in_it(self, initialization: Initialization, former: str) -> None:
        server, wanted = initialization.server, database()
        if former != server.user:
            server.psql(f"DROP ROLE IF EXISTS {former}; CREATE ROLE {former} LOGIN SUPERUSER PASSWORD 'former'")
        password = server.password if former == server.user else "former"
        server.psql(f'CREATE DATABASE "{wanted.name}" OWNER {former}')
        server.psql(
            """CREATE SCHEMA "odd 'schema";
            CREATE EXTENSION pgcrypto;
            CREATE TYPE mood AS ENUM ('good', 'bad');
            CREATE DOMAIN short AS text CHECK (length(VALUE) < 9);
            CREATE TYPE pair AS (a int, b int);
            CREATE TABLE t (id serial PRIMARY KEY, other int GENERATED ALWAYS AS IDENTITY, mood mood);
            CREATE TABLE "odd 'schema"."odd ""table" (n int);
            CREATE TABLE parted (n int) PARTITION BY RANGE (n);
            CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (9);
            CREATE SEQUENCE s;
            CREATE VIEW v AS SELECT * FROM t;
            CREATE MATERIALIZED VIEW m AS SELECT * FROM t;
            CREATE FUNCTION f(int, text) RETURNS int LANGUAGE sql AS 'SELECT 1';
            CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';
            CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int);
            INSERT INTO t (mood) VALUES ('good')""",
            database=wanted.name,
            user=former,
            password=password,
        )

        printed = initialization.succeed(wanted)

        assert "owner: set" in printed
        statements = """
            ALTER TABLE t ADD COLUMN added int; INSERT INTO t (mood) VALUES ('bad');
            ALTER TABLE "odd 'schema"."odd ""table" ADD COLUMN added int;
            ALTER TABLE part ADD CHECK (n < 8); DROP VIEW v; DROP MATERIALIZED VIEW m; DROP SEQUENCE s;
            DROP FUNCTION f; DROP PROCEDURE p; DROP AGGREGATE total(int); DROP DOMAIN short; DROP TYPE pair;
            ALTER TYPE mood ADD VALUE 'fair'; DROP SCHEMA "odd 'schema" CASCADE;
            SELECT count(*) FROM t"""
        assert initialization.as_owner(wanted, statements) == "2"
        assert "owner: set" not in initialization.succeed(wanted)
        owner_of_the_extension_s = "SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE proname = 'armor' LIMIT 1"
        assert initialization.as_owner(wanted, owner_of_the_extension_s) == former

    def test_another_role_s_tables_in_it_stay_that_role_s(self, initialization: Initialization) -> None:
        server, wanted, other = initialization.server, database(), database()
        initialization.succeed(other)
        server.psql(f"CREATE DATABASE {wanted.name}")
        server.psql(f"CREATE TABLE t (); ALTER TABLE t OWNER TO {other.username}", database=wanted.name)

        initialization.succeed(wanted)

        owner = "SELECT tableowner FROM pg_tables WHERE tablename = 't'"
        assert server.psql(owner, database=wanted.name).stdout.strip() == other.username


class TestHostileNamesAndPasswords:
    def test_they_are_taken_as_they_are(self, initialization: Initialization) -> None:
        databases = [
            database(name, username=f"r{name[:62]}", password=password)
            for name, password in zip(HOSTILE_NAMES, itertools.cycle(HOSTILE_PASSWORDS), strict=False)
        ]

        initialization.succeed(*databases)
        initialization.succeed(*databases)

        seen = {wanted.name: initialization.as_owner(wanted, WHERE_AND_WHO) for wanted in databases}
        assert seen == {wanted.name: f"<{wanted.name}> <{wanted.username}>" for wanted in databases}

    @settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        name=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=14),
        password=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40),
    )
    def test_any_name_with_any_password_works(self, initialization: Initialization, name: str, password: str) -> None:
        wanted = database(f"d{name}", username=f"r{name}", password=f"p{password}")

        initialization.succeed(wanted)

        assert initialization.as_owner(wanted, "SELECT 1") == "1"


class TestSecrecy:
    def test_passwords_appear_in_no_output_log_or_argument(self, initialization: Initialization) -> None:
        secret = f"secret-{uuid.uuid4().hex}"
        wanted = database(password=secret)
        server = initialization.server
        noisy = {
            "log_statement": "all",
            "log_min_duration_statement": "0",
            "log_min_error_statement": "debug5",
            "debug_print_parse": "on",
            "log_duration": "on",
        }
        server.psql("".join(f"ALTER SYSTEM SET {name} = '{value}';" for name, value in noisy.items()))
        server.psql("SELECT pg_reload_conf()")
        try:
            printed = initialization.succeed(wanted) + initialization.succeed(wanted)
        finally:
            server.psql("".join(f"ALTER SYSTEM RESET {name};" for name in noisy))
            server.psql("SELECT pg_reload_conf()")
        log, calls = server_log(server), initialization.calls

        assert "pg_advisory_lock" not in log
        assert "SET log_statement" in log  # the server did log what came before
        assert str(initialization.folder / "init.sh") in calls
        for place in (printed, log, calls):
            for password in (secret, server.password):
                assert password not in place
                assert " ".join(map(str, password.encode())) not in place  # as a parse tree holds it

    def test_a_password_that_the_server_refuses_is_shown_nowhere(self, initialization: Initialization) -> None:
        server, username = initialization.server, f"role_{uuid.uuid4().hex[:12]}"
        wanted = database(username=username, password=f"secret {username}")
        server.psql("ALTER SYSTEM SET session_preload_libraries = 'passwordcheck'; SELECT pg_reload_conf()")
        try:
            done = initialization.run(wanted)
        finally:
            server.psql("ALTER SYSTEM RESET session_preload_libraries; SELECT pg_reload_conf()")

        assert done.returncode == 1
        assert "password must not contain user name" in done.stderr
        assert "password must not contain user name" in server_log(server)
        assert f"refuses database {wanted.name} (DATABASE_1_NAME, _USERNAME, _PASSWORD)" in done.stderr
        for place in (done.stdout, done.stderr, server_log(server)):
            assert wanted.password not in place

    def test_the_names_are_printed_on_one_line_each(self, initialization: Initialization) -> None:
        unique = uuid.uuid4().hex[:8]
        wanted = database(f"two\nlines{unique}", username=f"{KOREAN}\t{unique}")

        printed = initialization.succeed(wanted)

        assert f"database two?lines{unique}, owner {KOREAN}?{unique}\n" in printed
        assert printed.endswith("done: databases 1\n")


class TestWrongVariables:
    def test_no_database_at_all(self, initialization: Initialization) -> None:
        assert "DATABASE_1_NAME is not set: there is no database" in initialization.refuse()

    @pytest.mark.parametrize(
        "variable", ["PGHOST", "PGUSER", "PGPASSWORD", "DATABASE_2_USERNAME", "DATABASE_2_PASSWORD"]
    )
    def test_a_missing_variable_is_named(self, initialization: Initialization, variable: str) -> None:
        error = initialization.refuse(database(), database(), without=variable)

        assert error == f"error: {variable} is not set\n"

    @pytest.mark.parametrize("variable", ["PGHOST", "DATABASE_1_NAME", "DATABASE_1_USERNAME", "DATABASE_1_PASSWORD"])
    def test_an_empty_variable_is_named(self, initialization: Initialization, variable: str) -> None:
        assert initialization.refuse(database(), environment={variable: ""}) == f"error: {variable} is empty\n"

    @pytest.mark.parametrize("variable", ["PGPASSWORD", "DATABASE_1_USERNAME", "DATABASE_1_PASSWORD"])
    def test_a_placeholder_that_nobody_filled_in_is_named(self, initialization: Initialization, variable: str) -> None:
        error = initialization.refuse(database(), environment={variable: "${COUNTINFO_PASSWORD}"})

        assert f"{variable} still is the placeholder ${{COUNTINFO_PASSWORD}}" in error

    def test_a_username_without_a_name_is_an_error(self, initialization: Initialization) -> None:
        error = initialization.refuse(database(), environment={"DATABASE_2_USERNAME": "x"})

        assert "DATABASE_2_USERNAME is set, but DATABASE_2_NAME is not" in error

    @pytest.mark.parametrize("variable", ["DATABASE_1_NAME", "DATABASE_1_USERNAME"])
    @pytest.mark.parametrize(("name", "size"), [("x" * 64, 64), ("가" * 22, 66)])
    def test_a_name_that_would_be_cut_is_an_error(
        self, initialization: Initialization, variable: str, name: str, size: int
    ) -> None:
        error = initialization.refuse(database(), environment={variable: name})

        assert f"{variable} has {size} bytes: a name in PostgreSQL has at most 63" in error

    @pytest.mark.parametrize("name", ["postgres", "template0", "template1"])
    def test_a_database_of_postgresql_itself_is_an_error(self, initialization: Initialization, name: str) -> None:
        assert f"DATABASE_1_NAME is {name}, which belongs to PostgreSQL" in initialization.refuse(database(name))

    @pytest.mark.parametrize("name", ["public", "none", "pg_monitor"])
    def test_a_role_of_postgresql_itself_is_an_error(self, initialization: Initialization, name: str) -> None:
        error = initialization.refuse(database(username=name))

        assert f"DATABASE_1_USERNAME is {name}, a name that PostgreSQL reserves" in error

    def test_another_superuser_as_owner_is_an_error_and_stays_one(self, initialization: Initialization) -> None:
        wanted = database()
        initialization.server.psql(f"CREATE ROLE {wanted.username} SUPERUSER")

        done = initialization.run(wanted)

        assert done.returncode == 1
        assert f"role {wanted.username} is a superuser of this server" in done.stderr
        assert initialization.psql_runs == 1
        superusers = initialization.server.psql("SELECT rolname FROM pg_roles WHERE rolsuper").stdout
        assert f"{wanted.username}\n" in superusers

    def test_the_superuser_as_owner_is_an_error(self, initialization: Initialization) -> None:
        error = initialization.refuse(database(), database(username=initialization.server.user))

        assert f"DATABASE_2_USERNAME is {initialization.server.user}, the superuser of PGUSER" in error

    @pytest.mark.parametrize("suffix", ["NAME", "USERNAME"])
    def test_two_of_one_name_are_an_error(self, initialization: Initialization, suffix: str) -> None:
        error = initialization.refuse(
            database(), database(), database(), environment={f"DATABASE_{n}_{suffix}": "the same" for n in (1, 3)}
        )

        assert error == f"error: DATABASE_1_{suffix} and DATABASE_3_{suffix} are both the same\n"

    @pytest.mark.parametrize("password", ["md5" + "0123456789abcdef" * 2, "SCRAM-SHA-256$4096:c2FsdA==$a:b"])
    def test_a_password_that_would_be_taken_for_a_hash_is_an_error(
        self, initialization: Initialization, password: str
    ) -> None:
        error = initialization.refuse(database(password=password))

        assert "DATABASE_1_PASSWORD looks like" in error
        assert password not in error

    @pytest.mark.parametrize("variable", ["PGPORT", "WAIT_SECONDS"])
    def test_a_number_that_is_none_is_named(self, initialization: Initialization, variable: str) -> None:
        assert f"{variable} is soon, not a" in initialization.refuse(database(), environment={variable: "soon"})


@dataclasses.dataclass(kw_only=True)
class Relay:
    """A port that hands its connections to the server, or plays one in trouble.

    Attributes:
        port: Where it listens.
        refusals: SQLSTATE and message for the first connections, instead of the server.
        cut_before: Text of a statement: the first connection that sends it breaks before it reaches the server.
    """

    server: PostgreSQL
    port: int
    refusals: list[tuple[str, str]]
    cut_before: bytes | None = None

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        with socket.create_server(("127.0.0.1", self.port)) as listener:
            listener.settimeout(0.1)
            done = threading.Event()
            thread = threading.Thread(target=self._accept, args=(listener, done))
            thread.start()
            try:
                yield
            finally:
                done.set()
                thread.join()

    def _accept(self, listener: socket.socket, done: threading.Event) -> None:
        while not done.is_set():
            try:
                client = listener.accept()[0]
            except TimeoutError:
                continue
            if self.refusals:
                with client:
                    client.settimeout(10)
                    client.recv(65536)
                    client.sendall(_error_response(*self.refusals.pop(0)))
            else:
                server = socket.create_connection((self.server.host, self.server.port))
                threading.Thread(target=self._copy, args=(client, server, True), daemon=True).start()
                threading.Thread(target=self._copy, args=(server, client, False), daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket, from_client: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if from_client and self.cut_before and self.cut_before in data:
                    self.cut_before = None
                    break
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def _error_response(code: str, message: str) -> bytes:
    fields = b"".join(f"{kind}{text}\0".encode() for kind, text in (("S", "FATAL"), ("C", code), ("M", message)))
    return b"E" + struct.pack("!i", len(fields) + 5) + fields + b"\0"


@pytest.fixture
def relay(postgresql: PostgreSQL) -> Relay:
    return Relay(server=postgresql, port=free_port(), refusals=[])


class TestAServerInTrouble:
    def test_a_wrong_password_ends_it_at_once(self, initialization: Initialization) -> None:
        done = initialization.run(database(), environment={"PGPASSWORD": "wrong"})

        assert done.returncode == 1
        server = initialization.server
        assert f"PostgreSQL at {server.host}:{server.port} refuses user {server.user}: PGPASSWORD" in done.stderr
        assert 'password authentication failed for user "postgres"' in done.stderr
        assert initialization.psql_runs == 1

    def test_a_refusal_in_another_language_ends_it_after_a_few_attempts(
        self, initialization: Initialization, relay: Relay
    ) -> None:
        relay.refusals = [("28P01", "사용자 인증을 실패했습니다")] * 99

        with relay.listening():
            done = initialization.run(database(), environment={"PGPORT": str(relay.port)})

        assert done.returncode == 1
        assert "does not let user postgres in" in done.stderr
        assert "PGPASSWORD" in done.stderr
        assert initialization.psql_runs == 4

    def test_a_server_that_is_not_there_yet_is_waited_for(self, initialization: Initialization, relay: Relay) -> None:
        wanted = database()
        with ThreadPoolExecutor(1) as pool:
            run = pool.submit(initialization.run, wanted, environment={"PGPORT": str(relay.port)})
            with contextlib.suppress(TimeoutError):
                run.result(1)
            assert not run.done()
            with relay.listening():
                done = run.result()

        assert done.returncode == 0, done.stderr
        assert f"waiting for PostgreSQL at 127.0.0.1:{relay.port}, " in done.stdout
        assert initialization.as_owner(wanted, "SELECT 1") == "1"

    def test_a_server_that_is_starting_is_waited_for(self, initialization: Initialization, relay: Relay) -> None:
        wanted = database()
        relay.refusals = [("57P03", "the database system is starting up")] * 5

        with relay.listening():
            initialization.succeed(wanted, environment={"PGPORT": str(relay.port)})

        assert relay.refusals == []
        assert initialization.as_owner(wanted, "SELECT 1") == "1"

    def test_a_server_that_never_comes_ends_it(self, initialization: Initialization) -> None:
        nobody = str(free_port())

        done = initialization.run(database(), environment={"PGPORT": nobody, "WAIT_SECONDS": "1"})

        assert done.returncode == 1
        assert f"PostgreSQL at 127.0.0.1:{nobody} does not answer within 1 s (WAIT_SECONDS)" in done.stderr

    @pytest.mark.parametrize("statement", ["pg_advisory_lock", "CREATE ROLE", "CREATE DATABASE", "REVOKE CONNECT"])
    def test_a_connection_that_breaks_is_tried_again(
        self, initialization: Initialization, relay: Relay, statement: str
    ) -> None:
        wanted = database()
        relay.cut_before = statement.encode()

        with relay.listening():
            done = initialization.run(wanted, environment={"PGPORT": str(relay.port)})

        assert done.returncode == 0, done.stderr
        assert relay.cut_before is None
        assert f"database {wanted.name}: trying again" in done.stdout
        assert initialization.as_owner(wanted, "SELECT 1") == "1"


def test_the_script_ends_when_it_is_asked_to(initialization: Initialization) -> None:
    asked = initialization.shell(
        f"""timeout 1 sh "{initialization.folder}/init.sh"; echo "ended with $?" """,
        programs={"pg_isready": initialization.server.programs / "pg_isready"},
        environment={
            "PGHOST": "127.0.0.1",
            "PGPORT": str(free_port()),
            "PGUSER": "postgres",
            "PGPASSWORD": "x",
            "DATABASE_1_NAME": "n",
            "DATABASE_1_USERNAME": "r",
            "DATABASE_1_PASSWORD": "p",
        },
        timeout=30,
    )

    assert "ended with 143" in asked.stdout
