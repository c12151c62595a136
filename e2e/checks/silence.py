"""Streams of events that are silent for more than a minute, while other checks run, which therefore write no count."""

import time

from charts.topology import KAFKA
from e2e.check import Group, expect
from e2e.errors import CheckFailedError
from e2e.events import listening
from e2e.system import System

__all__ = ["GROUP"]

GROUP = Group("Server-sent events")

SILENCE = 65
"""Seconds; proxies end what is silent for 60 unless they are told otherwise."""


@GROUP.check_each(
    {"Ingress": "Ingress", "Gateway": "Gateway"},
    look_at=lambda _: ["dashboard-update-service", KAFKA.host],
    background=True,
)
def an_open_dashboard_outlives_a_minute_of_silence(system: System, kind: str) -> str:
    """A dashboard on which nothing happens for a while still shows the next change."""
    way, count = system.way_in(kind), f"e2e-silence-{kind.lower()}"
    with listening(way, client=count) as stream:
        expect("first event", getattr(stream.next(10), "name", None), "connected")
        early = stream.next(SILENCE)
        if early and early.seconds < SILENCE - 2:  # later ones are of the other stream, at its end
            raise CheckFailedError(f"no silence: after {early.seconds:.0f} s came {early.name} {early.data}")
        silent = stream.seconds
        began = time.monotonic()
        way.write(count, 1)
        stream.wait_for(count, 15)
    return f"an event {1000 * (time.monotonic() - began):.0f} ms after a change, after {silent:.0f} s of silence"
