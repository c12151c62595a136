"""An open stream of server-sent events, as a browser has it."""

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from httpx_sse import EventSource, connect_sse

from e2e.errors import CheckFailedError
from e2e.system import WayIn

__all__ = ["EventStream", "Received", "listening"]

PATH = "/dashboard/events"


@dataclass(frozen=True, kw_only=True)
class Received:
    """An event that came.

    Args:
        seconds: When, since the stream was opened.
        name: Its name, like `count_updated`.
        data: What it says.
    """

    seconds: float
    name: str
    data: Any


class EventStream:
    """A stream; its events come in one after another."""

    def __init__(self, source: EventSource) -> None:
        self._came: queue.Queue[Received | str] = queue.Queue()
        self._opened = time.monotonic()
        threading.Thread(target=self._read, args=[source], daemon=True).start()

    @property
    def seconds(self) -> float:
        """How long it is open."""
        return time.monotonic() - self._opened

    def next(self, seconds: float) -> Received | None:
        """The next event, or None if none comes within some seconds.

        Raises:
            CheckFailedError: The stream has ended.
        """
        try:
            came = self._came.get(timeout=seconds)
        except queue.Empty:
            return None
        if isinstance(came, str):
            raise CheckFailedError(came)
        return came

    def wait_for(self, count: str, seconds: float) -> Received:
        """The first event from now on that tells of a count.

        Raises:
            CheckFailedError: None comes within some seconds, or the stream ends.
        """
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            event = self.next(left)
            if event and event.name == "count_updated" and event.data["countId"] == count:
                return event
        raise CheckFailedError(f"no event of {count} within {seconds:.0f} s")

    def _read(self, source: EventSource) -> None:
        why = "by the other side"
        try:
            for event in source.iter_sse():
                self._came.put(Received(seconds=self.seconds, name=event.event, data=event.json()))
        except (httpx.HTTPError, httpx.StreamError, ValueError) as error:
            why = f"{type(error).__name__}: {error}"
        self._came.put(f"the stream was ended after {self.seconds:.1f} s: {why}")


@contextlib.contextmanager
def listening(way: WayIn, *, client: str, counts: Sequence[str] = ()) -> Iterator[EventStream]:
    """Opens a stream, and closes it when the block ends.

    Args:
        way: Where it is asked for.
        client: The client's id; of two clients with one id, the second gets the events.
        counts: The counts whose values the first event tells; without one, it tells nothing.

    Raises:
        CheckFailedError: The answer is no stream.
    """
    parameters = {"clientId": client} | ({"countIds": ",".join(counts)} if counts else {})
    options: dict[str, Any] = {"headers": {"Host": way.main}, "timeout": httpx.Timeout(30, read=None)}
    with connect_sse(way.streams, "GET", way.url(PATH), params=parameters, **options) as source:
        if source.response.status_code != httpx.codes.OK:
            raise CheckFailedError(f"GET {PATH}: status {source.response.status_code}")
        media = source.response.headers.get("Content-Type", "")
        if not media.startswith("text/event-stream"):
            raise CheckFailedError(f"GET {PATH}: Content-Type {media!r} is no stream of events")
        try:
            yield EventStream(source)
        finally:
            connection: socket.socket = source.response.extensions["network_stream"].get_extra_info("socket")
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)  # wakes the reader
