"""The settings of an environment: a file of `environments/`, over which environment variables go."""

import difflib
import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from cdk8s_backend import Resources
from cdk8s_backend.values import ImagePullPolicy, parse_quantity

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel, to_snake
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableVariableError
from typing_extensions import override

from inputs.errors import SettingsError
from inputs.yaml_source import KeyPath, SettingsFile, read

__all__ = ["DEFAULT", "DEFAULT_ENVIRONMENT", "Hosts", "KnownNames", "Settings", "load"]

DEFAULT_ENVIRONMENT = "production"

DEFAULT = "default"
"""The name under which `replicas` and `resources` speak of every service that they do not name."""

_PREFIX = "COUNT_"
_OTHER_VARIABLES = ("COUNT_ENVIRONMENT", "COUNT_DISPOSABLE_CONTEXT", "COUNT_CLUSTER_TOOL", "COUNT_REQUIRE_REAL_PARTS")
"""Variables with the prefix that choose the environment or are the tests', and no settings."""

_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_REGISTRY = re.compile(r"([a-z0-9]+([.-][a-z0-9]+)*(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*/?)?")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_DURATION = re.compile(r"(?=.)(\d+h)?(\d+m)?(\d+s)?")
_REMOTE_KEY = re.compile(r"\S(.{0,510}\S)?")
_VARIABLE_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_DNS_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*")


def _matching(pattern: re.Pattern[str], right: str) -> AfterValidator:
    def check(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(f"use {right}")
        return text

    return AfterValidator(check)


def _size(text: str) -> str:
    if parse_quantity(text) <= 0:
        raise ValueError("use a size above zero, like 10Gi")
    return text


DnsName = Annotated[str, _matching(_DNS_NAME, "a DNS name in lower case, like count-system.local")]
DnsLabel = Annotated[str, _matching(_DNS_LABEL, "a DNS label in lower case, like ingress-nginx")]
Digest = Annotated[str, _matching(_DIGEST, "the digest of an image: 'sha256:' and 64 of 0-9 and a-f")]
Duration = Annotated[str, _matching(_DURATION, "a duration, like 30s, 15m or 1h")]
RemoteKey = Annotated[str, _matching(_REMOTE_KEY, "a key of the store, without blanks at its ends")]
VariableName = Annotated[str, _matching(_VARIABLE_NAME, "capital letters, digits and '_', with a letter first")]
Size = Annotated[str, AfterValidator(_size)]
ProxySeconds = Annotated[int, Field(ge=1, le=86_400)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)


class Amounts(_Model):
    """An amount of CPU and memory, like `{cpu: 100m, memory: 256Mi}`."""

    cpu: str
    memory: str


class ResourceSettings(_Model):
    """Requests and limits of a workload (`Container.resources`)."""

    requests: Amounts
    limits: Amounts

    @model_validator(mode="after")
    def _within_limits(self) -> Self:
        self.resources()
        return self

    def resources(self) -> Resources:
        """The value that constructs take."""
        return Resources(
            cpu_request=self.requests.cpu,
            memory_request=self.requests.memory,
            cpu_limit=self.limits.cpu,
            memory_limit=self.limits.memory,
        )


class StorageSettings(_Model):
    """The disk behind a claim (`PersistentVolumeClaimSpec`).

    Args:
        size: Size of the disk, like `10Gi`. Default: the topology's.
        storage_class: Name of the StorageClass. Default: that of `default`.
    """

    size: Size | None = None
    storage_class: DnsName | None = None


class Hosts(_Model):
    """The host names under which the system is reached.

    Args:
        main: Host of the web pages and the write service; with routing `gateway` of the read service too.
        read: Host of the read service. Needed with routing `ingress`, since an Ingress cannot tell a GET from a PUT on
            one path.
    """

    main: DnsName
    read: DnsName | None = None

    @model_validator(mode="after")
    def _two_hosts(self) -> Self:
        if self.main == self.read:
            raise ValueError("main and read must be two hosts: an Ingress cannot tell a GET from a PUT on one path")
        return self


class Tls(_Model):
    """Where the certificate of the hosts comes from; plain HTTP is then redirected to HTTPS.

    Args:
        secret_name: Secret of the type `kubernetes.io/tls`. It exists in the namespace, unless an issuer makes it.
            Default with an issuer: `count-system-tls`.
        issuer: Issuer of cert-manager that makes the certificate. Default none.
        issuer_kind: Kind of the issuer. Default ClusterIssuer.
    """

    secret_name: DnsName | None = None
    issuer: DnsName | None = None
    issuer_kind: Literal["ClusterIssuer", "Issuer"] = "ClusterIssuer"

    @model_validator(mode="after")
    def _has_a_source(self) -> Self:
        if self.secret_name is None and self.issuer is None:
            raise ValueError("set secretName, the Secret with the certificate, or issuer, which makes it")
        return self


class ProxyTimeouts(_Model):
    """How long the proxy waits, in seconds.

    Args:
        read_seconds: For the next part of a response; server-sent events are silent for long. Default 3600.
        send_seconds: Until the service takes the next part of a request; routing `ingress` only. Default 3600.
    """

    read_seconds: ProxySeconds = 3600
    send_seconds: ProxySeconds = 3600


class ExternalSecretsSettings(_Model):
    """Where the External Secrets Operator finds the values of Secrets.

    Args:
        store_name: Name of the store.
        store_kind: Kind of the store. Default ClusterSecretStore.
        refresh_interval: How often the values are read again, like `1h`. Default 1h.
        remote_keys: Secret to its key in the store, which has the Secret's keys as properties. Default
            `count-system/<environment>/<secret>`.
    """

    store_name: DnsName
    store_kind: Literal["ClusterSecretStore", "SecretStore"] = "ClusterSecretStore"
    refresh_interval: Duration = "1h"
    remote_keys: Mapping[str, RemoteKey] = Field(default_factory=dict)


class _Variables(EnvSettingsSource):
    @override
    def __call__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__call__().items() if name != "environment"}


