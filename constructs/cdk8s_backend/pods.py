"""Pods under the Pod Security Standard "restricted": every workload of this library is made of these parts."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cdk8s_backend.directories import ConfigFiles, Directory, Scratch, mounts_and_volumes
from cdk8s_backend.errors import InvalidValueError
from cdk8s_backend.names import validate_dns_label, validate_dns_subdomain, validate_port_name, validate_variable
from cdk8s_backend.values import (
    ConfigKey,
    EnvironmentValue,
    ImagePullPolicy,
    Probes,
    Resources,
    User,
    parse_quantity,
    validate_port,
)

__all__ = ["InitProgram", "Program", "pod_template"]

_DATA_VOLUME = "data"


@dataclass(frozen=True, kw_only=True)
class InitProgram:
    """What runs to its end, in the pod's image, before the program starts (`PodSpec.initContainers`).

    Args:
        name: Name of the container.
        command: Program and arguments.
        args: Further arguments.
        env: Environment variables.

    Raises:
        InvalidValueError: The name, or the name of a variable, is none that Kubernetes takes.
    """

    name: str
    command: Sequence[str]
    args: Sequence[str] = ()
    env: Mapping[str, EnvironmentValue] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        validate_dns_label(self.name)
        for variable in self.env:
            validate_variable(variable)


@dataclass(frozen=True, kw_only=True)
class Program:
    """A container image and what it needs to run with a read-only root and no privileges.

    Args:
        image: The image.
        user: Numeric user and group.
        ports: Port name to number.
        probes: The three probes; None for what runs to its end.
        command: Replaces the image's entrypoint. Default: kept.
        args: Arguments. Default: the image's.
        env: Environment variables.
        env_from: ConfigMaps whose keys all become environment variables, over which `env` goes.
        directories: What is mounted.
        prepare: What runs before it, in order.
        grace_period_seconds: Seconds from SIGTERM to SIGKILL. Default 30.
        drain_seconds: Seconds that a pod goes on answering before SIGTERM, while proxies learn that it ends. Default 0.
        share_process_namespace: Whether the pod's first process is Kubernetes' own, so that a program that ignores
            SIGTERM as process 1 ends on it. Default no.

    Raises:
        InvalidValueError: The image is empty, the name of a port, variable or ConfigMap is none that Kubernetes takes,
            a port is out of range or there twice, a time is out of range, or draining takes the whole grace period.
    """

    image: str
    user: User
    ports: Mapping[str, int] = field(default_factory=dict, hash=False)
    probes: Probes | None = None
    command: Sequence[str] = ()
    args: Sequence[str] = ()
    env: Mapping[str, EnvironmentValue] = field(default_factory=dict, hash=False)
    env_from: Sequence[str] = ()
    directories: Sequence[Directory] = ()
    prepare: Sequence[InitProgram] = ()
    grace_period_seconds: int = 30
    drain_seconds: int = 0
    share_process_namespace: bool = False

    def __post_init__(self) -> None:
        if not self.image or self.image != self.image.strip():
            raise InvalidValueError(f"image {self.image!r} must be a name, without blanks around it")
        for name, port in self.ports.items():
            validate_port_name(name)
            validate_port(port, f"port {name}")
        if len(set(self.ports.values())) < len(self.ports):
            raise InvalidValueError(f"ports {dict(self.ports)} must all have numbers of their own")
        for variable in self.env:
            validate_variable(variable)
        for config_map in self.env_from:
            validate_dns_subdomain(config_map, "ConfigMap")
        if self.grace_period_seconds < 1:
            raise InvalidValueError(f"grace_period_seconds {self.grace_period_seconds} must be at least 1")
        if self.drain_seconds < 0:
            raise InvalidValueError(f"drain_seconds {self.drain_seconds} must not be negative")
        if self.drain_seconds >= self.grace_period_seconds:
            raise InvalidValueError(
                f"draining for {self.drain_seconds} s leaves nothing of a grace period of {self.grace_period_seconds} s"
            )

    @property
    def port(self) -> int:
        """The first port.

        Raises:
            InvalidValueError: There is none.
        """
        if not self.ports:
            raise InvalidValueError(f"the program of image {self.image} has no port; give it one in `ports`")
        return next(iter(self.ports.values()))


def pod_template(
    *,
    name: str,
    program: Program,
    resources: Resources,
    image_pull_policy: ImagePullPolicy,
    labels: Mapping[str, str],
    data_claim: str | None = None,
    data_volume: str = _DATA_VOLUME,
    restart_policy: str | None = None,
    affinity: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The pod template of a workload (`PodTemplateSpec`).

    Args:
        name: Name of the container.
        program: What runs.
        resources: Requests and limits of every container in the pod.
        image_pull_policy: When the image is pulled.
        labels: Labels of the pods.
        data_claim: The claim behind `Data` directories; None where a claim template of this name provides it.
        data_volume: Name of the volume behind `Data` directories.
        restart_policy: `PodSpec.restartPolicy`; default Kubernetes' own, Always.
        affinity: `PodSpec.affinity`. Default none.

    Raises:
        InvalidValueError: The name is no DNS label, or two containers have one name, or two directories one path, or
            the scratch directories may hold more than the pod may.
    """
    validate_dns_label(name)
    names = [name, *(init.name for init in program.prepare)]
    for twice in names:
        if names.count(twice) > 1:
            raise InvalidValueError(f"two containers of {name} are called {twice}; give each a name of its own")
    _require_room(name, program.directories, resources)
    checksum = _config_checksum(program)
    mounts, volumes = mounts_and_volumes(program.directories, data_volume)
    if data_claim is not None:
        volumes.append({"name": data_volume, "persistentVolumeClaim": {"claimName": data_claim}})
    common = {
        "image": program.image,
        "imagePullPolicy": image_pull_policy,
        "resources": resources.manifest(),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
    }
    container = {
        "name": name,
        **common,
        **({"command": list(program.command)} if program.command else {}),
        **({"args": list(program.args)} if program.args else {}),
        **({"envFrom": [{"configMapRef": {"name": each}} for each in program.env_from]} if program.env_from else {}),
        **_environment(program.env),
        **(
            {"ports": [{"name": port, "containerPort": number} for port, number in program.ports.items()]}
            if program.ports
            else {}
        ),
        **(program.probes.manifest() if program.probes else {}),
        **(
            {"lifecycle": {"preStop": {"exec": {"command": ["sleep", str(program.drain_seconds)]}}}}
            if program.drain_seconds
            else {}
        ),
        **({"volumeMounts": mounts} if mounts else {}),
    }
    init_containers = [
        {
            "name": init.name,
            **common,
            "command": list(init.command),
            **({"args": list(init.args)} if init.args else {}),
            **_environment(init.env),
        }
        for init in program.prepare
    ]
    return {
        "metadata": {
            "labels": dict(labels),
            **({"annotations": {"checksum/config": checksum}} if checksum else {}),
        },
        "spec": {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            **({"restartPolicy": restart_policy} if restart_policy else {}),
            "terminationGracePeriodSeconds": program.grace_period_seconds,
            **({"shareProcessNamespace": True} if program.share_process_namespace else {}),
            **({"affinity": dict(affinity)} if affinity else {}),
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": program.user.uid,
                "runAsGroup": program.user.gid,
                "fsGroup": program.user.gid,
                "fsGroupChangePolicy": "OnRootMismatch",
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            **({"initContainers": init_containers} if init_containers else {}),
            "containers": [container],
            **({"volumes": volumes} if volumes else {}),
        },
    }


