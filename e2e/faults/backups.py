"""A damaged database and its backup, as docs/operations.md goes about it."""

import secrets
from collections.abc import Iterable

from charts.topology import BACKED_UP, COUNT_INFO, DASHBOARD_CONFIG, POSTGRESQL, REDIS_CACHE, REDIS_VALUE, backup_name
from e2e.check import Group, expect
from e2e.clients import psql, redis
from e2e.errors import CheckFailedError, NotRunError
from e2e.faults.fault import fault
from e2e.soundness import until_none
from e2e.system import System

__all__ = ["GROUP"]

GROUP = Group("Backups")

COUNT = "/api/v1/counts/e2e-restored"
TABLE = "e2e_restored"
READ = "count-read-service"


@fault(GROUP, look_at=[*(backup_name(name) for name in BACKED_UP), POSTGRESQL.host, REDIS_VALUE.host, READ])
def damaged_databases_are_restored(system: System) -> str:
    """What the backups hold can be had again when tables are gone and all values are deleted."""
    if system.settings.backups is None:
        raise NotRunError("the environment has no setting `backups`")
    body = {"value": 815, "description": "of the backup"}
    system.ingress.request("PUT", COUNT, json=body).raise_for_status()
    psql(system, DASHBOARD_CONFIG, f"CREATE TABLE {TABLE} AS SELECT 816 AS value")
    saved = _run_jobs(system)
    psql(system, COUNT_INFO, "DROP TABLE count_info")
    psql(system, DASHBOARD_CONFIG, f"DROP TABLE {TABLE}")
    redis(system, REDIS_VALUE.host, "FLUSHALL")
    expect("whether the count is read from the damaged databases", _is_read(system), False)
    restored = _run_jobs(system, "ACTION=restore", "FILE=latest")
    redis(system, REDIS_CACHE.host, "FLUSHALL")
    until_none(lambda: [] if _is_read(system) else ["the count is not read"], seconds=30)
    answer = system.ingress.request("GET", COUNT, host=system.ingress.read).json()
    expect("the count after the restore", {name: answer[name] for name in body}, body)
    expect("row after the restore", psql(system, DASHBOARD_CONFIG, f"SELECT value FROM {TABLE}"), "816")  # noqa: S608
    psql(system, DASHBOARD_CONFIG, f"DROP TABLE {TABLE}")
    return f"three backups in {saved:.0f} s, restored in {restored:.0f} s"


def _is_read(system: System) -> bool:
    return system.ingress.request("GET", COUNT, host=system.ingress.read).is_success


def _run_jobs(system: System, *variables: str) -> float:
    """Runs the Jobs of all backups at once, with other variables, and returns after how many seconds all had succeeded.

    Raises:
        CheckFailedError: One fails, or has not ended after two minutes.
    """
    token = secrets.token_hex(3)
    jobs = {f"{name}-{token}": backup_name(name) for name in BACKED_UP}
    try:
        for job, cron_job in jobs.items():
            made = ("create", "job", job, f"--from=cronjob/{cron_job}", "--dry-run=client", "--output=json")
            text = system.kubectl(*made)
            if variables:
                text = system.kubectl("set", "env", "--local", "--filename=-", "--output=json", *variables, text=text)
            system.kubectl("create", "--filename=-", text=text)
        return until_none(lambda: _unfinished(system, jobs), seconds=120)
    finally:
        system.kubectl("delete", "jobs", *jobs, "--ignore-not-found")


def _unfinished(system: System, jobs: Iterable[str]) -> list[str]:
    """Those of some Jobs that have not succeeded.

    Raises:
        CheckFailedError: A pod of one has failed; the message is its log.
    """
    states = {job["metadata"]["name"]: job["status"] for job in system.objects("jobs")}
    for name in jobs:
        if states[name].get("failed"):
            raise CheckFailedError(system.kubectl("logs", f"--selector=job-name={name}", "--prefix", "--tail=50"))
    return [f"Job {name} has not succeeded" for name in jobs if not states[name].get("succeeded")]
