"""build-images, against programs that note what they are asked for, and with a real build, registry and cluster."""

import json
import os
import re
import shutil
import signal
import subprocess
import tarfile
import uuid
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

from cdk8s_backend.scripts import Image, render

import pytest

from tests.constructs.scripts.sample import sample_plan
from tests.constructs.scripts.shells import Done, Shell, programs_without
from tests.support.cluster import Cluster, load_image
from tests.support.parts import missing, need_program
from tests.support.processes import wait_until
from tests.support.registry import fetch

# A program of any name. It notes when it begins and when it ends, and between that does what the test asks for, each
# thing where the pattern of its variable fits the arguments.
RECORDER = """#!/bin/sh
name=${0##*/}
note() { printf '%s %s' "$1" "$name" >>"$CALLS.$$"; shift; printf '<%s>' "$@" >>"$CALLS.$$"; echo >>"$CALLS.$$"
  cat "$CALLS.$$" >>"$CALLS"; rm "$CALLS.$$"; }
fits() { case "$2" in $1) ;; *) return 1 ;; esac; }
note begin "$@"
echo "output of $name: $*"
echo "errors of $name" >&2
if fits "$FAIL" "$*"; then
  until [ -z "$HANG" ] || [ -e "$CALLS.hanging" ]; do sleep 0.05; done
  exec >&2
  seq 1 30
  echo 'no "space" left\\on 장치'
  exit 7
fi
if fits "$HANG" "$*"; then echo $$ >>"$CALLS.hanging"; exec sleep 60; fi
if fits "$MEET" "$*"; then
  tries=400
  until [ "$(grep -c ^begin "$CALLS")" -ge "$MEMBERS" ]; do
    [ "$((tries -= 1))" -gt 0 ] || exit 9
    sleep 0.05
  done
fi
note end "$@"
"""
PLANNED = "registry.example/shop"
IMAGES = (
    Image(name="common", dockerfile="common/Dockerfile", common=True),
    Image(name="base", dockerfile="base/Dockerfile", common=True),
    Image(name="web", dockerfile="web/Dockerfile"),
    Image(name="worker", dockerfile="worker/Dockerfile"),
    Image(name="mail", dockerfile="mail/Dockerfile"),
)
SERVICES = ("web", "worker", "mail")


