"""Events of changed counts, from the write service through Kafka to an open dashboard."""

from charts.topology import KAFKA
from e2e.browser import browsing
from e2e.check import Group
from e2e.system import System

__all__ = ["FLOWING", "await_flowing", "flowing_after"]

FLOWING = 90
"""Longest time until events flow again: clients of Kafka find it back after up to a minute."""

_COUNT = "e2e-flowing"


def flowing_after(group: Group, what: str) -> None:
    """Adds a check in the background: where a consumer of Kafka is lost, its place is kept for most of a minute.

    Args:
        group: The group.
        what: What a fault before it does, as the check's name says it.
    """
    look_at = (KAFKA.host, "count-write-service", "dashboard-update-service")
    group.check_each({what: None}, look_at=lambda _: look_at, background=True)(events_flow_again_after)


def events_flow_again_after(system: System, _: None) -> str:
    """An open dashboard shows changes again, without anyone's help."""
    return f"the first change is shown after {await_flowing(system):.0f} s"


def await_flowing(system: System) -> float:
    """Opens a dashboard, and returns after how many seconds it shows a change.

    Raises:
        CheckFailedError: It shows none in time.
    """
    with browsing(system.ingress, _COUNT) as browser:
        return browser.wait_for_any(_COUNT, FLOWING)
