"""Labels that controllers put on the pods they make, beside those of the pod template."""

import re
from collections.abc import Mapping
from typing import TypeAlias

from cdk8s_backend.linker._field import Field

__all__ = ["ASSIGNED_KEYS", "AssignedLabels", "assigned_labels"]

AssignedLabels: TypeAlias = Mapping[str, re.Pattern[str]]

_ANY = r".+"
_NUMBER = r"\d+"
_OF_EVERY_JOB = {
    "batch.kubernetes.io/controller-uid": _ANY,
    "batch.kubernetes.io/job-completion-index": _NUMBER,
    "controller-uid": _ANY,
}
_VALUES = {
    "CronJob": {
        **_OF_EVERY_JOB,
        "batch.kubernetes.io/job-name": r"{name}-\d+",
        "job-name": r"{name}-\d+",
    },
    "DaemonSet": {"controller-revision-hash": _ANY, "pod-template-generation": _NUMBER},
    "Deployment": {"pod-template-hash": _ANY},
    "Job": {**_OF_EVERY_JOB, "batch.kubernetes.io/job-name": "{name}", "job-name": "{name}"},
    "ReplicaSet": {"pod-template-hash": _ANY},
    "StatefulSet": {
        "apps.kubernetes.io/pod-index": "{ordinal}",
        "controller-revision-hash": _ANY,
        "statefulset.kubernetes.io/pod-name": "{name}-{ordinal}",
    },
}
_MOST_ORDINALS = 1000
ASSIGNED_KEYS = frozenset(key for values in _VALUES.values() for key in values)


def assigned_labels(kind: str, name: str, spec: Field) -> AssignedLabels:
    """The labels that a workload's controller sets, each with what its values look like.

    Args:
        kind: Kind of the workload.
        name: Its name.
        spec: Its `spec`.
    """
    parts = {"name": re.escape(name), "ordinal": _ordinals(spec) if kind == "StatefulSet" else ""}
    return {key: re.compile(value.format(**parts)) for key, value in _VALUES.get(kind, {}).items()}


def _ordinals(spec: Field) -> str:
    """Those of the replicas; any number where the manifest leaves these to an autoscaler, or has none just now."""
    replicas, start = spec["replicas"].number or 0, spec["ordinals"]["start"].number or 0
    if not 0 < replicas <= _MOST_ORDINALS:
        return _NUMBER
    return f"(?:{'|'.join(map(str, range(start, start + replicas)))})"
