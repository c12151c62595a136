"""The JSON schema of a settings file: for editors, for the errors, and for the names of environment variables.

`python -m inputs.schema` writes it to `environments/settings.schema.json`.
"""

import json
import sys
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from pydantic.alias_generators import to_snake

from charts.topology import Topology
from inputs.names import KnownNames
from inputs.settings import Settings
from inputs.topology import names_of
from inputs.tree import KeyPath

__all__ = ["FILE", "Schema", "SettingsSchema", "text_of"]

FILE = Path(__file__).resolve().parents[1] / "environments/settings.schema.json"

Schema: TypeAlias = dict[str, Any]


class SettingsSchema:
    """The schema of the settings of a system.

    Args:
        known: The names that settings may speak of.
    """

    def __init__(self, known: KnownNames) -> None:
        self._known = known

    @cached_property
    def document(self) -> Schema:
        """The JSON schema, draft 2020-12; made when it is first asked for, as most runs need none."""
        generated = Settings.model_json_schema()
        del generated["properties"]["environment"]
        generated["required"].remove("environment")
        document = _with_names(generated, self._known)
        replicas, autoscaling = (document["properties"][name]["properties"] for name in ("replicas", "autoscaling"))
        for name, most in self._known.services.items():
            if most is not None:
                replicas[name]["maximum"] = most
                autoscaling[name] = _with_most(document["$defs"]["AutoscalingSettings"], "maxReplicas", most)
        document["allOf"] += [{"not": _has_both("replicas", "autoscaling", name)} for name in replicas]
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **document}

    def at(self, path: KeyPath) -> Schema:
        """What the schema says of the values at a path; nothing where it knows no such path."""
        found = self._resolved(self.document)
        for key in path:
            inner = found.get("items") if isinstance(key, int) else self._of_key(found, key)
            found = self._resolved(inner or {})
        return found

    def key_of(self, found: Schema, part: str) -> str | None:
        """The key of a map for which a part of a variable's name stands; None where there is no such key.

        Args:
            found: What the schema says of the map.
            part: The part, in which `_` may stand for `-`, and capitals for small letters.
        """
        if "patternProperties" in found:
            return part
        wanted = part.lower().replace("-", "_")
        return next((key for key in self.properties(found) if to_snake(key) == wanted), None)

    @staticmethod
    def properties(found: Schema) -> dict[str, Schema]:
        """The keys that a map may have, if they are known."""
        properties: dict[str, Schema] = found.get("properties", {})
        return properties

    def _of_key(self, found: Schema, key: str) -> Schema | None:
        return self.properties(found).get(key) or next(iter(found.get("patternProperties", {}).values()), None)

    def _resolved(self, schema: Schema) -> Schema:
        """The schema without references, and of one that may be null the other one."""
        if {"type": "null"} in schema.get("anyOf", ()):
            schema = next(each for each in schema["anyOf"] if each != {"type": "null"})
        if "$ref" in schema:
            schema = self.document["$defs"][schema["$ref"].rpartition("/")[2]]
        return schema


def _with_names(schema: Any, known: KnownNames) -> Any:
    """The schema with the names of parts as the keys of each map by name."""
    if isinstance(schema, list):
        return [_with_names(each, known) for each in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: _with_names(value, known) for key, value in schema.items()}
    if "patternProperties" in schema:
        schema["additionalProperties"] = False
    elif kinds := schema.get("propertyNames", {}).get("names"):
        del schema["propertyNames"]
        schema["properties"] = {name: {**schema["additionalProperties"]} for name in known.of(kinds)}
        schema["additionalProperties"] = False
    return schema


def _with_most(schema: Schema, name: str, most: int) -> Schema:
    """The schema of a map in which one number is bounded."""
    properties = schema["properties"]
    return {**schema, "properties": {**properties, name: {**properties[name], "maximum": most}}}


def _has_both(first: str, second: str, name: str) -> Schema:
    """The schema of a document in which two maps have one key."""
    both = (first, second)
    return {"properties": {each: {"required": [name]} for each in both}, "required": [*both]}


def text_of(schema: SettingsSchema) -> str:
    """The schema as the text of its file."""
    return json.dumps(schema.document, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Writes the schema of the Count system's settings; returns 0."""
    FILE.write_text(text_of(SettingsSchema(names_of(Topology()))), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
