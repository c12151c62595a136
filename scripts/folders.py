"""The specification's folders and file names."""

from cdk8s_backend import LayoutError
from cdk8s_backend.manifest import Manifest

__all__ = ["FOLDERS", "path_of"]

FOLDERS = {
    "ConfigMap": "configmap",
    "Secret": "secret",
    "ExternalSecret": "secret",
    "NetworkPolicy": "networkpolicies",
    "PersistentVolumeClaim": "persistentvolumeclaims",
    "StatefulSet": "statefulsets",
    "Deployment": "deployments",
    "Service": "services",
    "PodDisruptionBudget": "poddisruptionbudgets",
    "HorizontalPodAutoscaler": "horizontalpodautoscalers",
    "Ingress": "ingress",
    "Gateway": "ingress",
    "HTTPRoute": "ingress",
    "Job": "jobs",
    "CronJob": "cronjobs",
}
"""Kind to folder; a Namespace lies beside the folders."""


def path_of(manifest: Manifest) -> str:
    """The relative path of an object's file.

    Raises:
        LayoutError: There is no folder for objects of this kind, or a claim does not say what uses it.
    """
    kind, metadata = manifest["kind"], manifest["metadata"]
    name = metadata["name"]
    if kind == "Namespace":
        return "namespace.yaml"
    if kind not in FOLDERS:
        raise LayoutError(f"{kind} {name}: no folder for this kind; add one to FOLDERS in scripts/folders.py")
    return f"{FOLDERS[kind]}/{_file_name(kind, name, metadata.get('labels', {}))}.yaml"


def _file_name(kind: str, name: str, labels: dict[str, str]) -> str:
    match kind:
        case "Service":
            return name if labels.get("service") == "api" else f"{name}-service"
        case "PersistentVolumeClaim":
            if "app" not in labels:
                raise LayoutError(f"{kind} {name}: its file bears the name of what uses it; add the label `app`")
            app = labels["app"]
            _, of_stateful_set, ordinal = name.rpartition(f"-{app}-")
            return f"{app}-pvc-{ordinal}" if of_stateful_set and ordinal != "0" else f"{app}-pvc"
        case "Ingress" | "Gateway":
            return kind.lower()
        case _:
            return name
