"""A real image registry on loopback."""

import contextlib
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.support.parts import need_program
from tests.support.processes import free_port, running


@contextlib.contextmanager
def running_registry(folder: Path) -> Iterator[str]:
    """Yields the address of a registry, which is empty.

    Args:
        folder: Where it keeps everything.

    Raises:
        RuntimeError: it does not start; the message ends with its last output.
    """
    program = need_program("docker-registry", package="docker-registry")
    address = f"127.0.0.1:{free_port()}"
    (folder / "config.yml").write_text(
        f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {folder}/data}}}}\nhttp: {{addr: '{address}'}}\n"
    )

    def answers() -> bool:
        try:
            return fetch(f"http://{address}/v2/") == b"{}"
        except OSError:
            return False

    with running([program, "serve", folder / "config.yml"], log=folder / "log", ready=answers):
        yield address


def fetch(address: str) -> bytes:
    """Returns what a registry has at an address."""
    accepted = {"Accept": "application/vnd.oci.image.manifest.v1+json"}
    with urllib.request.urlopen(urllib.request.Request(address, headers=accepted), timeout=10) as answer:
        content: bytes = answer.read()
        return content
