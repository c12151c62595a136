"""Rule 1: the namespace."""

from collections.abc import Iterator

from charts.rules.folder import Finding, Folder
from charts.rules.specification import NAMESPACE

_CLUSTER_SCOPED = frozenset(
    (
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "GatewayClass",
        "IngressClass",
        "Namespace",
        "PersistentVolume",
        "PriorityClass",
        "StorageClass",
    )
)


def the_namespace_is_there(folder: Folder) -> Iterator[Finding]:
    """“네임스페이스명: `count-system`”: the folder has this Namespace and no other."""
    namespaces = folder.of_kind("Namespace")
    if not namespaces:
        yield Finding(file="namespace.yaml", right=f"a Namespace {NAMESPACE}")
    for namespace in namespaces:
        if namespace.name != NAMESPACE:
            yield namespace.finding("metadata.name", namespace.name, NAMESPACE)


def everything_lies_in_the_namespace(folder: Folder) -> Iterator[Finding]:
    """“모든 리소스는 이 네임스페이스에 배포”: every object that can have a namespace names this one."""
    for resource in folder:
        found = resource.at("metadata", "namespace")
        if resource.kind not in _CLUSTER_SCOPED and found != NAMESPACE:
            yield resource.finding("metadata.namespace", found, NAMESPACE)


def the_namespace_tells_the_environment(folder: Folder) -> Iterator[Finding]:
    """“라벨로 환경 구분 가능하도록 설정”: the Namespace has the labels `app` and `environment`."""
    for namespace in folder.of_kind("Namespace"):
        for label, right in (("app", NAMESPACE), ("environment", "the environment's name, like production")):
            found = namespace.at("metadata", "labels", label)
            if not found or (label == "app" and found != NAMESPACE):
                yield namespace.finding(f"metadata.labels.{label}", found, right)
