"""Services while their pods are replaced: requests that go on, and a dashboard that stays open."""

import time
from collections.abc import Sequence

from charts.topology import KAFKA, SERVICES
from e2e.browser import Gap, browsing
from e2e.check import Group
from e2e.errors import CheckFailedError
from e2e.load import PAGES, dashboard, in_turn, increment, put_anew, read, sending
from e2e.rolling import Replace, await_replaced, await_successor, evict, restart, update
from e2e.system import System

__all__ = ["GROUP"]

GROUP = Group("All pods of the services are replaced, three times")

CONSUMER = "dashboard-update-service"
OTHERS = tuple(service.name for service in SERVICES if service.name != CONSUMER)
ROUNDS = 3
STILL = "e2e-available"
"""A count that is only read."""

SHOWN = "e2e-shown"
"""A count whose changes the dashboard must show."""

_RECONNECTED = 5
"""Longest time without a stream of events, in seconds."""

_SILENT = 55
"""Longest time without events, in seconds. Kafka keeps the place of a consumer that is gone for some time; where it has
its whole grace period to go, 61 go by, and with what the manifests do about it 43 to 47."""

_NOTABLE = 5
"""Time without events from which on it is told, in seconds; counts change several times a second."""

_GIVEN_UP = 150
"""Seconds without events after which none are waited for."""


@GROUP.check_each(
    {"kubectl rollout restart": restart, "an update": update, "the drain of a node": evict},
    look_at=lambda _: [CONSUMER, *OTHERS, KAFKA.host],
)
def users_go_on_working(system: System, replace: Replace) -> str:
    """No request fails, and an open dashboard is connected again within 5 s and shows no change for at most 55 s."""
    # A round waits for the one before: Kafka keeps the places of several consumers that are gone one after the other.
    system.ingress.write(STILL, 1)
    # Writes come one after the other: a second connection to a service would be idle until the service closes it, and
    # with it maybe the request that the proxy is just about to send on it.
    writes = in_turn(increment("e2e-rolled"), put_anew("e2e-rolled"))
    kinds = {"read": read(STILL), "write": writes, **PAGES}
    if replace is not evict:  # the only pod of a service that is evicted may be away for new requests
        kinds["dashboard"] = dashboard(f"e2e-new-{replace.__name__}")
    with (
        sending(system.ingress, kinds) as load,
        browsing(system.ingress, f"e2e-{replace.__name__}") as browser,
    ):
        browser.wait_for_any(SHOWN, _GIVEN_UP)
        rounds = []
        for number in range(1, ROUNDS + 1):
            rounds.append(_replace_all(system, replace, number))
            browser.wait_for_any(SHOWN, _GIVEN_UP)
    requests = load.require_no_problem()
    silences = [seconds for seconds in browser.silences() if seconds > _NOTABLE]
    times = ", ".join(f"{seconds:.0f} s" for seconds in rounds)
    return f"rounds of {times}; {requests}; {judge(browser.gaps, silences)}"


def _replace_all(system: System, replace: Replace, number: int) -> float:
    """Replaces all pods, those of the other services while the consumer's old one ends and its place is kept by Kafka.

    Returns:
        How many seconds that took.
    """
    began = time.monotonic()
    before = [pod["metadata"]["uid"] for name in (CONSUMER, *OTHERS) for pod in system.pods(name)]
    replace(system, [CONSUMER], number)
    await_successor(system, CONSUMER, before)
    replace(system, OTHERS, number)
    await_replaced(system, [CONSUMER, *OTHERS], before)
    return time.monotonic() - began


def judge(gaps: Sequence[Gap], silences: Sequence[float]) -> str:
    """Says how long the dashboard was without a stream, and how long it showed no change though there were some.

    Raises:
        CheckFailedError: It was for too long, or a browser would have stayed without a stream.
    """
    connected = ", ".join(f"{gap.seconds:.1f} s ({len(gap.refused)} tries refused)" for gap in gaps)
    silent = ", ".join(f"{seconds:.0f} s" for seconds in silences)
    remark = f"the dashboard's stream ended {len(gaps)} times, connected again after {connected or '-'}"
    remark += f"; it showed no change for {silent or '-'}"
    if answers := [answer for gap in gaps for answer in gap.answers]:
        raise CheckFailedError(f"{remark}; a browser does not ask again after: {', '.join(answers)}")
    if any(gap.seconds > _RECONNECTED for gap in gaps) or any(seconds > _SILENT for seconds in silences):
        raise CheckFailedError(remark)
    return remark
