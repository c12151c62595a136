"""Says what is wrong with settings, in the words of the schema: the value, and what would be right."""

import re
from collections.abc import Collection
from typing import Any

from pydantic import ValidationError

from inputs.errors import MisfitError
from inputs.problems import Problems
from inputs.schema import Schema, SettingsSchema
from inputs.text import escaped, shown
from inputs.tree import KeyPath, SettingsTree
from inputs.values import BYTES

__all__ = ["nearest", "report", "right"]

_ALMOST_BYTES = re.compile(r"([0-9.]+) *([kmgtpe])i?(b|bytes)?", re.IGNORECASE)


def report(error: ValidationError, tree: SettingsTree, schema: SettingsSchema, problems: Problems) -> None:
    """Adds a problem for each setting that validation refuses.

    Args:
        error: What validation says.
        tree: The settings as they were given.
        schema: What they may be.
        problems: Gets them.
    """
    for detail in error.errors(include_url=False, include_input=False):
        path, misfit = detail["loc"], detail.get("ctx", {}).get("error")
        named = path[-1] == "[key]"
        path = path[:-1] if named else path
        around, found = schema.at(path[:-1]), schema.at(path)
        if named:
            wrong = {path: _right_key(around, str(path[-1]))}
        elif not around or not (found or detail["type"] == "extra_forbidden"):
            continue  # below a name that is not known
        elif isinstance(misfit, MisfitError):
            wrong = {(*path, *inner): words for inner, words in misfit.places.items()}
        elif detail["type"] == "extra_forbidden":
            wrong = {path: f"no such setting; {nearest(str(path[-1]), schema.properties(around))}"}
        elif detail["type"] == "missing":
            wrong = {path: f"must be set: {right(found)}"}
        else:
            wrong = {path: _right_value(found, tree.value(path), tree.origin(path).written)}
        for place, words in wrong.items():
            problems.add(tree.origin(place).place, place, *_value(tree, schema, place), words)


def right(schema: Schema) -> str:
    """What the schema wants at a place, in words."""
    if "enum" in schema:
        *first, last = schema["enum"]
        return f"use {', '.join(first)} or {last}"
    match schema.get("type"):
        case "integer":
            return f"use a whole number from {schema['minimum']} to {schema['maximum']}"
        case "boolean":
            return "use true or false"
        case "array":
            return "use a list, like [first, second]"
        case "object":
            return f"use a map with {_some(SettingsSchema.properties(schema)) or 'names and texts'}"
    words: str = schema["patternErrorMessage"]
    return words


def nearest(name: str, names: Collection[str], *, before: str = "") -> str:
    """What was meant by a name that is none of those: the nearest one, or any.

    Args:
        name: The name.
        names: Those that there are.
        before: What stands before each of them. Default nothing.
    """
    import difflib  # only errors need it

    begun = [each for each in names if name and each.startswith(name)]
    close = difflib.get_close_matches(name[:100], names, n=1) or (begun if len(begun) == 1 else [])
    return f"did you mean {before}{close[0]}?" if close else f"there are: {', '.join(before + each for each in names)}"


def _right_key(schema: Schema, key: str) -> str:
    if "patternProperties" in schema:
        words: str = schema["propertyNames"]["patternErrorMessage"]
        return words
    return f"no such name; {nearest(key, SettingsSchema.properties(schema))}"


def _right_value(schema: Schema, value: Any, written: str | None) -> str:
    if schema.get("type") == "string" and isinstance(value, int | float):
        text = written or shown(value)
        if re.fullmatch(schema.get("pattern", ".*"), text):
            return f"put it in quotes: '{escaped(text)}'"
    if schema.get("pattern") == BYTES and (almost := _ALMOST_BYTES.fullmatch(str(value))):
        number, power = almost[1], almost[2].upper()
        if re.fullmatch(BYTES, f"{number}{power}i"):
            return f"use {number}{'k' if power == 'K' else power} or {number}{power}i"
    words = right(schema)
    if "enum" in schema and "did you mean" in (close := nearest(str(value), schema["enum"])):
        return f"{words}; {close}"
    return words


def _value(tree: SettingsTree, schema: SettingsSchema, path: KeyPath) -> list[str]:
    """The value of a setting as it was written, or its default; nothing where it has neither, or is none."""
    found = schema.at(path)
    if found and tree.has(path):
        written = tree.origin(path).written
        return [shown(tree.value(path)) if written is None else escaped(written) or "null"]
    default = found.get("default")
    return [] if default is None else [shown(default)]


def _some(names: Collection[str]) -> str:
    return ", ".join(list(names)[:3]) + (", …" if len(names) > 3 else "")
