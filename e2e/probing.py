"""Tries connections from the pods' own networks.

A running pod gets ephemeral containers, which share its network and so what NetworkPolicies let it do: one tries,
another one listens on a port that no part of the system has. They end, and stay in the pod's status. Where no pod is
running (those of Jobs, other namespaces) one of the suite's own stands in, which no Service selects. All run
PostgreSQL's image: it is on the cluster, and has busybox.
"""

import json
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from charts.sizing import image_of
from charts.topology import POSTGRESQL
from e2e.edges import arguments, parse
from e2e.errors import CheckFailedError
from e2e.soundness import until_none
from e2e.system import System

__all__ = ["LISTENER_PORT", "Probe", "listener", "listening_in", "probe_all"]

LISTENER_PORT = 8080

_SCRIPT = Path(__file__).with_name("probe.sh").read_text(encoding="utf-8")

_LISTEN = """\
trap 'trap - TERM; kill 0; exit' TERM
(sleep 300; kill $$) &
while :; do
  nc -l -p PORT -e true &
  wait $! || sleep 1
done
"""
"""Listens for five minutes, or until it is asked to end: its pod would wait for it."""

_SECONDS = 90
"""Longest time until all probes have ended."""

_SETTLING = 5
"""Seconds that a new pod waits before it tries, until the network plugin knows it."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What is tried from one pod.

    Args:
        source: What the pod stands for.
        wanted: What must be open or closed, by what `probe.sh` calls it.
        namespace: Namespace of the pod.
        pod: Name of a running pod; None where one is made.
        labels: Labels of a pod that is made.
    """

    source: str
    wanted: Mapping[str, bool]
    namespace: str
    pod: str | None = None
    labels: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where a probe runs."""

    namespace: str
    pod: str
    container: str


def probe_all(system: System, probes: Sequence[Probe]) -> dict[str, dict[str, bool]]:
    """Runs all probes at once.

    Returns:
        What each source found: whether it is open, by what `probe.sh` calls it.

    Raises:
        AssertionError: A probe cannot be started.
        CheckFailedError: One does not end, or says something else than it should.
    """
    name = _new_name()  # an ephemeral container stays, so another run needs another name
    places = {
        probe.source: _Place(namespace=probe.namespace, pod=probe.pod or f"{name}-{number}", container=name)
        for number, probe in enumerate(probes)
    }
    made = [
        _pod(system, places[probe.source], f"sleep {_SETTLING}\n{_SCRIPT}", arguments(probe.wanted), probe.labels)
        for probe in probes
        if probe.pod is None
    ]
    with _created(system, made), ThreadPoolExecutor(4) as pool:
        running = [probe for probe in probes if probe.pod]
        list(pool.map(lambda each: _debug(system, places[each.source], _SCRIPT, arguments(each.wanted)), running))
        _await_all(system, places)
        logs = pool.map(lambda place: _log(system, place), places.values())
        return {source: _parsed(source, log) for source, log in zip(places, logs, strict=True)}


@contextmanager
def listener(system: System, *, namespace: str) -> Iterator[tuple[str, str]]:
    """Within the block, for five minutes, a pod of its own listens on `LISTENER_PORT`; yields name and address."""
    place = _Place(namespace=namespace, pod=_new_name(), container="listener")
    with _created(system, [_pod(system, place, _listen_at(LISTENER_PORT))]):
        waiting = ("wait", f"pod/{place.pod}", f"--namespace={namespace}", "--for=condition=Ready", "--timeout=60s")
        system.cluster.kubectl(*waiting)
        address = ("get", f"pod/{place.pod}", f"--namespace={namespace}", "--output=jsonpath={.status.podIP}")
        yield place.pod, system.cluster.kubectl(*address).stdout


@contextmanager
def listening_in(system: System, pods: Sequence[str], port: int) -> Iterator[None]:
    """Within the block, for five minutes, running pods of the system listen on a further port.

    Raises:
        AssertionError: A container cannot be added to one.
        CheckFailedError: One does not listen within a minute, or not any more at the end of the block.
    """
    name = _new_name()
    script = _listen_at(port)
    with ThreadPoolExecutor(4) as pool:
        places = [_Place(namespace=system.namespace, pod=pod, container=name) for pod in pods]
        list(pool.map(lambda place: _debug(system, place, script), places))
        list(pool.map(lambda place: _await_listening(system, place, port), places))
        yield
        list(pool.map(lambda place: _await_listening(system, place, port), places))


def _await_listening(system: System, place: _Place, port: int) -> None:
    connect = ("nc", "-w", "1", "127.0.0.1", str(port), "-e", "true")

    def problems() -> list[str]:
        where = (place.pod, f"--namespace={place.namespace}", f"--container={place.container}")
        tried = system.cluster.kubectl("exec", *where, "--", *connect, check=False)
        return [f"{place.pod} does not listen at {port}: {tried.stderr.strip()}"] if tried.returncode else []

    until_none(problems, seconds=60)


def _listen_at(port: int) -> str:
    return _LISTEN.replace("PORT", str(port))


def _new_name() -> str:
    return f"e2e-{secrets.token_hex(3)}"


@contextmanager
def _created(system: System, pods: Sequence[Mapping[str, Any]]) -> Iterator[None]:
    """Within the block pods are there, or on their way."""
    if not pods:
        yield
        return
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": pods})
    try:
        system.cluster.kubectl("create", "--filename=-", input=text)
        yield
    finally:
        gone = ("--ignore-not-found", "--now", "--wait=false")
        system.cluster.kubectl("delete", "--filename=-", *gone, input=text)


def _image(system: System) -> str:
    return image_of(system.topology.unit(POSTGRESQL.host), system.settings)


def _debug(system: System, place: _Place, script: str, words: Sequence[str] = ()) -> None:
    """Adds an ephemeral container to a running pod, which runs a script with some arguments."""
    command = ("sh", "-c", script, "probe", *words)
    options = ("--profile=restricted", f"--image={_image(system)}", "--image-pull-policy=IfNotPresent")
    system.kubectl("debug", f"pod/{place.pod}", *options, f"--container={place.container}", "--", *command)


def _pod(
    system: System,
    place: _Place,
    script: str,
    words: Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The manifest of a pod that runs a script with some arguments."""
    context = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True}
    user = {"runAsNonRoot": True, "runAsUser": 65534, "seccompProfile": {"type": "RuntimeDefault"}}
    container = {
        "name": place.container,
        "image": _image(system),
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", script, "probe", *words],
        "securityContext": context,
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": place.pod, "namespace": place.namespace, "labels": dict(labels or {})},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "securityContext": user,
            "containers": [container],
        },
    }


