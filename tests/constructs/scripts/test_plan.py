"""What the scripts have to know is derived from the manifests, and what cannot work is refused."""

from dataclasses import replace
from typing import Any

from cdk8s_backend.manifest import Manifest
from cdk8s_backend.scripts import Claim, Image, PhaseFiles, Plan, PlanError, Text, Workload, make_plan

import pytest

from tests.constructs.scripts.sample import sample_phases, sample_plan


def plan_of(*files: dict[str, Manifest], **arguments: Any) -> Plan:
    phases = [
        PhaseFiles(name=f"phase-{number}", title=Text(ko="단계", en="Step"), files=part)
        for number, part in enumerate(files)
    ]
    defaults: dict[str, Any] = {"images": [], "registry": "", "version": "1", "environment": "production"}
    return make_plan(title=Text(ko="상점", en="Shop"), namespace="shop", phases=phases, **defaults | arguments)


def secret(name: str = "store", **values: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": values}


def workload(kind: str, name: str, pod: Manifest, **spec: Any) -> Manifest:
    body = {"template": {"spec": pod}, **spec}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": body}


def external_secret(own: str = "store", version: str = "external-secrets.io/v1", **target: Any) -> Manifest:
    return {"apiVersion": version, "kind": "ExternalSecret", "metadata": {"name": own}, "spec": {"target": target}}


def readers(pod: Manifest) -> tuple[Workload, ...]:
    plan = plan_of({"secret.yaml": secret(password="${PASSWORD}")}, {"web.yaml": workload("Deployment", "web", pod)})
    return plan.phases[0].secrets[0].readers


def claims_with(**spec: Any) -> tuple[str, ...]:
    pod = {"containers": [{"envFrom": [{"secretRef": {"name": "store"}}]}]}
    templates = [{"metadata": {"name": "data"}}, {"metadata": {"name": "log"}}]
    stateful_set = workload("StatefulSet", "db", pod, volumeClaimTemplates=templates, **spec)
    return (
        plan_of({"secret.yaml": secret(password="${PASSWORD}")}, {"db.yaml": stateful_set}).phases[0].secrets[0].claims
    )


def test_kubectl_applies_every_file_but_those_of_the_secrets() -> None:
    configuration = sample_plan().phases[1]

    assert [item.file for item in configuration.applied] == ["configmap/web-config.yaml"]
    assert [item.name for item in configuration.secrets] == ["store-secret", "web-secret"]


def test_workloads_follow_what_they_use_and_come_before_what_scales_them() -> None:
    kinds = ("HorizontalPodAutoscaler", "Deployment", "Service", "StatefulSet", "PodDisruptionBudget")
    files = {f"{kind}.yaml": workload(kind, kind.lower(), {"containers": []}) for kind in kinds}

    plan = plan_of(files)

    assert [item.kind for item in plan.phases[0].applied] == [
        "Service", "PodDisruptionBudget", "Deployment", "StatefulSet", "HorizontalPodAutoscaler",
    ]  # fmt: skip


def test_a_phase_waits_for_its_deployments_stateful_sets_and_jobs() -> None:
    waits = {phase.name: [f"{item.kind}/{item.name}" for item in phase.workloads] for phase in sample_plan().phases}

    assert waits == {
        "namespace": [],
        "configuration": [],
        "infrastructure": ["StatefulSet/store"],
        "initialization": ["Job/prepare"],
        "services": ["Deployment/web"],
        "ingress": [],
    }


@pytest.mark.parametrize(
    ("manifest", "awaited"),
    [
        (external_secret(), True),
        (external_secret(version="external-secrets.io/v1beta1"), True),
        (external_secret(version="kubernetes-client.io/v1"), False),
        (external_secret(creationPolicy="None"), False),
        (external_secret(manifest={"apiVersion": "v1", "kind": "ConfigMap"}), False),
    ],
    ids=["v1", "another version", "another group", "no Secret", "another kind"],
)
def test_a_phase_waits_for_the_external_secrets_that_make_secrets(manifest: Manifest, awaited: bool) -> None:
    (phase,) = plan_of({"secret/store.yaml": manifest}).phases

    assert [item.file for item in phase.applied] == ["secret/store.yaml"]
    assert [item.name for item in phase.workloads] == (["store"] if awaited else [])


def test_a_secret_from_outside_is_none_of_those_that_deploy_builds() -> None:
    pod = {"containers": [{"envFrom": [{"secretRef": {"name": "store"}}]}]}
    stateful_set = workload("StatefulSet", "db", pod, volumeClaimTemplates=[{"metadata": {"name": "data"}}])

    plan = plan_of({"secret/store.yaml": external_secret()}, {"db.yaml": stateful_set})

    assert [phase.secrets for phase in plan.phases] == [(), ()]
    assert [claim.name for claim in plan.claims] == ["data-db-0"]


@pytest.mark.parametrize("manifest", [external_secret(), external_secret("web", name="store")], ids=["own", "target"])
def test_a_secret_of_a_template_and_of_an_external_secret_is_refused(manifest: Manifest) -> None:
    with pytest.raises(PlanError, match=r"a\.yaml: ExternalSecret \w+ stands for Secret store, and so does a template"):
        plan_of({"a.yaml": manifest}, {"b.yaml": secret(password="${PASSWORD}")})


def test_an_object_is_named_with_its_group_and_version() -> None:
    resources = {item.name: item.resource for phase in sample_plan().phases for item in phase.objects}

    assert resources["web"] == "Deployment.v1.apps"
    assert resources["web-config"] == "ConfigMap.v1."


def test_a_secret_keeps_its_metadata_and_loses_its_values() -> None:
    store = sample_plan().phases[1].secrets[0]

    assert store.manifest["metadata"]["labels"] == {"app.kubernetes.io/part-of": "shop"}
    assert "stringData" not in store.manifest


def test_a_key_has_its_variable_and_default() -> None:
    store = sample_plan().phases[1].secrets[0]

    assert [(key.name, key.variable, key.default) for key in store.keys] == [
        ("username", "STORE_USERNAME", "shop"),
        ("password", "STORE_PASSWORD", None),
    ]


@pytest.mark.parametrize(
    "pod",
    [
        {"containers": [{"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "store", "key": "password"}}}]}]},
        {"initContainers": [{"envFrom": [{"secretRef": {"name": "store"}}]}], "containers": [{}]},
        {"containers": [{}], "volumes": [{"name": "v", "secret": {"secretName": "store"}}]},
        {"containers": [{}], "volumes": [{"name": "v", "projected": {"sources": [{"secret": {"name": "store"}}]}}]},
    ],
    ids=["variable", "all variables of an init container", "volume", "projected volume"],
)
def test_who_reads_a_secret_is_found_wherever_a_pod_can_name_it(pod: Manifest) -> None:
    assert readers(pod) == (Workload(kind="Deployment", name="web"),)


@pytest.mark.parametrize(
    "pod",
    [
        {"containers": [{"env": [{"name": "A", "value": "store"}]}]},
        {"containers": [{"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "store", "key": "k"}}}]}]},
        {"containers": [{}], "volumes": [{"name": "v", "configMap": {"name": "store"}}]},
    ],
    ids=["literal", "ConfigMap key", "ConfigMap volume"],
)
def test_what_only_bears_the_name_of_a_secret_does_not_read_it(pod: Manifest) -> None:
    assert readers(pod) == ()


@pytest.mark.parametrize(
    ("spec", "claims"),
    [
        ({}, ["data-db-0", "log-db-0"]),
        ({"replicas": 2}, ["data-db-0", "data-db-1", "log-db-0", "log-db-1"]),
        ({"replicas": 0}, ["data-db-0", "log-db-0"]),
        ({"ordinals": {"start": 3}}, ["data-db-3", "log-db-3"]),
    ],
)
def test_a_secret_that_a_stateful_set_reads_is_bound_to_its_claims(spec: Manifest, claims: list[str]) -> None:
    assert list(claims_with(**spec)) == claims


def test_a_secret_that_only_deployments_read_is_bound_to_nothing() -> None:
    web = sample_plan().phases[1].secrets[1]

    assert web.readers == (Workload(kind="Job", name="prepare"), Workload(kind="Deployment", name="web"))
    assert web.claims == ()


def test_claims_with_and_without_a_file_are_known_once() -> None:
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data-store-0"}}
    storage = PhaseFiles(name="storage", title=Text(ko="저장소", en="Storage"), files={"pvc.yaml": claim})

    plan = sample_plan(phases=(*sample_phases(), storage))

    assert plan.claims == (Claim(name="data-store-0", labels={}),)


def test_a_claim_without_a_file_has_the_labels_that_its_stateful_set_gives_it() -> None:
    template = {"metadata": {"name": "data", "labels": {"app": "x", "tier": "data"}}}
    selector = {"matchLabels": {"app": "db"}}
    stateful_set = workload("StatefulSet", "db", {"containers": []}, volumeClaimTemplates=[template], selector=selector)

    assert sample_plan().claims == (Claim(name="data-store-0", labels={"app": "store"}),)
    (made,) = plan_of({"db.yaml": stateful_set}).claims
    assert made.labels == {"app": "db", "tier": "data"}


def test_common_images_come_first() -> None:
    assert [image.name for image in sample_plan().images] == ["common", "web", "worker"]


@pytest.mark.parametrize("value", ["secret", "${A}${B}", "x${A}", "${A}\n", "${}", "$A", "${1A}"])
def test_a_secret_value_that_is_no_whole_placeholder_is_refused(value: str) -> None:
    with pytest.raises(PlanError, match=r"secret\.yaml: stringData\.password: .*whole placeholder"):
        plan_of({"secret.yaml": secret(password=value)})


@pytest.mark.parametrize("variable", ["PATH", "LC_ALL", "BASH_ENV", "KUBECONFIG", "password", "_A"])
def test_a_variable_that_cannot_carry_a_value_is_refused(variable: str) -> None:
    with pytest.raises(PlanError, match=variable):
        plan_of({"secret.yaml": secret(password=f"${{{variable}}}")})


def test_a_secret_with_encoded_values_is_refused() -> None:
    with pytest.raises(PlanError, match=r"secret\.yaml: .*stringData, not in data"):
        plan_of({"secret.yaml": secret(password="${PASSWORD}") | {"data": {"a": "YQ=="}}})


def test_a_key_that_kubernetes_refuses_is_refused() -> None:
    with pytest.raises(PlanError, match="letters, digits"):
        plan_of({"secret.yaml": secret(**{"pass word": "${PASSWORD}"})})


def test_a_namespace_in_the_phase_of_a_secret_is_refused() -> None:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}

    with pytest.raises(PlanError, match="put the Namespace in a phase before"):
        plan_of({"namespace.yaml": namespace, "secret.yaml": secret(password="${PASSWORD}")})


def test_an_object_of_another_namespace_is_refused() -> None:
    foreign = secret(password="${PASSWORD}")
    foreign["metadata"]["namespace"] = "other"

    with pytest.raises(PlanError, match=r"secret\.yaml: metadata\.namespace is 'other', and the plan's is 'shop'"):
        plan_of({"secret.yaml": foreign})


def test_an_object_in_two_files_is_refused() -> None:
    with pytest.raises(PlanError, match=r"object 'Secret\.v1\./store' occurs 2 times"):
        plan_of({"a.yaml": secret(password="${A}")}, {"b.yaml": secret(password="${B}")})


def test_a_phase_name_given_twice_is_refused() -> None:
    phase = sample_phases()[0]

    with pytest.raises(PlanError, match="phase 'namespace' occurs 2 times"):
        sample_plan(phases=(phase, replace(phase, files={})))


def test_an_image_given_twice_is_refused() -> None:
    with pytest.raises(PlanError, match="image 'web' occurs 2 times"):
        plan_of(images=[Image(name="web", dockerfile="a"), Image(name="web", dockerfile="b")])


def test_a_default_for_an_unknown_variable_names_the_known_ones() -> None:
    with pytest.raises(PlanError, match=r"no Secret has \$\{PASWORD\}; known: PASSWORD"):
        plan_of({"secret.yaml": secret(password="${PASSWORD}")}, secret_defaults={"PASWORD": "x"})


def test_an_empty_default_is_refused() -> None:
    with pytest.raises(PlanError, match="the value of PASSWORD is empty"):
        plan_of({"secret.yaml": secret(password="${PASSWORD}")}, secret_defaults={"PASSWORD": ""})
