"""Phase 5: the Job that creates the databases, and their backups."""

from cdk8s_backend import Database, InitJob

from cdk8s import App

from charts import topology
from charts.backups import add_backups
from charts.configuration import ConfigurationChart
from charts.phase import PhaseChart
from charts.sizing import image_of
from charts.topology import Topology
from inputs.settings import Settings

__all__ = ["DatabaseInitializationChart"]


class DatabaseInitializationChart(PhaseChart):
    """The databases and their roles (specification rule 9), and the CronJobs that back them up."""

    phase = "database-initialization"
    title_ko = "데이터베이스 초기화 Job 실행"
    title_en = "Database initialization"

    def __init__(self, app: App, *, system: Topology, settings: Settings, configuration: ConfigurationChart) -> None:
        super().__init__(app, environment=settings.environment)
        app_config, secrets = configuration.app_config, configuration.secrets
        superuser = secrets["postgresql-secret"]
        InitJob(
            self,
            topology.INIT_JOB,
            name=topology.INIT_JOB,
            host=app_config.key("postgres.host"),
            port=app_config.key("postgres.port"),
            username=superuser.key("username"),
            password=superuser.key("password"),
            databases=[
                Database(
                    name=app_config.key(database.name_key),
                    username=secrets[database.secret].key("username"),
                    password=secrets[database.secret].key("password"),
                )
                for database in topology.DATABASES
            ],
            scripts=configuration.init_scripts,
            resources=topology.INIT_JOB_RESOURCES,
            image=image_of(system.unit(topology.POSTGRESQL.host), settings),
            image_pull_policy=settings.image_pull_policy,
            ttl_seconds_after_finished=settings.job_ttl_seconds,
        )
        if settings.backups and configuration.backup_scripts:
            add_backups(
                self,
                settings.backups,
                configuration.backup_scripts,
                system=system,
                settings=settings,
                configuration=configuration,
            )
