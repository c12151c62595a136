"""With the setting `backups` each database is backed up; nothing else changes, and nothing waits for it."""

from collections.abc import Mapping
from typing import Any

from cdk8s_backend import linker
from cdk8s_backend.assertions import Manifests
from cdk8s_backend.scripts.plan import WORKLOAD_KINDS

import pytest

from charts.rules import Folder, judge
from charts.topology import BACKED_UP
from scripts.folders import path_of
from tests.support.synthesis import folder_of, manifests_of, phases_of

BACKUPS = {"schedule": "0 3 * * *"}
DIGEST = f"sha256:{'0' * 64}"


@pytest.fixture(scope="module")
def manifests() -> Manifests:
    return manifests_of("production", backups=BACKUPS)


def _container(manifests: Manifests, database: str) -> Mapping[str, Any]:
    job = manifests.get("CronJob", f"{database}-backup")["spec"]["jobTemplate"]["spec"]
    (container,) = job["template"]["spec"]["containers"]
    found: Mapping[str, Any] = container
    return found


def test_without_the_setting_there_are_none() -> None:
    manifests_of("production").lacks("CronJob")


def test_each_database_has_a_cron_job_and_a_claim_of_its_own(manifests: Manifests) -> None:
    for database in BACKED_UP:
        claim = manifests.get("PersistentVolumeClaim", f"{database}-backup-data")
        assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]
        volume = {"persistentVolumeClaim": {"claimName": claim["metadata"]["name"]}}
        pod = {"volumes": [volume], "automountServiceAccountToken": False, "restartPolicy": "Never"}
        spec = {"jobTemplate": {"spec": {"template": {"spec": pod}}}}
        manifests.has("CronJob", f"{database}-backup", like={"spec": spec})
    manifests.count("CronJob", len(BACKED_UP))


def test_a_database_is_backed_up_as_its_owner(manifests: Manifests) -> None:
    for database in ("countinfo", "dashboardconfig"):
        env = {
            item["name"]: item["valueFrom"] for item in _container(manifests, database)["env"] if "valueFrom" in item
        }
        secret = f"{database}-secret"
        assert env["PGUSER"] == {"secretKeyRef": {"name": secret, "key": "username"}}
        assert env["PGPASSWORD"] == {"secretKeyRef": {"name": secret, "key": "password"}}


def test_claims_scripts_and_cron_jobs_come_in_phases_that_there_are() -> None:
    before, after = phases_of("production"), phases_of("production", backups=BACKUPS)
    added = {
        phase: [each["kind"] for each in after[phase] if each not in before[phase] and each["kind"] != "NetworkPolicy"]
        for phase in after
    }
    assert {phase: kinds for phase, kinds in added.items() if kinds} == {
        "configuration": ["ConfigMap"],
        "storage": ["PersistentVolumeClaim"] * 3,
        "database-initialization": ["CronJob"] * 3,
    }


def test_nothing_that_is_there_without_them_changes_but_the_policies_of_the_servers(manifests: Manifests) -> None:
    changed = [each for each in manifests_of("production") if each not in list(manifests)]
    assert [(each["kind"], each["metadata"]["name"]) for each in changed] == [
        ("NetworkPolicy", "postgresql"),
        ("NetworkPolicy", "redis-value"),
    ]


def test_the_pod_that_restores_redis_may_hold_what_redis_may_hold() -> None:
    amounts = {"requests": {"cpu": "1", "memory": "3Gi"}, "limits": {"cpu": "1", "memory": "3Gi"}}
    changed = manifests_of("production", backups=BACKUPS, resources={"redis-value": amounts})
    assert _container(changed, "redis-value")["resources"]["limits"]["memory"] == "3Gi"
    assert _container(changed, "countinfo")["resources"]["limits"]["memory"] == "128Mi"


def test_the_images_are_those_of_the_servers() -> None:
    pinned = manifests_of("production", backups=BACKUPS, digests={"postgresql": DIGEST, "redis-value": DIGEST})
    assert _container(pinned, "countinfo")["image"] == f"postgres:15-alpine@{DIGEST}"
    assert _container(pinned, "redis-value")["image"] == f"redis:7-alpine@{DIGEST}"


def test_the_class_of_the_claims_is_the_default_of_the_settings_unless_they_name_one() -> None:
    changed = manifests_of("production", backups=BACKUPS, storage={"default": {"storageClass": "fast"}})
    changed.has("PersistentVolumeClaim", "countinfo-backup-data", like={"spec": {"storageClassName": "fast"}})
    manifests_of("production", backups=BACKUPS).has(
        "PersistentVolumeClaim", "countinfo-backup-data", like={"spec": {"storageClassName": "standard"}}
    )


def test_the_references_meet_and_the_rules_of_the_specification_are_kept(manifests: Manifests) -> None:
    folder = Folder({path_of(manifest): [manifest] for manifest in manifests})
    assert [str(violation) for violation in judge(folder) if violation.rule != 10] == []
    assert linker.check(manifests) == []


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("PersistentVolumeClaim", "countinfo-backup-data"),
        ("ConfigMap", "backup-scripts"),
        ("Secret", "countinfo-secret"),
    ],
)
def test_what_a_backup_refers_to_is_missed(manifests: Manifests, kind: str, name: str) -> None:
    rest = [each for each in manifests if (each["kind"], each["metadata"]["name"]) != (kind, name)]
    assert any(problem.source == "CronJob/countinfo-backup" for problem in linker.check(rest))


def test_deploy_waits_for_no_cron_job_and_undeploy_knows_the_claims() -> None:
    files = folder_of("production", backups=BACKUPS)
    assert "CronJob" not in WORKLOAD_KINDS
    assert "'cronjobs/countinfo-backup.yaml'" in files["deploy.sh"].decode()
    assert "'CronJob.v1.batch' 'countinfo-backup'" in files["undeploy.sh"].decode()
    claims = files["undeploy.sh"].decode().partition("\nclaims=(")[2].partition("\n)")[0]
    assert {f"{database}-backup-data" for database in BACKED_UP} <= set(claims.replace("'", "").split())
