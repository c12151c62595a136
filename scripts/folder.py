"""Everything that the generated folder holds."""

from collections.abc import Mapping, Sequence

from cdk8s_backend.layout import arrange, render
from cdk8s_backend.manifest import Manifest
from cdk8s_backend.scripts import Image, PhaseFiles, Text, make_plan
from cdk8s_backend.scripts import render as render_scripts

from charts.phase import PhaseChart
from charts.topology import NAMESPACE, SECRET_DEFAULTS, TITLE_EN, TITLE_KO, Topology
from inputs.settings import Settings
from scripts.folders import path_of

__all__ = ["folder"]

GIT_ATTRIBUTES = b"*.sh text eol=lf\n*.ps1 text eol=lf\n*.yaml text eol=lf\n.generated text eol=lf\n"


def folder(phases: Mapping[PhaseChart, Sequence[Manifest]], system: Topology, settings: Settings) -> dict[str, bytes]:
    """The files of the generated folder: manifests, scripts, and how git is to treat them.

    Args:
        phases: The charts in deploy order, each with its manifests.
        system: The topology.
        settings: The settings.

    Returns:
        Relative path to content.

    Raises:
        LayoutError: A manifest has no folder, or two have one file.
    """
    tree = arrange((manifest for manifests in phases.values() for manifest in manifests), path_of)
    plan = make_plan(
        title=Text(ko=TITLE_KO, en=TITLE_EN),
        namespace=NAMESPACE,
        environment=settings.environment,
        phases=[_phase_files(chart, arrange(manifests, path_of)) for chart, manifests in phases.items()],
        images=[
            Image(name="common", dockerfile="common/Dockerfile", common=True),
            *(Image(name=service.name, dockerfile=f"{service.name}/Dockerfile") for service in system.services),
        ],
        registry=settings.registry,
        version=settings.version,
        secret_defaults=SECRET_DEFAULTS,
    )
    header = f"Generated from environments/{settings.environment}.yaml by main.py; it keeps what is edited here."
    return {**render(tree, header), **render_scripts(plan), ".gitattributes": GIT_ATTRIBUTES}


def _phase_files(chart: PhaseChart, files: Mapping[str, Manifest]) -> PhaseFiles:
    return PhaseFiles(
        name=chart.phase, title=Text(ko=chart.title_ko, en=chart.title_en), files=files, option=chart.option
    )
