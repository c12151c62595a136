"""The settings of an environment: what they are called, what they may be, and how they fit together."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from cdk8s_backend.cron import misfit_of
from cdk8s_backend.values import ImagePullPolicy, Resources, parse_quantity

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic.alias_generators import to_camel
from pydantic.config import JsonDict

from inputs.errors import MisfitError
from inputs.names import DEFAULT
from inputs.values import (
    Backups,
    Cpu,
    Digest,
    DnsLabel,
    DnsName,
    Duration,
    Flag,
    Host,
    JobSeconds,
    Named,
    Percent,
    ProxySeconds,
    PullSeconds,
    Registry,
    RemoteKey,
    Replicas,
    Schedule,
    Size,
    Tag,
    Text,
    TimeZone,
    VariableName,
)

__all__ = ["DEFAULT", "DEFAULT_ENVIRONMENT", "BackupSettings", "Hosts", "Settings"]

DEFAULT_ENVIRONMENT = "production"

Service = Annotated[str, Named(("services",))]
ServiceOrDefault = Annotated[str, Named(("services", "default"))]
InfrastructureOrDefault = Annotated[str, Named(("infrastructure", "default"))]
Part = Annotated[str, Named(("services", "infrastructure"))]
PartOrDefault = Annotated[str, Named(("services", "infrastructure", "default"))]
Secret = Annotated[str, Named(("secrets",))]


def _says(field: str, value: str) -> JsonDict:
    return {"properties": {field: {"const": value}}, "required": [field]}


class _Model(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        populate_by_name=True,
        field_title_generator=lambda name, _: name.replace("_", " ").capitalize(),
    )


class Amounts(_Model):
    """An amount of CPU and one of memory."""

    cpu: Cpu = Field(description="CPU, like `100m` or `2`.")
    memory: Size = Field(description="Memory, like `256Mi`.")


class ResourceSettings(_Model):
    """Requests and limits of a workload (`Container.resources`)."""

    requests: Amounts = Field(description="What a container is guaranteed; not above the limits.")
    limits: Amounts = Field(description="What a container may use.")

    @model_validator(mode="after")
    def _within_limits(self) -> Self:
        requests, limits = self.requests, self.limits
        pairs = {"cpu": (requests.cpu, limits.cpu), "memory": (requests.memory, limits.memory)}
        above: dict[tuple[str, ...], str] = {
            ("requests", name): f"use at most the limit, {limit}"
            for name, (request, limit) in pairs.items()
            if parse_quantity(request) > parse_quantity(limit)
        }
        if above:
            raise MisfitError(above)
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
    """The disk behind a claim (`PersistentVolumeClaimSpec`)."""

    size: Size | None = Field(default=None, description="Size of the disk, like `10Gi`; without it, the topology's.")
    storage_class: DnsName | None = Field(
        default=None, description="Name of the StorageClass; without it, that of `default`."
    )


class AutoscalingSettings(_Model):
    """How the number of a service's pods follows their load (`HorizontalPodAutoscalerSpec`)."""

    min_replicas: Replicas = Field(default=2, description="Fewest pods.")
    max_replicas: Replicas = Field(description="Most pods.")
    target_cpu_utilization: Percent = Field(
        default=80, description="CPU that pods are to use on average, in percent of what they request."
    )

    @model_validator(mode="after")
    def _fewest_within_most(self) -> Self:
        if self.min_replicas > self.max_replicas:
            raise MisfitError({("minReplicas",): f"use at most maxReplicas, {self.max_replicas}"})
        return self


class Hosts(_Model):
    """The host names under which the system is reached."""

    main: Host = Field(
        description="Host of the web pages and the write service; with routing `gateway` of the read service too."
    )
    read: Host | None = Field(default=None, description="Host of the read service, which routing `ingress` needs.")

    @model_validator(mode="after")
    def _two_hosts(self) -> Self:
        if self.main == self.read:
            right = "use another host than hosts.main: an Ingress cannot tell a GET from a PUT on one path"
            raise MisfitError({("read",): right})
        return self


