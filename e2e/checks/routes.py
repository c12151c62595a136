"""The routes of each service, asked for as someone outside does, through the Ingress and through the Gateway."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from charts.topology import POSTGRESQL, REDIS_REPLICA, REDIS_VALUE
from e2e.check import Group, expect
from e2e.errors import CheckFailedError
from e2e.events import listening
from e2e.soundness import until_none
from e2e.system import System, WayIn
from tests.support.processes import wait_until

__all__ = ["GROUP"]

GROUP = Group("Routes")

BOTH = {"Ingress": "Ingress", "Gateway": "Gateway"}
WRITE, READ = "count-write-service", "count-read-service"
MANAGEMENT, ANALYSIS = "count-management-service", "count-analysis-service"
PROVISION, UPDATE = "dashboard-provision-service", "dashboard-update-service"
COUNT = "/api/v1/counts/e2e-routes"
HTML, SCRIPT = "text/html", "javascript"


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of a web UI, and what must be answered.

    Args:
        path: The path.
        status: Status of the answer.
        media: A part of its `Content-Type`.
        leads_to: Path to which it redirects.
    """

    path: str
    status: int = 200
    media: str = HTML
    leads_to: str | None = None


def _pages(base: str, *, redirects: bool) -> tuple[Page, ...]:
    first = Page(path=base, status=301, leads_to=f"{base}/") if redirects else Page(path=base)
    return (first, Page(path=f"{base}/"), Page(path=f"{base}/index.js", media=SCRIPT))


def _ask_for(way: WayIn, pages: Sequence[Page]) -> str:
    for page in pages:
        what = f"GET {page.path}"
        answer = way.request("GET", page.path)
        expect(f"status of {what}", answer.status_code, page.status)
        if page.leads_to:
            expect(f"target of {what}", httpx.URL(answer.headers["Location"]).path, page.leads_to)
        elif page.media not in answer.headers.get("Content-Type", ""):
            raise CheckFailedError(f"{what}: Content-Type {answer.headers.get('Content-Type')!r} is not {page.media}")
    return f"{len(pages)} routes"


def _send(way: WayIn, requests: Sequence[tuple[str, str, dict[str, Any], int]], *, host: str | None = None) -> str:
    """Sends requests (method, path, options, status that must be answered) one after another."""
    for method, path, options, status in requests:
        answer = way.request(method, path, host=host, **options)
        expect(f"status of {method} {path} {options or ''}", answer.status_code, status)
    return f"{len(requests)} requests"


@GROUP.check_each(BOTH, look_at=lambda _: [WRITE])
def the_controller_has_the_routes(system: System, kind: str) -> None:
    """Soon after the deployment requests from outside reach the services."""
    way = system.way_in(kind)
    until_none(lambda: _unanswered(way), seconds=30)  # a controller takes up one route after another


def _unanswered(way: WayIn) -> list[str]:
    """The routes, one for each service, that are not served yet."""
    requests = (
        ("PUT", COUNT, way.main),
        ("GET", COUNT, way.read),
        *(("GET", f"{base}/", way.main) for base in ("/management", "/analysis", "/dashboard")),
    )
    found = [
        f"{method} {path}"
        for method, path, host in requests
        if not way.request(method, path, host=host, json={"value": 1} if method == "PUT" else None).is_success
    ]
    try:
        with listening(way, client="e2e-first"):
            return found
    except (CheckFailedError, httpx.HTTPError) as error:
        return [*found, f"the events: {error}"]


