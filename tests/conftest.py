"""The real parts, as fixtures. A missing one skips its tests, or fails them where COUNT_REQUIRE_REAL_PARTS=1."""

import fcntl
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import gettempdir

import pytest

from tests.constructs.scripts.shells import Shell
from tests.support.api_server import ApiServer, running_api_server
from tests.support.busybox import BusyboxShell
from tests.support.cluster import Cluster, disposable_cluster
from tests.support.parts import all_required, need_program
from tests.support.postgresql import PostgreSQL, running_postgresql
from tests.support.redis import RedisServers
from tests.support.registry import running_registry

SHARED_PARTS = ("cluster", "api_server", "postgresql")
LONGEST_FIRST = (
    "api_server-powershell",
    "cluster-powershell",
    "cluster-bash",
    "cluster",
    "api_server-bash",
    "api_server",
)
"""The groups of tests of one worker that take longest, in the order in which workers take them."""
FOREIGN_PARTS = frozenset(("cluster", "api_server", "pwsh"))
"""Those that no package of Debian brings."""
OUTAGE = "outage"
"""The mark of a test that stops a part of the cluster: no other one may use it meanwhile."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, None, None]:
    """Keeps the tests of one shared part in one worker (``--dist loadgroup``), so that it is started, or used, once.

    The tests of the two shells have namespaces, or an API server, of their own, and a worker each. Tests of a part that
    no package of Debian brings have the mark ``foreign``.
    """
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        shell = item.callspec.params.get("shell") if hasattr(item, "callspec") else None
        if FOREIGN_PARTS & fixtures or shell == "powershell":
            item.add_marker(pytest.mark.foreign)
        if part := next((part for part in SHARED_PARTS if part in fixtures), None):
            item.add_marker(pytest.mark.xdist_group(f"{part}-{shell}" if shell else part))
    yield  # pytest puts the tests of a shell together
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    group = item.get_closest_marker("xdist_group")
    name = group.args[0] if group else ""
    return LONGEST_FIRST.index(name) if name in LONGEST_FIRST else len(LONGEST_FIRST)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Lets tests use the cluster side by side, but for one that stops a part of it."""
    if "cluster" not in getattr(item, "fixturenames", ()):
        return (yield)
    folder = Path(gettempdir())
    with (folder / "count-cluster.lock").open("w") as lock:
        with (folder / "count-cluster.gate").open("w") as gate:  # who wants it alone is not overtaken
            fcntl.flock(gate, fcntl.LOCK_EX)
            fcntl.flock(lock, fcntl.LOCK_EX if item.get_closest_marker(OUTAGE) else fcntl.LOCK_SH)
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Makes a skipped test a failed one where all parts are required."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and all_required():
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and COUNT_REQUIRE_REAL_PARTS=1: {report.longreprtext}"
    return report


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    """The disposable cluster that the environment names."""
    return disposable_cluster(tmp_path_factory.mktemp("kubectl"))


@pytest.fixture(scope="session")
def api_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """An API server of the tests' own, without nodes."""
    with running_api_server(tmp_path_factory.mktemp("api-server")) as server:
        yield server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL 15 server of the tests' own."""
    with running_postgresql() as server:
        yield server


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServers]:
    """``redis_server.start(config)`` starts a Redis that ends with the test."""
    folder = tmp_path / "redis"
    folder.mkdir()
    with ExitStack() as stack:
        yield RedisServers(folder=folder, stack=stack)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """The address of an image registry of the test's own."""
    folder = tmp_path / "registry"
    folder.mkdir()
    with running_registry(folder) as address:
        yield address


@pytest.fixture
def busybox_sh(tmp_path: Path) -> BusyboxShell:
    """Runs scripts as an Alpine image does."""
    folder = tmp_path / "busybox"
    folder.mkdir()
    return BusyboxShell(program=need_program("busybox", package="busybox"), folder=folder)


@pytest.fixture(scope="session")
def pwsh() -> Path:
    """PowerShell 7."""
    return need_program("pwsh", package="PowerShell 7")


@pytest.fixture(scope="session", params=["bash", "powershell"])
def shell(request: pytest.FixtureRequest) -> Shell:
    """A shell that runs the scripts: each test that asks for it runs in both."""
    if request.param == "bash":
        return Shell(name="bash", suffix=".sh", command=(need_program("bash", package="bash"),))
    pwsh = request.getfixturevalue("pwsh")
    return Shell(name="powershell", suffix=".ps1", command=(pwsh, "-NoProfile", "-File"))
