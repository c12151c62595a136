"""A message reaches the broker by its own tool, also where that names a class which the image lacks."""

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from e2e.clients import produce

if TYPE_CHECKING:
    from e2e.system import System

NEW, OLD = "org.apache.kafka.tools.ConsoleProducer", "kafka.tools.ConsoleProducer"


class Pod:
    """Runs programs here, with the tool of the image and a `java` that has one class."""

    def __init__(self, folder: Path, known: str, *, works: bool = True) -> None:
        self.got = folder / "got"
        self._path = f"{folder}{os.pathsep}{os.environ['PATH']}"
        program(folder / "kafka-console-producer", f'exec java -Xmx256m {NEW} "$@"')
        refuse = f'[ "$2" = {known} ] || {{ echo "Error: Could not find or load main class $2" >&2; exit 1; }}'
        program(
            folder / "java", f'{refuse}\n{f"cat >{self.got}" if works else "echo no broker >&2; exit 1"}; echo "$@"'
        )

    def execute(self, _: str, *command: str, text: str, timeout: float) -> str:
        environment = os.environ | {"PATH": self._path}
        done = subprocess.run(
            command, env=environment, input=text, capture_output=True, text=True, timeout=timeout, check=False
        )
        if done.returncode:
            raise AssertionError(done.stderr)
        return done.stdout


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/bash\n{text}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("known", [NEW, OLD])
def test_a_message_is_written_by_the_class_that_the_image_has(tmp_path: Path, known: str) -> None:
    pod = Pod(tmp_path, known)
    produce(cast("System", pod), "topic", "a message")
    assert pod.got.read_text() == "a message\n"


def test_a_tool_that_fails_otherwise_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no broker"):
        produce(cast("System", Pod(tmp_path, NEW, works=False)), "topic", "a message")
