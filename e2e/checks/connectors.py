"""Each connector used once, and seen from outside: what is answered, stored, sent.

A connector that leaves no trace outside the services (the cache, and what today's services do not use yet) is tried by
`e2e.checks.contract`.
"""

import json
import re
import time

from charts.topology import (
    COUNT_INFO,
    COUNT_UPDATES,
    DATABASES,
    INIT_JOB,
    KAFKA,
    POSTGRESQL,
    REDIS_REPLICA,
    REDIS_VALUE,
    ZOOKEEPER,
)
from e2e.check import Group, expect
from e2e.clients import consume, kafka, psql, redis
from e2e.errors import CheckFailedError
from e2e.events import listening
from e2e.system import System
from tests.support.processes import wait_until

__all__ = ["GROUP"]

GROUP = Group("Connectors")

WRITE, READ, UPDATE = "count-write-service", "count-read-service", "dashboard-update-service"


@GROUP.check(look_at=[WRITE, READ])
def a_written_count_is_read(system: System) -> str:
    """What someone outside writes through the write service, the read service answers at once."""
    began = time.monotonic()
    system.ingress.write("e2e-read", 4711)
    wait_until(lambda: system.ingress.value("e2e-read") == 4711, "the read service answers what was written", seconds=5)
    return f"answered {1000 * (time.monotonic() - began):.0f} ms after the write began"


@GROUP.check(look_at=[WRITE, POSTGRESQL.host])
def a_written_count_is_a_row_of_the_database(system: System) -> None:
    """The write service keeps what a count is about in the database countinfo."""
    body = {"value": 1, "description": "end to end"}
    system.ingress.request("PUT", "/api/v1/counts/e2e-row", json=body).raise_for_status()
    rows = psql(system, COUNT_INFO, "SELECT description FROM count_info WHERE id = 'e2e-row'")
    expect("descriptions in countinfo", rows, "end to end")


@GROUP.check(look_at=[READ, POSTGRESQL.host])
def the_read_service_tells_what_the_database_holds(system: System) -> None:
    """The description of a count, which only the database has, is in the read service's answer."""
    body = {"value": 1, "description": "of the database"}
    system.ingress.request("PUT", "/api/v1/counts/e2e-description", json=body).raise_for_status()
    answer = system.ingress.request("GET", "/api/v1/counts/e2e-description", host=system.ingress.read)
    expect("description", answer.raise_for_status().json()["description"], "of the database")


@GROUP.check(look_at=[WRITE, REDIS_VALUE.host, REDIS_REPLICA.host])
def a_written_count_is_on_the_primary_and_on_the_replica(system: System) -> None:
    """The write service keeps values on the primary, from which the replica has them."""
    system.ingress.write("e2e-copied", 42)
    expect("the primary's value", redis(system, REDIS_VALUE.host, "GET", "count:e2e-copied"), "42")
    wait_until(
        lambda: redis(system, REDIS_REPLICA.host, "GET", "count:e2e-copied") == "42", "the replica has 42", seconds=5
    )


@GROUP.check(look_at=[READ, WRITE, REDIS_VALUE.host, REDIS_REPLICA.host])
def readers_are_connected_to_the_replica(system: System) -> str:
    """Readers never burden the primary: their connections lead to the replica, those of writers to the primary."""
    readers, writers = (
        {pod["status"]["podIP"]: pod["metadata"]["name"] for pod in system.pods(name)} for name in (READ, WRITE)
    )
    for _ in range(4):  # so that a pod of each has been asked
        system.ingress.write("e2e-connected", 1)
        system.ingress.value("e2e-connected")
    on_primary, on_replica = _clients(system, REDIS_VALUE.host), _clients(system, REDIS_REPLICA.host)
    if not writers.keys() & on_primary or not readers.keys() & on_replica:
        raise CheckFailedError(
            f"no writer is connected to the primary, or no reader to the replica: {on_primary=}, "
            f"{on_replica=}, {writers=}, {readers=}"
        )
    expect("readers on the primary", readers.keys() & on_primary, set())
    expect("writers on the replica", writers.keys() & on_replica, set())
    return f"{len(readers.keys() & on_replica)} of {len(readers)} readers are connected to the replica"


def _clients(system: System, server: str) -> set[str]:
    """The addresses from which clients are connected to a Redis server."""
    lines = redis(system, server, "CLIENT", "LIST").splitlines()
    fields = (dict(word.partition("=")[::2] for word in line.split()) for line in lines)
    return {each["addr"].rpartition(":")[0] for each in fields}


