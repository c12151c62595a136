"""Which keys a ConfigMap or Secret has, whichever kind of object makes it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cdk8s_backend.linker._field import Field
from cdk8s_backend.linker._model import Resource

__all__ = ["Keys", "config_sources", "provided_keys"]


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a ConfigMap or Secret.

    Attributes:
        names: The keys that are known.
        open: Whether there may be others, which only the cluster knows.
        maker: The object that makes the ConfigMap or Secret, as "ExternalSecret/login"; None where it is itself there.
    """

    names: frozenset[str]
    open: bool = False
    maker: str | None = None


def _keys_of_config_map(resource: Resource) -> tuple[str, str, Keys]:
    root = resource.root
    return "ConfigMap", resource.name, Keys(_entry_names(root["data"], root["binaryData"]))


def _keys_of_secret(resource: Resource) -> tuple[str, str, Keys]:
    root = resource.root
    return "Secret", resource.name, Keys(_entry_names(root["data"], root["stringData"]))


def _keys_of_external_secret(resource: Resource) -> tuple[str, str, Keys]:
    target = resource.spec["target"]
    names = frozenset(item["secretKey"].text or "" for item in resource.spec["data"].each())
    has_unknown = any(resource.spec["dataFrom"].each()) or target["template"].present
    return "Secret", target["name"].text or resource.name, Keys(names, open=has_unknown, maker=resource.title)


def _keys_of_certificate(resource: Resource) -> tuple[str, str, Keys]:
    keys = Keys(frozenset({"tls.crt", "tls.key"}), open=True, maker=resource.title)
    return "Secret", resource.spec["secretName"].text or "", keys


_KEY_SOURCES: dict[str, Callable[[Resource], tuple[str, str, Keys]]] = {
    "Certificate": _keys_of_certificate,
    "ConfigMap": _keys_of_config_map,
    "ExternalSecret": _keys_of_external_secret,
    "Secret": _keys_of_secret,
}
"""The kinds that make a ConfigMap or Secret: which one, and with which keys."""


def provided_keys(resource: Resource) -> tuple[str, str, Keys] | None:
    """Kind and name of the ConfigMap or Secret that an object is or makes, with its keys; None if it makes none."""
    source = _KEY_SOURCES.get(resource.kind)
    return None if source is None else source(resource)


def config_sources(volume: Field) -> Iterator[tuple[Field, Field, str]]:
    """Yields the ConfigMaps and Secrets of a volume: the reference, its name's field, and the kind."""
    if volume["configMap"].present:
        yield volume["configMap"], volume["configMap"]["name"], "ConfigMap"
    if volume["secret"].present:
        yield volume["secret"], volume["secret"]["secretName"], "Secret"
    for source in volume["projected"]["sources"].each():
        if source["configMap"].present:
            yield source["configMap"], source["configMap"]["name"], "ConfigMap"
        if source["secret"].present:
            yield source["secret"], source["secret"]["name"], "Secret"


def _entry_names(*fields: Field) -> frozenset[str]:
    return frozenset(name for each in fields for name, _ in each.entries())