class Project:
    """A source tree with the generated scripts in it, and what its programs were asked for."""

    def __init__(self, path: Path) -> None:
        self.root = path / "소스 루트"
        self.script = self.root / "dist/build-images"
        self.temporary = path / "임시 폴더"
        self.programs = path / "programs"
        self._calls = path / "calls"
        for folder in (self.script.parent, self.temporary, self.programs):
            folder.mkdir(parents=True)
        for program in ("docker", "kind", "minikube"):
            (self.programs / program).write_text(RECORDER)
            (self.programs / program).chmod(0o755)
        for name, content in render(replace(sample_plan(), images=IMAGES)).items():
            (self.script.parent / name).write_bytes(content)
            (self.script.parent / name).chmod(0o755)
        self.add(*SERVICES)

    @property
    def environment(self) -> dict[str, str]:
        """Without HOME, and with programs that do nothing but take notes."""
        return {
            "PATH": f"{self.programs}:/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TMPDIR": str(self.temporary),
            "CALLS": str(self._calls),
            "MEMBERS": "1",
            **dict.fromkeys(("FAIL", "HANG", "MEET"), ""),
        }

    def add(self, *images: str) -> None:
        for image in images:
            (self.root / image).mkdir(parents=True)
            (self.root / image / "Dockerfile").write_text("FROM scratch\n")

    @property
    def notes(self) -> list[str]:
        """When calls began and ended, in that order."""
        return self._calls.read_text().splitlines() if self._calls.exists() else []

    @property
    def calls(self) -> list[str]:
        return [note.removeprefix("begin ") for note in self.notes if note.startswith("begin ")]

    @property
    def built(self) -> list[str]:
        """Names of the images whose builds began."""
        return [match[1] for call in self.calls if (match := re.search(r"^docker<build>.*/([a-z]+):[^/]*>", call))]

    @property
    def most_at_once(self) -> int:
        at_once = most = 0
        for note in self.notes:
            at_once += 1 if note.startswith("begin ") else -1
            most = max(most, at_once)
        return most

    @property
    def hanging(self) -> list[int]:
        """Processes of the calls that were made to hang."""
        file = self._calls.with_name("calls.hanging")
        return [int(line) for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def log_folder(self) -> Path:
        (folder,) = self.temporary.glob("build-images.*")
        return folder

    @property
    def logs(self) -> dict[str, str]:
        return {log.name: log.read_text() for log in self.log_folder.iterdir()}

    def forget(self) -> None:
        self._calls.unlink(missing_ok=True)


class Desk:
    """A shell in which a person builds the images of a project."""

    def __init__(self, project: Project, shell: Shell) -> None:
        self._shell = shell
        self._script = project.script
        self._environment = project.environment

    def build(self, *arguments: str, **environment: str) -> Done:
        return self._shell.run(self._script, *arguments, environment=self._environment | environment)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return self._shell.start(self._script, *arguments, environment=self._environment | environment)

    def link_at(self, path: Path) -> None:
        """Calls the script through a symbolic link from now on."""
        suffix = self._shell.suffix
        Path(f"{path}{suffix}").symlink_to(os.path.relpath(f"{self._script}{suffix}", path.parent))
        self._script = path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def desk(project: Project, shell: Shell) -> Desk:
    return Desk(project, shell)


def summary_of(done: Done) -> list[str]:
    """The lines of the summary, without the seconds and what all names begin with."""
    lines = done.stdout.partition("Summary:\n")[2].splitlines()
    return [re.sub(r"^  (?:[^ ]*/)?([a-z]+):[^ :]*: (.*) \[\d+ s\]$", r"\1: \2", line) for line in lines]


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_each_image_is_built_from_the_root_with_its_own_dockerfile(desk: Desk, project: Project) -> None:
    done = desk.build()

    assert (done.returncode, done.stderr) == (0, "")
    assert project.calls == [
        f"docker<build><-f><{project.root}/{name}/Dockerfile><-t><{PLANNED}/{name}:1.2.3><{project.root}>"
        for name in SERVICES
    ]
    assert project.most_at_once == 1
    assert summary_of(done) == [*(f"{name}: built" for name in SERVICES), "=== Images of Shop: done ==="]


def test_what_docker_prints_is_shown_and_kept_in_a_log_of_each_image(desk: Desk, project: Project) -> None:
    done = desk.build("--push")

    assert f"Logs: {project.log_folder}\n" in done.stdout
    assert done.stdout.count("output of docker: build ") == done.stdout.count("output of docker: push ") == 3
    assert done.stdout.count("errors of docker\n") == 6
    assert set(project.logs) == {"web.log", "worker.log", "mail.log"}
    log = project.logs["worker.log"].splitlines()
    assert sorted(log[:2]) == ["errors of docker", f"output of docker: {' '.join(words(project.calls[2]))}"]
    assert sorted(log[2:]) == ["errors of docker", f"output of docker: push {PLANNED}/worker:1.2.3"]


def words(call: str) -> list[str]:
    return re.findall("<([^>]*)>", call)


@pytest.mark.parametrize("parallel", ["1", "3"])
def test_common_images_are_built_first_and_alone(parallel: str, desk: Desk, project: Project) -> None:
    project.add("common", "base")

    done = desk.build("--parallel", parallel)

    assert done.returncode == 0, done.stderr
    assert project.built[:2] == ["common", "base"]
    assert [note.split("<")[0] for note in project.notes[:5]] == [
        "begin docker",
        "end docker",
        "begin docker",
        "end docker",
        "begin docker",
    ]


def test_images_are_built_at_the_same_time_and_only_what_begins_and_ends_is_shown(desk: Desk, project: Project) -> None:
    done = desk.build("--parallel=2", "--only=web", "--only=worker", MEET="build *", MEMBERS="2")

    assert (done.returncode, done.stderr) == (0, "")
    assert project.most_at_once == 2
    assert "output of docker" not in done.stdout
    assert f"[1/2] Building {PLANNED}/web:1.2.3\n[2/2] Building {PLANNED}/worker:1.2.3\n" in done.stdout
    assert "output of docker" in project.logs["web.log"]


def test_no_more_images_are_built_at_a_time_than_asked_for(desk: Desk, project: Project) -> None:
    done = desk.build("--parallel", "2", MEET="build *", MEMBERS="2")

    assert (done.returncode, project.most_at_once) == (0, 2)
    assert done.stdout.index("is built") < done.stdout.index("[3/3] Building")
    assert sorted(project.built) == sorted(SERVICES)


@pytest.mark.parametrize("common", [True, False])
def test_only_some_images_are_built_when_they_are_named(common: bool, desk: Desk, project: Project) -> None:
    project.add("common")

    done = desk.build("--only", "mail", *(["--only=common"] if common else []))

    assert done.returncode == 0, done.stderr
    assert project.built == (["common", "mail"] if common else ["mail"])


def test_an_image_is_pushed_after_its_build(desk: Desk, project: Project) -> None:
    done = desk.build("--push")

    assert done.returncode == 0, done.stderr
    assert [words(call)[0] for call in project.calls] == ["build", "push"] * 3
    assert project.calls[1::2] == [f"docker<push><{PLANNED}/{name}:1.2.3>" for name in SERVICES]
    assert summary_of(done)[0] == "web: built, pushed"


@pytest.mark.parametrize(
    ("cluster", "call"), [("kind", "kind<load><docker-image><{}>"), ("minikube", "minikube<image><load><{}>")]
)
@pytest.mark.parametrize("options", [[], ["--push"]])
def test_an_image_is_loaded_into_a_local_cluster(
    options: list[str], cluster: str, call: str, desk: Desk, project: Project
) -> None:
    done = desk.build("--load-into", cluster, *options, REGISTRY="local/")

    assert done.returncode == 0, done.stderr
    assert project.calls[len(options) + 1] == call.format("local/web:1.2.3")
    assert len(project.calls) == 3 * (2 + len(options))
    assert summary_of(done)[0] == ("web: built, pushed, loaded" if options else "web: built, loaded")


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
    environment: dict[str, str], name: str, desk: Desk, project: Project
) -> None:
    desk.build("--only=web", **environment)

    assert f"<-t><{name}>" in project.calls[0]


