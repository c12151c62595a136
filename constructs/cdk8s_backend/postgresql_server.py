"""PostgreSQL as an engine of StatefulDatabase."""

from cdk8s_backend.container_scripts import POSTGRESQL_LIVENESS, POSTGRESQL_START, refuse_placeholder
from cdk8s_backend.directories import Data, Scratch
from cdk8s_backend.pods import InitProgram, Program
from cdk8s_backend.values import Probes, SecretKey, User, exec_probe

__all__ = ["postgresql"]

_DATA = "/var/lib/postgresql/data"
_FIRST_START = "/docker-entrypoint-initdb.d"
# -h: at the first start a server on the socket only prepares the data
_READY = ["pg_isready", "-q", "-h", "127.0.0.1"]
_ALIVE = ["/bin/sh", "-c", POSTGRESQL_LIVENESS]
_START = ["/bin/sh", "-c", POSTGRESQL_START, "postgresql-start", _DATA, _FIRST_START]
_SCRAM = "--auth-local=scram-sha-256 --auth-host=scram-sha-256 --data-checksums"


def postgresql(*, username: SecretKey, password: SecretKey, image: str = "postgres:15-alpine") -> Program:
    """A PostgreSQL server.

    Its superuser is created at the first start, from then on changing the Secret does not change the server. It
    refuses to start as long as one of the two is still a placeholder. Data that an earlier server has left in the root
    of the disk is used; else it lies in the folder `pgdata` of the disk.

    Args:
        username: Name of the superuser.
        password: Password of the superuser.
        image: The image; the Alpine variant, whose user is 70. Default postgres:15-alpine.
    """
    credentials = {"POSTGRES_USER": username, "POSTGRES_PASSWORD": password}
    return Program(
        image=image,
        user=User(uid=70, gid=70),
        ports={"postgresql": 5432},
        command=_START,
        env={
            **credentials,
            "POSTGRES_DB": "postgres",
            # initdb refuses a directory that holds lost+found, as the root of a disk does
            "PGDATA": f"{_DATA}/pgdata",
            # without this, who reaches 127.0.0.1 (a port-forward) needs no password
            "POSTGRES_INITDB_ARGS": _SCRAM,
        },
        probes=Probes(
            # a server that recovers has started: however long it takes, killing it would only begin it anew
            startup=exec_probe(_ALIVE, period_seconds=2, failure_threshold=150, timeout_seconds=5),
            readiness=exec_probe(_READY, period_seconds=5),
            liveness=exec_probe(_ALIVE, failure_threshold=6, timeout_seconds=5),
        ),
        directories=[
            Data(path=_DATA),
            Scratch(path="/var/run/postgresql"),
            Scratch(path=_FIRST_START),
            Scratch(path="/tmp"),  # noqa: S108 - a mount of its own
            Scratch(path="/dev/shm", in_memory=True),  # noqa: S108
        ],
        prepare=[
            InitProgram(
                name="check-credentials", command=["/bin/sh", "-c", refuse_placeholder(*credentials)], env=credentials
            )
        ],
        grace_period_seconds=90,
    )
