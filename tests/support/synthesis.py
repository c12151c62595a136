"""The system, synthesized once for all tests of a worker."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cdk8s_backend.assertions import Manifests
from cdk8s_backend.manifest import Manifest

from charts.system import synthesize
from charts.topology import Topology
from main import settings_of
from scripts.folder import folder
from tests.support.project import ROOT

ENVIRONMENTS = tuple(sorted(path.stem for path in (ROOT / "environments").glob("*.yaml")))
"""The names of all environments."""


@cache
def phases_of(environment: str, system: Topology = Topology()) -> dict[str, list[Manifest]]:  # noqa: B008 - frozen
    """The manifests of an environment by the name of their phase."""
    with TemporaryDirectory() as outdir:
        charts = synthesize(system, settings_of(environment, system), outdir=Path(outdir))
    return {chart.phase: manifests for chart, manifests in charts.items()}


def manifests_of(environment: str) -> Manifests:
    """All manifests of an environment."""
    return Manifests(manifest for phase in phases_of(environment).values() for manifest in phase)


def folder_of(environment: str, system: Topology = Topology()) -> dict[str, bytes]:  # noqa: B008 - frozen
    """All files of an environment's folder by relative path."""
    settings = settings_of(environment, system)
    with TemporaryDirectory() as outdir:
        return folder(synthesize(system, settings, outdir=Path(outdir)), system, settings)