def _await_all(system: System, places: Mapping[str, _Place]) -> None:
    end = time.monotonic() + _SECONDS
    while running := _running(system, places):
        if time.monotonic() > end:
            raise CheckFailedError(f"not ended within {_SECONDS} s: the probes of {', '.join(running)}")
        time.sleep(1)


def _running(system: System, places: Mapping[str, _Place]) -> list[str]:
    """The sources whose probes have not ended."""
    namespaces = {place.namespace for place in places.values()}
    pods: dict[tuple[str, str], Any] = {}
    for namespace in namespaces:
        listed = system.cluster.kubectl("get", "pods", f"--namespace={namespace}", "--output=json").stdout
        pods |= {(namespace, pod["metadata"]["name"]): pod["status"] for pod in json.loads(listed)["items"]}
    return [
        source
        for source, place in places.items()
        if not _has_ended(pods.get((place.namespace, place.pod), {}), place.container)
    ]


def _has_ended(status: Mapping[str, Any], container: str) -> bool:
    containers = [*status.get("containerStatuses", ()), *status.get("ephemeralContainerStatuses", ())]
    return any(each["name"] == container and "terminated" in each["state"] for each in containers)


def _log(system: System, place: _Place) -> str:
    options = (f"--namespace={place.namespace}", f"--container={place.container}")
    return system.cluster.kubectl("logs", place.pod, *options).stdout


def _parsed(source: str, log: str) -> dict[str, bool]:
    try:
        return parse(log)
    except ValueError as error:
        raise CheckFailedError(f"{source}: {error}") from error
