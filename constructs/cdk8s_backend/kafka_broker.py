"""One Kafka broker that keeps its state in ZooKeeper."""

from cdk8s_backend.configuration import Configuration
from cdk8s_backend.container_scripts import KAFKA_READINESS
from cdk8s_backend.directories import Data, Scratch
from cdk8s_backend.manifest import KubernetesObjects, chart_labels
from cdk8s_backend.pods import Program, pod_template
from cdk8s_backend.values import Endpoint, ImagePullPolicy, Probes, Resources, Storage, User, exec_probe, tcp_probe
from cdk8s_backend.workloads import cluster_ip_service, deployment

from cdk8s import ApiObject
from constructs import Construct

__all__ = ["KafkaBroker"]

_DATA = "/var/lib/kafka/data"
_INTERNAL = "INTERNAL://127.0.0.1:29092"
_SETTINGS = {  # key of the ConfigMap: variable of the image, value
    "kafka.broker.id": ("KAFKA_BROKER_ID", "1"),
    "kafka.zookeeper.connect": ("KAFKA_ZOOKEEPER_CONNECT", "{zookeeper}"),
    "kafka.zookeeper.session.timeout.ms": ("KAFKA_ZOOKEEPER_SESSION_TIMEOUT_MS", "9000"),
    "kafka.cub.zk.timeout": ("KAFKA_CUB_ZK_TIMEOUT", "180"),
    "kafka.listeners": ("KAFKA_LISTENERS", f"PLAINTEXT://0.0.0.0:{{endpoint.port}},{_INTERNAL}"),
    "kafka.advertised.listeners": ("KAFKA_ADVERTISED_LISTENERS", f"PLAINTEXT://{{endpoint}},{_INTERNAL}"),
    "kafka.listener.security.protocol.map": (
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP",
        "PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT",
    ),
    "kafka.inter.broker.listener.name": ("KAFKA_INTER_BROKER_LISTENER_NAME", "INTERNAL"),
    "kafka.offsets.topic.replication.factor": ("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "1"),
    "kafka.transaction.state.log.replication.factor": ("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1"),
    "kafka.transaction.state.log.min.isr": ("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "1"),
    "kafka.group.initial.rebalance.delay.ms": ("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0"),
    # the root of a disk holds lost+found, which Kafka takes for a broken topic
    "kafka.log.dirs": ("KAFKA_LOG_DIRS", f"{_DATA}/logs"),
    "kafka.heap.opts": ("KAFKA_HEAP_OPTS", "-Xms{heap} -Xmx{heap}"),
    # its default adds -loggc: up to 1.1 GB of logs in a scratch directory, with which the pod would be evicted
    "kafka.extra.args": ("EXTRA_ARGS", "-name kafkaServer"),
}


class KafkaBroker(KubernetesObjects):
    """A single Kafka broker: a Deployment with one claim, and its Service.

    Args:
        scope: Where it belongs.
        id: Its name in the construct tree.
        endpoint: Where it answers: name of the Deployment, its Service and its container, and the port.
        configuration: A ConfigMap that holds the keys of `KafkaBroker.settings`.
        resources: Requests and limits.
        storage: Its claim.
        image: The image; 7.9 is the last line of it that works with ZooKeeper. Default confluentinc/cp-kafka:7.9.2.
        image_pull_policy: When the image is pulled. Default IfNotPresent.
        image_pull_seconds: Longest time that pulling the image may take. After it and the longest start,
            a Deployment that is not ready has failed (`Deployment.progressDeadlineSeconds`). Default 300.

    Attributes:
        deployment: The Deployment.
        service: The Service.
        endpoint: Where it answers.

    Raises:
        InvalidValueError: The ConfigMap lacks a key.
    """

    endpoint: Endpoint

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        endpoint: Endpoint,
        configuration: Configuration,
        resources: Resources,
        storage: Storage,
        image: str = "confluentinc/cp-kafka:7.9.2",
        image_pull_policy: ImagePullPolicy = "IfNotPresent",
        image_pull_seconds: int = 300,
    ) -> None:
        probes = Probes(
            startup=tcp_probe(endpoint.port, period_seconds=2, failure_threshold=150),
            readiness=exec_probe(
                [*KAFKA_READINESS, "kafka-readiness", str(endpoint.port)], period_seconds=5, timeout_seconds=5
            ),
            liveness=tcp_probe(endpoint.port, failure_threshold=6),
        )
        program = Program(
            image=image,
            user=User(uid=1000, gid=1000),
            ports={"kafka": endpoint.port},
            env={variable: configuration.key(key) for key, (variable, _) in _SETTINGS.items()},
            probes=probes,
            directories=[
                Data(path=_DATA),
                Scratch(path="/etc/kafka"),
                Scratch(path="/var/log/kafka"),
                Scratch(path="/tmp"),  # noqa: S108 - a mount of its own
            ],
            grace_period_seconds=60,
        )
        super().__init__(
            scope,
            id,
            {
                "Default": deployment(
                    endpoint.host,
                    pod_template(
                        name=endpoint.host,
                        program=program,
                        resources=resources,
                        image_pull_policy=image_pull_policy,
                        labels={"app": endpoint.host, **chart_labels(scope)},
                        data_claim=storage.claim,
                    ),
                    replicas=1,
                    strategy={"type": "Recreate"},
                    progress_deadline_seconds=image_pull_seconds + probes.longest_start_seconds,
                ),
                "Service": cluster_ip_service(endpoint.host, program),
            },
        )
        self.endpoint = endpoint

    @property
    def deployment(self) -> ApiObject:
        """The Deployment."""
        return self.api_object()

    @property
    def service(self) -> ApiObject:
        """The Service."""
        return self.api_object("Service")

    @staticmethod
    def settings(*, endpoint: Endpoint, zookeeper: Endpoint, heap: str) -> dict[str, str]:
        """What the broker needs in its ConfigMap.

        Clients reach it through its Service; the broker reaches itself on a listener of its own, since its Service has
        no endpoint before it is ready.

        Args:
            endpoint: Where clients reach it.
            zookeeper: Its ZooKeeper.
            heap: Size of the Java heap, like `512m`.

        Returns:
            Dotted key to value.
        """
        return {
            key: value.format(endpoint=endpoint, zookeeper=zookeeper, heap=heap)
            for key, (_, value) in _SETTINGS.items()
        }
