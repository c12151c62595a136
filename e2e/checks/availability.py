"""Services while their pods are replaced: requests that go on, and a dashboard that stays open."""

import time

from charts.topology import KAFKA, SERVICES
from e2e.browser import Browser, browsing
from e2e.check import Group
from e2e.errors import CheckFailedError
from e2e.load import PAGES, increment, put_anew, read, sending
from e2e.rolling import Replace, await_replaced, evict, restart, update
from e2e.system import System

__all__ = ["GROUP"]

GROUP = Group("All pods of the services are replaced, three times")

NAMES = tuple(service.name for service in SERVICES)
ROUNDS = 3
STILL = "e2e-available"
"""A count that is only read."""

_RECONNECTED = 5
"""Longest time without a stream of events, in seconds."""

_SILENT = 61
"""Longest time without events, in seconds: for so long Kafka keeps the place of the consumer that is gone."""


@GROUP.check_each(
    {"kubectl rollout restart": restart, "an update": update, "the drain of a node": evict},
    look_at=lambda _: [*NAMES, KAFKA.host],
)
def users_go_on_working(system: System, replace: Replace) -> str:
    """No request fails, and an open dashboard is connected again within 5 s and shows changes again within 61 s."""
    system.ingress.write(STILL, 1)
    kinds = {"read": read(STILL), "increment": increment("e2e-rolled"), "put": put_anew("e2e-rolled"), **PAGES}
    with (
        sending(system.ingress, kinds) as load,
        browsing(system.ingress, f"e2e-{replace.__name__}") as browser,
    ):
        rounds = [_replace_all(system, replace, number) for number in range(1, ROUNDS + 1)]
        browser.wait_for_any("e2e-shown", _SILENT)
    requests = load.require_no_problem()
    times = ", ".join(f"{seconds:.0f} s" for seconds in rounds)
    return f"rounds of {times}; {requests}; {_judge(browser)}"


def _replace_all(system: System, replace: Replace, number: int) -> float:
    """Replaces all pods, and returns how many seconds that took."""
    began = time.monotonic()
    before = [pod["metadata"]["uid"] for name in NAMES for pod in system.pods(name)]
    replace(system, NAMES, number)
    await_replaced(system, NAMES, before)
    return time.monotonic() - began


def _judge(browser: Browser) -> str:
    """Says how long the dashboard was without stream and without events.

    Raises:
        CheckFailedError: It was for too long.
    """
    gaps = [(gap.seconds, browser.silence_after(gap), len(gap.refused)) for gap in browser.gaps]
    lines = [
        f"connected again after {without:.1f} s ({refused} tries were refused), shown again after {silent:.0f} s"
        for without, silent, refused in gaps
    ]
    remark = f"dashboard: {', '.join(lines) or 'connected all the time'}"
    if any(without > _RECONNECTED or silent > _SILENT for without, silent, _ in gaps):
        raise CheckFailedError(remark)
    return remark
