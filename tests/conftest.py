"""The real parts, as fixtures. A missing one skips its tests, or fails them where COUNT_REQUIRE_REAL_PARTS=1."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.api_server import ApiServer, running_api_server
from tests.support.busybox import BusyboxShell
from tests.support.cluster import Cluster, disposable_cluster
from tests.support.parts import all_required, need_program
from tests.support.postgresql import PostgreSQL, running_postgresql
from tests.support.redis import RedisServers

SHARED_PARTS = ("cluster", "api_server", "postgresql")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keeps the tests of one shared part in one worker (``--dist loadgroup``), so that it is started, or used, once."""
    for item in items:
        for part in SHARED_PARTS:
            if part in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.xdist_group(part))
                break


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
def busybox_sh(tmp_path: Path) -> BusyboxShell:
    """Runs scripts as an Alpine image does."""
    folder = tmp_path / "busybox"
    folder.mkdir()
    return BusyboxShell(program=need_program("busybox", package="busybox"), folder=folder)


@pytest.fixture(scope="session")
def pwsh() -> Path:
    """PowerShell 7."""
    return need_program("pwsh", package="PowerShell 7")
