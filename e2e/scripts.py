"""Runs the generated scripts as an operator without a terminal does, and reads the events that they print."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from e2e.errors import CheckFailedError
from tests.support.cluster import Cluster

__all__ = ["Event", "Run", "parse_event", "run_script"]


@dataclass(frozen=True, kw_only=True)
class Event:
    """A line that a script prints with `--json`.

    Args:
        time: When; whole seconds.
        name: Key of the message in the scripts' catalog.
        text: The message.
        members: Its arguments by name.
    """

    time: datetime
    name: str
    text: str
    members: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run of a script that ended well.

    Args:
        events: What it said.
        seconds: How long it took.
    """

    events: tuple[Event, ...]
    seconds: float


def parse_event(line: str) -> Event | None:
    """The event in a line; None if it is none, like a message of a program that a script calls."""
    try:
        members = json.loads(line)
        time, name, text = (members.pop(key) for key in ("time", "event", "text"))
        members.pop("level")
        return Event(time=datetime.fromisoformat(time), name=name, text=text, members=members)
    except (ValueError, KeyError, AttributeError, TypeError):
        return None


def run_script(cluster: Cluster, script: Path, *options: str, say: Callable[[str], object]) -> Run:
    """Runs a script to its end, also when it is interrupted: it then puts its lock back.

    Args:
        cluster: Where it works.
        script: `deploy.sh` or `undeploy.sh` of a generated folder.
        options: Its options but for context, language and form of its messages.
        say: Gets its messages as they come.

    Raises:
        CheckFailedError: It ends with another status than 0; the message is all that it said.
    """
    command = ["bash", str(script), "--context", cluster.context, "--lang", "en", "--json", *options]
    path = f"{cluster.kubectl.program.parent}{os.pathsep}{os.environ['PATH']}"
    events, said = [], []
    began = time.monotonic()
    with subprocess.Popen(
        command,
        env={**os.environ, "PATH": path, "KUBECONFIG": str(cluster.kubeconfig)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # a terminal's Ctrl-C reaches it once, from here
        text=True,
        encoding="utf-8",
    ) as running:
        try:
            for line in running.stdout or ():
                event = parse_event(line)
                text = event.text if event else line.rstrip("\n")
                events += [event] if event else []
                said.append(text)
                say(f"  {text}")
        except KeyboardInterrupt:
            os.killpg(running.pid, signal.SIGTERM)
            running.communicate(timeout=60)
            raise
    if running.returncode:
        raise CheckFailedError(f"{script.name}: exit {running.returncode}\n" + "\n".join(said))
    return Run(events=tuple(events), seconds=time.monotonic() - began)
