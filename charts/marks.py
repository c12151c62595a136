"""Parts of a Markdown page that are made from data, each between two marks that name it."""

import re

__all__ = ["with_part"]


def with_part(text: str, name: str, part: str) -> str:
    """A text with a part between its two marks, in place of what is there.

    Args:
        text: The text, with `<!-- NAME: begin -->` and `<!-- NAME: end -->`.
        name: Name of the part.
        part: The part: whole lines.

    Raises:
        ValueError: The two marks are not there exactly once.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    marked = re.compile(rf"(?<={begin}\n).*?(?={end})", re.DOTALL)
    written, places = marked.subn(lambda _: part, text)
    if places != 1:
        raise ValueError(f"`{begin}` … `{end}` is there {places} times, not once")
    return written
