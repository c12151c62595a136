"""PostgreSQL, Redis and Kafka by their own programs, each in its own pod."""

from charts.topology import KAFKA, POSTGRESQL, DatabaseUnit
from e2e.system import System

__all__ = ["consume", "kafka", "log_in", "produce", "psql", "redis", "redis_field"]

_INTERNAL = "127.0.0.1:29092"
"""The broker's listener for its own pod, which needs no NetworkPolicy."""

_LOG_IN = """\
read -r PGPASSWORD
export PGPASSWORD
exec psql --host "$(hostname -i)" --no-psqlrc --set ON_ERROR_STOP=1 --quiet --tuples-only --no-align "$@"
"""
"""Over the network, from which the server wants a password; on 127.0.0.1 and its socket the image lets everyone in."""

_PRODUCE_BY_THE_OLD_NAME = """\
tool=$(command -v "$0")
exec bash -c "$(sed s/org.apache.kafka.tools.ConsoleProducer/kafka.tools.ConsoleProducer/ "$tool")" "$0" "$@"
"""
"""Runs the tool with its class's older name: the script of some images is newer than their Kafka."""


def psql(system: System, role: DatabaseUnit, sql: str, *, database: str | None = None) -> str:
    """Runs SQL as the role of a database and returns its rows, columns between `|`.

    Args:
        system: The system.
        role: Whose role logs in, with what its Secret says.
        sql: The statement.
        database: Name of the database; default the role's own.

    Raises:
        AssertionError: It is refused, or fails.
    """
    secret = system.secret(role.secret)
    options = ("--username", secret["username"], "--dbname", database or role.name, "--command", sql)
    answer = log_in(system, secret["password"], *options)
    return answer.strip()


def log_in(system: System, password: str, *options: str) -> str:
    """Runs `psql OPTIONS` with a password, which is in no argument, and returns what it prints.

    Raises:
        AssertionError: It is refused, or fails.
    """
    return system.execute(POSTGRESQL.host, "sh", "-c", _LOG_IN, "psql", *options, text=f"{password}\n")


def redis(system: System, server: str, *command: str, text: str = "") -> str:
    """Runs `redis-cli COMMAND` on a Redis server; without a command, those of `text`, one a line.

    Args:
        system: The system.
        server: Name of the server.
        command: The command.
        text: Commands.
    """
    return system.execute(server, "redis-cli", *command, text=text).strip()


def redis_field(system: System, server: str, section: str, name: str) -> str:
    """A field of a section of `INFO`; empty where it is not there."""
    lines = redis(system, server, "INFO", section).splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(f"{name}:")), "")


def kafka(system: System, tool: str, *options: str, text: str = "") -> str:
    """Runs one of the broker's own tools, like `kafka-topics`, and returns what it prints.

    It takes the heap of a tool, not the broker's, which the pod's variables give.
    """
    return _in_the_broker(system, tool, "--bootstrap-server", _INTERNAL, *options, text=text)


def produce(system: System, topic: str, message: str) -> None:
    """Writes a message to a topic."""
    tool = ("kafka-console-producer", "--bootstrap-server", _INTERNAL, "--topic", topic)
    try:
        _in_the_broker(system, *tool, text=f"{message}\n")
    except AssertionError as error:
        if "find or load main class" not in str(error):
            raise
        _in_the_broker(system, "bash", "-c", _PRODUCE_BY_THE_OLD_NAME, *tool, text=f"{message}\n")


def consume(system: System, topic: str) -> list[str]:
    """All messages of a topic, from the first one on."""
    options = ("--topic", topic, "--from-beginning", "--timeout-ms", "5000")
    return kafka(system, "kafka-console-consumer", *options).splitlines()


def _in_the_broker(system: System, *command: str, text: str) -> str:
    return system.execute(KAFKA.host, "env", "KAFKA_HEAP_OPTS=-Xmx128m", *command, text=text, timeout=90)
