"""The JSON schema of what the scripts print with `--json`, made from the catalog.

`python -m cdk8s_backend.scripts.events` writes it to `events.schema.json` beside this file.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cdk8s_backend.scripts.render import MESSAGE_ARGUMENT, catalog

__all__ = ["FILE", "schema", "text_of_schema"]

FILE = Path(__file__).with_name("events.schema.json")

NO_EVENTS = ("help_", "confirm", "state_", "waiting", "poll_failed", "logs_none")
"""How keys of texts begin that are no messages of their own: help, questions, and parts of messages."""


def schema() -> dict[str, Any]:
    """The schema of a line, draft 2020-12: for each event its members, which are whole numbers or text."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line that deploy, undeploy and build-images print with --json",
        "type": "object",
        "properties": {
            "time": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"},
            "event": {"type": "string"},
            "level": {"enum": ["info", "error"]},
            "text": {"type": "string", "description": "The message, in the language of the run"},
        },
        "required": ["time", "event", "level", "text"],
        "oneOf": [_event(key, members) for key, members in sorted(set(_events()))],
        "unevaluatedProperties": False,
        "$defs": {"member": {"type": ["integer", "string"], "minimum": 0, "maximum": 999_999_999}},
    }


def text_of_schema() -> str:
    """The schema as the text of its file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _events() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each event with the names of its members; once more where another script's event of that name has other ones."""
    for group in catalog()["messages"]:
        for key, text in group["texts"].items():
            if not key.startswith(NO_EVENTS):
                yield key, tuple(MESSAGE_ARGUMENT.findall(text["en"]))


def _event(key: str, members: tuple[str, ...]) -> dict[str, Any]:
    return {
        "properties": {"event": {"const": key}, **{name: {"$ref": "#/$defs/member"} for name in members}},
        "required": ["event", *members],
    }


def main() -> int:
    """Writes the schema; returns 0."""
    FILE.write_text(text_of_schema(), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
