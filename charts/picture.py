"""The topology as a picture: Mermaid text, kept up to date between two marks of the READMEs.

`python -m charts.picture` writes it into them.
"""

import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from cdk8s_backend import Endpoint

from charts import topology
from charts.connectors import connectors, entrances
from charts.database_initialization import DatabaseInitializationChart
from charts.infrastructure import InfrastructureChart
from charts.ingress import IngressChart
from charts.marks import with_part
from charts.services import ServicesChart
from charts.topology import Topology

__all__ = ["FILES", "mermaid", "with_picture"]

ROOT = Path(__file__).resolve().parent.parent
FILES = (ROOT / "README.md", ROOT / "README.ko.md")
"""The files that hold the picture."""


def mermaid(system: Topology) -> str:
    """The system as a Mermaid flowchart: who calls whom, in which protocol, from outside to ZooKeeper.

    The groups bear the names of the deploy phases, and the hosts those of the settings.
    """
    return "".join(f"{line}\n" for line in _flowchart(system))


def with_picture(text: str, system: Topology) -> str:
    """A text with the picture between its two marks, in place of what is there.

    Raises:
        ValueError: The two marks are not there exactly once.
    """
    return with_part(text, "topology", f"```mermaid\n{mermaid(system)}```\n")


def _flowchart(system: Topology) -> Iterator[str]:
    yield "flowchart LR"
    yield from _indented(
        [
            'outside(["outside"])',
            *_group(IngressChart.phase, [_box(host, host) for host in _hosts(system)]),
            *_group(ServicesChart.phase, [_box(service.name, service.endpoint) for service in system.services]),
            *_group(DatabaseInitializationChart.phase, [_box(topology.INIT_JOB, topology.INIT_JOB)]),
            *_group(InfrastructureChart.phase, _infrastructure()),
            *_edges(system),
        ]
    )


def _hosts(system: Topology) -> Iterable[str]:
    return dict.fromkeys(way.host for way in entrances(system))


def _infrastructure() -> Iterator[str]:
    yield from _group(topology.POSTGRESQL, [_disk(database.name, database.name) for database in topology.DATABASES])
    for redis in topology.REDIS:
        yield _disk(redis.endpoint.host, redis.endpoint)
    for endpoint in (topology.KAFKA, topology.ZOOKEEPER):
        yield _box(endpoint.host, endpoint)


def _edges(system: Topology) -> Iterator[str]:
    for host, ways in groupby(entrances(system), key=lambda way: way.host):
        yield _edge("outside", host, "HTTP")
        for way in ways:
            yield _edge(host, way.service.name, f"HTTP {way.path}")
    for call in connectors(system):
        yield _edge(call.source, call.database.name if call.database else call.target.host, call.protocol)


def _box(name: str, label: Endpoint | str) -> str:
    return f'{name}["{label}"]'


def _disk(name: str, label: Endpoint | str) -> str:
    return f'{name}[("{label}")]'


def _edge(source: str, target: str, label: str) -> str:
    return f'{source} -->|"{label}"| {target}'


def _group(name: Endpoint | str, members: Iterable[str]) -> list[str]:
    return [f'subgraph "{name}"', *_indented(members), "end"]


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def main() -> int:
    """Writes the picture into the READMEs; returns 0."""
    for path in FILES:
        path.write_text(with_picture(path.read_text(encoding="utf-8"), Topology()), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
