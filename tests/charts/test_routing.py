"""How requests come in: by an Ingress or a Gateway, over HTTP or HTTPS. Every field arrives as the charts say it."""

from typing import Any

from cdk8s_backend.assertions import Manifests

import pytest

from charts.topology import SERVICES, ServiceUnit, Topology
from tests.support.synthesis import manifests_of, phases_of

MAIN, READ = "count-system.local", "read.count-system.local"
COUNTS = "/api/v1/counts"
ISSUER_TLS = {"issuer": "letsencrypt"}
LABELS = {
    "app.kubernetes.io/managed-by": "cdk8s",
    "app.kubernetes.io/part-of": "count-system",
    "environment": "production",
}
NGINX = "nginx.ingress.kubernetes.io"

CERTIFICATES = [
    (
        {"secretName": "count-certificate"},
        "count-certificate",
        {"cdk8s-backend/provided-elsewhere": "Secret/count-certificate"},
    ),
    (ISSUER_TLS, "count-system-tls", {"cert-manager.io/cluster-issuer": "letsencrypt"}),
    (
        {"issuer": "internal", "issuerKind": "Issuer", "secretName": "count-certificate"},
        "count-certificate",
        {"cert-manager.io/issuer": "internal"},
    ),
]
"""Settings of TLS, the Secret, and what the Ingress or Gateway says to whom makes it."""


def gateway(**changed: Any) -> Manifests:
    return manifests_of("production", routing="gateway", **changed)


def spec(manifests: Manifests, kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = manifests.get(kind, name)["spec"]
    return found


def parents(*listeners: str) -> list[dict[str, str]]:
    return [{"name": "count-system-gateway", "sectionName": listener} for listener in listeners]


def rule(service: str, port: int, *matches: dict[str, Any]) -> dict[str, Any]:
    return {
        "matches": list(matches),
        "backendRefs": [{"name": service, "port": port}],
        "timeouts": {"request": "3600s"},
    }


def below(path: str, **conditions: str) -> dict[str, Any]:
    return {"path": {"type": "PathPrefix", "value": path}, **conditions}


def test_the_proxy_waits_as_long_as_the_settings_say() -> None:
    timeouts = {"readSeconds": 7200, "sendSeconds": 60}
    annotations = manifests_of("production", proxy_timeouts=timeouts).get("Ingress", "count-system-ingress")[
        "metadata"
    ]["annotations"]
    assert annotations == {f"{NGINX}/proxy-read-timeout": "7200", f"{NGINX}/proxy-send-timeout": "60"}
    routes = gateway(proxy_timeouts=timeouts).find("HTTPRoute")
    assert {rule["timeouts"]["request"] for route in routes for rule in route["spec"]["rules"]} == {"7200s"}


@pytest.mark.parametrize(("tls", "secret", "annotations"), CERTIFICATES)
def test_an_ingress_serves_all_hosts_over_https_and_redirects(
    tls: dict[str, str], secret: str, annotations: dict[str, str]
) -> None:
    manifests = manifests_of("production", tls=tls)
    assert spec(manifests, "Ingress", "count-system-ingress")["tls"] == [{"hosts": [MAIN, READ], "secretName": secret}]
    assert manifests.get("Ingress", "count-system-ingress")["metadata"]["annotations"] == {
        f"{NGINX}/proxy-read-timeout": "3600",
        f"{NGINX}/proxy-send-timeout": "3600",
        f"{NGINX}/ssl-redirect": "true",
        **annotations,
    }


def test_a_gateway_takes_the_place_of_the_ingress() -> None:
    manifests = gateway(gateway_class="internal", hosts={"main": MAIN})
    manifests.lacks("Ingress")
    assert manifests.get("Gateway", "count-system-gateway") == {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "count-system-gateway", "namespace": "count-system", "labels": LABELS},
        "spec": {
            "gatewayClassName": "internal",
            "listeners": [{"name": "http-main", "protocol": "HTTP", "port": 80, "hostname": MAIN}],
        },
    }


