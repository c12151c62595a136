"""Secrets whose values the External Secrets Operator brings."""

from collections.abc import Iterable, Mapping

from cdk8s_backend import InvalidValueError, SecretSource

from cdk8s import ApiObjectMetadata
from constructs import Construct

from charts.topology import NAMESPACE, SECRET_VARIABLES
from imports.io.external_secrets import (
    ExternalSecret,
    ExternalSecretSpec,
    ExternalSecretSpecData,
    ExternalSecretSpecDataRemoteRef,
    ExternalSecretSpecSecretStoreRef,
    ExternalSecretSpecSecretStoreRefKind,
    ExternalSecretSpecTarget,
    ExternalSecretSpecTargetCreationPolicy,
    ExternalSecretSpecTargetDeletionPolicy,
)
from inputs.settings import ExternalSecretsSettings

__all__ = ["StoredSecret", "add_stored_secrets"]

_STORE_KINDS = {
    "ClusterSecretStore": ExternalSecretSpecSecretStoreRefKind.CLUSTER_SECRET_STORE,
    "SecretStore": ExternalSecretSpecSecretStoreRefKind.SECRET_STORE,
}


class StoredSecret(SecretSource):
    """A Secret that the operator makes from a store, and keeps up to date (specification rule 6).

    The Secret stays when the values are gone from the store.

    Args:
        scope: Where it belongs.
        id: Its name in the construct tree.
        name: Name of the Secret and of the ExternalSecret.
        keys: Its keys, which are properties of the store's entry.
        remote_key: Key of the entry in the store.
        store: The store.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        name: str,
        keys: Iterable[str],
        remote_key: str,
        store: ExternalSecretsSettings,
    ) -> None:
        keys = tuple(keys)
        super().__init__(scope, id, name=name, keys=keys)
        ExternalSecret(
            self,
            "Default",
            metadata=ApiObjectMetadata(name=name),
            spec=ExternalSecretSpec(
                secret_store_ref=ExternalSecretSpecSecretStoreRef(
                    name=store.store_name, kind=_STORE_KINDS[store.store_kind]
                ),
                refresh_interval=store.refresh_interval,
                target=ExternalSecretSpecTarget(
                    name=name,
                    creation_policy=ExternalSecretSpecTargetCreationPolicy.OWNER,
                    deletion_policy=ExternalSecretSpecTargetDeletionPolicy.RETAIN,
                ),
                data=[
                    ExternalSecretSpecData(
                        secret_key=key, remote_ref=ExternalSecretSpecDataRemoteRef(key=remote_key, property=key)
                    )
                    for key in keys
                ],
            ),
        )


def add_stored_secrets(
    scope: Construct, *, store: ExternalSecretsSettings, environment: str
) -> Mapping[str, StoredSecret]:
    """Adds what brings the Secrets of the system from a store; returned by their names.

    Raises:
        InvalidValueError: The settings have a remote key for a Secret that the system does not have.
    """
    for name in store.remote_keys.keys() - SECRET_VARIABLES.keys():
        known = ", ".join(SECRET_VARIABLES)
        raise InvalidValueError(f"externalSecrets.remoteKeys: {name}: no such Secret; there are: {known}")
    return {
        name: StoredSecret(
            scope,
            name,
            name=name,
            keys=variables,
            remote_key=store.remote_keys.get(name, f"{NAMESPACE}/{environment}/{name}"),
            store=store,
        )
        for name, variables in SECRET_VARIABLES.items()
    }
