"""A folder of generated files: what goes where, and how it is written without losing anything."""

import contextlib
import difflib
import functools
import hashlib
import os
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from cdk8s_backend import yaml
from cdk8s_backend.errors import LayoutError
from cdk8s_backend.manifest import Manifest

if sys.platform != "win32":
    import fcntl

__all__ = ["Report", "arrange", "render", "write"]

RECORD = ".generated"
"""The file in which a folder records the SHA-256 of each generated file, as `sha256sum --check` reads it."""

STAGING = ".generated-new"
"""The folder in which new files wait; it is there only while a folder is written, or after a run was killed."""

_Undo = list[Callable[[], object]]
"""What is to be done, last first, so that everything is as it was; each step may be done too often."""


def arrange(manifests: Iterable[Manifest], path_of: Callable[[Manifest], str]) -> dict[str, Manifest]:
    """Gives each manifest its file.

    Args:
        manifests: The objects, in the order in which they are to be applied.
        path_of: The relative path of an object's file.

    Raises:
        LayoutError: Two objects have one file; `path_of` may raise it too.
    """
    tree: dict[str, Manifest] = {}
    for manifest in manifests:
        path = path_of(manifest)
        if path in tree:
            raise LayoutError(
                f"{path}: {_title(tree[path])} and {_title(manifest)} would be one file; rename one of them"
            )
        tree[path] = manifest
    return tree


def _title(manifest: Manifest) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def render(tree: Mapping[str, Manifest], header: str) -> dict[str, bytes]:
    """The files of a tree of manifests, each with a comment line at its head."""
    return {path: f"# {header}\n{yaml.dump(_readable(manifest))}".encode() for path, manifest in tree.items()}


def _readable(manifest: Manifest) -> Manifest:
    """The manifest with its metadata in the order in which people write it."""
    order = ("name", "namespace", "labels", "annotations")
    metadata = manifest["metadata"]
    ordered = {key: metadata[key] for key in (*order, *sorted(metadata)) if key in metadata}
    return {**manifest, "metadata": ordered}


@dataclass(frozen=True)
class Report:
    """What `write` did.

    Args:
        written: Files that are new or changed, and scripts that had lost their executable bit.
        removed: Files that it had written earlier and that are no longer generated.
        kept: Edited files that it left alone, each with the difference from what would have been written.
    """

    written: tuple[str, ...]
    removed: tuple[str, ...]
    kept: Mapping[str, str]


def write(directory: Path, files: Mapping[str, bytes], *, overwrite: bool = False) -> Report:
    """Makes a folder hold the generated files, and touches nothing else in it.

    A run that fails or is interrupted leaves everything as it was. After one that was killed, each file is in its old
    or its new form, and the record knows both, so that the next run finishes. Runs on one folder wait for each other.
    A file that someone has edited, or that was there before, is kept.

    Args:
        directory: The folder; made when it is missing.
        files: Relative path to content; shell scripts (`*.sh`) become executable.
        overwrite: Whether edited files are replaced all the same.

    Raises:
        LayoutError: A folder or link is where a file must be, someone edits a file meanwhile, or the disk refuses.
    """
    for path in files:
        if not _is_plain(path):
            raise LayoutError(f"{directory}: {path!r} cannot be a generated file; use a path such as services/a.yaml")
    undo: _Undo = []
    try:
        if os.path.lexists(directory) and not directory.is_dir():
            raise LayoutError(f"{directory}: must be a folder")
        _make_folder(directory, undo)
        with _locked(directory):
            return _write(directory, files, overwrite=overwrite)
    except BaseException as error:
        _roll_back(undo)
        if isinstance(error, OSError):
            raise LayoutError(f"{directory}: cannot be written: {error}") from error
        raise


@dataclass(frozen=True)
class _Change:
    """What a file holds before and after; None where there is no file."""

    path: str
    old: bytes | None
    new: bytes | None


def _write(directory: Path, files: Mapping[str, bytes], *, overwrite: bool) -> Report:
    _clear(directory / STAGING)
    for path in (RECORD, *files):
        if obstacle := _obstacle(directory, path):
            kind = "file" if obstacle == directory / path else "folder"
            raise LayoutError(f"{obstacle}: must be a {kind}, because of {path}; move what is there elsewhere")
    record = _read(directory / RECORD)
    recorded = _parse(record or b"")
    former = sorted(path for path in recorded if path not in files and not _obstacle(directory, path))
    paths = [*sorted(files), *former]
    present = {path: _read(directory / path) for path in paths}
    edited = {
        path: old
        for path, old in present.items()
        if old is not None and old != files.get(path) and _digest(old) not in recorded.get(path, ())
    }
    kept = {} if overwrite else edited
    changes = [
        _Change(path, present[path], files.get(path))
        for path in paths
        if path not in kept
        and (path not in files or present[path] != files[path] or _has_lost_its_bit(directory / path))
    ]

    # Of a kept file, the last generated form stays on record: it is still one of ours, and the edit can be undone.
    final = {path: recorded[path] for path in kept if path in recorded}
    final |= {path: {_digest(data)} for path, data in files.items() if path not in kept}
    meanwhile = {path: recorded.get(path, set()) | final.get(path, set()) for path in {*recorded, *final}}
    first, last = _Change(RECORD, record, _lines(meanwhile)), _Change(RECORD, _lines(meanwhile), _lines(final))
    steps = [change for change in (first, *changes, last) if change.path != RECORD or change.old != change.new]
    if steps:
        _apply(directory, steps)
    return Report(
        written=tuple(change.path for change in changes if change.new is not None),
        removed=tuple(change.path for change in changes if change.new is None and change.old is not None),
        kept={path: _difference(path, old, files.get(path, b"")) for path, old in kept.items()},
    )


