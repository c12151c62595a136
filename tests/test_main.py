"""The program as a user runs it: what it writes, what it says, and what it leaves alone."""

import dataclasses
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from cdk8s_backend import Endpoint, InvalidValueError, LinkError
from cdk8s_backend.assertions import Manifests, Match

import pytest

from charts.topology import CACHE, COUNT_INFO, SERVICES, ServiceUnit, Topology
from main import generate
from tests.support.parts import missing, need_program
from tests.support.project import ROOT, contents, copy_project
from tests.support.synthesis import ENVIRONMENTS


def _main(*arguments: str | Path, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("COUNT_")}
    return subprocess.run(
        [sys.executable, ROOT / "main.py", *arguments],
        cwd=cwd,
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_program_says_what_it_wrote_and_is_silent_on_standard_output(tmp_path: Path) -> None:
    ran = _main("--output", tmp_path / "k8s", cwd=tmp_path, COUNT_ENVIRONMENT="local")
    assert (ran.returncode, ran.stdout) == (0, "")
    assert f"local: {tmp_path}/k8s: " in ran.stderr
    assert " written, 0 removed, 0 kept as edited; " in ran.stderr


def test_a_wrong_setting_exits_2_with_one_line_and_writes_nothing(tmp_path: Path) -> None:
    ran = _main("--output", tmp_path / "k8s", COUNT_VERSION="a b", COUNT_STORAGE_CLASS="Fast")
    assert (ran.returncode, len(ran.stderr.splitlines())) == (2, 2)
    assert "COUNT_VERSION: version: 'a b': use an image tag" in ran.stderr
    assert not (tmp_path / "k8s").exists()


WRONG = {
    "number": ("version: 1.0\n", "environments/number.yaml:1: version: 1.0: put it in quotes: '1.0'"),
    "empty": ("", "environments/empty.yaml: must be a map of settings, like `version: 1.0.0`"),
    "deep": ("[" * 30_000, "environments/deep.yaml: is nested too deeply: use at most 20 levels"),
    "not-utf8": ("version: \udcff\n", "environments/not-utf8.yaml: not UTF-8: invalid start byte at byte 9; save it"),
}


@pytest.fixture(scope="module")
def project_with_wrong_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with a wrong settings file for each of `WRONG`."""
    project = copy_project(tmp_path_factory.mktemp("project"))
    for environment, (text, _) in WRONG.items():
        path = project / f"environments/{environment}.yaml"
        path.write_text(text, encoding="utf-8", errors="surrogateescape")
    return project


@pytest.mark.parametrize("environment", WRONG)
def test_a_wrong_file_exits_2_with_a_line_for_each_mistake(project_with_wrong_files: Path, environment: str) -> None:
    before = contents(project_with_wrong_files)
    ran = subprocess.run(
        [sys.executable, "main.py", "--output", "dist"],
        cwd=project_with_wrong_files,
        env={**os.environ, "COUNT_ENVIRONMENT": environment, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith(WRONG[environment][1])
    assert all(line.startswith(f"environments/{environment}.yaml") for line in ran.stderr.splitlines())
    assert contents(project_with_wrong_files) == before


def test_an_environment_that_does_not_exist_names_the_nearest(tmp_path: Path) -> None:
    ran = _main("--output", tmp_path / "k8s", COUNT_ENVIRONMENT="stagign")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "environments/stagign.yaml: no such environment; did you mean staging?\n"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_folder_of_every_environment_is_written(tmp_path: Path, environment: str) -> None:
    generate(tmp_path, environment, system=Topology())
    Manifests.from_directory(tmp_path).has("Namespace", like={"metadata": {"labels": {"environment": environment}}})


def test_the_settings_are_shown_and_nothing_is_written(tmp_path: Path) -> None:
    ran = _main(
        *("--show-settings", "--output", tmp_path / "k8s"),
        COUNT_ENVIRONMENT="staging",
        COUNT_REPLICAS__COUNT_WRITE_SERVICE="3",
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert not (tmp_path / "k8s").exists()
    rows = [line.split() for line in ran.stdout.splitlines()]
    assert ["replicas.count-write-service", "3", "COUNT_REPLICAS__COUNT_WRITE_SERVICE"] in rows
    assert ["version", "1.0.0", "environments/staging.yaml:5"] in rows
    assert ["ingressControllerNamespace", "ingress-nginx", "default"] in rows


def test_wrong_settings_are_not_shown() -> None:
    ran = _main("--show-settings", COUNT_HOSTS__MIAN="x")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "COUNT_HOSTS__MIAN: no such setting; did you mean COUNT_HOSTS__MAIN?\n"


def test_a_folder_that_cannot_be_written_exits_1_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "k8s").write_text("a file")
    ran = _main("--output", tmp_path / "k8s")
    assert ran.returncode == 1
    assert ran.stderr == f"{tmp_path}/k8s: must be a folder\n"


def test_a_machine_without_node_is_told_what_is_missing(tmp_path: Path) -> None:
    ran = _main("--output", tmp_path / "k8s", JSII_NODE=str(tmp_path / "no-node"))
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    assert "Node.js" in ran.stderr


def test_an_edited_file_is_shown_and_kept_until_overwriting_is_asked_for(tmp_path: Path) -> None:
    generate(tmp_path, "production", system=Topology())
    (tmp_path / "namespace.yaml").write_text("edited: yes\n")
    kept = _main("--output", tmp_path)
    assert "+edited: yes" in kept.stderr
    assert "0 written, 0 removed, 1 kept as edited" in kept.stderr
    assert (tmp_path / "namespace.yaml").read_text() == "edited: yes\n"
    overwritten = _main("--output", tmp_path, "--overwrite")
    assert "1 written, 0 removed, 0 kept as edited" in overwritten.stderr
    assert "kind: Namespace" in (tmp_path / "namespace.yaml").read_text()


def _changed(name: str, **fields: object) -> Topology:
    services = (dataclasses.replace(unit, **fields) if unit.name == name else unit for unit in SERVICES)  # type: ignore[arg-type]
    return Topology(services=tuple(services))


@pytest.mark.parametrize(
    ("system", "error"),
    [
        (_changed("count-read-service", port=0), InvalidValueError),
        (_changed("count-write-service", waits_for=(Endpoint("kafak", 9092),)), LinkError),
    ],
)
def test_a_run_that_fails_leaves_every_byte(tmp_path: Path, system: Topology, error: type[Exception]) -> None:
    generate(tmp_path / "dist", "production", system=Topology())
    before = contents(tmp_path)
    with pytest.raises(error):
        generate(tmp_path / "dist", "production", system=system)
    assert contents(tmp_path) == before


def test_each_reference_that_does_not_meet_is_a_line_that_names_both_ends(tmp_path: Path) -> None:
    with pytest.raises(LinkError) as caught:
        generate(tmp_path, "production", system=_changed("count-write-service", waits_for=(Endpoint("kafak", 9092),)))
    lines = str(caught.value).splitlines()
    assert [line.partition(": ")[0] for line in lines] == [
        "NetworkPolicy/count-write-service spec.egress[4].to[0].podSelector",
        "NetworkPolicy/kafak spec.podSelector",
        "Deployment/count-write-service spec.template.spec.initContainers[0].args[0]",
    ]
    for line in lines:
        assert "kafak" in line
        assert re.search("did you mean (app=)?kafka", line), line


SEVENTH = ServiceUnit(
    name="report-service",
    port=3006,
    database=COUNT_INFO,
    redis=(CACHE,),
    services=("count-read-service",),
    paths=("/report",),
)


def test_a_seventh_service_is_one_entry_of_the_topology(tmp_path: Path) -> None:
    generate(tmp_path / "six", "production", system=Topology())
    generate(tmp_path / "seven", "production", system=Topology(services=(*SERVICES, SEVENTH)))
    six, seven = contents(tmp_path / "six"), contents(tmp_path / "seven")

    assert sorted(seven.keys() - six.keys()) == [
        f"{folder}/report-service.yaml"
        for folder in ("deployments", "networkpolicies", "poddisruptionbudgets", "services")
    ]
    changed = sorted(path for path in six if six[path] != seven[path])
    scripts = [f"{name}.{suffix}" for name in ("build-images", "deploy", "undeploy") for suffix in ("ps1", "sh")]
    assert changed == [
        ".generated",
        *scripts[:2],
        "configmap/app-config.yaml",
        *scripts[2:4],
        "ingress/ingress.yaml",
        *(f"networkpolicies/{name}.yaml" for name in ("count-read-service", "postgresql", "redis-cache")),
        *scripts[4:],
    ]
    for script in scripts:
        assert b"report-service" in seven[script], script

    manifests = Manifests.from_directory(tmp_path / "seven")
    container = {
        "name": "report-service",
        "image": "report-service:latest",
        "ports": [{"containerPort": 3006}],
        "env": [
            {"name": "COUNT_INFO_DB_NAME"},
            {"name": "REDIS_CACHE_HOST"},
            {"name": "COUNT_READ_SERVICE_URL", "valueFrom": {"configMapKeyRef": {"key": "count.read.url"}}},
        ],
    }
    manifests.has(
        "Deployment",
        "report-service",
        like={"spec": {"replicas": 2, "template": {"spec": {"containers": [container]}}}},
    )
    manifests.has("Service", "report-service", like={"spec": {"ports": [{"port": 3006}]}})
    manifests.has(
        "ConfigMap",
        "app-config",
        like={"data": {"count.read.url": "http://count-read-service:3001", "report.port": "3006"}},
    )
    backend = {"service": {"name": "report-service", "port": {"number": 3006}}}
    manifests.has(
        "Ingress",
        like={"spec": {"rules": [{"http": {"paths": [{"path": "/report", "backend": Match.exact(backend)}]}}]}},
    )


def test_a_seventh_service_is_as_small_as_the_others_in_local(tmp_path: Path) -> None:
    generate(tmp_path, "local", system=Topology(services=(*SERVICES, SEVENTH)))
    manifests = Manifests.from_directory(tmp_path)
    seventh, first = (manifests.get("Deployment", name)["spec"] for name in ("report-service", "count-write-service"))
    assert seventh["replicas"] == first["replicas"] == 1
    resources = [spec["template"]["spec"]["containers"][0]["resources"] for spec in (seventh, first)]
    assert resources[0] == resources[1]


def test_a_working_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = _main("--output", tmp_path / "k8s", CDK8S_OUTDIR=str(tmp_path / "file" / "below"))
    assert (ran.returncode, ran.stderr) == (1, f"{tmp_path}/file/below: cannot be written: Not a directory\n")
    assert not (tmp_path / "k8s").exists()


def test_two_syntheses_write_the_same_bytes_whatever_the_machine(tmp_path: Path) -> None:
    elsewhere = copy_project(tmp_path / "한글 폴더")
    ran = subprocess.run(
        [sys.executable, "main.py", "--output", tmp_path / "two"],
        cwd=elsewhere,
        env={**os.environ, "PYTHONHASHSEED": "4711", "LC_ALL": "C", "TZ": "Asia/Seoul", "COUNT_ENVIRONMENT": "local"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    generate(tmp_path / "one", "local", system=Topology())
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


@pytest.fixture
def cdk8s(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `cdk8s synth` in a copy of the project, as `make cdk8s` has installed it."""
    if not (ROOT / "node_modules/.bin/cdk8s").exists():
        missing("no cdk8s command line: make cdk8s")
    node = need_program("node", Path(os.environ["JSII_NODE"]).parent, package="Node.js 20 or later")
    copy = copy_project(tmp_path / "project")
    for installed in (".venv", "node_modules"):
        (copy / installed).symlink_to(ROOT / installed)

    def run(**environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [node, "node_modules/.bin/cdk8s", "synth", "--check-upgrade=false"],
            cwd=copy,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_the_command_line_writes_the_same_bytes_and_a_failing_run_leaves_them(
    cdk8s: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    ran = cdk8s()
    assert ran.returncode == 0, ran.stderr
    generate(tmp_path / "expected", "production", system=Topology())
    written = contents(tmp_path / "project/dist")
    assert written == contents(tmp_path / "expected")

    failed = cdk8s(COUNT_VERSION="a b")
    assert failed.returncode != 0
    assert "COUNT_VERSION: version: 'a b': use an image tag" in failed.stderr
    assert contents(tmp_path / "project/dist") == written
