"""Phase 1: the namespace."""

from cdk8s_backend import RestrictedNamespace

from cdk8s import App

from charts.phase import PhaseChart
from charts.topology import NAMESPACE

__all__ = ["NamespaceChart"]


class NamespaceChart(PhaseChart):
    """The namespace (specification rule 1)."""

    phase = "namespace"
    title_ko = "네임스페이스 생성"
    title_en = "Namespace"

    def __init__(self, app: App, *, environment: str) -> None:
        super().__init__(app, environment=environment, namespace=None)
        RestrictedNamespace(self, NAMESPACE, name=NAMESPACE, labels={"app": NAMESPACE})
