"""What the suite takes for sound, and for killed."""

from typing import Any

import pytest

from e2e.errors import CheckFailedError
from e2e.soundness import crashed, problems_of, restarts_of, until_none


def workload(**changed: Any) -> dict[str, Any]:
    """A Deployment of two pods, all up to date and ready, but for some changes of its status."""
    status = {"observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2} | changed
    return {
        "kind": "Deployment",
        "metadata": {"name": "api", "generation": 3},
        "spec": {"replicas": 2},
        "status": {name: value for name, value in status.items() if value is not None},
    }


def test_a_workload_whose_pods_are_all_ready_and_up_to_date_is_no_problem() -> None:
    assert problems_of([workload()]) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"readyReplicas": 1},
        {"readyReplicas": None},
        {"updatedReplicas": 1},
        {"replicas": 3},
        {"observedGeneration": 2},
    ],
    ids=str,
)
def test_a_workload_is_a_problem_until_all_its_pods_are_ready_and_of_the_newest_revision(
    changed: dict[str, Any],
) -> None:
    (problem,) = problems_of([workload(**changed)])
    assert problem.startswith("Deployment/api: ")


def test_a_workload_without_pods_is_none_where_none_are_wanted() -> None:
    scaled = workload(replicas=None, updatedReplicas=None, readyReplicas=None)
    scaled["spec"]["replicas"] = 0
    assert problems_of([scaled]) == []


def test_restarts_are_counted_for_each_container_of_each_pod() -> None:
    def pod(uid: str, **counts: int) -> dict[str, Any]:
        statuses = [{"name": name, "restartCount": count} for name, count in counts.items()]
        return {"metadata": {"uid": uid}, "status": {"containerStatuses": statuses}}

    pending = {"metadata": {"uid": "c"}, "status": {}}
    found = restarts_of([pod("a", api=1, helper=0), pod("b", api=2), pending])
    assert found == {("a", "api"): 1, ("a", "helper"): 0, ("b", "api"): 2}


def test_an_init_container_that_was_restarted_has_crashed() -> None:
    status = {
        "initContainerStatuses": [{"name": "wait", "restartCount": 2}],
        "containerStatuses": [{"name": "api", "restartCount": 0}],
    }
    pod = {"metadata": {"uid": "a"}, "status": status}
    assert crashed([pod]) == ["wait"]
    assert restarts_of([pod]) == {("a", "api"): 0}


def test_waiting_ends_when_there_are_no_problems_any_more() -> None:
    answers = iter([["one", "two"], ["two"], []])
    assert until_none(lambda: next(answers), seconds=5, pause=0) < 5


def test_waiting_names_the_problems_that_are_left_when_the_time_is_over() -> None:
    with pytest.raises(CheckFailedError, match="after 0 s still: a is not ready; b is not ready"):
        until_none(lambda: ["a is not ready", "b is not ready"], seconds=0)
