"""Programs that make given objects with the bare L1 classes of cdk8s-plus, in Python and in JavaScript.

They are as one would write them: an object is one call, and objects that are alike but for some values are made in a
loop.
"""

import json
import re
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cdk8s_backend.manifest import Manifest

from cdk8s_plus_27 import k8s

__all__ = ["javascript_program", "python_program"]


@dataclass(frozen=True)
class Struct:
    """A struct or object of the library: the class, and the fields in both languages' names."""

    name: str
    fields: Mapping[tuple[str, str], Any]


@dataclass(frozen=True)
class Made:
    """A value that a static method of the library makes, like a Quantity."""

    name: str
    method: str
    value: Any


@dataclass(frozen=True)
class Column:
    """A value that differs between objects which are alike: the number of a parameter, and one of its values."""

    number: int
    example: Any


def _typed(value: Any, hint: Any) -> Any:
    """The value with the classes that the library has for it.

    Raises:
        LookupError: The library has no such field.
    """
    options = [each for each in typing.get_args(hint) if each is not type(None)] if _is_union(hint) else [hint]
    for option in options:
        if option in (k8s.Quantity, k8s.IntOrString):
            example = value.example if isinstance(value, Column) else value
            method = "fromNumber" if isinstance(example, int) else "fromString"
            return Made(option.__name__, method, value)
        if isinstance(option, type) and hasattr(option, "__jsii_name_mapping__"):
            return Struct(option.__name__, _fields(value, option))
    option = options[0]
    if isinstance(value, list):
        return [_typed(item, typing.get_args(option)[0]) for item in value]
    if isinstance(value, dict) and typing.get_args(option):
        return {key: _typed(item, typing.get_args(option)[1]) for key, item in value.items()}
    return value


def _is_union(hint: Any) -> bool:
    return typing.get_origin(hint) is typing.Union


def _fields(value: Mapping[str, Any], struct: type) -> dict[tuple[str, str], Any]:
    names = {theirs: ours for ours, theirs in struct.__jsii_name_mapping__.items()}  # type: ignore[attr-defined]
    hints = typing.get_type_hints(struct.__init__)  # type: ignore[misc]
    for field in value.keys() - names.keys():
        raise LookupError(f"{struct.__name__} of cdk8s-plus-27 has no field {field}")
    return {(names[field], field): _typed(item, hints[names[field]]) for field, item in value.items()}


