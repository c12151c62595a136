"""Rules 2, 3, 9 and 12: Deployments, StatefulSets, Jobs and their resources."""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from cdk8s_backend.errors import InvalidValueError
from cdk8s_backend.values import parse_quantity

from charts.rules.folder import Finding, Folder, Resource, at, items, mapping
from charts.rules.specification import (
    ANALYSIS_SERVICE,
    DATABASES,
    INIT_JOB,
    MESSAGING,
    NAMESPACE,
    RESOURCES,
    SERVICES,
    Amounts,
)

_DATABASE_IMAGES = re.compile(r"postgres|mysql|mariadb|mongo|redis|valkey")
_TAG_OR_DIGEST = re.compile(r".+(:[\w][\w.-]{0,127}|@sha256:[0-9a-f]{64})")


# 2. Deployments


def deployments_lie_in_the_namespace(folder: Folder) -> Iterator[Finding]:
    """“모든 Deployment는 `count-system` 네임스페이스에 배포”: the six services, ZooKeeper and Kafka, and any other."""
    yield from _missing(folder, "Deployment", "deployments", (*MESSAGING, *SERVICES))
    for deployment in folder.of_kind("Deployment"):
        if deployment.at("metadata", "namespace") != NAMESPACE:
            yield deployment.finding("metadata.namespace", deployment.at("metadata", "namespace"), NAMESPACE)


def deployments_bear_their_name_as_label(folder: Folder) -> Iterator[Finding]:
    """“레이블은 `app: {service-name}` 형식”: on the Deployment, in its selector and on its pods."""
    for deployment in folder.of_kind("Deployment"):
        for path in (
            ("metadata", "labels"),
            ("spec", "selector", "matchLabels"),
            ("spec", "template", "metadata", "labels"),
        ):
            found = deployment.at(*path, "app")
            if found != deployment.name:
                yield deployment.finding(".".join((*path, "app")), found, deployment.name)


def deployments_limit_their_resources(folder: Folder) -> Iterator[Finding]:
    """“리소스 제한 설정 필수”: every container has requests and limits of CPU and memory."""
    return _unlimited(folder.of_kind("Deployment"))


def deployments_are_checked(folder: Folder) -> Iterator[Finding]:
    """“헬스체크 설정 필수 (`/health`, `/ready`)”: services by HTTP, ZooKeeper and Kafka in their own way."""
    for deployment in folder.of_kind("Deployment"):
        for container in deployment.containers(initial=False):
            for probe, path in (("livenessProbe", "/health"), ("readinessProbe", "/ready")):
                check = mapping(container.manifest.get(probe))
                if deployment.name not in MESSAGING and at(check, "httpGet", "path") != path:
                    found = at(check, "httpGet", "path")
                    yield deployment.finding(f"{container.path}.{probe}.httpGet.path", found, path)
                elif not check:
                    yield deployment.finding(f"{container.path}.{probe}", None, "a check of the program")


def deployments_read_their_environment(folder: Folder) -> Iterator[Finding]:
    """“환경 변수는 ConfigMap 또는 Secret 사용”: no container has a literal value."""
    for deployment in folder.of_kind("Deployment"):
        for container in deployment.containers():
            for variable in items(container.manifest.get("env")):
                source = mapping(at(variable, "valueFrom"))
                if not source.keys() & {"configMapKeyRef", "secretKeyRef"}:
                    found = at(variable, "value") or dict(source) or ""
                    field = f"{container.path}.env[{at(variable, 'name')}]"
                    yield deployment.finding(field, found, "valueFrom a configMapKeyRef or a secretKeyRef")


def deployments_name_versions_of_images(folder: Folder) -> Iterator[Finding]:
    """“이미지 태그는 버전 관리 가능하도록 설정”: every image has a tag or a digest."""
    for deployment in folder.of_kind("Deployment"):
        for container in deployment.containers():
            if not _TAG_OR_DIGEST.fullmatch(container.image.rpartition("/")[2]):
                yield deployment.finding(f"{container.path}.image", container.image, "an image with a tag or a digest")


# 3. StatefulSets


def stateful_sets_are_databases(folder: Folder) -> Iterator[Finding]:
    """“StatefulSet은 데이터베이스에만 사용”: PostgreSQL and the three Redis are StatefulSets, and nothing else is."""
    yield from _missing(folder, "StatefulSet", "statefulsets", DATABASES)
    yield from _other_than_databases(folder.of_kind("StatefulSet"))


def stateful_sets_have_claim_templates(folder: Folder) -> Iterator[Finding]:
    """“`volumeClaimTemplates` 사용”: each has one, and a container mounts each."""
    for stateful_set in folder.of_kind("StatefulSet"):
        templates = [
            str(at(each, "metadata", "name")) for each in items(stateful_set.at("spec", "volumeClaimTemplates"))
        ]
        if not templates:
            yield stateful_set.finding("spec.volumeClaimTemplates", None, "a claim template")
        mounted = {
            str(at(mount, "name"))
            for container in stateful_set.containers()
            for mount in items(container.manifest.get("volumeMounts"))
        }
        for name in templates:
            if name not in mounted:
                yield stateful_set.finding(
                    f"spec.volumeClaimTemplates[{name}]", "mounted nowhere", "a volumeMount of it"
                )


