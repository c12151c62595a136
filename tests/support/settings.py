"""Settings files of the tests' own."""

from pathlib import Path

from inputs.errors import SettingsError
from inputs.loading import load
from inputs.names import KnownNames
from inputs.settings import Settings

KNOWN = KnownNames(
    services={"api": None, "feed": 1, "back-office": None},
    infrastructure=["postgresql", "kafka"],
    secrets=["db-secret"],
)
"""The names of a small system."""

HOSTS = "hosts: {main: a.example, read: b.example}\n"
"""What a settings file must say."""


def settings_of_text(folder: Path, text: str | bytes, environment: str = "production") -> Settings:
    """Writes a settings file into a folder, and loads it.

    Raises:
        SettingsError: It is wrong.
    """
    content = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    (folder / f"{environment}.yaml").write_bytes(content)
    return load(folder, environment, KNOWN)


def problems_of_text(folder: Path, text: str | bytes, environment: str = "production") -> list[str]:
    """What is wrong with a settings file, one line each, without the folder; nothing if it is right."""
    try:
        settings_of_text(folder, text, environment)
    except SettingsError as error:
        return [line.removeprefix(f"{folder.name}/") for line in str(error).split("\n")]
    return []
