"""YAML text that means the same to every reader, be it YAML 1.1 or 1.2, and that is read as kubectl reads it."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from cdk8s_backend._kubectl_yaml import KubectlLoader, RepeatedKeyError
from cdk8s_backend.errors import ManifestError
from cdk8s_backend.manifest import Manifest

import yaml

__all__ = ["dump", "load_all", "read_directory", "read_file"]

# Words, names, paths and host:port that start with a letter or slash are text in every YAML version, but for these.
_PLAIN = re.compile(r"[A-Za-z/](?:[A-Za-z0-9_./:-]*[A-Za-z0-9_./-])?")
_AMBIGUOUS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"))
# Text of many lines is a block if that keeps it to the letter: LF only, printable, no blank that an editor would trim.
_PRINTABLE = "\\x21-\\x7e\u00a1-\u2027\u2030-\ud7ff\uf900-\ufdcf\ufdf0-\ufefe"
_BLOCK = re.compile(rf"[{_PRINTABLE}](?:(?:[ {_PRINTABLE}]*[{_PRINTABLE}])?\n)+")


# What every YAML version takes inside double quotes as it is; JSON escapes control characters, quotes and backslashes.
_NOT_PRINTABLE = re.compile("[^\\x20-\\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_LONGEST_SIMPLE_KEY = 1000  # YAML's own limit is 1024


def dump(manifest: Manifest) -> str:
    """The manifest as YAML text; every string that some YAML version reads as something else is quoted."""
    lines: list[str] = []
    if manifest:
        _write_mapping(lines, manifest, "", "")
    else:
        lines.append("{}")
    return "\n".join(lines) + "\n"


def _write_mapping(lines: list[str], mapping: Mapping[str, Any], first: str, indent: str) -> None:
    """Writes the entries; `first` stands before the first of them, `indent` before the others."""
    start, inner = first, f"{indent}  "
    for key, value in mapping.items():
        name = _text(key)
        lead = f"{start}{name}:" if len(name) <= _LONGEST_SIMPLE_KEY else f"{start}? {name}\n{indent}:"
        start = indent
        if isinstance(value, dict) and value:
            lines.append(lead)
            _write_mapping(lines, value, inner, inner)
        elif isinstance(value, list) and value:
            lines.append(lead)
            _write_sequence(lines, value, inner, inner)
        else:
            _write_scalar(lines, value, f"{lead} ", inner)


def _write_sequence(lines: list[str], sequence: Sequence[Any], first: str, indent: str) -> None:
    start, inner = first, f"{indent}  "
    for value in sequence:
        lead, start = f"{start}- ", indent
        if isinstance(value, dict) and value:
            _write_mapping(lines, value, lead, inner)
        elif isinstance(value, list) and value:
            _write_sequence(lines, value, lead, inner)
        else:
            _write_scalar(lines, value, lead, inner)


def _write_scalar(lines: list[str], value: Any, lead: str, indent: str) -> None:
    if isinstance(value, str) and "\n" in value and _BLOCK.fullmatch(value):
        lines.append(f"{lead}|+" if value.endswith("\n\n") else f"{lead}|")
        lines.extend(f"{indent}{line}" if line else "" for line in value.split("\n")[:-1])
    else:
        lines.append(lead + (_text(value) if isinstance(value, str) else _other(value)))


@lru_cache(maxsize=4096)
def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _AMBIGUOUS:
        return text
    return _NOT_PRINTABLE.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _other(value: Any) -> str:
    """What JSON has beside text, and an empty map or list; YAML 1.1 wants a dot in a number with an exponent."""
    text = json.dumps(value)
    return text if "." in text else text.replace("e", ".0e") if isinstance(value, float) else text


def load_all(text: str, source: str = "the text") -> list[Manifest]:
    """The Kubernetes objects of a YAML text, which may hold several documents; a List counts as its items.

    Args:
        text: The YAML text.
        source: How error messages name it.

    Raises:
        ManifestError: The text is no YAML, a key is there twice, or a document is no Kubernetes object.
    """
    try:
        documents = [each for each in yaml.load_all(text, KubectlLoader) if each is not None]
        documents = json.loads(json.dumps(documents, allow_nan=False))  # copies for aliases; no cycles
    except RepeatedKeyError as error:
        raise ManifestError(f"{source}: {error}") from error
    except (yaml.YAMLError, ValueError, KeyError, RecursionError) as error:
        raise ManifestError(f"{source}: not YAML: {' '.join(str(error).split())}") from error
    return [manifest for document in documents for manifest in _objects(document, source)]


def _objects(document: Any, source: str) -> Iterable[Manifest]:
    if not isinstance(document, dict) or not all(isinstance(document.get(key), str) for key in ("apiVersion", "kind")):
        raise ManifestError(f"{source}: a document is no Kubernetes object: it needs apiVersion and kind")
    if document["kind"].endswith("List") and isinstance(document.get("items"), list):
        for item in document["items"]:
            yield from _objects(item, source)
    else:
        yield document


def read_file(path: Path) -> list[Manifest]:
    """The Kubernetes objects of a YAML file.

    Raises:
        ManifestError: The file cannot be read, is not UTF-8, or holds something else.
    """
    try:
        return load_all(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestError(f"{path}: cannot be read: {error}") from error


def read_directory(directory: Path) -> dict[str, list[Manifest]]:
    """The Kubernetes objects of every `*.yaml` file below a folder, by relative path in sorted order.

    Raises:
        ManifestError: The folder does not exist, or a file cannot be read.
    """
    if not directory.is_dir():
        raise ManifestError(f"{directory}: no such folder")
    return {path.relative_to(directory).as_posix(): read_file(path) for path in sorted(directory.rglob("*.yaml"))}
