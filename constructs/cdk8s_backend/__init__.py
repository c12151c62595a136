"""cdk8s constructs for backends, and the checks, files and scripts around them."""

from cdk8s_backend.node import find_node

find_node()

from cdk8s_backend.api_service import ApiService, health_probes  # noqa: E402 - these import cdk8s, which needs Node
from cdk8s_backend.configuration import Configuration, SecretTemplate  # noqa: E402
from cdk8s_backend.connection_policies import Connection, ConnectionPolicies  # noqa: E402
from cdk8s_backend.errors import (  # noqa: E402
    BackendError,
    InvalidValueError,
    LayoutError,
    LinkError,
    ManifestError,
    NodeNotFoundError,
)
from cdk8s_backend.http_ingress import HttpIngress, Route  # noqa: E402
from cdk8s_backend.init_job import Database, InitJob  # noqa: E402
from cdk8s_backend.kafka_broker import KafkaBroker  # noqa: E402
from cdk8s_backend.persistent_claims import PersistentClaims  # noqa: E402
from cdk8s_backend.postgresql import postgresql  # noqa: E402
from cdk8s_backend.redis import redis_cache, redis_primary, redis_replica  # noqa: E402
from cdk8s_backend.restricted_namespace import RestrictedNamespace  # noqa: E402
from cdk8s_backend.stateful_database import StatefulDatabase  # noqa: E402
from cdk8s_backend.values import (  # noqa: E402
    ConfigKey,
    Endpoint,
    Probe,
    Probes,
    Resources,
    SecretKey,
    Storage,
    User,
    exec_probe,
    http_probe,
    tcp_probe,
)
from cdk8s_backend.zookeeper import ZooKeeper  # noqa: E402

__all__ = [
    "ApiService",
    "BackendError",
    "ConfigKey",
    "Configuration",
    "Connection",
    "ConnectionPolicies",
    "Database",
    "Endpoint",
    "HttpIngress",
    "InitJob",
    "InvalidValueError",
    "KafkaBroker",
    "LayoutError",
    "LinkError",
    "ManifestError",
    "NodeNotFoundError",
    "PersistentClaims",
    "Probe",
    "Probes",
    "Resources",
    "RestrictedNamespace",
    "Route",
    "SecretKey",
    "SecretTemplate",
    "StatefulDatabase",
    "Storage",
    "User",
    "ZooKeeper",
    "exec_probe",
    "health_probes",
    "http_probe",
    "postgresql",
    "redis_cache",
    "redis_primary",
    "redis_replica",
    "tcp_probe",
]
