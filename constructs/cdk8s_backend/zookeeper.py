"""ZooKeeper for one Kafka broker."""

from cdk8s_backend.configuration import Configuration
from cdk8s_backend.container_scripts import ZOOKEEPER_READINESS
from cdk8s_backend.directories import Data, Scratch
from cdk8s_backend.manifest import KubernetesObjects, chart_labels
from cdk8s_backend.names import validate_service_name
from cdk8s_backend.pods import Program, pod_template
from cdk8s_backend.values import Endpoint, ImagePullPolicy, Probes, Resources, Storage, User, exec_probe, tcp_probe
from cdk8s_backend.workloads import cluster_ip_service, deployment

from cdk8s import ApiObject
from constructs import Construct

__all__ = ["ZooKeeper"]

_PORT = 2181
_SETTINGS = {  # key of the ConfigMap: variable of the image, value
    "zookeeper.client.port": ("ZOOKEEPER_CLIENT_PORT", "{port}"),
    "zookeeper.tick.time": ("ZOOKEEPER_TICK_TIME", "2000"),
    "zookeeper.admin.enable.server": ("ZOOKEEPER_ADMIN_ENABLE_SERVER", "false"),
    "zookeeper.autopurge.purge.interval": ("ZOOKEEPER_AUTOPURGE_PURGE_INTERVAL", "24"),
    "zookeeper.autopurge.snap.retain.count": ("ZOOKEEPER_AUTOPURGE_SNAP_RETAIN_COUNT", "3"),
    "zookeeper.4lw.commands.whitelist": ("ZOOKEEPER_4LW_COMMANDS_WHITELIST", "srvr"),
    "zookeeper.heap.opts": ("KAFKA_HEAP_OPTS", "-Xms{heap} -Xmx{heap}"),
    # its default adds -loggc: up to 1.1 GB of logs in a scratch directory, with which the pod would be evicted
    "zookeeper.extra.args": ("EXTRA_ARGS", "-name zookeeperServer"),
}


class ZooKeeper(KubernetesObjects):
    """A single ZooKeeper server: a Deployment with one claim, and its Service.

    Its data and its transaction log lie on the same claim: with one of them lost, Kafka would refuse to start.

    Args:
        scope: Where it belongs.
        id: Its name in the construct tree.
        name: Name of the Deployment, its Service and its container, and value of the label `app`.
        configuration: A ConfigMap that holds the keys of `ZooKeeper.settings`.
        resources: Requests and limits.
        storage: Its claim.
        image: The image. Default confluentinc/cp-zookeeper:7.9.2.
        image_pull_policy: When the image is pulled. Default IfNotPresent.
        image_pull_seconds: Longest time that pulling the image may take. After it and the longest start,
            a Deployment that is not ready has failed (`Deployment.progressDeadlineSeconds`). Default 300.

    Attributes:
        deployment: The Deployment.
        service: The Service.
        endpoint: Where it answers.

    Raises:
        InvalidValueError: The ConfigMap lacks a key, or the name is none of a Service.
    """

    endpoint: Endpoint

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        name: str,
        configuration: Configuration,
        resources: Resources,
        storage: Storage,
        image: str = "confluentinc/cp-zookeeper:7.9.2",
        image_pull_policy: ImagePullPolicy = "IfNotPresent",
        image_pull_seconds: int = 300,
    ) -> None:
        validate_service_name(name)
        probes = Probes(
            startup=exec_probe(ZOOKEEPER_READINESS, period_seconds=2, failure_threshold=90),
            readiness=exec_probe(ZOOKEEPER_READINESS, period_seconds=5),
            liveness=tcp_probe(_PORT, failure_threshold=6),
        )
        program = Program(
            image=image,
            user=User(uid=1000, gid=1000),
            ports={"zookeeper": _PORT},
            env={variable: configuration.key(key) for key, (variable, _) in _SETTINGS.items()},
            probes=probes,
            directories=[
                Data(path="/var/lib/zookeeper/data", sub_path="data"),
                Data(path="/var/lib/zookeeper/log", sub_path="log"),
                Scratch(path="/etc/kafka"),
                Scratch(path="/var/log/kafka"),
                Scratch(path="/tmp"),  # noqa: S108 - a mount of its own
            ],
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
                        labels={"app": name, **chart_labels(scope)},
                        data_claim=storage.claim,
                    ),
                    replicas=1,
                    strategy={"type": "Recreate"},
                    progress_deadline_seconds=image_pull_seconds + probes.longest_start_seconds,
                ),
                "Service": cluster_ip_service(name, program),
            },
        )
        self.endpoint = Endpoint(name, _PORT)

    @property
    def deployment(self) -> ApiObject:
        """The Deployment."""
        return self.api_object()

    @property
    def service(self) -> ApiObject:
        """The Service."""
        return self.api_object("Service")

    @staticmethod
    def settings(*, heap: str) -> dict[str, str]:
        """What the server needs in its ConfigMap.

        Args:
            heap: Size of the Java heap, like `256m`.

        Returns:
            Dotted key to value.
        """
        return {key: value.format(port=_PORT, heap=heap) for key, (_, value) in _SETTINGS.items()}
