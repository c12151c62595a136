"""The objects around a pod template, shared by the constructs that run one program."""

from collections.abc import Mapping
from typing import Any

from cdk8s_backend.manifest import Manifest
from cdk8s_backend.pods import Program
from cdk8s_backend.values import Storage

__all__ = ["cluster_ip_service", "deployment", "persistent_volume_claim"]


def cluster_ip_service(name: str, program: Program, labels: Mapping[str, str] | None = None) -> Manifest:
    """The Service in front of the pods labelled `app: <name>` (specification rule 4).

    Args:
        name: Name of the Service and value of the pods' label `app`.
        program: The program, whose ports it offers under the same numbers.
        labels: Further labels of the Service. Default none.
    """
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "labels": {"app": name, **(labels or {})}},
        "spec": {
            "type": "ClusterIP",
            "ports": [
                {"name": port, "port": number, "targetPort": number, "protocol": "TCP"}
                for port, number in program.ports.items()
            ],
            "selector": {"app": name},
        },
    }


def deployment(
    name: str,
    template: Mapping[str, Any],
    *,
    replicas: int | None,
    strategy: Mapping[str, Any],
    progress_deadline_seconds: int,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> Manifest:
    """A Deployment of the pods labelled `app: <name>` (specification rule 2); without `replicas`, others set them."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": name,
            "labels": {"app": name, **(labels or {})},
            **({"annotations": dict(annotations)} if annotations else {}),
        },
        "spec": {
            **({} if replicas is None else {"replicas": replicas}),
            "selector": {"matchLabels": {"app": name}},
            "strategy": dict(strategy),
            "progressDeadlineSeconds": progress_deadline_seconds,
            "template": dict(template),
        },
    }


def persistent_volume_claim(name: str, storage: Storage, app: str) -> Manifest:
    """A claim for the pods labelled `app: <app>` (specification rule 7)."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "labels": {"app": app}},
        "spec": storage.spec(),
    }
