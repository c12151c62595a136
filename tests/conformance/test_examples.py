"""Every example of the specification is contained in the generated folder, but for the listed deviations."""

import os
import re
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

from cdk8s_backend.assertions.comparing import compare

import pytest
import yaml

from tests.conformance import specification_examples as specification
from tests.conformance.deviations import ABSENT, DEVIATIONS

DIST = Path(__file__).parents[2] / "dist"
SERVICES = specification.managed("애플리케이션 서비스")

YAML_EXAMPLES = specification.examples("yaml")
DEPLOY = specification.examples("bash")["deploy.sh"]
BUILD = specification.examples("bash")["build-images.sh"]


# YAML


def test_all_nine_examples_are_read() -> None:
    assert list(YAML_EXAMPLES) == [
        "namespace.yaml",
        "deployments/count-write-service.yaml",
        "statefulsets/postgresql.yaml",
        "services/count-write-service.yaml",
        "configmap/app-config.yaml",
        "secret/postgresql-secret.yaml",
        "persistentvolumeclaims/postgresql-pvc.yaml",
        "ingress/ingress.yaml",
        "jobs/postgresql-init.yaml",
    ]
    assert "".join(YAML_EXAMPLES.values()).count("\n") > 200


@pytest.mark.parametrize("file", YAML_EXAMPLES)
def test_the_generated_file_holds_all_that_the_example_holds(file: str) -> None:
    generated = yaml.safe_load((DIST / file).read_text(encoding="utf-8"))
    differences = compare(yaml.safe_load(YAML_EXAMPLES[file]), generated).differences
    # An absent element of a list is followed by those that are there.
    found = [(each.path, each.expected, each.actual.removesuffix(_there(each.actual))) for each in differences]
    listed = [(each.path, each.example, each.generated) for each in DEVIATIONS if each.file == file]
    assert sorted(found) == sorted(listed)


def _there(actual: str) -> str:
    return actual.removeprefix(ABSENT) if actual.startswith(f"{ABSENT};") else ""


