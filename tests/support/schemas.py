"""Strict validation against the schemas of every Kubernetes version that the manifests are meant for."""

import functools
import importlib.resources
import json
from collections.abc import Mapping
from typing import Any

import jsonschema
from referencing import Registry, Resource

VERSIONS = tuple(f"1.{minor}" for minor in range(27, 38))
"""Kubernetes 1.27 to 1.37."""

_SCHEMAS = importlib.resources.files("kubernetes_validate") / "kubernetes-json-schema"


def problems(manifest: Mapping[str, Any], version: str) -> list[str]:
    """Returns what the API of Kubernetes ``version`` would not take in ``manifest``: one line each, the field first.

    An unknown field is a problem, and so is a kind that the version does not have.
    """
    validator = _validator(str(manifest["apiVersion"]), str(manifest["kind"]), version)
    if validator is None:
        return [f"{manifest['apiVersion']} {manifest['kind']}: unknown in Kubernetes {version}"]
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
