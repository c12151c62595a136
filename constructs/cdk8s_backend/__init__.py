"""cdk8s constructs for backends, and the checks, files and scripts around them.

Its names are imported when they are first used, so that what needs no cdk8s starts no Node.js.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cdk8s_backend.node import find_node

if TYPE_CHECKING:
    from cdk8s_backend.api_service import ApiService, health_probes
    from cdk8s_backend.availability import HorizontalPodAutoscaler
    from cdk8s_backend.certificate import Certificate
    from cdk8s_backend.configuration import Configuration, SecretSource, SecretTemplate
    from cdk8s_backend.connection_policies import Connection, ConnectionPolicies
    from cdk8s_backend.database_backup import DatabaseBackup, postgresql_backup, redis_backup
    from cdk8s_backend.errors import (
        BackendError,
        InvalidValueError,
        LayoutError,
        LinkError,
        ManifestError,
        NodeNotFoundError,
    )
    from cdk8s_backend.http_ingress import HttpIngress, Route
    from cdk8s_backend.init_job import Database, InitJob
    from cdk8s_backend.kafka_broker import KafkaBroker
    from cdk8s_backend.persistent_claims import PersistentClaims
    from cdk8s_backend.postgresql_server import postgresql
    from cdk8s_backend.redis import redis_cache, redis_primary, redis_replica
    from cdk8s_backend.restricted_namespace import RestrictedNamespace
    from cdk8s_backend.stateful_database import StatefulDatabase
    from cdk8s_backend.values import (
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
    from cdk8s_backend.zookeeper import ZooKeeper

__all__ = [
    "ApiService",
    "BackendError",
    "Certificate",
    "ConfigKey",
    "Configuration",
    "Connection",
    "ConnectionPolicies",
    "Database",
    "DatabaseBackup",
    "Endpoint",
    "HorizontalPodAutoscaler",
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
    "SecretSource",
    "SecretTemplate",
    "StatefulDatabase",
    "Storage",
    "User",
    "ZooKeeper",
    "exec_probe",
    "health_probes",
    "http_probe",
    "postgresql",
    "postgresql_backup",
    "redis_backup",
    "redis_cache",
    "redis_primary",
    "redis_replica",
    "tcp_probe",
]

_MODULES = {
    "ApiService": "cdk8s_backend.api_service",
    "health_probes": "cdk8s_backend.api_service",
    "HorizontalPodAutoscaler": "cdk8s_backend.availability",
    "Configuration": "cdk8s_backend.configuration",
    "Connection": "cdk8s_backend.connection_policies",
    "ConnectionPolicies": "cdk8s_backend.connection_policies",
    "SecretSource": "cdk8s_backend.configuration",
    "SecretTemplate": "cdk8s_backend.configuration",
    "Certificate": "cdk8s_backend.certificate",
    "DatabaseBackup": "cdk8s_backend.database_backup",
    "postgresql_backup": "cdk8s_backend.database_backup",
    "redis_backup": "cdk8s_backend.database_backup",
    "BackendError": "cdk8s_backend.errors",
    "InvalidValueError": "cdk8s_backend.errors",
    "LayoutError": "cdk8s_backend.errors",
    "LinkError": "cdk8s_backend.errors",
    "ManifestError": "cdk8s_backend.errors",
    "NodeNotFoundError": "cdk8s_backend.errors",
    "HttpIngress": "cdk8s_backend.http_ingress",
    "Route": "cdk8s_backend.http_ingress",
    "Database": "cdk8s_backend.init_job",
    "InitJob": "cdk8s_backend.init_job",
    "KafkaBroker": "cdk8s_backend.kafka_broker",
    "PersistentClaims": "cdk8s_backend.persistent_claims",
    "postgresql": "cdk8s_backend.postgresql_server",
    "redis_cache": "cdk8s_backend.redis",
    "redis_primary": "cdk8s_backend.redis",
    "redis_replica": "cdk8s_backend.redis",
    "RestrictedNamespace": "cdk8s_backend.restricted_namespace",
    "StatefulDatabase": "cdk8s_backend.stateful_database",
    "ConfigKey": "cdk8s_backend.values",
    "Endpoint": "cdk8s_backend.values",
    "Probe": "cdk8s_backend.values",
    "Probes": "cdk8s_backend.values",
    "Resources": "cdk8s_backend.values",
    "SecretKey": "cdk8s_backend.values",
    "Storage": "cdk8s_backend.values",
    "User": "cdk8s_backend.values",
    "exec_probe": "cdk8s_backend.values",
    "http_probe": "cdk8s_backend.values",
    "tcp_probe": "cdk8s_backend.values",
    "ZooKeeper": "cdk8s_backend.zookeeper",
}

find_node()


def __dir__() -> list[str]:
    return __all__


if not TYPE_CHECKING:  # a checker knows the names, and finds one that is not there

    def __getattr__(name: str) -> Any:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_MODULES[name]), name)
