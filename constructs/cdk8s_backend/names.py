"""The names that Kubernetes takes, and an error that says what is wrong with another."""

import ipaddress
import re

from cdk8s_backend.errors import InvalidValueError

__all__ = [
    "validate_dns_label",
    "validate_dns_subdomain",
    "validate_host",
    "validate_key",
    "validate_port_name",
    "validate_service_name",
    "validate_variable",
]

_LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_DNS_LABEL = re.compile(rf"(?=.{{1,63}}$){_LABEL}")
_DNS_SUBDOMAIN = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")
_SERVICE_NAME = re.compile(rf"(?=[a-z].{{0,62}}$){_LABEL}")
_PORT_NAME = re.compile(rf"(?=.{{1,15}}$)(?=.*[a-z])(?!.*--){_LABEL}")
_NO_DOTS_FIRST = r"(?!\.$|\.\.)"
_KEY = re.compile(rf"{_NO_DOTS_FIRST}[-._a-zA-Z0-9]{{1,253}}")
_VARIABLE = re.compile(rf"{_NO_DOTS_FIRST}[-._a-zA-Z][-._a-zA-Z0-9]*")


def _validate(pattern: re.Pattern[str], name: str, wrong: str, right: str) -> str:
    if not pattern.fullmatch(name):
        raise InvalidValueError(f"{wrong}; use {right}")
    return name


def validate_dns_label(name: str, what: str = "name") -> str:
    """Returns the name if Kubernetes takes it as the name of a namespace, container or volume.

    Raises:
        InvalidValueError: It is not a DNS label (RFC 1123) of at most 63 characters.
    """
    return _validate(
        _DNS_LABEL,
        name,
        f"{what} {name!r} is no DNS label",
        "at most 63 lower-case letters, digits and hyphens, with a letter or digit first and last",
    )


def validate_service_name(name: str, what: str = "name") -> str:
    """Returns the name if Kubernetes takes it as the name of a Service.

    Raises:
        InvalidValueError: It is not a DNS label (RFC 1035) of at most 63 characters, hence with a letter first.
    """
    return _validate(
        _SERVICE_NAME,
        name,
        f"{what} {name!r} is no name of a Service",
        "at most 63 lower-case letters, digits and hyphens, with a letter first and a letter or digit last",
    )


def validate_dns_subdomain(name: str, what: str = "name") -> str:
    """Returns the name if Kubernetes takes it as the name of a ConfigMap, a Secret and most other objects.

    Raises:
        InvalidValueError: It is not a DNS subdomain (RFC 1123) of at most 253 characters.
    """
    return _validate(
        _DNS_SUBDOMAIN,
        name,
        f"{what} {name!r} is no DNS subdomain",
        "at most 253 lower-case letters, digits, hyphens and dots, with a letter or digit at each end and around a dot",
    )


def validate_host(host: str, what: str = "host") -> str:
    """Returns the host if Kubernetes takes it in the rules of an Ingress.

    Raises:
        InvalidValueError: It is neither a DNS name nor `*.` and a DNS name, or it is an IP address.
    """
    wrong, right = f"{what} {host!r} is no DNS name", "one like shop.example.com or *.example.com"
    try:
        ipaddress.ip_address(host)
    except ValueError:
        _validate(_DNS_SUBDOMAIN, host.removeprefix("*."), wrong, right)
        return host
    raise InvalidValueError(f"{wrong}; use {right}")


def validate_key(key: str, what: str = "key") -> str:
    """Returns the key if Kubernetes takes it as a key of a ConfigMap or Secret.

    Raises:
        InvalidValueError: It has another character than letters, digits, `-`, `_` and `.`, is longer than 253
            characters, is `.`, or begins with `..`.
    """
    return _validate(
        _KEY,
        key,
        f"{what} {key!r} is none of a ConfigMap or Secret",
        "at most 253 letters, digits, '-', '_' and '.', neither '.' alone nor '..' first",
    )


def validate_port_name(name: str, what: str = "port name") -> str:
    """Returns the name if Kubernetes takes it as the name of a container's port.

    Raises:
        InvalidValueError: It is no service name of IANA (RFC 6335) of at most 15 characters.
    """
    return _validate(
        _PORT_NAME,
        name,
        f"{what} {name!r} is none that Kubernetes takes",
        "at most 15 lower-case letters, digits and single hyphens, at least one of them a letter, no hyphen at an end",
    )


def validate_variable(name: str, what: str = "environment variable") -> str:
    """Returns the name if Kubernetes takes it as the name of an environment variable.

    Raises:
        InvalidValueError: It has another character than letters, digits, `-`, `_` and `.`, begins with a digit or
            `..`, or is `.`.
    """
    return _validate(
        _VARIABLE,
        name,
        f"{what} {name!r} has a name that Kubernetes does not take",
        "letters, digits, '_', '-' and '.', with no digit first, neither '.' alone nor '..' first",
    )
