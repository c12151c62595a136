"""The parts of the suite, which `--part` chooses; `all` is all of them, in this order."""

from e2e.check import Part
from e2e.checks import availability, caches, connectors, contract, databases, messages, network, routes, silence
from e2e.faults import backups, node, pods
from e2e.faults import databases as database_faults
from e2e.faults import messages as message_faults

__all__ = ["PARTS"]

SMOKE = Part(
    name="smoke",
    title="Use without faults",
    groups=(
        routes.GROUP,
        connectors.GROUP,
        silence.GROUP,  # in the background; what follows writes no count
        databases.GROUP,
        caches.GROUP,
        messages.GROUP,
        network.GROUP,
    ),
)

CONTRACT = Part(name="contract", title="What only stand-ins of the services tell", groups=(contract.GROUP,))

AVAILABILITY = Part(name="availability", title="Restarts, updates and drains", groups=(availability.GROUP,))

FAULTS = Part(
    name="faults",
    title="Faults",
    groups=(
        message_faults.APART,
        pods.GROUP,
        database_faults.GROUP,
        pods.INFRASTRUCTURE_GROUP,
        message_faults.TOGETHER,
        node.GROUP,
        backups.GROUP,
    ),
)

PARTS = (SMOKE, CONTRACT, AVAILABILITY, FAULTS)