@pytest.mark.parametrize(
    ("environment", "differs"),
    [({}, False), ({"REGISTRY": f"{PLANNED}/", "VERSION": "1.2.3"}, False), ({"VERSION": "2"}, True)],
)
def test_names_that_differ_from_those_of_the_manifests_are_told(
    environment: dict[str, str], differs: bool, desk: Desk
) -> None:
    done = desk.build("--only=web", **environment)

    assert (f"the manifests name {PLANNED}/*:1.2.3" in done.stdout) == differs


@pytest.mark.parametrize(
    ("pattern", "error", "reached"),
    [
        ("build */worker:*", "building", "failed"),
        ("push */worker:*", "pushing", "built, failed"),
        ("load */worker:*", "loading", "built, pushed, failed"),
    ],
)
def test_a_failure_ends_the_run_with_the_end_of_the_log(
    pattern: str, error: str, reached: str, desk: Desk, project: Project
) -> None:
    done = desk.build("--push", "--load-into=kind", FAIL=pattern)

    assert done.returncode == 1
    complaint, *log = done.stderr.splitlines()
    assert complaint == f"Error: {error} {PLANNED}/worker:1.2.3 failed. Its last log lines:"
    assert len(log) == 20
    assert {"    12", "    30", '    no "space" left\\on 장치'} <= set(log)
    assert summary_of(done) == ["web: built, pushed, loaded", f"worker: {reached}", "mail: not begun"]
    assert len(project.calls) == 3 + reached.count(",") + 1


