"""Every object lies where the specification wants it."""

from typing import Any

from cdk8s_backend import LayoutError

import pytest

from scripts.folders import path_of


def _object(kind: str, name: str, **labels: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "labels": labels}}


@pytest.mark.parametrize(
    ("manifest", "path"),
    [
        (_object("Namespace", "count-system"), "namespace.yaml"),
        (_object("ConfigMap", "app-config"), "configmap/app-config.yaml"),
        (_object("Secret", "postgresql-secret"), "secret/postgresql-secret.yaml"),
        (_object("StatefulSet", "postgresql"), "statefulsets/postgresql.yaml"),
        (_object("Deployment", "kafka"), "deployments/kafka.yaml"),
        (_object("Service", "postgresql", app="postgresql"), "services/postgresql-service.yaml"),
        (_object("Service", "count-write-service", service="api"), "services/count-write-service.yaml"),
        (_object("Ingress", "count-system-ingress"), "ingress/ingress.yaml"),
        (_object("Gateway", "count-system-gateway"), "ingress/gateway.yaml"),
        (_object("HTTPRoute", "count-write-service"), "ingress/count-write-service.yaml"),
        (_object("ExternalSecret", "postgresql-secret"), "secret/postgresql-secret.yaml"),
        (_object("NetworkPolicy", "default-deny"), "networkpolicies/default-deny.yaml"),
        (_object("PodDisruptionBudget", "count-read-service"), "poddisruptionbudgets/count-read-service.yaml"),
        (_object("HorizontalPodAutoscaler", "count-read-service"), "horizontalpodautoscalers/count-read-service.yaml"),
        (_object("Job", "postgresql-init"), "jobs/postgresql-init.yaml"),
        (_object("CronJob", "countinfo-backup"), "cronjobs/countinfo-backup.yaml"),
        (_object("PersistentVolumeClaim", "kafka-data", app="kafka"), "persistentvolumeclaims/kafka-pvc.yaml"),
        (
            _object("PersistentVolumeClaim", "countinfo-backup-data", app="countinfo-backup"),
            "persistentvolumeclaims/countinfo-backup-pvc.yaml",
        ),
        (_object("PersistentVolumeClaim", "data-db-0", app="db"), "persistentvolumeclaims/db-pvc.yaml"),
        (_object("PersistentVolumeClaim", "data-db-1", app="db"), "persistentvolumeclaims/db-pvc-1.yaml"),
        (_object("PersistentVolumeClaim", "data-db-12", app="db"), "persistentvolumeclaims/db-pvc-12.yaml"),
    ],
)
def test_an_object_lies_in_its_folder(manifest: dict[str, Any], path: str) -> None:
    assert path_of(manifest) == path


def test_a_kind_without_a_folder_says_where_to_add_one() -> None:
    with pytest.raises(LayoutError, match=r"DaemonSet agent: no folder for this kind; add one to FOLDERS"):
        path_of(_object("DaemonSet", "agent"))


def test_a_claim_that_does_not_say_what_uses_it_is_refused() -> None:
    with pytest.raises(LayoutError, match=r"PersistentVolumeClaim data: .* add the label `app`"):
        path_of(_object("PersistentVolumeClaim", "data"))
