"""What the scripts print with `--json` is as the published schema says, which is made from the catalog."""

import json
from pathlib import Path
from typing import Any

from cdk8s_backend.scripts.events import FILE, schema, text_of_schema

import jsonschema
import pytest

from tests.constructs.scripts.on_api_server import System
from tests.constructs.scripts.shells import Done, Shell
from tests.support.api_server import ApiServer

VALIDATOR = jsonschema.Draft202012Validator(schema())
STARTED = {
    "time": "2026-11-25T14:23:02Z",
    "event": "phase_started",
    "level": "info",
    "text": "[1/2] Shop",
    "number": 1,
    "total": 2,
    "title": "Shop",
}


@pytest.fixture
def system(api_server: ApiServer, shell: Shell, tmp_path: Path) -> System:
    return System(api_server, shell, tmp_path)


def events_of(done: Done) -> list[dict[str, Any]]:
    """The events of a run, which are all that it prints, and all as the schema says."""
    assert done.stderr == ""
    events: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    for event in events:
        VALIDATOR.validate(event)
    return events


def named(events: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [event for event in events if event["event"] == name]


def test_the_published_schema_is_fresh() -> None:
    assert FILE.read_text(encoding="utf-8") == text_of_schema(), "make schema writes it"
    VALIDATOR.check_schema(VALIDATOR.schema)


@pytest.mark.parametrize(
    "wrong",
    [
        {"event": "no_such_event"},
        {"event": "finished"},
        {"level": "warning"},
        {"number": 1.5},
        {"number": None},
        {"further": "member"},
        {"time": "yesterday"},
    ],
    ids=str,
)
def test_the_schema_refuses_what_is_no_event(wrong: dict[str, Any]) -> None:
    assert VALIDATOR.is_valid(STARTED)
    assert not VALIDATOR.is_valid(STARTED | wrong)


def test_a_deployment_prints_events(system: System) -> None:
    first = system.deploy("--json")
    events = events_of(first)

    assert first.returncode == 0
    assert (events[0]["event"], events[-1]["event"]) == ("started", "finished")
    steps = named(events, "phase_started")
    assert [step["number"] for step in steps] == list(range(1, len(steps) + 1))
    assert named(events, "secret_create")

    status = system.deploy("--json", "--status")
    assert status.returncode == 0
    assert [event["count"] for event in named(events_of(status), "all_ready")] == [0]

    removal = system.undeploy("--json")
    assert removal.returncode == 0
    assert named(events_of(removal), "removed")


def test_a_failure_is_told_in_events(system: System) -> None:
    assert system.deploy("--json").returncode == 0

    patch = '--patch={"data":{"greeting":"good evening"}}'
    system.kubectl("patch", "configmap", "web-config", f"--namespace={system.namespace}", patch)

    refused = system.deploy("--json")
    events = events_of(refused)
    assert refused.returncode == 1
    assert [event["object"] for event in named(events, "object_conflict")] == ["ConfigMap/web-config"]
    assert [event["count"] for event in named(events, "preflight_failed")] == [1]
    assert {event["level"] for event in named(events, "object_conflict")} == {"error"}

    status = system.deploy("--json", "--with-workloads", "--status")
    events = events_of(status)
    assert status.returncode == 1
    assert [event["workload"] for event in named(events, "unready")] == [
        "StatefulSet/store",
        "Job/prepare",
        "Deployment/web",
    ]
    assert named(events, "object_conflict")


def test_wrong_usage_is_told_in_events(system: System) -> None:
    wrong = system.deploy("--json", "--nonsense")

    assert wrong.returncode == 2
    assert [event["event"] for event in events_of(wrong)] == ["option_unknown", "see_help"]
