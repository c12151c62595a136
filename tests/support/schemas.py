"""Strict validation against the schemas of every Kubernetes version that the manifests are meant for.

Custom resources are validated against the committed definitions, which are the same whatever Kubernetes version it is.
"""

import functools
import importlib.resources
import json
from collections.abc import Mapping
from typing import Any

import jsonschema
import yaml
from referencing import Registry, Resource

from tests.support.project import ROOT

DEFINITIONS = tuple(sorted((ROOT / "imports/crds").glob("*.yaml")))
"""The definitions of the custom resources in use."""

VERSIONS = tuple(f"1.{minor}" for minor in range(27, 38))
"""Kubernetes 1.27 to 1.37."""

_SCHEMAS = importlib.resources.files("kubernetes_validate") / "kubernetes-json-schema"


def problems(manifest: Mapping[str, Any], version: str) -> list[str]:
    """Returns what the API of Kubernetes ``version`` would not take in ``manifest``: one line each, the field first.

    An unknown field is a problem, and so is a kind that the version does not have.
    """
    api_version, kind = str(manifest["apiVersion"]), str(manifest["kind"])
    validator = _custom_validators().get((api_version, kind)) or _validator(api_version, kind, version)
    if validator is None:
        return [f"{api_version} {kind}: unknown in Kubernetes {version}"]
    found = sorted(validator.iter_errors(manifest), key=lambda error: error.json_path)
    return [f"{error.json_path}: {error.message}" for error in found]


@functools.cache
def _definitions(version: str) -> Registry[Any]:
    return Resource.from_contents(_read(version, "_definitions")) @ Registry()


@functools.cache
def _validator(api_version: str, kind: str, version: str) -> jsonschema.Draft202012Validator | None:
    group, _, number = api_version.rpartition("/")
    parts = [kind.lower(), group.partition(".")[0], number]
    try:
        schema = _read(version, "-".join(part for part in parts if part))
    except FileNotFoundError:
        return None
    return jsonschema.Draft202012Validator(schema, registry=_definitions(version))


def _read(version: str, name: str) -> dict[str, Any]:
    text = (_SCHEMAS / f"v{version}.0-local-strict" / f"{name}.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


@functools.cache
def _custom_validators() -> dict[tuple[str, str], jsonschema.Draft202012Validator]:
    """A validator for each version that a definition serves."""
    specs = [yaml.safe_load(path.read_text(encoding="utf-8"))["spec"] for path in DEFINITIONS]
    return {
        (f"{spec['group']}/{version['name']}", spec["names"]["kind"]): jsonschema.Draft202012Validator(
            _closed(version["schema"]["openAPIV3Schema"])
        )
        for spec in specs
        for version in spec["versions"]
        if version["served"]
    }


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a definition as one of JSON that refuses unknown fields, as a strict API server does."""
    closed = dict(schema)
    if "properties" in schema:
        closed["properties"] = {name: _closed(inner) for name, inner in schema["properties"].items()}
        closed.setdefault("additionalProperties", bool(schema.get("x-kubernetes-preserve-unknown-fields")))
    if "items" in schema:
        closed["items"] = _closed(schema["items"])
    if isinstance(schema.get("additionalProperties"), dict):
        closed["additionalProperties"] = _closed(schema["additionalProperties"])
    return closed
