"""Phase 2: ConfigMaps, Secrets, and NetworkPolicies."""

from collections.abc import Mapping

from cdk8s_backend import (
    Configuration,
    Connection,
    ConnectionPolicies,
    DatabaseBackup,
    InitJob,
    InvalidValueError,
    KafkaBroker,
    SecretSource,
    SecretTemplate,
    ZooKeeper,
    redis_configuration,
)
from cdk8s_backend.values import ConfigKey, Resources

from cdk8s import App

from charts import topology
from charts.connectors import backup_connectors, connectors, entrances
from charts.phase import PhaseChart
from charts.sizing import java_heap, resources_of
from charts.topology import Topology
from inputs.settings import Settings

__all__ = ["ConfigurationChart"]


class ConfigurationChart(PhaseChart):
    """ConfigMaps and Secrets (specification rules 5 and 6), and NetworkPolicies: they are there before the first pod.

    Attributes:
        app_config: What the services read.
        variables: What the settings have each service read besides, by the service and the name of the variable.
        kafka_config: What Kafka and ZooKeeper read.
        redis_config: A redis.conf for each Redis, under its name.
        init_scripts: What the initialization Job runs.
        backup_scripts: What the backups run; None without backups.
        secrets: What brings the Secrets, by their names.
    """

    phase = "configuration"
    title_ko = "ConfigMap 및 Secret 생성"
    title_en = "ConfigMaps and Secrets"

    def __init__(self, app: App, *, system: Topology, settings: Settings) -> None:
        super().__init__(app, environment=settings.environment)

        def limits(name: str) -> Resources:
            return resources_of(system.unit(name), settings)

        self.app_config = Configuration(self, "app-config", name="app-config", data=_app_config(system))
        self.kafka_config = Configuration(
            self,
            "kafka-config",
            name="kafka-config",
            data={
                **ZooKeeper.settings(heap=java_heap(limits(topology.ZOOKEEPER.host))),
                **KafkaBroker.settings(
                    endpoint=topology.KAFKA,
                    zookeeper=topology.ZOOKEEPER,
                    heap=java_heap(limits(topology.KAFKA.host)),
                ),
            },
        )
        self.redis_config = Configuration(
            self,
            "redis-config",
            name="redis-config",
            data={
                f"{endpoint.host}.conf": write(memory_limit_bytes=limits(endpoint.host).memory_limit_bytes)
                for endpoint, write in (
                    (topology.REDIS_VALUE, redis_configuration.primary),
                    (topology.REDIS_REPLICA, redis_configuration.replica),
                    (topology.REDIS_CACHE, redis_configuration.cache),
                )
            },
        )
        self.init_scripts = Configuration(
            self, "init-scripts", name=f"{topology.INIT_JOB}-scripts", data=InitJob.scripts()
        )
        self.backup_scripts = (
            Configuration(self, "backup-scripts", name="backup-scripts", data=DatabaseBackup.scripts())
            if settings.backups
            else None
        )
        self.secrets = _secrets(self, settings)
        self.variables = {service: self._add_variables(service, given) for service, given in settings.variables.items()}
        if settings.network_policies:
            calls = (*connectors(system), *(backup_connectors() if settings.backups else ()))
            ConnectionPolicies(
                self,
                "network-policies",
                connections=[Connection(call.source, call.target) for call in calls],
                entrances={
                    settings.ingress_controller_namespace: [way.service.endpoint for way in entrances(system)],
                },
                challenges_from=settings.ingress_controller_namespace if settings.tls and settings.tls.issuer else None,
            )

    def _add_variables(self, service: str, given: Mapping[str, str]) -> dict[str, ConfigKey]:
        """Adds the ConfigMap of a service's own, and returns its keys by the variables that they are for."""
        if not given:
            return {}
        name = f"{service}-config"
        keys = {variable: f"env.{variable.lower()}" for variable in given}
        data = {keys[variable]: value for variable, value in given.items()}
        config = Configuration(self, f"{service}-variables", name=name, data=data)
        return {variable: config.key(key) for variable, key in keys.items()}


def _app_config(system: Topology) -> dict[str, str]:
    data = {
        "node.env": "production",
        "postgres.host": topology.POSTGRESQL.host,
        "postgres.port": str(topology.POSTGRESQL.port),
    }
    for database in topology.DATABASES:
        data[database.name_key] = database.name
        data[database.url_key] = topology.POSTGRESQL.url("postgresql", f"/{database.name}")
    for redis in topology.REDIS:
        data[f"{redis.prefix}.host"] = redis.endpoint.host
        data[f"{redis.prefix}.port"] = str(redis.endpoint.port)
        data[f"{redis.prefix}.url"] = redis.endpoint.url("redis")
    data["kafka.brokers"] = str(topology.KAFKA)
    data["kafka.topic.count.updates"] = topology.COUNT_UPDATES
    services = {service.url_key: service.endpoint.url("http") for service in system.called}
    services |= {service.port_key: str(service.port) for service in system.services}
    for key in services.keys() & data.keys():
        raise InvalidValueError(f"app-config: {key} of a service has another meaning already; rename the service")
    return data | services


def _secrets(chart: PhaseChart, settings: Settings) -> Mapping[str, SecretSource]:
    if settings.secrets == "external-secrets" and settings.external_secrets:
        from charts.external_secrets import add_stored_secrets  # loads bindings, which only this variant needs

        return add_stored_secrets(chart, store=settings.external_secrets, environment=settings.environment)
    return {
        name: SecretTemplate(chart, name, name=name, variables=variables)
        for name, variables in topology.SECRET_VARIABLES.items()
    }