def test_reads_go_to_the_read_service_and_all_else_to_the_write_service() -> None:
    manifests = gateway(hosts={"main": MAIN})
    manifests.count("HTTPRoute", 6)
    assert manifests.get("HTTPRoute", "count-read-service-reads") == {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "count-read-service-reads", "namespace": "count-system", "labels": LABELS},
        "spec": {
            "parentRefs": parents("http-main"),
            "hostnames": [MAIN],
            "rules": [rule("count-read-service", 3001, below(COUNTS, method="GET"), below(COUNTS, method="HEAD"))],
        },
    }
    assert spec(manifests, "HTTPRoute", "count-write-service") == {
        "parentRefs": parents("http-main"),
        "hostnames": [MAIN],
        "rules": [rule("count-write-service", 3000, below(COUNTS))],
    }


def test_the_other_paths_are_those_of_the_ingress() -> None:
    ingress = spec(manifests_of("production"), "Ingress", "count-system-ingress")["rules"][0]["http"]["paths"]
    backends = {path["path"]: path["backend"]["service"] for path in ingress}
    routes = [route["spec"] for route in gateway().find("HTTPRoute") if route["spec"]["hostnames"] == [MAIN]]
    assert {
        match["path"]["value"]: {"name": backend["name"], "port": {"number": backend["port"]}}
        for route in routes
        for rule in route["rules"]
        for match in rule["matches"]
        for backend in rule["backendRefs"]
    } == backends


def test_a_read_host_is_served_by_a_gateway_too() -> None:
    manifests = gateway()
    assert spec(manifests, "Gateway", "count-system-gateway")["listeners"] == [
        {"name": "http-main", "protocol": "HTTP", "port": 80, "hostname": MAIN},
        {"name": "http-read", "protocol": "HTTP", "port": 80, "hostname": READ},
    ]
    reads = spec(manifests, "HTTPRoute", "count-read-service-reads")
    assert reads["parentRefs"] == parents("http-main", "http-read")
    assert reads["hostnames"] == [MAIN, READ]
    others = [route["spec"]["hostnames"] for route in manifests.find("HTTPRoute") if route["spec"] != reads]
    assert others == [[MAIN]] * 5


@pytest.mark.parametrize(("tls", "secret", "annotations"), CERTIFICATES)
def test_a_gateway_serves_all_hosts_over_https_and_redirects(
    tls: dict[str, str], secret: str, annotations: dict[str, str]
) -> None:
    manifests = gateway(tls=tls)
    terminated = {"mode": "Terminate", "certificateRefs": [{"name": secret}]}
    assert manifests.get("Gateway", "count-system-gateway")["metadata"]["annotations"] == annotations
    assert spec(manifests, "Gateway", "count-system-gateway")["listeners"] == [
        {"name": "http-main", "protocol": "HTTP", "port": 80, "hostname": MAIN},
        {"name": "http-read", "protocol": "HTTP", "port": 80, "hostname": READ},
        {"name": "https-main", "protocol": "HTTPS", "port": 443, "hostname": MAIN, "tls": terminated},
        {"name": "https-read", "protocol": "HTTPS", "port": 443, "hostname": READ, "tls": terminated},
    ]
    assert spec(manifests, "HTTPRoute", "count-system-redirect") == {
        "parentRefs": parents("http-main", "http-read"),
        "hostnames": [MAIN, READ],
        "rules": [
            {
                "filters": [
                    {"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}},
                ]
            }
        ],
    }


def test_over_https_no_service_is_reached_without_it() -> None:
    routes = {
        route["metadata"]["name"]: {parent["sectionName"] for parent in route["spec"]["parentRefs"]}
        for route in gateway(tls=ISSUER_TLS).find("HTTPRoute")
    }
    assert routes.pop("count-system-redirect") == {"http-main", "http-read"}
    assert routes.pop("count-read-service-reads") == {"https-main", "https-read"}
    assert set(map(frozenset, routes.values())) == {frozenset({"https-main"})}


def test_a_further_service_has_its_routes() -> None:
    further = ServiceUnit(name="count-export-service", port=3006, paths=("/export", "/download"), read_paths=("/list",))
    system = Topology(services=(*SERVICES, further))
    manifests = Manifests(phases_of("production", system, routing="gateway")["ingress"])
    assert spec(manifests, "HTTPRoute", "count-export-service")["rules"] == [
        rule("count-export-service", 3006, below("/export"), below("/download"))
    ]
    assert spec(manifests, "HTTPRoute", "count-export-service-reads")["rules"] == [
        rule("count-export-service", 3006, below("/list", method="GET"), below("/list", method="HEAD"))
    ]
