"""What an object does not pass on purpose stands on it with the reason, and nothing else does."""

import re
from collections.abc import Iterator
from typing import Any

from cdk8s_backend.assertions import Match
from cdk8s_backend.manifest import Manifest
from cdk8s_backend.names import validate_key

import pytest

from charts.exempting import exempted, with_exemptions, without_exemptions
from charts.exemptions import CHECKOV, EXEMPTIONS, KUBE_LINTER, KUBE_SCORE, Exemption
from tests.support.project import ROOT, project_files
from tests.support.synthesis import manifests_of

DIGEST = f"sha256:{'0' * 64}"
BACKUPS = {"schedule": "0 3 * * *"}
WRITE, UPDATE = "count-write-service", "dashboard-update-service"
TAG, PULL = ("CKV_K8S_14", "container-image-tag"), ("CKV_K8S_15", "container-image-pull-policy")


def annotations(manifest: Manifest) -> dict[str, str]:
    found: dict[str, str] = manifest["metadata"].get("annotations", {})
    return found


def checks(manifest: Manifest) -> set[str]:
    """The checks that the annotations of an object name."""
    return set(_checks(annotations(manifest)))


def _checks(found: dict[str, str]) -> Iterator[str]:
    for key, value in found.items():
        if key == "kube-score/ignore":
            yield from value.split(",")
        elif re.fullmatch(r"checkov\.io/skip[0-9]+", key):
            yield value.partition("=")[0]
        elif key.startswith("ignore-check.kube-linter.io/"):
            yield key.partition("/")[2]


def test_an_object_names_exactly_the_checks_that_it_is_exempted_from() -> None:
    manifests = list(manifests_of("production", backups=BACKUPS))
    for manifest in manifests:
        assert checks(manifest) == {check for _, check, _ in exempted(manifest)}
    assert len([manifest for manifest in manifests if checks(manifest)]) == 16


def test_each_check_has_its_reason_beside_it_as_the_tool_reads_it() -> None:
    (broker,) = manifests_of("production").find("Deployment", "kafka")
    reasons = {check: exemption.reason_en for _, check, exemption in exempted(broker)}
    found = annotations(broker)
    assert found["kube-score/ignore"].split(",") == [check for tool, check, _ in exempted(broker) if tool == KUBE_SCORE]
    assert found["reason.kube-score/deployment-strategy"] == reasons["deployment-strategy"]
    assert found["checkov.io/skip1"] == f"CKV_K8S_43={reasons['CKV_K8S_43']}"
    manifests_of("production").has(
        "Job",
        "postgresql-init",
        like={
            "metadata": {
                "annotations": {
                    "ignore-check.kube-linter.io/job-ttl-seconds-after-finished": Match.regex("jobTtlSeconds")
                }
            }
        },
    )


def test_annotations_of_an_object_stay_beside_its_exemptions() -> None:
    (service,) = manifests_of("production", config_maps={WRITE: ["other"]}).find("Deployment", WRITE)
    assert annotations(service)["cdk8s-backend/provided-elsewhere"] == "ConfigMap/other"
    assert checks(service)
    bare = without_exemptions(service)
    assert annotations(bare) == {"cdk8s-backend/provided-elsewhere": "ConfigMap/other"}
    assert with_exemptions(bare) == service


def test_no_pod_is_replaced_for_a_word_of_an_exemption() -> None:
    for manifest in manifests_of("production", backups=BACKUPS):
        assert annotations(manifest.get("spec", {}).get("template", {"metadata": {}})).keys() <= {"checksum/config"}


@pytest.mark.parametrize(
    ("changed", "gone"),
    [
        ({"version": "1.0.0"}, {*TAG, "latest-tag"}),
        ({"image_pull_policy": "Always"}, set(PULL)),
        ({"digests": {WRITE: DIGEST}}, {*TAG, "latest-tag", "CKV_K8S_15", "CKV_K8S_43"}),
    ],
    ids=["a version", "pulled always", "a digest"],
)
def test_what_the_settings_mend_is_no_more_exempted(changed: dict[str, Any], gone: set[str]) -> None:
    (before,), (after,) = (each.find("Deployment", WRITE) for each in (manifests_of("production"), with_(changed)))
    assert checks(before) - checks(after) == gone
    assert checks(after) <= checks(before)


def with_(changed: dict[str, Any]) -> Any:
    return manifests_of("production", **changed)


def test_a_job_that_is_removed_needs_no_exemption_for_staying() -> None:
    (job,) = manifests_of("production", job_ttl_seconds=60).find("Job")
    assert "job-ttl-seconds-after-finished" not in checks(job)


def test_one_pod_is_exempted_only_where_more_do_not_work() -> None:
    single = {
        manifest["metadata"]["name"]
        for manifest in manifests_of("production", replicas={WRITE: 1}).find("Deployment")
        if "deployment-replicas" in checks(manifest)
    }
    assert single == {"kafka", "zookeeper", UPDATE}


@pytest.mark.parametrize("exemption", EXEMPTIONS, ids=lambda each: next(iter(each.checks.values()))[0])
def test_an_exemption_is_of_use_and_says_why_in_words_that_its_tools_read(exemption: Exemption) -> None:
    assert any(
        exemption.concerns(manifest)
        for manifest in manifests_of("production", backups=BACKUPS, tls={"issuer": "letsencrypt"})
    )
    for reason in (exemption.reason_en, exemption.reason_ko):
        assert len(reason) > 40
        assert reason.endswith((".", "다."))
        assert not re.search(r"[=\n]|  ", reason), "checkov reads no reason beyond a second ="
    for tool, names in exemption.checks.items():
        assert tool in {KUBE_SCORE, CHECKOV, KUBE_LINTER}
        for name in names:
            assert len(validate_key(name, "check")) <= 63


def test_the_library_exempts_nothing() -> None:
    words = re.compile("kube-score|checkov|kube-linter|CKV_")
    library = [path for path in project_files() if path.parts[0] == "constructs" and path.suffix == ".py"]
    assert len(library) > 30
    assert [path for path in library if words.search((ROOT / path).read_text("utf-8"))] == []
