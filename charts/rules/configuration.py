"""Rules 5 and 6: ConfigMaps and Secrets."""

import re
from collections.abc import Iterator
from typing import Any

from charts.rules.folder import Finding, Folder, Resource, at, items, mapping
from charts.rules.specification import CONFIG_MAPS, SECRET
from charts.sensitive import is_sensitive

_DOTTED_KEY = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+")
_PLACEHOLDER = re.compile(r"\$\{[A-Z_][A-Z0-9_]*\}")


# 5. ConfigMaps


def config_maps_hold_nothing_sensitive(folder: Folder) -> Iterator[Finding]:
    """“민감하지 않은 설정만 포함”: no key of a password or the like, no URL with a password, no private key."""
    for config_map in folder.of_kind("ConfigMap"):
        for key, value in mapping(config_map.at("data")).items():
            if is_sensitive(str(key), str(value)):
                yield config_map.finding(_data(key), value, "a key of a Secret")


def keys_are_dotted(folder: Folder) -> Iterator[Finding]:
    """“키는 점(.)으로 구분된 계층 구조”: lower-case words with dots between them."""
    for config_map in folder.of_kind("ConfigMap"):
        for key in mapping(config_map.at("data")):
            if not _DOTTED_KEY.fullmatch(str(key)):
                yield config_map.finding(_data(key), key, "a key like database.url")


def values_are_text(folder: Folder) -> Iterator[Finding]:
    """“값은 문자열로 저장”: no number, truth value or structure."""
    for config_map in folder.of_kind("ConfigMap"):
        for key, value in mapping(config_map.at("data")).items():
            if not isinstance(value, str):
                yield config_map.finding(_data(key), value, f'"{value}" in quotes')


def config_maps_are_separate(folder: Folder) -> Iterator[Finding]:
    """“서비스별 ConfigMap 분리 가능”: application and Kafka have one each, every one in a file of its name."""
    for name in CONFIG_MAPS:
        if folder.get("ConfigMap", name) is None:
            yield Finding(file=f"configmap/{name}.yaml", right=f"a ConfigMap {name}")
    for config_map in folder.of_kind("ConfigMap"):
        right = f"configmap/{config_map.name}.yaml"
        if config_map.file != right:
            yield config_map.finding("", config_map.file, right)


# 6. Secrets


def secrets_hold_only_what_is_sensitive(folder: Folder) -> Iterator[Finding]:
    """“민감한 정보만 포함”: user names, passwords, tokens, keys; addresses and the like belong in a ConfigMap."""
    for secret in folder.of_kind("Secret"):
        for field in ("data", "stringData"):
            for key in mapping(secret.at(field)):
                if not is_sensitive(str(key)):
                    yield secret.finding(_data(key, field), key, "a key of a ConfigMap")
    for external in folder.of_kind("ExternalSecret"):
        for index, entry in enumerate(items(external.at("spec", "data"))):
            if not is_sensitive(str(at(entry, "secretKey"))):
                yield external.finding(f"spec.data[{index}].secretKey", at(entry, "secretKey"), "a key of a ConfigMap")


def secrets_are_plain_text(folder: Folder) -> Iterator[Finding]:
    """“`stringData` 사용 (base64 인코딩 불필요)”: and no `data`."""
    for secret in folder.of_kind("Secret"):
        if not mapping(secret.at("stringData")):
            yield secret.finding("stringData", secret.at("stringData"), "the keys of the Secret")
        if secret.at("data") is not None:
            yield secret.finding("data", sorted(mapping(secret.at("data"))), "stringData instead")


def secrets_can_be_managed_elsewhere(folder: Folder) -> Iterator[Finding]:
    """“실제 운영 환경에서는 외부 시크릿 관리 시스템 사용 권장”: nothing keeps such a system from taking over.

    Every Secret that pods read is declared apart, in `secret/`, as a template or an ExternalSecret, and can be changed.
    """
    declared = {_target(resource) for resource in folder.of_kind("Secret", "ExternalSecret")}
    for resource in folder.of_kind("Deployment", "StatefulSet", "Job", "CronJob"):
        for name in sorted(_secrets_read(resource) - declared):
            yield resource.finding("secretKeyRef.name", name, "the name of a Secret or ExternalSecret in secret/")
    for secret in folder.of_kind("Secret", "ExternalSecret"):
        if not secret.file.startswith("secret/"):
            yield secret.finding("", secret.file, "a file in secret/")
        if secret.at("immutable"):
            yield secret.finding("immutable", True, "no such field")


def secrets_are_templates(folder: Folder) -> Iterator[Finding]:
    """“템플릿으로 제공하고 실제 값은 배포 시 주입”: the template is there, and every value is a placeholder.

    An ExternalSecret says where each value is to be found, and holds none itself.
    """
    if not any(_target(resource) == SECRET for resource in folder.of_kind("Secret", "ExternalSecret")):
        yield Finding(file=f"secret/{SECRET}.yaml", right=f"a Secret {SECRET}")
    for secret in folder.of_kind("Secret"):
        for field in ("data", "stringData"):
            for key, value in mapping(secret.at(field)).items():
                if not _PLACEHOLDER.fullmatch(str(value)):
                    yield secret.finding(_data(key, field), "(a value)", "a placeholder like ${POSTGRESQL_PASSWORD}")
    for external in folder.of_kind("ExternalSecret"):
        entries = items(external.at("spec", "data"))
        if not entries and not items(external.at("spec", "dataFrom")):
            yield external.finding("spec.data", external.at("spec", "data"), "the keys and where their values are")
        for index, entry in enumerate(entries):
            if not at(entry, "remoteRef", "key"):
                yield external.finding(f"spec.data[{index}].remoteRef.key", None, "a key of the store")
        if external.at("spec", "target", "template", "data") is not None:
            yield external.finding("spec.target.template.data", "(values)", "no such field")


def _data(key: object, field: str = "data") -> str:
    return f'{field}["{key}"]'


def _target(resource: Resource) -> str:
    return str(resource.at("spec", "target", "name") or resource.name)


def _secrets_read(workload: Resource) -> set[str]:
    names: list[Any] = [
        at(volume, "secret", "secretName") for volume in items(at(workload.template, "spec", "volumes"))
    ]
    for container in workload.containers():
        names += [at(each, "valueFrom", "secretKeyRef", "name") for each in items(container.manifest.get("env"))]
        names += [at(each, "secretRef", "name") for each in items(container.manifest.get("envFrom"))]
    return {str(name) for name in names if name}
