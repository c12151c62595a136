"""Routes from outside the cluster to Services."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdk8s_backend.certificate import Certificate
from cdk8s_backend.errors import InvalidValueError
from cdk8s_backend.manifest import KubernetesObjects
from cdk8s_backend.names import validate_dns_subdomain, validate_host
from cdk8s_backend.values import Endpoint

from cdk8s import ApiObject
from constructs import Construct

__all__ = ["HttpIngress", "Route"]

_AMBIGUOUS = re.compile(r"//|/\.{1,2}(?:/|$)|%2f", re.IGNORECASE)


@dataclass(frozen=True)
class Route:
    """A path and what is below it, and the Service that answers it.

    Args:
        path: The path, like `/api`; it reaches the Service as it is.
        endpoint: The Service.

    Raises:
        InvalidValueError: The path does not begin with a slash, or has a part that Kubernetes refuses.
    """

    path: str
    endpoint: Endpoint

    def __post_init__(self) -> None:
        if not self.path.startswith("/"):
            raise InvalidValueError(f"path {self.path!r} of a route to {self.endpoint} must begin with '/'")
        if _AMBIGUOUS.search(self.path):
            raise InvalidValueError(
                f"path {self.path!r} of a route to {self.endpoint} must hold no '//', no '.' or '..' between slashes, "
                "and no '%2F'"
            )


class HttpIngress(KubernetesObjects):
    """An Ingress that routes by host and path (specification rule 8).

    Args:
        scope: Where it belongs.
        id: Its name in the construct tree.
        name: Name of the Ingress.
        hosts: Host name to its routes, in order; a name may begin with `*.`.
        ingress_class: Name of the IngressClass.
        tls: The certificate for all hosts, which are then served over HTTPS too. Whether plain HTTP is redirected is
            told to the class' controller by its annotation. Default none: plain HTTP alone.
        annotations: What the class' controller reads. Default none.

    Attributes:
        ingress: The Ingress.

    Raises:
        InvalidValueError: A name is none that Kubernetes takes, there is no host, a host has no route, or has one path
            twice, of which an Ingress answers only the first, or an annotation is that of the certificate.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        name: str,
        hosts: Mapping[str, Sequence[Route]],
        ingress_class: str,
        tls: Certificate | None = None,
        annotations: Mapping[str, str] | None = None,
    ) -> None:
        validate_dns_subdomain(name, "Ingress")
        validate_dns_subdomain(ingress_class, f"Ingress {name}: class")
        if not hosts:
            raise InvalidValueError(f"Ingress {name}: there is no host; give it at least one, with its routes")
        for host, routes in hosts.items():
            validate_host(host, f"Ingress {name}: host")
            if not routes:
                raise InvalidValueError(f"Ingress {name}: host {host} has no route; give it at least one")
            paths = [route.path for route in routes]
            twice = {path for path in paths if paths.count(path) > 1}
            if twice:
                raise InvalidValueError(f"Ingress {name}: host {host} has {', '.join(sorted(twice))} twice")
        given, certified = dict(annotations or {}), tls.annotations if tls else {}
        for annotation in given.keys() & certified.keys():
            raise InvalidValueError(f"Ingress {name}: annotation {annotation} is that of its certificate; leave it out")
        super().__init__(
            scope,
            id,
            {
                "Default": {
                    "apiVersion": "networking.k8s.io/v1",
                    "kind": "Ingress",
                    "metadata": {"name": name, "annotations": given | certified},
                    "spec": {
                        "ingressClassName": ingress_class,
                        **({"tls": [{"hosts": list(hosts), "secretName": tls.secret_name}]} if tls else {}),
                        "rules": [
                            {
                                "host": host,
                                "http": {
                                    "paths": [
                                        {
                                            "path": route.path,
                                            "pathType": "Prefix",
                                            "backend": {
                                                "service": {
                                                    "name": route.endpoint.host,
                                                    "port": {"number": route.endpoint.port},
                                                }
                                            },
                                        }
                                        for route in routes
                                    ]
                                },
                            }
                            for host, routes in hosts.items()
                        ],
                    },
                },
            },
        )

    @property
    def ingress(self) -> ApiObject:
        """The Ingress."""
        return self.api_object()
