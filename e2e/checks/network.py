"""NetworkPolicies: every connection between pods tried from the pods' own networks."""

from charts.topology import INIT_JOB
from e2e.check import Group
from e2e.edges import API, CONTROLLER, OUTSIDE, Target, differences, expected, targets_of
from e2e.errors import CheckFailedError
from e2e.probing import Probe, probe_all
from e2e.system import System

__all__ = ["GROUP"]

GROUP = Group("NetworkPolicies")

STRANGER = "a further pod of the namespace"


@GROUP.check()
def pods_reach_what_the_connectors_say_and_nothing_else(system: System) -> str:
    """A service that is broken into reaches nothing but the parts that it works with, and the cluster's DNS."""
    targets = (*targets_of(system.objects("pods")), _api(system))
    probes = _probes(system, targets)
    found = probe_all(system, probes)
    wrong = [line for probe in probes for line in differences(probe.source, probe.wanted, found[probe.source], targets)]
    if wrong:
        raise CheckFailedError("\n".join(wrong))
    states = [is_open for probe in probes for is_open in probe.wanted.values()]
    return f"{len(probes)} sources: {states.count(True)} connections open, {states.count(False)} closed"


def _probes(system: System, targets: tuple[Target, ...]) -> list[Probe]:
    """From one pod of each workload, and from pods that are made for those that none is running of."""
    namespace = system.namespace
    apps = {target.app: target.name for target in targets if target.app != API}
    made = {
        INIT_JOB: (namespace, {"app": INIT_JOB}),
        STRANGER: (namespace, {}),
        OUTSIDE: ("default", {}),
        CONTROLLER: (system.settings.ingress_controller_namespace, {}),
    }
    running = [
        Probe(source=app, wanted=expected(system.topology, app, targets), namespace=namespace, pod=pod)
        for app, pod in apps.items()
    ]
    return running + [
        Probe(source=source, wanted=expected(system.topology, source, targets), namespace=place, labels=labels)
        for source, (place, labels) in made.items()
    ]


def _api(system: System) -> Target:
    address = "{.spec.clusterIP}"
    found = system.cluster.kubectl("get", "service/kubernetes", "--namespace=default", f"--output=jsonpath={address}")
    return Target(API, "kubernetes", found.stdout, 443)