def test_a_failure_ends_the_builds_that_run_at_the_same_time(desk: Desk, project: Project) -> None:
    done = desk.build("--parallel=2", "--push", FAIL="build */mail:*", HANG="build */worker:*")

    assert done.returncode == 1
    assert summary_of(done) == ["web: built, pushed", "worker: stopped", "mail: failed"]
    assert len(project.hanging) == 1
    assert not any(is_alive(process) for process in project.hanging)
    assert [call for call in project.calls if "<push>" in call] == [f"docker<push><{PLANNED}/web:1.2.3>"]


@pytest.mark.parametrize("parallel", [1, 3])
def test_an_interruption_ends_the_builds(parallel: int, desk: Desk, project: Project) -> None:
    with desk.start(f"--parallel={parallel}", HANG="build *") as run:
        wait_until(lambda: len(project.hanging) == parallel, "the builds begin")
        os.killpg(run.pid, signal.SIGINT)
        _, errors = run.communicate(timeout=30)

    assert (run.returncode, errors) == (130, "Interrupted.\n")
    assert len(project.calls) == parallel
    assert not any(is_alive(process) for process in project.hanging)


def test_missing_dockerfiles_are_all_named_before_anything_is_built(desk: Desk, project: Project) -> None:
    for name in ("web", "mail"):
        (project.root / name / "Dockerfile").unlink()

    done = desk.build()

    assert (done.returncode, done.stdout, project.calls) == (1, "", [])
    assert done.stderr == (
        f"Error: there is no Dockerfile {project.root}/web/Dockerfile\n"
        f"Error: there is no Dockerfile {project.root}/mail/Dockerfile\n"
        f"The source root is {project.root}. Give another one with --root DIR.\n"
    )


def test_a_dockerfile_is_needed_only_for_what_is_built(desk: Desk, project: Project) -> None:
    (project.root / "web/Dockerfile").unlink()

    assert desk.build("--only=mail").returncode == 0
    assert desk.build("--only=common").returncode == 1
    assert project.built == ["mail"]


def test_the_root_can_be_given(desk: Desk, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = tmp_path / "옮긴 곳"
    moved.mkdir()
    for name in SERVICES:
        (project.root / name).rename(moved / name)
    monkeypatch.chdir(tmp_path)

    for root in (str(moved), f"{moved}/", moved.name):
        project.forget()
        done = desk.build("--only=web", "--root", root)
        assert done.returncode == 0, done.stderr
        assert project.calls[0].endswith(f"<{moved}>")


def test_a_root_that_is_no_folder_is_named(desk: Desk) -> None:
    done = desk.build("--root=/nowhere/at/all")

    assert (done.returncode, done.stderr) == (1, "Error: the source root /nowhere/at/all is no folder.\n")


@pytest.mark.parametrize("elsewhere", ["다른 곳", "plain"])
def test_the_script_finds_its_sources_from_anywhere_and_through_a_link(
    elsewhere: str, desk: Desk, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / elsewhere).mkdir()
    monkeypatch.chdir(tmp_path / elsewhere)
    desk.link_at(tmp_path / elsewhere / "만들기")

    done = desk.build("--only=web")

    assert done.returncode == 0, done.stderr
    assert project.calls[0].endswith(f"<{project.root}>")


def test_a_locale_without_korean_letters_changes_nothing_but_the_language(desk: Desk, project: Project) -> None:
    done = desk.build("--only=web", LANG="C")

    assert (done.returncode, done.stderr) == (0, "")
    assert f"[1/1] {PLANNED}/web:1.2.3 빌드\n" in done.stdout
    assert f"output of docker: {' '.join(words(project.calls[0]))}\n" in done.stdout


@pytest.mark.parametrize(
    ("program", "options"), [("docker", []), ("kind", ["--load-into=kind"]), ("minikube", ["--load-into=minikube"])]
)
def test_a_missing_program_is_named_before_anything_is_built(
    program: str, options: list[str], desk: Desk, project: Project, tmp_path: Path
) -> None:
    (project.programs / program).unlink()
    others = programs_without(program, tmp_path / "others")

    done = desk.build(*options, PATH=f"{project.programs}:{others}")

    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"Error: {program} is not found.\n")
    assert project.calls == []


