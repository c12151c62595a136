"""A database: a StatefulSet with a disk for each pod, and its Service."""

from collections.abc import Mapping

from cdk8s_backend.errors import InvalidValueError
from cdk8s_backend.manifest import KubernetesObjects, chart_labels
from cdk8s_backend.names import validate_service_name
from cdk8s_backend.pods import Program, pod_template
from cdk8s_backend.values import Endpoint, ImagePullPolicy, Resources, Storage
from cdk8s_backend.workloads import cluster_ip_service

from cdk8s import ApiObject
from constructs import Construct

__all__ = ["StatefulDatabase"]


class StatefulDatabase(KubernetesObjects):
    """A database that keeps its disk (specification rules 3 and 4).

    Args:
        scope: Where it belongs.
        id: Its name in the construct tree.
        name: Name of the StatefulSet, its Service and its container, and value of the label `app`.
        engine: What runs: `postgresql(...)`, `redis_primary(...)`, `redis_replica(...)`, `redis_cache(...)` make one.
        resources: Requests and limits.
        storage: The claim template of the pods.
        replicas: Number of pods. Default 1. Each has a disk and data of its own: more than one is for engines that
            replicate by themselves.
        image_pull_policy: When the image is pulled. Default IfNotPresent.
        labels: Further labels of the StatefulSet. Default none.

    Attributes:
        stateful_set: The StatefulSet; its claims are kept when it is deleted or scaled down.
        service: The Service.
        endpoint: Where it answers.

    Raises:
        InvalidValueError: The name is none of a Service, the engine has no port, or there is no replica.
    """

    endpoint: Endpoint

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        name: str,
        engine: Program,
        resources: Resources,
        storage: Storage,
        replicas: int = 1,
        image_pull_policy: ImagePullPolicy = "IfNotPresent",
        labels: Mapping[str, str] | None = None,
    ) -> None:
        validate_service_name(name)
        if replicas < 1:
            raise InvalidValueError(f"{name}: replicas {replicas} must be at least 1")
        super().__init__(
            scope,
            id,
            {
                "Default": {
                    "apiVersion": "apps/v1",
                    "kind": "StatefulSet",
                    "metadata": {"name": name, "labels": {"app": name, **(labels or {})}},
                    "spec": {
                        "serviceName": name,
                        "replicas": replicas,
                        "selector": {"matchLabels": {"app": name}},
                        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
                        "template": pod_template(
                            name=name,
                            program=engine,
                            resources=resources,
                            image_pull_policy=image_pull_policy,
                            labels={"app": name, **chart_labels(scope)},
                            data_volume=storage.claim,
                        ),
                        "volumeClaimTemplates": [{"metadata": {"name": storage.claim}, "spec": storage.spec()}],
                    },
                },
                "Service": cluster_ip_service(name, engine),
            },
        )
        self.endpoint = Endpoint(name, engine.port)

    @property
    def stateful_set(self) -> ApiObject:
        """The StatefulSet."""
        return self.api_object()

    @property
    def service(self) -> ApiObject:
        """The Service."""
        return self.api_object("Service")
