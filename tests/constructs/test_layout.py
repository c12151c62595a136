"""Writing a folder loses nothing of anyone's."""

import concurrent.futures
import functools
import itertools
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from cdk8s_backend import LayoutError, layout
from cdk8s_backend.layout import arrange, render, write

import pytest

OLD = {"namespace.yaml": b"one\n", "secret/a.yaml": b"two\n", "deep/er/b.yaml": b"b\n", "deploy.sh": b"#!/bin/sh\n"}
NEW = {"namespace.yaml": b"new\n", "secret/a.yaml": b"two\n", "jobs/a.yaml": b"new\n", "deploy.sh": b"#!/bin/bash\n"}


def _object(kind: str, name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"labels": {}, "name": name}}


def _content(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def _state(directory: Path, *, but: Collection[str] = (), inodes: bool = True) -> dict[str, Any]:
    """All that can be seen of what is in a folder; of folders, only their modes."""
    state = {}
    for path in directory.rglob("*"):
        seen = path.lstat()
        own = (seen.st_mtime_ns, seen.st_ino if inodes else 0) if not path.is_dir() else ()
        content = path.readlink() if path.is_symlink() else path.read_bytes() if path.is_file() else None
        state[str(path.relative_to(directory))] = (seen.st_mode, seen.st_uid, content, *own)
    return {path: seen for path, seen in state.items() if path not in but}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with generated files."""
    directory = tmp_path / "dist"
    write(directory, OLD)
    return directory


def test_two_objects_for_one_file_are_refused() -> None:
    with pytest.raises(LayoutError, match=r"x\.yaml: Secret a and Secret b would be one file"):
        arrange([_object("Secret", "a"), _object("Secret", "b")], lambda _: "x.yaml")


def test_metadata_is_written_as_people_write_it() -> None:
    text = render({"a.yaml": _object("Secret", "a")}, "Generated.")["a.yaml"].decode()
    assert text == "# Generated.\napiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  labels: {}\n"


def test_a_new_folder_holds_the_files_and_shell_scripts_can_be_run(folder: Path) -> None:
    assert (folder / "secret/a.yaml").read_bytes() == b"two\n"
    assert os.access(folder / "deploy.sh", os.X_OK)
    assert not os.access(folder / "namespace.yaml", os.X_OK)


def test_the_record_can_be_checked_by_sha256sum(folder: Path) -> None:
    subprocess.run(["sha256sum", "--check", "--strict", ".generated"], cwd=folder, check=True, capture_output=True)


def test_writing_again_writes_nothing(folder: Path) -> None:
    before = _state(folder)
    report = write(folder, OLD)
    assert (report.written, report.removed, report.kept) == ((), (), {})
    assert _state(folder) == before


def test_what_is_no_longer_generated_is_removed(folder: Path) -> None:
    report = write(folder, {"namespace.yaml": b"one\n"})
    assert report.removed == ("deep/er/b.yaml", "deploy.sh", "secret/a.yaml")
    assert sorted(_content(folder)) == [".generated", "namespace.yaml"]


def test_a_file_of_somebody_else_stays(folder: Path) -> None:
    (folder / "secret/mine.yaml").write_text("mine")
    (folder / "secret/mine.yaml").chmod(0o600)
    write(folder, {"namespace.yaml": b"new\n"})
    assert _content(folder) == {
        "namespace.yaml": b"new\n",
        "secret/mine.yaml": b"mine",
        ".generated": _content(folder)[".generated"],
    }
    assert (folder / "secret/mine.yaml").stat().st_mode & 0o777 == 0o600


def test_an_edited_file_is_kept_and_shown_again_and_again(folder: Path) -> None:
    (folder / "namespace.yaml").write_text("edited\n")
    for _ in range(2):
        report = write(folder, {"namespace.yaml": b"new\n"})
        assert (folder / "namespace.yaml").read_text() == "edited\n"
        assert report.kept == {
            "namespace.yaml": (
                "--- namespace.yaml (generated)\n+++ namespace.yaml (edited)\n@@ -1 +1 @@\n-new\n+edited\n"
            )
        }


def test_an_edited_file_that_is_no_longer_generated_is_kept(folder: Path) -> None:
    (folder / "namespace.yaml").write_text("edited\n")
    for _ in range(2):
        assert list(write(folder, {}).kept) == ["namespace.yaml"]
        assert _content(folder)["namespace.yaml"] == b"edited\n"
    assert write(folder, {}, overwrite=True).removed == ("namespace.yaml",)
    assert list(folder.iterdir()) == []


def test_an_edited_file_is_replaced_when_asked(folder: Path) -> None:
    (folder / "namespace.yaml").write_text("edited\n")
    assert write(folder, {"namespace.yaml": b"new\n"}, overwrite=True).written == ("namespace.yaml",)
    assert (folder / "namespace.yaml").read_bytes() == b"new\n"


def test_a_file_that_was_there_before_the_first_run_is_kept(tmp_path: Path) -> None:
    (tmp_path / "namespace.yaml").write_text("theirs\n")
    assert list(write(tmp_path, {"namespace.yaml": b"ours\n"}).kept) == ["namespace.yaml"]
    assert (tmp_path / "namespace.yaml").read_text() == "theirs\n"


def test_an_edit_undone_counts_as_none(folder: Path) -> None:
    (folder / "namespace.yaml").write_text("edited\n")
    write(folder, {"namespace.yaml": b"new\n"})
    (folder / "namespace.yaml").write_text("new\n")
    report = write(folder, {"namespace.yaml": b"new\n"})
    assert report.kept == {}
    assert write(folder, {"namespace.yaml": b"newer\n"}).written == ("namespace.yaml",)


def _foreign(directory: Path) -> dict[str, Any]:
    """Puts what others may have in a folder, and returns how it is."""
    (directory / ".git/refs/tags").mkdir(parents=True)
    (directory / ".git/HEAD").write_text("ref: refs/heads/main\n")
    (directory / "secret/mine.yaml").write_text("mine")
    (directory / "secret/mine.yaml").chmod(0o600)
    (directory / "current").symlink_to("secret/mine.yaml")
    (directory / "dangling").symlink_to("nowhere")
    os.mkfifo(directory / "pipe")
    (directory / "mine.sh").write_text("echo\n")
    (directory / "empty").mkdir(mode=0o700)
    return _state(directory, but={*OLD, *NEW, ".generated", "secret", "jobs", "deep", "deep/er"})


def test_nothing_foreign_is_touched_and_links_and_pipes_are_no_hindrance(folder: Path) -> None:
    inode, foreign = folder.stat().st_ino, _foreign(folder)
    write(folder, NEW)
    assert {path: state for path, state in _state(folder).items() if path in foreign} == foreign
    assert _state(folder).keys() == {*foreign, *NEW, ".generated", "secret", "jobs"}
    assert folder.stat().st_ino == inode


def test_a_shell_that_stands_in_the_folder_sees_the_new_files(folder: Path) -> None:
    with subprocess.Popen(
        ["sh", "-c", "read -r _; cat namespace.yaml"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as shell:
        write(folder, NEW)
        assert shell.communicate(b"\n")[0] == NEW["namespace.yaml"]


def test_a_folder_is_removed_with_its_last_generated_file_only(folder: Path) -> None:
    (folder / "secret/kept").mkdir()
    report = write(folder, {"namespace.yaml": b"one\n"})
    assert report.removed == ("deep/er/b.yaml", "deploy.sh", "secret/a.yaml")
    assert not (folder / "deep").exists()
    assert (folder / "secret/kept").is_dir()


def test_a_folder_in_which_one_file_follows_another_stays_the_same(folder: Path) -> None:
    inode = (folder / "secret").stat().st_ino
    write(folder, {"secret/b.yaml": b"two\n"})
    assert (folder / "secret").stat().st_ino == inode


def test_a_script_that_lost_its_executable_bit_gets_it_back(folder: Path) -> None:
    (folder / "deploy.sh").chmod(0o640)
    assert write(folder, OLD).written == ("deploy.sh",)
    assert (folder / "deploy.sh").stat().st_mode & 0o777 == 0o750
    assert write(folder, OLD).written == ()


def test_modes_that_someone_has_set_stay(folder: Path) -> None:
    (folder / "namespace.yaml").chmod(0o600)
    (folder / "deploy.sh").chmod(0o700)
    assert write(folder, {**OLD, "namespace.yaml": b"new\n", "deploy.sh": b"new\n"}).written == (
        "deploy.sh",
        "namespace.yaml",
    )
    assert (folder / "namespace.yaml").stat().st_mode & 0o777 == 0o600
    assert (folder / "deploy.sh").stat().st_mode & 0o777 == 0o700


def test_new_files_have_the_modes_that_the_user_gives_to_new_files(tmp_path: Path) -> None:
    umask = os.umask(0o027)
    try:
        write(tmp_path / "dist", OLD)
    finally:
        os.umask(umask)
    modes = {name: (tmp_path / "dist" / name).stat().st_mode & 0o777 for name in ("secret", *OLD, ".generated")}
    expected = dict.fromkeys(modes, 0o640) | {"secret": 0o750, "deploy.sh": 0o750}
    assert modes == expected


def _link(path: Path) -> None:
    path.symlink_to("namespace.yaml")


@pytest.mark.parametrize(
    ("make", "at", "message"),
    [
        (_link, "new.yaml", "new.yaml: must be a file"),
        (os.mkfifo, "new.yaml", "new.yaml: must be a file"),
        (Path.mkdir, "new.yaml", "new.yaml: must be a file"),
        (_link, "jobs", "jobs: must be a folder, because of jobs/a.yaml"),
        (Path.touch, "jobs", "jobs: must be a folder, because of jobs/a.yaml"),
    ],
)
def test_what_is_in_the_way_is_refused_before_anything_is_written(
    folder: Path, make: Callable[[Path], None], at: str, message: str
) -> None:
    make(folder / at)
    before = _state(folder)
    with pytest.raises(LayoutError, match=message):
        write(folder, {"namespace.yaml": b"new\n", "new.yaml": b"x", "jobs/a.yaml": b"x"}, overwrite=True)
    assert _state(folder) == before


def test_a_record_that_is_a_link_is_refused(folder: Path) -> None:
    (folder / ".generated").rename(folder / "record")
    (folder / ".generated").symlink_to("record")
    with pytest.raises(LayoutError, match=r"\.generated: must be a file"):
        write(folder, NEW)


def test_no_file_is_removed_through_a_link_that_took_a_folders_place(folder: Path) -> None:
    (folder / "secret").rename(folder.parent / "elsewhere")
    (folder / "secret").symlink_to("../elsewhere")
    assert write(folder, {"namespace.yaml": b"one\n"}).removed == ("deep/er/b.yaml", "deploy.sh")
    assert (folder.parent / "elsewhere/a.yaml").read_bytes() == b"two\n"
    assert (folder / "secret").is_symlink()


@pytest.mark.parametrize("path", ["../a", "/a", "a//b", "./a", "", "a\nb", ".generated", ".generated-new/a"])
def test_a_path_that_is_none_of_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(LayoutError, match="cannot be a generated file"):
        write(tmp_path / "dist", {"a": b"", path: b""})
    assert list(tmp_path.iterdir()) == []


def test_a_record_that_leads_out_of_the_folder_removes_nothing(folder: Path) -> None:
    (folder.parent / "mine").write_bytes(b"two\n")
    record = (folder / ".generated").read_text()
    (folder / ".generated").write_text(record.replace("secret/a.yaml", "../mine"))
    write(folder, {})
    assert (folder.parent / "mine").exists()


def test_a_record_that_git_could_not_merge_knows_the_files_of_both_sides(folder: Path) -> None:
    ours = (folder / ".generated").read_text()
    write(folder, NEW)
    theirs = (folder / ".generated").read_text()
    (folder / ".generated").write_text(f"<<<<<<< ours\n{ours}=======\n{theirs}>>>>>>> theirs\n")
    (folder / "namespace.yaml").write_bytes(OLD["namespace.yaml"])
    assert write(folder, {"namespace.yaml": b"newest\n"}).kept == {}
    assert sorted(_content(folder)) == [".generated", "namespace.yaml"]


def test_a_file_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dist").write_text("a file")
    with pytest.raises(LayoutError, match="dist: must be a folder"):
        write(tmp_path / "dist", {"a": b""})
    assert (tmp_path / "dist").read_text() == "a file"


def test_two_files_of_which_one_would_be_in_the_other_leave_everything_as_it_was(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match="cannot be written"):
        write(tmp_path / "made/dist", {"a": b"", "a/b": b""})
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def nobody() -> Iterator[Callable[[], None]]:
    """Gives up root's rights, until the end of the test."""
    user = os.geteuid()
    yield lambda: os.seteuid(65534) if user == 0 else None
    os.seteuid(user)


@pytest.mark.parametrize("mode", [0o555, 0o444, 0o000])
def test_a_folder_that_cannot_be_written_stays_as_it_was(nobody: Callable[[], None], mode: int) -> None:
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top, "open/dist")
        write(folder, OLD)
        before = _state(folder)
        Path(top).chmod(0o755)
        folder.parent.chmod(mode)
        folder.chmod(mode)
        nobody()
        with pytest.raises(LayoutError, match=r"dist: cannot be written: .*Permission denied"):
            write(folder, NEW)
        os.seteuid(os.getuid())
        folder.parent.chmod(0o755)
        folder.chmod(0o755)
        assert _state(folder) == before


