"""Rule 4: Services."""

from collections.abc import Iterator

from charts.rules.folder import Finding, Folder, Resource, at, items, mapping
from charts.rules.specification import DATABASES, MESSAGING, SERVICES


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
    for service in application_services(folder):
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


def application_services(folder: Folder) -> list[Resource]:
    """The Services of the application's own Deployments."""
    return [
        service
        for service in folder.of_kind("Service")
        if service.name not in MESSAGING and folder.get("Deployment", service.name) is not None
    ]
