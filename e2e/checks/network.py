"""NetworkPolicies: every connection between pods tried from the pods' own networks."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from charts.topology import BACKED_UP, INIT_JOB, backup_name
from e2e.check import Group
from e2e.edges import (
    CLUSTER,
    CONTROLLER,
    OUTSIDE,
    UNDECLARED_PORT,
    Target,
    differences,
    expected,
    of_the_cluster,
    targets_of,
)
from e2e.errors import CheckFailedError
from e2e.probing import LISTENER_PORT, Probe, listener, listening_in, probe_all
from e2e.system import System

__all__ = ["GROUP"]

GROUP = Group("NetworkPolicies")

STRANGER = "a further pod of the namespace"
ELSEWHERE = "default"
"""The other namespace, which every cluster has."""


@GROUP.check()
def pods_reach_what_the_connectors_say_and_nothing_else(system: System) -> str:
    """A service that is broken into reaches nothing but the parts that it works with, and the cluster's DNS."""
    declared = targets_of(system.objects("pods"))
    undeclared = {target.name: replace(target, port=UNDECLARED_PORT) for target in declared}
    with (
        listening_in(system, list(undeclared), UNDECLARED_PORT),
        listener(system, namespace=ELSEWHERE) as (name, address),
    ):
        outside = Target(OUTSIDE, name, address, LISTENER_PORT)
        targets = (*declared, *undeclared.values(), outside, *_of_the_cluster(system))
        probes = [*_running(system, targets), *_made(system, targets)]
        found = probe_all(system, probes)
    wrong = [line for probe in probes for line in differences(probe.source, probe.wanted, found[probe.source], targets)]
    if wrong:
        raise CheckFailedError("\n".join(wrong))
    states = [is_open for probe in probes for is_open in probe.wanted.values()]
    return f"from {len(probes)} pods: {states.count(True)} connections open, {states.count(False)} closed"


def _of_the_cluster(system: System) -> Iterator[Target]:
    """The pods of the cluster's DNS, whose own port alone must be open, and of the Ingress controller."""
    for where in (
        ("--namespace=kube-system", "--selector=k8s-app=kube-dns"),
        (f"--namespace={system.settings.ingress_controller_namespace}",),
    ):
        pods = system.cluster.kubectl("get", "pods", *where, "--output=json").stdout
        yield from of_the_cluster(json.loads(pods)["items"])


def _running(system: System, targets: Sequence[Target]) -> Iterator[Probe]:
    """From one pod of each workload."""
    for app, pod in {target.app: target.name for target in targets if target.app not in (OUTSIDE, CLUSTER)}.items():
        others = [target for target in targets if target.name != pod]
        yield Probe(source=app, wanted=expected(system.topology, app, others), namespace=system.namespace, pod=pod)


def _made(system: System, targets: Sequence[Target]) -> Iterator[Probe]:
    """From pods that are made: for Jobs, whose own have ended, and for those that are none of the system's."""
    controller = system.settings.ingress_controller_namespace
    jobs = (INIT_JOB, *(backup_name(name) for name in BACKED_UP if system.settings.backups))
    for source, namespace, labels in (
        *((job, system.namespace, {"app": job}) for job in jobs),
        (STRANGER, system.namespace, {}),
        (OUTSIDE, ELSEWHERE, {}),
        (CONTROLLER, controller, {}),
    ):
        yield Probe(
            source=source, wanted=expected(system.topology, source, targets), namespace=namespace, labels=labels
        )
