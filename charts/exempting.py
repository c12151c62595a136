"""Exemptions on objects: annotations that tell policy tools which checks an object is exempted from, and people why."""

from collections.abc import Iterator

from cdk8s_backend.manifest import Manifest

from charts.exemptions import CHECKOV, EXEMPTIONS, KUBE_LINTER, KUBE_SCORE, Exemption

__all__ = ["exempted", "with_exemptions", "without_exemptions"]

_PREFIXES = ("kube-score/", "reason.kube-score/", "checkov.io/", "ignore-check.kube-linter.io/")


def exempted(manifest: Manifest) -> Iterator[tuple[str, str, Exemption]]:
    """The checks that an object is exempted from: tool, check, and the exemption."""
    for exemption in EXEMPTIONS:
        if exemption.concerns(manifest):
            for tool, checks in exemption.checks.items():
                for check in checks:
                    yield tool, check, exemption


def with_exemptions(manifest: Manifest) -> Manifest:
    """The object with the annotations of its exemptions, and the same object where it has none.

    They stand on the object itself and not on its pods, which would be replaced with each new word.
    """
    annotations = dict(_annotations(manifest))
    if not annotations:
        return manifest
    metadata = manifest["metadata"]
    return {**manifest, "metadata": {**metadata, "annotations": {**metadata.get("annotations", {}), **annotations}}}


def without_exemptions(manifest: Manifest) -> Manifest:
    """The object without annotations of exemptions, whoever wrote them."""
    metadata = manifest["metadata"]
    kept = {key: value for key, value in metadata.get("annotations", {}).items() if not key.startswith(_PREFIXES)}
    return {**manifest, "metadata": {**metadata, "annotations": kept}}


def _annotations(manifest: Manifest) -> Iterator[tuple[str, str]]:
    reasons: dict[str, dict[str, str]] = {KUBE_SCORE: {}, CHECKOV: {}, KUBE_LINTER: {}}
    for tool, check, exemption in exempted(manifest):
        reasons[tool][check] = exemption.reason_en
    if reasons[KUBE_SCORE]:
        yield "kube-score/ignore", ",".join(reasons[KUBE_SCORE])
    for check, reason in reasons[KUBE_SCORE].items():
        yield f"reason.kube-score/{check}", reason  # kube-score has no place for it
    for number, (check, reason) in enumerate(reasons[CHECKOV].items(), start=1):
        yield f"checkov.io/skip{number}", f"{check}={reason}"
    for check, reason in reasons[KUBE_LINTER].items():
        yield f"ignore-check.kube-linter.io/{check}", reason
