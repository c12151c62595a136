"""The timeline tells what the events of deploy.sh and the pods of the API say."""

import json
from typing import Any

import pytest

from e2e.picture import Picture, Row, picture_of
from e2e.scripts import Event, parse_event
from e2e.timeline import Phase, Pod, Timeline, timeline_of
from tests.e2e.sample import TIMELINE

MINUTE = "2026-01-02T03:04:"


def line(second: int, event: str, **members: object) -> str:
    return json.dumps({"time": f"{MINUTE}{second:02}Z", "event": event, "level": "info", "text": event, **members})


def events(*lines: str) -> list[Event]:
    return [event for each in lines if (event := parse_event(each))]


DEPLOYMENT = events(
    line(0, "started", title="Count"),
    line(2, "phase_started", number=1, total=2, title="Infrastructure"),
    line(9, "phase_ready", total=1, seconds=7),
    line(10, "phase_started", number=2, total=2, title="Services"),
    line(30, "finished", title="Count"),
)
WORKLOADS = {"Infrastructure": ("postgresql", "init"), "Services": ("api",)}


def pod(app: str, created: int, *, phase: str = "Running", ready: int | None = None, **state: Any) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": "True", "lastTransitionTime": f"{MINUTE}{ready:02}Z"}] if ready else []
    statuses = [{"name": app, "state": state}] if state else []
    return {
        "metadata": {"name": f"{app}-0", "labels": {"app": app}, "creationTimestamp": f"{MINUTE}{created:02}Z"},
        "status": {"phase": phase, "conditions": conditions, "containerStatuses": statuses},
    }


def test_an_event_has_its_time_its_text_and_its_members() -> None:
    event = parse_event(line(5, "phase_started", number=1, title="Namespace"))
    assert event is not None
    assert (event.name, event.time.second, event.members) == ("phase_started", 5, {"number": 1, "title": "Namespace"})


@pytest.mark.parametrize(
    "text",
    ["", "error: refused", "[]", "1", '{"event": "x"}', '{"time": "?", "event": "", "text": "", "level": ""}'],
)
def test_a_line_of_another_program_is_no_event(text: str) -> None:
    assert parse_event(text) is None


def test_a_phase_lasts_until_the_next_one_begins() -> None:
    timeline = timeline_of(DEPLOYMENT, [], WORKLOADS)
    assert timeline == Timeline(
        seconds=30,
        phases=(Phase(title="Infrastructure", began=2, ended=10), Phase(title="Services", began=10, ended=30)),
    )


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (
            pod("api", 11, ready=20, running={"startedAt": f"{MINUTE}14Z"}),
            Pod(name="api-0", created=11, started=14, ready=20),
        ),
        (pod("api", 11, running={"startedAt": f"{MINUTE}14Z"}), Pod(name="api-0", created=11, started=14, ready=None)),
        (pod("api", 11, waiting={"reason": "ErrImagePull"}), Pod(name="api-0", created=11, started=None, ready=None)),
        (pod("api", 11, phase="Pending"), Pod(name="api-0", created=11, started=None, ready=None)),
    ],
    ids=["ready", "not ready", "waiting", "pending"],
)
def test_a_pod_lies_in_the_phase_of_its_workload(found: dict[str, Any], expected: Pod) -> None:
    first, second = timeline_of(DEPLOYMENT, [found], WORKLOADS).phases
    assert (first.pods, second.pods) == ((), (expected,))


def test_the_pod_of_a_job_is_ready_when_it_has_ended_well() -> None:
    ended = {"startedAt": f"{MINUTE}05Z", "finishedAt": f"{MINUTE}08Z"}
    (first, _) = timeline_of(DEPLOYMENT, [pod("init", 4, phase="Succeeded", terminated=ended)], WORKLOADS).phases
    assert first.pods == (Pod(name="init-0", created=4, started=5, ready=8),)


def test_a_pod_of_somebody_else_is_in_no_phase() -> None:
    assert [phase.pods for phase in timeline_of(DEPLOYMENT, [pod("stranger", 3)], WORKLOADS).phases] == [(), ()]


def rows_of(picture: Picture) -> list[Row]:
    return [row for band in picture.bands for row in band.rows]


def test_the_parts_of_the_picture_lie_within_it_and_do_not_overlap() -> None:
    picture = picture_of(TIMELINE)
    for row in rows_of(picture):
        ends = [0.0]
        for bar in row.bars:
            assert ends[-1] <= bar.left
            ends.append(bar.left + bar.width)
        assert 0 < ends[-1] <= 100 or not row.bars
    for band in picture.bands:
        tops = [row.top for row in band.rows]
        assert tops == sorted(set(tops))
        assert tops[-1] < band.height


def test_the_picture_shows_how_far_each_pod_came() -> None:
    rows = {row.label: row for row in rows_of(picture_of(TIMELINE))}
    seen = {label: ([bar.kind for bar in row.bars], row.ready is not None) for label, row in rows.items()}
    assert seen["postgresql-0"] == (["waiting", "starting"], True)
    assert seen["kafka-7d4b9c-abcde"] == (["waiting"], False)
    assert seen["zookeeper-5f6d8-fghij"] == ([], False)
    notes = {label: row.note for label, row in rows.items()}
    assert (notes["postgresql-0"], notes["kafka-7d4b9c-abcde"]) == ("2 → 5 → 12", "2 → 9 → ?")


@pytest.mark.parametrize("seconds", [0, 1, 7, 40, 61, 600, 4000])
def test_the_scale_has_a_few_whole_seconds(seconds: int) -> None:
    ticks = picture_of(Timeline(seconds=seconds, phases=())).ticks
    assert ticks[0].seconds == 0
    assert 2 <= len(ticks) <= 9
    assert all(0 <= tick.left <= 100 for tick in ticks)
