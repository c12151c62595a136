"""Rule 8: the ways in from outside, be it by an Ingress or by a Gateway and HTTPRoutes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from charts.rules.folder import Finding, Folder, Resource, at, items, mapping
from charts.rules.networking import application_services
from charts.rules.specification import GATEWAY, INGRESS

_CONTROLLER = re.compile(r"[^/]*ingress[^/]*/.+")
_CONDITIONS = (("path", "type"), ("path", "value"), ("method",), ("headers",), ("queryParams",))
"""The fields of a match of an HTTPRoute."""


def routing_is_by_host(folder: Folder) -> Iterator[Finding]:
    """“호스트 기반 라우팅”: the Ingress, or the Gateway with routes, is there, and every rule or route has a host."""
    yield from _missing(folder)
    for ingress in folder.of_kind("Ingress"):
        rules = items(ingress.at("spec", "rules"))
        if not rules:
            yield ingress.finding("spec.rules", None, "a rule for each host")
        for index, rule in enumerate(rules):
            if not at(rule, "host"):
                yield ingress.finding(f"spec.rules[{index}].host", at(rule, "host"), "a host")
    for route in folder.of_kind("HTTPRoute"):
        if not items(route.at("spec", "hostnames")):
            yield route.finding("spec.hostnames", route.at("spec", "hostnames"), "a host")


def routing_is_by_path(folder: Folder) -> Iterator[Finding]:
    """“경로 기반 라우팅”: every rule has paths that begin with `/`, and none twice: the first would win silently.

    A route may have one path several times, with different methods.
    """
    for ingress in folder.of_kind("Ingress"):
        for index, rule in enumerate(items(ingress.at("spec", "rules"))):
            if not items(at(rule, "http", "paths")):
                yield ingress.finding(f"spec.rules[{index}].http.paths", None, "a path for each service")
    for route in folder.of_kind("HTTPRoute"):
        for field, rule in _leading_rules(route):
            if not items(rule.get("matches")):
                yield route.finding(f"{field}.matches", rule.get("matches"), "a path of the service")
    seen: set[tuple[str, ...]] = set()
    for resource, field, path, requests in _paths(folder):
        if not str(path or "").startswith("/"):
            yield resource.finding(field, path, "a path that begins with /")
        elif requests & seen:
            yield resource.finding(field, path, "a path that no other backend of this host has")
        seen |= requests


def services_have_paths(folder: Folder) -> Iterator[Finding]:
    """“서비스별 경로 매핑”: a path leads to each application service, by its Service and port."""
    reached = set()
    for resource, field, backend, port in _backends(folder):
        name = str(at(backend, "name"))
        service = folder.get("Service", name)
        reached.add(name)
        if service is None or not _has_port(service, port):
            yield resource.finding(field, dict(mapping(backend)) or None, "a Service of the folder and its port")
    for service in application_services(folder):
        if service.name not in reached:
            yield service.finding("", "reached by no path", "a path of the Ingress or of an HTTPRoute")


def the_controller_is_told(folder: Folder) -> Iterator[Finding]:
    """“Ingress Controller 어노테이션 사용”: an annotation of an Ingress controller.

    What an annotation tells about an Ingress, a Gateway and its routes have as fields: the class and the timeouts.
    """
    for ingress in folder.of_kind("Ingress"):
        annotations = mapping(ingress.at("metadata", "annotations"))
        if not any(_CONTROLLER.fullmatch(str(key)) for key in annotations):
            right = "an annotation of the controller, like nginx.ingress.kubernetes.io/proxy-read-timeout"
            yield ingress.finding("metadata.annotations", dict(annotations) or None, right)
    for gateway in folder.of_kind("Gateway"):
        if not gateway.at("spec", "gatewayClassName"):
            yield gateway.finding("spec.gatewayClassName", None, "the class of a controller")
    for route in folder.of_kind("HTTPRoute"):
        for field, rule in _leading_rules(route):
            if not at(rule, "timeouts", "request"):
                yield route.finding(f"{field}.timeouts.request", None, "how long a response may take, like 3600s")


def _missing(folder: Folder) -> Iterator[Finding]:
    has_gateway, has_routes = bool(folder.of_kind("Gateway")), bool(folder.of_kind("HTTPRoute"))
    if not has_gateway and not has_routes and folder.get("Ingress", INGRESS) is None:
        yield Finding(file="ingress/ingress.yaml", right=f"an Ingress {INGRESS}")
    if (has_gateway or has_routes) and folder.get("Gateway", GATEWAY) is None:
        yield Finding(file="ingress/gateway.yaml", right=f"a Gateway {GATEWAY}")
    if has_gateway and not has_routes:
        yield Finding(file="ingress", object="HTTPRoute", right="a route for each service")


def _leading_rules(route: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The rules of an HTTPRoute that lead to a Service, and not elsewhere as a redirect does, each with its field."""
    for index, rule in enumerate(items(route.at("spec", "rules"))):
        filters = [at(each, "type") for each in items(at(rule, "filters"))]
        if "RequestRedirect" not in filters:
            yield f"spec.rules[{index}]", mapping(rule)


def _paths(folder: Folder) -> Iterator[tuple[Resource, str, Any, set[tuple[str, ...]]]]:
    """Every path with its field and the requests that it takes: by kind, host, and what else is asked of them."""
    requests: set[tuple[str, ...]]
    for ingress in folder.of_kind("Ingress"):
        for index, rule in enumerate(items(ingress.at("spec", "rules"))):
            for position, path in enumerate(items(at(rule, "http", "paths"))):
                requests = {("Ingress", str(at(rule, "host")), str(at(path, "path")), str(at(path, "pathType")))}
                yield ingress, f"spec.rules[{index}].http.paths[{position}].path", at(path, "path"), requests
    for route in folder.of_kind("HTTPRoute"):
        for field, rule in _leading_rules(route):
            for position, match in enumerate(items(rule.get("matches"))):
                conditions = [str(at(match, *keys)) for keys in _CONDITIONS]
                requests = {("HTTPRoute", str(host), *conditions) for host in items(route.at("spec", "hostnames"))}
                yield route, f"{field}.matches[{position}].path.value", at(match, "path", "value"), requests


def _backends(folder: Folder) -> Iterator[tuple[Resource, str, Any, Any]]:
    """Every backend with its field and its port in the form of an Ingress."""
    for ingress in folder.of_kind("Ingress"):
        for index, rule in enumerate(items(ingress.at("spec", "rules"))):
            for position, path in enumerate(items(at(rule, "http", "paths"))):
                field = f"spec.rules[{index}].http.paths[{position}].backend.service"
                backend = at(path, "backend", "service")
                yield ingress, field, backend, at(backend, "port")
    for route in folder.of_kind("HTTPRoute"):
        for field, rule in _leading_rules(route):
            for position, backend in enumerate(items(rule.get("backendRefs"))):
                yield route, f"{field}.backendRefs[{position}]", backend, {"number": at(backend, "port")}


def _has_port(service: Resource, wanted: object) -> bool:
    return any(
        at(wanted, "number") == at(port, "port") or (at(wanted, "name") or False) == at(port, "name")
        for port in items(service.at("spec", "ports"))
    )
