"""Values that constructs take: amounts, probes, and references to what other objects hold."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from cdk8s_backend.errors import InvalidValueError
from cdk8s_backend.names import validate_dns_label, validate_dns_subdomain, validate_key, validate_service_name

__all__ = [
    "ConfigKey",
    "Endpoint",
    "EnvironmentValue",
    "ImagePullPolicy",
    "Probe",
    "Probes",
    "Resources",
    "SecretKey",
    "Storage",
    "User",
    "exec_probe",
    "http_probe",
    "parse_quantity",
    "tcp_probe",
    "validate_port",
]

ImagePullPolicy: TypeAlias = Literal["Always", "IfNotPresent", "Never"]

_QUANTITY = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?P<unit>m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?")
_UNITS = {"": Decimal(1), "m": Decimal("0.001")}
_UNITS |= {unit: Decimal(1000) ** power for power, unit in enumerate("kMGTPE", start=1)}
_UNITS |= {f"{unit.upper()}i": Decimal(1024) ** power for power, unit in enumerate("kMGTPE", start=1)}
_MOST_ID = 2**31 - 1


def parse_quantity(text: str) -> Decimal:
    """The amount that a Kubernetes quantity stands for.

    Args:
        text: A number with an optional unit: `m`, `k` to `E` (powers of 1000), `Ki` to `Ei` (powers of 1024).

    Raises:
        InvalidValueError: The text is no such quantity.
    """
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise InvalidValueError(f"{text!r} is no Kubernetes quantity; write a number and a unit, like 500m, 2 or 256Mi")
    return Decimal(match["number"]) * _UNITS[match["unit"] or ""]


def validate_port(port: int, what: str = "port") -> int:
    """Returns the port if it is one.

    Raises:
        InvalidValueError: It is not between 1 and 65535.
    """
    if not 1 <= port <= 65535:
        raise InvalidValueError(f"{what} {port} is out of range; use 1 to 65535")
    return port


@dataclass(frozen=True, kw_only=True)
class Resources:
    """What a container is guaranteed and what it may use (specification rule 12; `Container.resources`).

    Args:
        cpu_request: Guaranteed CPU, like `100m`.
        memory_request: Guaranteed memory, like `256Mi`.
        cpu_limit: CPU it may use.
        memory_limit: Memory it may use before it is killed.
        ephemeral_storage_request: Guaranteed disk of the node, for the container's log and scratch directories.
            Default 64Mi: what the kubelet keeps of a log unless it is told otherwise (five files of 10 MiB).
        ephemeral_storage_limit: Disk of the node that it may use before its pod is evicted. Default 1Gi: a log of
            which the node keeps ten times as much still fits.

    Raises:
        InvalidValueError: A quantity is malformed or zero, or a request is above its limit.
    """

    cpu_request: str
    memory_request: str
    cpu_limit: str
    memory_limit: str
    ephemeral_storage_request: str = "64Mi"
    ephemeral_storage_limit: str = "1Gi"

    def __post_init__(self) -> None:
        for name in ("cpu", "memory", "ephemeral_storage"):
            request, limit = getattr(self, f"{name}_request"), getattr(self, f"{name}_limit")
            if not 0 < parse_quantity(request) <= parse_quantity(limit):
                raise InvalidValueError(
                    f"{name} request {request} must be above zero and not above the {name} limit {limit}"
                )

    @property
    def memory_limit_bytes(self) -> int:
        """The memory limit in bytes."""
        return int(parse_quantity(self.memory_limit))

    def manifest(self) -> dict[str, Any]:
        """The value of `Container.resources`."""
        return {
            "requests": {
                "cpu": self.cpu_request,
                "memory": self.memory_request,
                "ephemeral-storage": self.ephemeral_storage_request,
            },
            "limits": {
                "cpu": self.cpu_limit,
                "memory": self.memory_limit,
                "ephemeral-storage": self.ephemeral_storage_limit,
            },
        }


@dataclass(frozen=True, kw_only=True)
class Storage:
    """The disk of one pod (specification rules 3 and 7).

    Args:
        claim: Name of the claim template of a StatefulSet, or of the claim itself of a Deployment.
        size: Requested size, like `10Gi`.
        storage_class: Name of the StorageClass; empty for volumes that belong to none.
        access_modes: `PersistentVolumeClaim.spec.accessModes`; default ReadWriteOnce, as one pod writes.

    Raises:
        InvalidValueError: The size is no quantity or zero, the claim's name is no DNS label, or the StorageClass' name
            no DNS subdomain.
    """

    claim: str
    size: str
    storage_class: str
    access_modes: tuple[str, ...] = ("ReadWriteOnce",)

    def __post_init__(self) -> None:
        validate_dns_label(self.claim, "claim")
        if self.storage_class:
            validate_dns_subdomain(self.storage_class, "storage class")
        if parse_quantity(self.size) <= 0:
            raise InvalidValueError(f"size {self.size} of claim {self.claim} must be above zero")

    def spec(self) -> dict[str, Any]:
        """The value of `PersistentVolumeClaim.spec`."""
        return {
            "accessModes": list(self.access_modes),
            "resources": {"requests": {"storage": self.size}},
            "storageClassName": self.storage_class,
        }


@dataclass(frozen=True, kw_only=True)
class User:
    """The numeric user and group of a container's processes (`PodSecurityContext`); 0 is root, which is refused.

    Raises:
        InvalidValueError: The user is root, or a number is negative or above 2147483647.
    """

    uid: int
    gid: int

    def __post_init__(self) -> None:
        if self.uid == 0:
            raise InvalidValueError("user 0 is root; Pod Security 'restricted' wants another user id")
        for what, number in (("user", self.uid), ("group", self.gid)):
            if not 0 <= number <= _MOST_ID:
                raise InvalidValueError(f"{what} {number} is out of range; use a number up to {_MOST_ID}")


@dataclass(frozen=True)
class Endpoint:
    """Where a Service answers inside the cluster.

    Args:
        host: Name of the Service.
        port: Port of the Service.

    Raises:
        InvalidValueError: The host is no name of a Service (RFC 1035), or the port is out of range.
    """

    host: str
    port: int

    def __post_init__(self) -> None:
        validate_service_name(self.host, "host")
        validate_port(self.port)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def url(self, scheme: str, path: str = "") -> str:
        """The endpoint as a URL, like `redis://redis-value:6379`."""
        return f"{scheme}://{self}{path}"


@dataclass(frozen=True)
class ConfigKey:
    """A key of a ConfigMap.

    Args:
        config_map: Name of the ConfigMap.
        key: The key.
        value: Its value, where the ConfigMap is made in the same program: pods that read it then roll when it changes.

    Raises:
        InvalidValueError: The name or the key is none that Kubernetes takes.
    """

    config_map: str
    key: str
    value: str | None = None

    def __post_init__(self) -> None:
        validate_dns_subdomain(self.config_map, "ConfigMap")
        validate_key(self.key, f"ConfigMap {self.config_map}: key")

    def source(self) -> dict[str, Any]:
        """The value of `EnvVar.valueFrom`."""
        return {"configMapKeyRef": {"name": self.config_map, "key": self.key}}


@dataclass(frozen=True)
class SecretKey:
    """A key of a Secret.

    Args:
        secret: Name of the Secret.
        key: The key.

    Raises:
        InvalidValueError: The name or the key is none that Kubernetes takes.
    """

    secret: str
    key: str

    def __post_init__(self) -> None:
        validate_dns_subdomain(self.secret, "Secret")
        validate_key(self.key, f"Secret {self.secret}: key")

    def source(self) -> dict[str, Any]:
        """The value of `EnvVar.valueFrom`."""
        return {"secretKeyRef": {"name": self.secret, "key": self.key}}


EnvironmentValue: TypeAlias = ConfigKey | SecretKey | str
"""The value of an environment variable: a reference, or literal text."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A check of a container (`Container.startupProbe`, `readinessProbe`, `livenessProbe`).

    Args:
        action: The handler, like `{"httpGet": {...}}`; `http_probe`, `tcp_probe` and `exec_probe` make one.
        initial_delay_seconds: Seconds from the container's start to the first check. Default 0.
        period_seconds: Seconds between checks. Default 10.
        timeout_seconds: Seconds until a check without an answer has failed. Default 3.
        failure_threshold: Failures in a row that count. Default 3.

    Raises:
        InvalidValueError: A number is out of Kubernetes' range.
    """

    action: Mapping[str, Any] = field(hash=False)
    initial_delay_seconds: int = 0
    period_seconds: int = 10
    timeout_seconds: int = 3
    failure_threshold: int = 3

    def __post_init__(self) -> None:
        least = {"initial_delay_seconds": 0, "period_seconds": 1, "timeout_seconds": 1, "failure_threshold": 1}
        for name, minimum in least.items():
            if getattr(self, name) < minimum:
                raise InvalidValueError(f"{name} {getattr(self, name)} of a probe must be at least {minimum}")

    @property
    def budget_seconds(self) -> int:
        """From its begin until it gives up: how long the container may take to pass it."""
        return self.initial_delay_seconds + self.period_seconds * self.failure_threshold

    def manifest(self) -> dict[str, Any]:
        """The value of a container's probe field."""
        return {
            **self.action,
            "initialDelaySeconds": self.initial_delay_seconds,
            "periodSeconds": self.period_seconds,
            "timeoutSeconds": self.timeout_seconds,
            "failureThreshold": self.failure_threshold,
        }