@GROUP.check_each(BOTH, look_at=lambda _: [WRITE, POSTGRESQL.host, REDIS_VALUE.host])
def the_write_service_changes_counts(system: System, kind: str) -> str:
    """Counts are set, raised and lowered, web pages of other origins may do so, and what is wrong is refused."""
    way = system.way_in(kind)
    done = _send(
        way,
        [
            ("PUT", COUNT, {"json": {"value": 10, "description": "by the suite"}}, 200),
            ("PUT", COUNT, {"json": {}}, 500),
            ("POST", f"{COUNT}/increment", {"json": {"amount": 5}}, 200),
            ("POST", f"{COUNT}/decrement", {"json": {"amount": 3}}, 200),
            ("POST", f"{COUNT}/increment", {"json": {}}, 500),
            ("POST", f"{COUNT}/increment", {"json": {"amount": 1.5}}, 500),
            ("POST", f"{COUNT}/decrement", {"content": "{", "headers": {"Content-Type": "application/json"}}, 400),
        ],
    )
    answer = way.request("POST", f"{COUNT}/increment", json={"amount": 1})
    changed = answer.json()
    expect("answer of the last change", (changed["id"], changed["value"]), ("e2e-routes", 13))
    expect("fields of that answer", {"id", "value", "updatedAt"} - changed.keys(), set())
    expect("Access-Control-Allow-Origin", answer.headers.get("Access-Control-Allow-Origin"), "*")
    asked = {"Origin": "http://elsewhere.test", "Access-Control-Request-Method": "PUT"}
    preflight = way.request("OPTIONS", COUNT, headers=asked)
    expect("whether OPTIONS succeeds, as a browser asks before a PUT", preflight.is_success, True)
    expect("whether it allows PUT", "PUT" in preflight.headers.get("Access-Control-Allow-Methods", ""), True)
    return done


@GROUP.check(look_at=[WRITE, POSTGRESQL.host, REDIS_VALUE.host])
def the_write_service_answers_reads_of_its_host(system: System) -> None:
    """An Ingress cannot tell a GET from a PUT, so on the main host the write service answers both."""
    system.ingress.write("e2e-routes", 21)
    expect("value", system.ingress.request("GET", COUNT).json()["value"], 21)
    _send(system.ingress, [("GET", f"{COUNT}-unknown", {}, 404)])


@GROUP.check_each(BOTH, look_at=lambda _: [READ, POSTGRESQL.host, REDIS_REPLICA.host])
def the_read_service_answers_reads(system: System, kind: str) -> str:
    """Reads reach the read service: through the Ingress on a host of its own, through the Gateway by their method."""
    way = system.way_in(kind)
    way.write("e2e-routes", 34)
    wait_until(lambda: way.value("e2e-routes") == 34, "the value is 34", seconds=5)
    answer = way.request("GET", COUNT, host=way.read).json()
    expect("fields of the answer", {"id", "value", "description", "createdAt", "updatedAt"} - answer.keys(), set())
    unknown = 500  # by which one knows the read service: the write service answers 404
    return _send(way, [("HEAD", COUNT, {}, 200), ("GET", f"{COUNT}-unknown", {}, unknown)], host=way.read)


@GROUP.check_each(BOTH, look_at=lambda _: [MANAGEMENT])
def the_pages_of_the_management_are_served(system: System, kind: str) -> str:
    """The management's pages and their scripts arrive under the paths that they name."""
    pages = (*_pages("/management", redirects=False), Page(path="/management/counts/1"))
    return _ask_for(system.way_in(kind), pages)


@GROUP.check_each(BOTH, look_at=lambda _: [ANALYSIS])
def the_pages_of_the_analysis_are_served(system: System, kind: str) -> str:
    """The analysis' pages and their scripts arrive under the paths that they name."""
    return _ask_for(system.way_in(kind), _pages("/analysis", redirects=True))


@GROUP.check_each(BOTH, look_at=lambda _: [PROVISION])
def the_pages_of_the_dashboard_are_served(system: System, kind: str) -> str:
    """The dashboard's pages and their scripts arrive under the paths that they name."""
    return _ask_for(system.way_in(kind), _pages("/dashboard", redirects=True))


@GROUP.check_each(BOTH, look_at=lambda _: [UPDATE])
def the_events_of_the_dashboard_are_a_stream(system: System, kind: str) -> None:
    """Below the dashboard's pages, its events come from the update service, the first one at once."""
    with listening(system.way_in(kind), client=f"e2e-routes-{kind}") as stream:
        event = stream.next(10)
    expect("name of the first event", event.name if event else None, "connected")
