"""What the deployment scripts know about a system, derived from its manifests."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cdk8s_backend.errors import BackendError
from cdk8s_backend.manifest import Manifest

__all__ = [
    "Claim",
    "Image",
    "Object",
    "Phase",
    "PhaseFiles",
    "Plan",
    "PlanError",
    "Secret",
    "SecretKey",
    "Text",
    "Workload",
    "make_plan",
]

WORKLOAD_KINDS = ("Deployment", "StatefulSet", "Job")
"""The kinds that the scripts wait for, and restart when a Secret that they read has changed."""

PART_OF = "app.kubernetes.io/part-of"

EXTERNAL_SECRET = ("external-secrets.io", "ExternalSecret")
"""Group and kind of an object for which a controller makes a Secret, with values from outside the cluster."""

PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
SECRET_KEY = re.compile(r"[-._a-zA-Z0-9]+")

RESERVED_VARIABLES = frozenset(
    {
        "CDPATH",
        "COLUMNS",
        "DIRSTACK",
        "ENV",
        "EUID",
        "FUNCNAME",
        "GROUPS",
        "HISTCMD",
        "HOME",
        "HOSTNAME",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "IFS",
        "KUBECONFIG",
        "LANG",
        "LANGUAGE",
        "LINENO",
        "LINES",
        "NO_PROXY",
        "OLDPWD",
        "OPTARG",
        "OPTERR",
        "OPTIND",
        "PATH",
        "PIPESTATUS",
        "POSIXLY_CORRECT",
        "PPID",
        "PWD",
        "RANDOM",
        "REPLY",
        "SECONDS",
        "SHELL",
        "SHELLOPTS",
        "SHLVL",
        "TERM",
        "TMPDIR",
        "UID",
        "USER",
    }
)
"""Variables that mean something to a shell, kubectl or the scripts, so that none can carry a Secret's value."""

RESERVED_PREFIXES = ("BASH", "LC_", "KUBERNETES_")


class PlanError(BackendError):
    """Manifests and names from which no deployment script can be made."""


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text that people read, in both languages of the scripts."""

    ko: str
    en: str


@dataclass(frozen=True, kw_only=True)
class PhaseFiles:
    """One step of the deployment, as the caller gives it.

    Attributes:
        name: Short name, unique in the plan, such as `storage`.
        title: What the scripts print when the step begins.
        files: Manifests by their paths relative to the scripts, in the order in which they are applied, but for the
            workloads: they follow all that they use.
        option: Name of an option of deploy without its dashes (`with-ingress`); without it the step is left out.
            None: the step is always done.
    """

    name: str
    title: Text
    files: Mapping[str, Manifest]
    option: str | None = None


@dataclass(frozen=True, kw_only=True)
class Image:
    """A container image that build-images makes.

    Attributes:
        name: Name without registry and version.
        dockerfile: Path of its Dockerfile relative to the source root.
        common: Built before the others, and left out where its Dockerfile does not exist.
    """

    name: str
    dockerfile: str
    common: bool = False


@dataclass(frozen=True, kw_only=True)
class Workload:
    """A Deployment, StatefulSet or Job."""

    kind: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Object:
    """An object of the plan as kubectl names it.

    Attributes:
        kind: Kubernetes kind, such as `Deployment`.
        resource: The kind in the form that kubectl takes in any cluster (`Deployment.v1.apps`, `Service.v1.`).
        group: API group of the kind, empty for the core one.
        name: Name of the object.
        file: Path of its file.
        namespaced: Whether its manifest names a namespace. Others may be there before the namespace is.
        made_secret: Of an ExternalSecret the name of the Secret that a controller makes for it, if it makes one.
        ready_within: Of a workload the seconds within which its probes want a started pod to be ready; None: they do
            not say.
        job_claims: Of a Job the claims of the databases that it prepares: those of the StatefulSets that read a Secret
            which it reads too. Is one younger than the Job, the Job has to run again.
    """

    kind: str
    resource: str
    group: str
    name: str
    file: str
    namespaced: bool
    made_secret: str | None = None
    ready_within: int | None = None
    job_claims: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SecretKey:
    """A key of a Secret, the variable that can bring its value, and the value where nothing else gives one.

    Attributes:
        name: Key in the Secret.
        variable: Environment variable.
        default: Value when neither the cluster nor the environment has one. None: a random value is made.
    """

    name: str
    variable: str
    default: str | None = None


@dataclass(frozen=True, kw_only=True)
class Secret:
    """A Secret that deploy builds.

    Attributes:
        name: Name of the Secret.
        manifest: The Secret without its values.
        keys: Its keys in the order of the file.
        readers: The workloads whose pods read it.
        claims: The claims in which its values live. Not empty: the Secret is bound to the data in them.
    """

    name: str
    manifest: Manifest
    keys: tuple[SecretKey, ...]
    readers: tuple[Workload, ...]
    claims: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A claim that the system keeps data in.

    Attributes:
        name: Name of the claim.
        labels: The labels that its StatefulSet gives it; empty when it has a file, whose labels it bears.
    """

    name: str
    labels: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One step of the deployment.

    Attributes:
        name: Short name.
        title: What the scripts print.
        option: Option that includes the step, or None when it is always done.
        objects: All objects of the step in the order in which they are applied, its Secrets too.
        secrets: The Secrets of the step.
        addresses: What people can open in a browser once the step is done, as URLs.
    """

    name: str
    title: Text
    option: str | None
    objects: tuple[Object, ...]
    secrets: tuple[Secret, ...]
    addresses: tuple[str, ...]

    @property
    def applied(self) -> tuple[Object, ...]:
        """The objects whose files kubectl applies: all but the Secrets."""
        return tuple(item for item in self.objects if item.kind != "Secret")

    @property
    def workloads(self) -> tuple[Object, ...]:
        """The objects that the step waits for; an ExternalSecret counts as a workload that is ready with its Secret."""
        return tuple(item for item in self.objects if item.kind in WORKLOAD_KINDS or item.made_secret)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All that the scripts know about a system.

    Attributes:
        title: Name of the system for people.
        namespace: Namespace of all its objects.
        environment: Name of the environment that the folder is for.
        part_of: Value of the label `app.kubernetes.io/part-of` that all objects bear but the Namespace; empty when they
            do not.
        phases: Steps in order.
        claims: All claims: those with a file, and those that the StatefulSets make.
        images: Images in the order in which they are built.
        registry: Registry that the manifests name, empty for none.
        version: Version that the manifests name.
    """

    title: Text
    namespace: str
    environment: str
    part_of: str
    phases: tuple[Phase, ...]
    claims: tuple[Claim, ...]
    images: tuple[Image, ...]
    registry: str
    version: str


