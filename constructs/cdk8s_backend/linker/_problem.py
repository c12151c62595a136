"""What the linker finds."""

from dataclasses import dataclass

__all__ = ["Problem"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """A reference whose two ends do not meet. `str()` gives one line that names both ends.

    Attributes:
        source: The object that refers, as "Deployment/api".
        field: Path of the referring field, as "spec.template.spec.containers[0].env[3].valueFrom.configMapKeyRef.key".
        target: What the field points at, as "key redis.ulr of ConfigMap/settings".
        reason: Why the two do not meet, and what would be right where that is known.
        candidate: The closest thing that exists, or None.
        owner: The object that has the candidate, as "Deployment/cache", where the target does not name it.
    """

    source: str
    field: str
    target: str
    reason: str
    candidate: str | None = None
    owner: str | None = None

    def __str__(self) -> str:
        line = f"{self.source} {self.field}: {self.target} {self.reason}"
        if self.candidate is not None:
            line += f"; did you mean {self.candidate}{f' of {self.owner}' if self.owner else ''}?"
        return " ".join(line.splitlines())
