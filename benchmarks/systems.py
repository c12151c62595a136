"""Systems of any size: the Count system, and further services that are all alike."""

from charts.topology import CACHE, COUNT_INFO, SERVICES, VALUES, ServiceUnit, Topology

__all__ = ["system_with"]


def system_with(services: int) -> Topology:
    """The Count system with as many services in all, of which it has six."""
    further = (
        ServiceUnit(name=f"service-{port}", port=port, database=COUNT_INFO, redis=(VALUES, CACHE), paths=(f"/{port}",))
        for port in range(4000, 4000 + services - len(SERVICES))
    )
    return Topology(services=(*SERVICES, *further))
