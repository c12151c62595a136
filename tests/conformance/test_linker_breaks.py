"""Every reference in the generated folder is broken in turn; the linker reports each break with both ends.

So is each one in what only a variant has: a certificate, a Gateway with its routes, ExternalSecrets, autoscalers.
"""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cdk8s_backend.linker import check
from cdk8s_backend.manifest import Manifest
from cdk8s_backend.yaml import read_directory

import pytest

from tests.support.project import ROOT
from tests.support.synthesis import combination, manifests_of

VARIANTS = {
    "dist": None,
    "certificate": combination(routing="ingress", secrets="template", tls="secret"),
    "gateway": combination(routing="gateway", secrets="external-secrets", tls="secret"),
    "autoscaling": {"autoscaling": {"default": {"maxReplicas": 5}}},
}

NOT_REFERENCES: dict[str, tuple[str, ...]] = {
    "what the API server itself takes or refuses": (
        r".* (apiVersion|kind)",
        r".*\.(securityContext|strategy|persistentVolumeClaimRetentionPolicy)\..*",
        r".*\.(automountServiceAccountToken|enableServiceLinks|shareProcessNamespace|terminationGracePeriodSeconds)",
        r".*\.(restartPolicy|backoffLimit|imagePullPolicy|readOnly)",
        r"Secret/.* type",
        r"Service/.* spec\.type",
        r"Gateway/.* spec\.listeners\[\d+\]\.(protocol|tls\.mode)",
        r"HTTPRoute/.* spec\.rules\[\d+\]\.(matches\[\d+\]\.(method|path\.type)|filters\[\d+\]\.type)",
        r"ExternalSecret/.* spec\.target\.(creation|deletion)Policy",
        r"NetworkPolicy/.* spec\.policyTypes\[\d+\]",
        r"PodDisruptionBudget/.* spec\.unhealthyPodEvictionPolicy",
        r"HorizontalPodAutoscaler/.* spec\.(scaleTargetRef\.apiVersion|metrics\[\d+\]\..*)",
    ),
    "labels and annotations that no selector asks for": (
        r".* metadata\.labels\..*",
        r".* metadata\.annotations\..*",
        r".* spec\.template\.metadata\.labels\.(service|environment|app\.kubernetes\.io/[a-z-]+)",
        r".* spec\.template\.metadata\.annotations\.checksum/config",
    ),
    "names by which no other object is called": (
        r"(Deployment|Job|Ingress|HTTPRoute|ExternalSecret|NetworkPolicy)/.* metadata\.name",
        r"(PodDisruptionBudget|HorizontalPodAutoscaler)/.* metadata\.name",
        r".*\.(containers|initContainers)\[\d+\]\.name",
        r".*\.ports\[\d+\]\.name",
    ),
    "what the image holds and needs": (
        r".*\.image",
        r".*\.resources\.(requests|limits)\.(cpu|memory|ephemeral-storage)",
        r".*\.emptyDir\.(sizeLimit|medium)",
        r".*\.volumeMounts\[\d+\]\.(mountPath|subPath)",
        r".*\.(containers|initContainers)\[\d+\]\.(command|args)\[\d+\]",
        r".*\.(env)\[\d+\]\.(name|value)",
    ),
    "how often and with what a probe asks": (
        r".*Probe\.[a-zA-Z]+(Seconds|Threshold)",
        r".*Probe\.httpGet\.path",
        r".*(Probe|preStop)\.exec\.command\[\d+\]",
    ),
    "settings of programs, and names inside a database or broker": (
        r"ConfigMap/app-config data\.(node\.env|(dashboard\.)?database\.name|kafka\.topic\..*)",
        r"ConfigMap/kafka-config data\.zookeeper\.(tick|admin|autopurge|4lw|heap|extra)\..*",
        r"ConfigMap/kafka-config data\.kafka\.(broker|cub|extra|heap|inter|offsets|transaction|group|log)\..*",
        r"ConfigMap/kafka-config data\.kafka\.(listener\.security|zookeeper\.session)\..*",
        r"ConfigMap/(redis-config|postgresql-init-scripts) data\..*",
        r"Secret/.* stringData\..*",
    ),
    "sizes and numbers that one object alone decides": (
        r"Deployment/.* spec\.(replicas|progressDeadlineSeconds)",
        r"PersistentVolumeClaim/(?!.*-\d+ ).* spec\..*",
        r"PodDisruptionBudget/.* spec\.maxUnavailable",
        r"HorizontalPodAutoscaler/.* spec\.(min|max)Replicas",
        r"Deployment/.*\.affinity\..*\.weight",
    ),
    "pods, nodes and addresses of the cluster": (
        r"NetworkPolicy/allow-dns spec\.egress\[0\]\..*",
        r"NetworkPolicy/.*\.namespaceSelector\..*",
        r"Deployment/.*\.affinity\..*\.topologyKey",
    ),
    "the way in from outside": (
        r"Ingress/.* spec\.(ingressClassName|rules\[\d+\]\.host)",
        r"Ingress/.* spec\.rules\[\d+\]\.http\.paths\[\d+\]\.(path|pathType)",
        r"Gateway/.* spec\.(gatewayClassName|listeners\[\d+\]\.port)",
        r"HTTPRoute/.* spec\.rules\[\d+\]\.(timeouts\.request|matches\[\d+\]\.path\.value)",
        r"HTTPRoute/.* spec\.rules\[\d+\]\.filters\[\d+\]\.requestRedirect\.(scheme|statusCode)",
    ),
    "where an operator finds the values of Secrets": (
        r"ExternalSecret/.* spec\.(refreshInterval|secretStoreRef\.(kind|name)|data\[\d+\]\.remoteRef\..*)",
    ),
}
"""Patterns of `Kind/name path`, by the reason why a leaf is no reference to another object."""

