"""YAML text that means the same to every reader, be it YAML 1.1 or 1.2, and that is read as kubectl reads it."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cdk8s_backend._kubectl_yaml import KubectlLoader, RepeatedKeyError
from cdk8s_backend.errors import ManifestError
from cdk8s_backend.manifest import Manifest

import yaml
from typing_extensions import override

__all__ = ["dump", "load_all", "read_directory", "read_file"]

# Words, names, paths and host:port that start with a letter or slash are text in every YAML version, but for these.
_PLAIN = re.compile(r"[A-Za-z/](?:[A-Za-z0-9_./:-]*[A-Za-z0-9_./-])?")
_AMBIGUOUS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"))
# Text of many lines is a block if that keeps it to the letter: LF only, printable, no blank that an editor would trim.
_PRINTABLE = "\\x21-\\x7e\u00a1-\u2027\u2030-\ud7ff\uf900-\ufdcf\ufdf0-\ufefe"
_BLOCK = re.compile(rf"[{_PRINTABLE}](?:(?:[ {_PRINTABLE}]*[{_PRINTABLE}])?\n)+")


class _Dumper(yaml.SafeDumper):
    @override
    def ignore_aliases(self, data: Any) -> bool:
        return True

    @override
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    if _PLAIN.fullmatch(text) and text.lower() not in _AMBIGUOUS:
        style = None
    elif _BLOCK.fullmatch(text):
        style = "|"
    else:
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def dump(manifest: Manifest) -> str:
    """The manifest as YAML text; every string that some YAML version reads as something else is quoted."""
    return yaml.dump(manifest, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000_000)


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
