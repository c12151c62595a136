"""All charts of the system, in the order in which they are deployed."""

from cdk8s import App

from charts.configuration import ConfigurationChart
from charts.database_initialization import DatabaseInitializationChart
from charts.infrastructure import InfrastructureChart
from charts.ingress import IngressChart
from charts.namespace import NamespaceChart
from charts.phase import PhaseChart
from charts.services import ServicesChart
from charts.storage import StorageChart
from charts.topology import Topology
from inputs.settings import Settings

__all__ = ["add_charts"]


def add_charts(app: App, system: Topology, settings: Settings) -> tuple[PhaseChart, ...]:
    """Adds the charts of the system to an App.

    Returns:
        The charts in the specification's deploy order.

    Raises:
        InvalidValueError: The topology holds what Kubernetes does not take.
    """
    namespace = NamespaceChart(app, environment=settings.environment)
    configuration = ConfigurationChart(app, system=system, settings=settings)
    storage = StorageChart(app, system=system, settings=settings)
    infrastructure = InfrastructureChart(app, system=system, settings=settings, configuration=configuration)
    databases = DatabaseInitializationChart(app, settings=settings, configuration=configuration)
    services = ServicesChart(app, system=system, settings=settings, configuration=configuration)
    ingress = IngressChart(app, system=system, settings=settings)
    return (namespace, configuration, storage, infrastructure, databases, services, ingress)
