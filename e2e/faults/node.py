"""The node and what the cluster gives the system: the node's agent, all processes of the node, DNS."""

import contextlib
import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from charts.topology import REDIS_REPLICA, REDIS_VALUE
from e2e.check import Group, expect
from e2e.errors import NotRunError
from e2e.faults.fault import fault
from e2e.faults.flowing import flowing_after
from e2e.faults.pods import ALL_INFRASTRUCTURE, ALL_SERVICES, STILL
from e2e.faults.topic import require_published
from e2e.killing import killer
from e2e.load import PAGES, increment, read, sending
from e2e.soundness import await_restarts, await_sound, restarts_of, until_none
from e2e.system import System

__all__ = ["GROUP"]

GROUP = Group("Node and cluster")

READ = "count-read-service"

_WITHOUT_AGENT = 30
"""Seconds; after 40 to 50 Kubernetes takes a node whose agent is silent for lost, and its pods out of the Services."""

_UNKNOWN = 15
"""Seconds from the agent's return in which the pods of its node may be out of their Services: it takes each for not
ready until a readiness probe has said otherwise. Pods on other nodes answer meanwhile, where there are some."""

_WITHOUT_DNS = 30
"""Seconds."""


@fault(GROUP, look_at=ALL_SERVICES)
def the_DNS_of_the_cluster_is_away(system: System) -> str:  # noqa: N802 - the name of the check
    """Connections that are open outlive an outage of the cluster's DNS, so that requests are answered meanwhile."""
    system.ingress.write(STILL, 1)
    with sending(system.ingress, {"read": read(STILL), "increment": increment("e2e-dns"), **PAGES}) as load:
        time.sleep(2)
        with _without_dns(system):
            if _finds_by_name(system):
                raise NotRunError(f"the name {REDIS_VALUE.host} is resolved still")
            time.sleep(_WITHOUT_DNS)
        until_none(lambda: [] if _finds_by_name(system) else [f"{REDIS_VALUE.host} is not found"], seconds=30)
    return f"away for {_WITHOUT_DNS} s; {load.require_no_problem()}"


@fault(GROUP, look_at=[*ALL_INFRASTRUCTURE, *ALL_SERVICES])
def the_node_is_restarted(system: System) -> str:
    """When everything on the node dies at once, everything comes back by itself, with all data."""
    token = time.time_ns() % 10**9
    system.ingress.write(STILL, token)
    before = restarts_of(pod for pod in system.objects("pods") if _stays(pod))
    with killer(system) as kill:
        system.need_tool()
        kill.kill_all_with_agent()
        with _without_agent(system):
            until_none(lambda: _still_answered(system), seconds=60)
    await_restarts(system, before, seconds=240)
    ready = await_sound(system, seconds=240)
    expect("the value that was written before", system.ingress.value(STILL), token)
    require_published(system, STILL, token)
    return f"sound {ready:.0f} s after all containers had started again"


flowing_after(GROUP, "the node is restarted")


@fault(GROUP, look_at=[READ], beside=True)
def the_agent_of_the_node_is_away(system: System) -> str:
    """While the node's agent is away, as for its update, requests are answered; then it makes up for what it missed."""
    system.ingress.write(STILL, 1)
    with sending(system.ingress, {"read": read(STILL), "increment": increment("e2e-agent"), **PAGES}) as load:
        with _without_agent(system):
            gone = system.pods(READ)[0]["metadata"]["name"]
            system.kubectl("delete", "pod", gone, "--wait=false")
            time.sleep(_WITHOUT_AGENT)
            back = time.monotonic()
        seconds = until_none(lambda: [name for name in _names(system) if name == gone], seconds=90)
        await_sound(system)
    failed = load.require_problems_only_if(lambda sent: back <= sent.began < back + _UNKNOWN)
    return (
        f"away for {_WITHOUT_AGENT} s, the deleted pod gone {seconds:.0f} s after its return; of {len(load.sent())} "
        f"requests {failed} failed, at its return"
    )


def _finds_by_name(system: System) -> bool:
    """Whether a client that starts now in a pod finds a server which it may reach."""
    command = ("timeout", "10", "redis-cli", "-h", REDIS_VALUE.host, "PING")  # a lookup without an answer takes long
    try:
        return system.execute(REDIS_REPLICA.host, *command).strip() == "PONG"
    except AssertionError:
        return False


def _names(system: System) -> list[str]:
    return [pod["metadata"]["name"] for pod in system.objects("pods")]


def _stays(pod: Mapping[str, Any]) -> bool:
    return pod["status"]["phase"] == "Running" and "deletionTimestamp" not in pod["metadata"]


def _still_answered(system: System) -> list[str]:
    """Says so if requests from outside are answered."""
    try:
        system.ingress.request("GET", "/management/", timeout=5)
    except httpx.TransportError:
        return []
    return ["the node answers requests"]


@contextlib.contextmanager
def _without_agent(system: System) -> Iterator[None]:
    """Until the block ends, the node's agent does not run."""
    tool = system.need_tool()
    subprocess.run([tool, "stop", "kubelet"], check=True, capture_output=True, timeout=60)
    try:
        yield
    finally:
        subprocess.run([tool, "up"], check=True, capture_output=True, timeout=300)


@contextlib.contextmanager
def _without_dns(system: System) -> Iterator[None]:
    """Until the block ends, no pod answers for the cluster's DNS.

    Raises:
        NotRunError: It is no Deployment of `kube-system` with the label `k8s-app: kube-dns`.
    """
    kubectl, place = system.cluster.kubectl, "--namespace=kube-system"
    label = "--selector=k8s-app=kube-dns"
    found = json.loads(kubectl("get", "deployments", place, label, "--output=json").stdout)["items"]
    if not found:
        raise NotRunError("the cluster's DNS is no Deployment with the label k8s-app: kube-dns")
    name, replicas = f"deployment/{found[0]['metadata']['name']}", found[0]["spec"]["replicas"]
    kubectl("scale", name, place, "--replicas=0")
    try:
        kubectl("wait", "pods", place, label, "--for=delete", "--timeout=60s")
        yield
    finally:
        kubectl("scale", name, place, f"--replicas={replicas}")
        kubectl("rollout", "status", name, place, "--timeout=120s")