def make_plan(
    *,
    title: Text,
    namespace: str,
    environment: str,
    phases: Sequence[PhaseFiles],
    images: Sequence[Image],
    registry: str,
    version: str,
    secret_defaults: Mapping[str, str] = {},
) -> Plan:
    """Derives from manifests what the deployment scripts have to know.

    Args:
        title: Name of the system for people.
        namespace: Namespace of all objects; a manifest may leave it out but not name another one.
        environment: Name of the environment that the folder is for.
        phases: Steps in the order of the deployment.
        images: Images that build-images makes; common ones are built first.
        registry: Registry that the manifests name, empty for none.
        version: Version that the manifests name.
        secret_defaults: Values by variable, for Secret keys which neither the cluster nor the environment gives a
            value. Default: none, so that all missing values are random.

    Returns:
        The plan.

    Raises:
        PlanError: A name or file occurs twice, an object lies in another namespace, a Secret is no template or is made
            for an ExternalSecret too, a variable cannot carry a value, or a default belongs to no key.
    """
    _check_unique("phase", [phase.name for phase in phases])
    _check_unique("file", [path for phase in phases for path in phase.files])
    _check_unique("image", [image.name for image in images])
    manifests = [manifest for phase in phases for manifest in phase.files.values()]
    for phase in phases:
        _check_phase(phase, namespace)
    plan = Plan(
        title=title,
        namespace=namespace,
        environment=environment,
        part_of=_part_of(manifests),
        phases=tuple(_phase(phase, manifests, secret_defaults) for phase in phases),
        claims=tuple(_all_claims(manifests).values()),
        images=tuple(sorted(images, key=lambda image: not image.common)),
        registry=registry,
        version=version,
    )
    _check_unique("object", [f"{item.resource}/{item.name}" for phase in plan.phases for item in phase.objects])
    _check_made_secrets(plan)
    _check_defaults(plan, secret_defaults)
    return plan


def _phase(phase: PhaseFiles, manifests: Sequence[Manifest], defaults: Mapping[str, str]) -> Phase:
    return Phase(
        name=phase.name,
        title=phase.title,
        option=phase.option,
        objects=tuple(
            _object(path, manifest, manifests)
            for path, manifest in sorted(phase.files.items(), key=lambda file: _turn(file[1]))
        ),
        secrets=tuple(
            _secret(path, manifest, manifests, defaults)
            for path, manifest in phase.files.items()
            if manifest["kind"] == "Secret"
        ),
        addresses=tuple(
            dict.fromkeys(address for manifest in phase.files.values() for address in _addresses(manifest))
        ),
    )


