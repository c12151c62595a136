"""A real API server without a node: etcd and kube-apiserver on loopback, without root."""

import base64
import contextlib
import dataclasses
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from tests.support.kubectl import Kubectl
from tests.support.parts import find_program, missing
from tests.support.processes import free_port, running


@dataclasses.dataclass(frozen=True, kw_only=True)
class ApiServer:
    """A running API server. It admits as a cluster's does (Pod Security too) and lets the caller do everything.

    Attributes:
        kubeconfig: Its kubeconfig, for other programs.
        kubectl: kubectl on it.
    """

    kubeconfig: Path
    kubectl: Kubectl


@contextlib.contextmanager
def running_api_server(folder: Path) -> Iterator[ApiServer]:
    """Runs an API server with all that it keeps in ``folder``, until the block ends."""
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if not assets:
        missing("no API server: KUBEBUILDER_ASSETS names no folder with etcd, kube-apiserver and kubectl")
    programs = {name: find_program(name, assets) for name in ("etcd", "kube-apiserver", "kubectl")}
    absent = [name for name, path in programs.items() if path is None]
    if absent:
        missing(f"KUBEBUILDER_ASSETS={assets} lacks {', '.join(absent)}")
    etcd, server, kubectl = (path for path in programs.values() if path is not None)

    token, port = secrets.token_hex(16), free_port()
    (folder / "tokens.csv").write_text(f'{token},admin,admin,"system:masters"\n')
    (folder / "service-accounts.key").write_text(_new_key())
    client = Kubectl(
        program=kubectl,
        kubeconfig=_write_kubeconfig(folder / "kubeconfig", port=port, token=token),
        context="api-server",
        cache=folder / "cache",
    )
    with (
        _running_etcd(etcd, folder) as etcd_address,
        running(
            [
                server,
                f"--etcd-servers={etcd_address}",
                "--bind-address=127.0.0.1",
                "--advertise-address=127.0.0.1",
                f"--secure-port={port}",
                f"--cert-dir={folder / 'serving'}",
                "--service-cluster-ip-range=10.96.0.0/16",
                "--endpoint-reconciler-type=none",
                "--authorization-mode=AlwaysAllow",
                f"--token-auth-file={folder / 'tokens.csv'}",
                f"--service-account-key-file={folder / 'service-accounts.key'}",
                f"--service-account-signing-key-file={folder / 'service-accounts.key'}",
                "--service-account-issuer=https://kubernetes.default.svc",
                "--disable-admission-plugins=ServiceAccount",  # no controller makes the accounts that it wants
                "--enable-priority-and-fairness=false",
            ],
            log=folder / "kube-apiserver.log",
            ready=lambda: client("get", "--raw=/readyz", check=False).returncode == 0,
        ),
    ):
        yield ApiServer(kubeconfig=client.kubeconfig, kubectl=client)


@contextlib.contextmanager
def _running_etcd(program: Path, folder: Path) -> Iterator[str]:
    address, peers = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    log = folder / "etcd.log"
    with running(
        [
            program,
            f"--data-dir={folder / 'etcd'}",
            f"--listen-client-urls={address}",
            f"--advertise-client-urls={address}",
            f"--listen-peer-urls={peers}",
            "--unsafe-no-fsync",
        ],
        log=log,
        ready=lambda: "ready to serve client requests" in log.read_text(),
    ):
        yield address


def _write_kubeconfig(path: Path, *, port: int, token: str) -> Path:
    # The server makes its certificate at its start, so the client of these tests cannot know it beforehand.
    cluster = {"server": f"https://127.0.0.1:{port}", "insecure-skip-tls-verify": True}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "api-server",
        "clusters": [{"name": "api-server", "cluster": cluster}],
        "users": [{"name": "admin", "user": {"token": token}}],
        "contexts": [{"name": "api-server", "context": {"cluster": "api-server", "user": "admin"}}],
    }
    path.write_text(json.dumps(content))
    return path


def _new_key() -> str:
    """Returns a new P-256 key as PEM (RFC 5915): its head, the secret number, the name of the curve."""
    number = secrets.token_bytes(31).rjust(32, b"\0")  # shorter than the curve's order, whatever the bytes
    der = bytes.fromhex("30310201010420") + number + bytes.fromhex("a00a06082a8648ce3d030107")
    return f"-----BEGIN EC PRIVATE KEY-----\n{base64.encodebytes(der).decode()}-----END EC PRIVATE KEY-----\n"