def stateful_sets_name_their_service(folder: Folder) -> Iterator[Finding]:
    """“`serviceName` 필수”: it is there and a Service of the folder has this name."""
    for stateful_set in folder.of_kind("StatefulSet"):
        name = stateful_set.at("spec", "serviceName")
        if not name or folder.get("Service", str(name)) is None:
            yield stateful_set.finding("spec.serviceName", name, "the name of a Service of the folder")


def claims_lie_in_their_folder(folder: Folder) -> Iterator[Finding]:
    """“PVC는 `persistentvolumeclaims/` 디렉토리에 별도 정의 가능”: a claim of its own lies there."""
    for claim in folder.of_kind("PersistentVolumeClaim"):
        if not claim.file.startswith("persistentvolumeclaims/"):
            yield claim.finding("", claim.file, "a file in persistentvolumeclaims/")


# 9. Jobs


def jobs_initialize_databases(folder: Folder) -> Iterator[Finding]:
    """“데이터베이스 초기화에 사용”: the Job of the specification is there, and Jobs run a database's client."""
    yield from _missing(folder, "Job", "jobs", (INIT_JOB,))
    yield from _other_than_databases(folder.of_kind("Job"))


def jobs_try_again(folder: Folder) -> Iterator[Finding]:
    """“`restartPolicy: OnFailure` 설정”."""
    for job in folder.of_kind("Job"):
        if at(job.template, "spec", "restartPolicy") != "OnFailure":
            found = at(job.template, "spec", "restartPolicy")
            yield job.finding("spec.template.spec.restartPolicy", found, "OnFailure")


def jobs_are_kept(folder: Folder) -> Iterator[Finding]:
    """“완료 후 자동 삭제되지 않도록 설정 가능”: no time to live is set."""
    for job in folder.of_kind("Job"):
        if job.at("spec", "ttlSecondsAfterFinished") is not None:
            yield job.finding(
                "spec.ttlSecondsAfterFinished", job.at("spec", "ttlSecondsAfterFinished"), "no such field"
            )


# 12. Resources


def services_limit_their_resources(folder: Folder) -> Iterator[Finding]:
    """“모든 서비스에 리소스 제한 설정”: the six of the table, and every container of them."""
    yield from _missing(folder, "Deployment", "deployments", tuple(RESOURCES))
    yield from _unlimited(_services(folder))


def requests_are_those_of_the_guide(folder: Folder) -> Iterator[Finding]:
    """“Requests는 최소 보장 리소스”: as the table says."""
    return _unlike_the_guide(folder, "requests")


def limits_are_those_of_the_guide(folder: Folder) -> Iterator[Finding]:
    """“Limits는 최대 사용 가능 리소스”: as the table says."""
    return _unlike_the_guide(folder, "limits")


def the_analysis_service_has_more(folder: Folder) -> Iterator[Finding]:
    """“분석 서비스는 더 많은 리소스 할당”: more of everything than any other service."""
    analysis = folder.get("Deployment", ANALYSIS_SERVICE)
    if analysis is None:
        yield Finding(file=f"deployments/{ANALYSIS_SERVICE}.yaml", right=f"a Deployment {ANALYSIS_SERVICE}")
        return
    others = [service for service in _services(folder) if service.name in RESOURCES and service.name != analysis.name]
    for group in ("requests", "limits"):
        for unit in ("cpu", "memory"):
            most = max((_amount(service, group, unit) for service in others), default=Decimal(0))
            if _amount(analysis, group, unit) <= most:
                found = at(_program(analysis), "resources", group, unit)
                yield analysis.finding(f"resources.{group}.{unit}", found, "more than any other service has")


def _missing(folder: Folder, kind: str, directory: str, names: Iterable[str]) -> Iterator[Finding]:
    for name in names:
        if folder.get(kind, name) is None:
            yield Finding(file=f"{directory}/{name}.yaml", right=f"a {kind} {name}")


def _services(folder: Folder) -> list[Resource]:
    return [deployment for deployment in folder.of_kind("Deployment") if deployment.name not in MESSAGING]


def _program(service: Resource) -> object:
    return next((container.manifest for container in service.containers(initial=False)), None)


def _amount(service: Resource, group: str, unit: str) -> Decimal:
    try:
        return parse_quantity(str(at(_program(service), "resources", group, unit)))
    except InvalidValueError:
        return Decimal(0)


def _unlimited(resources: Iterable[Resource]) -> Iterator[Finding]:
    for resource in resources:
        for container in resource.containers():
            for group in ("requests", "limits"):
                for unit in ("cpu", "memory"):
                    if not at(container.manifest, "resources", group, unit):
                        yield resource.finding(f"{container.path}.resources.{group}.{unit}", None, "an amount")


def _unlike_the_guide(folder: Folder, group: str) -> Iterator[Finding]:
    for name, guide in RESOURCES.items():
        service = folder.get("Deployment", name)
        amounts: Amounts = getattr(guide, group)
        for unit in ("cpu", "memory"):
            right = getattr(amounts, unit)
            if service is not None and _amount(service, group, unit) != parse_quantity(right):
                yield service.finding(
                    f"resources.{group}.{unit}", at(_program(service), "resources", group, unit), right
                )


def _other_than_databases(resources: Iterable[Resource]) -> Iterator[Finding]:
    for resource in resources:
        for container in resource.containers(initial=False):
            if not _DATABASE_IMAGES.search(container.image_name):
                yield resource.finding(f"{container.path}.image", container.image, "a database's image")
