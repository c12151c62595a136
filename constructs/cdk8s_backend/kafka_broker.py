"""One Kafka broker that keeps its state in ZooKeeper."""

from cdk8s_backend.configuration import Configuration
from cdk8s_backend.manifest import add_object, chart_labels
from cdk8s_backend.pods import Data, Program, Scratch, pod_template
from cdk8s_backend.values import Endpoint, ImagePullPolicy, Probes, Resources, Storage, User, tcp_probe
from cdk8s_backend.workloads import cluster_ip_service, deployment

from cdk8s import ApiObject
from constructs import Construct

__all__ = ["KafkaBroker"]

_DATA = "/var/lib/kafka/data"


class KafkaBroker(Construct):
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

    Attributes:
        deployment: The Deployment.
        service: The Service.
        endpoint: Where it answers.

    Raises:
        InvalidValueError: The ConfigMap lacks a key.
    """

    deployment: ApiObject
    service: ApiObject
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
    ) -> None:
        super().__init__(scope, id)
        keys = self.settings(endpoint=endpoint, zookeeper=endpoint, heap="")
        program = Program(
            image=image,
            user=User(uid=1000, gid=1000),
            ports={"kafka": endpoint.port},
            env={key.upper().replace(".", "_"): configuration.key(key) for key in keys},
            probes=Probes(
                startup=tcp_probe(endpoint.port, period_seconds=5, failure_threshold=60),
                readiness=tcp_probe(endpoint.port, period_seconds=5),
                liveness=tcp_probe(endpoint.port, failure_threshold=6),
            ),
            directories=[
                Data(path=_DATA),
                Scratch(path="/etc/kafka"),
                Scratch(path="/var/log/kafka"),
                Scratch(path="/tmp"),  # noqa: S108 - a mount of its own
            ],
            grace_period_seconds=60,
        )
        self.endpoint = endpoint
        self.deployment = add_object(
            self,
            "Default",
            deployment(
                endpoint.host,
                pod_template(
                    name=endpoint.host,
                    program=program,
                    resources=resources,
                    image_pull_policy=image_pull_policy,
                    labels={"app": endpoint.host, **chart_labels(self)},
                    data_claim=storage.claim,
                ),
                replicas=1,
                strategy={"type": "Recreate"},
            ),
        )
        self.service = add_object(self, "Service", cluster_ip_service(endpoint.host, program))

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
            Dotted key to value; a key is the image's environment variable in lower case.
        """
        internal = "INTERNAL://127.0.0.1:29092"
        return {
            "kafka.broker.id": "1",
            "kafka.zookeeper.connect": str(zookeeper),
            "kafka.zookeeper.session.timeout.ms": "9000",
            "kafka.cub.zk.timeout": "180",
            "kafka.listeners": f"PLAINTEXT://0.0.0.0:{endpoint.port},{internal}",
            "kafka.advertised.listeners": f"{endpoint.url('PLAINTEXT')},{internal}",
            "kafka.listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT",
            "kafka.inter.broker.listener.name": "INTERNAL",
            "kafka.offsets.topic.replication.factor": "1",
            "kafka.transaction.state.log.replication.factor": "1",
            "kafka.transaction.state.log.min.isr": "1",
            "kafka.group.initial.rebalance.delay.ms": "0",
            # the root of a disk holds lost+found, which Kafka takes for a broken topic
            "kafka.log.dirs": f"{_DATA}/logs",
            "kafka.heap.opts": f"-Xms{heap} -Xmx{heap}",
        }