@GROUP.check(look_at=[WRITE, READ, POSTGRESQL.host])
def services_are_logged_in_as_the_role_of_their_database(system: System) -> str:
    """Nobody but the database's own role works in countinfo, and no service is the superuser."""
    addresses = {pod["status"]["podIP"] for name in (WRITE, READ) for pod in system.pods(name)}
    sql = "SELECT DISTINCT usename, host(client_addr) FROM pg_stat_activity WHERE datname = 'countinfo'"
    found = [row.split("|") for row in psql(system, COUNT_INFO, sql).splitlines()]
    role = system.secret(COUNT_INFO.secret)["username"]
    connected = {address for _, address in found} & addresses
    if not connected:
        raise CheckFailedError(f"no pod of {WRITE} or {READ} is connected to countinfo: {found}")
    expect("roles in countinfo", {user for user, _ in found}, {role})
    return f"{len(connected)} pods as {role}"


@GROUP.check(look_at=[WRITE, KAFKA.host])
def changes_are_on_the_topic_in_their_order(system: System) -> None:
    """The write service publishes each change of a count, and who reads the topic has them as they happened."""
    values = [7, 8, 9]
    for value in values:
        system.ingress.write("e2e-published", value)
    events = [json.loads(line) for line in consume(system, COUNT_UPDATES)]
    found = [event["value"] for event in events if event["countId"] == "e2e-published"]
    expect("last values published on count-updates", found[-len(values) :], values)


@GROUP.check(look_at=[WRITE, UPDATE, KAFKA.host])
def a_change_reaches_an_open_dashboard(system: System) -> str:
    """An administrator sees a change of a count without a reload."""
    with listening(system.ingress, client="e2e-dashboard") as stream:
        expect("first event", getattr(stream.next(10), "name", None), "connected")
        began = time.monotonic()
        system.ingress.write("e2e-shown", 8)
        event = stream.wait_for("e2e-shown", 15)
    expect("value of the event", event.data["value"], 8)
    return f"after {1000 * (time.monotonic() - began):.0f} ms"


@GROUP.check(look_at=[UPDATE, REDIS_REPLICA.host])
def a_dashboard_begins_with_the_values_of_now(system: System) -> None:
    """The first event tells the values that the replica holds."""
    value = 918273
    system.ingress.write("e2e-initial", value)
    wait_until(
        lambda: redis(system, REDIS_REPLICA.host, "GET", "count:e2e-initial") == str(value),
        "the replica has the value",
        seconds=5,
    )
    with listening(system.ingress, client="e2e-initial", counts=["e2e-initial"]) as stream:
        event = stream.next(10)
    if event is None or event.name != "initial":
        raise CheckFailedError(f"the first event is no `initial`: {event}")
    if str(value) not in json.dumps(event.data):
        raise CheckFailedError(f"the first event does not tell the value {value}: {event.data}")


@GROUP.check(look_at=[KAFKA.host, ZOOKEEPER.host])
def the_broker_keeps_its_topics_in_ZooKeeper(system: System) -> str:  # noqa: N802 - the name of the check
    """Kafka's broker writes down in ZooKeeper what it must know after a restart."""
    topic, before = "e2e-remembered", _transaction(system)
    kafka(system, "kafka-topics", "--create", "--topic", topic)
    after = _transaction(system)
    kafka(system, "kafka-topics", "--delete", "--topic", topic)
    if after <= before:
        raise CheckFailedError(f"ZooKeeper's last transaction was {before} before a topic was made, {after} after it")
    return f"{after - before} transactions for a new topic"


def _transaction(system: System) -> int:
    """The number of ZooKeeper's last transaction, as it answers Kafka's pod."""
    ask = f"exec 3<>/dev/tcp/{ZOOKEEPER.host}/{ZOOKEEPER.port} && echo srvr >&3 && cat <&3"
    answer = system.execute(KAFKA.host, "bash", "-c", ask)
    number = re.search(r"^Zxid: (0x[0-9a-f]+)$", answer, flags=re.MULTILINE)
    if number is None:
        raise CheckFailedError(f"ZooKeeper answers: {answer!r}")
    return int(number[1], 16)


@GROUP.check(look_at=[INIT_JOB])
def the_Job_has_made_the_databases(system: System) -> None:  # noqa: N802
    """The databases are there as soon as the system is, made by the Job and by no hand."""
    jobs = {job["metadata"]["name"]: job["status"] for job in system.objects("jobs")}
    expect("pods of the Job that succeeded", jobs[INIT_JOB].get("succeeded"), 1)
    names = psql(system, COUNT_INFO, "SELECT datname FROM pg_database").splitlines()
    expect("databases that are missing", {database.name for database in DATABASES} - set(names), set())