WITHIN_ONE_OBJECT: dict[str, tuple[str, ...]] = {
    "a workload's selector and the labels of its pods": (r"(Deployment|StatefulSet)/.* spec\.selector\..*",),
    "an anti-affinity and the labels of its own pods": (r"Deployment/.*\.podAntiAffinity\..*\.labelSelector\..*",),
    "a probe and the ports of its container": (r".*Probe\.(httpGet|tcpSocket)\.port",),
    "a mount and the volumes of its pod": (r".*\.(volumeMounts|volumes)\[\d+\]\.name",),
    "the hosts of a certificate and those of the rules": (r"Ingress/.* spec\.tls\[\d+\]\.hosts\[\d+\]",),
}
"""Patterns of `Kind/name path` where both ends lie in the same object: the problem names it and both values."""

OBJECT_NAME = re.compile(r"\b[A-Z][A-Za-z]+/[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
PROGRAM_TEXT = re.compile(r".*\.(args|command)\[\d+\]|.*\.env\[\d+\]\.value|ConfigMap/.* data\..*")


@dataclass(frozen=True)
class Leaf:
    """A scalar of a manifest, and where it stands."""

    title: str
    path: str
    owner: Any
    key: Any

    @property
    def place(self) -> str:
        return f"{self.title} {self.path}"

    @property
    def value(self) -> Any:
        return self.owner[self.key]


def leaves_of(manifest: Manifest) -> Iterator[Leaf]:
    title = f"{manifest['kind']}/{manifest['metadata']['name']}"

    def walk(owner: Any, key: Any, path: str) -> Iterator[Leaf]:
        value = owner[key]
        if isinstance(value, dict):
            for name in value:
                yield from walk(value, name, f"{path}.{name}" if path else name)
        elif isinstance(value, list):
            for position in range(len(value)):
                yield from walk(value, position, f"{path}[{position}]")
        else:
            yield Leaf(title, path, owner, key)

    yield from walk([manifest], 0, "")


def other_values(value: Any, services: set[str], *, is_text: bool) -> list[Any]:
    """Plausible other values: one, or for text that a program reads one for each host and port in it."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1]
    if value is None:
        return ["x"]
    if not is_text:
        return [f"{value}x"]
    host_and_port = rf"(?<![\w.-])(?<!(?<!/)/)({'|'.join(sorted(services))}|0\.0\.0\.0)(?::(\d+)|(?![\w-]|://))"
    others = [
        f"{value[: match.start()]}{changed}{value[match.end() :]}"
        for match in re.finditer(host_and_port, value)
        for changed in changes(match[1], match[2])
    ]
    if value.isdigit():
        others.append(str(int(value) + 1))
    return others


def objects_in(line: str) -> set[str]:
    """The objects that a problem's line names as `Kind/name`."""
    return set(OBJECT_NAME.findall(line))


def has_both_ends(line: str, leaf: Leaf, old: Any, new: Any) -> bool:
    """Whether a problem's line names the broken object and the one at the other end, or for one object both values."""
    if any(re.fullmatch(each, leaf.place) for patterns in WITHIN_ONE_OBJECT.values() for each in patterns):
        source, _, message = line.partition(": ")
        values = (re.search(rf"(?<![\w./-]){re.escape(str(value))}(?![\w./-])", message) for value in (old, new))
        return source.startswith(f"{leaf.title} ") and all(values)
    own = {leaf.title}
    if leaf.path == "metadata.name":
        own.add(f"{leaf.title.partition('/')[0]}/{new}")
    return bool(objects_in(line) & own) and bool(objects_in(line) - own)


def changes(host: str, port: str | None) -> list[str]:
    suffix = f":{port}" if port else ""
    hosts = [] if host == "0.0.0.0" else [f"{host}x{suffix}"]  # noqa: S104
    return hosts + ([f"{host}:{int(port) + 1}"] if port else [])


def manifests_in(name: str) -> list[Manifest]:
    changed = VARIANTS[name]
    if changed is None:
        return [manifest for file in read_directory(ROOT / "dist").values() for manifest in file]
    return copy.deepcopy(list(manifests_of("production", **changed)))


@pytest.fixture(scope="module", params=VARIANTS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def manifests(name: str) -> list[Manifest]:
    return manifests_in(name)


@pytest.fixture(scope="module")
def own(name: str, manifests: list[Manifest]) -> list[Manifest]:
    """The objects to break: all of the generated folder, and of a variant those that the folder does not have."""
    generated = manifests_in("dist")
    return manifests if name == "dist" else [manifest for manifest in manifests if manifest not in generated]


def breaks(manifests: list[Manifest], own: list[Manifest]) -> Iterator[tuple[Leaf, Any]]:
    """Every leaf of some objects with every other value that must be reported."""
    services = {each["metadata"]["name"] for each in manifests if each["kind"] == "Service"}
    excluded = re.compile("|".join(pattern for patterns in NOT_REFERENCES.values() for pattern in patterns))
    for manifest in own:
        for leaf in leaves_of(manifest):
            is_text = PROGRAM_TEXT.fullmatch(leaf.place) is not None
            is_excluded = excluded.fullmatch(leaf.place) is not None
            if is_excluded and not (is_text and isinstance(leaf.value, str) and "\n" not in leaf.value):
                continue
            others = other_values(leaf.value, services, is_text=is_text)
            if is_excluded:
                others = [other for other in others if not other.isdigit()]
            yield from ((leaf, other) for other in others)
            assert others or is_excluded or is_text, f"{leaf.place} has no other value"


def test_the_generated_folder_has_no_problem(manifests: list[Manifest]) -> None:
    assert manifests
    assert [str(problem) for problem in check(manifests)] == []


def test_no_broken_value_slips_through(name: str, manifests: list[Manifest], own: list[Manifest]) -> None:
    slips, tried = [], 0
    for leaf, other in breaks(manifests, own):
        old = leaf.value
        leaf.owner[leaf.key] = other
        lines = [str(problem) for problem in check(manifests)]
        leaf.owner[leaf.key] = old
        tried += 1
        if not any(has_both_ends(line, leaf, old, other) for line in lines):
            slips.append(f"{leaf.place}: {old!r} -> {other!r}: {lines or 'no problem'}")
    assert not slips, "\n".join(slips)
    assert tried > {"dist": 300, "certificate": 10, "gateway": 60, "autoscaling": 10}[name]


def test_no_renamed_key_slips_through(manifests: list[Manifest]) -> None:
    slips = []
    for manifest in manifests:
        for field in ("data", "stringData"):
            for key in list(manifest.get(field, {})):
                entries = manifest[field]
                manifest[field] = {(f"{name}x" if name == key else name): value for name, value in entries.items()}
                lines = [str(problem) for problem in check(manifests)]
                manifest[field] = entries
                title = f"{manifest['kind']}/{manifest['metadata']['name']}"
                if not any(f"key {key} of {title}" in line and objects_in(line) - {title} for line in lines):
                    slips.append(f"{title} {field}.{key}: {lines}")
    assert not slips, "\n".join(slips)


def test_an_object_that_is_taken_away_is_missed_by_one_that_refers_to_it(manifests: list[Manifest]) -> None:
    for position, manifest in enumerate(manifests):
        title = f"{manifest['kind']}/{manifest['metadata']['name']}"
        lines = [str(problem) for problem in check(manifests[:position] + manifests[position + 1 :])]
        if manifest["kind"] in ("ConfigMap", "Secret", "ExternalSecret", "Service"):
            title = title.replace("ExternalSecret/", "Secret/")  # what it makes is missed
            assert any(title in objects_in(line) and objects_in(line) - {title} for line in lines), title


def test_a_workload_that_is_taken_away_is_missed_by_its_service_under_its_label(manifests: list[Manifest]) -> None:
    for position, manifest in enumerate(manifests):
        if manifest["kind"] in ("Deployment", "StatefulSet"):
            name = manifest["metadata"]["name"]
            lines = [str(problem) for problem in check(manifests[:position] + manifests[position + 1 :])]
            missed = f"Service/{name} spec.selector: pods with app={name} do not exist in namespace count-system"
            assert any(line.startswith(missed) for line in lines), lines


def test_every_exception_is_needed() -> None:
    places = [leaf.place for each in VARIANTS for manifest in manifests_in(each) for leaf in leaves_of(manifest)]
    exceptions = (*NOT_REFERENCES.values(), *WITHIN_ONE_OBJECT.values())
    patterns = [pattern for patterns in exceptions for pattern in patterns]
    assert [each for each in patterns if not any(re.fullmatch(each, place) for place in places)] == []