def test_a_disk_that_takes_no_more_leaves_everything_as_it_was(folder: Path) -> None:
    before, limits = _state(folder), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(LayoutError, match=r"cannot be written: .*File too large"):
            write(folder, {**NEW, "large": b"x" * 5000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert _state(folder) == before


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()], ids=["failure", "interrupt"])
@pytest.mark.parametrize("links", [True, False], ids=["links", "no-links"])
@pytest.mark.parametrize("exists", [True, False], ids=["again", "first"])
def test_a_run_that_stops_at_any_replacement_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, exists: bool, links: bool, error: BaseException, done: bool
) -> None:
    directory = tmp_path / "made/dist"
    if exists:
        write(directory, OLD)
        _foreign(directory)
        (directory / "deep/er").chmod(0o2771)
    if not links:
        monkeypatch.setattr(os, "link", _refuse)
    before = _state(tmp_path, inodes=links)
    for number in range(20):
        with monkeypatch.context() as patch:
            stop = _Stop(os.replace, number, error, done=done)
            patch.setattr(os, "replace", stop)
            try:
                write(directory, NEW)
            except (LayoutError, KeyboardInterrupt):
                assert _state(tmp_path, inodes=links) == before, number
            else:
                break
    assert number == 5


class _Stop:
    """Stands for a function, and raises an error once: before or after the call of a number."""

    def __init__(self, function: Callable[..., None], number: int, error: BaseException, *, done: bool) -> None:
        self.function, self.left, self.error, self.done = function, number, error, done

    def __call__(self, *arguments: Any) -> None:
        self.left -= 1
        if self.left != -1 or self.done:
            self.function(*arguments)
        if self.left == -1:
            raise self.error


