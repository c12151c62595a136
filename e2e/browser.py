"""An administrator's browser, which opens its stream of events again whenever that ends."""

import contextlib
import itertools
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from e2e.errors import CheckFailedError
from e2e.events import listening
from e2e.system import WayIn

__all__ = ["Browser", "Gap", "browsing"]

_RETRY = 0.5
"""Seconds between two tries."""


@dataclass(frozen=True, kw_only=True)
class Gap:
    """The time without a stream.

    Args:
        ended: When the stream ended, by `time.monotonic`.
        opened: When the next one was open.
        refused: Why the tries in between opened none.
    """

    ended: float
    opened: float
    refused: tuple[Exception, ...]

    @property
    def answers(self) -> list[str]:
        """What was answered to tries instead of a stream; a real browser does not try again after an answer."""
        return [str(error) for error in self.refused if isinstance(error, CheckFailedError)]

    @property
    def seconds(self) -> float:
        """How long it was."""
        return self.opened - self.ended


class Browser:
    """A browser with an open dashboard."""

    def __init__(self, way: WayIn, client: str) -> None:
        self._way, self._client = way, client
        self._over = threading.Event()
        self._open = threading.Event()
        self._arrived: dict[tuple[str, int], float] = {}
        self._gaps: list[Gap] = []
        self._refused: list[Exception] = []
        self._ended: float | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def gaps(self) -> list[Gap]:
        """The times without a stream, between two that were open."""
        return self._gaps.copy()

    def silences(self) -> list[float]:
        """Seconds between each event that was shown and the one before."""
        moments = sorted(self._arrived.copy().values())
        return [later - earlier for earlier, later in itertools.pairwise(moments)]

    def wait_until_open(self, seconds: float) -> None:
        """Waits until a stream is open.

        Raises:
            CheckFailedError: None is when the time is over.
        """
        if not self._open.wait(seconds):
            last = ", ".join(map(str, self._refused[-3:]))
            raise CheckFailedError(f"no stream of events is open after {seconds:.0f} s: {last}")

    def wait_for_any(self, count: str, seconds: float) -> float:
        """Changes a count every second until the browser shows a change, and returns after how many seconds.

        Raises:
            CheckFailedError: It shows none when the time is over.
        """
        began, values = time.monotonic(), []
        while time.monotonic() - began < seconds:
            values.append(time.time_ns() // 10**6 % 10**9)
            with contextlib.suppress(httpx.HTTPError):
                self._way.write(count, values[-1])
            time.sleep(1)
            came = [moment for value in values if (moment := self._arrived.get((count, value)))]
            if came:
                return min(came) - began
        raise CheckFailedError(
            f"{len(values)} changes of {count} within {seconds:.0f} s, and an open dashboard shows none"
        )

    def end(self) -> None:
        """Closes the browser."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                with listening(self._way, client=self._client) as stream:
                    self._note_opened()
                    while not self._over.is_set():
                        event = stream.next(_RETRY)
                        if event and event.name == "count_updated":
                            self._arrived.setdefault((event.data["countId"], event.data["value"]), time.monotonic())
            except (CheckFailedError, httpx.HTTPError) as error:
                self._note_closed(error)

    def _note_opened(self) -> None:
        if self._ended is not None:
            self._gaps.append(Gap(ended=self._ended, opened=time.monotonic(), refused=tuple(self._refused)))
        self._ended, self._refused = None, []
        self._open.set()

    def _note_closed(self, why: Exception) -> None:
        if self._open.is_set():  # the stream that was open has ended; the next try follows at once
            self._open.clear()
            self._ended = time.monotonic()
        else:
            self._refused.append(why)
            self._over.wait(_RETRY)


@contextlib.contextmanager
def browsing(way: WayIn, client: str, *, seconds: float = 30) -> Iterator[Browser]:
    """Opens a dashboard, and closes it when the block ends.

    Args:
        way: Where its stream of events is asked for.
        client: Its client id.
        seconds: Longest time until the stream is open.

    Raises:
        CheckFailedError: No stream is open when the time is over.
    """
    browser = Browser(way, client)
    try:
        browser.wait_until_open(seconds)
        yield browser
    finally:
        browser.end()
