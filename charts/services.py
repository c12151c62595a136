"""Phase 6: the HTTP services."""

from cdk8s_backend import ApiService, health_probes
from cdk8s_backend.values import EnvironmentValue

from cdk8s import App

from charts.configuration import ConfigurationChart
from charts.phase import PhaseChart
from charts.sizing import autoscaler_of, replicas_of, resources_of
from charts.topology import ServiceUnit, Topology
from inputs.settings import Settings

__all__ = ["ServicesChart"]


class ServicesChart(PhaseChart):
    """The HTTP services (specification rules 2, 4 and 12)."""

    phase = "services"
    title_ko = "애플리케이션 서비스 배포"
    title_en = "Services"

    def __init__(self, app: App, *, system: Topology, settings: Settings, configuration: ConfigurationChart) -> None:
        super().__init__(app, environment=settings.environment)
        for service in system.services:
            autoscaler = autoscaler_of(service, settings)
            ApiService(
                self,
                service.name,
                name=service.name,
                image=settings.image(service.name),
                port=service.port,
                env=_environment(service, system, configuration) | configuration.variables.get(service.name, {}),
                env_from=settings.config_maps.get(service.name, ()),
                resources=resources_of(service, settings),
                replicas=None if autoscaler else replicas_of(service, settings),
                horizontal_pod_autoscaler=autoscaler,
                probes=health_probes(service.port, start_seconds=service.start_seconds),
                wait_for=service.waits_for,
                image_pull_policy=settings.image_pull_policy,
                image_pull_seconds=settings.image_pull_seconds,
                labels={"service": "api"},
            )


def _environment(
    service: ServiceUnit, system: Topology, configuration: ConfigurationChart
) -> dict[str, EnvironmentValue]:
    """What a service reads: for each thing that it reaches, and nothing else, where and as whom."""
    config = configuration.app_config
    env: dict[str, EnvironmentValue] = {"NODE_ENV": config.key("node.env"), "PORT": config.key(service.port_key)}
    if service.database:
        role = configuration.secrets[service.database.secret]
        env |= {
            "DATABASE_URL": config.key(service.database.url_key),
            "POSTGRES_HOST": config.key("postgres.host"),
            "POSTGRES_PORT": config.key("postgres.port"),
            "POSTGRES_USER": role.key("username"),
            "POSTGRES_PASSWORD": role.key("password"),
            service.database.name_variable: config.key(service.database.name_key),
        }
    for redis in service.redis:
        env |= {
            f"{variable}_{part.upper()}": config.key(f"{redis.prefix}.{part}")
            for variable in redis.variables
            for part in ("host", "port", "url")
        }
    if service.kafka:
        env["KAFKA_BROKERS"] = config.key("kafka.brokers")
        env["KAFKA_TOPIC_COUNT_UPDATES"] = config.key("kafka.topic.count.updates")
    for name in service.services:
        called = system.service(name)
        env[called.url_variable] = config.key(called.url_key)
    return env