@pytest.mark.parametrize(
    ("arguments", "registry", "message"),
    [
        (["--push"], "", "Error: --push needs a registry. Give one in the variable REGISTRY."),
        (["--push"], "/", "Error: --push needs a registry. Give one in the variable REGISTRY."),
        (["--only=store"], "a", "Error: --only store: it must be one of common base web worker mail"),
        (["--load-into", "k3s"], "a", "Error: --load-into k3s: it must be one of kind minikube"),
        (["--parallel", "0"], "a", "Error: --parallel 0: it must be a whole number from 1."),
        (["--parallel=2x"], "a", "Error: --parallel 2x: it must be a whole number from 1."),
    ],
)
def test_wrong_usage_ends_with_2_before_anything_is_built(
    arguments: list[str], registry: str, message: str, desk: Desk, project: Project
) -> None:
    done = desk.build(*arguments, REGISTRY=registry)

    assert (done.returncode, done.stdout, project.calls) == (2, "", [])
    assert done.stderr == f"{message}\n--help lists the options.\n"


def test_with_json_each_line_is_an_event(desk: Desk, project: Project) -> None:
    done = desk.build("--json", "--push", FAIL="push */worker:*")

    events: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (1, "")
    assert [event["event"] for event in events if event["level"] == "info"] == [
        "started",
        "logs_in",
        *("build_started", "build_done", "push_started", "push_done"),
        *("build_started", "build_done", "push_started"),
        "summary",
        *["summary_image"] * 3,
    ]
    (failed,) = (event for event in events if event["event"] == "push_failed")
    assert (failed["level"], failed["image"]) == ("error", f"{PLANNED}/worker:1.2.3")
    assert 'no "space" left\\on 장치' in [event.get("line") for event in events]
    assert [event["state"] for event in events[-3:]] == ["built, pushed", "built, failed", "not begun"]
    assert "output of docker" in project.logs["web.log"]


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["--help"], {}),
        (["--help", "--json", "--lang=ko"], {}),
        (["--json", "--push", "--load-into=minikube", "--parallel=2"], {"VERSION": '"2\\n', "LANG": "ko_KR.UTF-8"}),
        (["--json", "--root=/no\twhere\n\\"], {}),
        (["--json", "--nonsense"], {}),
        (["--parallel=3"], {"FAIL": "build */web:*", "HANG": "build *"}),
        (["--push", "--lang", "ko"], {"FAIL": "push */worker:*", "REGISTRY": "local"}),
    ],
)
def test_both_shells_print_the_same(
    arguments: list[str], environment: Mapping[str, str], pwsh: Path, project: Project
) -> None:
    def outcome(shell: Shell) -> tuple[int, str, str]:
        project.forget()
        done = Desk(project, shell).build(*arguments, **environment)
        return (done.returncode, plain(done.stdout, shell), plain(done.stderr, shell))

    def plain(text: str, shell: Shell) -> str:
        """Without what no two runs share, and where two streams or two builds meet."""
        text = re.sub(r"build-images\.[\w.]+(?=[\"\n])", "LOGS", text.replace(f"build-images{shell.suffix}", "SCRIPT"))
        text = re.sub(r'"time":"[^"]+"|\[\d+(초| s)\]|"seconds":\d+|errors of docker\n', "", text)
        return "\n".join(sorted(text.splitlines()) if "--parallel=2" in arguments else text.splitlines())

    bash = outcome(Shell(name="bash", suffix=".sh", command=(need_program("bash", package="bash"),)))

    assert outcome(Shell(name="powershell", suffix=".ps1", command=(pwsh, "-NoProfile", "-File"))) == bash


# docker's calls as buildah understands them, whose images are in a folder of the test's.
BUILDAH = """#!/bin/sh
command=$1
shift
set -- --tls-verify=false "$@"
[ "$command" = push ] || set -- --isolation chroot "$@"
exec buildah --storage-driver vfs --root "$STORE/images" --runroot "$STORE/run" "$command" "$@"
"""


