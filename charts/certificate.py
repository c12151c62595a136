"""The certificate of the hosts, as the settings say."""

from cdk8s_backend import Certificate

from charts.topology import NAMESPACE
from inputs.settings import Settings

__all__ = ["certificate_of"]

_SECRET = f"{NAMESPACE}-tls"
"""The Secret that an issuer makes, unless the settings name another."""


def certificate_of(settings: Settings) -> Certificate | None:
    """The certificate of all hosts; None where they are served over plain HTTP."""
    if settings.tls is None:
        return None
    return Certificate(
        secret_name=settings.tls.secret_name or _SECRET,
        issuer=settings.tls.issuer,
        issuer_kind=settings.tls.issuer_kind,
    )
