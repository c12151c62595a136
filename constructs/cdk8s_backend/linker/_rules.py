"""The table of rules, and the check that applies them."""

from collections.abc import Callable, Iterable, Iterator

from cdk8s_backend.linker import _configuration, _endpoints, _files, _gateway, _objects, _pods, _routing, _storage
from cdk8s_backend.linker._index import Index
from cdk8s_backend.linker._problem import Problem
from cdk8s_backend.manifest import Manifest

__all__ = ["RULES", "check"]

RULES: tuple[Callable[[Index], Iterator[Problem]], ...] = (
    _objects.duplicate_objects,
    _objects.duplicate_parts,
    _objects.namespaces,
    _objects.accounts,
    _objects.scale_targets,
    _configuration.environment_keys,
    _configuration.volume_keys,
    _configuration.variable_names,
    _configuration.pod_fields,
    _files.mounted_files,
    _storage.mounts,
    _storage.claim_names,
    _storage.adopted_claims,
    _storage.unused_claims,
    _pods.workload_selectors,
    _pods.probe_ports,
    _pods.service_targets,
    _pods.governing_services,
    _pods.disruption_budgets,
    _pods.placement,
    _pods.network_policies,
    _routing.ingress_backends,
    _routing.ingress_paths,
    _routing.ingress_hosts,
    _gateway.route_backends,
    _gateway.route_parents,
    _gateway.route_hosts,
    _gateway.route_matches,
    _gateway.gateway_certificates,
    _endpoints.configured_endpoints,
    _endpoints.workload_endpoints,
    _endpoints.listening_ports,
)
"""Every rule: a function of the index that yields the problems it finds."""


def check(manifests: Iterable[Manifest]) -> list[Problem]:
    """Finds references that lead nowhere, or to more than one thing.

    Args:
        manifests: All objects of a system, as a YAML loader gives them. Malformed ones raise nothing.

    Returns:
        The problems, ordered by rule and then as the objects come; empty if everything meets.
    """
    index = Index.of(manifests)
    problems = (problem for rule in RULES for problem in rule(index))
    return list(dict.fromkeys(problems))
