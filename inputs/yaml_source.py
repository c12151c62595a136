"""Reads a settings file: YAML with the line of every value, and no surprises."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from inputs.errors import SettingsError

__all__ = ["KeyPath", "SettingsFile", "read"]

KeyPath: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True)
class SettingsFile:
    """A settings file as it was read.

    Args:
        path: The file.
        data: What it holds.
        lines: The line, from 1 on, of each value by its path of keys.
    """

    path: Path
    data: dict[str, Any]
    lines: dict[KeyPath, int]

    def where(self, key_path: KeyPath) -> str:
        """The file and line of a value, or of the nearest one around it that the file holds."""
        while key_path and key_path not in self.lines:
            key_path = key_path[:-1]
        return f"{self.path}:{self.lines[key_path]}" if key_path in self.lines else str(self.path)


def read(path: Path) -> SettingsFile:
    """Reads a settings file.

    Raises:
        SettingsError: It cannot be read, is not YAML, has a key twice, or is not a map.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not UTF-8: {error.reason} at byte {error.start}; save it as UTF-8") from error
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise SettingsError(f"{path}: must be a map of settings, like `registry: registry.example.com`")
        lines: dict[KeyPath, int] = {}
        _scan(path, node, (), lines)
        return SettingsFile(path, loader.construct_document(node), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        raise SettingsError(f"{place}: not YAML: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SettingsError(f"{path}: not YAML: {' '.join(str(error).split())}") from error


def _scan(path: Path, node: yaml.Node, key_path: KeyPath, lines: dict[KeyPath, int]) -> None:
    lines[key_path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*key_path, key.value if isinstance(key, yaml.ScalarNode) else "?")
            if inner in lines:
                raise SettingsError(
                    f"{path}:{key.start_mark.line + 1}: {'.'.join(map(str, inner))} is there twice; "
                    f"the first is in line {lines[inner]}"
                )
            _scan(path, value, inner, lines)
            lines[inner] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            _scan(path, item, (*key_path, number), lines)
