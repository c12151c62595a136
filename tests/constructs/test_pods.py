"""A pod template refuses what Kubernetes would refuse, and tells apart what would be called the same."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from cdk8s_backend import ConfigKey, InvalidValueError, Resources, User
from cdk8s_backend.directories import ConfigFiles, Data, Directory, Scratch
from cdk8s_backend.pods import InitProgram, Program, pod_template

import pytest

RESOURCES = Resources(cpu_request="10m", memory_request="16Mi", cpu_limit="20m", memory_limit="32Mi")


def _program(**changed: Any) -> Program:
    given: dict[str, Any] = {"image": "image:1", "user": User(uid=1, gid=1)}
    return Program(**(given | changed))


def _pod(program: Program, **changed: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"name": "pod", "resources": RESOURCES, "image_pull_policy": "Always", "labels": {}}
    template = pod_template(program=program, **(given | changed))
    pod: dict[str, Any] = template["spec"]
    return pod


def _volume_names(*directories: Directory, **changed: Any) -> list[str]:
    pod = _pod(_program(directories=directories), **changed)
    names = [volume["name"] for volume in pod.get("volumes", [])]
    mounted = [mount["name"] for mount in pod["containers"][0]["volumeMounts"]]
    assert sorted(set(mounted)) == sorted(names)
    return mounted


def _files(path: str, config_map: str, key: str = "key") -> ConfigFiles:
    return ConfigFiles(path=path, files={"file": ConfigKey(config_map, key)})


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/var/run/postgresql", "var-run-postgresql"),
        ("/opt/My_App.d/", "opt-my-app-d"),
        ("/.cache", "cache"),
        ("/" + "a" * 62 + "/b", "a" * 62),
        ("/" + "a" * 80, "a" * 63),
        ("/데이터", "volume"),
    ],
)
def test_a_volume_bears_the_name_of_its_path_as_far_as_kubernetes_takes_it(path: str, name: str) -> None:
    assert _volume_names(Scratch(path=path)) == [name]


@pytest.mark.parametrize(
    ("directories", "names"),
    [
        ([Scratch(path="/a/b"), Scratch(path="/a-b"), Scratch(path="/A/b")], ["a-b", "a-b-2", "a-b-3"]),
        ([Scratch(path="/a/b"), _files("/etc", "a-b")], ["a-b", "a-b-2"]),
        ([_files("/etc", "c.d", "one"), _files("/opt", "c.d", "other")], ["c-d", "c-d-2"]),
        ([Scratch(path="/" + "a" * 63), Scratch(path="/" + "a" * 64)], ["a" * 63, "a" * 61 + "-2"]),
    ],
)
def test_volumes_that_would_have_one_name_are_told_apart(directories: Sequence[Directory], names: list[str]) -> None:
    assert _volume_names(*directories) == names


def test_no_volume_takes_the_name_of_the_claims() -> None:
    names = _volume_names(Scratch(path="/disk"), Data(path="/data"), data_claim="claim", data_volume="disk")
    assert names == ["disk-2", "disk"]


def test_a_config_map_is_mounted_as_files_by_the_name_that_it_has() -> None:
    volume = {"name": "my-config", "configMap": {"name": "my.config", "items": [{"key": "key", "path": "file"}]}}
    assert _pod(_program(directories=[_files("/etc", "my.config")]))["volumes"] == [volume]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Scratch(path="tmp"), "directory 'tmp' must be an absolute path below '/'"),
        (lambda: Data(path="/"), "directory '/' must be an absolute path below '/'"),
        (lambda: _files("/a:b", "config"), "directory '/a:b' must be an absolute path below '/', without ':'"),
        (lambda: Scratch(path="/tmp", size_limit="64MB"), "'64MB' is no Kubernetes quantity"),
        (lambda: Data(path="/a", sub_path="/b"), "sub-path of /a '/b' must be a relative path"),
        (lambda: Data(path="/a", sub_path="b/../.."), "sub-path of /a 'b/../..' must be a relative path"),
        (lambda: ConfigFiles(path="/etc", files={}), "the files of /etc must be keys of one ConfigMap"),
        (
            lambda: ConfigFiles(path="/etc", files={"a": ConfigKey("one", "a"), "b": ConfigKey("other", "b")}),
            "the files of /etc must be keys of one ConfigMap",
        ),
        (lambda: ConfigFiles(path="/etc", files={"": ConfigKey("one", "a")}), "a file of /etc has no name"),
        (
            lambda: ConfigFiles(path="/etc", files={"../a": ConfigKey("one", "a")}),
            "file of /etc '../a' must be a relative",
        ),
        (lambda: _program(image=""), "image '' must be a name"),
        (lambda: _program(ports={"HTTP": 80}), "port name 'HTTP' is none that Kubernetes takes"),
        (lambda: _program(ports={"a" * 16: 80}), "use at most 15 lower-case letters"),
        (
            lambda: _program(ports={"80": 80}),
            "port name '80' is none that Kubernetes takes; use .* at least one .* a letter",
        ),
        (lambda: _program(ports={"a--b": 80}), "port name 'a--b' is none that Kubernetes takes"),
        (lambda: _program(ports={"a": 80, "b": 80}), "must all have numbers of their own"),
        (lambda: _program(env={"A=B": "x"}), "environment variable 'A=B' has a name that Kubernetes does not take"),
        (lambda: _program(env={"..": "x"}), r"environment variable '\.\.' has a name that"),
        (lambda: _program(grace_period_seconds=0), "grace_period_seconds 0 must be at least 1"),
        (lambda: _program(drain_seconds=-1), "drain_seconds -1 must not be negative"),
        (lambda: _program().port, "the program of image image:1 has no port; give it one in `ports`"),
        (lambda: InitProgram(name="Wait", command=["true"]), "name 'Wait' is no DNS label"),
        (lambda: InitProgram(name="wait", command=["true"], env={"": "x"}), "environment variable '' has a name"),
        (
            lambda: _pod(_program(prepare=[InitProgram(name="pod", command=["true"])])),
            "two containers of pod are called pod; give each a name of its own",
        ),
        (
            lambda: _pod(_program(directories=[Scratch(path="/tmp"), Data(path="/tmp")])),
            "two directories are mounted at /tmp",
        ),
    ],
)
def test_what_kubernetes_would_refuse_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidValueError, match=message):
        make()


def test_the_port_of_a_program_is_its_first() -> None:
    assert _program(ports={"b": 2, "a": 1}).port == 2


@pytest.mark.parametrize("sizes", [["1Gi"], ["512Mi", "512Mi"]])
def test_scratch_directories_that_would_have_the_pod_evicted_are_refused(sizes: list[str]) -> None:
    directories = [Scratch(path=f"/scratch/{number}", size_limit=size) for number, size in enumerate(sizes)]
    message = rf"pod: /scratch/0 \({sizes[0]}\).* may hold more than the ephemeral_storage_limit 1Gi"
    with pytest.raises(InvalidValueError, match=message):
        _pod(_program(directories=directories))
    _pod(_program(directories=directories), resources=replace(RESOURCES, ephemeral_storage_limit="2Gi"))


def test_scratch_directories_in_memory_take_no_disk() -> None:
    _pod(_program(directories=[Scratch(path="/scratch", size_limit="2Gi", in_memory=True)]))
