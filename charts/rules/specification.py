"""What the specification names: the parts of the system and the table of resources.

Held here once more, apart from the topology, since a rule must not judge the generated folder by what generated it.
"""

from dataclasses import dataclass

NAMESPACE = "count-system"

SERVICES = (
    "count-write-service",
    "count-read-service",
    "count-management-service",
    "count-analysis-service",
    "dashboard-provision-service",
    "dashboard-update-service",
)
DATABASES = ("postgresql", "redis-value", "redis-replica", "redis-cache")
MESSAGING = ("zookeeper", "kafka")
CONFIG_MAPS = ("app-config", "kafka-config")
SECRET = "postgresql-secret"  # noqa: S105 - the Secret's name
INIT_JOB = "postgresql-init"
INGRESS = "count-system-ingress"
GATEWAY = "count-system-gateway"
"""In the place of the Ingress where the routing is by method too."""


@dataclass(frozen=True)
class Amounts:
    """CPU and memory, as Kubernetes writes them."""

    cpu: str
    memory: str


@dataclass(frozen=True)
class Guide:
    """A row of the table of resources (section 12)."""

    requests: Amounts
    limits: Amounts


_STANDARD = Guide(Amounts("100m", "256Mi"), Amounts("500m", "512Mi"))
ANALYSIS_SERVICE = "count-analysis-service"
RESOURCES = {
    "count-write-service": _STANDARD,
    "count-read-service": _STANDARD,
    "count-management-service": _STANDARD,
    ANALYSIS_SERVICE: Guide(Amounts("200m", "512Mi"), Amounts("1000m", "1Gi")),
    "dashboard-provision-service": _STANDARD,
    "dashboard-update-service": _STANDARD,
}