def _require_room(name: str, directories: Sequence[Directory], resources: Resources) -> None:
    """Scratch directories count against the limit of the pod, above which it is evicted."""
    scratch = [each for each in directories if isinstance(each, Scratch) and not each.in_memory]
    if sum(parse_quantity(each.size_limit) for each in scratch) >= parse_quantity(resources.ephemeral_storage_limit):
        sizes = " and ".join(f"{each.path} ({each.size_limit})" for each in scratch)
        raise InvalidValueError(
            f"{name}: {sizes} may hold more than the ephemeral_storage_limit {resources.ephemeral_storage_limit}, at "
            "which the pod is evicted; raise the limit, and leave room for the log"
        )


def _environment(env: Mapping[str, EnvironmentValue]) -> dict[str, Any]:
    if not env:
        return {}
    return {
        "env": [
            {"name": name, "value": value} if isinstance(value, str) else {"name": name, "valueFrom": value.source()}
            for name, value in env.items()
        ]
    }


def _config_checksum(program: Program) -> str | None:
    """A hash of exactly the ConfigMap keys that the pod reads, so that a changed one rolls these pods and no others."""
    environments = [program.env, *(init.env for init in program.prepare)]
    keys = [value for env in environments for value in env.values() if isinstance(value, ConfigKey)]
    keys += [
        key
        for directory in program.directories
        if isinstance(directory, ConfigFiles)
        for key in directory.files.values()
    ]
    known = sorted({(key.config_map, key.key, key.value) for key in keys if key.value is not None})
    return hashlib.sha256(json.dumps(known).encode()).hexdigest() if known else None
