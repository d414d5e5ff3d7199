"""Text from data, such as the names of columns, made safe for a terminal, a page or a table."""

import html
import re

# Invisible characters that join letters and emoji, without any other effect.
_JOINERS = "\u200c\u200d"
# Marks of Markdown, and of mathematics in it, wherever they stand.
_MARKS = re.compile(r"([\\`*\[\]|$~])")
# An underscore emphasises only at the edge of a word.
_EDGES = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
# What makes a heading or a list at the beginning of a line.
_BLOCK = re.compile(r"^(?:[#+-]|\d+(?=[.)]))")


def printable(text: str) -> str:
    """Return text as one line without control characters.

    Line ends and other white space become blanks; what has no shape, or turns the direction of
    writing, is written by its number.

    Examples
    --------
    >>> printable("wind\\nspeed\\x01")
    'wind speed\\\\x01'
    """
    return "".join(_visible(character) for character in text)


def markdown(text: str) -> str:
    """Return plain text as Markdown that shows it unchanged, also within a cell of a table.

    Examples
    --------
    >>> print(markdown("a|b <i> temp_max"))
    a\\|b &lt;i&gt; temp_max
    """
    line = html.escape(printable(text), quote=False)
    line = _EDGES.sub(r"\\_", _MARKS.sub(r"\\\1", line)).strip()
    start = _BLOCK.match(line)
    if start is None:
        return line
    # A backslash escapes a mark, but not a digit: there it goes before the point.
    at = start.end() if line[0].isdigit() else 0
    return f"{line[:at]}\\{line[at:]}"


def table_row(cells: list[str]) -> str:
    """Return one line of a Markdown table; the cells are plain text."""
    return f"| {' | '.join(markdown(cell) for cell in cells)} |"


def _visible(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    if character.isspace():
        return " "
    return character.encode("unicode_escape").decode("ascii")
