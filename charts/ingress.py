"""Phase 7, optional: the routes from outside."""

from cdk8s_backend import HttpIngress, Route

from cdk8s import App

from charts.phase import PhaseChart
from charts.topology import NAMESPACE, Topology
from inputs.settings import Settings

__all__ = ["IngressChart"]

_EVENT_STREAM_SECONDS = "3600"
"""How long a response may be silent: server-sent events have no heartbeat."""


class IngressChart(PhaseChart):
    """The routes by host and path (specification rule 8).

    An Ingress cannot tell a GET from a PUT: on the main host the write service answers both, and the read service has
    a host of its own.
    """

    phase = "ingress"
    title_ko = "Ingress 배포"
    title_en = "Ingress"
    option = "with-ingress"

    def __init__(self, app: App, *, system: Topology, settings: Settings) -> None:
        super().__init__(app, environment=settings.environment)
        HttpIngress(
            self,
            "ingress",
            name=f"{NAMESPACE}-ingress",
            hosts={
                settings.hosts.main: [
                    Route(path, service.endpoint) for service in system.services for path in service.paths
                ],
                settings.hosts.read: [
                    Route(path, service.endpoint) for service in system.services for path in service.read_paths
                ],
            },
            ingress_class=settings.ingress_class,
            annotations={
                "nginx.ingress.kubernetes.io/proxy-read-timeout": _EVENT_STREAM_SECONDS,
                "nginx.ingress.kubernetes.io/proxy-send-timeout": _EVENT_STREAM_SECONDS,
            },
        )
