"""The Job that creates databases, each with a role of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources as package_data

from cdk8s_backend.configuration import Configuration
from cdk8s_backend.directories import ConfigFiles, Scratch
from cdk8s_backend.errors import InvalidValueError
from cdk8s_backend.manifest import KubernetesObjects, chart_labels
from cdk8s_backend.pods import Program, pod_template
from cdk8s_backend.values import ConfigKey, EnvironmentValue, ImagePullPolicy, Resources, SecretKey, User

from cdk8s import ApiObject
from constructs import Construct

__all__ = ["Database", "InitJob"]

_SCRIPTS = ("init.sh", "init.sql")


@dataclass(frozen=True, kw_only=True)
class Database:
    """A database and the role that owns it and can open no other.

    Args:
        name: Name of the database.
        username: Name of the role.
        password: Password of the role.
    """

    name: ConfigKey
    username: SecretKey
    password: SecretKey


class InitJob(KubernetesObjects):
    """A Job that makes sure, each time it runs, that databases and their roles exist (specification rule 9).

    A server that is not there yet is waited for; a wrong password fails the Job within a minute. The Job is kept when
    it is done.

    Args:
        scope: Where it belongs.
        id: Its name in the construct tree.
        name: Name of the Job and its container, and value of the label `app`.
        host: Host of the server.
        port: Port of the server.
        username: Name of its superuser.
        password: Password of its superuser.
        databases: What must exist.
        scripts: A ConfigMap that holds `InitJob.scripts()`.
        resources: Requests and limits.
        image: The image; it has `sh` and psql 15 or later. Default postgres:15-alpine.
        image_pull_policy: When the image is pulled. Default IfNotPresent.
        ttl_seconds_after_finished: Seconds after which the finished Job is deleted. Default: it is kept.

    Attributes:
        job: The Job.

    Raises:
        InvalidValueError: There is no database, the ConfigMap lacks a script, the name is no DNS label, or the time
            until the Job is deleted is negative.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        name: str,
        host: ConfigKey,
        port: ConfigKey,
        username: SecretKey,
        password: SecretKey,
        databases: Sequence[Database],
        scripts: Configuration,
        resources: Resources,
        image: str = "postgres:15-alpine",
        image_pull_policy: ImagePullPolicy = "IfNotPresent",
        ttl_seconds_after_finished: int | None = None,
    ) -> None:
        if not databases:
            raise InvalidValueError(f"{name}: there is no database to create")
        if ttl_seconds_after_finished is not None and ttl_seconds_after_finished < 0:
            raise InvalidValueError(
                f"{name}: ttl_seconds_after_finished {ttl_seconds_after_finished} must not be negative"
            )
        env: dict[str, EnvironmentValue] = {
            "POSTGRES_USER": username,
            "POSTGRES_PASSWORD": password,
            # psql reads none of the image's own variables
            "PGHOST": host,
            "PGPORT": port,
            "PGUSER": "$(POSTGRES_USER)",
            "PGPASSWORD": "$(POSTGRES_PASSWORD)",
        }
        for number, database in enumerate(databases, start=1):
            env |= {
                f"DATABASE_{number}_NAME": database.name,
                f"DATABASE_{number}_USERNAME": database.username,
                f"DATABASE_{number}_PASSWORD": database.password,
            }
        program = Program(
            image=image,
            user=User(uid=70, gid=70),
            command=["/bin/sh", "/scripts/init.sh"],
            env=env,
            directories=[
                ConfigFiles(path="/scripts", files={file: scripts.key(file) for file in _SCRIPTS}),
                Scratch(path="/tmp"),  # noqa: S108 - a mount of its own
            ],
        )
        ttl = {} if ttl_seconds_after_finished is None else {"ttlSecondsAfterFinished": ttl_seconds_after_finished}
        super().__init__(
            scope,
            id,
            {
                "Default": {
                    "apiVersion": "batch/v1",
                    "kind": "Job",
                    "metadata": {"name": name, "labels": {"app": name}},
                    "spec": {
                        "backoffLimit": 2,
                        **ttl,
                        "template": pod_template(
                            name=name,
                            program=program,
                            resources=resources,
                            image_pull_policy=image_pull_policy,
                            labels={"app": name, **chart_labels(scope)},
                            restart_policy="OnFailure",
                        ),
                    },
                },
            },
        )

    @property
    def job(self) -> ApiObject:
        """The Job."""
        return self.api_object()

    @staticmethod
    def scripts() -> dict[str, str]:
        """What the Job runs, for a ConfigMap: file name to text."""
        folder = package_data.files(__package__)
        return {file: folder.joinpath(file).read_text(encoding="utf-8") for file in _SCRIPTS}
