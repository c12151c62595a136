"""The exemptions as a table. `python -m policies.table` writes it into docs/policies.md and docs/policies.ko.md."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cdk8s_backend.assertions import Manifests
from cdk8s_backend.manifest import Manifest

from charts.exemptions import EXEMPTIONS, Exemption
from charts.marks import with_part
from charts.topology import SERVICES
from main import ROOT
from policies.judging import WORKLOADS
from policies.variants import write

__all__ = ["PAGES", "Words", "table", "with_table"]

VARIANT = "backups, autoscaling and an issuer"
"""The variant that has every object with an exemption."""


@dataclass(frozen=True, kw_only=True)
class Words:
    """The words of the table in one language.

    Attributes:
        head: The names of the columns: checks, objects, and the reason.
        all: All workloads.
        services: All services.
        others: All workloads that are no services.
        reason: The reason of an exemption.
    """

    head: tuple[str, str, str]
    all: str
    services: str
    others: str
    reason: Callable[[Exemption], str]


PAGES: Mapping[Path, Words] = {
    ROOT / "docs/policies.md": Words(
        head=("checks", "objects", "why"),
        all="every workload",
        services="every service",
        others="every workload but the services",
        reason=lambda exemption: exemption.reason_en,
    ),
    ROOT / "docs/policies.ko.md": Words(
        head=("검사", "객체", "이유"),
        all="모든 워크로드",
        services="모든 서비스",
        others="서비스를 뺀 모든 워크로드",
        reason=lambda exemption: exemption.reason_ko,
    ),
}
"""The pages with the table, and their words."""


def table(manifests: Sequence[Manifest], words: Words) -> str:
    """The exemptions of a system as a table in Markdown; checks with the same objects and reason share a row.

    Args:
        manifests: The objects of the system.
        words: The words of a language.
    """
    rows: dict[tuple[str, str], list[str]] = {}
    for exemption in EXEMPTIONS:
        key = (_objects(exemption, manifests, words), words.reason(exemption))
        rows.setdefault(key, []).extend(_checks(exemption))
    lines = [words.head, ("---",) * 3, *(("<br>".join(checks), *key) for key, checks in rows.items())]
    return "".join(f"|{'|'.join(line)}|\n" if line[0] == "---" else f"| {' | '.join(line)} |\n" for line in lines)


def with_table(text: str, manifests: Sequence[Manifest], words: Words) -> str:
    """A text with the table between its two marks, in place of what is there.

    Raises:
        ValueError: The two marks are not there exactly once.
    """
    return with_part(text, "exemptions", table(manifests, words))


def _checks(exemption: Exemption) -> Iterator[str]:
    for tool, checks in exemption.checks.items():
        yield from (f"{tool}: `{check}`" for check in checks)


def _objects(exemption: Exemption, manifests: Sequence[Manifest], words: Words) -> str:
    workloads = {manifest["metadata"]["name"] for manifest in manifests if manifest["kind"] in WORKLOADS}
    services = {service.name for service in SERVICES}
    concerned = {manifest["metadata"]["name"] for manifest in manifests if exemption.concerns(manifest)}
    named = {frozenset(workloads): words.all, frozenset(services): words.services}
    named[frozenset(workloads - services)] = words.others
    return named.get(frozenset(concerned)) or ", ".join(f"`{name}`" for name in sorted(concerned))


def main() -> int:
    """Writes the table into the pages; returns 0."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary, "folder")
        write(VARIANT, folder)
        manifests = list(Manifests.from_directory(folder))
    for path, words in PAGES.items():
        path.write_text(with_table(path.read_text("utf-8"), manifests, words), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
