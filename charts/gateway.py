"""Phase 7, optional, with routing `gateway`: the routes from outside as a Gateway and HTTPRoutes."""

from collections.abc import Mapping

from cdk8s_backend import Certificate

from cdk8s import ApiObjectMetadata, App

from charts.certificate import certificate_of
from charts.phase import PhaseChart
from charts.topology import NAMESPACE, READS, ServiceUnit, Topology
from imports.io.k8s.networking.gateway import (
    Gateway,
    GatewaySpec,
    GatewaySpecListeners,
    GatewaySpecListenersTls,
    GatewaySpecListenersTlsCertificateRefs,
    GatewaySpecListenersTlsMode,
    HttpRoute,
    HttpRouteSpec,
    HttpRouteSpecParentRefs,
    HttpRouteSpecRules,
    HttpRouteSpecRulesBackendRefs,
    HttpRouteSpecRulesFilters,
    HttpRouteSpecRulesFiltersRequestRedirect,
    HttpRouteSpecRulesFiltersRequestRedirectScheme,
    HttpRouteSpecRulesFiltersRequestRedirectStatusCode,
    HttpRouteSpecRulesFiltersType,
    HttpRouteSpecRulesMatches,
    HttpRouteSpecRulesMatchesMethod,
    HttpRouteSpecRulesMatchesPath,
    HttpRouteSpecRulesMatchesPathType,
    HttpRouteSpecRulesTimeouts,
)
from inputs.settings import Settings

__all__ = ["GatewayChart"]

_GATEWAY = f"{NAMESPACE}-gateway"


class GatewayChart(PhaseChart):
    """The routes by host, path and method (specification rule 8).

    On the main host, reads go to the services that answer them, and all other requests of the same path to the service
    that it belongs to. The read host, where there is one, is served as by an Ingress.
    """

    phase = "ingress"
    title_ko = "Gateway 배포"
    title_en = "Gateway"
    option = "with-ingress"

    def __init__(self, app: App, *, system: Topology, settings: Settings) -> None:
        super().__init__(app, environment=settings.environment)
        main = {"main": settings.hosts.main}
        hosts = main | ({"read": settings.hosts.read} if settings.hosts.read else {})
        certificate = certificate_of(settings)
        scheme = "https" if certificate else "http"
        timeout = settings.proxy_timeouts.read_seconds
        self._add_gateway(hosts, certificate, settings.gateway_class)
        if certificate:
            self._add_route(f"{NAMESPACE}-redirect", hosts, "http", _redirect())
        for service in system.services:
            if service.paths:
                matches = [_match(path) for path in service.paths]
                self._add_route(service.name, main, scheme, _rule(service, matches, timeout))
            if service.read_paths:
                matches = [_match(path, method) for path in service.read_paths for method in READS]
                self._add_route(f"{service.name}-reads", hosts, scheme, _rule(service, matches, timeout))

    def _add_gateway(self, hosts: Mapping[str, str], certificate: Certificate | None, gateway_class: str) -> None:
        listeners = [
            GatewaySpecListeners(name=_listener("http", role), protocol="HTTP", port=80, hostname=host)
            for role, host in hosts.items()
        ]
        if certificate:
            tls = GatewaySpecListenersTls(
                mode=GatewaySpecListenersTlsMode.TERMINATE,
                certificate_refs=[GatewaySpecListenersTlsCertificateRefs(name=certificate.secret_name)],
            )
            listeners += [
                GatewaySpecListeners(name=_listener("https", role), protocol="HTTPS", port=443, hostname=host, tls=tls)
                for role, host in hosts.items()
            ]
        Gateway(
            self,
            _GATEWAY,
            metadata=ApiObjectMetadata(name=_GATEWAY, annotations=certificate.annotations if certificate else None),
            spec=GatewaySpec(gateway_class_name=gateway_class, listeners=listeners),
        )

    def _add_route(self, name: str, hosts: Mapping[str, str], scheme: str, rule: HttpRouteSpecRules) -> None:
        HttpRoute(
            self,
            name,
            metadata=ApiObjectMetadata(name=name),
            spec=HttpRouteSpec(
                parent_refs=[
                    HttpRouteSpecParentRefs(name=_GATEWAY, section_name=_listener(scheme, role)) for role in hosts
                ],
                hostnames=list(hosts.values()),
                rules=[rule],
            ),
        )


def _listener(scheme: str, role: str) -> str:
    return f"{scheme}-{role}"


def _match(path: str, method: str | None = None) -> HttpRouteSpecRulesMatches:
    return HttpRouteSpecRulesMatches(
        path=HttpRouteSpecRulesMatchesPath(type=HttpRouteSpecRulesMatchesPathType.PATH_PREFIX, value=path),
        method=HttpRouteSpecRulesMatchesMethod[method] if method else None,
    )


def _rule(service: ServiceUnit, matches: list[HttpRouteSpecRulesMatches], timeout: int) -> HttpRouteSpecRules:
    return HttpRouteSpecRules(
        matches=matches,
        backend_refs=[HttpRouteSpecRulesBackendRefs(name=service.endpoint.host, port=service.endpoint.port)],
        timeouts=HttpRouteSpecRulesTimeouts(request=f"{timeout}s"),
    )


def _redirect() -> HttpRouteSpecRules:
    return HttpRouteSpecRules(
        filters=[
            HttpRouteSpecRulesFilters(
                type=HttpRouteSpecRulesFiltersType.REQUEST_REDIRECT,
                request_redirect=HttpRouteSpecRulesFiltersRequestRedirect(
                    scheme=HttpRouteSpecRulesFiltersRequestRedirectScheme.HTTPS,
                    status_code=HttpRouteSpecRulesFiltersRequestRedirectStatusCode.VALUE_301,
                ),
            )
        ]
    )
