"""What keeps a service answering: enough pods, on more than one node, and never all of them gone at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cdk8s_backend.errors import InvalidValueError
from cdk8s_backend.manifest import Manifest

__all__ = ["HorizontalPodAutoscaler", "pod_anti_affinity", "pod_disruption_budget"]


@dataclass(frozen=True, kw_only=True)
class HorizontalPodAutoscaler:
    """How many pods a service has, by the CPU that they use (`HorizontalPodAutoscalerSpec` of autoscaling/v2).

    Args:
        min_replicas: Fewest pods. Default 2.
        max_replicas: Most pods.
        target_cpu_utilization: CPU that the pods are to use on average, in percent of what they request
            (`metrics[].resource.target.averageUtilization`); above 100 where the limit is above the request.
            Default 80.

    Raises:
        InvalidValueError: A number is below 1, or the fewest pods are more than the most.
    """

    min_replicas: int = 2
    max_replicas: int
    target_cpu_utilization: int = 80

    def __post_init__(self) -> None:
        for name in ("min_replicas", "target_cpu_utilization"):
            if getattr(self, name) < 1:
                raise InvalidValueError(f"{name} {getattr(self, name)} of an autoscaler must be at least 1")
        if self.max_replicas < self.min_replicas:
            raise InvalidValueError(
                f"max_replicas {self.max_replicas} of an autoscaler must not be below min_replicas {self.min_replicas}"
            )

    def manifest(self, name: str, labels: Mapping[str, str] | None = None) -> Manifest:
        """The HorizontalPodAutoscaler of the Deployment of its name.

        Args:
            name: Name of both, and value of the label `app`.
            labels: Further labels. Default none.
        """
        target = {"type": "Utilization", "averageUtilization": self.target_cpu_utilization}
        return {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": name, "labels": {"app": name, **(labels or {})}},
            "spec": {
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
                "minReplicas": self.min_replicas,
                "maxReplicas": self.max_replicas,
                "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
            },
        }


def pod_disruption_budget(name: str, labels: Mapping[str, str] | None = None) -> Manifest:
    """A PodDisruptionBudget by which drains take one of the pods labelled `app: <name>` at a time.

    Pods that are not ready may always be evicted, so that a broken one holds up no drain.

    Args:
        name: Name of the budget and value of the pods' label `app`.
        labels: Further labels. Default none.
    """
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "labels": {"app": name, **(labels or {})}},
        "spec": {
            "maxUnavailable": 1,
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": {"matchLabels": {"app": name}},
        },
    }


def pod_anti_affinity(name: str) -> dict[str, Any]:
    """The value of `PodSpec.affinity` with which pods labelled `app: <name>` rather run on different nodes and zones.

    It is a preference: where there is one node, all of them run there.

    Args:
        name: Value of the pods' label `app`.
    """
    selector = {"matchLabels": {"app": name}}
    terms = [
        {"weight": _MOST_WEIGHT, "podAffinityTerm": {"labelSelector": selector, "topologyKey": key}}
        for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
    ]
    return {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": terms}}


_MOST_WEIGHT = 100