def _refuse(*_: object) -> None:
    raise PermissionError("no links here")


def _interrupted(step: int, run: Callable[[], object]) -> bool:
    """Runs a function, with an interrupt before a line of the module; whether it came so far."""
    left = step

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal left
        if frame.f_code.co_filename != layout.__file__:
            return None
        left -= event == "line"
        if left < 0:
            raise KeyboardInterrupt
        return trace

    tracer = sys.gettrace()
    sys.settrace(trace)
    try:
        run()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(tracer)
    return False


def test_an_interrupt_at_any_line_leaves_all_files_old_or_makes_all_new(tmp_path: Path) -> None:
    write(tmp_path / "new", NEW)
    new = _content(tmp_path / "new")
    outcomes = []
    for step in itertools.count():
        directory = tmp_path / str(step)
        write(directory, OLD)
        (directory / "secret/mine.yaml").write_text("mine")
        old = _content(directory)
        interrupted = _interrupted(step, functools.partial(write, directory, NEW))
        content = {path: data for path, data in _content(directory).items() if not path.startswith(".generated-new/")}
        outcomes.append(content == new | {"secret/mine.yaml": b"mine"})
        assert outcomes[-1] or content == old, step
        if not interrupted:
            break
    assert outcomes == sorted(outcomes)
    assert len(outcomes) > 100


