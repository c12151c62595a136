"""build-images, against a docker that notes what it is asked for."""

from pathlib import Path

import pytest

from tests.constructs.scripts.sample import write_folder
from tests.constructs.scripts.shells import Done, Shell, programs_without

DOCKER = """#!/bin/sh
printf '<%s>' "$@" >>"$DOCKER_CALLS"
echo >>"$DOCKER_CALLS"
echo "log of docker"
case "$*" in *"$FAILING_IMAGE"*) exit 7 ;; esac
"""
PLANNED = "registry.example/shop"


class Project:
    """A source tree with the generated folder in it, and the calls of docker."""

    def __init__(self, root: Path, calls: Path, environment: dict[str, str], shell: Shell) -> None:
        self.root = root
        self._calls = calls
        self._environment = environment
        self._shell = shell

    def build(self, *arguments: str, **environment: str) -> Done:
        variables = self._environment | environment
        return self._shell.run(self.root / "dist/build-images", *arguments, environment=variables)

    def add(self, *services: str) -> None:
        for service in services:
            (self.root / service).mkdir()
            (self.root / service / "Dockerfile").write_text("FROM scratch\n")

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text().splitlines() if self._calls.exists() else []

    @property
    def tags(self) -> list[str]:
        return [call.split("<-t>")[1].split(">")[0].removeprefix("<") for call in self.calls]


@pytest.fixture
def project(tmp_path: Path, shell: Shell) -> Project:
    programs, root, calls = tmp_path / "programs", tmp_path / "소스 루트", tmp_path / "calls"
    programs.mkdir()
    (programs / "docker").write_text(DOCKER)
    (programs / "docker").chmod(0o755)
    write_folder(root / "dist")
    environment = {
        "PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin",
        "LANG": "en_US.UTF-8",
        "DOCKER_CALLS": str(calls),
        "FAILING_IMAGE": "none",
    }
    return Project(root, calls, environment, shell)


def test_each_image_is_built_from_the_root_with_its_own_dockerfile(project: Project) -> None:
    project.add("web", "worker")

    done = project.build()

    assert done.returncode == 0, done.stderr
    assert project.calls == [
        f"<build><-f><{project.root}/{name}/Dockerfile><-t><{PLANNED}/{name}:1.2.3><{project.root}>"
        for name in ("web", "worker")
    ]
    assert done.stdout.count("log of docker") == 2


def test_a_common_image_is_built_first_where_the_sources_have_one(project: Project) -> None:
    project.add("web", "worker", "common")

    project.build()

    assert [tag.split("/")[-1] for tag in project.tags] == ["common:1.2.3", "web:1.2.3", "worker:1.2.3"]


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"REGISTRY": "other:5000/a"}, "other:5000/a/web:1.2.3"),
        ({"REGISTRY": "other:5000/a/"}, "other:5000/a/web:1.2.3"),
        ({"REGISTRY": ""}, "web:1.2.3"),
        ({"VERSION": "2"}, f"{PLANNED}/web:2"),
        ({"VERSION": ""}, f"{PLANNED}/web:1.2.3"),
        ({"REGISTRY": "", "VERSION": "dev"}, "web:dev"),
    ],
)
def test_registry_and_version_come_from_the_environment(
    environment: dict[str, str], name: str, project: Project
) -> None:
    project.add("web", "worker")

    project.build(**environment)

    assert project.tags[0] == name


@pytest.mark.parametrize(
    ("environment", "differs"),
    [({}, False), ({"REGISTRY": f"{PLANNED}/", "VERSION": "1.2.3"}, False), ({"VERSION": "2"}, True)],
)
def test_names_that_differ_from_those_of_the_manifests_are_told(
    environment: dict[str, str], differs: bool, project: Project
) -> None:
    project.add("web", "worker")

    done = project.build(**environment)

    assert (f"the manifests name {PLANNED}/*:1.2.3" in done.stdout) == differs


def test_the_first_failure_ends_the_run_and_names_the_image(project: Project) -> None:
    project.add("web", "worker")

    done = project.build(FAILING_IMAGE="web:")

    assert done.returncode == 1
    assert f"Error: building {PLANNED}/web:1.2.3 failed." in done.stderr
    assert len(project.calls) == 1


def test_a_missing_dockerfile_is_named_before_anything_is_built(project: Project) -> None:
    project.add("web")

    done = project.build()

    assert done.returncode == 1
    assert f"{project.root}/worker/Dockerfile" in done.stderr
    assert project.calls == []


def test_the_root_can_be_given(project: Project, tmp_path: Path) -> None:
    project.add("web", "worker")
    moved = tmp_path / "moved"
    moved.mkdir()
    for name in ("web", "worker"):
        (project.root / name).rename(moved / name)

    done = project.build("--root", str(moved))

    assert done.returncode == 0, done.stderr
    assert project.calls[0].endswith(f"<{moved}>")


def test_a_root_that_is_no_folder_is_named(project: Project) -> None:
    done = project.build("--root=/nowhere/at/all")

    assert done.returncode == 1
    assert "/nowhere/at/all" in done.stderr


def test_a_missing_docker_is_named(project: Project, tmp_path: Path) -> None:
    project.add("web", "worker")
    programs = programs_without("docker", tmp_path / "no-docker")

    done = project.build(PATH=str(programs))

    assert (done.returncode, done.stderr) == (1, "Error: docker is not found.\n")
