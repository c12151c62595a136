"""What belongs in a Secret and not in a ConfigMap (specification rules 5 and 6)."""

import re

__all__ = ["is_sensitive"]

_SENSITIVE_KEY = re.compile(
    r"(^|[._-])(user(name)?|password|passwd|token|secret|credentials?|(api|access|private|tls)?[._-]?key|crt|cert)s?$",
    re.IGNORECASE,
)
_SENSITIVE_VALUE = re.compile(
    r"://[^\s:/@]+:[^\s/@]+@"  # a URL with a password
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|^\s*(requirepass|masterauth)\s+\S"  # Redis
    r"|^\s*(export\s+)?\w*(PASSWORD|PASSWD|SECRET|TOKEN)=[\"']?\w",
    re.IGNORECASE | re.MULTILINE,
)


def is_sensitive(key: str, value: str = "") -> bool:
    """Whether a key, by its name or its value, is one of a Secret: a user name, password, token, or private key."""
    return bool(_SENSITIVE_KEY.search(key) or _SENSITIVE_VALUE.search(value))
