"""Environment variables, which go over the settings of the file.

`COUNT_` and the setting's name in capitals, `__` between levels, JSON for maps and lists, as pydantic-settings has it.
In names of parts `_` may stand for `-`, which shells do not take in the name of a variable.
"""

import json
import os
from collections.abc import Mapping
from typing import Any

from pydantic.alias_generators import to_snake

from inputs.problems import Problems
from inputs.schema import Schema, SettingsSchema
from inputs.text import shown
from inputs.tree import MOST_DEPTH, KeyPath, Origin, SettingsTree, items_of
from inputs.wording import nearest, right

__all__ = ["PREFIX", "put_variables", "setting_variables"]

PREFIX = "COUNT_"

_OTHERS = frozenset(("COUNT_ENVIRONMENT", "COUNT_DISPOSABLE_CONTEXT", "COUNT_CLUSTER_TOOL", "COUNT_REQUIRE_REAL_PARTS"))
"""Variables with the prefix that choose the environment or are the tests', and no settings."""

_WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def setting_variables() -> dict[str, str]:
    """The environment variables that are settings; those of outer levels first, so that inner ones go over them."""
    names = (name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in _OTHERS)
    return {name: os.environ[name] for name in sorted(names, key=lambda name: (name.count("__"), name))}


def put_variables(variables: Mapping[str, str], tree: SettingsTree, schema: SettingsSchema, problems: Problems) -> None:
    """Puts the values of variables over settings.

    Args:
        variables: Name to text.
        tree: The settings.
        schema: What settings may be.
        problems: Gets the variables that are no settings, or whose text is no JSON where a map or list is wanted.
    """
    for name, text in variables.items():
        path = _path(name, schema, problems)
        if path is None:
            continue
        try:
            tree.put(path, _value(text, schema.at(path)), Origin(name))
        except ValueError as error:
            problems.add(name, path, shown(text), f"{error}: {right(schema.at(path))}")


def _path(name: str, schema: SettingsSchema, problems: Problems) -> KeyPath | None:
    """The setting that a variable gives; None, and a problem, if there is none."""
    parts = name[len(PREFIX) :].split("__")
    path: KeyPath = ()
    for number, part in enumerate(parts):
        around = schema.at(path)
        if "patternProperties" in around:
            return (*path, "__".join(parts[number:]))
        key = schema.key_of(around, part)
        if key is None:
            problems.add(name, (), f"no such setting; {_meant(path, part, around)}")
            return None
        path = (*path, key)
    return path


def _meant(path: KeyPath, part: str, around: Schema) -> str:
    """The variable that was meant by one with a part that is no setting."""
    here = PREFIX + "__".join(_upper(key) for key in path)
    inner = [_upper(key) for key in SettingsSchema.properties(around)]
    return nearest(part.upper(), inner, before=f"{here}__" if path else here) if inner else f"did you mean {here}?"


def _upper(key: str | int) -> str:
    return to_snake(str(key)).upper()


def _value(text: str, schema: Schema) -> Any:
    kind = schema.get("type")
    if kind == "string":
        return text
    if kind == "boolean":
        return _WORDS.get(text.lower(), text)
    try:
        value = json.loads(text, object_pairs_hook=_without_repetition)
        deep = _depth(value) > MOST_DEPTH
    except json.JSONDecodeError as error:
        if kind in ("object", "array"):
            raise ValueError("not JSON") from error
        return text
    except RecursionError:
        deep = True
    if deep:
        raise ValueError(f"nested deeper than {MOST_DEPTH} levels")
    return value


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise ValueError(f"{shown(twice)} is there twice")
    return dict(pairs)


def _depth(value: Any) -> int:
    return 1 + max((_depth(part) for _, part in items_of(value)), default=0)
