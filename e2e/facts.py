"""What is run where, for the head of the report."""

import json
import subprocess

from cdk8s_backend.values import parse_quantity

from e2e.environment import Environment
from main import ROOT
from tests.support.cluster import Cluster

__all__ = ["facts"]


def facts(cluster: Cluster, environment: Environment) -> dict[str, str]:
    """A label and what it says, in the order in which they are read."""
    versions = json.loads(cluster.kubectl("version", "--output=json").stdout)
    nodes = json.loads(cluster.kubectl("get", "nodes", "--output=json").stdout)["items"]
    node = nodes[0]["status"]
    info, size = node["nodeInfo"], node["capacity"]
    settings = environment.settings
    return {
        "Commit": _commit(),
        "Context": cluster.context,
        "Kubernetes": versions["serverVersion"]["gitVersion"],
        "kubectl": versions["clientVersion"]["gitVersion"],
        "Nodes": f"{len(nodes)}, of {size['cpu']} CPUs and {_gibibytes(size['memory'])} GiB",
        "Container runtime": info["containerRuntimeVersion"],
        "Hosts": f"{settings.hosts.main}, {settings.hosts.read}, at {cluster.node_address}",
    }


def _gibibytes(quantity: str) -> int:
    return round(parse_quantity(quantity) / 2**30)


def _commit() -> str:
    """The commit of the project, and whether files differ from it; `unknown` outside a repository."""
    describe = ["git", "-c", "safe.directory=*", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(describe, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
