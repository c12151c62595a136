"""What a DatabaseBackup's scripts do with real servers, run as the pods run them: busybox and the images' clients."""

import contextlib
import dataclasses
import re
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cdk8s_backend.database_backup import DatabaseBackup
from cdk8s_backend.redis_configuration import primary

import pytest

from tests.support.busybox import BusyboxShell
from tests.support.parts import missing, need_program
from tests.support.postgresql import PROGRAMS, PostgreSQL
from tests.support.processes import free_port, running, wait_until
from tests.support.redis import Redis, RedisServers

NAME = re.compile(r"countinfo-\d{8}T\d{6}Z\.(dump|rdb)")
HOSTILE = [
    "simple",
    "a=b host=elsewhere",
    "postgresql://elsewhere/x",
    'quote\'single "double" back\\slash',
    "$HOME$(id)`id` %s",
    "카운트 정보",
    "-f",
    " ",
]
REDIS = primary(memory_limit_bytes=256 << 20).replace("dir /data\n", "")
VALUES = {"count:1": "7", "count:2": "hostile \\ ' \" $(id) 카운트\n"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Backups:
    """Runs a script of DatabaseBackup with a folder of backups.

    Attributes:
        shell: What runs it.
        script: Its name.
        folder: The folder of backups.
        scripts: The folder of scripts.
        programs: What the image has beside busybox.
        environment: The variables of the CronJob.
    """

    shell: BusyboxShell
    script: str
    folder: Path
    scripts: Path
    programs: Mapping[str, Path]
    environment: Mapping[str, str]

    def __call__(self, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs the script once, with further variables."""
        environment = {**self.environment, **variables}
        return self.shell(self.scripts / self.script, programs=self.programs, environment=environment, timeout=120)

    def succeed(self, **variables: str) -> str:
        """Runs the script, which must succeed, and returns what it prints."""
        done = self(**variables)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stderr == ""
        return done.stdout

    def fail(self, **variables: str) -> str:
        """Runs the script, which must end with 1, and returns its errors."""
        done = self(**variables)
        assert done.returncode == (3 if variables.get("ACTION") == "restore" else 1), done.stdout + done.stderr
        return done.stderr

    def with_program(self, name: str, text: str) -> "Backups":
        """The same with another program of the image, a script in which `$REAL` is the real one."""
        path = self.folder.parent / f"{name}-{uuid.uuid4().hex[:8]}"
        path.write_text(f'#!/bin/sh\nREAL="{self.programs.get(name, name)}"\n{text}\n')
        path.chmod(0o755)
        return dataclasses.replace(self, programs={**self.programs, name: path})

    @property
    def names(self) -> list[str]:
        """The names in the folder but for the lock."""
        return sorted(path.name for path in self.folder.iterdir() if path.name != ".lock")


@pytest.fixture
def folder() -> Iterator[Path]:
    """The claim of a backup."""
    with tempfile.TemporaryDirectory(prefix="backups-") as name:
        path = Path(name) / "backups"
        path.mkdir()
        yield path


def _backups(shell: BusyboxShell, script: str, folder: Path, programs: Mapping[str, Path], **env: str) -> Backups:
    scripts = folder.parent / "scripts"
    scripts.mkdir()
    for file, text in DatabaseBackup.scripts().items():
        (scripts / file).write_text(text, encoding="utf-8")
    own = {"BACKUP_NAME": "countinfo", "BACKUP_KEEP": "3", "BACKUP_FOLDER": str(folder)}
    flock = {"flock": need_program("flock", package="util-linux")}  # Alpine's busybox has it, Debian's has not
    return Backups(
        shell=shell,
        script=script,
        folder=folder,
        scripts=scripts,
        programs={**flock, **programs},
        environment={**own, **env},
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Database:
    """A database, its owner and the owner's password."""

    server: PostgreSQL
    name: str
    owner: str
    password: str

    def __call__(self, sql: str) -> str:
        """Runs SQL as the owner, and returns the rows."""
        return self.server.psql(sql, database=self.name, user=self.owner, password=self.password).stdout


def _database(server: PostgreSQL, text: str = "simple") -> Database:
    """A database whose name, owner and password hold a text."""
    unique = uuid.uuid4().hex[:8]
    found = Database(server=server, name=text + unique, owner=f"{text}role{unique}", password=f"{text}password")

    def quoted(text: str, mark: str) -> str:
        return mark + text.replace(mark, mark * 2) + mark

    name, owner = quoted(found.name, '"'), quoted(found.owner, '"')
    server.psql(f"CREATE ROLE {owner} LOGIN PASSWORD {quoted(found.password, chr(39))}")
    server.psql(f"CREATE DATABASE {name} OWNER {owner} TEMPLATE template0")
    return found


def _of_database(shell: BusyboxShell, folder: Path, database: Database) -> Backups:
    server = database.server
    return _backups(
        shell,
        "postgresql.sh",
        folder,
        {name: PROGRAMS / name for name in ("pg_dump", "pg_restore")},
        PGHOST=server.host,
        PGPORT=str(server.port),
        PGDATABASE=database.name,
        PGUSER=database.owner,
        PGPASSWORD=database.password,
        PGSSLMODE="disable",
        PGGSSENCMODE="disable",
    )


@pytest.fixture
def database(postgresql: PostgreSQL) -> Database:
    """A database with a table."""
    found = _database(postgresql)
    found("CREATE TABLE t (id serial PRIMARY KEY, text text); INSERT INTO t (text) VALUES ('one'), ('two')")
    return found


@pytest.fixture
def postgresql_backups(busybox_sh: BusyboxShell, folder: Path, database: Database) -> Backups:
    """The backups of that database."""
    return _of_database(busybox_sh, folder, database)


def _put(folder: Path, *times: str, ending: str = "dump") -> list[str]:
    """Puts files with the names of backups into a folder."""
    names = [f"countinfo-{time}.{ending}" for time in times]
    for name in names:
        (folder / name).write_text("older")
    return names


class TestBackingUp:
    def test_a_backup_bears_the_time_and_holds_the_data(self, postgresql_backups: Backups) -> None:
        printed = postgresql_backups.succeed()

        (name,) = postgresql_backups.names
        assert NAME.fullmatch(name)
        assert f"done: {name}" in printed
        listed = subprocess.run(
            [PROGRAMS / "pg_restore", "--list", postgresql_backups.folder / name],
            capture_output=True,
            text=True,
            check=True,
        )
        assert "TABLE DATA public t" in listed.stdout

    def test_only_its_user_can_read_it(self, postgresql_backups: Backups) -> None:
        postgresql_backups.succeed()

        (name,) = postgresql_backups.names
        assert (postgresql_backups.folder / name).stat().st_mode & 0o077 == 0

    def test_the_newest_are_kept(self, postgresql_backups: Backups) -> None:
        old = _put(postgresql_backups.folder, *(f"2026010{day}T030000Z" for day in range(1, 6)))

        printed = postgresql_backups.succeed()

        assert postgresql_backups.names[:2] == old[-2:]
        assert len(postgresql_backups.names) == 3
        assert [f"deleted {name}" in printed for name in old] == [True, True, True, False, False]

    def test_the_new_one_is_kept_also_where_the_clock_went_back(self, postgresql_backups: Backups) -> None:
        later = _put(postgresql_backups.folder, *(f"2999010{day}T030000Z" for day in range(1, 4)))

        printed = postgresql_backups.succeed()

        new, *others = postgresql_backups.names
        assert new < later[0]
        assert others == later[1:]
        assert f"warning: {later[-1]} is of a time to come" in printed

    def test_an_image_without_flock_says_so_and_backs_up(self, postgresql_backups: Backups) -> None:
        programs = {name: path for name, path in postgresql_backups.programs.items() if name != "flock"}

        printed = dataclasses.replace(postgresql_backups, programs=programs).succeed()

        assert "this image has no flock: let no other run begin meanwhile" in printed
        assert len(postgresql_backups.names) == 1

    def test_nothing_else_in_the_folder_is_deleted(self, postgresql_backups: Backups) -> None:
        folder = postgresql_backups.folder
        others = [
            *_put(folder, "friday", "20260101T03000Z", "20260101T030000Z.bak", "2026-01-01T030000Z"),
            *_put(folder, "20260101T030000Z", ending="rdb"),
            "other-20260101T030000Z.dump",
            "countinfo-20260102T030000Z.dump",
            "countinfo-20260103T030000Z.dump",
        ]
        (folder / others[-3]).write_text("another's")
        (folder / others[-2]).mkdir()
        (folder / others[-1]).symlink_to(folder / others[0])

        postgresql_backups.succeed(BACKUP_KEEP="1")

        assert set(others) < set(postgresql_backups.names)

    def test_what_a_killed_run_left_is_deleted(self, postgresql_backups: Backups) -> None:
        _put(postgresql_backups.folder, "20260101T030000Z", ending="dump.partial")

        postgresql_backups.succeed()

        assert [name for name in postgresql_backups.names if name.endswith(".partial")] == []

    def test_two_at_once_take_turns_and_get_names_of_their_own(self, postgresql_backups: Backups) -> None:
        def run(path: Path) -> subprocess.CompletedProcess[str]:
            path.mkdir()
            shell = dataclasses.replace(postgresql_backups.shell, folder=path)
            return dataclasses.replace(postgresql_backups, shell=shell)()

        with ThreadPoolExecutor() as pool:
            runs = list(pool.map(run, [postgresql_backups.shell.folder / name for name in ("one", "other")]))

        assert [done.returncode for done in runs] == [0, 0], runs
        assert len(postgresql_backups.names) == 2

    def test_the_backups_are_listed_from_the_oldest_on(self, postgresql_backups: Backups) -> None:
        _put(postgresql_backups.folder, "20260102T030000Z", "20260101T030000Z")

        assert postgresql_backups.succeed(ACTION="list").splitlines() == [
            "countinfo-20260101T030000Z.dump 5 bytes",
            "countinfo-20260102T030000Z.dump 5 bytes",
        ]


class TestWhatGoesWrong:
    """Each leaves the earlier backups, and nothing besides."""

    @pytest.fixture(autouse=True)
    def earlier(self, postgresql_backups: Backups) -> Iterator[None]:
        names = _put(postgresql_backups.folder, *(f"2026010{day}T030000Z" for day in range(1, 6)))
        yield
        assert postgresql_backups.names == names

    def test_a_wrong_password(self, postgresql_backups: Backups, database: Database) -> None:
        error = postgresql_backups.fail(PGPASSWORD="wrong")

        assert f"the server refuses user {database.owner}, whose password PGPASSWORD is not" in error
        assert "wrong" not in error

    def test_a_server_that_is_not_there(self, postgresql_backups: Backups) -> None:
        port = str(free_port())

        assert f"PostgreSQL at 127.0.0.1:{port}, database" in postgresql_backups.fail(PGPORT=port)
        assert "the server does not answer" in postgresql_backups.fail(PGPORT=port)

    def test_a_host_that_is_not_there(self, postgresql_backups: Backups) -> None:
        assert "the server does not answer" in postgresql_backups.fail(PGHOST="nowhere.invalid")

    def test_a_database_that_is_not_there(self, postgresql_backups: Backups) -> None:
        assert 'database "nowhere" does not exist' in postgresql_backups.fail(PGDATABASE="nowhere")

    def test_a_table_that_the_owner_may_not_read(self, postgresql_backups: Backups, database: Database) -> None:
        database.server.psql("CREATE TABLE hidden ()", database=database.name)

        assert "permission denied for table hidden" in postgresql_backups.fail()

    def test_a_disk_that_does_not_take_it_whole(self, postgresql_backups: Backups, database: Database) -> None:
        database("INSERT INTO t (text) SELECT md5(n::text) FROM generate_series(1, 50000) AS n")
        limited = postgresql_backups.with_program("pg_dump", 'trap "" XFSZ; ulimit -f 64; exec "$REAL" "$@"')

        assert "was not backed up" in limited.fail()

    def test_a_client_that_is_killed(self, postgresql_backups: Backups) -> None:
        cut = postgresql_backups.with_program("pg_dump", '"$REAL" "$@"; kill -9 $$')

        assert "was not backed up" in cut.fail()

    def test_a_file_that_is_cut_off_behind_its_table_of_contents(
        self, postgresql_backups: Backups, database: Database
    ) -> None:
        database("INSERT INTO t (text) SELECT md5(n::text) FROM generate_series(1, 50000) AS n")
        cut = postgresql_backups.with_program(
            "pg_dump", '"$REAL" "$@"; for file; do :; done; truncate -s 200000 "${file#--file=}"'
        )

        assert "is no whole backup" in cut.fail()

    @pytest.mark.parametrize(("program", "words"), [("sync", "does not reach the disk"), ("mv", "cannot get its name")])
    def test_a_disk_that_breaks_at_the_end(self, postgresql_backups: Backups, program: str, words: str) -> None:
        assert words in postgresql_backups.with_program(program, "exit 1").fail()

    @pytest.mark.parametrize(
        ("variables", "words"),
        [
            ({"PGPASSWORD": ""}, "PGPASSWORD is not set"),
            ({"BACKUP_KEEP": "0"}, "BACKUP_KEEP is 0, not a number from 1 on"),
            ({"BACKUP_KEEP": "all"}, "BACKUP_KEEP is all, not"),
            ({"ACTION": "delete"}, "ACTION is delete: use backup, list, restore or hold"),
            ({"ACTION": "restore"}, "FILE is not set"),
            ({"ACTION": "restore", "FILE": "../x"}, "FILE is ../x: use a name without folders"),
        ],
    )
    def test_a_wrong_variable(self, postgresql_backups: Backups, variables: dict[str, str], words: str) -> None:
        done = postgresql_backups(**variables)

        assert (done.returncode, words in done.stderr) == (2, True), done.stderr


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Mounts a disk of 1 MiB on a folder; only root can."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        missing(f"no small disk: only root mounts one: {mounted.stderr}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_is_named_and_the_earlier_backups_stay(postgresql_backups: Backups, database: Database) -> None:
    database("INSERT INTO t (text) SELECT md5(n::text) FROM generate_series(1, 100000) AS n")
    with small_disk(postgresql_backups.folder):
        names = _put(postgresql_backups.folder, "20260101T030000Z")

        error = postgresql_backups.fail()

        assert f"the disk of {postgresql_backups.folder} takes no more: is it full? Earlier backups stay" in error
        assert postgresql_backups.names == names


def test_a_folder_that_is_not_there_is_named(postgresql_backups: Backups) -> None:
    assert "/nowhere is no folder that this user may write to" in postgresql_backups.fail(BACKUP_FOLDER="/nowhere")


class TestRestoringPostgreSQL:
    def test_the_data_is_as_it_was(self, postgresql_backups: Backups, database: Database) -> None:
        postgresql_backups.succeed()
        database("DROP TABLE t; CREATE TABLE later (); CREATE TABLE other ()")

        printed = postgresql_backups.succeed(ACTION="restore", FILE="latest")

        assert f"as in {postgresql_backups.names[0]}" in printed
        assert database("SELECT id, text FROM t ORDER BY id; INSERT INTO t (text) VALUES ('three') RETURNING id") == (
            "1|one\n2|two\n3\n"
        )
        assert database("SELECT tableowner FROM pg_tables WHERE tablename = 't'").strip() == database.owner

    def test_it_is_the_backup_that_is_named(self, postgresql_backups: Backups, database: Database) -> None:
        postgresql_backups.succeed()
        database("UPDATE t SET text = 'changed'")
        postgresql_backups.succeed()

        postgresql_backups.succeed(ACTION="restore", FILE=postgresql_backups.names[0])

        assert database("SELECT text FROM t ORDER BY id") == "one\ntwo\n"

    def test_clients_that_are_connected_see_the_one_or_the_other(
        self, postgresql_backups: Backups, database: Database
    ) -> None:
        postgresql_backups.succeed()
        database("UPDATE t SET text = 'changed'")
        query = "SELECT string_agg(text, ' ' ORDER BY id) FROM t"

        with ThreadPoolExecutor() as pool:
            restoration = pool.submit(postgresql_backups.succeed, ACTION="restore", FILE="latest")
            seen = set()
            while not restoration.done():
                seen.add(database(query))
            restoration.result()

        assert seen <= {"changed changed\n", "one two\n"}
        assert database(query) == "one two\n"

    def test_one_that_fails_changes_nothing(self, postgresql_backups: Backups, database: Database) -> None:
        database("CREATE TABLE dropped_after_t (n int)")
        postgresql_backups.succeed()
        database("UPDATE t SET text = 'changed'; CREATE VIEW v AS SELECT * FROM dropped_after_t")

        error = postgresql_backups.fail(ACTION="restore", FILE="latest")

        assert "other objects depend on it" in error
        assert "stays as it was" in error
        assert database("SELECT DISTINCT text FROM t") == "changed\n"

    def test_a_broken_backup_changes_nothing(self, postgresql_backups: Backups, database: Database) -> None:
        postgresql_backups.succeed()
        (name,) = postgresql_backups.names
        whole = (postgresql_backups.folder / name).read_bytes()
        (postgresql_backups.folder / name).write_bytes(whole[:-100])

        assert f"{name} is no whole backup" in postgresql_backups.fail(ACTION="restore", FILE=name)
        assert database("SELECT count(*) FROM t") == "2\n"

    def test_one_that_is_not_there_is_named_with_those_that_are(self, postgresql_backups: Backups) -> None:
        _put(postgresql_backups.folder, "20260101T030000Z")

        error = postgresql_backups.fail(ACTION="restore", FILE="countinfo-20260102T030000Z.dump")

        assert "countinfo-20260101T030000Z.dump 5 bytes\nerror: there is no countinfo-20260102T030000Z.dump" in error

    def test_one_of_a_time_to_come_is_not_the_latest_but_may_be_named(self, postgresql_backups: Backups) -> None:
        postgresql_backups.succeed()
        (name,) = postgresql_backups.names
        later = _put(postgresql_backups.folder, "29990101T030000Z")[0]
        (postgresql_backups.folder / later).write_bytes((postgresql_backups.folder / name).read_bytes())

        error = postgresql_backups.fail(ACTION="restore", FILE="latest")

        assert f"{later} is of a time to come" in error
        assert "done" in postgresql_backups.succeed(ACTION="restore", FILE=later)

    def test_without_a_backup_there_is_no_latest(self, postgresql_backups: Backups) -> None:
        assert "there is no backup in" in postgresql_backups.fail(ACTION="restore", FILE="latest")

    @pytest.mark.parametrize("text", HOSTILE)
    def test_any_name_and_password_works(
        self, busybox_sh: BusyboxShell, folder: Path, postgresql: PostgreSQL, text: str
    ) -> None:
        database = _database(postgresql, text)
        backups = _of_database(busybox_sh, folder, database)
        database("CREATE TABLE t AS SELECT 7 AS n")
        backups.succeed()
        database("DROP TABLE t")

        backups.succeed(ACTION="restore", FILE="latest")

        assert database("SELECT n FROM t") == "7\n"

    def test_no_password_is_an_argument_or_printed(self, postgresql_backups: Backups, database: Database) -> None:
        calls = postgresql_backups.folder.parent / "calls"
        watched = postgresql_backups
        for name in ("pg_dump", "pg_restore"):
            note = f"cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' >>'{calls}'"
            watched = watched.with_program(name, f'{note}; exec "$REAL" "$@"')

        printed = watched.succeed() + watched.succeed(ACTION="restore", FILE="latest")

        assert "pg_restore" in calls.read_text(errors="replace")
        assert database.password not in calls.read_text(errors="replace") + printed


def test_holding_the_folder_waits(postgresql_backups: Backups) -> None:
    held = postgresql_backups.with_program("sleep", 'echo "slept $1" >&2')

    done = held(ACTION="hold")

    assert (done.returncode, done.stderr) == (0, "slept 1800\n")
    assert done.stdout == f"{postgresql_backups.folder} is open for 1800 s\n"


# Redis


@pytest.fixture
def server(redis_server: RedisServers) -> Redis:
    """A Redis that appends its writes to a file, with values."""
    found = redis_server.start(REDIS)
    for key, value in VALUES.items():
        found.cli("set", key, value)
    found.cli("rpush", "count:1:history", *map(str, range(1000)))
    return found


@pytest.fixture
def redis_backups(busybox_sh: BusyboxShell, folder: Path, server: Redis) -> Backups:
    """The backups of that server."""
    package = {"redis-cli": "redis-tools", "redis-check-rdb": "redis-tools", "redis-server": "redis-server"}
    backups = _backups(
        busybox_sh,
        "redis.sh",
        folder,
        {name: need_program(name, package=package[name]) for name in package},
        REDIS_HOST="127.0.0.1",
        REDIS_PORT=str(server.port),
        RESTORE_PORT=str(free_port()),
    )
    return backups.with_program("hostname", "echo 127.0.0.1 10.0.0.1")


def _damage(server: Redis) -> None:
    server.cli("flushall")
    server.cli("set", "count:1", "damaged")
    server.cli("set", "later", "1")


def _as_it_was(server: Redis) -> bool:
    found = {key: server.cli("get", key) for key in VALUES}
    wanted = {key: value.strip() for key, value in VALUES.items()}
    return (found, server.cli("llen", "count:1:history"), server.cli("dbsize")) == (wanted, "1000", "3")


class TestRedis:
    def test_a_backup_holds_the_data(self, redis_backups: Backups) -> None:
        redis_backups.succeed()

        (name,) = redis_backups.names
        assert NAME.fullmatch(name)
        assert (redis_backups.folder / name).read_bytes().startswith(b"REDIS")

    def test_the_data_is_as_it_was_and_takes_writes(self, redis_backups: Backups, server: Redis) -> None:
        redis_backups.succeed()
        _damage(server)

        printed = redis_backups.succeed(ACTION="restore", FILE="latest")

        assert "loaded: 3 keys" in printed
        assert _as_it_was(server)
        assert "role:master" in server.cli("info", "replication")
        assert server.cli("set", "later", "2") == "OK"

    def test_the_data_is_on_the_disk(self, redis_backups: Backups, server: Redis, redis_server: RedisServers) -> None:
        redis_backups.succeed()
        _damage(server)
        redis_backups.succeed(ACTION="restore", FILE="latest")

        crashed = redis_server.folder / "crashed"
        shutil.copytree(server.folder, crashed)
        with _started_in(crashed) as again:
            assert _as_it_was(again)

    def test_its_replica_follows(self, redis_backups: Backups, server: Redis, redis_server: RedisServers) -> None:
        replica = redis_server.start(REDIS, "--replicaof", "127.0.0.1", str(server.port))
        redis_backups.succeed()
        _damage(server)
        wait_until(lambda: replica.cli("get", "later") == "1", "the replica has the damage")

        redis_backups.succeed(ACTION="restore", FILE="latest")

        wait_until(lambda: _as_it_was(replica), "the replica has the data")
        assert f"master_port:{server.port}" in replica.cli("info", "replication")

    def test_the_backup_itself_is_not_written_to(self, redis_backups: Backups) -> None:
        redis_backups.succeed()
        (path,) = (redis_backups.folder / name for name in redis_backups.names)
        before = path.read_bytes(), path.stat().st_mtime_ns

        redis_backups.succeed(ACTION="restore", FILE="latest")

        assert (path.read_bytes(), path.stat().st_mtime_ns) == before
        assert redis_backups.names == [path.name]

    def test_a_server_that_is_not_there_is_named(self, redis_backups: Backups) -> None:
        earlier = _put(redis_backups.folder, *(f"2026010{day}T030000Z" for day in range(1, 6)), ending="rdb")
        port = str(free_port())

        error = redis_backups.fail(REDIS_PORT=port)

        assert f"Redis at 127.0.0.1:{port} was not backed up: it does not answer" in error
        assert redis_backups.names == earlier

    def test_a_refused_login_is_shown(self, redis_backups: Backups, server: Redis) -> None:
        server.cli("config", "set", "requirepass", "x")

        assert "NOAUTH Authentication required." in redis_backups.fail()
        assert redis_backups.names == []

    def test_a_transfer_that_breaks_off_leaves_nothing(self, redis_backups: Backups) -> None:
        cut = redis_backups.with_program(
            "redis-cli",
            '"$REAL" "$@" || exit; case "$*" in *--rdb*) for file; do :; done; truncate -s 50 "$file" ;; esac',
        )

        assert "is no whole backup" in cut.fail()
        assert cut.names == []

    def test_a_full_disk_is_named(self, redis_backups: Backups, server: Redis) -> None:
        server.cli("eval", "for n = 1, 50000 do redis.call('set', n, redis.sha1hex(n)) end", "0")
        with small_disk(redis_backups.folder):
            error = redis_backups.fail()

            assert f"the disk of {redis_backups.folder} takes no more: is it full? Earlier backups stay" in error
            assert redis_backups.names == []

    def test_a_broken_backup_changes_nothing(self, redis_backups: Backups, server: Redis) -> None:
        redis_backups.succeed()
        (name,) = redis_backups.names
        whole = (redis_backups.folder / name).read_bytes()
        (redis_backups.folder / name).write_bytes(whole[:-20])

        assert f"{name} is no whole backup" in redis_backups.fail(ACTION="restore", FILE=name)
        assert _as_it_was(server)

    def test_a_server_that_cannot_reach_the_pod_keeps_its_data_and_takes_writes(
        self, redis_backups: Backups, server: Redis
    ) -> None:
        redis_backups.succeed()
        _damage(server)
        alone = redis_backups.with_program("hostname", "echo 192.0.2.1").with_program("sleep", "exec /bin/sleep 0.05")

        error = alone.fail(ACTION="restore", FILE="latest")

        assert "does not reach this pod at 192.0.2.1" in error
        assert "NetworkPolicy" in error
        assert server.cli("set", "count:1", "damaged") == "OK"
        assert server.cli("dbsize") == "2"

    def test_a_server_that_is_restarted_in_between_is_not_awaited(self, redis_backups: Backups, server: Redis) -> None:
        redis_backups.succeed()
        restarted = _answering(redis_backups, replication="role:master")

        assert "does not follow any more: was it restarted?" in restarted.fail(ACTION="restore", FILE="latest")
        assert "role:master" in server.cli("info", "replication")

    def test_a_server_that_does_not_get_the_copy_whole_is_not_awaited(
        self, redis_backups: Backups, server: Redis
    ) -> None:
        redis_backups.succeed()
        copying, ended = (f"role:slave master_link_status:down master_sync_in_progress:{is_so}" for is_so in (1, 0))
        failing = _answering(redis_backups, replication=f'$([ $((n % 2)) = 1 ] && echo "{copying}" || echo "{ended}")')

        assert "could not take the backup in 3 tries" in failing.fail(ACTION="restore", FILE="latest")
        assert "role:master" in server.cli("info", "replication")

    @pytest.mark.parametrize(
        "persistence",
        [
            "aof_enabled:1 aof_rewrite_in_progress:0 aof_rewrite_scheduled:1 "
            'aof_last_bgrewrite_status:$([ "$n" = 0 ] && echo ok || echo err)',
            'aof_enabled:1 aof_rewrite_in_progress:$([ "$n" = 2 ] && echo 1 || echo 0) aof_rewrite_scheduled:1 '
            "aof_last_bgrewrite_status:err",
        ],
        ids=["could write before", "could not write before"],
    )
    def test_a_server_that_cannot_write_what_it_has_got_is_not_awaited(
        self, redis_backups: Backups, server: Redis, persistence: str
    ) -> None:
        redis_backups.succeed()
        full = _answering(redis_backups, replication="role:slave master_link_status:up", persistence=persistence)

        assert "has the data, but cannot write it to its disk" in full.fail(ACTION="restore", FILE="latest")
        assert "role:master" in server.cli("info", "replication")

    def test_a_pod_that_ends_in_between_lets_the_server_take_writes(
        self, redis_backups: Backups, server: Redis
    ) -> None:
        redis_backups.succeed()
        _damage(server)
        alone = redis_backups.with_program("hostname", "echo 192.0.2.1").with_program(
            "sleep", 'kill -TERM "$PPID"; exec /bin/sleep 0.05'
        )

        done = alone(ACTION="restore", FILE="latest")

        assert done.returncode == 143
        assert "role:master" in server.cli("info", "replication")


def _answering(backups: Backups, *, replication: str, persistence: str = "") -> Backups:
    """The same with a server that says this of itself, in a shell's words; n counts the questions about replication."""
    count = backups.folder.parent / f"count-{uuid.uuid4().hex[:8]}"
    count.write_text("0")
    return backups.with_program("sleep", "exec /bin/sleep 0.05").with_program(
        "redis-cli",
        f"""n=$(cat '{count}')
case "$*" in
*'info replication') echo $((n + 1)) >'{count}'; n=$((n + 1)); echo "{replication}" ;;
*'info persistence') echo "{persistence}" ;;
*) exec "$REAL" "$@" ;;
esac""",
    )


@contextlib.contextmanager
def _started_in(folder: Path) -> Iterator[Redis]:
    """Runs a server on the files of another one."""
    again = Redis(port=free_port(), folder=folder)
    command: list[str | Path] = [
        need_program("redis-server", package="redis-server"),
        folder / "redis.conf",
        *("--port", str(again.port), "--dir", str(folder)),
    ]
    with running(command, log=folder / "log", ready=lambda: again.cli("ping") == "PONG"):
        yield again
