"""Phase 7, optional, with routing `ingress`: the routes from outside as an Ingress."""

from cdk8s_backend import HttpIngress, Route

from cdk8s import App

from charts.certificate import certificate_of
from charts.phase import PhaseChart
from charts.topology import NAMESPACE, Topology
from inputs.settings import Settings

__all__ = ["IngressChart"]

_NGINX = "nginx.ingress.kubernetes.io"


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
        routes = {
            settings.hosts.main: [
                Route(path, service.endpoint) for service in system.services for path in service.paths
            ],
        }
        if settings.hosts.read:
            routes[settings.hosts.read] = [
                Route(path, service.endpoint) for service in system.services for path in service.read_paths
            ]
        certificate = certificate_of(settings)
        HttpIngress(
            self,
            "ingress",
            name=f"{NAMESPACE}-ingress",
            hosts=routes,
            ingress_class=settings.ingress_class,
            tls=certificate,
            annotations={
                f"{_NGINX}/proxy-read-timeout": str(settings.proxy_timeouts.read_seconds),
                f"{_NGINX}/proxy-send-timeout": str(settings.proxy_timeouts.send_seconds),
                **({f"{_NGINX}/ssl-redirect": "true"} if certificate else {}),
            },
        )
