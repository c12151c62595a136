"""The linker reads whatever a YAML loader gives, and never raises."""

import copy
from typing import Any

from cdk8s_backend.linker import check

from hypothesis import given, settings
from hypothesis import strategies as st

CONTAINER: dict[str, Any] = {
    "name": "c",
    "args": ["db:5432", "$(A)", "/etc/c/file"],
    "env": [
        {"name": "A", "value": "redis://db"},
        {"name": "B", "valueFrom": {"configMapKeyRef": {"name": "a", "key": "x.host"}}},
        {"name": "C", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['a']"}}},
    ],
    "envFrom": [{"prefix": "P", "configMapRef": {"name": "a"}}, {"secretRef": {"name": "a"}}],
    "ports": [{"containerPort": 1, "name": "http"}],
    "livenessProbe": {"httpGet": {"port": 1}, "exec": {"command": ["/etc/c/file"]}},
    "lifecycle": {"preStop": {"tcpSocket": {"port": "http"}}},
    "volumeMounts": [{"name": "v", "mountPath": "/etc/c", "subPath": "file", "subPathExpr": "$(A)"}],
}
POD: dict[str, Any] = {
    "initContainers": [{**CONTAINER, "name": "i", "restartPolicy": "Always"}],
    "containers": [CONTAINER],
    "volumes": [
        {"name": "v", "configMap": {"name": "a", "items": [{"key": "k", "path": "file"}]}},
        {"name": "w", "projected": {"sources": [{"secret": {"name": "a"}}, {"downwardAPI": {"items": [{}]}}]}},
        {"name": "d", "persistentVolumeClaim": {"claimName": "v-a-0"}},
    ],
    "affinity": {"podAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"podAffinityTerm": {}}]}},
    "imagePullSecrets": [{"name": "a"}],
}
TEMPLATE: dict[str, Any] = {"metadata": {"labels": {"a": "b"}}, "spec": POD}
SELECTOR: dict[str, Any] = {
    "matchLabels": {"a": "b"},
    "matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}],
}
BACKEND: dict[str, Any] = {"service": {"name": "a", "port": {"number": 1}}}
SHAPES: list[tuple[str, str, dict[str, Any]]] = [
    ("v1", "Namespace", {}),
    ("v1", "ConfigMap", {"data": {"x.host": "db", "x.port": "1", "k": "a\nreplicaof db 1\n", "l": "http://a:1,b:2"}}),
    ("v1", "Secret", {"stringData": {"k": "redis://db"}, "data": {"l": "x"}}),
    ("v1", "Service", {"spec": {"selector": {"a": "b"}, "ports": [{"port": 1, "targetPort": "http"}]}}),
    ("v1", "PersistentVolumeClaim", {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {}}}}),
    ("v1", "Pod", {"metadata": {"labels": {"a": "b"}}, "spec": POD}),
    ("v1", "List", {"items": [{"apiVersion": "v1", "kind": "ConfigMap"}]}),
    ("v1", "ServiceAccount", {"imagePullSecrets": [{"name": "a"}]}),
    ("apps/v1", "Deployment", {"spec": {"selector": SELECTOR, "template": TEMPLATE}}),
    (
        "apps/v1",
        "StatefulSet",
        {
            "spec": {
                "selector": SELECTOR,
                "template": TEMPLATE,
                "serviceName": "a",
                "replicas": 2,
                "volumeClaimTemplates": [{"metadata": {"name": "v"}, "spec": {"accessModes": ["ReadWriteOnce"]}}],
            }
        },
    ),
    ("batch/v1", "CronJob", {"spec": {"jobTemplate": {"spec": {"template": TEMPLATE}}}}),
    (
        "networking.k8s.io/v1",
        "Ingress",
        {
            "spec": {
                "defaultBackend": BACKEND,
                "tls": [{"hosts": ["h"], "secretName": "a"}],
                "rules": [{"host": "h", "http": {"paths": [{"path": "/", "backend": BACKEND}] * 2}}],
            }
        },
    ),
    (
        "networking.k8s.io/v1",
        "NetworkPolicy",
        {
            "spec": {
                "podSelector": SELECTOR,
                "ingress": [{"from": [{"podSelector": SELECTOR}], "ports": [{"port": 1, "endPort": 2}]}],
                "egress": [{"to": [{"namespaceSelector": SELECTOR}], "ports": [{"port": "http"}]}],
            }
        },
    ),
    (
        "gateway.networking.k8s.io/v1",
        "HTTPRoute",
        {
            "spec": {
                "parentRefs": [{"name": "a", "sectionName": "s"}],
                "rules": [{"matches": [{"method": "GET"}] * 2, "backendRefs": [{"name": "a", "port": 1}]}],
            }
        },
    ),
    ("gateway.networking.k8s.io/v1", "Gateway", {"spec": {"listeners": [{"tls": {"certificateRefs": [{}]}}]}}),
    ("policy/v1", "PodDisruptionBudget", {"spec": {"selector": SELECTOR}}),
    ("autoscaling/v2", "HorizontalPodAutoscaler", {"spec": {"scaleTargetRef": {"kind": "Deployment", "name": "a"}}}),
    ("external-secrets.io/v1", "ExternalSecret", {"spec": {"target": {"name": "a"}, "data": [{"secretKey": "k"}]}}),
    ("cert-manager.io/v1", "Certificate", {"spec": {"secretName": "a"}}),
]

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=2) | st.dates()
)
texts = st.sampled_from(
    ["http://a:99999999999999999999", "a:1,b:2", "$(", "$$(A)", "://", "http://[", "-", "None", "²:²"]
)
junk = st.recursive(
    scalars | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3),
    max_leaves=6,
)


def manifests_of_every_shape() -> list[Any]:
    shapes = [{"apiVersion": version, "kind": kind, **copy.deepcopy(body)} for version, kind, body in SHAPES]
    for shape in shapes:
        shape["metadata"] = {"name": "a", "namespace": "n", "annotations": {}, **shape.get("metadata", {})}
    return shapes


def places_in(node: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) below a node."""
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [place for key, value in entries for place in [(node, key), *places_in(value)]]


PLACES = len(places_in(manifests_of_every_shape()))


@given(st.lists(st.tuples(st.integers(0, PLACES - 1), junk), max_size=12))
@settings(max_examples=100, deadline=None)
def test_hostile_values_anywhere_raise_nothing(changes: list[tuple[int, Any]]) -> None:
    manifests = manifests_of_every_shape()
    for position, value in changes:
        places = places_in(manifests)
        container, key = places[position % len(places)]
        container[key] = value
    for problem in check(manifests):
        assert len(str(problem).splitlines()) == 1


def test_a_hostile_value_in_each_place_raises_nothing() -> None:
    values = [None, 10**12, "x", [None], {1: 2}, {}, "a\nb", -1, True]
    manifests = manifests_of_every_shape()
    for position, (container, key) in enumerate(places_in(manifests)):
        right = container[key]
        container[key] = values[position % len(values)]
        check(manifests)
        container[key] = right


@given(st.lists(junk, max_size=4))
@settings(max_examples=100, deadline=None)
def test_what_is_no_object_is_passed_over(values: list[Any]) -> None:
    check(values)
