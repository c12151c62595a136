"""The names of parts of the system that settings may speak of."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["DEFAULT", "KnownNames", "NameKind"]

DEFAULT = "default"
"""The name under which a map speaks of every part that it does not name."""

NameKind: TypeAlias = Literal["services", "infrastructure", "secrets", "default"]


@dataclass(frozen=True, kw_only=True)
class KnownNames:
    """The names that settings may speak of.

    Args:
        services: Service to the most pods that work, None for no limit.
        infrastructure: Names of the infrastructure.
        secrets: Names of the Secrets. Default none.
    """

    services: Mapping[str, int | None]
    infrastructure: Collection[str]
    secrets: Collection[str] = ()

    def of(self, kinds: Iterable[NameKind]) -> tuple[str, ...]:
        """The names of these kinds, in their order."""
        names: dict[NameKind, Collection[str]] = {
            "services": self.services,
            "infrastructure": self.infrastructure,
            "secrets": self.secrets,
            "default": (DEFAULT,),
        }
        return tuple(name for kind in kinds for name in names[kind])
