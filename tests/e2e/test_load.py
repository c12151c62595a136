"""Requests that are sent while something happens: each is accounted for."""

import threading
import time
from collections.abc import Callable

import httpx
import pytest

from e2e.errors import CheckFailedError
from e2e.load import Send, dashboard, in_turn, increment, page, put_anew, read, sending
from e2e.system import WayIn
from tests.e2e import dashboard as server
from tests.support.processes import wait_until


def way_to(answer: Callable[[httpx.Request], httpx.Response]) -> WayIn:
    """A way in behind which a function answers."""
    client = httpx.Client(transport=httpx.MockTransport(answer))
    return WayIn(address="10.0.0.1", main="main.test", read="read.test", client=client)


def value(number: int) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(200, json={"value": number})


def test_a_load_without_a_failed_request_says_how_many_there_were() -> None:
    with sending(way_to(value(1)), {"read": read("a")}) as load:
        wait_until(lambda: len(load.sent()) >= 2, "two answers", seconds=5)
    assert load.require_no_problem() == f"{len(load.sent())} requests, none failed"


def test_each_failed_request_is_told_with_its_kind_and_its_answer() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/management/":
            raise httpx.ConnectError("refused")
        return httpx.Response(503, text="no endpoints")

    with sending(way_to(answer), {"read": read("a"), "page": page("/management/")}) as load:
        wait_until(lambda: bool(load.sent("read")) and bool(load.sent("page")), "answers to both", seconds=5)
    with pytest.raises(CheckFailedError, match="status 503: no endpoints") as failed:
        load.require_no_problem()
    assert "ConnectError: refused" in str(failed.value)
    assert load.acknowledged("read") == []


@pytest.mark.parametrize("text", ["<html>", "{}", "[]"])
def test_an_answer_that_is_not_what_the_service_says_is_a_failed_request(text: str) -> None:
    with sending(way_to(lambda _: httpx.Response(200, text=text)), {"put": put_anew("a")}) as load:
        wait_until(lambda: len(load.sent()) >= 2, "two answers", seconds=5)
    assert load.acknowledged("put") == []
    with pytest.raises(CheckFailedError, match="requests failed"):
        load.require_no_problem()


def test_a_load_whose_requests_get_no_answer_does_not_pass() -> None:
    is_held = threading.Event()

    def answer(_: httpx.Request) -> httpx.Response:
        is_held.wait(10)
        return httpx.Response(200)

    with sending(way_to(answer), {"read": read("a")}) as load:
        with pytest.raises(CheckFailedError, match="not one request was answered, of these kinds: read"):
            load.require_no_problem()
        is_held.set()


def test_failed_requests_that_are_allowed_are_counted() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(503 if request.method == "GET" else 200)

    with sending(way_to(answer), {"read": read("a"), "increment": increment("a")}) as load:
        wait_until(lambda: bool(load.sent("read")) and bool(load.sent("increment")), "answers to both", seconds=5)
    assert load.require_problems_only_if(lambda sent: sent.kind == "read") == len(load.sent("read"))
    with pytest.raises(CheckFailedError, match="requests failed"):
        load.require_problems_only_if(lambda sent: sent.kind == "increment")


def test_a_request_that_is_on_its_way_when_the_load_ends_is_accounted_for() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        time.sleep(0.3)
        return httpx.Response(500)

    with sending(way_to(answer), {"read": read("a")}) as load:
        pass
    assert load.require_problems_only_if(lambda _: True) == 1


@pytest.mark.parametrize(
    ("send", "expected"),
    [
        (read("a"), ("GET", "read.test", "/api/v1/counts/a")),
        (increment("a"), ("POST", "main.test", "/api/v1/counts/a/increment")),
        (put_anew("a"), ("PUT", "main.test", "/api/v1/counts/a-7")),
        (in_turn(increment("a"), put_anew("a")), ("PUT", "main.test", "/api/v1/counts/a-7")),
        (page("/analysis/"), ("GET", "main.test", "/analysis/")),
    ],
    ids=["read", "increment", "put", "in turn", "page"],
)
def test_requests_go_where_users_send_them(send: Send, expected: tuple[str, str, str]) -> None:
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.method, request.headers["Host"], request.url.path))
        return httpx.Response(200, json={"value": 7})

    assert send(way_to(answer), 7) is None
    assert seen == [expected]


def test_a_write_whose_answer_tells_the_old_value_is_not_acknowledged() -> None:
    assert put_anew("a")(way_to(value(6)), 7) == "the answer tells 6 instead of 7"


def test_a_dashboard_is_opened_again_and_again_and_a_refusal_is_a_failed_request() -> None:
    with server.serving() as there:
        with sending(server.way_to(there), {"dashboard": dashboard("a")}) as load:
            wait_until(lambda: len(load.sent()) >= 3, "three answers", seconds=10)
        load.require_no_problem()
        there.is_away = True
        with sending(server.way_to(there), {"dashboard": dashboard("a")}) as load:
            wait_until(lambda: len(load.sent()) >= 1, "an answer", seconds=10)
    with pytest.raises(CheckFailedError, match="GET /dashboard/events: status 503"):
        load.require_no_problem()