class Tls(_Model):
    """Where the certificate of the hosts comes from; plain HTTP is then redirected to HTTPS."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [{"required": ["secretName"]}, {"required": ["issuer"]}],
            "dependentRequired": {"issuerKind": ["issuer"]},
        }
    )

    secret_name: DnsName | None = Field(
        default=None,
        description="Secret of the type `kubernetes.io/tls`, which exists unless an issuer makes it; with an issuer, "
        "`count-system-tls` by default.",
    )
    issuer: DnsName | None = Field(default=None, description="Issuer of cert-manager that makes the certificate.")
    issuer_kind: Literal["ClusterIssuer", "Issuer"] = Field(default="ClusterIssuer", description="Kind of the issuer.")

    @model_validator(mode="after")
    def _has_a_source(self) -> Self:
        if self.issuer is None and "issuer_kind" in self.model_fields_set:
            raise MisfitError({("issuerKind",): "name the issuer too, in tls.issuer"})
        if self.issuer is None and self.secret_name is None:
            raise MisfitError({(): "set secretName, the Secret with the certificate, or issuer, which makes it"})
        return self


class ProxyTimeouts(_Model):
    """How long the proxy waits, in seconds."""

    read_seconds: ProxySeconds = Field(
        default=3600, description="Seconds until the next part of a response; server-sent events are silent for long."
    )
    send_seconds: ProxySeconds = Field(
        default=3600, description="Seconds until the service takes the next part of a request; with routing `ingress`."
    )


class ExternalSecretsSettings(_Model):
    """Where the External Secrets Operator finds the values of Secrets."""

    store_name: DnsName = Field(description="Name of the store.")
    store_kind: Literal["ClusterSecretStore", "SecretStore"] = Field(
        default="ClusterSecretStore", description="Kind of the store."
    )
    refresh_interval: Duration = Field(default="1h", description="How often the values are read again, like `1h`.")
    remote_keys: Mapping[Secret, RemoteKey] = Field(
        default={},
        description="Secret to its key in the store, which has the Secret's keys as properties; "
        "`count-system/<environment>/<secret>` by default.",
    )


class BackupSettings(_Model):
    """When the databases are backed up, and where to (`CronJob`, `PersistentVolumeClaim`)."""

    schedule: Schedule = Field(
        description="When, as cron has it: minute, hour, day of the month, month and day of the week."
    )
    time_zone: TimeZone = Field(default="Etc/UTC", description="Time zone of the schedule.")
    keep: Backups = Field(default=7, description="How many backups of each database are kept.")
    size: Size = Field(
        default="10Gi", description="Size of each database's disk of backups; it takes one more than are kept."
    )
    storage_class: DnsName | None = Field(
        default=None, description="Name of the StorageClass; without it, that of `default` in `storage`."
    )

    @field_validator("schedule")
    @classmethod
    def _comes(cls, schedule: str) -> str:
        if wrong := misfit_of(schedule):
            raise MisfitError({(): wrong})
        return schedule


class Settings(_Model):
    """The settings of an environment."""

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [
                {"anyOf": [_says("routing", "gateway"), {"properties": {"hosts": {"required": ["main", "read"]}}}]},
                {"anyOf": [{"not": _says("secrets", "external-secrets")}, {"required": ["externalSecrets"]}]},
            ]
        }
    )

    environment: DnsLabel = Field(description="Name of the environment and value of the label `environment`.")
    registry: Registry = Field(default="", description="What stands before the names of the services' images.")
    allow_latest: Flag = Field(
        default=False, description="Whether an environment other than `production` may have the version `latest`."
    )
    version: Tag = Field(default="latest", validate_default=True, description="Tag of the services' images.")
    digests: Mapping[Part, Digest] = Field(
        default={}, description="Digest of an image by name of the service or infrastructure."
    )
    image_pull_policy: ImagePullPolicy = Field(
        default="IfNotPresent", description="When images are pulled (`Container.imagePullPolicy`)."
    )
    image_pull_seconds: PullSeconds = Field(
        default=300,
        description="Longest time that pulling an image may take; it and the longest start are "
        "`Deployment.spec.progressDeadlineSeconds`.",
    )
    storage: Mapping[InfrastructureOrDefault, StorageSettings] = Field(
        default={},
        description="`size` and `storageClass` of a disk by name of the infrastructure; `default` for every other one.",
    )
    replicas: Mapping[ServiceOrDefault, Replicas] = Field(
        default={},
        description="Number of pods by name of the service; `default` for every other service.",
    )
    autoscaling: Mapping[ServiceOrDefault, AutoscalingSettings] = Field(
        default={},
        description="`maxReplicas`, `minReplicas` (2) and `targetCpuUtilization` (80, in percent of the request) of an "
        "autoscaler in place of `replicas`, by name of the service; `default` for every other service.",
    )
    resources: Mapping[PartOrDefault, ResourceSettings] = Field(
        default={},
        description="`requests` and `limits`, each with `cpu` and `memory`, by name; `default` for other services.",
    )
    routing: Literal["ingress", "gateway"] = Field(
        default="ingress", description="How requests come in: by an Ingress, or by a Gateway and HTTPRoutes."
    )
    hosts: Hosts = Field(description="The hosts of requests from outside.")
    ingress_class: DnsName = Field(default="nginx", description="Name of the IngressClass, with routing `ingress`.")
    gateway_class: DnsName = Field(default="nginx", description="Name of the GatewayClass, with routing `gateway`.")
    ingress_controller_namespace: DnsLabel = Field(
        default="ingress-nginx", description="Namespace of the controller's pods, which may reach the services."
    )
    tls: Tls | None = Field(default=None, description="Certificate of the hosts; without it, plain HTTP.")
    proxy_timeouts: ProxyTimeouts = Field(default=ProxyTimeouts(), description="How long the proxy waits.")
    network_policies: Flag = Field(
        default=True, description="Whether pods may reach each other only where the topology says so."
    )
    external_secrets: ExternalSecretsSettings | None = Field(
        default=None, description="The store with the values, for secrets `external-secrets`."
    )
    secrets: Literal["template", "external-secrets"] = Field(
        default="template",
        description="Who makes the Secrets: `deploy`, from templates, or the External Secrets Operator.",
    )
    job_ttl_seconds: JobSeconds | None = Field(
        default=None, description="Seconds after which a finished Job is removed; without it, the Job is kept."
    )
    backups: BackupSettings | None = Field(
        default=None, description="Backups of `countinfo`, `dashboardconfig` and `redis-value`; without it, none."
    )
    variables: Mapping[Service, Mapping[VariableName, Text]] = Field(
        default={},
        description="Further environment variables by name of the service; they go over those of the topology.",
    )
    config_maps: Mapping[Service, tuple[DnsName, ...]] = Field(
        default={},
        description="ConfigMaps by name of the service, all of whose keys become environment variables.",
    )

    @field_validator("version")
    @classmethod
    def _names_one_image(cls, version: str, info: ValidationInfo) -> str:
        environment, allowed = info.data.get("environment"), info.data.get("allow_latest")
        if version == "latest" and environment != DEFAULT_ENVIRONMENT and allowed is False:
            raise MisfitError({(): "names another image every day: name a version, or set `allowLatest: true`"})
        return version

    @field_validator("autoscaling")
    @classmethod
    def _one_of_two(
        cls, autoscaling: Mapping[str, AutoscalingSettings], info: ValidationInfo
    ) -> Mapping[str, AutoscalingSettings]:
        both: dict[tuple[str, ...], str] = {
            (name,): f"leave it out, or replicas.{name}: one of them sets the number of pods"
            for name in autoscaling
            if name in info.data.get("replicas", {})
        }
        if both:
            raise MisfitError(both)
        return autoscaling

    @field_validator("hosts")
    @classmethod
    def _read_host(cls, hosts: Hosts, info: ValidationInfo) -> Hosts:
        if info.data.get("routing") == "ingress" and hosts.read is None:
            raise MisfitError(
                {
                    ("read",): "must be set with routing 'ingress', where the read service has a host of its own: "
                    "an Ingress cannot tell a GET from a PUT on one path"
                }
            )
        return hosts

    @field_validator("secrets")
    @classmethod
    def _has_a_store(cls, secrets: str, info: ValidationInfo) -> str:
        if secrets == "external-secrets" and info.data.get("external_secrets", ...) is None:
            raise MisfitError({(): "set externalSecrets.storeName too, the store with the values"})
        return secrets

    def autoscaling_of(self, service: str, most_replicas: int | None) -> AutoscalingSettings | None:
        """How the number of a service's pods follows their load; None where it is fixed.

        Args:
            service: Name of the service.
            most_replicas: More pods than these do not work, so that `default` goes no further; None for no limit.
        """
        default = None if service in self.replicas else self.autoscaling.get(DEFAULT)
        chosen = self.autoscaling.get(service, default)
        if chosen is None or most_replicas is None:
            return chosen
        if most_replicas == 1:
            return None
        most = min(chosen.max_replicas, most_replicas)
        return chosen.model_copy(update={"max_replicas": most, "min_replicas": min(chosen.min_replicas, most)})

    def image(self, name: str) -> str:
        """The full name of a service's image."""
        registry = f"{self.registry.rstrip('/')}/" if self.registry else ""
        return self.pinned(name, f"{registry}{name}:{self.version}")

    def pinned(self, name: str, image: str) -> str:
        """The image of a service or part of the infrastructure, with its digest if the settings have one."""
        return f"{image}@{self.digests[name]}" if name in self.digests else image
