"""A stream of events against a server of the test's own, which keeps connections open for further requests."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from e2e.errors import CheckFailedError
from e2e.events import listening
from e2e.system import WayIn


class Handler(BaseHTTPRequestHandler):
    """Ends a stream after its first event, and takes its time for a page."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        if self.path.startswith("/dashboard/events"):
            event = b"event: connected\ndata: {}\n\n"
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(event), event))
        else:
            time.sleep(1)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def way() -> Iterator[WayIn]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield WayIn(address=f"127.0.0.1:{server.server_address[1]}", main="main.test", read="read.test")
    server.shutdown()
    server.server_close()


def test_the_end_of_a_stream_disturbs_no_other_request(way: WayIn) -> None:
    came: list[httpx.Response | httpx.HTTPError] = []

    def get_page() -> None:
        try:
            came.append(way.request("GET", "/page"))
        except httpx.HTTPError as error:
            came.append(error)

    page = threading.Thread(target=get_page)
    with listening(way, client="a") as stream:
        first = stream.next(5)
        assert first
        assert first.name == "connected"
        with pytest.raises(CheckFailedError, match="the stream was ended"):
            stream.next(5)
        page.start()
        time.sleep(0.3)
    page.join()

    (answer,) = came
    assert isinstance(answer, httpx.Response), answer
    assert answer.status_code == httpx.codes.OK