def _turn(manifest: Manifest) -> int:
    """The turn of an object in its phase: its pods, once they start, take the time that applying the others needs."""
    if manifest["kind"] in WORKLOAD_KINDS:
        return 1
    return 2 if manifest["kind"] == "HorizontalPodAutoscaler" else 0


def _part_of(manifests: Sequence[Manifest]) -> str:
    found = {item["metadata"].get("labels", {}).get(PART_OF, "") for item in manifests if item["kind"] != "Namespace"}
    return found.pop() if len(found) == 1 else ""


def _object(path: str, manifest: Manifest, manifests: Sequence[Manifest]) -> Object:
    group, _, version = manifest["apiVersion"].rpartition("/")
    return Object(
        kind=manifest["kind"],
        resource=f"{manifest['kind']}.{version}.{group}",
        group=group,
        name=manifest["metadata"]["name"],
        file=path,
        namespaced="namespace" in manifest["metadata"],
        made_secret=_made_secret(manifest) if (group, manifest["kind"]) == EXTERNAL_SECRET else None,
        ready_within=_ready_within(manifest) if manifest["kind"] in ("Deployment", "StatefulSet") else None,
        job_claims=tuple(_job_claims(manifest, manifests)) if manifest["kind"] == "Job" else (),
    )


def _ready_within(workload: Manifest) -> int | None:
    """The longest that the startup and readiness probes of a container take to give up, one after the other."""
    containers = workload["spec"]["template"]["spec"]["containers"]
    budgets = [
        sum(_budget(container[probe]) for probe in ("startupProbe", "readinessProbe") if probe in container)
        for container in containers
        if "startupProbe" in container
    ]
    return max(budgets, default=None)


def _budget(probe: Mapping[str, int]) -> int:
    """Seconds of a probe (with Kubernetes' defaults) from its begin until it gives up."""
    return probe.get("initialDelaySeconds", 0) + probe.get("periodSeconds", 10) * probe.get("failureThreshold", 3)


def _job_claims(job: Manifest, manifests: Sequence[Manifest]) -> Iterator[str]:
    read = _secrets_read(job)
    for manifest in manifests:
        if manifest["kind"] == "StatefulSet" and read & _secrets_read(manifest):
            yield from (claim.name for claim in _claims(manifest))


def _addresses(manifest: Manifest) -> Iterator[str]:
    """The hosts of an Ingress or HTTPRoute as URLs."""
    spec = manifest.get("spec", {})
    if manifest["kind"] == "Ingress":
        secure = {host for entry in spec.get("tls", []) for host in entry.get("hosts", [])}
        for host in (rule["host"] for rule in spec.get("rules", []) if "host" in rule):
            yield f"{'https' if host in secure else 'http'}://{host}/"
    if manifest["kind"] == "HTTPRoute":
        parents = {parent.get("sectionName", "") for parent in spec.get("parentRefs", [])}
        for host in spec.get("hostnames", []):
            yield f"{'https' if 'https' in parents else 'http'}://{host}/"


def _made_secret(external_secret: Manifest) -> str | None:
    target = external_secret["spec"].get("target", {})
    if "manifest" in target or target.get("creationPolicy") == "None":
        return None
    name: str = target.get("name", external_secret["metadata"]["name"])
    return name


def _workload(manifest: Manifest) -> Workload:
    return Workload(kind=manifest["kind"], name=manifest["metadata"]["name"])


def _secret(path: str, manifest: Manifest, manifests: Sequence[Manifest], defaults: Mapping[str, str]) -> Secret:
    if "data" in manifest:
        raise PlanError(f"{path}: a Secret's file is a template: write its keys in stringData, not in data")
    name = manifest["metadata"]["name"]
    readers = [item for item in manifests if item["kind"] in WORKLOAD_KINDS and name in _secrets_read(item)]
    return Secret(
        name=name,
        manifest={key: value for key, value in manifest.items() if key != "stringData"},
        keys=tuple(_secret_key(path, key, value, defaults) for key, value in manifest.get("stringData", {}).items()),
        readers=tuple(_workload(item) for item in readers),
        claims=tuple(claim.name for item in readers for claim in _claims(item)),
    )


