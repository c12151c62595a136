"""What the pair test expects is what the architecture connects, and it says of each pair that is otherwise."""

import socket
import threading
import time
from typing import Any

import pytest

from charts.topology import Topology
from e2e.edges import (
    CLUSTER,
    CONTROLLER,
    OUTSIDE,
    UNDECLARED_PORT,
    Target,
    arguments,
    differences,
    expected,
    of_the_cluster,
    parse,
    targets_of,
)
from tests.charts.test_policies import CONNECTIONS
from tests.charts.test_policies import OUTSIDE as CONTROLLER_IN_THE_TABLE
from tests.support.busybox import BusyboxShell
from tests.support.processes import free_port
from tests.support.project import ROOT

PROBE = (ROOT / "e2e/probe.sh").read_text(encoding="utf-8")

ADDRESSES = {
    app: f"10.0.0.{number}"
    for number, app in enumerate(sorted({host for targets in CONNECTIONS.values() for host, _ in targets}), start=1)
}
PORTS = {host: port for targets in CONNECTIONS.values() for host, port in targets}
TARGETS = (
    *(Target(app, f"{app}-0", address, PORTS[app]) for app, address in ADDRESSES.items()),
    Target(OUTSIDE, "listener", "10.0.1.1", 8080),
    Target(CLUSTER, "coredns", "10.0.3.1", 9153),
)
DNS = {"dns-udp", "dns-tcp"}


def opened(source: str) -> set[str]:
    return {endpoint for endpoint, is_open in expected(Topology(), source, TARGETS).items() if is_open}


@pytest.mark.parametrize("source", [*ADDRESSES, "postgresql-init"])
def test_a_pod_reaches_what_the_table_of_connectors_says_and_the_dns(source: str) -> None:
    table = CONNECTIONS.get(source, set())
    assert opened(source) == DNS | {f"{ADDRESSES[host]}:{port}" for host, port in table}


@pytest.mark.parametrize("database", ["countinfo", "dashboardconfig"])
def test_a_backup_reaches_the_server_of_its_database(database: str) -> None:
    assert opened(f"{database}-backup") == DNS | {f"{ADDRESSES['postgresql']}:5432"}


def test_the_backup_of_a_redis_reaches_it_and_is_reached_by_it() -> None:
    backup = Target("redis-value-backup", "redis-value-backup-0", "10.0.2.1", 6380)
    assert opened("redis-value-backup") == DNS | {f"{ADDRESSES['redis-value']}:6379"}
    assert expected(Topology(), "redis-value", [backup])[backup.endpoint]
    assert not expected(Topology(), "redis-replica", [backup])[backup.endpoint]


def test_a_port_that_no_part_has_is_closed_to_all() -> None:
    further = [Target(app, f"{app}-0", address, UNDECLARED_PORT) for app, address in ADDRESSES.items()]
    for source in (*ADDRESSES, "postgresql-init", CONTROLLER, OUTSIDE):
        assert not any(is_open for name, is_open in expected(Topology(), source, further).items() if name not in DNS)


def test_the_controller_reaches_the_services_with_a_path() -> None:
    table = CONNECTIONS[CONTROLLER_IN_THE_TABLE]
    assert opened(CONTROLLER) == DNS | {f"{ADDRESSES[host]}:{port}" for host, port in table}
    assert "10.0.1.1:8080" not in expected(Topology(), CONTROLLER, TARGETS)


def test_others_reach_nothing_of_the_system() -> None:
    assert opened("a stranger") == DNS
    assert opened(OUTSIDE) == DNS | {"10.0.1.1:8080"}


@pytest.mark.parametrize("source", [*ADDRESSES, "postgresql-init", "a stranger"])
def test_everything_is_tried(source: str) -> None:
    assert expected(Topology(), source, TARGETS).keys() == DNS | {target.endpoint for target in TARGETS}


@pytest.mark.parametrize("source", [OUTSIDE, CONTROLLER])
def test_what_others_reach_of_the_cluster_is_not_tried(source: str) -> None:
    tried = expected(Topology(), source, TARGETS)
    assert "10.0.3.1:9153" not in tried
    assert {f"{address}:{PORTS[app]}" for app, address in ADDRESSES.items()} <= tried.keys()


