"""How a port number or name meets the ports that something has."""

from collections.abc import Iterable

from cdk8s_backend.linker._field import Field
from cdk8s_backend.linker._index import Index
from cdk8s_backend.linker._model import Port, Resource
from cdk8s_backend.linker._problem import Problem

__all__ = ["check_port", "check_service_number", "check_service_port", "numbers_of"]


def check_port(
    index: Index, source: Resource, place: Field, ports: Iterable[Port], owner: str, *, protocol: str = "TCP"
) -> Problem | None:
    """Tells what is wrong if none, or more than one, of the owner's ports has the place's number or name."""
    known = [port for port in ports if port.protocol == protocol]
    found = {port.number for port in known if _is(port, place)}
    if len(found) == 1:
        return None
    names = [str(value) for port in known for value in (port.number, port.name) if value is not None]
    if found:
        reason = f"is ambiguous: {', '.join(sorted(str(number) for number in found))}"
    else:
        reason = (
            f"does not exist; there is {', '.join(dict.fromkeys(names))}"
            if names
            else "does not exist; none is declared"
        )
    return Problem(
        source=source.title,
        field=place.path,
        target=f"{'' if protocol == 'TCP' else f'{protocol} '}port {place.value} of {owner}",
        reason=reason,
        candidate=index.closest(str(place.value), names) if not found else None,
    )


def check_service_port(index: Index, source: Resource, place: Field, service: Resource) -> Problem | None:
    """Tells what is wrong if the Service has no port of the place's number or name."""
    if place.text is not None and place.text in _names_of(service):
        return None
    return check_service_number(index, source, place, service, place.value)


def check_service_number(
    index: Index, source: Resource, place: Field, service: Resource, number: object
) -> Problem | None:
    """Tells what is wrong if the Service is not reached at that number, which stands somewhere in the place."""
    numbers = numbers_of(service)
    if number in numbers:
        return None
    known = [*map(str, numbers), *_names_of(service)]
    return Problem(
        source=source.title,
        field=place.path,
        target=f"port {number} of {service.title}",
        reason=f"does not exist; there is {', '.join(known)}" if known else "does not exist; none is declared",
        candidate=index.closest(str(number), known),
    )


def numbers_of(service: Resource) -> list[int]:
    """The numbers at which a Service is reached: its ports, and its pods' own ones if it is headless."""
    numbers = [port["port"].number for port in service.spec["ports"].each()]
    if service.spec["clusterIP"].text == "None":
        numbers += [port["targetPort"].number for port in service.spec["ports"].each()]
    return list(dict.fromkeys(number for number in numbers if number is not None))


def _names_of(service: Resource) -> list[str]:
    return [name for port in service.spec["ports"].each() if (name := port["name"].text) is not None]


def _is(port: Port, place: Field) -> bool:
    if place.text is not None:
        return port.name == place.text
    return place.number is not None and port.number == place.number
