"""A drained node never takes a service away that has two pods, and an autoscaler sets the number of what it scales."""

import json
from collections.abc import Mapping
from typing import Any

from cdk8s_backend.assertions import Manifests, Match

import pytest
import yaml

from tests.support.api_server import ApiServer
from tests.support.project import ROOT
from tests.support.synthesis import ENVIRONMENTS, folder_of, manifests_of, phases_of

READ, UPDATE = "count-read-service", "dashboard-update-service"
AUTOSCALED = {"default": {"maxReplicas": 6}}


def _names(manifests: Manifests, kind: str) -> set[str]:
    return {each["metadata"]["name"] for each in manifests.find(kind)}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_has_several_pods_has_a_budget_and_is_spread_and_nothing_else_is(environment: str) -> None:
    manifests = manifests_of(environment)
    workloads = [*manifests.find("Deployment"), *manifests.find("StatefulSet")]
    several = {each["metadata"]["name"] for each in workloads if each["spec"]["replicas"] >= 2}
    spread = {each["metadata"]["name"] for each in workloads if "affinity" in each["spec"]["template"]["spec"]}
    assert _names(manifests, "PodDisruptionBudget") == several
    assert spread == several


def test_in_production_all_services_but_the_one_that_works_alone_have_several_pods() -> None:
    assert _names(manifests_of("production"), "PodDisruptionBudget") == {
        *("count-write-service", READ, "count-management-service", "count-analysis-service"),
        "dashboard-provision-service",
    }


def test_autoscaling_sets_the_pods_of_every_service_but_the_one_that_works_alone() -> None:
    manifests = manifests_of("production", autoscaling=AUTOSCALED)
    scaled = _names(manifests, "HorizontalPodAutoscaler")
    assert scaled == _names(manifests_of("production"), "PodDisruptionBudget")
    assert _names(manifests, "PodDisruptionBudget") == scaled
    for name in scaled:
        manifests.has("Deployment", name, like={"spec": {"replicas": Match.absent()}})
    manifests.has("Deployment", UPDATE, like={"spec": {"replicas": 1}})


def test_a_number_of_pods_for_one_service_goes_over_autoscaling_for_all() -> None:
    manifests = manifests_of("production", autoscaling=AUTOSCALED, replicas={READ: 3})
    manifests.lacks("HorizontalPodAutoscaler", READ)
    manifests.has("Deployment", READ, like={"spec": {"replicas": 3}})


def test_an_autoscaler_for_one_service_goes_over_a_number_of_pods_for_all() -> None:
    manifests = manifests_of("production", autoscaling={READ: {"maxReplicas": 4}}, replicas={"default": 1})
    assert _names(manifests, "HorizontalPodAutoscaler") == {READ}
    assert _names(manifests, "PodDisruptionBudget") == {READ}


def test_budgets_and_autoscalers_are_deployed_with_their_services_and_removed_with_them() -> None:
    kinds = {"PodDisruptionBudget", "HorizontalPodAutoscaler"}
    phases = phases_of("production", autoscaling=AUTOSCALED)
    assert {name for name, items in phases.items() if kinds & {each["kind"] for each in items}} == {"services"}
    files = folder_of("production", autoscaling=AUTOSCALED)
    assert {f"poddisruptionbudgets/{READ}.yaml", f"horizontalpodautoscalers/{READ}.yaml"} <= files.keys()
    for script in ("deploy.sh", "deploy.ps1", "undeploy.sh", "undeploy.ps1"):
        text = files[script].decode("utf-8-sig")
        assert "'PodDisruptionBudget.v1.policy'" in text, script
        assert "'HorizontalPodAutoscaler.v2.autoscaling'" in text, script


def test_a_real_api_server_leaves_the_number_of_pods_to_the_autoscaler(api_server: ApiServer) -> None:
    api_server.kubectl("create", "namespace", "autoscaled")
    here = "--namespace=autoscaled"

    def apply(manager: str, manifest: Mapping[str, Any]) -> None:
        moved = {**manifest, "metadata": {**manifest["metadata"], "namespace": "autoscaled"}}
        options = ("--server-side", f"--field-manager={manager}", "--filename=-")
        api_server.kubectl("apply", *options, input=json.dumps(moved))

    def replicas() -> int:
        return int(api_server.kubectl("get", "deployment", READ, here, "--output=jsonpath={.spec.replicas}").stdout)

    fixed = manifests_of("production", replicas={READ: 5}).get("Deployment", READ)
    scaled = manifests_of("production", autoscaling=AUTOSCALED).get("Deployment", READ)
    apply("cdk8s-backend", fixed)
    hand_over = api_server.kubectl("get", "deployment", READ, here, f"--output={HAND_OVER}").stdout
    apply("autoscaler", yaml.safe_load(hand_over))

    apply("cdk8s-backend", scaled)
    assert replicas() == 5
    api_server.kubectl("scale", "deployment", READ, here, "--replicas=7")  # as the autoscaler does, by `/scale`
    apply("cdk8s-backend", scaled)
    assert replicas() == 7


HAND_OVER = (
    "go-template={apiVersion: apps/v1, kind: Deployment, metadata: {name: {{.metadata.name}}}, "
    "spec: {replicas: {{.spec.replicas}}}}"
)
"""What docs/operations has a reader do before the first deployment with an autoscaler."""


def test_the_operations_hand_the_number_of_pods_over() -> None:
    for page in ("operations.md", "operations.ko.md"):
        assert (ROOT / "docs" / page).read_text("utf-8").count(f"'{HAND_OVER}'") == 2, page
