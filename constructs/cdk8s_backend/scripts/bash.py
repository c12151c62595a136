"""Plain data as bash source, read alike by bash 3.2 (macOS) and later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdk8s_backend.errors import InvalidValueError

__all__ = ["Table", "data_block", "quoted"]


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of texts. In bash 3.2, which has no tables, an array that holds one row after another.

    Attributes:
        columns: Names of the columns.
        rows: The rows, each with one text a column.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def quoted(text: str) -> str:
    """Quotes a text as one word, in which nothing is expanded.

    Args:
        text: Any text that a script can hold.

    Raises:
        InvalidValueError: The text holds a NUL or half a character.
    """
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidValueError(f"{text!r} cannot stand in a script: it holds a NUL or half a character")
    return "'" + text.replace("'", "'\\''") + "'"


def data_block(variables: Mapping[str, str | Table]) -> str:
    """One assignment for each text and table, to be put into a script template.

    Args:
        variables: The data by variable name.

    Raises:
        InvalidValueError: A text cannot stand in a script.
    """
    return "".join(_assignment(name, value) for name, value in variables.items())


def _assignment(name: str, value: str | Table) -> str:
    if isinstance(value, str):
        return f"{name}={quoted(value)}\n"
    rows = "".join(f"  {' '.join(map(quoted, row))}\n" for row in value.rows)
    return f"# a row: {', '.join(value.columns)}\n{name}=({chr(10) + rows if rows else ''})\n"