CHANGES = {"os.link", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod"}
"""The audit events of Python before the calls that change a folder; writing has one of its own, `open`."""


def _killed(step: int, directory: Path, files: Mapping[str, bytes]) -> bool:
    """Writes in a process that is killed before one of its changes; whether it came so far."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    left = step

    def kill(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        if event in CHANGES or (event == "open" and arguments[1] == "w"):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(kill)
    try:
        write(directory, files)
    finally:
        os._exit(0)


@pytest.mark.parametrize("exists", [True, False], ids=["again", "first"])
def test_after_a_run_that_was_killed_at_any_step_the_next_one_finishes(tmp_path: Path, *, exists: bool) -> None:
    last = {"namespace.yaml": b"last\n", "edited.yaml": b"last\n", "ingress/a.yaml": b"last\n"}
    write(tmp_path / "clean", last)
    for step in itertools.count():
        directory = tmp_path / f"{step}/dist"
        foreign = {}
        if exists:
            write(directory, {**OLD, "edited.yaml": b"old\n"})
            (directory / "edited.yaml").write_text("edited\n")
            (directory / "deploy.sh").chmod(0o644)
            foreign = _foreign(directory)
            del foreign["edited.yaml"]
        killed = _killed(step, directory, {**NEW, "edited.yaml": b"new\n"})
        report = write(directory, last)
        assert list(report.kept) == (["edited.yaml"] if exists else []), step
        state = _state(directory)
        assert {path: state[path] for path in foreign} == foreign, step
        folders = {"secret"} if exists else set()
        assert state.keys() == {*foreign, *last, ".generated", "ingress", *folders}, step
        if exists:
            assert (directory / "edited.yaml").read_text() == "edited\n"
            write(directory, last, overwrite=True)
        assert (directory / ".generated").read_bytes() == (tmp_path / "clean/.generated").read_bytes()
        if not killed:
            break
    assert step > 15


def test_the_record_of_a_killed_run_is_still_in_the_form_of_sha256sum(folder: Path) -> None:
    assert _killed(30, folder, NEW)
    ran = subprocess.run(["sha256sum", "--check", "--strict", ".generated"], cwd=folder, capture_output=True, text=True)
    assert "improperly formatted" not in ran.stderr
    assert "namespace.yaml: OK" in ran.stdout


@pytest.mark.parametrize("how", ["in place", "by a new file", "removed"])
@pytest.mark.parametrize("path", ["namespace.yaml", "deploy.sh", "deep/er/b.yaml"])
def test_an_edit_while_the_folder_is_written_is_not_lost(
    folder: Path, monkeypatch: pytest.MonkeyPatch, path: str, how: str
) -> None:
    before, replace = _content(folder), os.replace

    def edit(source: Path, target: Path) -> None:
        monkeypatch.setattr(os, "replace", replace)
        if how == "by a new file":
            (folder / path).unlink()
        if how == "removed":
            (folder / path).unlink()
            del before[path]
        else:
            (folder / path).write_bytes(b"edited\n")
            before[path] = b"edited\n"
        replace(source, target)

    monkeypatch.setattr(os, "replace", edit)
    with pytest.raises(LayoutError, match=f"{path}: was edited while the folder was being written"):
        write(folder, NEW)
    assert _content(folder) == before


def test_an_edit_of_a_file_that_was_just_written_survives_a_failure(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = os.replace

    def edit(source: Path, target: Path) -> None:
        if target.name == "namespace.yaml":
            (folder / "deploy.sh").write_bytes(b"edited\n")
            raise OSError("disk full")
        replace(source, target)

    monkeypatch.setattr(os, "replace", edit)
    before = _content(folder)
    with pytest.raises(LayoutError, match="disk full"):
        write(folder, NEW)
    assert _content(folder) == before | {"deploy.sh": b"edited\n"}


def test_a_run_waits_for_another_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace, reached, released = os.replace, threading.Event(), threading.Event()

    def wait(source: Path, target: Path) -> None:
        reached.set()
        released.wait(60)
        replace(source, target)

    monkeypatch.setattr(os, "replace", wait)
    with concurrent.futures.ThreadPoolExecutor() as threads:
        first = threads.submit(write, folder, NEW)
        assert reached.wait(60)
        second = threads.submit(write, folder, OLD)
        waited = concurrent.futures.wait([second], timeout=0.3).not_done
        released.set()
        assert first.result(60).kept == second.result(60).kept == {}
    assert waited == {second}
    assert {path: data for path, data in _content(folder).items() if path != ".generated"} == OLD


def test_many_runs_at_once_leave_the_files_of_one(tmp_path: Path) -> None:
    directory = tmp_path / "made/dist"
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        reports = list(threads.map(lambda files: write(directory, files), [OLD, NEW] * 20))
    assert all(report.kept == {} for report in reports)
    assert {path: data for path, data in _content(directory).items() if path != ".generated"} in (OLD, NEW)
    subprocess.run(["sha256sum", "--check", "--strict", ".generated"], cwd=directory, check=True, capture_output=True)


def test_files_of_somebody_else_in_the_staging_folder_are_not_removed(folder: Path) -> None:
    (folder / ".generated-new").mkdir()
    (folder / ".generated-new/mine").touch()
    before = _state(folder)
    with pytest.raises(LayoutError, match=r"cannot be written: .*\.generated-new"):
        write(folder, NEW)
    assert _state(folder) == before
