"""Reads a settings file: YAML with the line of every value, and no surprises."""

import math
import re
import stat
from pathlib import Path
from typing import Any

import yaml
from typing_extensions import override

from inputs.errors import SettingsError
from inputs.problems import Problems
from inputs.text import escaped
from inputs.tree import MOST_DEPTH, KeyPath, Origin, SettingsTree

__all__ = ["MOST_BYTES", "MOST_VALUES", "read"]

MOST_BYTES = 32 * 1024
"""The largest file that is read; those of this project have two kilobytes."""

MOST_VALUES = 5_000
"""The most values that a file may hold, those that its aliases repeat counted each time."""

_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = {f"{_TAG}null", f"{_TAG}bool", f"{_TAG}int", f"{_TAG}float"}
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")


class _TooDeepError(Exception):
    """Maps and lists are within each other deeper than is read."""


class _Loader(yaml.SafeLoader):
    """YAML 1.1 as PyYAML reads it, where a date is text, and what is a number to YAML 1.2 is a number."""

    _depth = 0

    @override
    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Composes a node, unless it is nested too deeply, for which PyYAML would take long."""
        if self._depth > MOST_DEPTH:
            raise _TooDeepError
        self._depth += 1
        node: yaml.Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in _PLAIN_TAGS]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    f"{_TAG}float", re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)[eE][-+]?[0-9]+\Z"), list("-+.0123456789")
)
_Loader.add_implicit_resolver(f"{_TAG}int", re.compile(r"0o[0-7]+\Z"), ["0"])


def read(path: Path, place: str, problems: Problems) -> SettingsTree:
    """Reads a settings file.

    Args:
        path: The file.
        place: What errors call it, like `environments/local.yaml`.
        problems: Gets what is wrong with single keys and values; these are left out.

    Raises:
        SettingsError: The file cannot be read, is too large, or is no YAML map.
    """
    text = _text(path, place)
    try:
        loader = _Loader(text)
        node = loader.get_node() if loader.check_node() else None
        if node and loader.check_node():
            line = loader.get_event().start_mark.line + 1  # type: ignore[no-untyped-call]
            raise SettingsError(f"{place}:{line}: a second document begins: keep one in a file")
        if not isinstance(node, yaml.MappingNode):
            raise SettingsError(f"{place}: must be a map of settings, like `version: 1.0.0`")
        return _Reader(place, problems).tree(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        hint = "; indent with blanks" if "'\\t'" in str(error.problem) else ""
        raise SettingsError(f"{place}{line}: not YAML: {escaped(str(error.problem or error.context))}{hint}") from error
    except yaml.reader.ReaderError as error:
        line = f":{text.count(chr(10), 0, error.position) + 1}"
        raise SettingsError(
            f"{place}{line}: not YAML: the character U+{error.character:04X} is none of text"
        ) from error
    except _TooDeepError as error:
        raise SettingsError(f"{place}: is nested too deeply: use at most {MOST_DEPTH} levels") from error


def _text(path: Path, place: str) -> str:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise SettingsError(f"{place}: is no regular file: put one with settings there")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise SettingsError(f"{place}: is too large: use at most {MOST_BYTES // 1024} KiB")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{place}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{place}: not UTF-8: {error.reason} at byte {error.start}; save it as UTF-8") from error


class _Reader:
    """Makes a tree of the nodes of a YAML document."""

    def __init__(self, place: str, problems: Problems) -> None:
        self._place = place
        self._problems = problems
        self._origins: dict[KeyPath, Origin] = {}
        self._values = 0
        self._around: list[yaml.Node] = []

    def tree(self, node: yaml.MappingNode) -> SettingsTree:
        """The tree of a document."""
        return SettingsTree(self._value(node, ()), self._origins)

    def _value(self, node: yaml.Node, path: KeyPath) -> Any:
        """The value of a node; what is wrong with it has been reported, and is None."""
        self._values += 1
        if self._values > MOST_VALUES:
            raise SettingsError(f"{self._place}: holds too much: use at most {MOST_VALUES} values, aliases counted")
        self._origins.setdefault(path, Origin(self._line(node)))
        if any(node is each for each in self._around):
            return self._report(path, "an alias to what it is part of: write the value out")
        if len(self._around) > MOST_DEPTH:
            raise _TooDeepError
        self._around.append(node)
        try:
            if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
                return self._map(node, path)
            if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
                return [self._value(item, (*path, number)) for number, item in enumerate(node.value)]
            if isinstance(node, yaml.ScalarNode) and node.tag in {*_PLAIN_TAGS, f"{_TAG}str"}:
                return self._scalar(node, path)
            return self._report(path, f"tag {escaped(node.tag.replace(_TAG, '!!'))}: leave it out")
        finally:
            self._around.pop()

    def _map(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._problems.add(self._line(key), path, "a map or list as a key: use text")
                continue
            inner = (*path, key.value)
            if key.value == "<<" and key.style is None:
                right = "keys are not merged: write them out, or use an alias for the whole map"
                self._problems.add(self._line(key), inner, right)
            elif key.value in values:
                first = self._origins[inner].place.rpartition(":")[2]
                self._problems.add(self._line(key), inner, f"is there twice; the first is in line {first}")
            else:
                self._origins[inner] = Origin(self._line(key))
                values[key.value] = self._value(value, inner)
        return values

    def _scalar(self, node: yaml.ScalarNode, path: KeyPath) -> Any:
        text: str = node.value
        if node.tag == f"{_TAG}str":
            return text
        self._origins[path] = Origin(self._origins[path].place, text)
        if node.tag == f"{_TAG}null":
            return None
        if node.tag == f"{_TAG}bool" and text.lower() in yaml.SafeLoader.bool_values:
            return yaml.SafeLoader.bool_values[text.lower()]
        if node.tag == f"{_TAG}int" and _WHOLE.fullmatch(text):
            return int(text)
        if node.tag == f"{_TAG}float":
            return math.nan  # no setting is a fraction, so none is read
        return self._report(path, f"{escaped(text)}: use at most 18 decimal digits, or quotes for text")

    def _report(self, path: KeyPath, what: str) -> None:
        self._problems.add(self._origins[path].place, path, what)

    def _line(self, node: yaml.Node) -> str:
        return f"{self._place}:{node.start_mark.line + 1}"
