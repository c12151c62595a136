"""What the charts of all deploy phases have in common."""

from cdk8s import App, Chart

from charts.topology import NAMESPACE

__all__ = ["PhaseChart"]


class PhaseChart(Chart):
    """The objects of one deploy phase.

    Attributes:
        phase: Name of the phase, and of the chart.
        title_ko: What the phase does, in the specification's words.
        title_en: The same in English.
        option: The option of the deploy script without which the phase is left out; None where it is always there.
    """

    phase: str
    title_ko: str
    title_en: str
    option: str | None = None

    def __init__(self, app: App, *, environment: str, namespace: str | None = NAMESPACE) -> None:
        super().__init__(
            app,
            self.phase,
            namespace=namespace,
            disable_resource_name_hashes=True,
            labels={
                "app.kubernetes.io/managed-by": "cdk8s",
                "app.kubernetes.io/part-of": NAMESPACE,
                "environment": environment,
            },
        )
