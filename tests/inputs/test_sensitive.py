"""What belongs in a Secret is no setting."""

import json
from pathlib import Path

import pytest

from inputs.errors import SettingsError
from inputs.loading import load
from inputs.names import KnownNames

KNOWN = KnownNames(services={"api": None}, infrastructure=[])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_PASSWORD", "geheim"),
        ("POSTGRES_USER", "geheim"),
        ("API_KEY", "geheim"),
        ("TOKEN", "geheim"),
        ("DATABASE_URL", "postgresql://count:geheim@postgresql:5432/countinfo"),
        ("SIGNING", "-----BEGIN PRIVATE KEY----- geheim"),
    ],
)
@pytest.mark.parametrize("given_by", ["file", "variable"])
def test_what_belongs_in_a_secret_is_refused_without_telling_it(
    name: str, value: str, given_by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = json.dumps({"api": {name: value}})
    text = "hosts: {main: a.example, read: b.example}\n"
    if given_by == "file":
        text += f"variables: {variables}\n"
    else:
        monkeypatch.setenv("COUNT_VARIABLES", variables)
    (tmp_path / "production.yaml").write_text(text)
    with pytest.raises(SettingsError) as told:
        load(tmp_path, "production", KNOWN)
    place = f"{tmp_path.name}/production.yaml:2" if given_by == "file" else "COUNT_VARIABLES"
    assert str(told.value).startswith(f"{place}: variables.api.{name}: its name or value is one of a Secret, ")
    assert "geheim" not in str(told.value)
