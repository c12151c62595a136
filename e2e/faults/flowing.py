"""Events of changed counts, from the write service through Kafka to an open dashboard."""

from e2e.browser import browsing
from e2e.system import System

__all__ = ["FLOWING", "await_flowing"]

FLOWING = 90
"""Longest time until events flow again: clients of Kafka find it back after up to a minute."""

_COUNT = "e2e-flowing"


def await_flowing(system: System) -> float:
    """Opens a dashboard, and returns after how many seconds it shows a change.

    Raises:
        CheckFailedError: It shows none in time.
    """
    with browsing(system.ingress, _COUNT) as browser:
        return browser.wait_for_any(_COUNT, FLOWING)
