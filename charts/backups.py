"""The CronJobs that back up the databases."""

from dataclasses import replace

from cdk8s_backend import Configuration, DatabaseBackup, postgresql_backup, redis_backup

from charts import topology
from charts.configuration import ConfigurationChart
from charts.phase import PhaseChart
from charts.sizing import backup_storage, image_of, resources_of
from charts.topology import Topology
from inputs.settings import BackupSettings, Settings

__all__ = ["add_backups"]


def add_backups(
    chart: PhaseChart,
    backups: BackupSettings,
    scripts: Configuration,
    *,
    system: Topology,
    settings: Settings,
    configuration: ConfigurationChart,
) -> None:
    """Adds a CronJob for each database of PostgreSQL, which logs in as its owner, and for the Redis with the values.

    Args:
        chart: Where they belong.
        backups: When, how many, and where.
        scripts: What they run.
        system: The topology.
        settings: All settings.
        configuration: What tells where the databases are, and how to log in.
    """
    app_config, secrets = configuration.app_config, configuration.secrets
    postgresql, redis = system.unit(topology.POSTGRESQL.host), system.unit(topology.REDIS_VALUE.host)
    sources = {
        database.name: postgresql_backup(
            host=app_config.key("postgres.host"),
            port=app_config.key("postgres.port"),
            database=app_config.key(database.name_key),
            username=secrets[database.secret].key("username"),
            password=secrets[database.secret].key("password"),
            image=image_of(postgresql, settings),
        )
        for database in topology.DATABASES
    }
    sources[redis.name] = redis_backup(
        host=app_config.key(f"{topology.VALUES.prefix}.host"),
        port=app_config.key(f"{topology.VALUES.prefix}.port"),
        restore_port=topology.RESTORE_PORT,
        image=image_of(redis, settings),
    )
    resources = dict.fromkeys(sources, topology.BACKUP_RESOURCES)
    # while it is restored, its pod holds all that the server can hold
    resources[redis.name] = replace(topology.BACKUP_RESOURCES, memory_limit=resources_of(redis, settings).memory_limit)
    for database, source in sources.items():
        name = topology.backup_name(database)
        DatabaseBackup(
            chart,
            name,
            name=name,
            database=database,
            source=source,
            schedule=backups.schedule,
            time_zone=backups.time_zone,
            keep=backups.keep,
            claim=backup_storage(database, backups, settings).claim,
            scripts=scripts,
            resources=resources[database],
            image_pull_policy=settings.image_pull_policy,
        )