def _is_plain(path: str) -> bool:
    """Whether a path leads to a file of the folder, and needs no escapes in the record."""
    parts = path.split("/")
    return not {"", ".", ".."} & {*parts} and not {*path} & {*"\\\n\r\0"} and parts[0] not in (RECORD, STAGING)


def _obstacle(directory: Path, path: str) -> Path | None:
    """The first part of a path that is there and is no folder, or at its end no file; links are neither."""
    here, parts = directory, path.split("/")
    for part in parts:
        here /= part
        if not os.path.lexists(here):
            return None
        mode = here.lstat().st_mode
        if not (stat.S_ISREG(mode) if here == directory / path else stat.S_ISDIR(mode)):
            return here
    return None


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _parse(record: bytes) -> dict[str, set[str]]:
    """The digests of each recorded file: one, or after a killed run that of its old and that of its new form."""
    digests: dict[str, set[str]] = {}
    for line in record.decode("utf-8", errors="replace").split("\n"):
        if (match := re.fullmatch(r"([0-9a-f]{64})  (.+)", line)) and _is_plain(match[2]):
            digests.setdefault(match[2], set()).add(match[1])
    return digests


def _lines(digests: Mapping[str, Set[str]]) -> bytes | None:
    lines = [f"{digest}  {path}\n" for path in sorted(digests) for digest in sorted(digests[path])]
    return "".join(lines).encode() or None


def _runnable(mode: int) -> int:
    """The mode of a script: as it is when its owner can run it, else all who may read it can."""
    return mode if mode & stat.S_IXUSR else mode | (mode & 0o444) >> 2


def _has_lost_its_bit(path: Path) -> bool:
    if path.suffix != ".sh" or sys.platform == "win32":
        return False
    mode = path.stat().st_mode
    return mode != _runnable(mode)


@contextlib.contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Waits until no other run writes; where a folder cannot be locked, `_put` still notices what others change."""
    if sys.platform == "win32":
        yield
    else:
        handle = os.open(directory, os.O_RDONLY)
        try:
            with contextlib.suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _apply(directory: Path, changes: Sequence[_Change]) -> None:
    """Makes all changes in their order, or none."""
    staging, undo = directory / STAGING, _Undo()
    try:
        staging.mkdir(mode=0o700)
        for number, change in enumerate(changes):
            if change.new is not None:
                _stage(staging / f"{number}.new", directory / change.path, change.new)
        for number, change in enumerate(changes):
            _put(directory, change, staging / f"{number}.new", staging / f"{number}.old", undo)
    except BaseException:
        _roll_back(undo)
        raise
    finally:
        with contextlib.suppress(OSError):
            _clear(staging)


def _clear(staging: Path) -> None:
    """Removes the folder, also when a killed run has left it: every old file in it has been replaced, or is a copy."""
    if staging.is_dir() and not staging.is_symlink():
        for path in staging.iterdir():
            if re.fullmatch(r"[0-9]+\.(new|old)", path.name):
                path.unlink()
        staging.rmdir()


def _stage(staged: Path, target: Path, data: bytes) -> None:
    staged.write_bytes(data)
    if target.exists():
        shutil.copymode(target, staged)
    if target.suffix == ".sh":
        staged.chmod(_runnable(staged.stat().st_mode))


def _put(directory: Path, change: _Change, staged: Path, aside: Path, undo: _Undo) -> None:
    """Replaces or removes one file, provided that it is still as it was read."""
    target = directory / change.path
    if change.new is not None:
        _make_folder(target.parent, undo)
    if _set_aside(target, aside) != change.old:
        raise LayoutError(f"{target}: was edited while the folder was being written; nothing is changed, so try again")
    undo.append(functools.partial(_put_back, target, change, aside))
    if change.new is not None:
        staged.replace(target)
    else:
        target.unlink(missing_ok=True)
        _remove_empty_folders(target.parent, directory, undo)


def _set_aside(target: Path, aside: Path) -> bytes | None:
    """Keeps a file for `_put_back` while it stays where it is, and reads it."""
    if not os.path.lexists(target):
        return None
    try:
        aside.hardlink_to(target)
    except OSError:
        shutil.copy2(target, aside)
    return aside.read_bytes()


def _put_back(target: Path, change: _Change, aside: Path) -> None:
    if _read(target) != change.new:
        return
    if change.old is None:
        target.unlink(missing_ok=True)
    else:
        aside.replace(target)


def _make_folder(folder: Path, undo: _Undo) -> None:
    if not folder.is_dir():
        _make_folder(folder.parent, undo)
        undo.append(functools.partial(_remove_folder, folder))
        folder.mkdir(exist_ok=True)


def _remove_folder(folder: Path) -> None:
    """Removes a folder unless something is in it."""
    with contextlib.suppress(OSError):
        folder.rmdir()


def _remove_empty_folders(folder: Path, top: Path, undo: _Undo) -> None:
    while folder != top:
        if folder.is_dir():
            undo.append(functools.partial(_restore_folder, folder, stat.S_IMODE(folder.stat().st_mode)))
            _remove_folder(folder)
        folder = folder.parent


def _restore_folder(folder: Path, mode: int) -> None:
    if not folder.is_dir():
        folder.mkdir()
        folder.chmod(mode)


def _roll_back(undo: _Undo) -> None:
    """Undoes what was done; when that fails, it stops, and the record, which came first, still knows each file."""
    for step in reversed(undo):
        step()


def _difference(path: str, present: bytes, generated: bytes) -> str:
    before, after = (data.decode("utf-8", errors="replace").splitlines(keepends=True) for data in (generated, present))
    return "".join(difflib.unified_diff(before, after, fromfile=f"{path} (generated)", tofile=f"{path} (edited)"))
