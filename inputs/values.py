"""The kinds of values that settings hold: what each may be, and the words that say so to whoever wrote another."""

from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from cdk8s_backend.cron import SCHEDULE

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import core_schema

from inputs.names import KnownNames, NameKind

__all__ = [
    "BYTES",
    "DNS_LABEL",
    "Backups",
    "Cpu",
    "Digest",
    "DnsLabel",
    "DnsName",
    "Duration",
    "Flag",
    "Host",
    "JobSeconds",
    "Named",
    "Percent",
    "ProxySeconds",
    "PullSeconds",
    "Registry",
    "RemoteKey",
    "Replicas",
    "Schedule",
    "Size",
    "Tag",
    "Text",
    "TimeZone",
    "VariableName",
    "Words",
]


@dataclass(frozen=True)
class Words:
    """What a text may be, in words; the schema has it under the name that editors look for.

    Args:
        words: What to do instead, like `use a DNS name`.
    """

    words: str

    def __get_pydantic_json_schema__(self, core: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> Any:
        return {**handler(core), "patternErrorMessage": self.words}


@dataclass(frozen=True)
class Named:
    """Marks the keys of a map as names of parts of the system, which validation takes from its context.

    Args:
        kinds: Of what the names may be.
    """

    kinds: tuple[NameKind, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.with_info_after_validator_function(self._known, handler(source))

    def __get_pydantic_json_schema__(self, _: core_schema.CoreSchema, __: GetJsonSchemaHandler) -> Any:
        return {"type": "string", "names": list(self.kinds)}

    def _known(self, name: str, info: ValidationInfo) -> str:
        if isinstance(info.context, KnownNames) and name not in info.context.of(self.kinds):
            raise ValueError("no such name")
        return name


_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_LAST_LABEL = r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?"  # no digit first, so that it is no IP address
DNS_LABEL = rf"^{_LABEL}$"
_PORT = r"([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
_REGISTRY = rf"^([a-z0-9]+([.-][a-z0-9]+)*(:{_PORT})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*/?)?$"
_ABOVE_ZERO = r"([0-9]*[1-9][0-9]*(\.[0-9]+)?|0*\.[0-9]*[1-9][0-9]*)"
BYTES = rf"^{_ABOVE_ZERO}([kMGTPE]|[KMGTPE]i)?$"
"""The pattern of amounts of bytes."""

Text: TypeAlias = Annotated[
    str,
    Field(pattern=r"^[^\u0000\u007f-\u009f\ufffe\uffff]*$"),
    Words("use text without U+0000, U+007F to U+009F, U+FFFE and U+FFFF, which do not arrive in a cluster as they are"),
]
DnsName: TypeAlias = Annotated[
    str,
    Field(pattern=rf"^{_LABEL}(\.{_LABEL})*$", max_length=253),
    Words("use a DNS name in lower case, like count-system"),
]
Host: TypeAlias = Annotated[
    str,
    Field(pattern=rf"^({_LABEL}\.)*{_LAST_LABEL}$", max_length=253),
    Words("use a DNS name in lower case, like count-system.local"),
]
DnsLabel: TypeAlias = Annotated[
    str,
    Field(pattern=DNS_LABEL),
    Words("use a DNS label of at most 63 characters in lower case, like ingress-nginx"),
]
Registry: TypeAlias = Annotated[
    str,
    Field(pattern=_REGISTRY, max_length=255),
    Words("use host[:port][/path], without a scheme, like registry.example.com:5000/count"),
]
Tag: TypeAlias = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$"),
    Words("use an image tag: at most 128 letters, digits, '_', '.' and '-', like 1.0.0"),
]
Digest: TypeAlias = Annotated[
    str,
    Field(pattern=r"^sha256:[0-9a-f]{64}$"),
    Words("use the digest of an image: 'sha256:' and 64 of 0-9 and a-f"),
]
Duration: TypeAlias = Annotated[
    str,
    Field(pattern=r"^([0-9]{1,5}h)?([0-9]{1,5}m)?([0-9]{1,5}s)?$", min_length=2),
    Words("use a duration, like 30s, 15m or 1h"),
]
RemoteKey: TypeAlias = Annotated[
    str,
    Field(pattern=r"^\S(.*\S)?$", max_length=512),
    Words("use a key of the store: at most 512 characters in one line, without blanks at its ends"),
]
VariableName: TypeAlias = Annotated[
    str,
    Field(pattern=r"^[A-Z][A-Z0-9_]*$", max_length=128),
    Words("use at most 128 capital letters, digits and '_', with a letter first, like LOG_LEVEL"),
]
Cpu: TypeAlias = Annotated[
    str,
    Field(pattern=rf"^{_ABOVE_ZERO}m?$", max_length=20),
    Words("use an amount of CPU above zero, like 500m or 2"),
]
Size: TypeAlias = Annotated[
    str,
    Field(pattern=BYTES, max_length=20),
    Words("use an amount of bytes above zero, like 256Mi or 10Gi"),
]
Schedule: TypeAlias = Annotated[
    str,
    Field(pattern=SCHEDULE, max_length=200),
    Words("use a schedule of cron: minute, hour, day of the month, month and day of the week, like 0 3 * * *"),
]
TimeZone: TypeAlias = Annotated[
    str,
    Field(pattern=r"^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$", max_length=64),
    Words("use a name of the time zone database, like Etc/UTC or Asia/Seoul"),
]
Flag: TypeAlias = Annotated[bool, Field(strict=True)]
Replicas: TypeAlias = Annotated[int, Field(strict=True, ge=1, le=100)]
Percent: TypeAlias = Annotated[int, Field(strict=True, ge=1, le=1000)]
ProxySeconds: TypeAlias = Annotated[int, Field(strict=True, ge=1, le=86_400)]
PullSeconds: TypeAlias = Annotated[int, Field(strict=True, ge=1, le=3600)]
JobSeconds: TypeAlias = Annotated[int, Field(strict=True, ge=60, le=2**31 - 1)]
Backups: TypeAlias = Annotated[int, Field(strict=True, ge=1, le=1000)]
