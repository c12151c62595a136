"""A server that streams events of counts as the update service does."""

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from e2e.system import WayIn


class Dashboard(ThreadingHTTPServer):
    """Answers with a stream each time, which `end_streams` ends.

    Attributes:
        is_away: Whether it answers with 503 instead.
        is_silent: Whether it closes the connection without an answer instead.
    """

    def __init__(self) -> None:
        self.is_away = self.is_silent = False
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
        if self.server.is_silent:
            return
        ended, sent = self.server.ended, len(self.server.values)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b"event: connected\ndata: {}\n\n")
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


@contextlib.contextmanager
def serving() -> Iterator[Dashboard]:
    """Until the block ends, the server answers."""
    server = Dashboard()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.end_streams()
        server.shutdown()
        server.server_close()


def way_to(dashboard: Dashboard) -> WayIn:
    port = dashboard.server_address[1]
    client = httpx.Client(timeout=5, trust_env=False)
    return WayIn(address=f"127.0.0.1:{port}", main="main.test", read="read.test", client=client)
