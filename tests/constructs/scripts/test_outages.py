"""Both shells tell alike, from what kubectl says, an API server that does not answer from one that refuses."""

import subprocess
from pathlib import Path

from cdk8s_backend.scripts import render

import pytest

from tests.constructs.scripts.sample import TEMPLATES, program_around_data, sample_plan
from tests.support.parts import need_program

POWERSHELL = """Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
foreach ($file in $args) { . $file }
$texts = [Console]::In.ReadToEnd() -split [string][char]30
$answers = foreach ($text in $texts) { Test-Outage @{ ExitCode = 1; Output = ''; Errors = $text } }
[Console]::Out.Write($answers -join ',')
"""

SERVER = "Unable to connect to the server: "
WEBHOOK = (
    'Error from server (InternalError): Internal error occurred: failed calling webhook "x": failed to call webhook: '
)
DENIED = 'Error from server: admission webhook "x" denied the request: \n\nimage:\n  '
DISCOVERY = 'E1127 12:00:00.000000    1234 memcache.go:287] "Unhandled Error" err="couldn\'t get '
METRICS = (
    DISCOVERY + 'resource list for metrics.k8s.io/v1beta1: the server is currently unable to handle the request"\n'
)
GROUPS = DISCOVERY + 'current server API group list: Get \\"https://10.0.0.1/api\\": dial tcp: i/o timeout"\n'

OUTAGES = {
    "refused": "The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?",
    "refused, as Windows says it": f"{SERVER}dial tcp 10.0.0.1:6443: connectex: No connection could be made because "
    "the target machine actively refused it.",
    "refused, as Windows says it in Korean": f"{SERVER}dial tcp 10.0.0.1:6443: connectex: 연결하지 못했습니다.",
    "closed, as Windows says it": f"{SERVER}read tcp 10.0.0.2:1->10.0.0.1:6443: wsarecv: An existing connection was "
    "forcibly closed by the remote host.",
    "aborted, as Windows says it": f"{SERVER}write tcp 10.0.0.2:1->10.0.0.1:6443: wsasend: An established connection "
    "was aborted by the software in your host machine.",
    "reset": f"{SERVER}read tcp 10.0.0.2:1->10.0.0.1:6443: read: connection reset by peer",
    "no network": f"{SERVER}dial tcp 10.0.0.1:6443: connect: network is unreachable",
    "no route": f"{SERVER}dial tcp 10.0.0.1:6443: connect: no route to host",
    "no name": f"{SERVER}dial tcp: lookup api.example.com on 10.0.0.53:53: no such host",
    "going away": 'error: Get "https://10.0.0.1/api": http2: server sent GOAWAY and closed the connection; ErrCode=0',
    "no TLS": f"{SERVER}net/http: TLS handshake timeout",
    "etcd": "Error from server: etcdserver: request timed out",
    "etcd cannot be reached": "Error from server: rpc error: code = Unavailable desc = connection error: desc = "
    '"transport: Error while dialing: dial tcp 127.0.0.1:2379: connect: connection refused"',
    "not ready": "Error from server (ServiceUnavailable): the server is currently unable to handle the request",
    "refused, and an extension is away": f"{METRICS}The connection to the server 10.0.0.1:6443 was refused",
    "nothing but a log": f"{GROUPS}{GROUPS}",
    "nothing but a log and an empty line": f"{GROUPS}\n",
}
REFUSALS = {
    "nothing": "",
    "other words": "Error from server (Forbidden): no",
    "certificate": f"{SERVER}tls: failed to verify certificate: x509: certificate signed by unknown authority",
    "a webhook refuses connections": f'{WEBHOOK}Post "https://x.y.svc:443/": dial tcp 10.0.0.9:443: connect: '
    "connection refused",
    "a webhook does not answer": f'{WEBHOOK}Post "https://x.y.svc:443/?timeout=10s": context deadline exceeded',
    "a webhook cannot ask": f'{DENIED}Get "https://registry/v2/": dial tcp 10.0.0.8:443: i/o timeout',
    "a webhook that converts": "Error from server: conversion webhook for example.org/v1, Kind=X failed: Post "
    '"https://x.y.svc:443/": dial tcp 10.0.0.9:443: connect: connection refused',
    "an extension is away": f"{METRICS}{METRICS}Error from server (Forbidden): no\n",
    "an extension is away, of which kinds are listed": "error: unable to retrieve the complete list of server APIs: "
    "metrics.k8s.io/v1beta1: the server is currently unable to handle the request",
    "an extension is away, said last": f"Error from server (Forbidden): no\n{METRICS}",
}
TEXTS = OUTAGES | REFUSALS


def data_of(name: str) -> str:
    """The data of a script."""
    before, after = program_around_data(name)
    return render(sample_plan())[name].decode("utf-8-sig").removeprefix(before).removesuffix(after)


@pytest.fixture(scope="module")
def powershell_outages(pwsh: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bool]:
    """The texts that PowerShell takes for an outage, by their names."""
    folder = tmp_path_factory.mktemp("outages")
    for name, source in {"data": data_of("deploy.ps1"), "outages": POWERSHELL}.items():
        (folder / f"{name}.ps1").write_text(source, encoding="utf-8-sig")
    parts = [TEMPLATES / f"powershell/{part}.ps1" for part in ("programs", "kubectl")]
    done = subprocess.run(
        [pwsh, "-NoProfile", "-File", folder / "outages.ps1", folder / "data.ps1", *parts],
        input="\036".join(TEXTS.values()),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return {name: word == "True" for name, word in zip(TEXTS, done.stdout.split(","), strict=True)}


@pytest.mark.parametrize("name", TEXTS)
def test_bash_tells_an_outage_from_a_refusal(name: str) -> None:
    script = f"{data_of('deploy.sh')}\n. '{TEMPLATES}/bash/kubectl.sh'; if is_outage \"$0\"; then exit 3; fi"
    command = [str(need_program("bash", package="bash")), "-euo", "pipefail", "-c", script, TEXTS[name].rstrip("\n")]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (3 if name in OUTAGES else 0, "", "")


@pytest.mark.parametrize("name", TEXTS)
def test_powershell_tells_an_outage_from_a_refusal(name: str, powershell_outages: dict[str, bool]) -> None:
    assert powershell_outages[name] == (name in OUTAGES)
