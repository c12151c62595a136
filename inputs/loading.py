"""Loads the settings of an environment: its file, and environment variables over it."""

import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from charts.sensitive import is_sensitive
from inputs.errors import SettingsError
from inputs.names import KnownNames
from inputs.problems import Problems
from inputs.schema import SettingsSchema
from inputs.settings import Settings
from inputs.text import escaped, shown
from inputs.tree import SettingsTree
from inputs.values import DNS_LABEL
from inputs.variables import put_variables, setting_variables
from inputs.wording import nearest, report
from inputs.yaml_file import read

__all__ = ["Loaded", "load", "load_with_origins"]


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """Settings, and where each of them comes from.

    Args:
        settings: The settings.
        given: What of them was given, by the file or by variables.
    """

    settings: Settings
    given: SettingsTree


def load(directory: Path, environment: str, known: KnownNames) -> Settings:
    """Reads the settings of an environment.

    Args:
        directory: The folder of the settings files.
        environment: Name of the environment, and of its file without `.yaml`.
        known: The names that the settings may speak of.

    Raises:
        SettingsError: The file is missing or a setting is wrong; all that is wrong is said at once.
    """
    return load_with_origins(directory, environment, known).settings


def load_with_origins(directory: Path, environment: str, known: KnownNames) -> Loaded:
    """Reads the settings of an environment as `load` does, and keeps where each comes from.

    Raises:
        SettingsError: As of `load`.
    """
    there = sorted(file.stem for file in directory.glob("*.yaml") if re.fullmatch(DNS_LABEL, file.stem))
    place = f"{directory.name}/{environment}.yaml"
    if environment not in there:
        raise SettingsError(f"{escaped(place)}: no such environment; {nearest(environment, there)}")
    problems, schema = Problems(), SettingsSchema(known)
    given = read(directory / f"{environment}.yaml", place, problems)
    put_variables(setting_variables(), given, schema, problems)
    if "environment" in given.data:
        problems.add(given.origin(("environment",)).place, ("environment",), "no such setting: the file's name says it")
    _refuse_too_many(given, known, problems)
    _refuse_sensitive(given, problems)
    try:
        settings = Settings.model_validate(
            given.data | {"environment": environment}, context=known, by_alias=True, by_name=False
        )
    except ValidationError as error:
        report(error, given, schema, problems)
    problems.raise_any()
    return Loaded(settings=settings, given=given)


def _refuse_too_many(given: SettingsTree, known: KnownNames, problems: Problems) -> None:
    """Refuses more pods than work; not the model does, which is silent about them while another number is wrong."""
    for name, most in known.services.items():
        for path in (("replicas", name), ("autoscaling", name, "maxReplicas")):
            number = given.value(path)
            if most is not None and isinstance(number, int) and number > most:
                wrong = f"use at most {most}: more pods do not work"
                problems.add(given.origin(path).place, path, shown(number), wrong)


def _refuse_sensitive(given: SettingsTree, problems: Problems) -> None:
    """Refuses variables whose name or value is one of a Secret; the value is not shown."""
    variables = given.value(("variables",))
    for service, named in variables.items() if isinstance(variables, dict) else ():
        for name, value in named.items() if isinstance(named, dict) else ():
            if is_sensitive(str(name), str(value)):
                path = ("variables", service, name)
                wrong = "its name or value is one of a Secret, which no ConfigMap may hold (specification rule 5): "
                problems.add(given.origin(path).place, path, f"{wrong}have a Secret in charts/topology.py bring it")