def _object(manifest: Manifest) -> Struct:
    kind = f"Kube{manifest['kind']}"
    fields = {name: item for name, item in manifest.items() if name not in ("apiVersion", "kind")}
    hints = typing.get_type_hints(getattr(k8s, kind).__init__)
    names = {name: re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", name) for name in fields}
    return Struct(kind, {(names[name], name): _typed(item, hints[names[name]]) for name, item in fields.items()})


@dataclass(frozen=True)
class Language:
    """How a language writes values, calls and loops."""

    head: str
    chart: str
    call: str
    loop: str
    foot: str
    constants: Mapping[Any, str]

    def value(self, value: Any) -> str:
        """The value as source text."""
        match value:
            case Column(number=number):
                return f"p{number}"
            case Made(name=name, method=method, value=inner):
                return f"k8s.{name}.{self.member(method)}({self.value(inner)})"
            case Struct():
                return self.struct(value)
            case dict():
                return "{" + ", ".join(f"{json.dumps(key)}: {self.value(item)}" for key, item in value.items()) + "}"
            case list():
                return "[" + ", ".join(map(self.value, value)) + "]"
            case bool():
                return self.constants[value]
            case _:
                return json.dumps(value)

    def member(self, method: str) -> str:
        """A method's name."""
        return method

    def struct(self, struct: Struct) -> str:
        """A struct as an object literal."""
        return "{" + ", ".join(f"{name}: {self.value(item)}" for (_, name), item in struct.fields.items()) + "}"


class Python(Language):
    """Structs are classes with keyword arguments, and names are in snake_case."""

    def member(self, method: str) -> str:
        """A method's name."""
        return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", method)

    def struct(self, struct: Struct) -> str:
        """A struct as a call of its class."""
        return f"k8s.{struct.name}({', '.join(self.arguments(struct))})"

    def arguments(self, struct: Struct) -> Iterator[str]:
        """The keyword arguments."""
        return (f"{name}={self.value(item)}" for (name, _), item in struct.fields.items())


PYTHON = Python(
    head="import sys\nfrom cdk8s import App, Chart\nfrom cdk8s_plus_27 import k8s\n\napp = App(outdir=sys.argv[1])\n",
    chart="chart = Chart(app, {0})\n",
    call="k8s.{kind}(chart, {id}, {arguments})\n",
    loop="for {columns} in {rows}:\n{body}",
    foot="app.synth()\n",
    constants={True: "True", False: "False"},
)
JAVASCRIPT = Language(
    head="const { App, Chart } = require('cdk8s');\nconst { k8s } = require('cdk8s-plus-27');\n\n"
    "const app = new App({ outdir: process.argv[2] });\nlet chart;\n",
    chart="chart = new Chart(app, {0});\n",
    call="new k8s.{kind}(chart, {id}, {{{arguments}}});\n",
    loop="for (const [{columns}] of {rows}) {{\n{body}}}\n",
    foot="app.synth();\n",
    constants={True: "true", False: "false"},
)


def python_program(charts: Mapping[str, Sequence[Manifest]]) -> str:
    """A Python program that writes the objects of each chart into the folder that is its argument."""
    return _program(charts, PYTHON, lambda struct: ", ".join(PYTHON.arguments(struct)))


def javascript_program(charts: Mapping[str, Sequence[Manifest]]) -> str:
    """The same in JavaScript."""
    return _program(charts, JAVASCRIPT, lambda struct: JAVASCRIPT.struct(struct)[1:-1])


def _program(
    charts: Mapping[str, Sequence[Manifest]], language: Language, arguments: typing.Callable[[Struct], str]
) -> str:
    def call(manifest: Any, name: str) -> str:
        struct = _object(manifest)
        return language.call.format(kind=struct.name, id=name, arguments=arguments(struct))

    def name_of(manifest: Manifest) -> str:
        return f"{manifest['metadata']['name']}-{manifest['kind']}".lower()

    parts = [language.head]
    for chart, manifests in charts.items():
        parts.append(language.chart.format(json.dumps(chart)))
        for alike in _alike(manifests):
            if len(alike) == 1:
                parts.append(call(alike[0], json.dumps(name_of(alike[0]))))
                continue
            columns = [[name_of(manifest) for manifest in alike]]
            merged = _merge(alike, columns)
            rows = json.dumps([list(row) for row in zip(*columns, strict=True)])
            body = "    " + call(merged, "p0")
            names = ", ".join(f"p{number}" for number in range(len(columns))) + ("," if len(columns) == 1 else "")
            parts.append(language.loop.format(columns=names, rows=rows, body=body))
    return "".join([*parts, language.foot])


def _alike(manifests: Sequence[Manifest]) -> list[list[Manifest]]:
    """The objects in groups that have the same kind and fields."""
    groups: dict[str, list[Manifest]] = {}
    for manifest in manifests:
        shape = json.dumps([manifest["kind"], *_shape(manifest)])
        if manifest["kind"] not in ("Deployment", "Service", "NetworkPolicy"):
            shape += str(len(groups))
        groups.setdefault(shape, []).append(manifest)
    return list(groups.values())


def _shape(value: Any) -> Iterator[Any]:
    match value:
        case dict():
            for key, item in value.items():
                yield key
                yield from _shape(item)
        case list():
            yield len(value)
            for item in value:
                yield from _shape(item)
        case _:
            yield type(value).__name__


def _merge(values: Sequence[Any], columns: list[list[Any]]) -> Any:
    """One value for all, in which what differs is a column."""
    first = values[0]
    if all(value == first for value in values):
        return first
    if isinstance(first, dict):
        return {key: _merge([value[key] for value in values], columns) for key in first}
    if isinstance(first, list):
        return [_merge([value[position] for value in values], columns) for position in range(len(first))]
    if list(values) not in columns:
        columns.append(list(values))
    return Column(columns.index(list(values)), first)
