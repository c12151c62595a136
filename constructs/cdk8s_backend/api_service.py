"""An HTTP service: a Deployment, its Service, and what keeps several pods of it available."""

from collections.abc import Mapping, Sequence

from cdk8s_backend.availability import HorizontalPodAutoscaler, pod_anti_affinity, pod_disruption_budget
from cdk8s_backend.container_scripts import WAIT_FOR_ENDPOINTS
from cdk8s_backend.errors import InvalidValueError
from cdk8s_backend.linker._index import ELSEWHERE_ANNOTATION
from cdk8s_backend.manifest import KubernetesObjects, chart_labels
from cdk8s_backend.names import validate_service_name
from cdk8s_backend.pods import InitProgram, Program, pod_template
from cdk8s_backend.values import (
    Endpoint,
    EnvironmentValue,
    ImagePullPolicy,
    Probes,
    Resources,
    User,
    http_probe,
)
from cdk8s_backend.workloads import cluster_ip_service, deployment

from cdk8s import ApiObject
from constructs import Construct

__all__ = ["ApiService", "health_probes"]


def health_probes(port: int, *, health: str = "/health", ready: str = "/ready", start_seconds: int = 180) -> Probes:
    """The probes of an HTTP service (specification rule 2).

    Args:
        port: Where it listens.
        health: Path that answers 200 as long as the process lives. Default `/health`.
        ready: Path that answers 200 when requests may come. Default `/ready`.
        start_seconds: Longest start, before which the other two do not count. Default 180.
    """
    period = 2
    return Probes(
        startup=http_probe(health, port, period_seconds=period, failure_threshold=-(-start_seconds // period)),
        readiness=http_probe(ready, port, initial_delay_seconds=10, period_seconds=5),
        liveness=http_probe(health, port, initial_delay_seconds=30, period_seconds=10),
    )


_WAIT_SECONDS = 120
_REPLICAS = 2
_DRAIN_SECONDS, _DRAIN_SECONDS_OF_ONE = 5, 20
_BUDGET = "PodDisruptionBudget"
_AUTOSCALER = "HorizontalPodAutoscaler"


class ApiService(KubernetesObjects):
    """An HTTP service with probes and resource limits (specification rules 2 and 4).

    Updates replace a pod only when its successor is ready; a pod that ends goes on answering while proxies learn of it.
    Where there may be two pods or more, they rather run on different nodes and zones, and a PodDisruptionBudget lets a
    drain take one of them at a time.

    Args:
        scope: Where it belongs.
        id: Its name in the construct tree.
        name: Name of all its objects and of its container, and value of the label `app`.
        image: The image; it must have `sh`, `sleep`, and, for `wait_for`, `nc`.
        port: Where it listens, and the Service's port.
        resources: Requests and limits.
        env: Environment variables. Default none.
        env_from: ConfigMaps that something else brings into the namespace, all of whose keys become environment
            variables, over which `env` goes. Default none.
        replicas: Number of pods. Default 2, and with an autoscaler none: the Deployment leaves it to that.
        horizontal_pod_autoscaler: How many pods there are as their load changes. Default no autoscaler.
        probes: The three probes. Default `health_probes(port)`.
        wait_for: Endpoints that must accept a connection before the program starts, at every start of a pod.
            Default none.
        user: Numeric user and group. Default 1000:1000.
        image_pull_policy: When the image is pulled. Default IfNotPresent.
        image_pull_seconds: Longest time that pulling the image may take. After it and the longest start, and 120
            seconds for `wait_for`, a Deployment that is not ready has failed
            (`Deployment.progressDeadlineSeconds`). Default 300.
        labels: Further labels of its objects and its pods. Default none.
        drain_seconds: Seconds that an ending pod goes on answering. Default 5, and with fewer than two pods 20: the
            successor of one that is evicted starts when it begins to end, and is then ready.
        grace_period_seconds: Seconds from the request to end to SIGKILL, draining included. Default 30.

    Attributes:
        deployment: The Deployment.
        service: The Service.
        pod_disruption_budget: The PodDisruptionBudget; None where there are never two pods.
        horizontal_pod_autoscaler: The HorizontalPodAutoscaler; None without one.
        endpoint: Where it answers.

    Raises:
        InvalidValueError: The name is none of a Service, Kubernetes does not take the name of a variable or ConfigMap,
            the image is empty, a number is out of range, or the number of replicas is negative or given beside an
            autoscaler.
    """

    endpoint: Endpoint

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        name: str,
        image: str,
        port: int,
        resources: Resources,
        env: Mapping[str, EnvironmentValue] | None = None,
        env_from: Sequence[str] = (),
        replicas: int | None = None,
        horizontal_pod_autoscaler: HorizontalPodAutoscaler | None = None,
        probes: Probes | None = None,
        wait_for: Sequence[Endpoint] = (),
        user: User = User(uid=1000, gid=1000),  # noqa: B008 - a frozen value
        image_pull_policy: ImagePullPolicy = "IfNotPresent",
        image_pull_seconds: int = 300,
        labels: Mapping[str, str] | None = None,
        drain_seconds: int | None = None,
        grace_period_seconds: int = 30,
    ) -> None:
        validate_service_name(name)
        fewest = _fewest_pods(name, replicas, horizontal_pod_autoscaler)
        most = horizontal_pod_autoscaler.max_replicas if horizontal_pod_autoscaler else fewest
        if drain_seconds is None:
            is_short = fewest >= 2 or grace_period_seconds <= _DRAIN_SECONDS_OF_ONE
            drain_seconds = _DRAIN_SECONDS if is_short else _DRAIN_SECONDS_OF_ONE
        probes = probes or health_probes(port)
        program = Program(
            image=image,
            user=user,
            ports={"http": port},
            probes=probes,
            env=env or {},
            env_from=env_from,
            prepare=[_wait_for(wait_for)] if wait_for else [],
            drain_seconds=drain_seconds,
            grace_period_seconds=grace_period_seconds,
            share_process_namespace=True,
        )
        super().__init__(
            scope,
            id,
            {
                "Default": deployment(
                    name,
                    pod_template(
                        name=name,
                        program=program,
                        resources=resources,
                        image_pull_policy=image_pull_policy,
                        labels={"app": name, **(labels or {}), **chart_labels(scope)},
                        affinity=pod_anti_affinity(name) if most >= 2 else None,
                    ),
                    replicas=None if horizontal_pod_autoscaler else fewest,
                    strategy={"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
                    progress_deadline_seconds=image_pull_seconds
                    + (_WAIT_SECONDS if wait_for else 0)
                    + probes.longest_start_seconds,
                    labels=labels,
                    annotations=_provided_elsewhere(env_from),
                ),
                "Service": cluster_ip_service(name, program, labels),
                **({_BUDGET: pod_disruption_budget(name, labels)} if most >= 2 else {}),
                **(
                    {_AUTOSCALER: horizontal_pod_autoscaler.manifest(name, labels)} if horizontal_pod_autoscaler else {}
                ),
            },
        )
        self.endpoint = Endpoint(name, port)

    @property
    def deployment(self) -> ApiObject:
        """The Deployment."""
        return self.api_object()

    @property
    def service(self) -> ApiObject:
        """The Service."""
        return self.api_object("Service")

    @property
    def pod_disruption_budget(self) -> ApiObject | None:
        """The PodDisruptionBudget; None where there are never two pods."""
        return self._object_if_made(_BUDGET)

    @property
    def horizontal_pod_autoscaler(self) -> ApiObject | None:
        """The HorizontalPodAutoscaler; None without one."""
        return self._object_if_made(_AUTOSCALER)

    def _object_if_made(self, name: str) -> ApiObject | None:
        return self.api_object(name) if self.node.try_find_child(name) else None


def _fewest_pods(name: str, replicas: int | None, autoscaler: HorizontalPodAutoscaler | None) -> int:
    """The fewest pods that there are by a number or an autoscaler, which exclude each other."""
    if autoscaler is None:
        replicas = _REPLICAS if replicas is None else replicas
        if replicas < 0:
            raise InvalidValueError(f"{name}: replicas {replicas} must not be negative")
        return replicas
    if replicas is not None:
        raise InvalidValueError(f"{name}: replicas {replicas} would be the autoscaler's to change; give one of the two")
    return autoscaler.min_replicas


def _provided_elsewhere(config_maps: Sequence[str]) -> dict[str, str]:
    """What tells the linker that it need not look for the ConfigMaps."""
    return {ELSEWHERE_ANNOTATION: ",".join(f"ConfigMap/{name}" for name in config_maps)} if config_maps else {}


def _wait_for(endpoints: Sequence[Endpoint]) -> InitProgram:
    return InitProgram(
        name="wait-for-endpoints",
        command=["/bin/sh", "-c", WAIT_FOR_ENDPOINTS, "wait-for"],
        args=[str(endpoint) for endpoint in endpoints],
    )
