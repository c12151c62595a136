"""The system, synthesized once for all tests of a worker."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cdk8s_backend.assertions import Manifests
from cdk8s_backend.manifest import Manifest

from charts.phase import PhaseChart
from charts.system import synthesize
from charts.topology import Topology
from inputs.settings import Settings
from main import ROOT, settings_of
from scripts.folder import folder

ENVIRONMENTS = tuple(sorted(path.stem for path in (ROOT / "environments").glob("*.yaml")))
"""The names of all environments."""

ROUTINGS = ("ingress", "gateway")
SECRETS = ("template", "external-secrets")
TLS: Mapping[str, Mapping[str, str] | None] = {
    "plain": None,
    "secret": {"secretName": "count-certificate"},
    "issuer": {"issuer": "letsencrypt"},
}
"""The variants of TLS by the names that tests give them."""


def combination(*, routing: str, secrets: str, tls: str) -> dict[str, Any]:
    """The settings of one combination of `ROUTINGS`, `SECRETS` and `TLS`, to be given to `variant` and the others."""
    return {"routing": routing, "secrets": secrets, "external_secrets": {"storeName": "vault"}, "tls": TLS[tls]}


def variant(environment: str, /, system: Topology = Topology(), **changed: Any) -> Settings:  # noqa: B008 - frozen
    """The settings of an environment with some of them changed, checked as those of a file are.

    Args:
        environment: Name of the environment.
        system: What the settings speak of.
        changed: Settings by their names in Python; maps as a file has them, in camelCase.
    """
    return Settings(**(settings_of(environment, system).model_dump() | changed))


def phases_of(
    environment: str,
    /,
    system: Topology = Topology(),  # noqa: B008 - frozen
    **changed: Any,
) -> dict[str, list[Manifest]]:
    """The manifests of an environment by the name of their phase; see `variant`."""
    charts = _charts(environment, system, json.dumps(changed))
    return {chart.phase: manifests for chart, manifests in charts.items()}


@cache
def _charts(environment: str, system: Topology, changed: str) -> dict[PhaseChart, list[Manifest]]:
    with TemporaryDirectory() as outdir:
        return synthesize(system, variant(environment, system, **json.loads(changed)), outdir=Path(outdir))


def manifests_of(environment: str, /, **changed: Any) -> Manifests:
    """All manifests of an environment; see `variant`."""
    return Manifests(manifest for phase in phases_of(environment, **changed).values() for manifest in phase)


def folder_of(
    environment: str,
    /,
    system: Topology = Topology(),  # noqa: B008 - frozen
    **changed: Any,
) -> dict[str, bytes]:
    """All files of an environment's folder by relative path; see `variant`."""
    charts = _charts(environment, system, json.dumps(changed))
    return folder(charts, system, variant(environment, system, **changed))
