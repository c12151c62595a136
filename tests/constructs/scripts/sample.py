"""A small system for the tests of the scripts: a store with a claim, a Job that prepares it, and a web server."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from cdk8s_backend import yaml
from cdk8s_backend.manifest import Manifest
from cdk8s_backend.scripts import Image, PhaseFiles, Plan, Text, make_plan, render
from cdk8s_backend.scripts.render import MARK

TEMPLATES = Path(__file__).parents[3] / "constructs/cdk8s_backend/scripts/templates"

Phases = tuple[PhaseFiles, ...]


def sample_phases(namespace: str = "shop") -> Phases:
    """The steps of the sample system."""
    return (
        PhaseFiles(
            name="namespace",
            title=Text(ko="네임스페이스", en="Namespace"),
            files={"namespace.yaml": _namespace(namespace)},
        ),
        PhaseFiles(
            name="configuration",
            title=Text(ko="설정", en="Configuration"),
            files={
                "configmap/web-config.yaml": _object(
                    "v1", "ConfigMap", "web-config", namespace, data={"greeting": "hello"}
                ),
                "secret/store-secret.yaml": _secret(
                    "store-secret", namespace, username="${STORE_USERNAME}", password="${STORE_PASSWORD}"
                ),
                "secret/web-secret.yaml": _secret("web-secret", namespace, token="${WEB_TOKEN}"),
            },
        ),
        PhaseFiles(
            name="infrastructure",
            title=Text(ko="인프라", en="Infrastructure"),
            files={"statefulsets/store.yaml": _store(namespace), "services/store.yaml": _store_service(namespace)},
        ),
        PhaseFiles(
            name="initialization",
            title=Text(ko="초기화", en="Initialization"),
            files={"jobs/prepare.yaml": _prepare(namespace)},
        ),
        PhaseFiles(
            name="services",
            title=Text(ko="서비스", en="Services"),
            files={"deployments/web.yaml": _web(namespace)},
        ),
        PhaseFiles(
            name="ingress",
            title=Text(ko="인그레스", en="Ingress"),
            files={
                "ingress/ingress.yaml": _object(
                    "networking.k8s.io/v1",
                    "Ingress",
                    "shop",
                    namespace,
                    spec={"defaultBackend": {"service": {"name": "store", "port": {"number": 6379}}}},
                )
            },
            option="with-ingress",
        ),
    )


def external_phases(namespace: str = "shop") -> Phases:
    """The steps of the sample system with two ExternalSecrets: one of two keys, and one for web, which names no key."""
    keys = [{"secretKey": key, "remoteRef": {"key": "shop/mail", "property": key}} for key in ("username", "password")]
    external = {
        "secret/mail-secret.yaml": _external_secret("mail-secret", namespace, data=keys),
        "secret/web-secret.yaml": _external_secret(
            "web", namespace, dataFrom=[{"extract": {"key": "shop/web"}}], target={"name": "web-secret"}
        ),
    }
    return tuple(
        replace(phase, files={**phase.files, **external}) if phase.name == "configuration" else phase
        for phase in sample_phases(namespace)
    )


def sample_plan(namespace: str = "shop", *, phases: Phases | None = None, title: str = "Shop") -> Plan:
    """The plan of the sample system.

    Args:
        namespace: Namespace of its objects.
        phases: Other steps than those of the sample.
        title: Its English name.
    """
    return make_plan(
        title=Text(ko="상점", en=title),
        namespace=namespace,
        environment="production",
        phases=phases or sample_phases(namespace),
        images=[
            Image(name="web", dockerfile="web/Dockerfile"),
            Image(name="worker", dockerfile="worker/Dockerfile"),
            Image(name="common", dockerfile="common/Dockerfile", common=True),
        ],
        registry="registry.example/shop",
        version="1.2.3",
        secret_defaults={"STORE_USERNAME": "shop"},
    )


def program_around_data(name: str) -> tuple[str, str]:
    """A script as put together from its parts: what stands before its data, and what stands after it."""
    folder = TEMPLATES / {".sh": "bash", ".ps1": "powershell"}[Path(name).suffix]

    def text_of(part: str) -> str:
        return (folder / part).with_suffix(Path(name).suffix).read_text(encoding="utf-8-sig")

    before, after = text_of(name).split("# plan\n")
    return before, MARK.sub(lambda mark: text_of(mark[2]), after)


def write_folder(folder: Path, namespace: str = "shop", *, phases: Phases | None = None) -> None:
    """Writes manifests and scripts of the sample system as the generated folder holds them."""
    steps = phases or sample_phases(namespace)
    for phase in steps:
        for path, manifest in phase.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(yaml.dump(manifest), encoding="utf-8")
    for name, content in render(sample_plan(namespace, phases=steps)).items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o755)


def _object(api_version: str, kind: str, name: str, namespace: str, **body: Any) -> Manifest:
    metadata = {"name": name, "namespace": namespace, "labels": {"app.kubernetes.io/part-of": "shop"}}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **body}


def _namespace(name: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"app": "shop"}}}


def _secret(name: str, namespace: str, **values: str) -> Manifest:
    return _object("v1", "Secret", name, namespace, type="Opaque", stringData=values)


def _external_secret(name: str, namespace: str, **spec: Any) -> Manifest:
    store = {"secretStoreRef": {"kind": "ClusterSecretStore", "name": "vault"}}
    return _object("external-secrets.io/v1", "ExternalSecret", name, namespace, spec=store | spec)


def _variable(name: str, secret: str, key: str) -> Manifest:
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}


def _pods(name: str, **pod: Any) -> Manifest:
    return {"metadata": {"labels": {"app": name}}, "spec": {"terminationGracePeriodSeconds": 1, **pod}}


def _redis(name: str, *environment: Manifest, **container: Any) -> Manifest:
    return {
        "name": name,
        "image": "redis:7-alpine",
        "imagePullPolicy": "IfNotPresent",
        "env": list(environment),
        "readinessProbe": {"tcpSocket": {"port": 6379}, "periodSeconds": 1},
        **container,
    }


def _store(namespace: str) -> Manifest:
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}},
    }
    container = _redis(
        "store",
        _variable("USERNAME", "store-secret", "username"),
        _variable("PASSWORD", "store-secret", "password"),
        volumeMounts=[{"name": "data", "mountPath": "/data"}],
    )
    return _object(
        "apps/v1",
        "StatefulSet",
        "store",
        namespace,
        spec={
            "serviceName": "store",
            "replicas": 1,
            "selector": {"matchLabels": {"app": "store"}},
            "template": _pods("store", containers=[container]),
            "volumeClaimTemplates": [claim],
        },
    )


def _store_service(namespace: str) -> Manifest:
    return _object(
        "v1",
        "Service",
        "store",
        namespace,
        spec={"selector": {"app": "store"}, "ports": [{"port": 6379, "name": "redis"}]},
    )


def _prepare(namespace: str) -> Manifest:
    container = {
        "name": "prepare",
        "image": "postgres:15-alpine",
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", "echo preparing"],
        "env": [_variable("WEB_TOKEN", "web-secret", "token")],
    }
    return _object(
        "batch/v1",
        "Job",
        "prepare",
        namespace,
        spec={
            "backoffLimit": 0,
            "template": _pods("prepare", containers=[container], restartPolicy="OnFailure"),
        },
    )


def _web(namespace: str) -> Manifest:
    container = _redis("web", _variable("WEB_TOKEN", "web-secret", "token"))
    return _object(
        "apps/v1",
        "Deployment",
        "web",
        namespace,
        spec={
            "replicas": 1,
            "selector": {"matchLabels": {"app": "web"}},
            "template": _pods("web", containers=[container]),
        },
    )
