"""Every reference in the generated folder is broken in turn; the linker reports each break with both ends."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cdk8s_backend.linker import check
from cdk8s_backend.manifest import Manifest
from cdk8s_backend.yaml import read_directory

import pytest

from tests.support.project import ROOT

NOT_REFERENCES: dict[str, tuple[str, ...]] = {
    "what the API server itself takes or refuses": (
        r".* (apiVersion|kind)",
        r".*\.(securityContext|strategy|persistentVolumeClaimRetentionPolicy)\..*",
        r".*\.(automountServiceAccountToken|enableServiceLinks|shareProcessNamespace|terminationGracePeriodSeconds)",
        r".*\.(restartPolicy|backoffLimit|imagePullPolicy|readOnly)",
        r"Secret/.* type",
        r"Service/.* spec\.type",
    ),
    "labels and annotations that no selector asks for": (
        r".* metadata\.labels\..*",
        r".* metadata\.annotations\..*",
        r".* spec\.template\.metadata\.labels\.(service|environment|app\.kubernetes\.io/[a-z-]+)",
        r"Job/.* spec\.template\.metadata\.labels\.app",
        r".* spec\.template\.metadata\.annotations\.checksum/config",
    ),
    "names by which no other object is called": (
        r"(Deployment|Job|Ingress)/.* metadata\.name",
        r".*\.(containers|initContainers)\[\d+\]\.name",
        r".*\.ports\[\d+\]\.name",
    ),
    "what the image holds and needs": (
        r".*\.image",
        r".*\.resources\.(requests|limits)\.(cpu|memory)",
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
        r"ConfigMap/kafka-config data\.zookeeper\.(tick|admin|autopurge|4lw|heap)\..*",
        r"ConfigMap/kafka-config data\.kafka\.(broker|cub|heap|inter|offsets|transaction|group|log)\..*",
        r"ConfigMap/kafka-config data\.kafka\.(listener\.security|zookeeper\.session)\..*",
        r"ConfigMap/(redis-config|postgresql-init-scripts) data\..*",
        r"Secret/.* stringData\..*",
    ),
    "sizes and numbers that one object alone decides": (
        r"Deployment/.* spec\.replicas",
        r"PersistentVolumeClaim/(?!.*-\d+ ).* spec\..*",
    ),
    "the way in from outside": (
        r"Ingress/.* spec\.(ingressClassName|rules\[\d+\]\.host)",
        r"Ingress/.* spec\.rules\[\d+\]\.http\.paths\[\d+\]\.(path|pathType)",
    ),
}
"""Patterns of `Kind/name path`, by the reason why a leaf is no reference to another object."""

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


def changes(host: str, port: str | None) -> list[str]:
    suffix = f":{port}" if port else ""
    hosts = [] if host == "0.0.0.0" else [f"{host}x{suffix}"]  # noqa: S104
    return hosts + ([f"{host}:{int(port) + 1}"] if port else [])


@pytest.fixture(scope="module")
def manifests() -> list[Manifest]:
    return [manifest for file in read_directory(ROOT / "dist").values() for manifest in file]


def breaks(manifests: list[Manifest]) -> Iterator[tuple[Leaf, Any]]:
    """Every leaf with every other value that must be reported."""
    services = {each["metadata"]["name"] for each in manifests if each["kind"] == "Service"}
    excluded = re.compile("|".join(pattern for patterns in NOT_REFERENCES.values() for pattern in patterns))
    for manifest in manifests:
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


def test_no_broken_value_slips_through(manifests: list[Manifest]) -> None:
    slips, tried = [], 0
    for leaf, other in breaks(manifests):
        old = leaf.value
        leaf.owner[leaf.key] = other
        lines = [str(problem) for problem in check(manifests)]
        leaf.owner[leaf.key] = old
        tried += 1
        if not any(leaf.title in line or str(other) in line or str(old) in line for line in lines):
            slips.append(f"{leaf.place}: {old!r} -> {other!r}: {lines or 'no problem'}")
    assert not slips, "\n".join(slips)
    assert tried > 300


def test_no_renamed_key_slips_through(manifests: list[Manifest]) -> None:
    slips = []
    for manifest in manifests:
        for field in ("data", "stringData"):
            for key in list(manifest.get(field, {})):
                entries = manifest[field]
                manifest[field] = {(f"{name}x" if name == key else name): value for name, value in entries.items()}
                lines = [str(problem) for problem in check(manifests)]
                manifest[field] = entries
                if not any(f"key {key} of {manifest['kind']}/{manifest['metadata']['name']}" in line for line in lines):
                    slips.append(f"{manifest['kind']}/{manifest['metadata']['name']} {field}.{key}: {lines}")
    assert not slips, "\n".join(slips)


def test_an_object_that_is_taken_away_is_missed(manifests: list[Manifest]) -> None:
    named = ("ConfigMap", "Secret", "Service", "StatefulSet")
    for position, manifest in enumerate(manifests):
        title = f"{manifest['kind']}/{manifest['metadata']['name']}"
        if manifest["kind"] in named:
            lines = [str(problem) for problem in check(manifests[:position] + manifests[position + 1 :])]
            assert any(manifest["metadata"]["name"] in line for line in lines), title


def test_every_pattern_of_what_is_no_reference_is_needed(manifests: list[Manifest]) -> None:
    places = [leaf.place for manifest in manifests for leaf in leaves_of(manifest)]
    patterns = [pattern for patterns in NOT_REFERENCES.values() for pattern in patterns]
    assert [each for each in patterns if not any(re.fullmatch(each, place) for place in places)] == []
