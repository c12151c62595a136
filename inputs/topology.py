"""What the topology says to the settings: the names of its parts, and what holds where the settings are silent."""

from typing import Any

from cdk8s_backend import Resources

from charts.topology import SECRET_VARIABLES, STORAGE_CLASS, Topology
from inputs.names import KnownNames

__all__ = ["defaults_of", "names_of"]


def names_of(system: Topology) -> KnownNames:
    """The names of a system's parts, of which settings may speak."""
    return KnownNames(
        services={service.name: service.most_replicas for service in system.services},
        infrastructure=tuple(unit.name for unit in system.infrastructure),
        secrets=tuple(SECRET_VARIABLES),
    )


def defaults_of(system: Topology) -> dict[str, Any]:
    """What a system's parts get where the settings say nothing, in the form of a settings file."""
    resources = {service.name: service.resources for service in system.services}
    resources |= {unit.name: unit.resources for unit in system.infrastructure}
    return {
        "storage": {unit.name: {"size": unit.size, "storageClass": STORAGE_CLASS} for unit in system.infrastructure},
        "replicas": {service.name: service.replicas for service in system.services},
        "resources": {name: _amounts(each) for name, each in resources.items()},
    }


def _amounts(resources: Resources) -> dict[str, dict[str, str]]:
    """What of the resources a settings file speaks of."""
    return {
        "requests": {"cpu": resources.cpu_request, "memory": resources.memory_request},
        "limits": {"cpu": resources.cpu_limit, "memory": resources.memory_limit},
    }
