"""Rules for endpoints in text: URLs, `host:port` and pairs of `<prefix>.host` and `<prefix>.port`."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from cdk8s_backend.linker._environment import variables_of
from cdk8s_backend.linker._field import Field
from cdk8s_backend.linker._index import Index
from cdk8s_backend.linker._model import Container, Resource, Workload
from cdk8s_backend.linker._ports import check_service_number, numbers_of
from cdk8s_backend.linker._problem import Problem

__all__ = ["UNLINKED_ANNOTATION", "configured_endpoints", "listening_ports", "workload_endpoints"]

UNLINKED_ANNOTATION = "cdk8s-backend/unlinked-keys"

_DEFAULT_PORTS = {
    "amqp": 5672,
    "http": 80,
    "https": 443,
    "mongodb": 27017,
    "mysql": 3306,
    "nats": 4222,
    "postgres": 5432,
    "postgresql": 5432,
    "redis": 6379,
    "rediss": 6379,
    "ws": 80,
    "wss": 443,
}
_ENDPOINT = re.compile(
    r"(?:(?:jdbc:)?(?P<scheme>[A-Za-z][\w+.-]*)://)?"
    r"(?:[^@/\s]*@)?"
    r"(?P<host>\[[^\]\s]*\]|[^:/?#\[\]@\s]*)"
    r"(?::(?P<port>[^/?#\s]*))?"
    r"(?P<rest>[/?#]\S*)?"
)
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*")
_EVERY_ADDRESS = frozenset({"", "0.0.0.0", "[::]"})  # noqa: S104  # compared, not bound
_DIRECTIVE = re.compile(r"^[ \t]*(?:--)?(?:replicaof|slaveof)[ \t]+(\S+)[ \t]+(\d{1,5})[ \t]*$", re.MULTILINE)
_NAME_DIVIDER = re.compile(r"[._-]")
_CLOSE_NAMESPACE = 0.85


@dataclass(frozen=True, slots=True)
class _Endpoint:
    """An address in text; `port` is None where the text and its scheme leave it open."""

    host: str
    port: int | str | None


def configured_endpoints(index: Index) -> Iterator[Problem]:
    """Values of ConfigMaps and Secrets that are endpoints name a Service and its port."""
    for kind, fields in (("ConfigMap", ("data",)), ("Secret", ("stringData",))):
        for resource in index.of_kind(kind):
            unlinked = resource.annotation_list(UNLINKED_ANNOTATION)
            entries = {
                key: place
                for field in fields
                for key, place in resource.root[field].entries()
                if place.text is not None and key not in unlinked
            }
            for place in entries.values():
                yield from _check_text(index, resource, place, place.text or "")
            yield from _check_pairs(index, resource, entries)


def workload_endpoints(index: Index) -> Iterator[Problem]:
    """Literal variables, commands and arguments that are endpoints name a Service and its port."""
    for workload in index.workloads:
        unlinked = workload.resource.annotation_list(UNLINKED_ANNOTATION)
        for container in workload.containers:
            literals = {
                entry["name"].text or "": entry["value"]
                for entry in container.root["env"].each()
                if entry["value"].text is not None and entry["name"].text not in unlinked
            }
            for place in literals.values():
                yield from _check_text(index, workload.resource, place, place.text or "")
            yield from _check_pairs(index, workload.resource, literals)
            yield from _check_arguments(index, workload, container)


def _check_arguments(index: Index, workload: Workload, container: Container) -> Iterator[Problem]:
    for field in ("command", "args"):
        places = [place for place in container.root[field].each() if place.text is not None]
        for place in places:
            text = place.text or ""
            flag, equals, value = text.partition("=")
            is_flag = bool(equals) and flag.startswith("-") and not re.search(r"[\s/:]", flag)
            yield from _check_text(index, workload.resource, place, value if is_flag else text)
        for flag_place, host, port in zip(places, places[1:], places[2:], strict=False):
            together = f"{flag_place.text} {host.text} {port.text}"
            yield from _check_directives(index, workload.resource, host, together)


def _check_text(index: Index, source: Resource, place: Field, text: str) -> Iterator[Problem]:
    if "\n" in text.strip():
        yield from _check_directives(index, source, place, text)
        return
    for endpoint in _read_endpoints(text):
        yield from _check_endpoint(index, source, place, endpoint)


def _check_directives(index: Index, source: Resource, place: Field, text: str) -> Iterator[Problem]:
    for host, port in _DIRECTIVE.findall(text):
        yield from _check_endpoint(index, source, place, _Endpoint(host, int(port)))


def _read_endpoints(text: str) -> list[_Endpoint]:
    """Reads text that is an endpoint, or a list of such divided by commas; anything else gives nothing."""
    endpoints: list[_Endpoint] = []
    for part in text.strip().split(","):
        match = _ENDPOINT.fullmatch(part.strip())
        if match is None:
            return []
        scheme, host, port = match["scheme"], match["host"], match["port"]
        if scheme is None and not _is_port(port):
            return []
        if port is not None:
            endpoints.append(_Endpoint(host, int(port) if _is_port(port) else port))
        elif scheme.lower() in _DEFAULT_PORTS:
            endpoints.append(_Endpoint(host, _DEFAULT_PORTS[scheme.lower()]))
    return endpoints


def _is_port(text: str | None) -> bool:
    return text is not None and text.isascii() and text.isdigit() and len(text) <= 5


def _check_endpoint(index: Index, source: Resource, place: Field, endpoint: _Endpoint) -> Iterator[Problem]:
    if _HOST.fullmatch(endpoint.host) is None or endpoint.host.isdigit() or endpoint.host.lower() == "localhost":
        return
    located = _locate(index, source, endpoint.host)
    if located is None:
        return
    name, namespace = located
    service = index.find("Service", namespace, name)
    if service is None:
        yield from index.dangling(source, place, "Service", name=name, namespace=namespace)
    elif endpoint.port is not None and numbers_of(service):
        is_template = isinstance(endpoint.port, str) and not endpoint.port.isalnum()
        problem = None if is_template else check_service_number(index, source, place, service, endpoint.port)
        if problem is not None:
            yield problem


def _locate(index: Index, source: Resource, host: str) -> tuple[str, str] | None:
    """Service name and namespace of a host; None if it lies outside the manifests."""
    labels = host.removesuffix(".cluster.local").split(".")
    if len(labels) == 1:
        return host, source.namespace
    if labels[-1] != "svc" or len(labels) not in (3, 4):
        return None
    name, namespace = labels[-3], labels[-2]
    is_known = namespace in index.namespaces
    is_misspelt = not is_known and difflib.get_close_matches(namespace, index.namespaces, cutoff=_CLOSE_NAMESPACE)
    return (name, namespace) if is_known or is_misspelt else None


def _check_pairs(index: Index, source: Resource, entries: dict[str, Field]) -> Iterator[Problem]:
    """`<prefix>.host` names a Service, and `<prefix>.port`, or that of a shorter prefix, one of its ports."""
    ports: dict[tuple[str, ...], Field] = {}
    hosts: dict[tuple[str, ...], Field] = {}
    for key, place in entries.items():
        *prefix, last = _NAME_DIVIDER.split(key.lower())
        if last == "host":
            hosts[tuple(prefix)] = place
        elif last == "port":
            ports[tuple(prefix)] = place
    for name, place in hosts.items():
        shorter = (name[:length] for length in range(len(name), 0, -1))
        port = next((ports[prefix] for prefix in shorter if prefix in ports), None)
        host = place.text or ""
        yield from _check_endpoint(index, source, place, _Endpoint(host, None))
        located = _locate(index, source, host)
        service = None if located is None else index.find("Service", located[1], located[0])
        if port is not None and service is not None and numbers_of(service):
            text = port.text or ""
            yield from _check_endpoint(index, source, port, _Endpoint(host, int(text) if _is_port(text) else text))


def listening_ports(index: Index) -> Iterator[Problem]:
    """What a container listens at is a port that it declares.

    That is the variable `PORT`, one called like its container (`ZOOKEEPER_CLIENT_PORT` of `zookeeper`) that belongs to
    no `..._HOST`, and what listens at every address (`http://0.0.0.0:9092`).
    """
    for workload in index.workloads:
        unlinked = workload.resource.annotation_list(UNLINKED_ANNOTATION)
        for container in workload.containers:
            declared = {port.number for port in container.ports}
            if not declared:
                continue
            own_names = _own_port_names(container)
            for variable in variables_of(index, workload, container):
                is_own = variable.name in own_names
                for number in () if variable.name in unlinked else _listens_at(variable.value, is_port=is_own):
                    if number in declared:
                        continue
                    origin = f" ({variable.origin})" if variable.origin else ""
                    names = sorted(str(port) for port in declared if port is not None)
                    yield Problem(
                        source=workload.title,
                        field=variable.place.path,
                        target=f"port {number} of container {container.name}{origin}",
                        reason=f"does not exist; there is {', '.join(names)}",
                        candidate=index.closest(str(number), names),
                    )


def _own_port_names(container: Container) -> set[str]:
    names = {name for entry in container.root["env"].each() if (name := entry["name"].text) is not None}
    start = container.name.upper().replace("-", "_")
    return {"PORT"} | {
        name
        for name in names
        if name.endswith("_PORT") and name.startswith(f"{start}_") and f"{name[:-5]}_HOST" not in names
    }


def _listens_at(value: str, *, is_port: bool) -> list[int | str]:
    if is_port and value.isalnum():
        return [int(value) if _is_port(value) else value]
    return [
        endpoint.port
        for endpoint in _read_endpoints(value)
        if endpoint.host in _EVERY_ADDRESS and endpoint.port is not None
    ]
