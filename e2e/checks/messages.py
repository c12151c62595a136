"""Kafka, by the broker's own tools."""

import secrets

from charts.topology import COUNT_UPDATES, KAFKA, ZOOKEEPER
from e2e.check import Group, expect
from e2e.clients import consume, kafka, produce
from e2e.errors import CheckFailedError
from e2e.system import System

__all__ = ["GROUP"]

GROUP = Group("Kafka")


@GROUP.check(look_at=[KAFKA.host, ZOOKEEPER.host])
def a_message_is_read_from_a_new_topic(system: System) -> None:
    """A topic is made when it is asked for, and what is written to it is read from it."""
    topic, message = f"e2e-{secrets.token_hex(3)}", "a message of the suite"
    kafka(system, "kafka-topics", "--create", "--topic", topic)
    try:
        produce(system, topic, message)
        expect("messages of the topic", consume(system, topic), [message])
    finally:
        kafka(system, "kafka-topics", "--delete", "--topic", topic)


@GROUP.check(look_at=[KAFKA.host, "dashboard-update-service"])
def the_dashboard_has_read_all_changes(system: System) -> str:
    """The update service's group of consumers is connected to the topic and not behind."""
    text = kafka(system, "kafka-consumer-groups", "--describe", "--all-groups")
    rows = [line.split() for line in text.splitlines() if COUNT_UPDATES in line.split()]
    if not rows:
        raise CheckFailedError(f"no consumer of {COUNT_UPDATES}:\n{text}")
    group, _, partition, _, end, behind, *consumer = rows[0]
    expect("messages not read yet", behind, "0")
    if consumer[0] == "-":
        raise CheckFailedError(f"no consumer of {group} is connected:\n{text}")
    return f"{group}: all {end} events of partition {partition}"
