"""Escape text from data, such as column names, for a terminal, a page or a table."""

import html
import re

# Invisible characters that only join letters and emoji.
_JOINERS = "\u200c\u200d"
# Characters that Markdown and its mathematics interpret anywhere in a line.
_MARKS = re.compile(r"([\\`*\[\]|$~])")
# An underscore emphasises only at the edge of a word.
_EDGES = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
# Characters that start a heading or a list.
_BLOCK = re.compile(r"^(?:#|[+-](?![\d.])|\d+(?=[.)](?!\d)))")

# Characters that begin a formula in a spreadsheet, and those before it that do not matter.
_FORMULA = ("=", "+", "-", "@")
_NO_SIGN = re.compile(r"^[\s']+")


def printable(text: str) -> str:
    """Return text as one line without control characters.

    Line ends and other white space become spaces; characters that are invisible or change the
    direction of writing become their code points.

    Examples
    --------
    >>> printable("wind\\nspeed\\x01")
    'wind speed\\\\x01'
    """
    return "".join(_visible(character) for character in text)


def markdown(text: str) -> str:
    """Escape plain text so that Markdown shows it unchanged, also in a table cell.

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
    # A backslash cannot escape a digit; in a numbered list it goes before the point.
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


def no_formula(text: str) -> str:
    """Return text that a spreadsheet shows, also where it would run it as a formula.

    As typed in a spreadsheet, an apostrophe marks text. `with_formula` removes it again.

    Examples
    --------
    >>> no_formula("-b"), no_formula("'-b"), no_formula("b's")
    ("'-b", "''-b", "b's")
    """
    return f"'{text}" if _runs(text) else text


def with_formula(text: str) -> str:
    """Return the text that `no_formula` was given."""
    return text.removeprefix("'") if _runs(text) else text


def _runs(text: str) -> bool:
    """Return whether text is a formula, be it with apostrophes before it."""
    # A tab or line end before the sign does not hide it from a spreadsheet.
    return _NO_SIGN.sub("", text, count=1).startswith(_FORMULA)
