"""Phase 4: PostgreSQL, Redis, ZooKeeper and Kafka."""

from cdk8s_backend import (
    Endpoint,
    KafkaBroker,
    StatefulDatabase,
    ZooKeeper,
    postgresql,
    redis_cache,
    redis_primary,
    redis_replica,
)

from cdk8s import App

from charts import topology
from charts.configuration import ConfigurationChart
from charts.phase import PhaseChart
from charts.sizing import image_of, resources_of, storage_of
from charts.topology import Topology
from inputs.settings import Settings

__all__ = ["InfrastructureChart"]


class InfrastructureChart(PhaseChart):
    """What the services stand on (specification rules 3 and 4)."""

    phase = "infrastructure"
    title_ko = "인프라 컴포넌트 배포"
    title_en = "Infrastructure"

    def __init__(self, app: App, *, system: Topology, settings: Settings, configuration: ConfigurationChart) -> None:
        super().__init__(app, environment=settings.environment)
        app_config, redis_config = configuration.app_config, configuration.redis_config
        superuser = configuration.secrets["postgresql-secret"]

        def image(endpoint: Endpoint) -> str:
            return image_of(system.unit(endpoint.host), settings)

        engines = {
            topology.POSTGRESQL: postgresql(
                username=superuser.key("username"),
                password=superuser.key("password"),
                image=image(topology.POSTGRESQL),
            ),
            topology.REDIS_VALUE: redis_primary(
                configuration=redis_config.key(f"{topology.REDIS_VALUE.host}.conf"),
                image=image(topology.REDIS_VALUE),
            ),
            topology.REDIS_REPLICA: redis_replica(
                configuration=redis_config.key(f"{topology.REDIS_REPLICA.host}.conf"),
                primary_host=app_config.key("redis.host"),
                primary_port=app_config.key("redis.port"),
                image=image(topology.REDIS_REPLICA),
            ),
            topology.REDIS_CACHE: redis_cache(
                configuration=redis_config.key(f"{topology.REDIS_CACHE.host}.conf"),
                image=image(topology.REDIS_CACHE),
            ),
        }
        # They take longest to start, so they are the first to be applied.
        zookeeper, kafka = system.unit(topology.ZOOKEEPER.host), system.unit(topology.KAFKA.host)
        ZooKeeper(
            self,
            zookeeper.name,
            name=zookeeper.name,
            configuration=configuration.kafka_config,
            resources=resources_of(zookeeper, settings),
            storage=storage_of(zookeeper, settings),
            image=image(topology.ZOOKEEPER),
            image_pull_policy=settings.image_pull_policy,
            image_pull_seconds=settings.image_pull_seconds,
        )
        KafkaBroker(
            self,
            kafka.name,
            endpoint=topology.KAFKA,
            configuration=configuration.kafka_config,
            resources=resources_of(kafka, settings),
            storage=storage_of(kafka, settings),
            image=image(topology.KAFKA),
            image_pull_policy=settings.image_pull_policy,
            image_pull_seconds=settings.image_pull_seconds,
        )
        for endpoint, engine in engines.items():
            unit = system.unit(endpoint.host)
            StatefulDatabase(
                self,
                unit.name,
                name=unit.name,
                engine=engine,
                resources=resources_of(unit, settings),
                storage=storage_of(unit, settings),
                image_pull_policy=settings.image_pull_policy,
            )
