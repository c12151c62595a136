"""What a part gets: the topology's defaults, or what the settings say."""

from cdk8s_backend import Resources, Storage

from charts.topology import InfrastructureUnit, ServiceUnit
from inputs.settings import Settings

__all__ = ["java_heap", "replicas_of", "resources_of", "storage_of"]


def resources_of(unit: InfrastructureUnit | ServiceUnit, settings: Settings) -> Resources:
    """Requests and limits of a part."""
    chosen = settings.resources.get(unit.name)
    return chosen.resources() if chosen else unit.resources


def storage_of(unit: InfrastructureUnit, settings: Settings) -> Storage:
    """The disk of a part."""
    size = settings.storage_sizes.get(unit.name, unit.size)
    return Storage(claim=unit.claim, size=size, storage_class=settings.storage_class)


def replicas_of(service: ServiceUnit, settings: Settings) -> int:
    """The number of a service's pods."""
    return settings.replicas.get(service.name, service.replicas)


def java_heap(resources: Resources) -> str:
    """Half of the memory limit, in MiB: the rest is for Java's own needs and the file cache."""
    return f"{resources.memory_limit_bytes // 2 >> 20}m"
