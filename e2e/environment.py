"""The folders of the suite's own environment: one with an Ingress, and one with a Gateway.

Its settings are in `environments/e2e.yaml`, beside this file. As for every environment, variables such as
`COUNT_REGISTRY` go over them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cdk8s_backend.layout import write

from charts.system import synthesize
from charts.topology import Topology
from e2e.errors import RefusedError
from inputs.errors import SettingsError
from inputs.loading import load
from inputs.settings import Settings
from inputs.topology import names_of
from scripts.folder import folder

__all__ = ["Environment", "generate", "generate_gateway"]

NAME = "e2e"
_SETTINGS = Path(__file__).parent / "environments"
_WORKLOADS = ("Deployment", "StatefulSet", "Job")


@dataclass(frozen=True, kw_only=True)
class Environment:
    """A generated folder.

    Attributes:
        folder: Where it lies.
        topology: The system in it.
        settings: Its settings.
        phases: Names of the workloads of each deploy phase, by the phase's title in English.
    """

    folder: Path
    topology: Topology
    settings: Settings
    phases: Mapping[str, tuple[str, ...]]


def settings_of(system: Topology) -> Settings:
    """The settings of the suite's environment.

    Raises:
        RefusedError: A variable gives a setting that is wrong.
    """
    try:
        return load(_SETTINGS, NAME, names_of(system))
    except SettingsError as error:
        raise RefusedError(str(error)) from error


def generate(build: Path, system: Topology) -> Environment:
    """Writes the folder of the environment with an Ingress, `e2e/` below a folder.

    Raises:
        RefusedError: A variable gives a setting that is wrong.
        BackendError: The folder cannot be written.
    """
    return _generate(build / NAME, system, settings_of(system))


def generate_gateway(build: Path, environment: Environment) -> Environment:
    """Writes the folder of the same environment with a Gateway, `e2e-gateway/` below a folder.

    Its host is another one, so that both can be deployed side by side.
    """
    hosts = {"main": f"gateway.{environment.settings.hosts.main}"}
    settings = Settings(**(environment.settings.model_dump() | {"routing": "gateway", "hosts": hosts}))
    return _generate(build / f"{NAME}-gateway", environment.topology, settings)


def _generate(directory: Path, system: Topology, settings: Settings) -> Environment:
    charts = synthesize(system, settings, outdir=directory.parent / "cdk8s")
    write(directory, folder(charts, system, settings), overwrite=True)
    phases = {
        chart.title_en: tuple(each["metadata"]["name"] for each in manifests if each["kind"] in _WORKLOADS)
        for chart, manifests in charts.items()
    }
    return Environment(folder=directory, topology=system, settings=settings, phases=phases)
