"""Pods under the Pod Security Standard "restricted": every workload of this library is made of these parts."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cdk8s_backend.errors import InvalidValueError
from cdk8s_backend.values import (
    ConfigKey,
    EnvironmentValue,
    ImagePullPolicy,
    Probes,
    Resources,
    User,
    validate_dns_label,
    validate_port,
)

__all__ = ["ConfigFiles", "Data", "InitProgram", "Program", "Scratch", "pod_template"]

DATA_VOLUME = "data"


@dataclass(frozen=True, kw_only=True)
class Scratch:
    """An empty directory that lives as long as the pod (`emptyDir`).

    Args:
        path: Where it is mounted.
        in_memory: Whether it lies in memory. Default no.
        size_limit: Most it may hold, like `64Mi`. Default 64Mi.
    """

    path: str
    in_memory: bool = False
    size_limit: str = "64Mi"

    @property
    def volume(self) -> str:
        """The volume's name, made from the path."""
        return self.path.strip("/").replace("/", "-").lower()


@dataclass(frozen=True, kw_only=True)
class ConfigFiles:
    """Keys of one ConfigMap as read-only files of a directory.

    Args:
        path: The directory.
        files: File name to key; all keys of one ConfigMap.

    Raises:
        InvalidValueError: There is no file, or the keys belong to several ConfigMaps.
    """

    path: str
    files: Mapping[str, ConfigKey] = field(hash=False)

    def __post_init__(self) -> None:
        if len({key.config_map for key in self.files.values()}) != 1:
            raise InvalidValueError(f"the files of {self.path} must be keys of one ConfigMap: {dict(self.files)}")

    @property
    def config_map(self) -> str:
        """The ConfigMap's name, which is the volume's too."""
        return next(iter(self.files.values())).config_map


@dataclass(frozen=True, kw_only=True)
class Data:
    """A directory on the pod's claim.

    Args:
        path: Where it is mounted.
        sub_path: Directory of the disk that is mounted; default its root.
    """

    path: str
    sub_path: str = ""


@dataclass(frozen=True, kw_only=True)
class InitProgram:
    """What runs to its end, in the pod's image, before the program starts (`PodSpec.initContainers`).

    Args:
        name: Name of the container.
        command: Program and arguments.
        args: Further arguments.
        env: Environment variables.
    """

    name: str
    command: Sequence[str]
    args: Sequence[str] = ()
    env: Mapping[str, EnvironmentValue] = field(default_factory=dict, hash=False)


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
        directories: What is mounted.
        prepare: What runs before it, in order.
        grace_period_seconds: Seconds from SIGTERM to SIGKILL. Default 30.
        drain_seconds: Seconds that a pod goes on answering before SIGTERM, while proxies learn that it ends. Default 0.
        share_process_namespace: Whether the pod's first process is Kubernetes' own, so that a program that ignores
            SIGTERM as process 1 ends on it. Default no.

    Raises:
        InvalidValueError: A port is out of range, or draining takes the whole grace period.
    """

    image: str
    user: User
    ports: Mapping[str, int] = field(default_factory=dict, hash=False)
    probes: Probes | None = None
    command: Sequence[str] = ()
    args: Sequence[str] = ()
    env: Mapping[str, EnvironmentValue] = field(default_factory=dict, hash=False)
    directories: Sequence[Scratch | ConfigFiles | Data] = ()
    prepare: Sequence[InitProgram] = ()
    grace_period_seconds: int = 30
    drain_seconds: int = 0
    share_process_namespace: bool = False

    def __post_init__(self) -> None:
        for name, port in self.ports.items():
            validate_port(port, f"port {name}")
        if self.drain_seconds >= self.grace_period_seconds:
            raise InvalidValueError(
                f"draining for {self.drain_seconds} s leaves nothing of a grace period of {self.grace_period_seconds} s"
            )

    @property
    def port(self) -> int:
        """The first port."""
        return next(iter(self.ports.values()))


def pod_template(
    *,
    name: str,
    program: Program,
    resources: Resources,
    image_pull_policy: ImagePullPolicy,
    labels: Mapping[str, str],
    data_claim: str | None = None,
    data_volume: str = DATA_VOLUME,
    restart_policy: str | None = None,
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

    Raises:
        InvalidValueError: The name is no DNS label.
    """
    validate_dns_label(name)
    checksum = _config_checksum(program)
    mounts = [_mount(directory, data_volume) for directory in program.directories]
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
    volumes = _volumes(program.directories, data_claim, data_volume)
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


def _environment(env: Mapping[str, EnvironmentValue]) -> dict[str, Any]:
    if not env:
        return {}
    return {
        "env": [
            {"name": name, "value": value} if isinstance(value, str) else {"name": name, "valueFrom": value.source()}
            for name, value in env.items()
        ]
    }


def _mount(directory: Scratch | ConfigFiles | Data, data_volume: str) -> dict[str, Any]:
    match directory:
        case Scratch():
            return {"name": directory.volume, "mountPath": directory.path}
        case ConfigFiles():
            return {"name": directory.config_map, "mountPath": directory.path, "readOnly": True}
        case Data(sub_path=""):
            return {"name": data_volume, "mountPath": directory.path}
        case Data():
            return {"name": data_volume, "mountPath": directory.path, "subPath": directory.sub_path}


def _volumes(
    directories: Sequence[Scratch | ConfigFiles | Data], data_claim: str | None, data_volume: str
) -> list[dict[str, Any]]:
    volumes = []
    for directory in directories:
        match directory:
            case Scratch():
                medium = {"medium": "Memory"} if directory.in_memory else {}
                volumes.append({"name": directory.volume, "emptyDir": {**medium, "sizeLimit": directory.size_limit}})
            case ConfigFiles():
                items = [{"key": key.key, "path": file} for file, key in directory.files.items()]
                volumes.append(
                    {"name": directory.config_map, "configMap": {"name": directory.config_map, "items": items}}
                )
            case Data():
                pass
    if data_claim is not None:
        volumes.append({"name": data_volume, "persistentVolumeClaim": {"claimName": data_claim}})
    return volumes


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
