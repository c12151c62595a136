"""The certificate with which hosts are served over HTTPS."""

from dataclasses import dataclass
from typing import Literal

from cdk8s_backend.linker import ELSEWHERE_ANNOTATION
from cdk8s_backend.names import validate_dns_subdomain

__all__ = ["Certificate"]


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """Where the certificate of an Ingress or Gateway comes from.

    Args:
        secret_name: Secret of the type `kubernetes.io/tls` in the namespace of the Ingress or Gateway.
        issuer: Issuer of cert-manager that makes the Secret. Default none: somebody else puts it there.
        issuer_kind: Kind of the issuer. Default ClusterIssuer.

    Raises:
        InvalidValueError: A name is none that Kubernetes takes.
    """

    secret_name: str
    issuer: str | None = None
    issuer_kind: Literal["ClusterIssuer", "Issuer"] = "ClusterIssuer"

    def __post_init__(self) -> None:
        validate_dns_subdomain(self.secret_name, "certificate's Secret")
        if self.issuer is not None:
            validate_dns_subdomain(self.issuer, "certificate's issuer")

    @property
    def annotations(self) -> dict[str, str]:
        """What the Ingress or Gateway tells cert-manager, or the linker where no issuer makes the Secret."""
        if self.issuer is None:
            return {ELSEWHERE_ANNOTATION: f"Secret/{self.secret_name}"}
        kind = "cluster-issuer" if self.issuer_kind == "ClusterIssuer" else "issuer"
        return {f"cert-manager.io/{kind}": self.issuer}
