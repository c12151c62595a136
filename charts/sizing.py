"""What a part gets: the topology's defaults, or what the settings say."""

from cdk8s_backend import HorizontalPodAutoscaler, InvalidValueError, Resources, Storage

from charts.topology import STORAGE_CLASS, InfrastructureUnit, ServiceUnit, backup_name
from inputs.settings import DEFAULT, BackupSettings, Settings

__all__ = [
    "autoscaler_of",
    "backup_storage",
    "image_of",
    "java_heap",
    "replicas_of",
    "resources_of",
    "storage_of",
]


def resources_of(unit: InfrastructureUnit | ServiceUnit, settings: Settings) -> Resources:
    """Requests and limits of a part; those that the settings call `default` are for services."""
    default = settings.resources.get(DEFAULT) if isinstance(unit, ServiceUnit) else None
    chosen = settings.resources.get(unit.name, default)
    return chosen.resources() if chosen else unit.resources


def storage_of(unit: InfrastructureUnit, settings: Settings) -> Storage:
    """The disk of a part: what the settings leave out for it is that of their `default`, then the topology's."""
    chosen = [settings.storage[name] for name in (unit.name, DEFAULT) if name in settings.storage]
    size = next((each.size for each in chosen if each.size), unit.size)
    storage_class = next((each.storage_class for each in chosen if each.storage_class), STORAGE_CLASS)
    return Storage(claim=unit.claim, size=size, storage_class=storage_class)


def backup_storage(database: str, backups: BackupSettings, settings: Settings) -> Storage:
    """The disk of a database's backups; without a class of its own it has that of the settings' `default`."""
    default = settings.storage.get(DEFAULT)
    storage_class = backups.storage_class or (default and default.storage_class) or STORAGE_CLASS
    return Storage(claim=f"{backup_name(database)}-data", size=backups.size, storage_class=storage_class)


def replicas_of(service: ServiceUnit, settings: Settings) -> int:
    """The number of a service's pods; the settings' `default` goes as far as the service works."""
    default = settings.replicas.get(DEFAULT, service.replicas)
    return settings.replicas.get(service.name, min(default, service.most_replicas or default))


def autoscaler_of(service: ServiceUnit, settings: Settings) -> HorizontalPodAutoscaler | None:
    """What sets the number of a service's pods in place of `replicas_of`; None where that holds."""
    chosen = settings.autoscaling_of(service.name, service.most_replicas)
    if chosen is None:
        return None
    return HorizontalPodAutoscaler(
        min_replicas=chosen.min_replicas,
        max_replicas=chosen.max_replicas,
        target_cpu_utilization=chosen.target_cpu_utilization,
    )


def image_of(unit: InfrastructureUnit, settings: Settings) -> str:
    """The image of a part of the infrastructure, with its digest if the settings have one."""
    return settings.pinned(unit.name, unit.image)


def java_heap(resources: Resources) -> str:
    """Half of the memory limit, in MiB: the rest is for Java's own needs and the file cache.

    Raises:
        InvalidValueError: The half is less than Java needs to start.
    """
    heap = resources.memory_limit_bytes // 2 >> 20
    if heap < _LEAST_HEAP:
        raise InvalidValueError(
            f"memory limit {resources.memory_limit} leaves Java a heap of {heap} MiB; use at least {2 * _LEAST_HEAP}Mi"
        )
    return f"{heap}m"


_LEAST_HEAP = 64
