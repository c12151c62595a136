"""Production with changed settings."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cdk8s_backend.assertions import Manifests
from cdk8s_backend.manifest import Manifest

from charts.phase import PhaseChart
from charts.system import synthesize
from charts.topology import Topology
from inputs.settings import Settings
from main import settings_of
from scripts.folder import folder


@dataclass(frozen=True)
class Changed:
    """What production is with changed settings.

    Attributes:
        settings: The settings.
        phases: The manifests of each chart.
    """

    settings: Settings
    phases: Mapping[PhaseChart, Sequence[Manifest]]

    @cached_property
    def manifests(self) -> Manifests:
        """All manifests."""
        return Manifests(manifest for phase in self.phases.values() for manifest in phase)

    @cached_property
    def files(self) -> Mapping[str, bytes]:
        """The content of all files of the folder, by relative path."""
        return folder(self.phases, Topology(), self.settings)


def changed(**changes: Any) -> Changed:
    """Synthesizes production with changed settings, once for each set of changes.

    Args:
        changes: The settings that have another value, by their names in `Settings`.
    """
    return _changed(json.dumps(changes))


@cache
def _changed(changes: str) -> Changed:
    settings = Settings(**(settings_of("production", Topology()).model_dump() | json.loads(changes)))
    with TemporaryDirectory() as outdir:
        return Changed(settings, synthesize(Topology(), settings, outdir=Path(outdir)))
