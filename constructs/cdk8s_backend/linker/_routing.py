"""Rules for Ingresses."""

from collections.abc import Iterator

from cdk8s_backend.linker._field import Field
from cdk8s_backend.linker._index import Index
from cdk8s_backend.linker._model import Resource
from cdk8s_backend.linker._ports import check_service_port
from cdk8s_backend.linker._problem import Problem

__all__ = ["check_certificate", "has_issuer", "ingress_backends", "ingress_hosts", "ingress_paths"]

_ISSUER_ANNOTATIONS = ("cert-manager.io/issuer", "cert-manager.io/cluster-issuer", "kubernetes.io/tls-acme")


def ingress_backends(index: Index) -> Iterator[Problem]:
    """Every backend of an Ingress is a Service and one of its ports."""
    for ingress in index.of_kind("Ingress"):
        backends = [ingress.spec["defaultBackend"], *(path["backend"] for _, path in _paths(ingress))]
        for backend in backends:
            name, port = backend["service"]["name"], backend["service"]["port"]
            if not backend["service"].present:
                continue
            service = index.find("Service", ingress.namespace, name.text)
            if service is None:
                yield from index.dangling(ingress, name, "Service")
                continue
            place = port["name"] if port["name"].present else port["number"]
            problem = check_service_port(index, ingress, place, service)
            if problem is not None:
                yield problem


def _paths(ingress: Resource) -> Iterator[tuple[Field, Field]]:
    for rule in ingress.spec["rules"].each():
        for path in rule["http"]["paths"].each():
            yield rule["host"], path


def ingress_paths(index: Index) -> Iterator[Problem]:
    """No two backends have the same host, path and path type: the second would never be reached."""
    seen: dict[tuple[str, ...], tuple[Resource, Field, Field]] = {}
    for ingress in index.of_kind("Ingress"):
        if ingress.annotation("nginx.ingress.kubernetes.io/canary") == "true":
            continue  # it takes a part of the requests of another one
        ingress_class = ingress.spec["ingressClassName"].text or ingress.annotation("kubernetes.io/ingress.class")
        for host, path in _paths(ingress):
            key = (ingress_class, host.text or "", path["path"].text or "/", path["pathType"].text or "")
            backend = path["backend"]["service"]["name"]
            if key not in seen:
                seen[key] = (ingress, path, backend)
                continue
            first, first_path, first_backend = seen[key]
            yield Problem(
                source=ingress.title,
                field=path["path"].path,
                target=f"Service/{backend.value} at {key[1] or '*'}{key[2]} ({key[3]})",
                reason=f"is never reached: {first.title} {first_path.path} takes it to Service/{first_backend.value}",
            )


def ingress_hosts(index: Index) -> Iterator[Problem]:
    """Certificates of an Ingress lie in a Secret, unless an issuer makes them, and are for hosts that it serves."""
    for ingress in index.of_kind("Ingress"):
        hosts = {host.text for rule in ingress.spec["rules"].each() if (host := rule["host"]).text}
        for entry in ingress.spec["tls"].each():
            if not has_issuer(ingress):
                yield from check_certificate(index, ingress, entry["secretName"], ingress.namespace)
            for host in entry["hosts"].each():
                if host.text is not None and not any(_covers(host.text, served) for served in hosts if served):
                    yield Problem(
                        source=ingress.title,
                        field=host.path,
                        target=f"a rule for host {host.text}",
                        reason="does not exist",
                        candidate=index.closest(host.text, (served for served in hosts if served)),
                    )


def _covers(certified: str, served: str) -> bool:
    wildcard = certified.startswith("*.") and served.partition(".")[2] == certified[2:]
    return certified == served or wildcard


def has_issuer(resource: Resource) -> bool:
    """Whether an issuer makes the certificates of an Ingress or Gateway."""
    return any(resource.annotation(name) for name in _ISSUER_ANNOTATIONS)


def check_certificate(index: Index, source: Resource, name: Field, namespace: str) -> Iterator[Problem]:
    """Tells that the Secret of a certificate does not exist."""
    if name.present and ("Secret", namespace, name.text or "") not in index.keys:
        yield from index.dangling(source, name, "Secret", namespace=namespace)
