"""YAML as kubectl reads it: what becomes JSON, and which plain text is a number."""

import json
import re
from collections.abc import Callable
from typing import Any

import yaml
from typing_extensions import override

__all__ = ["KubectlLoader", "RepeatedKeyError"]

_TAG = "tag:yaml.org,2002:"
_WORDS = {"y": True, "yes": True, "on": True, "true": True, "n": False, "no": False, "off": False, "false": False}
_OCTAL = re.compile(r"[-+]?0[0-7]+")


class RepeatedKeyError(yaml.YAMLError):
    """A map has a key twice; the message has the key and both lines."""


class KubectlLoader(yaml.SafeLoader):
    """Reads plain text as kubectl does, keys as text, and refuses a key that is there twice.

    Against PyYAML: `y`, `1e3`, `0o17` and `08` are a boolean and numbers; `12:30:00` and `2024-01-01` are text.
    """

    @override
    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Composes a map whose keys are text."""
        node = super().compose_mapping_node(anchor)
        first: dict[str, int] = {}
        for position, (key, value) in enumerate(node.value):
            if key.tag == f"{_TAG}merge":
                continue
            text, line = self._key(key), key.start_mark.line + 1
            if text in first:
                raise RepeatedKeyError(f"line {line}: key {text} is there twice; the first is in line {first[text]}")
            first[text] = line
            node.value[position] = (yaml.ScalarNode(f"{_TAG}str", text, key.start_mark, key.end_mark), value)
        return node

    def _key(self, node: yaml.Node) -> str:
        value = self.construct_object(node) if isinstance(node, yaml.ScalarNode) else None
        if value is None:
            raise yaml.MarkedYAMLError(problem="a key must be text", problem_mark=node.start_mark)
        return value if isinstance(value, str) else json.dumps(value)


def _read_number(text: str) -> int | float:
    digits = text.replace("_", "")
    if _OCTAL.fullmatch(digits):
        return int(digits, 8)
    try:
        return int(digits, 0)
    except ValueError:
        number = float(digits)
    return int(number) if number.is_integer() else number


def _read_as(tag: str, pattern: str, read: Callable[[str], Any]) -> None:
    def construct(loader: KubectlLoader, node: yaml.ScalarNode) -> Any:
        return read(loader.construct_scalar(node))

    KubectlLoader.add_implicit_resolver(f"{_TAG}{tag}", re.compile(rf"(?:{pattern})\Z", re.ASCII), None)
    KubectlLoader.add_constructor(f"{_TAG}{tag}", construct)


_PARTS = (f"{_TAG}map", f"{_TAG}seq", f"{_TAG}str", None)
KubectlLoader.yaml_constructors = {tag: yaml.SafeLoader.yaml_constructors[tag] for tag in _PARTS}
KubectlLoader.yaml_implicit_resolvers = {}
_read_as("merge", "<<", str)
_read_as("null", "~|null|Null|NULL|", lambda _: None)
_read_as(
    "bool", "|".join(f"{word}|{word.title()}|{word.upper()}" for word in _WORDS), lambda text: _WORDS[text.lower()]
)
_read_as("int", r"[-+]?0(?:[xX][\da-fA-F_]+|[bB][01_]+|[oO][0-7_]+)", _read_number)
_read_as("float", r"[-+]?(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][-+]?[\d_]+)?", _read_number)
_read_as("float", r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", _read_number)  # an error: JSON has no such number