def http_probe(path: str, port: int, **timing: int) -> Probe:
    """A probe that passes when GET `path` answers 200 to 399; `timing` are the seconds and threshold of `Probe`."""
    return Probe(action={"httpGet": {"path": path, "port": validate_port(port)}}, **timing)


def tcp_probe(port: int, **timing: int) -> Probe:
    """A probe that passes when the port accepts a connection; `timing` as in `Probe`."""
    return Probe(action={"tcpSocket": {"port": validate_port(port)}}, **timing)


def exec_probe(command: Sequence[str], **timing: int) -> Probe:
    """A probe that passes when the command exits 0 inside the container; `timing` as in `Probe`."""
    return Probe(action={"exec": {"command": list(command)}}, **timing)


@dataclass(frozen=True, kw_only=True)
class Probes:
    """The three checks of a container.

    Args:
        startup: Holds the other two back until it has passed once; its budget is the longest start.
        readiness: Whether the pod receives traffic.
        liveness: Whether the container is killed and started again.
    """

    startup: Probe
    readiness: Probe
    liveness: Probe

    @property
    def longest_start_seconds(self) -> int:
        """How long a container may take from its start until it is ready."""
        return self.startup.budget_seconds + self.readiness.budget_seconds

    def manifest(self) -> dict[str, Any]:
        """The probe fields of a container."""
        return {
            "startupProbe": self.startup.manifest(),
            "readinessProbe": self.readiness.manifest(),
            "livenessProbe": self.liveness.manifest(),
        }
