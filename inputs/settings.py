"""The settings of an environment: a file of `environments/`, over which environment variables go."""

import difflib
import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

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
Size = Annotated[str, AfterValidator(_size)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


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


class Hosts(_Model):
    """The host names under which the system is reached.

    Args:
        main: Host of the web pages and the write service.
        read: Host of the read service, since an Ingress cannot tell a GET from a PUT on one path.
    """

    main: DnsName
    read: DnsName

    @model_validator(mode="after")
    def _two_hosts(self) -> Self:
        if self.main == self.read:
            raise ValueError("main and read must be two hosts: an Ingress cannot tell a GET from a PUT on one path")
        return self


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
        allow_latest: Whether another environment than production may have the version `latest`. Default no.
        image_pull_policy: When images are pulled (`Container.imagePullPolicy`). Default IfNotPresent.
        storage_class: Name of the StorageClass of every claim. Default `standard`.
        storage_sizes: Infrastructure to the size of its disk, where the topology's does not fit.
        replicas: Service to the number of its pods, where the topology's does not fit; `default` is every service that
            is not named.
        resources: Service or infrastructure to requests and limits, where the topology's do not fit; `default` is every
            service that is not named.
        hosts: Host names.
        ingress_class: Name of the IngressClass. Default `nginx`.
    """

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True)

    environment: DnsName
    registry: Annotated[str, _matching(_REGISTRY, "host[:port][/path], without a scheme")] = ""
    version: Annotated[str, _matching(_TAG, "an image tag: at most 128 letters, digits, '_', '.' and '-'")] = "latest"
    allow_latest: bool = False
    image_pull_policy: ImagePullPolicy = "IfNotPresent"
    storage_class: DnsName = "standard"
    storage_sizes: Mapping[str, Size] = Field(default_factory=dict)
    replicas: Mapping[str, Annotated[int, Field(ge=1, le=100)]] = Field(default_factory=dict)
    resources: Mapping[str, ResourceSettings] = Field(default_factory=dict)
    hosts: Hosts
    ingress_class: DnsName = "nginx"

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
        return f"{registry}{name}:{self.version}"


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
        "storage_sizes": (settings.storage_sizes, known.infrastructure),
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
