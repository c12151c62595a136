"""How errors show what someone has written: in one line, and not too much of it."""

import json
from typing import Any

from inputs.tree import KeyPath

__all__ = ["MOST", "escaped", "path_text", "shown"]

MOST = 80
"""The most characters that are shown of a value."""


def escaped(text: str) -> str:
    """The text in one line, its end cut where it is long."""
    cut = text if len(text) <= MOST else f"{text[: MOST - 3]}..."
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in cut)


def shown(value: Any) -> str:
    """A value as an error shows it: text in quotes, and anything else as JSON."""
    if isinstance(value, str):
        return repr(value if len(value) <= MOST else f"{value[: MOST - 3]}...")
    return escaped(json.dumps(value, ensure_ascii=False))


def path_text(path: KeyPath) -> str:
    """A path as one writes it, like `resources.kafka.limits`."""
    return ".".join(escaped(str(key)) for key in path)
