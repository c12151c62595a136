"""The folders that are judged: the default environment, and the choices by which its objects differ."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from charts.topology import INFRASTRUCTURE, SERVICES
from main import ROOT
from policies.errors import PoliciesError

__all__ = ["VARIANTS", "write"]

_NAMES = (*(service.name for service in SERVICES), *(unit.name for unit in INFRASTRUCTURE))
_DIGESTS = {name: f"sha256:{number:064x}" for number, name in enumerate(_NAMES)}

VARIANTS: Mapping[str, Mapping[str, object]] = {
    "production": {},
    "gateway with an issuer": {"ROUTING": "gateway", "TLS": {"issuer": "letsencrypt"}},
    "certificate, and secrets of a store": {
        "TLS": {"secretName": "count-certificate"},
        "SECRETS": "external-secrets",
        "EXTERNAL_SECRETS": {"storeName": "vault"},
    },
    "backups, autoscaling and an issuer": {
        "BACKUPS": {"schedule": "0 3 * * *"},
        "TLS": {"issuer": "letsencrypt"},
        "AUTOSCALING": {"default": {"maxReplicas": 6}},
    },
    "digests": {"DIGESTS": _DIGESTS},
    "versions that are always pulled": {"VERSION": "1.0.0", "IMAGE_PULL_POLICY": "Always"},
}
"""Name to the settings by which it differs from the default environment: variable without `COUNT_`, and value."""


def write(variant: str, folder: Path) -> None:
    """Writes the folder of a variant, as main.py does for a user who sets these variables.

    Raises:
        PoliciesError: main.py fails.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("COUNT_")}
    given = {
        f"COUNT_{name}": value if isinstance(value, str) else json.dumps(value)
        for name, value in VARIANTS[variant].items()
    }
    command = [sys.executable, str(ROOT / "main.py"), "--output", str(folder)]
    done = subprocess.run(command, env=inherited | given, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise PoliciesError(f"{variant}: main.py ended with {done.returncode}:\n{done.stderr.rstrip()}")
