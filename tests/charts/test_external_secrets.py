"""Secrets whose values an operator brings: every field arrives, and pods read the same keys as without it."""

from typing import Any

from cdk8s_backend import InvalidValueError
from cdk8s_backend.assertions import Manifests

import pytest

from charts.topology import SECRET_VARIABLES
from tests.support.synthesis import folder_of, manifests_of


def external(**store: Any) -> Manifests:
    settings = {"storeName": "vault", **store}
    return manifests_of("production", secrets="external-secrets", external_secrets=settings)


def test_an_external_secret_takes_the_place_of_each_secret() -> None:
    manifests = external()
    manifests.lacks("Secret")
    assert [each["metadata"]["name"] for each in manifests.find("ExternalSecret")] == list(SECRET_VARIABLES)


def test_an_external_secret_says_where_each_key_is() -> None:
    key = "count-system/production/countinfo-secret"
    assert external().get("ExternalSecret", "countinfo-secret") == {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {
            "name": "countinfo-secret",
            "namespace": "count-system",
            "labels": {
                "app.kubernetes.io/managed-by": "cdk8s",
                "app.kubernetes.io/part-of": "count-system",
                "environment": "production",
            },
        },
        "spec": {
            "secretStoreRef": {"name": "vault", "kind": "ClusterSecretStore"},
            "refreshInterval": "1h",
            "target": {"name": "countinfo-secret", "creationPolicy": "Owner", "deletionPolicy": "Retain"},
            "data": [
                {"secretKey": "username", "remoteRef": {"key": key, "property": "username"}},
                {"secretKey": "password", "remoteRef": {"key": key, "property": "password"}},
            ],
        },
    }


def test_the_settings_choose_the_store_and_its_keys() -> None:
    manifests = external(
        storeKind="SecretStore", refreshInterval="15m", remoteKeys={"postgresql-secret": "db/superuser"}
    )
    changed = manifests.get("ExternalSecret", "postgresql-secret")["spec"]
    assert changed["secretStoreRef"] == {"name": "vault", "kind": "SecretStore"}
    assert changed["refreshInterval"] == "15m"
    assert {each["remoteRef"]["key"] for each in changed["data"]} == {"db/superuser"}
    other = manifests.get("ExternalSecret", "countinfo-secret")["spec"]
    assert {each["remoteRef"]["key"] for each in other["data"]} == {"count-system/production/countinfo-secret"}


def test_a_remote_key_for_no_secret_is_refused() -> None:
    message = r"externalSecrets\.remoteKeys: postgres-secret: no such Secret; there are: postgresql-secret, "
    with pytest.raises(InvalidValueError, match=message):
        external(remoteKeys={"postgres-secret": "x"})


def test_nothing_but_the_secrets_differs() -> None:
    def others(manifests: Manifests) -> list[Any]:
        return [each for each in manifests if each["kind"] not in ("Secret", "ExternalSecret")]

    assert others(external()) == others(manifests_of("production"))


def test_the_folder_has_no_template_of_a_secret() -> None:
    files = folder_of("production", secrets="external-secrets", external_secrets={"storeName": "vault"})
    secrets = {path: content for path, content in files.items() if path.startswith("secret/")}
    assert sorted(secrets) == sorted(f"secret/{name}.yaml" for name in SECRET_VARIABLES)
    assert not any(b"${" in content for content in secrets.values())