def _secret_key(path: str, key: str, value: str, defaults: Mapping[str, str]) -> SecretKey:
    where = f"{path}: stringData.{key}"
    if not SECRET_KEY.fullmatch(key):
        raise PlanError(f"{where}: a key of a Secret consists of letters, digits, '-', '_' and '.'")
    match = PLACEHOLDER.fullmatch(value)
    if match is None:
        raise PlanError(f"{where}: the value must be one whole placeholder such as ${{POSTGRESQL_PASSWORD}}")
    variable = match[1]
    if not VARIABLE.fullmatch(variable):
        raise PlanError(f"{where}: the variable {variable} must consist of capital letters, digits and '_'")
    if variable in RESERVED_VARIABLES or variable.startswith(RESERVED_PREFIXES):
        raise PlanError(f"{where}: the variable {variable} means something to the shell or to kubectl: choose another")
    return SecretKey(name=key, variable=variable, default=defaults.get(variable))


def _secrets_read(workload: Manifest) -> set[str]:
    """Names of the Secrets that reach the containers of a workload's pods."""
    return set(_secret_names(workload["spec"]["template"]["spec"]))


def _secret_names(pod: Mapping[str, Any]) -> Iterator[str]:
    for container in [*pod.get("initContainers", []), *pod.get("containers", [])]:
        for variable in container.get("env", []):
            if "secretKeyRef" in variable.get("valueFrom", {}):
                yield variable["valueFrom"]["secretKeyRef"]["name"]
        for source in container.get("envFrom", []):
            if "secretRef" in source:
                yield source["secretRef"]["name"]
    for volume in pod.get("volumes", []):
        if "secret" in volume:
            yield volume["secret"]["secretName"]
        for source in volume.get("projected", {}).get("sources", []):
            if "secret" in source:
                yield source["secret"]["name"]


def _all_claims(manifests: Sequence[Manifest]) -> Mapping[str, Claim]:
    """The claims by name; one that has a file and is a StatefulSet's too is as its file says."""
    claims: dict[str, Claim] = {}
    for manifest in manifests:
        for claim in _claims(manifest):
            if manifest["kind"] == "PersistentVolumeClaim" or claim.name not in claims:
                claims[claim.name] = claim
    return claims


def _claims(manifest: Manifest) -> Iterator[Claim]:
    """The claims that an object is or makes."""
    name = manifest["metadata"]["name"]
    if manifest["kind"] == "PersistentVolumeClaim":
        yield Claim(name=name, labels={})
    if manifest["kind"] == "StatefulSet":
        spec = manifest["spec"]
        first = spec.get("ordinals", {}).get("start", 0)
        selected = spec.get("selector", {}).get("matchLabels", {})
        for template in spec.get("volumeClaimTemplates", []):
            labels = {**template["metadata"].get("labels", {}), **selected}
            for ordinal in range(first, first + max(spec.get("replicas", 1), 1)):
                yield Claim(name=f"{template['metadata']['name']}-{name}-{ordinal}", labels=labels)


def _check_phase(phase: PhaseFiles, namespace: str) -> None:
    kinds = {manifest["kind"] for manifest in phase.files.values()}
    if {"Namespace", "Secret"} <= kinds:
        raise PlanError(f"phase {phase.name}: put the Namespace in a phase before its Secrets")
    for path, manifest in phase.files.items():
        found = manifest["metadata"].get("namespace", namespace)
        if found != namespace:
            raise PlanError(f"{path}: metadata.namespace is {found!r}, and the plan's is {namespace!r}")


def _check_unique(what: str, names: Sequence[str]) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise PlanError(f"{what} {name!r} occurs {times} times in the plan")


def _check_made_secrets(plan: Plan) -> None:
    templates = {secret.name for phase in plan.phases for secret in phase.secrets}
    for item in (item for phase in plan.phases for item in phase.objects):
        if item.made_secret in templates:
            raise PlanError(
                f"{item.file}: ExternalSecret {item.name} stands for Secret {item.made_secret}, and so does a template "
                "of the plan: leave out one of them"
            )


def _check_defaults(plan: Plan, defaults: Mapping[str, str]) -> None:
    known = {key.variable for phase in plan.phases for secret in phase.secrets for key in secret.keys}
    for variable, value in defaults.items():
        if variable not in known:
            raise PlanError(
                f"secret_defaults: no Secret has ${{{variable}}}; known: {', '.join(sorted(known)) or 'none'}"
            )
        if not value:
            raise PlanError(f"secret_defaults: the value of {variable} is empty")
