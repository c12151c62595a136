"""All charts of the system, in the order in which they are deployed."""

from pathlib import Path

from cdk8s_backend import LayoutError, linker
from cdk8s_backend.manifest import Manifest

from cdk8s import App

from charts.configuration import ConfigurationChart
from charts.database_initialization import DatabaseInitializationChart
from charts.exempting import with_exemptions
from charts.infrastructure import InfrastructureChart
from charts.ingress import IngressChart
from charts.namespace import NamespaceChart
from charts.phase import PhaseChart
from charts.services import ServicesChart
from charts.storage import StorageChart
from charts.topology import Topology
from inputs.settings import Settings

__all__ = ["synthesize"]


def synthesize(system: Topology, settings: Settings, *, outdir: Path) -> dict[PhaseChart, list[Manifest]]:
    """Synthesizes the system, and checks that its references meet.

    Args:
        system: The topology.
        settings: The settings.
        outdir: Where cdk8s writes a file per chart.

    Returns:
        The manifests of each chart, in the specification's deploy order, with their exemptions from policy checks.

    Raises:
        InvalidValueError: The topology holds what Kubernetes does not take.
        LayoutError: The folder cannot be written.
        LinkError: Objects refer to each other by what does not meet.
    """
    try:
        outdir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LayoutError(f"{outdir}: cannot be written: {error.strerror}") from error
    app = App(outdir=str(outdir))
    charts = _add_charts(app, system, settings)
    manifests = linker.install(app).synth()
    return {chart: [with_exemptions(manifest) for manifest in manifests[chart.phase]] for chart in charts}


def _add_charts(app: App, system: Topology, settings: Settings) -> tuple[PhaseChart, ...]:
    namespace = NamespaceChart(app, environment=settings.environment)
    configuration = ConfigurationChart(app, system=system, settings=settings)
    storage = StorageChart(app, system=system, settings=settings)
    infrastructure = InfrastructureChart(app, system=system, settings=settings, configuration=configuration)
    databases = DatabaseInitializationChart(app, system=system, settings=settings, configuration=configuration)
    services = ServicesChart(app, system=system, settings=settings, configuration=configuration)
    routes = _add_routes(app, system, settings)
    return (namespace, configuration, storage, infrastructure, databases, services, routes)


def _add_routes(app: App, system: Topology, settings: Settings) -> PhaseChart:
    if settings.routing == "ingress":
        return IngressChart(app, system=system, settings=settings)
    from charts.gateway import GatewayChart  # loads bindings, which only this variant needs

    return GatewayChart(app, system=system, settings=settings)