def test_every_deviation_is_explained() -> None:
    headings = re.findall(r"^#+ (.+)$", (DIST.parent / "docs/deviations.md").read_text(encoding="utf-8"), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    assert {each.anchor for each in DEVIATIONS} <= anchors


# Lists of the specification


@pytest.mark.parametrize("output", specification.outputs())
def test_every_output_of_the_specification_is_there(output: str) -> None:
    if output.endswith("/"):
        assert list((DIST / output).glob("*.yaml"))
    else:
        assert (DIST / output).stat().st_size > 0


def test_the_scripts_can_be_run() -> None:
    assert all(os.access(script, os.X_OK) for script in DIST.glob("*.sh"))


def test_the_six_services_have_the_resources_of_the_guide() -> None:
    generated = {}
    for service in SERVICES:
        manifest = yaml.safe_load((DIST / f"deployments/{service}.yaml").read_text(encoding="utf-8"))
        amounts = manifest["spec"]["template"]["spec"]["containers"][0]["resources"]
        generated[service] = tuple(
            amounts[group][unit] for group in ("requests", "limits") for unit in ("cpu", "memory")
        )
    assert generated == specification.resources()


# Deploying


def test_deploy_has_the_steps_of_the_specification_in_its_order() -> None:
    titles = [title for _, title, _, option in rows("deploy.sh", "phases", 4) if not option]
    steps = specification.deploy_order()
    assert len(titles) == len(steps)
    assert [step for step, title in zip(steps, titles, strict=True) if not step.startswith(title)] == []


def test_deploy_applies_what_the_example_applies_in_the_same_step() -> None:
    phases = [name for name, *_ in rows("deploy.sh", "phases", 4)]
    step_of_file = {file: phases.index(phase) + 1 for phase, _, _, file, _ in rows("deploy.sh", "files", 5)}
    step_of_secret = {
        f"secret/{name}.yaml": phases.index(phase) + 1 for phase, name, _ in rows("deploy.sh", "secrets", 3)
    }
    steps = {**step_of_file, **step_of_secret}
    for number, path in applied_by_the_example():
        files = [path] if path.endswith(".yaml") else [f"{path}/{file.name}" for file in (DIST / path).glob("*.yaml")]
        assert files, path
        # Infrastructure lies in the same folders as the services, and has been deployed before them.
        assert max(steps[file] for file in files) == number, path
    assert sorted(steps) == sorted(file.relative_to(DIST).as_posix() for file in DIST.rglob("*.yaml"))


def test_deploy_waits_for_the_job_that_the_example_waits_for() -> None:
    job = re.search(r"kubectl wait --for=condition=complete job/(\S+)", DEPLOY)
    assert job
    assert ("Job", job[1]) in [(kind, name) for _, kind, name, _ in rows("deploy.sh", "workloads", 4)]
    files = [(resource, name, file) for _, resource, name, file, _ in rows("deploy.sh", "files", 5)]
    assert ("Job.v1.batch", job[1], f"jobs/{job[1]}.yaml") in files


def test_deploy_includes_the_ingress_by_the_option_of_the_example() -> None:
    option = re.search(r'\[ "\$1" == "--([\w-]+)" \]', DEPLOY)
    assert option
    assert [name for name, *_, by in rows("deploy.sh", "phases", 4) if by] == ["ingress"]
    assert [by for *_, by in rows("deploy.sh", "phases", 4) if by] == [option[1]]


def test_deploy_stops_at_an_error_and_says_what_the_example_says() -> None:
    script = (DIST / "deploy.sh").read_text(encoding="utf-8")
    assert "\nset -e\n" in DEPLOY
    assert re.search(r"^set -\w*e", script, re.MULTILINE)
    first, last = re.findall(r'^echo "(.+)"$', DEPLOY, re.MULTILINE)
    title = re.search(r"^title_ko='(.+)'$", script, re.MULTILINE)
    texts = {key: korean for key, _, korean, _ in rows("deploy.sh", "messages", 4)}
    assert title
    assert texts["started"] % title[1] == first
    assert (texts["finished"] % title[1]).replace(f"{title[1]} ", "") == last


def applied_by_the_example() -> list[tuple[int, str]]:
    """The numbers of the example's steps (its comments), and what they apply."""
    found = []
    number = 0
    for line in DEPLOY.splitlines():
        if step := re.match(r"# (\d+)\. ", line):
            number = int(step[1])
        if path := re.search(r'kubectl apply -f "\$\{SCRIPT_DIR\}/([^"]+)"', line):
            found.append((number, path[1]))
    assert len(found) == 10
    return found


def rows(script: str, table: str, columns: int) -> list[Sequence[str]]:
    """The rows of a table of the plan in a script."""
    content = (DIST / script).read_text(encoding="utf-8")
    found = re.search(rf"^{table}=\(\n(.*?)^\)$", content, re.MULTILINE | re.DOTALL)
    assert found, f"{script} has no table {table}"
    words = shlex.split(found[1])
    return [words[start : start + columns] for start in range(0, len(words), columns)]


# Building


@pytest.mark.parametrize(
    "variables",
    [{}, {"VERSION": "1.2.3"}, {"REGISTRY": "registry.example/count/", "VERSION": "1.2.3"}],
    ids=["defaults", "version", "registry and version"],
)
def test_build_images_builds_what_the_example_builds(variables: dict[str, str], tmp_path: Path) -> None:
    root = tmp_path / "root of the sources"
    for service in SERVICES:
        (root / service).mkdir(parents=True)
        (root / service / "Dockerfile").touch()
    example = root / "k8s/example.sh"
    example.parent.mkdir()
    # The example leaves out four services with an ellipsis.
    example.write_text(BUILD + "".join(f'build_image "{service}"\n' for service in SERVICES[2:]), encoding="utf-8")
    script = root / "k8s/build-images.sh"
    script.write_bytes((DIST / "build-images.sh").read_bytes())

    expected = builds(example, variables, tmp_path)
    assert len(expected) == len(SERVICES)
    assert builds(script, variables, tmp_path) == expected


def builds(script: Path, variables: dict[str, str], tmp_path: Path) -> list[str]:
    """The calls of docker that a script makes."""
    calls = tmp_path / f"calls of {script.name}"
    docker = tmp_path / "bin/docker"
    docker.parent.mkdir(exist_ok=True)
    docker.write_text(f'#!/bin/sh\nprintf "%s|" "$@" >>"{calls}"; echo >>"{calls}"\n')
    docker.chmod(0o755)
    environment = {"PATH": f"{docker.parent}:{os.environ['PATH']}", **variables}
    done = subprocess.run(
        ["bash", script], env=environment, capture_output=True, text=True, encoding="utf-8", check=True
    )
    lines = calls.read_text(encoding="utf-8").splitlines()
    assert all(line.split("|")[4] in done.stdout for line in lines), "each image is named in what is printed"
    return lines
