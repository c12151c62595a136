"""The parts of the suite, which `--part` chooses; `all` is all of them, in this order."""

from e2e.check import Part
from e2e.checks import caches, connectors, contract, databases, messages, network, routes, silence

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
        contract.GROUP,
        network.GROUP,
    ),
)

PARTS = (SMOKE,)