def files_of(image: str, tag: str) -> dict[str, bytes]:
    """The files in an image of a registry, by their paths."""
    manifest = json.loads(fetch(f"http://{image.replace('/', '/v2/', 1)}/manifests/{tag}"))
    files: dict[str, bytes] = {}
    for layer in manifest["layers"]:
        blob = fetch(f"http://{image.replace('/', '/v2/', 1)}/blobs/{layer['digest']}")
        with tarfile.open(fileobj=BytesIO(blob)) as archive:
            files |= {item.name: content.read() for item in archive if (content := archive.extractfile(item))}
    return files


def build_real_images(desk: Desk, project: Project, registry: str, tmp_path: Path) -> Done:
    """Builds and pushes images whose base has busybox and a file; each has a file of its own besides."""
    need_program("buildah", package="buildah")
    if os.geteuid() != 0:
        missing("building images as another user than root takes more than programs")
    (project.programs / "docker").write_text(BUILDAH)
    project.add("common")
    (project.root / "common/Dockerfile").write_text("FROM scratch\nCOPY common/root /\n")
    put_program(need_program("busybox", package="busybox"), project.root / "common/root")
    (project.root / "common/root/base.txt").write_text("base")
    for name in SERVICES:
        (project.root / name / "Dockerfile").write_text(
            f"FROM {registry}/shop/common:0.1\nCOPY {name}/own.txt /own.txt\n"
            'ENTRYPOINT ["/bin/busybox", "cat", "/base.txt", "/own.txt"]\n'
        )
        (project.root / name / "own.txt").write_text(f" and {name}")
    return desk.build("--push", "--parallel=2", REGISTRY=f"{registry}/shop/", VERSION="0.1", STORE=str(tmp_path))


def put_program(program: Path, root: Path) -> None:
    """Puts a program into a folder that will be the root of an image, and the libraries that it needs."""
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    libraries = [Path(path) for path in re.findall(r"(/\S+) \(0x", said)]
    for path, place in [(program, Path("bin", program.name)), *((path, path.relative_to("/")) for path in libraries)]:
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, root / place)


def test_real_images_are_built_upon_each_other_and_pushed_to_a_real_registry(
    registry: str, desk: Desk, project: Project, tmp_path: Path
) -> None:
    done = build_real_images(desk, project, registry, tmp_path)

    assert done.returncode == 0, done.stderr
    root = project.root / "common/root"
    base = {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert files_of(f"{registry}/shop/common", "0.1") == base
    for name in SERVICES:
        assert files_of(f"{registry}/shop/{name}", "0.1") == {**base, "own.txt": f" and {name}".encode()}


def test_what_was_pushed_runs_on_a_cluster(
    cluster: Cluster, registry: str, desk: Desk, project: Project, tmp_path: Path
) -> None:
    done = build_real_images(desk, project, registry, tmp_path)
    assert done.returncode == 0, done.stderr
    image, archive = f"{registry}/shop/web:0.1", tmp_path / "web.tar"
    store = f"--storage-driver vfs --root {tmp_path}/pulled/images --runroot {tmp_path}/pulled/run".split()

    for command in (["pull", "--tls-verify=false", image], ["push", image, f"docker-archive:{archive}:{image}"]):
        subprocess.run(["buildah", *store, *command], check=True, capture_output=True, timeout=120)
    load_image(archive)
    name = f"built-{uuid.uuid4().hex[:8]}"
    options = (f"--image={image}", "--image-pull-policy=Never", "--restart=Never", "--namespace=default")
    cluster.kubectl("run", name, *options)

    try:
        cluster.kubectl(
            "wait", f"pod/{name}", "--for=jsonpath={.status.phase}=Succeeded", "--namespace=default", "--timeout=60s"
        )
        assert cluster.kubectl("logs", name, "--namespace=default").stdout == "base and web"
    finally:
        cluster.kubectl("delete", "pod", name, "--namespace=default", "--wait=false")
