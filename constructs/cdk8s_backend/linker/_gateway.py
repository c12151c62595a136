"""Rules for Gateways and HTTPRoutes."""

import json
from collections.abc import Iterator
from typing import Any

from cdk8s_backend.linker._field import Field
from cdk8s_backend.linker._index import Index
from cdk8s_backend.linker._model import Resource
from cdk8s_backend.linker._ports import check_service_port
from cdk8s_backend.linker._problem import Problem
from cdk8s_backend.linker._routing import check_certificate, has_issuer

__all__ = ["gateway_certificates", "route_backends", "route_hosts", "route_matches", "route_parents"]

_EVERY_PATH = {"type": "PathPrefix", "value": "/"}


def route_backends(index: Index) -> Iterator[Problem]:
    """Backends of an HTTPRoute are Services and their ports."""
    for route in index.of_kind("HTTPRoute"):
        for rule in route.spec["rules"].each():
            mirrors = (filter_["requestMirror"]["backendRef"] for filter_ in rule["filters"].each())
            for backend in (*rule["backendRefs"].each(), *(mirror for mirror in mirrors if mirror.present)):
                yield from _check_backend(index, route, backend)


def _check_backend(index: Index, route: Resource, backend: Field) -> Iterator[Problem]:
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


def route_parents(index: Index) -> Iterator[Problem]:
    """Parents of an HTTPRoute are Gateways and their listeners."""
    for route in index.of_kind("HTTPRoute"):
        for parent in route.spec["parentRefs"].each():
            if not _is_gateway(parent) or not index.of_kind("Gateway"):
                continue  # without a Gateway among the manifests, it is the cluster's
            gateway = _gateway_of(index, route, parent)
            if gateway is None:
                namespace = parent["namespace"].text or route.namespace
                yield from index.dangling(route, parent["name"], "Gateway", namespace=namespace)
            else:
                yield from _check_listener(index, route, parent, gateway)


def _is_gateway(parent: Field) -> bool:
    return (parent["kind"].text or "Gateway") == "Gateway"


def _gateway_of(index: Index, route: Resource, parent: Field) -> Resource | None:
    return index.find("Gateway", parent["namespace"].text or route.namespace, parent["name"].text)


def _check_listener(index: Index, route: Resource, parent: Field, gateway: Resource) -> Iterator[Problem]:
    for field, key in (("sectionName", "name"), ("port", "port")):
        values = [listener[key].value for listener in gateway.spec["listeners"].each()]
        if parent[field].present and parent[field].value not in values:
            names = [str(value) for value in values]
            yield Problem(
                source=route.title,
                field=parent[field].path,
                target=f"listener {parent[field].value} of {gateway.title}",
                reason=f"does not exist; there is {', '.join(names) or 'none'}",
                candidate=index.closest(str(parent[field].value), names),
            )


def route_hosts(index: Index) -> Iterator[Problem]:
    """Each host of an HTTPRoute is one of a listener to which it is attached."""
    for route in index.of_kind("HTTPRoute"):
        parents = list(route.spec["parentRefs"].each())
        gateways = [_gateway_of(index, route, parent) if _is_gateway(parent) else None for parent in parents]
        known = [(parent, gateway) for parent, gateway in zip(parents, gateways, strict=True) if gateway is not None]
        if not known or len(known) < len(parents):
            continue  # a parent that is not among the manifests may have any listener
        listeners = [listener["hostname"].text for pair in known for listener in _attached(*pair)]
        for host in route.spec["hostnames"].each():
            if host.text is None or any(each is None or _meet(each, host.text) for each in listeners):
                continue
            names = [each for each in listeners if each is not None]
            titles = dict.fromkeys(gateway.title for _, gateway in known)
            yield Problem(
                source=route.title,
                field=host.path,
                target=f"host {host.text} of a listener of {', '.join(titles)} to which the route is attached",
                reason=f"does not exist; there is {', '.join(dict.fromkeys(names)) or 'none'}",
                candidate=index.closest(host.text, names),
            )


def _attached(parent: Field, gateway: Resource) -> Iterator[Field]:
    for listener in gateway.spec["listeners"].each():
        if all(
            not parent[field].present or parent[field].value == listener[key].value
            for field, key in (("sectionName", "name"), ("port", "port"))
        ):
            yield listener


def _meet(listener: str, host: str) -> bool:
    """Whether there are names that both a listener and a route take; `*.` stands for any labels."""
    return (
        listener == host
        or (listener.startswith("*.") and host.removeprefix("*").endswith(listener[1:]))
        or (host.startswith("*.") and listener.endswith(host[1:]))
    )


def route_matches(index: Index) -> Iterator[Problem]:
    """No two rules of HTTPRoutes match the same requests: the second would never be reached."""
    seen: dict[tuple[str, str, str], tuple[Resource, Field]] = {}
    for route in index.of_kind("HTTPRoute"):
        parents = [f"{route.namespace} {_canonical(parent.value)}" for parent in route.spec["parentRefs"].each()]
        hosts = [host.text or "" for host in route.spec["hostnames"].each()] or [""]
        for rule in route.spec["rules"].each():
            for place, requests in _matches(rule):
                keys = [(parent, host, requests) for parent in parents for host in hosts]
                taken = next((key for key in keys if key in seen), None)
                for key in keys:
                    seen.setdefault(key, (route, place))
                if taken is None:
                    continue
                first, first_place = seen[taken]
                yield Problem(
                    source=route.title,
                    field=place.path,
                    target=f"requests that match {requests}{f' at {taken[1]}' if taken[1] else ''}",
                    reason=f"are taken by {first.title} {first_place.path} already",
                )


def _matches(rule: Field) -> Iterator[tuple[Field, str]]:
    """The matches of a rule, each with a text that tells which requests it takes; without any, the rule takes all."""
    matches = list(rule["matches"].each())
    for match in matches:
        given = match.value if isinstance(match.value, dict) else {}
        path = match["path"].value
        yield match, _canonical({**given, "path": {**_EVERY_PATH, **(path if isinstance(path, dict) else {})}})
    if not matches:
        yield rule, _canonical({"path": _EVERY_PATH})


def _canonical(value: Any) -> str:
    try:
        return json.dumps(value, sort_keys=True, default=str)
    except (TypeError, ValueError):
        return repr(value)


def gateway_certificates(index: Index) -> Iterator[Problem]:
    """Certificates of a Gateway lie in a Secret, unless an issuer makes them."""
    for gateway in index.of_kind("Gateway"):
        if has_issuer(gateway):
            continue
        for listener in gateway.spec["listeners"].each():
            for certificate in listener["tls"]["certificateRefs"].each():
                if (certificate["kind"].text or "Secret") == "Secret":
                    namespace = certificate["namespace"].text or gateway.namespace
                    yield from check_certificate(index, gateway, certificate["name"], namespace)
