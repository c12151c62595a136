"""Claims as objects of their own, created before the pods that use them."""

from cdk8s_backend.errors import InvalidValueError
from cdk8s_backend.manifest import KubernetesObjects
from cdk8s_backend.names import validate_dns_label
from cdk8s_backend.values import Storage
from cdk8s_backend.workloads import persistent_volume_claim

from cdk8s import ApiObject
from constructs import Construct

__all__ = ["PersistentClaims"]


class PersistentClaims(KubernetesObjects):
    """The claims of one workload (specification rule 7).

    A StatefulSet adopts claims that bear the names it would give them, `<template>-<set>-<ordinal>`; a Deployment
    mounts one claim by its name.

    Args:
        scope: Where it belongs.
        id: Its name in the construct tree.
        app: Name of the workload and value of the label `app`.
        storage: Name, size and class, equal to those that the workload gets.
        ordinals: Replicas of the StatefulSet, a claim each; None (the default) for the one claim of a Deployment.

    Attributes:
        claims: The PersistentVolumeClaims by ordinal.

    Raises:
        InvalidValueError: There are fewer than one ordinals, or the workload's name is no DNS label.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        app: str,
        storage: Storage,
        ordinals: int | None = None,
    ) -> None:
        validate_dns_label(app, "workload")
        if ordinals is None:
            names = [storage.claim]
        elif ordinals < 1:
            raise InvalidValueError(f"{app}: {ordinals} ordinals; a StatefulSet with claims has at least 1")
        else:
            names = [f"{storage.claim}-{app}-{ordinal}" for ordinal in range(ordinals)]
        super().__init__(scope, id, {name: persistent_volume_claim(name, storage, app) for name in names})
        self._names = tuple(names)

    @property
    def claims(self) -> tuple[ApiObject, ...]:
        """The PersistentVolumeClaims by ordinal."""
        return tuple(map(self.api_object, self._names))
