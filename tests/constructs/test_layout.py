"""Writing a folder loses nothing of anyone's."""

import os
import subprocess
from pathlib import Path
from typing import Any

from cdk8s_backend import LayoutError
from cdk8s_backend.layout import arrange, render, write

import pytest


def _object(kind: str, name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"labels": {}, "name": name}}


def _content(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two generated files."""
    directory = tmp_path / "dist"
    write(directory, {"namespace.yaml": b"one\n", "secret/a.yaml": b"two\n", "deploy.sh": b"#!/bin/sh\n"})
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
    before = folder.stat().st_ino
    report = write(folder, {name: data for name, data in _content(folder).items() if name != ".generated"})
    assert (report.written, report.removed, report.kept) == ((), (), {})
    assert folder.stat().st_ino == before


def test_what_is_no_longer_generated_is_removed(folder: Path) -> None:
    report = write(folder, {"namespace.yaml": b"one\n"})
    assert report.removed == ("deploy.sh", "secret/a.yaml")
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
    assert list(write(folder, {}).kept) == ["namespace.yaml"]
    assert _content(folder)["namespace.yaml"] == b"edited\n"


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


@pytest.mark.parametrize("kind", ["link", "fifo"])
def test_links_and_special_files_are_refused_before_anything_is_written(folder: Path, kind: str) -> None:
    if kind == "link":
        (folder / "other").symlink_to("namespace.yaml")
    else:
        os.mkfifo(folder / "other")
    with pytest.raises(LayoutError, match="other: a link or special file"):
        write(folder, {"namespace.yaml": b"new\n"})
    assert (folder / "namespace.yaml").read_bytes() == b"one\n"


def test_a_file_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dist").write_text("a file")
    with pytest.raises(LayoutError, match="dist: must be a folder"):
        write(tmp_path / "dist", {"a": b""})
    assert (tmp_path / "dist").read_text() == "a file"


def test_a_file_where_a_folder_must_be_leaves_everything_as_it_was(folder: Path) -> None:
    (folder / "jobs").write_text("a file")
    before = _content(folder)
    with pytest.raises(LayoutError, match="cannot be written"):
        write(folder, {"namespace.yaml": b"new\n", "jobs/a.yaml": b"x"})
    assert _content(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == ["dist"]


def test_a_failure_while_swapping_leaves_everything_as_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, rename = _content(folder), Path.rename

    def fail_for_new(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError("disk full")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_for_new)
    with pytest.raises(LayoutError, match="disk full"):
        write(folder, {"namespace.yaml": b"new\n"})
    assert _content(folder) == before
