"""The small scripts that run inside pods: waiting, checks before a start, and probes.

All but ZooKeeper's and Kafka's are POSIX sh with nothing but busybox' commands and the image's own clients. Each is
text for `["/bin/sh", "-c", TEXT, NAME, ARGUMENTS…]`.
"""

import re
from importlib import resources

from cdk8s_backend.errors import InvalidValueError

__all__ = [
    "KAFKA_READINESS",
    "POSTGRESQL_LIVENESS",
    "POSTGRESQL_START",
    "REDIS_READINESS",
    "REDIS_REPLICA_READINESS",
    "WAIT_FOR_ENDPOINTS",
    "ZOOKEEPER_READINESS",
    "refuse_placeholder",
]

_FOLDER = resources.files(__package__)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _text(name: str) -> str:
    return _FOLDER.joinpath(name).read_text(encoding="utf-8")


WAIT_FOR_ENDPOINTS: str = _text("wait_for_endpoints.sh")
"""Returns once each argument, `HOST:PORT`, accepts a connection. Waits without an end, and says every 10 s for what."""

POSTGRESQL_LIVENESS: str = _text("postgresql_liveness.sh")
"""Fails if PostgreSQL does not answer on 127.0.0.1 (port `PGPORT`, 5432 by default).

A server that starts or recovers answers, though it lets nobody in yet.
"""

POSTGRESQL_START: str = _text("postgresql_start.sh")
"""Starts PostgreSQL by its image's entrypoint, on data in the folder `$1` if there is some, and none in `PGDATA`.

At the first start a `POSTGRES_PASSWORD` with line ends is set by a script in the folder `$2`, which the image runs.
"""

REDIS_READINESS: str = _text("redis_readiness.sh")
"""Fails unless Redis on 127.0.0.1 (port `$1`, 6379 by default) answers a ping with PONG."""

REDIS_REPLICA_READINESS: str = _text("redis_replica_readiness.sh")
"""Fails unless the Redis replica on 127.0.0.1 (port `$1`, 6379 by default) has a whole copy of its primary's data.

A replica whose primary is away stays ready.
"""

ZOOKEEPER_READINESS: list[str] = ["/bin/bash", "-c", _text("zookeeper_readiness.sh")]
"""A whole command, since it needs bash: fails unless ZooKeeper on 127.0.0.1 serves requests.

Its port is an argument to append after the command's name (`["zookeeper-readiness", "2182"]`), 2181 by default.
"""

KAFKA_READINESS: list[str] = ["/bin/bash", "-c", _text("kafka_readiness.sh")]
"""A whole command, since it needs bash: fails unless the Kafka broker on 127.0.0.1 answers a request within 3 s.

A broker that hangs still accepts connections. The port is an argument to append after the command's name
(`["kafka-readiness", "9093"]`), 9092 by default.
"""


def refuse_placeholder(*variables: str) -> str:
    """Returns a script that fails if an environment variable is empty or still a `${NAME}` of a template.

    It looks at the whole value: a password that merely contains `${NAME}` is one.

    Args:
        variables: Names of the variables.

    Raises:
        InvalidValueError: There is none, or a name is no name of a variable.
    """
    if not variables:
        raise InvalidValueError("refuse_placeholder: there is no variable to look at")
    for name in variables:
        if not _VARIABLE.fullmatch(name):
            raise InvalidValueError(
                f"refuse_placeholder: {name!r} is no name of a variable: letters, digits and _, not a digit first"
            )
    return f"set -- {' '.join(variables)}\n{_text('refuse_placeholder.sh')}"
