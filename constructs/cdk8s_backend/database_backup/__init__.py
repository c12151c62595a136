"""The CronJob that backs up a database into a claim; a Job made from it restores one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources as package_data

from cdk8s_backend.configuration import Configuration
from cdk8s_backend.cron import validate_schedule
from cdk8s_backend.directories import ConfigFiles, Data, Scratch
from cdk8s_backend.errors import InvalidValueError
from cdk8s_backend.manifest import KubernetesObjects, chart_labels
from cdk8s_backend.names import validate_dns_label
from cdk8s_backend.pods import Program, pod_template
from cdk8s_backend.values import ConfigKey, EnvironmentValue, ImagePullPolicy, Resources, SecretKey, User

from cdk8s import ApiObject
from constructs import Construct

__all__ = ["BackupSource", "DatabaseBackup", "postgresql_backup", "redis_backup"]

_SCRIPTS = ("backup.sh", "postgresql.sh", "redis.sh")
_FOLDER = "/backups"
_LONGEST_NAME = 52
_FINAL = (2, 3)
"""Exit statuses of backup.sh after which another try would be of no use, or wrong."""


@dataclass(frozen=True, kw_only=True)
class BackupSource:
    """A database and what reads and writes it; `postgresql_backup` and `redis_backup` make one.

    Args:
        script: Which of `DatabaseBackup.scripts()` knows such databases.
        image: An image with their clients.
        user: Numeric user and group.
        env: Where the database is, and how to log in.
        ports: Port name to number, where the server connects to the pod. Default none.
    """

    script: str
    image: str
    user: User
    env: Mapping[str, EnvironmentValue] = field(hash=False)
    ports: Mapping[str, int] = field(default_factory=dict, hash=False)


def postgresql_backup(
    *,
    host: ConfigKey,
    port: ConfigKey,
    database: ConfigKey,
    username: SecretKey,
    password: SecretKey,
    image: str = "postgres:15-alpine",
) -> BackupSource:
    """One database of a PostgreSQL server, as `pg_dump --format=custom` writes it.

    Args:
        host: Host of the server.
        port: Port of the server.
        database: Name of the database.
        username: The role that owns it.
        password: The role's password.
        image: The image, with clients of the server's version; the Alpine variant, whose user is 70. Default
            postgres:15-alpine.
    """
    env: dict[str, EnvironmentValue] = {
        "PGHOST": host,
        "PGPORT": port,
        "PGDATABASE": database,
        "PGUSER": username,
        "PGPASSWORD": password,
    }
    return BackupSource(script="postgresql.sh", image=image, user=User(uid=70, gid=70), env=env)


def redis_backup(
    *, host: ConfigKey, port: ConfigKey, restore_port: int = 6380, image: str = "redis:7-alpine"
) -> BackupSource:
    """A Redis server, as `redis-cli --rdb` writes it.

    While it is restored, the server connects to the pod of the backup, and the whole data is in the pod's memory.

    Args:
        host: Host of the server.
        port: Port of the server.
        restore_port: Where it finds the pod. Default 6380: no port on which another Redis could answer that gets the
            pod's address later.
        image: The image, with clients of the server's version. Default redis:7-alpine.
    """
    return BackupSource(
        script="redis.sh",
        image=image,
        user=User(uid=999, gid=1000),
        env={"REDIS_HOST": host, "REDIS_PORT": port, "RESTORE_PORT": str(restore_port)},
        ports={"restore": restore_port},
    )


class DatabaseBackup(KubernetesObjects):
    """A CronJob that backs up one database into a claim of its own (`CronJob`, batch/v1).

    A backup gets its name, `<database>-20261126T030000Z.dump` (`.rdb` for Redis) with the time in UTC, when it is
    whole, has been read back, and is on the disk. The oldest ones are deleted after that. A run that fails says why,
    leaves the earlier ones, and is tried four times more; its pods are kept with their logs.

    A Job made from the CronJob backs up at once. With the variable `ACTION` it does something else: `list`, `restore`
    the backup that `FILE` names (or the `latest`), or `hold` the claim for half an hour, for copies. A restore that
    fails is not tried again (`podFailurePolicy`): by then the `latest` could be a backup of the damaged data.

    Args:
        scope: Where it belongs.
        id: Its name in the construct tree.
        name: Name of the CronJob and its container, and value of the label `app`.
        database: Beginning of the names of the backups.
        source: What is backed up.
        schedule: When (`CronJob.spec.schedule`), like `0 3 * * *`.
        keep: How many backups are kept; while a new one is written there is one more.
        claim: Name of the claim, which no other pods use.
        scripts: A ConfigMap that holds `DatabaseBackup.scripts()`.
        resources: Requests and limits.
        time_zone: Time zone of the schedule (`CronJob.spec.timeZone`). Default Etc/UTC.
        deadline_seconds: Seconds after which a run has failed, and until which a run that was missed is made up for.
            Default 3600.
        image_pull_policy: When the image is pulled. Default IfNotPresent.

    Attributes:
        cron_job: The CronJob.

    Raises:
        InvalidValueError: A name is no DNS label, or longer than 52 characters; the schedule is none, or never comes;
            the ConfigMap lacks a script; no backup is kept; or a run has no time.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        name: str,
        database: str,
        source: BackupSource,
        schedule: str,
        keep: int,
        claim: str,
        scripts: Configuration,
        resources: Resources,
        time_zone: str = "Etc/UTC",
        deadline_seconds: int = 3600,
        image_pull_policy: ImagePullPolicy = "IfNotPresent",
    ) -> None:
        if len(name) > _LONGEST_NAME:
            raise InvalidValueError(
                f"{name}: a CronJob's name has at most {_LONGEST_NAME} characters; its Jobs add to it"
            )
        validate_dns_label(database, f"{name}: database")
        validate_dns_label(claim, f"{name}: claim")
        for what, number in (("keep", keep), ("deadline_seconds", deadline_seconds)):
            if number < 1:
                raise InvalidValueError(f"{name}: {what} {number} must be at least 1")
        program = Program(
            image=source.image,
            user=source.user,
            ports=source.ports,
            command=["/bin/sh", f"/scripts/{source.script}"],
            env={"BACKUP_NAME": database, "BACKUP_KEEP": str(keep), "BACKUP_FOLDER": _FOLDER, **source.env},
            directories=[
                ConfigFiles(path="/scripts", files={file: scripts.key(file) for file in ("backup.sh", source.script)}),
                Data(path=_FOLDER),
                Scratch(path="/tmp"),  # noqa: S108 - a mount of its own
            ],
        )
        labels = {"app": name, **chart_labels(scope)}
        super().__init__(
            scope,
            id,
            {
                "Default": {
                    "apiVersion": "batch/v1",
                    "kind": "CronJob",
                    "metadata": {"name": name, "labels": {"app": name}},
                    "spec": {
                        "schedule": validate_schedule(schedule),
                        "timeZone": time_zone,
                        "concurrencyPolicy": "Forbid",
                        "startingDeadlineSeconds": deadline_seconds,
                        "successfulJobsHistoryLimit": 3,
                        "failedJobsHistoryLimit": 3,
                        "jobTemplate": {
                            "metadata": {"labels": labels},
                            "spec": {
                                "backoffLimit": 4,
                                "podFailurePolicy": {"rules": [_not_tried_again(name)]},
                                "activeDeadlineSeconds": deadline_seconds,
                                "template": pod_template(
                                    name=name,
                                    program=program,
                                    resources=resources,
                                    image_pull_policy=image_pull_policy,
                                    labels=labels,
                                    data_claim=claim,
                                    restart_policy="Never",
                                ),
                            },
                        },
                    },
                },
            },
        )

    @property
    def cron_job(self) -> ApiObject:
        """The CronJob."""
        return self.api_object()

    @staticmethod
    def scripts() -> dict[str, str]:
        """What the CronJobs run, for a ConfigMap: file name to text."""
        folder = package_data.files(__package__)
        return {file: folder.joinpath(file).read_text(encoding="utf-8") for file in _SCRIPTS}


def _not_tried_again(container: str) -> Mapping[str, object]:
    exit_codes = {"containerName": container, "operator": "In", "values": list(_FINAL)}
    # The schemas of Kubernetes 1.27 and 1.28 demand the other kind of rule too.
    return {"action": "FailJob", "onExitCodes": exit_codes, "onPodConditions": []}
