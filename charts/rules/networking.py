"""Rules 4 and 8: Services and the Ingress."""

import re
from collections.abc import Iterator

from charts.rules.folder import Finding, Folder, Resource, at, items, mapping
from charts.rules.specification import DATABASES, INGRESS, MESSAGING, SERVICES

_CONTROLLER = re.compile(r"[^/]*ingress[^/]*/.+")


# 4. Services


def services_bear_the_name_of_their_deployment(folder: Folder) -> Iterator[Finding]:
    """“Service 이름은 Deployment 이름과 동일”: so it is with StatefulSets; each has one, and no Service has none."""
    workloads = {workload.name for workload in folder.of_kind("Deployment", "StatefulSet")}
    for name in sorted(workloads | {*DATABASES, *MESSAGING, *SERVICES}):
        if folder.get("Service", name) is None:
            yield Finding(file=f"services/{name}.yaml", right=f"a Service {name}")
    for service in folder.of_kind("Service"):
        if service.name not in workloads:
            yield service.finding("metadata.name", service.name, "the name of a Deployment or StatefulSet")


def services_are_internal(folder: Folder) -> Iterator[Finding]:
    """“`ClusterIP` 타입 사용 (내부 통신)”: with an address of their own, so not headless."""
    for service in folder.of_kind("Service"):
        if service.at("spec", "type") not in (None, "ClusterIP"):
            yield service.finding("spec.type", service.at("spec", "type"), "ClusterIP")
        if service.at("spec", "clusterIP") is not None:
            yield service.finding("spec.clusterIP", service.at("spec", "clusterIP"), "no such field")


def ports_are_unique(folder: Folder) -> Iterator[Finding]:
    """“포트는 서비스별로 고유”: no two application services have one port."""
    owners: dict[str, str] = {}
    for service in _application_services(folder):
        for index, port in enumerate(at(each, "port") for each in items(service.at("spec", "ports"))):
            owner = owners.setdefault(str(port), service.name)
            if owner != service.name:
                yield service.finding(f"spec.ports[{index}].port", port, f"a port other than that of {owner}")


def selectors_are_the_labels_of_the_pods(folder: Folder) -> Iterator[Finding]:
    """“Selector는 Deployment의 레이블과 일치”: `app` with the name, and nothing that the pods do not bear."""
    for service in folder.of_kind("Service"):
        workload = folder.get("Deployment", service.name) or folder.get("StatefulSet", service.name)
        if workload is None:
            continue
        selector = mapping(service.at("spec", "selector"))
        labels = mapping(at(workload.template, "metadata", "labels"))
        if selector.get("app") != service.name or not selector.items() <= labels.items():
            right = f"app: {service.name}, as the pods of {workload.kind} {workload.name} are labelled"
            yield service.finding("spec.selector", dict(selector) or None, right)


# 8. Ingress


def routing_is_by_host(folder: Folder) -> Iterator[Finding]:
    """“호스트 기반 라우팅”: the Ingress is there, and every rule has a host."""
    if folder.get("Ingress", INGRESS) is None:
        yield Finding(file="ingress/ingress.yaml", right=f"an Ingress {INGRESS}")
    for ingress in folder.of_kind("Ingress"):
        rules = items(ingress.at("spec", "rules"))
        if not rules:
            yield ingress.finding("spec.rules", None, "a rule for each host")
        for index, rule in enumerate(rules):
            if not at(rule, "host"):
                yield ingress.finding(f"spec.rules[{index}].host", at(rule, "host"), "a host")


def routing_is_by_path(folder: Folder) -> Iterator[Finding]:
    """“경로 기반 라우팅”: every rule has paths that begin with `/`, and none twice: the first would win silently."""
    for ingress in folder.of_kind("Ingress"):
        seen = set()
        for index, rule in enumerate(items(ingress.at("spec", "rules"))):
            paths = items(at(rule, "http", "paths"))
            if not paths:
                yield ingress.finding(f"spec.rules[{index}].http.paths", None, "a path for each service")
            for position, path in enumerate(paths):
                field = f"spec.rules[{index}].http.paths[{position}].path"
                found = at(path, "path")
                key = (str(at(rule, "host")), str(found), str(at(path, "pathType")))
                if not str(found or "").startswith("/"):
                    yield ingress.finding(field, found, "a path that begins with /")
                elif key in seen:
                    yield ingress.finding(field, found, "a path that no other backend of this host has")
                seen.add(key)


def services_have_paths(folder: Folder) -> Iterator[Finding]:
    """“서비스별 경로 매핑”: a path leads to each application service, by its Service and port."""
    reached = set()
    for ingress in folder.of_kind("Ingress"):
        for index, rule in enumerate(items(ingress.at("spec", "rules"))):
            for position, path in enumerate(items(at(rule, "http", "paths"))):
                backend = at(path, "backend", "service")
                name, port = str(at(backend, "name")), at(backend, "port")
                service = folder.get("Service", name)
                reached.add(name)
                if service is None or not _has_port(service, port):
                    field = f"spec.rules[{index}].http.paths[{position}].backend.service"
                    yield ingress.finding(field, dict(mapping(backend)) or None, "a Service of the folder and its port")
    for service in _application_services(folder):
        if service.name not in reached:
            yield service.finding("", "reached by no path", "a path of the Ingress")


def the_controller_is_told(folder: Folder) -> Iterator[Finding]:
    """“Ingress Controller 어노테이션 사용”: an annotation of an Ingress controller."""
    for ingress in folder.of_kind("Ingress"):
        annotations = mapping(ingress.at("metadata", "annotations"))
        if not any(_CONTROLLER.fullmatch(str(key)) for key in annotations):
            right = "an annotation of the controller, like nginx.ingress.kubernetes.io/proxy-read-timeout"
            yield ingress.finding("metadata.annotations", dict(annotations) or None, right)


def _application_services(folder: Folder) -> list[Resource]:
    return [
        service
        for service in folder.of_kind("Service")
        if service.name not in MESSAGING and folder.get("Deployment", service.name) is not None
    ]


def _has_port(service: Resource, wanted: object) -> bool:
    return any(
        at(wanted, "number") == at(port, "port") or (at(wanted, "name") or False) == at(port, "name")
        for port in items(service.at("spec", "ports"))
    )
