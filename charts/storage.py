"""Phase 3: the claims."""

from cdk8s_backend import PersistentClaims

from cdk8s import App

from charts import topology
from charts.phase import PhaseChart
from charts.sizing import backup_storage, storage_of
from charts.topology import Topology
from inputs.settings import Settings

__all__ = ["StorageChart"]


class StorageChart(PhaseChart):
    """A claim for each part of the infrastructure (specification rule 7), and for the backups of each database."""

    phase = "storage"
    title_ko = "PVC 생성"
    title_en = "PersistentVolumeClaims"

    def __init__(self, app: App, *, system: Topology, settings: Settings) -> None:
        super().__init__(app, environment=settings.environment)
        for unit in system.infrastructure:
            PersistentClaims(
                self,
                unit.name,
                app=unit.name,
                storage=storage_of(unit, settings),
                ordinals=1 if unit.stateful_set else None,
            )
        if settings.backups:
            for database in topology.BACKED_UP:
                name = topology.backup_name(database)
                PersistentClaims(self, name, app=name, storage=backup_storage(database, settings.backups, settings))