def test_targets_are_the_ports_of_running_pods() -> None:
    def pod(name: str, phase: str, *ports: int) -> dict[str, Any]:
        container = {"ports": [{"containerPort": port} for port in ports]} if ports else {}
        return {
            "metadata": {"name": name, "labels": {"app": name}},
            "spec": {"containers": [container]},
            "status": {"phase": phase, "podIP": "10.0.0.9"},
        }

    pods = [pod("api", "Running", 3000, 3001), pod("silent", "Running"), pod("init", "Succeeded", 1)]
    assert targets_of(pods) == (Target("api", "api", "10.0.0.9", 3000), Target("api", "api", "10.0.0.9", 3001))


def test_targets_of_the_cluster_are_the_tcp_ports_of_its_pods_but_that_of_dns() -> None:
    def pod(name: str, *, phase: str = "Running", **more: object) -> dict[str, Any]:
        ports = [
            *({"containerPort": 53, "protocol": protocol} for protocol in ("UDP", "TCP")),
            *({"containerPort": 9153, "protocol": "TCP"}, {"containerPort": 8080}),
            {"containerPort": 8443, "protocol": "UDP"},
        ]
        spec = {"containers": [{"ports": ports}], **more}
        return {"metadata": {"name": name}, "spec": spec, "status": {"phase": phase, "podIP": "10.0.3.1"}}

    pods = [pod("coredns"), pod("in-the-network-of-the-node", hostNetwork=True), pod("done", phase="Succeeded")]
    assert of_the_cluster(pods) == (
        Target(CLUSTER, "coredns", "10.0.3.1", 9153),
        Target(CLUSTER, "coredns", "10.0.3.1", 8080),
    )


def test_only_what_must_be_open_is_tried_again() -> None:
    assert arguments({"dns-udp": True, "10.0.0.1:80": True, "10.0.0.2:81": False}) == [
        *("10.0.0.1", "80", "3"),
        *("10.0.0.2", "81", "1"),
    ]


def test_each_difference_is_told_with_source_pod_and_port() -> None:
    target = Target("redis", "redis-0", "10.0.0.1", 6379)
    wanted = {"10.0.0.1:6379": True, "10.0.0.2:80": False, "dns-udp": True, "dns-tcp": True}
    found = {"10.0.0.1:6379": False, "10.0.0.2:80": True, "dns-udp": True}
    assert differences("api", wanted, found, [target]) == [
        "api -> redis-0:6379 (10.0.0.1:6379): must be open, is closed",
        "api -> 10.0.0.2:80: must be closed, is open",
        "api -> dns-tcp: must be open, is not tried",
    ]
    assert differences("api", wanted, wanted, [target]) == []


@pytest.mark.parametrize("output", ["sh: nc: not found", "open", "shut 10.0.0.1:80"])
def test_a_probe_that_says_something_else_is_no_result(output: str) -> None:
    with pytest.raises(ValueError, match="the probe said"):
        parse(f"open 10.0.0.1:80\n{output}\n")


class TestProbe:
    """`probe.sh`, run by busybox as in the pods; DNS is what this machine has."""

    def test_it_tells_open_from_closed(self, busybox_sh: BusyboxShell) -> None:
        closed = free_port()
        with socket.create_server(("127.0.0.1", 0)) as server:
            is_open = server.getsockname()[1]
            done = busybox_sh(PROBE, "127.0.0.1", str(is_open), "1", "127.0.0.1", str(closed), "1")
        found = parse(done.stdout)
        assert found.keys() == DNS | {f"127.0.0.1:{is_open}", f"127.0.0.1:{closed}"}
        assert (found[f"127.0.0.1:{is_open}"], found[f"127.0.0.1:{closed}"]) == (True, False)

    def test_it_tries_again_as_often_as_it_is_told(self, busybox_sh: BusyboxShell) -> None:
        port = free_port()

        def listen() -> None:
            with socket.create_server(("127.0.0.1", port)):
                time.sleep(5)

        threading.Timer(0.5, listen).start()
        done = busybox_sh(PROBE, "127.0.0.1", str(port), "3")
        assert parse(done.stdout)[f"127.0.0.1:{port}"] is True
