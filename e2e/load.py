"""Requests that are sent again and again while something happens, and what became of each."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import httpx

from e2e.errors import CheckFailedError
from e2e.events import listening
from e2e.system import WayIn

__all__ = ["PAGES", "Load", "Sent", "dashboard", "in_turn", "increment", "page", "put_anew", "read", "sending"]

Send = Callable[[WayIn, int], str | None]
"""Sends a request, which gets a number of its own; returns why its answer is no success, None if it is one."""

_PAUSE = 0.1
"""Seconds between an answer and the next request of the same kind."""

_FIRST_EVENT = 10
"""Longest time until the first event of a stream, in seconds; it comes at once."""

_SHOWN = 20
"""How many failed requests an error shows."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A request.

    Args:
        kind: What kind it is of.
        number: Its number among those.
        began: When it was sent, by `time.monotonic`.
        ended: When its answer was there.
        problem: Why that is no success; None if it is one.
    """

    kind: str
    number: int
    began: float
    ended: float
    problem: str | None


class Load:
    """Requests of several kinds, of each one at a time, in a thread of its own."""

    def __init__(self, way: WayIn, kinds: Mapping[str, Send]) -> None:
        self._sent: list[Sent] = []
        self._kinds = frozenset(kinds)
        self._over = threading.Event()
        self._began = time.monotonic()
        self._threads = [
            threading.Thread(target=self._run, args=[way, kind, send], daemon=True) for kind, send in kinds.items()
        ]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Sends no more, and waits for the last answers."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def sent(self, kind: str | None = None) -> list[Sent]:
        """The requests that have been answered so far, of one kind or of all."""
        return [each for each in self._sent.copy() if kind in (None, each.kind)]

    def acknowledged(self, kind: str) -> list[Sent]:
        """The requests of a kind that were answered with success."""
        return [each for each in self.sent(kind) if each.problem is None]

    def require_no_problem(self) -> str:
        """Says how many requests there were.

        Raises:
            CheckFailedError: One was answered without success.
        """
        self.require_problems_only_if(lambda _: False)
        return f"{len(self.sent())} requests, none failed"

    def require_problems_only_if(self, is_allowed: Callable[[Sent], bool]) -> int:
        """Returns how many requests were answered without success.

        Args:
            is_allowed: Whether a request may have been.

        Raises:
            CheckFailedError: One was that may not, or none of a kind was answered at all.
        """
        unsent = self._kinds - {each.kind for each in self.sent()}
        if unsent:
            raise CheckFailedError(f"not one request was answered, of these kinds: {', '.join(sorted(unsent))}")
        failed = [each for each in self.sent() if each.problem is not None]
        wrong = [self._told(each) for each in failed if not is_allowed(each)]
        if wrong:
            first = "\n".join(wrong[:_SHOWN])
            raise CheckFailedError(f"{len(wrong)} of {len(self.sent())} requests failed, as did these:\n{first}")
        return len(failed)

    def _told(self, sent: Sent) -> str:
        """When a request was sent, in seconds since the load began, how long it took, and why it was no success."""
        return (
            f"{sent.kind} after {sent.began - self._began:.1f} s, for {sent.ended - sent.began:.1f} s: {sent.problem}"
        )

    def _run(self, way: WayIn, kind: str, send: Send) -> None:
        number = 0
        while not self._over.is_set():
            began = time.monotonic()
            try:
                problem = send(way, number)
            except Exception as error:  # whatever is wrong with an answer
                problem = f"{type(error).__name__}: {error}"
            self._sent.append(Sent(kind=kind, number=number, began=began, ended=time.monotonic(), problem=problem))
            number += 1
            self._over.wait(_PAUSE)


@contextlib.contextmanager
def sending(way: WayIn, kinds: Mapping[str, Send]) -> Iterator[Load]:
    """Sends requests until the block ends."""
    load = Load(way, kinds)
    try:
        yield load
    finally:
        load.end()


def read(count: str) -> Send:
    """Reads a count, which is there already, from the read service."""
    return lambda way, _: _problem(way.request("GET", f"/api/v1/counts/{count}", host=way.read))


def increment(count: str) -> Send:
    """Adds 1 to a count."""
    return lambda way, _: _problem(way.request("POST", f"/api/v1/counts/{count}/increment", json={"amount": 1}))


def put_anew(prefix: str) -> Send:
    """Writes a new count each time, `PREFIX-NUMBER`, with its number as its value.

    It is a success only if the answer tells that value: the write service hides errors of Redis behind the old one.
    """

    def send(way: WayIn, number: int) -> str | None:
        answer = way.request("PUT", f"/api/v1/counts/{prefix}-{number}", json={"value": number})
        problem = _problem(answer)
        if problem is None and answer.json()["value"] != number:
            problem = f"the answer tells {answer.json()['value']} instead of {number}"
        return problem

    return send


def in_turn(*sends: Send) -> Send:
    """Sends the requests of several kinds as one, so that no two of them are under way at the same time."""
    return lambda way, number: sends[number % len(sends)](way, number)


def page(path: str) -> Send:
    """Gets a page."""
    return lambda way, _: _problem(way.request("GET", path))


def dashboard(prefix: str) -> Send:
    """Opens a stream of events as a new client each time, `PREFIX-NUMBER`, and closes it after its first event."""

    def send(way: WayIn, number: int) -> str | None:
        with listening(way, client=f"{prefix}-{number}") as stream:
            return None if stream.next(_FIRST_EVENT) else f"no event within {_FIRST_EVENT} s"

    return send


PAGES: Mapping[str, Send] = {path: page(path) for path in ("/management/", "/analysis/", "/dashboard/")}
"""A page of each service that has pages."""


def _problem(answer: httpx.Response) -> str | None:
    return None if answer.is_success else f"status {answer.status_code}: {answer.text.strip()[:200]}"
