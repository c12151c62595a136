"""Objects, pods, containers and ports, as the rules see them."""

from collections.abc import Iterator
from dataclasses import dataclass

from cdk8s_backend.linker._assigned import AssignedLabels, assigned_labels
from cdk8s_backend.linker._field import Field
from cdk8s_backend.linker._selector import Selector, labels_of

__all__ = [
    "CLUSTER_KINDS",
    "NAMESPACED_KINDS",
    "Container",
    "Port",
    "Resource",
    "Workload",
    "read_resources",
    "read_workload",
]

_POD_TEMPLATES = {
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "DaemonSet": ("spec", "template"),
    "Deployment": ("spec", "template"),
    "Job": ("spec", "template"),
    "Pod": (),
    "ReplicaSet": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
}
_GROUPS = {
    "Certificate": "cert-manager.io",
    "ConfigMap": "",
    "CronJob": "batch",
    "DaemonSet": "apps",
    "Deployment": "apps",
    "ExternalSecret": "external-secrets.io",
    "Gateway": "gateway.networking.k8s.io",
    "HTTPRoute": "gateway.networking.k8s.io",
    "HorizontalPodAutoscaler": "autoscaling",
    "Ingress": "networking.k8s.io",
    "Job": "batch",
    "Namespace": "",
    "NetworkPolicy": "networking.k8s.io",
    "PersistentVolumeClaim": "",
    "Pod": "",
    "PodDisruptionBudget": "policy",
    "ReplicaSet": "apps",
    "Secret": "",
    "Service": "",
    "ServiceAccount": "",
    "StatefulSet": "apps",
}
CLUSTER_KINDS = frozenset({"Namespace"})
NAMESPACED_KINDS = frozenset(_GROUPS) - CLUSTER_KINDS


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """One object.

    Attributes:
        kind: Its kind; `<kind>.<group>` where another API group uses the name of a kind that the rules know.
        namespace: Its namespace: "default" where none is written, empty for kinds that belong to the whole cluster.
        name: Its name.
        root: The whole manifest.
    """

    kind: str
    namespace: str
    name: str
    root: Field

    @property
    def title(self) -> str:
        """Kind and name, as kubectl writes them."""
        return f"{self.kind}/{self.name}"

    @property
    def spec(self) -> Field:
        """The field `spec`."""
        return self.root["spec"]

    def annotation(self, name: str) -> str:
        """The annotation's text, empty where there is none."""
        return self.root["metadata"]["annotations"][name].text or ""

    def annotation_list(self, name: str) -> frozenset[str]:
        """The annotation's text as a list divided by commas."""
        return frozenset(part.strip() for part in self.annotation(name).split(",") if part.strip())


@dataclass(frozen=True, slots=True)
class Port:
    """A port that a container declares."""

    number: int | None
    name: str | None
    protocol: str


@dataclass(frozen=True, slots=True, eq=False)
class Container:
    """A container of a pod.

    Attributes:
        root: The container's own part of the manifest.
        name: Its name.
        serves: Whether it runs as long as the pod, so that Services reach it.
        ports: The ports that it declares.
    """

    root: Field
    name: str
    serves: bool
    ports: tuple[Port, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Workload:
    """An object that makes pods.

    Attributes:
        resource: The object itself.
        template: Its pod template (the object itself for a Pod).
        labels: The labels that its pod template gives its pods.
        assigned: Those that its controller adds.
        containers: All containers, the init containers first.
        selector: Its own `spec.selector`; None for a kind that has none.
    """

    resource: Resource
    template: Field
    labels: dict[str, str]
    assigned: AssignedLabels
    containers: tuple[Container, ...]
    selector: Selector | None

    @property
    def title(self) -> str:
        """Kind and name."""
        return self.resource.title

    @property
    def namespace(self) -> str:
        """The namespace of its pods."""
        return self.resource.namespace

    @property
    def pod(self) -> Field:
        """The pod's spec."""
        return self.template["spec"]

    @property
    def ports(self) -> list[Port]:
        """The ports at which its pods serve."""
        return [port for container in self.containers if container.serves for port in container.ports]


def read_resources(manifest: object) -> Iterator[Resource]:
    """Reads an object, or the items of a List; yields nothing for what is no object."""
    root = Field(manifest)
    items = [Field(item.value) for item in root["items"].each()] if root["kind"].text == "List" else [root]
    return (_read_resource(item) for item in items if item["kind"].text is not None)


def _read_resource(root: Field) -> Resource:
    kind = root["kind"].text or ""
    group, _, version = (root["apiVersion"].text or "").rpartition("/")
    expected = _GROUPS.get(kind)
    if (expected is not None and group != expected) or (expected == "" and version != "v1"):
        kind = f"{kind}.{group or version}"
    metadata = root["metadata"]
    namespace = "" if kind in CLUSTER_KINDS else metadata["namespace"].text or "default"
    return Resource(kind, namespace, metadata["name"].text or "(unnamed)", root)


def read_workload(resource: Resource) -> Workload | None:
    """Reads the pods of an object; None for a kind that makes none."""
    if resource.kind not in _POD_TEMPLATES:
        return None
    template = resource.root
    for key in _POD_TEMPLATES[resource.kind]:
        template = template[key]
    pod = template["spec"]
    containers = (
        *(
            _read_container(each, serves=each["restartPolicy"].text == "Always")
            for each in pod["initContainers"].each()
        ),
        *(_read_container(each, serves=True) for each in pod["containers"].each()),
    )
    has_selector = resource.kind in ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")
    return Workload(
        resource,
        template,
        labels_of(template["metadata"]["labels"]),
        assigned_labels(resource.kind, resource.name, resource.spec),
        containers,
        Selector.of_label_selector(resource.spec["selector"]) if has_selector else None,
    )


def _read_container(root: Field, *, serves: bool) -> Container:
    ports = tuple(
        Port(port["containerPort"].number, port["name"].text, port["protocol"].text or "TCP")
        for port in root["ports"].each()
    )
    return Container(root, root["name"].text or "(unnamed)", serves, ports)
