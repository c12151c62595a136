"""A browser whose stream of events ends, against a server of the test's own."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from e2e.browser import browsing
from e2e.errors import CheckFailedError
from e2e.system import WayIn
from tests.support.processes import wait_until


class Dashboard(ThreadingHTTPServer):
    """Answers as the update service does: a stream each time, which `end_streams` ends."""

    def __init__(self) -> None:
        self.is_away = False
        self.ended = threading.Event()
        self.values: list[int] = []
        super().__init__(("127.0.0.1", 0), Handler)

    def end_streams(self) -> None:
        self.ended.set()
        self.ended = threading.Event()


class Handler(BaseHTTPRequestHandler):
    server: Dashboard

    def do_GET(self) -> None:
        if self.server.is_away:
            self.send_error(503)
            return
        ended, sent = self.server.ended, len(self.server.values)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        while not ended.wait(0.01):
            for value in self.server.values[sent:]:
                data = json.dumps({"countId": "a", "value": value})
                self.wfile.write(f"event: count_updated\ndata: {data}\n\n".encode())
                sent += 1

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.values.append(json.loads(body)["value"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def dashboard() -> Iterator[Dashboard]:
    server = Dashboard()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.end_streams()
    server.shutdown()
    server.server_close()


def way_to(dashboard: Dashboard) -> WayIn:
    port = dashboard.server_address[1]
    client = httpx.Client(timeout=5, trust_env=False)
    return WayIn(address=f"127.0.0.1:{port}", main="main.test", read="read.test", client=client)


def test_a_change_is_shown(dashboard: Dashboard) -> None:
    with browsing(way_to(dashboard), "client") as browser:
        assert browser.wait_for_any("a", 10) < 10
        assert browser.gaps == []


def test_a_stream_that_ends_is_opened_again_at_once_and_events_go_on(dashboard: Dashboard) -> None:
    with browsing(way_to(dashboard), "client") as browser:
        browser.wait_for_any("a", 10)
        dashboard.end_streams()
        wait_until(lambda: bool(browser.gaps), "the stream is open again", seconds=10)
        browser.wait_for_any("a", 10)
        (gap,) = browser.gaps
        assert (gap.refused, gap.seconds < 1) == ((), True)
        assert gap.seconds < max(browser.silences()) < 10


def test_a_stream_that_is_open_and_shows_nothing_is_silent(dashboard: Dashboard) -> None:
    with browsing(way_to(dashboard), "client") as browser:
        browser.wait_for_any("a", 10)
        time.sleep(2)
        browser.wait_for_any("a", 10)
        assert browser.gaps == []
        assert max(browser.silences()) > 2


def test_tries_that_are_refused_are_told(dashboard: Dashboard) -> None:
    with browsing(way_to(dashboard), "client") as browser:
        dashboard.is_away = True
        dashboard.end_streams()
        with pytest.raises(CheckFailedError, match="an open dashboard shows none"):
            browser.wait_for_any("a", 1)
        dashboard.is_away = False
        wait_until(lambda: bool(browser.gaps), "the stream is open again", seconds=10)
    assert "503" in browser.gaps[0].refused[0]


def test_a_dashboard_that_never_opens_is_told(dashboard: Dashboard) -> None:
    dashboard.is_away = True
    with (
        pytest.raises(CheckFailedError, match="no stream of events is open after 1 s"),
        browsing(way_to(dashboard), "client", seconds=1),
    ):
        pass
