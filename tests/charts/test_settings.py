"""What settings do beside reaching their place: to other settings, to pods, to the rules, and when they are wrong."""

from typing import Any

from cdk8s_backend import linker
from cdk8s_backend.assertions import Manifests

from charts.rules import Folder, judge
from charts.topology import Topology
from scripts.folders import path_of
from tests.support.synthesis import folder_of, manifests_of

READ = "count-read-service"


def _template(manifests: Manifests, name: str = READ) -> dict[str, Any]:
    template: dict[str, Any] = manifests.get("Deployment", name)["spec"]["template"]
    return template


def _variables(manifests: Manifests) -> dict[str, dict[str, Any]]:
    (container,) = _template(manifests)["spec"]["containers"]
    return {item["name"]: item["valueFrom"] for item in container["env"]}


def _checksums(manifests: Manifests) -> dict[str, str]:
    return {
        each["metadata"]["name"]: each["spec"]["template"]["metadata"]["annotations"]["checksum/config"]
        for each in [*manifests.find("Deployment"), *manifests.find("StatefulSet")]
        if "annotations" in each["spec"]["template"]["metadata"]
    }


def test_a_variable_is_a_key_of_a_config_map_of_the_service_s_own() -> None:
    manifests = manifests_of("production", variables={READ: {"LOG_LEVEL": "debug", "NO": "y"}})
    config = manifests.get("ConfigMap", "count-read-service-config")
    assert config["data"] == {"env.log_level": "debug", "env.no": "y"}
    assert path_of(config) == "configmap/count-read-service-config.yaml"
    reference = {"name": "count-read-service-config", "key": "env.log_level"}
    assert _variables(manifests)["LOG_LEVEL"] == {"configMapKeyRef": reference}
    assert _variables(manifests).keys() - _variables(manifests_of("production")).keys() == {"LOG_LEVEL", "NO"}


def test_a_variable_goes_over_that_of_the_topology_and_is_there_once() -> None:
    manifests = manifests_of("production", variables={READ: {"NODE_ENV": "test"}})
    (container,) = _template(manifests)["spec"]["containers"]
    names = [item["name"] for item in container["env"]]
    assert names == list(_variables(manifests_of("production")))
    reference = {"name": "count-read-service-config", "key": "env.node_env"}
    assert _variables(manifests)["NODE_ENV"] == {"configMapKeyRef": reference}


def test_a_changed_value_rolls_the_pods_of_that_service_and_no_others() -> None:
    first, second = (manifests_of("production", variables={READ: {"LOG_LEVEL": level}}) for level in ("info", "debug"))
    before, after = _checksums(first), _checksums(second)
    assert {name for name in before if before[name] != after[name]} == {READ}


def test_a_service_without_variables_has_no_config_map_of_its_own() -> None:
    manifests_of("production", variables={READ: {}}).lacks("ConfigMap", "count-read-service-config")


def test_the_rules_of_the_specification_are_kept() -> None:
    manifests = manifests_of("production", variables={READ: {"LOG_LEVEL": "debug", "N1E3": "1e3", "A__B": ""}})
    folder = Folder({path_of(manifest): [manifest] for manifest in manifests})
    assert [str(violation) for violation in judge(folder) if violation.rule in (2, 5, 11)] == []


def test_all_keys_of_a_config_map_of_the_cluster_become_variables() -> None:
    manifests = manifests_of("production", config_maps={READ: ["features", "site.settings"]})
    (container,) = _template(manifests)["spec"]["containers"]
    assert container["envFrom"] == [{"configMapRef": {"name": name}} for name in ("features", "site.settings")]
    assert linker.check(manifests) == []
    assert "envFrom" not in _template(manifests, "count-write-service")["spec"]["containers"][0]


def test_digests_break_no_rule_and_change_no_script() -> None:
    names = [*(each.name for each in Topology().services), *(each.name for each in Topology().infrastructure)]
    digests = dict.fromkeys(names, f"sha256:{'0' * 64}")
    pinned = folder_of("production", digests=digests)
    manifests = manifests_of("production", digests=digests)
    folder = Folder({path_of(manifest): [manifest] for manifest in manifests})
    assert [str(violation) for violation in judge(folder) if violation.rule != 10] == []
    scripts = [path for path in pinned if path.endswith((".sh", ".ps1"))]
    assert len(scripts) == 6
    plain = folder_of("production")
    assert {path: pinned[path] for path in scripts} == {path: plain[path] for path in scripts}