class Settings(BaseSettings):
    """The settings of an environment.

    Args:
        environment: Name of the environment and value of the label `environment`.
        registry: What stands before the names of the services' images, like `registry.example.com/count`. Default none.
        version: Tag of the services' images. Default `latest`.
        digests: Service or infrastructure to the digest of its image, like `sha256:…`. Default none.
        allow_latest: Whether another environment than production may have the version `latest`. Default no.
        image_pull_policy: When images are pulled (`Container.imagePullPolicy`). Default IfNotPresent.
        storage: Infrastructure to its disk, where the topology's does not fit; `default` is every one that is not named.
        replicas: Service to the number of its pods, where the topology's does not fit; `default` is every service that
            is not named.
        resources: Service or infrastructure to requests and limits, where the topology's do not fit; `default` is every
            service that is not named.
        hosts: Host names.
        routing: How requests come in: by an Ingress, or by a Gateway and HTTPRoutes. Default ingress.
        ingress_class: Name of the IngressClass, with routing `ingress`. Default `nginx`.
        gateway_class: Name of the GatewayClass, with routing `gateway`. Default `nginx`.
        ingress_controller_namespace: Namespace of the controller's pods, which may reach the services. Default
            `ingress-nginx`.
        tls: Certificate of the hosts. Default none: plain HTTP.
        proxy_timeouts: How long the proxy waits.
        network_policies: Whether pods may reach each other only where the topology says so. Default yes.
        secrets: Who makes the Secrets: deploy, from templates, or the External Secrets Operator. Default template.
        external_secrets: Needed with secrets `external-secrets`.
        job_ttl_seconds: Seconds after which a finished Job is removed. Default: it is kept.
        variables: Service to further environment variables, which go over those of the topology.
        config_maps: Service to ConfigMaps of the namespace whose keys all become environment variables.
    """

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True)

    environment: DnsName
    registry: Annotated[str, _matching(_REGISTRY, "host[:port][/path], without a scheme")] = ""
    version: Annotated[str, _matching(_TAG, "an image tag: at most 128 letters, digits, '_', '.' and '-'")] = "latest"
    digests: Mapping[str, Digest] = Field(default_factory=dict)
    allow_latest: bool = False
    image_pull_policy: ImagePullPolicy = "IfNotPresent"
    storage: Mapping[str, StorageSettings] = Field(default_factory=dict)
    replicas: Mapping[str, Annotated[int, Field(ge=1, le=100)]] = Field(default_factory=dict)
    resources: Mapping[str, ResourceSettings] = Field(default_factory=dict)
    hosts: Hosts
    routing: Literal["ingress", "gateway"] = "ingress"
    ingress_class: DnsName = "nginx"
    gateway_class: DnsName = "nginx"
    ingress_controller_namespace: DnsLabel = "ingress-nginx"
    tls: Tls | None = None
    proxy_timeouts: ProxyTimeouts = Field(default_factory=ProxyTimeouts)
    network_policies: bool = True
    secrets: Literal["template", "external-secrets"] = "template"
    external_secrets: ExternalSecretsSettings | None = None
    job_ttl_seconds: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    variables: Mapping[str, Mapping[VariableName, str]] = Field(default_factory=dict)
    config_maps: Mapping[str, tuple[DnsName, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _read_host(self) -> Self:
        if self.routing == "ingress" and self.hosts.read is None:
            raise ValueError(
                "routing 'ingress' needs hosts.read, a host of the read service's own: an Ingress cannot tell a GET "
                "from a PUT on one path"
            )
        return self

    @model_validator(mode="after")
    def _external_store(self) -> Self:
        if self.secrets == "external-secrets" and self.external_secrets is None:
            raise ValueError("secrets 'external-secrets' needs externalSecrets.storeName, the store with the values")
        return self

    @model_validator(mode="after")
    def _known_version(self) -> Self:
        if self.version == "latest" and not self.allow_latest and self.environment != DEFAULT_ENVIRONMENT:
            raise ValueError(
                "version 'latest' names another image every day: name a version, or set `allowLatest: true`"
            )
        return self

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment variables go over the file, but for the environment's name, which is the file's."""
        return (_Variables(settings_cls), init_settings)

    def image(self, name: str) -> str:
        """The full name of a service's image."""
        registry = f"{self.registry.rstrip('/')}/" if self.registry else ""
        return self.pinned(name, f"{registry}{name}:{self.version}")

    def pinned(self, name: str, image: str) -> str:
        """The image of a service or part of the infrastructure, with its digest if the settings have one."""
        return f"{image}@{self.digests[name]}" if name in self.digests else image


@dataclass(frozen=True, kw_only=True)
class KnownNames:
    """The names that settings may speak of.

    Args:
        services: Service to the most pods that work, None for no limit.
        infrastructure: Names of the infrastructure.
    """

    services: Mapping[str, int | None]
    infrastructure: Collection[str]


def load(directory: Path, environment: str, known: KnownNames) -> Settings:
    """Reads the settings of an environment.

    Args:
        directory: The folder of the settings files.
        environment: Name of the environment, and of its file without `.yaml`.
        known: The names that the settings may speak of.

    Raises:
        SettingsError: The file is missing or a setting is wrong; all that is wrong is said at once.
    """
    path = directory / f"{environment}.yaml"
    if not _DNS_NAME.fullmatch(environment) or not path.is_file():
        there = ", ".join(sorted(file.stem for file in directory.glob("*.yaml")))
        raise SettingsError(f"{path}: no such environment; there are: {there}")
    file = read(path)
    problems = _unknown_fields(file) + _unknown_variables()
    try:
        settings = Settings(**{to_snake(key): value for key, value in file.data.items()}, environment=environment)
        problems += _unknown_names(file, settings, known)
    except UnreadableVariableError as error:
        problems += [_unreadable(error)]
    except ValidationError as error:
        problems += [_problem(file, detail["loc"], detail["input"], detail["msg"]) for detail in error.errors()]
    if problems:
        raise SettingsError("\n".join(problems))
    return settings


def _unknown_fields(file: SettingsFile) -> list[str]:
    known = [to_camel(name) for name in Settings.model_fields if name != "environment"]
    unknown = [key for key in file.data if key not in known]
    for key in unknown:
        del file.data[key]
    return [f"{file.where((str(key),))}: {key}: no such setting; {_nearest(str(key), known)}" for key in unknown]


def _unknown_variables() -> list[str]:
    known = [f"{_PREFIX}{name.upper()}" for name in Settings.model_fields if name != "environment"]
    return [
        f"{name}: no such setting; {_nearest(name, known)}"
        for name in sorted(os.environ)
        if name.upper().startswith(_PREFIX)
        and name.upper() not in _OTHER_VARIABLES
        and name.upper().split("__")[0] not in known
    ]


def _unreadable(error: UnreadableVariableError) -> str:
    """What is wrong with a variable that holds no JSON where a map is wanted; the error names only its field."""
    named = re.search(r'field "(\w+)"', str(error))
    variable = (_variable((named[1],)) if named else None) or _PREFIX
    return f'{variable}: {os.environ.get(variable)!r}: not JSON; write a map, like {{"main": "a.example"}}'


def _unknown_names(file: SettingsFile, settings: Settings, known: KnownNames) -> list[str]:
    named = {
        "storage": (settings.storage, [*known.infrastructure, DEFAULT]),
        "digests": (settings.digests, [*known.services, *known.infrastructure]),
        "variables": (settings.variables, known.services),
        "config_maps": (settings.config_maps, known.services),
        "replicas": (settings.replicas, [*known.services, DEFAULT]),
        "resources": (settings.resources, [*known.services, *known.infrastructure, DEFAULT]),
    }
    problems = [
        f"{_place(file, (field, name))}: no such name; {_nearest(name, names)}"
        for field, (values, names) in named.items()
        for name in values
        if name not in names
    ]
    for name, replicas in settings.replicas.items():
        most = known.services.get(name)
        if most is not None and replicas > most:
            problems.append(f"{_place(file, ('replicas', name))}: {replicas}: it works with at most {most}")
    return problems


def _nearest(name: str, names: Collection[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {close[0]}?" if close else f"there are: {', '.join(names)}"


def _problem(file: SettingsFile, location: KeyPath, value: Any, message: str) -> str:
    shown = [repr(value)] if isinstance(value, str | int | float | bool | None) else []
    return ": ".join([_place(file, location), *shown, message.removeprefix("Value error, ")])


def _place(file: SettingsFile, location: KeyPath) -> str:
    """Where a value came from: the environment variable, or the file with its line; and the setting."""
    key_path = tuple(to_camel(part) if isinstance(part, str) and "-" not in part else part for part in location)
    where = _variable(location) or _variable_beside(file, location) or file.where(key_path)
    return ": ".join(filter(None, [where, ".".join(map(str, key_path))]))


def _variable(location: KeyPath) -> str | None:
    """The environment variable that gave the value at a place, alone or in a map."""
    variables = {name.upper(): name for name in os.environ}
    for length in range(len(location), 0, -1):
        name = variables.get(_variable_name(location[:length]))
        if name and (length == len(location) or f'"{location[length]}"' in os.environ[name]):
            return name
    return None


def _variable_beside(file: SettingsFile, location: KeyPath) -> str | None:
    """The variable that gave a part of a map in which something is missing, where the file has nothing of that map."""
    if len(location) < 2 or location[:-1] in file.lines:
        return None
    beside = f"{_variable_name(location[:-1])}__"
    return next((name for name in sorted(os.environ) if name.upper().startswith(beside)), None)


def _variable_name(location: KeyPath) -> str:
    return f"{_PREFIX}{'__'.join(map(str, location))}".upper()
