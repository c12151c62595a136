"""Shows the settings that hold, and where each of them comes from."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from pydantic.alias_generators import to_snake

from charts.topology import Topology
from inputs.loading import Loaded
from inputs.names import DEFAULT
from inputs.text import escaped, path_text
from inputs.topology import defaults_of
from inputs.tree import KeyPath

__all__ = ["show"]


def show(loaded: Loaded, system: Topology) -> str:
    """One line for each setting: its name, its value as YAML, and where it comes from.

    Args:
        loaded: The settings.
        system: What holds where the settings say nothing.
    """
    topology = _of_topology(loaded, system)
    filled = {path[:1] for path in topology}
    rows = {path: row for path, row in _of_settings(loaded).items() if path not in filled} | topology
    order = list(type(loaded.settings).model_fields)
    cells = [
        (path_text(path), escaped(_yaml(value)), origin)
        for path, (value, origin) in sorted(rows.items(), key=lambda row: order.index(to_snake(str(row[0][0]))))
    ]
    names, values = (max(len(row[column]) for row in cells) for column in (0, 1))
    return "".join(f"{name:<{names}}  {value:<{values}}  {origin}\n" for name, value, origin in cells)


def _of_settings(loaded: Loaded) -> dict[KeyPath, tuple[Any, str]]:
    """The settings that were given, and the defaults of the others but for those inside of what was given."""
    given = loaded.given
    values = loaded.settings.model_dump(mode="json", by_alias=True, exclude={"environment"})
    return {
        path: (value, given.origin(path).place if given.has(path) else "default")
        for path, value in _leaves(values)
        if given.has(path) or len(path) == 1 or value not in (None, {})
    }


def _of_topology(loaded: Loaded, system: Topology) -> dict[KeyPath, tuple[Any, str]]:
    """What parts have from the topology, as neither their own settings nor those for `default` speak of it."""
    settings = loaded.settings
    autoscaled = {each.name for each in system.services if settings.autoscaling_of(each.name, each.most_replicas)}
    infrastructure = {unit.name for unit in system.infrastructure}
    rows: dict[KeyPath, tuple[Any, str]] = {}
    for path, value in _leaves(defaults_of(system)):
        field, name, *inner = path
        if field == "replicas" and name in autoscaled:
            continue
        default_is_for_services = field == "resources" and name in infrastructure
        if not loaded.given.has(path) and (default_is_for_services or not loaded.given.has((field, DEFAULT, *inner))):
            rows[path] = (value, "topology")
    return rows


def _leaves(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    if isinstance(value, Mapping) and value:
        for key, part in value.items():
            yield from _leaves(part, (*path, key))
    else:
        yield path, value


def _yaml(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=1_000_000)
    return text.removesuffix("\n").removesuffix("\n...")
