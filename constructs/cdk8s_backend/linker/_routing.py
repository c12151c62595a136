"""Rules for Ingress, HTTPRoute and Gateway."""

import json
from collections.abc import Iterator

from cdk8s_backend.linker._field import Field
from cdk8s_backend.linker._index import Index
from cdk8s_backend.linker._model import Resource
from cdk8s_backend.linker._ports import check_service_port
from cdk8s_backend.linker._problem import Problem

__all__ = ["gateway_certificates", "ingress_backends", "ingress_hosts", "ingress_paths", "route_matches", "routes"]

_ISSUER_ANNOTATIONS = ("cert-manager.io/issuer", "cert-manager.io/cluster-issuer", "kubernetes.io/tls-acme")


def ingress_backends(index: Index) -> Iterator[Problem]:
    """Every backend of an Ingress is a Service and one of its ports."""
    for ingress in index.of_kind("Ingress"):
        backends = [ingress.spec["defaultBackend"], *(path["backend"] for _, path in _paths(ingress))]
        for backend in backends:
            name, port = backend["service"]["name"], backend["service"]["port"]
            if not backend["service"].present:
                continue
            service = index.find("Service", ingress.namespace, name.text)
            if service is None:
                yield from index.dangling(ingress, name, "Service")
                continue
            place = port["name"] if port["name"].present else port["number"]
            problem = check_service_port(index, ingress, place, service)
            if problem is not None:
                yield problem


def _paths(ingress: Resource) -> Iterator[tuple[Field, Field]]:
    for rule in ingress.spec["rules"].each():
        for path in rule["http"]["paths"].each():
            yield rule["host"], path


def ingress_paths(index: Index) -> Iterator[Problem]:
    """No two backends have the same host, path and path type: the second would never be reached."""
    seen: dict[tuple[str, ...], tuple[Resource, Field, Field]] = {}
    for ingress in index.of_kind("Ingress"):
        ingress_class = ingress.spec["ingressClassName"].text or ingress.annotation("kubernetes.io/ingress.class")
        for host, path in _paths(ingress):
            key = (ingress_class, host.text or "", path["path"].text or "/", path["pathType"].text or "")
            backend = path["backend"]["service"]["name"]
            if key not in seen:
                seen[key] = (ingress, path, backend)
                continue
            first, first_path, first_backend = seen[key]
            yield Problem(
                source=ingress.title,
                field=path["path"].path,
                target=f"Service/{backend.value} at {key[1] or '*'}{key[2]} ({key[3]})",
                reason=f"is never reached: {first.title} {first_path.path} takes it to Service/{first_backend.value}",
            )


def ingress_hosts(index: Index) -> Iterator[Problem]:
    """Certificates of an Ingress lie in a Secret, unless an issuer makes them, and are for hosts that it serves."""
    for ingress in index.of_kind("Ingress"):
        hosts = {host.text for rule in ingress.spec["rules"].each() if (host := rule["host"]).text}
        has_issuer = any(ingress.annotation(name) for name in _ISSUER_ANNOTATIONS)
        for entry in ingress.spec["tls"].each():
            if not has_issuer:
                yield from _check_secret(index, ingress, entry["secretName"], ingress.namespace)
            for host in entry["hosts"].each():
                if host.text is not None and not any(_covers(host.text, served) for served in hosts if served):
                    yield Problem(
                        source=ingress.title,
                        field=host.path,
                        target=f"a rule for host {host.text}",
                        reason="does not exist",
                        candidate=index.closest(host.text, (served for served in hosts if served)),
                    )


def _covers(certified: str, served: str) -> bool:
    wildcard = certified.startswith("*.") and served.partition(".")[2] == certified[2:]
    return certified == served or wildcard


def _check_secret(index: Index, source: Resource, name: Field, namespace: str) -> Iterator[Problem]:
    if name.present and ("Secret", namespace, name.text or "") not in index.keys:
        yield from index.dangling(source, name, "Secret", namespace=namespace)


def routes(index: Index) -> Iterator[Problem]:
    """Backends of an HTTPRoute are Services and their ports; its parents are Gateways and their listeners."""
    for route in index.of_kind("HTTPRoute"):
        for rule in route.spec["rules"].each():
            mirrors = (filter_["requestMirror"]["backendRef"] for filter_ in rule["filters"].each())
            for backend in (*rule["backendRefs"].each(), *(mirror for mirror in mirrors if mirror.present)):
                yield from _check_route_backend(index, route, backend)
        for parent in route.spec["parentRefs"].each():
            yield from _check_parent(index, route, parent)


def _check_route_backend(index: Index, route: Resource, backend: Field) -> Iterator[Problem]:
    if backend["group"].text is not None or (backend["kind"].text or "Service") != "Service":
        return
    namespace = backend["namespace"].text or route.namespace
    service = index.find("Service", namespace, backend["name"].text)
    if service is None:
        yield from index.dangling(route, backend["name"], "Service", namespace=namespace)
        return
    problem = check_service_port(index, route, backend["port"], service)
    if problem is not None:
        yield problem


def _check_parent(index: Index, route: Resource, parent: Field) -> Iterator[Problem]:
    if (parent["kind"].text or "Gateway") != "Gateway" or not index.of_kind("Gateway"):
        return  # without a Gateway among the manifests, it is the cluster's
    namespace = parent["namespace"].text or route.namespace
    gateway = index.find("Gateway", namespace, parent["name"].text)
    if gateway is None:
        yield from index.dangling(route, parent["name"], "Gateway", namespace=namespace)
        return
    listeners = list(gateway.spec["listeners"].each())
    for field, key in (("sectionName", "name"), ("port", "port")):
        values = [listener[key].value for listener in listeners]
        if parent[field].present and parent[field].value not in values:
            names = [str(value) for value in values]
            yield Problem(
                source=route.title,
                field=parent[field].path,
                target=f"listener {parent[field].value} of {gateway.title}",
                reason=f"does not exist; there is {', '.join(names) or 'none'}",
                candidate=index.closest(str(parent[field].value), names),
            )


def route_matches(index: Index) -> Iterator[Problem]:
    """No two rules of HTTPRoutes match the same requests: the second would never be reached."""
    seen: dict[tuple[str, str, str], tuple[Resource, Field]] = {}
    for route in index.of_kind("HTTPRoute"):
        parents, hosts = _canonical(route.spec["parentRefs"]), _canonical(route.spec["hostnames"])
        for rule in route.spec["rules"].each():
            for match in rule["matches"].each():
                key = (f"{route.namespace} {parents}", hosts, _canonical(match))
                if key not in seen:
                    seen[key] = (route, match)
                    continue
                first, first_match = seen[key]
                yield Problem(
                    source=route.title,
                    field=match.path,
                    target=f"requests that match {key[2]}",
                    reason=f"are taken by {first.title} {first_match.path} already",
                )


def _canonical(field: Field) -> str:
    try:
        return json.dumps(field.value, sort_keys=True, default=str)
    except (TypeError, ValueError):
        return repr(field.value)


def gateway_certificates(index: Index) -> Iterator[Problem]:
    """Certificates of a Gateway lie in a Secret, unless an issuer makes them."""
    for gateway in index.of_kind("Gateway"):
        if any(gateway.annotation(name) for name in _ISSUER_ANNOTATIONS):
            continue
        for listener in gateway.spec["listeners"].each():
            for certificate in listener["tls"]["certificateRefs"].each():
                if (certificate["kind"].text or "Secret") == "Secret":
                    namespace = certificate["namespace"].text or gateway.namespace
                    yield from _check_secret(index, gateway, certificate["name"], namespace)
