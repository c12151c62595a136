"""A folder of generated files: what goes where, and how it is written without losing anything."""

import difflib
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cdk8s_backend import yaml
from cdk8s_backend.errors import LayoutError
from cdk8s_backend.manifest import Manifest

__all__ = ["Report", "arrange", "render", "write"]

RECORD = ".generated"
"""The file in which a folder records the SHA-256 of each generated file, as `sha256sum --check` reads it."""


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
        written: Files that are new or changed.
        removed: Files that it had written earlier and that are no longer generated.
        kept: Edited files that it left alone, each with the difference from what would have been written.
    """

    written: tuple[str, ...]
    removed: tuple[str, ...]
    kept: Mapping[str, str]


def write(directory: Path, files: Mapping[str, bytes], *, overwrite: bool = False) -> Report:
    """Makes a folder hold exactly the generated files, and whatever else someone has put there.

    The new state is built beside the folder and swapped in, so that a failure leaves the folder as it was. A file
    that someone has edited, or that was there before, is kept.

    Args:
        directory: The folder; made when it is missing.
        files: Relative path to content; shell scripts (`*.sh`) become executable.
        overwrite: Whether edited files are replaced all the same.

    Raises:
        LayoutError: A generated file lies where a folder or link is, or the disk refuses.
    """
    try:
        recorded = _read_record(directory)
        present = _present(directory)
        edited = {
            path
            for path in present
            if (path in files or path in recorded)
            and recorded.get(path) != _digest(present[path])
            and files.get(path) != present[path]
        }
        kept = set() if overwrite else edited
        content = {path: data for path, data in present.items() if path in kept or path not in recorded}
        content |= {path: data for path, data in files.items() if path not in kept}
        content[RECORD] = _record({path: files[path] for path in files if path not in kept}, recorded, kept)
        if content != {**present, RECORD: _bytes(directory / RECORD)} or not directory.is_dir():
            _swap(directory, content, generated=set(files))
    except OSError as error:
        raise LayoutError(f"{directory}: cannot be written: {error}") from error
    return Report(
        written=tuple(sorted(path for path in files if path not in kept and present.get(path) != files[path])),
        removed=tuple(sorted(path for path in present if path not in content)),
        kept={path: _difference(path, present[path], files.get(path, b"")) for path in sorted(kept)},
    )


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _read_record(directory: Path) -> dict[str, str]:
    text = (_bytes(directory / RECORD) or b"").decode("utf-8", errors="replace")
    pairs = (line.split("  ", 1) for line in text.splitlines())
    return {pair[1]: pair[0] for pair in pairs if len(pair) == 2}


def _record(written: Mapping[str, bytes], recorded: Mapping[str, str], kept: Iterable[str]) -> bytes:
    """What was generated, also of kept files: their last generated form, so that they still count as edited."""
    digests = {path: _digest(data) for path, data in written.items()}
    digests |= {path: recorded[path] for path in kept if path in recorded}
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(digests.items())).encode()


def _present(directory: Path) -> dict[str, bytes]:
    if directory.is_symlink() or (directory.exists() and not directory.is_dir()):
        raise LayoutError(f"{directory}: must be a folder")
    found = {}
    for path in sorted(directory.rglob("*")) if directory.is_dir() else ():
        name = path.relative_to(directory).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise LayoutError(f"{path}: a link or special file; move it out of the generated folder")
        if path.is_file() and name != RECORD:
            found[name] = path.read_bytes()
    return found


def _swap(directory: Path, content: Mapping[str, bytes], *, generated: set[str]) -> None:
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{directory.name}-", dir=directory.parent) as work:
        new, old = Path(work, "new"), Path(work, "old")
        for name, data in content.items():
            target = new / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            if name in generated or name == RECORD:
                target.chmod(0o755 if name.endswith(".sh") else 0o644)
            else:
                shutil.copymode(directory / name, target)
        new.chmod(0o755)
        if directory.exists():
            directory.rename(old)
        try:
            new.rename(directory)
        except OSError:
            if old.exists():
                old.rename(directory)
            raise


def _difference(path: str, present: bytes, generated: bytes) -> str:
    before, after = (data.decode("utf-8", errors="replace").splitlines(keepends=True) for data in (generated, present))
    return "".join(difflib.unified_diff(before, after, fromfile=f"{path} (generated)", tofile=f"{path} (edited)"))
