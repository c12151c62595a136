"""Plain data as PowerShell source, read alike by Windows PowerShell 5.1 and PowerShell 7."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from cdk8s_backend.errors import InvalidValueError

__all__ = ["Data", "data_block", "quoted"]

Data: TypeAlias = str | Sequence[Mapping[str, str]]
"""A text, or the rows of a table: texts by column."""

_SINGLE_QUOTES = re.compile("(['\u2018\u2019\u201a\u201b])")
_UNREADABLE = re.compile("[\0\ud800-\udfff]")


def quoted(text: str) -> str:
    """Quotes a text as one string, in which nothing is expanded.

    Args:
        text: Any text that a script can hold.

    Raises:
        InvalidValueError: The text holds a NUL or half a character.
    """
    if _UNREADABLE.search(text):
        raise InvalidValueError(f"{text!r} cannot stand in a script: it holds a NUL or half a character")
    return "'" + _SINGLE_QUOTES.sub(r"\1\1", text) + "'"  # PowerShell takes the typographic ones for quotes too


def data_block(variables: Mapping[str, Data]) -> str:
    """One assignment for each text and table, to be put into a script template; a table is an array of hashtables.

    Args:
        variables: The data by variable name, without the dollar sign.

    Raises:
        InvalidValueError: A text cannot stand in a script.
    """
    return "".join(f"${name} = {_expression(data)}\n" for name, data in variables.items())


def _expression(data: Data) -> str:
    if isinstance(data, str):
        return quoted(data)
    return "@(\n" + "".join(f"    {_row(row)}\n" for row in data) + ")"


def _row(row: Mapping[str, str]) -> str:
    return "@{ " + "; ".join(f"{column} = {quoted(text)}" for column, text in row.items()) + " }"
