"""Schedules are those that Kubernetes takes, and that come."""

import json
import uuid

from cdk8s_backend import InvalidValueError
from cdk8s_backend.cron import validate_schedule

import pytest

from tests.support.api_server import ApiServer

RIGHT = (
    *("* * * * *", "0 3 * * *", "*/15 0-6/2 1,15 * 1-5", "59 23 31 12 6", "00 03 01 01 0", "0  3   * * *"),
    *("0 3 * JAN,feb-APR MON-fri", "5/10 * * * *", "0 0 29 2 *", "0 0 31 4 1", "0 0 */31 2 *", "0 0 30 2-3 *"),
    *("@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"),
)
REFUSED_BY_KUBERNETES = (
    *("", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *", "* * * * 7"),
    *("*/0 * * * *", "5-3 * * * *", "* * * dec-jan *", "a * * * *", "@always", "TZ=UTC * * * * *", "-1 * * * *"),
    *("1-2-3 * * * *", "* * * * sunday"),
)
NEVER = ("0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 31 FEB *", "0 0 30-31 2 *")


@pytest.mark.parametrize("schedule", RIGHT)
def test_what_comes_is_taken(schedule: str) -> None:
    assert validate_schedule(schedule) == schedule


@pytest.mark.parametrize("schedule", REFUSED_BY_KUBERNETES)
def test_what_kubernetes_does_not_take_is_refused(schedule: str) -> None:
    with pytest.raises(InvalidValueError, match="schedule '"):
        validate_schedule(schedule)


@pytest.mark.parametrize("schedule", NEVER)
def test_a_day_that_none_of_its_months_has_is_refused(schedule: str) -> None:
    with pytest.raises(InvalidValueError, match="it never comes; use a day up to"):
        validate_schedule(schedule)


def test_kubernetes_says_the_same(api_server: ApiServer) -> None:
    namespace = f"cron-{uuid.uuid4().hex[:8]}"
    api_server.kubectl("create", "namespace", namespace)
    pod = {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a"}]}

    def taken(schedule: str) -> bool:
        spec = {"schedule": schedule, "jobTemplate": {"spec": {"template": {"spec": pod}}}}
        manifest = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "a"}, "spec": spec}
        options = ("create", "--dry-run=server", f"--namespace={namespace}", "--filename=-")
        return api_server.kubectl(*options, input=json.dumps(manifest), check=False).returncode == 0

    assert [schedule for schedule in (*RIGHT, *NEVER) if not taken(schedule)] == []
    assert [schedule for schedule in REFUSED_BY_KUBERNETES if taken(schedule)] == []
