"""A run of the suite as its report gets it."""

from datetime import UTC, datetime

from e2e.results import GroupResults, PartResults, Report, Result, Status
from e2e.timeline import Phase, Pod, Timeline

TIMELINE = Timeline(
    seconds=40,
    phases=(
        Phase(title="Namespace", began=0, ended=1),
        Phase(
            title="Infrastructure",
            began=1,
            ended=20,
            pods=(
                Pod(name="postgresql-0", created=2, started=5, ready=12),
                Pod(name="kafka-7d4b9c-abcde", created=2, started=9, ready=None),
                Pod(name="zookeeper-5f6d8-fghij", created=3, started=None, ready=None),
            ),
        ),
        Phase(title="Services", began=20, ended=40, pods=(Pod(name="api-0", created=21, started=24, ready=39),)),
    ),
)

PASSED = Result(
    name="a count is read", promise="What is written is read.", status=Status.PASSED, seconds=0.25, remark="in 12 ms"
)
FAILED = Result(
    name="the cache makes room",
    promise="A full cache takes what is new.",
    status=Status.FAILED,
    seconds=75,
    remark="OOM command not allowed <maxmemory>\nsecond line",
    evidence="$ kubectl get pods\nredis-cache-0 OOMKilled",
)
NOT_RUN = Result(
    name="the node is stopped",
    promise="Everything comes back.",
    status=Status.NOT_RUN,
    seconds=0,
    remark="COUNT_CLUSTER_TOOL names no program",
)


def report_of(*results: Result, interrupted: bool = False, all_required: bool = False) -> Report:
    """A report with some results in one group."""
    group = GroupResults(title="Subjects", results=results)
    return Report(
        began=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        facts={"Kubernetes": "v1.34.4", "Commit": "0123456789ab"},
        timeline=TIMELINE,
        parts=[PartResults(title="Use without faults", seconds=76, groups=(group,))],
        seconds=135,
        interrupted=interrupted,
        all_required=all_required,
    )
