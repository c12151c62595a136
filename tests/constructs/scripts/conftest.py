"""Each test that asks for `shell` runs in both shells."""

import pytest

from tests.constructs.scripts.shells import Shell
from tests.support.parts import need_program


@pytest.fixture(scope="session", params=["bash", "powershell"])
def shell(request: pytest.FixtureRequest) -> Shell:
    """A shell that runs the scripts."""
    if request.param == "bash":
        return Shell(name="bash", suffix=".sh", command=(need_program("bash", package="bash"),))
    pwsh = request.getfixturevalue("pwsh")
    return Shell(name="powershell", suffix=".ps1", command=(pwsh, "-NoProfile", "-File"))
