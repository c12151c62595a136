"""What the topic of changed counts holds."""

import json

from charts.topology import COUNT_UPDATES
from e2e.clients import consume
from e2e.errors import CheckFailedError
from e2e.system import System

__all__ = ["require_published"]


def require_published(system: System, count: str, value: int) -> None:
    """Looks for a change among all messages of the topic.

    Raises:
        CheckFailedError: It is not there.
    """
    events = [json.loads(line) for line in consume(system, COUNT_UPDATES)]
    if not any(event["countId"] == count and event["value"] == value for event in events):
        raise CheckFailedError(f"the change of {count} to {value} is not among the {len(events)} messages of the topic")
