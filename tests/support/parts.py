"""The real parts that some tests need: a missing one skips the test, or fails it where COUNT_REQUIRE_REAL_PARTS=1."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def missing(reason: str) -> NoReturn:
    """Skips the running test because a part of the machine is not there."""
    pytest.skip(reason)


def all_required() -> bool:
    """Returns whether the environment says that all parts are there, so that a skipped test is a failed one."""
    return os.environ.get("COUNT_REQUIRE_REAL_PARTS") == "1"


def find_program(name: str, *folders: str | Path | None) -> Path | None:
    """Returns the first executable ``name`` in ``folders`` (``None`` is passed over), then on PATH, if there is one."""
    for folder in folders:
        if folder and (found := shutil.which(name, path=str(folder))):
            return Path(found)
    found = shutil.which(name)
    return Path(found) if found else None


def need_program(name: str, *folders: str | Path | None, package: str) -> Path:
    """Returns what `find_program` finds, or ends the test with the name of the ``package`` that brings the program."""
    return find_program(name, *folders) or missing(f"no program {name}: install {package}")
