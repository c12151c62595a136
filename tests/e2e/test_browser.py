"""A browser whose stream of events ends, against a server of the test's own."""

import time
from collections.abc import Iterator

import pytest

from e2e.browser import browsing
from e2e.errors import CheckFailedError
from tests.e2e.dashboard import Dashboard, serving, way_to
from tests.support.processes import wait_until


@pytest.fixture
def dashboard() -> Iterator[Dashboard]:
    with serving() as server:
        yield server


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
    (gap,) = browser.gaps
    assert set(gap.answers) == {"GET /dashboard/events: status 503"}
    assert len(gap.answers) == len(gap.refused) > 0


def test_a_connection_that_is_closed_without_a_word_is_no_answer(dashboard: Dashboard) -> None:
    with browsing(way_to(dashboard), "client") as browser:
        dashboard.is_silent = True
        dashboard.end_streams()
        time.sleep(1)
        dashboard.is_silent = False
        wait_until(lambda: bool(browser.gaps), "the stream is open again", seconds=10)
    (gap,) = browser.gaps
    assert (gap.answers, len(gap.refused) > 0) == ([], True)


def test_a_dashboard_that_never_opens_is_told(dashboard: Dashboard) -> None:
    dashboard.is_away = True
    with (
        pytest.raises(CheckFailedError, match="no stream of events is open after 1 s"),
        browsing(way_to(dashboard), "client", seconds=1),
    ):
        pass
