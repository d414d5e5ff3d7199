"""Build a table of text from rows of cells: preamble, header, row of units."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from infoscope._errors import InputError
from infoscope.weather.tables.csv_rows import read_rows
from infoscope.weather.tables.findings import Finding, in_lines
from infoscope.weather.tables.layouts import names_without_header
from infoscope.weather.tables.obstacles import Obstacles

_DAY = re.compile(
    r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})([T ]\d{1,2}:.*)?"
    r"|(1[6-9]|20|21)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"
    r"|\d{1,2}[- ][A-Za-z]{3}[- ]\d{4}"
)
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
# A cell of a row of units, or of how values were taken (average, total), in brackets or not.
_UNIT = re.compile(
    r"[(\[]?(|-|°?\s?[cfk]|deg(rees?)?[. ]?[cfk]?|°|mm|cm|k?m|in|inch(es)?|[hk]?pa|m?bars?"
    r"|inhg|mmhg|%|percent|m/s|ms-1|km/?h|mph|kts?|knots?|w/m[²2]|[mk]?j/[cm]?m[²2]|h|hours?|hrs|min"
    r"|minutes?|sec|s|octas?|oktas?|1/8|iso8601|y{2,4}.*|dates?|utc|ts|rn|avg|smp|tot|max|std|text)[)\]]?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class TextTable:
    """A table of text.

    Parameters
    ----------
    cells : DataFrame
        Text without padding, one column per name, indexed by line of the file.
    separator : str
        Separator of the cells.
    findings : tuple of Finding
        Skipped lines.
    """

    cells: pd.DataFrame
    separator: str
    findings: tuple[Finding, ...]


def read_text_table(path: Path, obstacles: Obstacles, drop: Sequence[str] = ()) -> TextTable:
    """Read a file as a table of text.

    Parameters
    ----------
    path : Path
        The file.
    obstacles : Obstacles
        Receives nameless columns, repeated names and rows that are too long.
    drop : sequence of str
        Columns to leave out: their names may be repeated.

    Raises
    ------
    InputError
        If the file cannot be read, is empty or has no row below its header.
    """
    read = read_rows(path)
    rows, findings = read.cells, []
    if not rows:
        raise InputError(f"{path} is empty; it needs a header and one row per day")
    first, units = _first_day(rows), list[int]()
    if first == 0:
        header = _header_elsewhere(rows[0][1], read.comments, read.separator, path)
        begin = 0
        findings += _passed("comment", [line for line, _ in read.comments])
    else:
        at, units = _header(rows, first)
        header, begin = rows[at][1], at + 1 + len(units)
        findings += _passed("comment", [line for line, _ in read.comments])
        findings += _passed("preamble", [line for line, _ in rows[:at]])
        findings += _passed("units-row", [rows[i][0] for i in units])
    if begin == len(rows):
        raise InputError(f"{path} has a header but no rows; it needs one row per day")
    cells = _table(header, rows[begin:], drop, obstacles, findings)
    return TextTable(cells, read.separator, tuple(findings))


def names_of(table: pd.DataFrame) -> list[str]:
    """Return the names of a table's columns."""
    return [str(name) for name in table.columns]


def by_rank(
    names: Sequence[str], ranked: Sequence[str], letters: Callable[[str], str]
) -> list[str]:
    """Return the names whose letters are ranked, in the order of the rank."""
    known = [name for name in names if letters(name) in ranked]
    return sorted(known, key=lambda name: ranked.index(letters(name)))


def looks_like_day(cell: str) -> bool:
    """Whether a cell looks like a day, whatever the order of its parts, with or without a time."""
    return _DAY.fullmatch(cell) is not None


def looks_like_number(cell: str) -> bool:
    """Whether a cell looks like a number, with a decimal point or comma."""
    return _NUMBER.fullmatch(cell) is not None


def _first_day(rows: list[tuple[int, list[str]]]) -> int | None:
    """Return the first row with a day in the column where most rows have one, if there is one."""
    sample = rows[:500]
    found = Counter(
        i for _, cells in sample for i, cell in enumerate(cells) if looks_like_day(cell)
    )
    if not found:
        return None
    column, count = max(found.items(), key=lambda pair: (pair[1], -pair[0]))
    if 2 * count < len(sample) - 1:
        return None
    return next(i for i, (_, c) in enumerate(rows) if len(c) > column and looks_like_day(c[column]))


def _header(rows: list[tuple[int, list[str]]], first: int | None) -> tuple[int, list[int]]:
    """Return the row of names, and the rows of units below it."""
    width = Counter(len(cells) for _, cells in rows).most_common(1)[0][0]
    above = range(min(first if first is not None else 60, len(rows)))
    wordy = [i for i in above if _is_words(rows[i][1]) and len(rows[i][1]) >= min(width, 2)]
    if first is None:  # a table of year, month and day, or one without days
        dated = [i for i in above if {"year", "yyyy"} & {cell.lower() for cell in rows[i][1]}]
        wide = [i for i in wordy if len(rows[i][1]) >= width]
        at = (dated or wide or [0])[0]
        below = at + 1 < len(rows) and _is_units(rows[at + 1][1])
        return at, [at + 1] if below and len(rows) > at + 2 else []
    if not wordy:
        return 0, []
    at = wordy[-1]
    units: list[int] = []
    while at - 1 in wordy and _is_units(rows[at][1]) and len(rows[at - 1][1]) == len(rows[at][1]):
        units.insert(0, at)
        at -= 1
    return at, units


def _is_words(cells: list[str]) -> bool:
    told = [cell for cell in cells if cell]
    return bool(told) and not any(looks_like_number(cell) or looks_like_day(cell) for cell in told)


def _is_units(cells: list[str]) -> bool:
    return _is_words(cells) and all(_UNIT.fullmatch(cell) for cell in cells)


def _header_elsewhere(
    cells: list[str], comments: list[tuple[int, str]], separator: str, path: Path
) -> list[str]:
    """Return names of a file that begins with data: from a comment line, or its known layout."""
    for _, text in reversed(comments):
        names = [name.strip() for name in text.split(separator)]
        if len(names) == len(cells) > 1:
            return names
    names = names_without_header(cells)
    if names is None:
        raise InputError(
            f"{path} must have a header, got data in its first line ({', '.join(cells[:4])}); add "
            f"a first line with the names of its {len(cells)} columns"
        )
    return list(names)


def _table(
    header: list[str],
    rows: list[tuple[int, list[str]]],
    drop: Sequence[str],
    obstacles: Obstacles,
    findings: list[Finding],
) -> pd.DataFrame:
    width = len(header)
    while width and not header[width - 1]:  # a comma that ends the header names no column
        width -= 1
    # CF6 rows end in a comma that their header lacks: blank cells past the header are no loss.
    long = {line: len(cells) for line, cells in rows if any(cells[width:])}
    if long:
        obstacles.add(
            f"must have at most {width} cells in a row, as in its header, got "
            f"{next(iter(long.values()))} {in_lines(long, 'such rows')}; name every column, and "
            "quote a cell that contains the separator"
        )
    cells = [row[:width] + [""] * (width - len(row)) for _, row in rows]
    lines = pd.Index([line for line, _ in rows], name="line")
    table = pd.DataFrame(cells, columns=pd.RangeIndex(width), index=lines, dtype=str)
    return _named(table, header[:width], drop, obstacles, findings)


def _named(
    table: pd.DataFrame,
    header: list[str],
    drop: Sequence[str],
    obstacles: Obstacles,
    findings: list[Finding],
) -> pd.DataFrame:
    """Give the columns their names; nameless ones can be empty, row numbers or the days."""
    names, left_out = list(header), []
    for i, name in enumerate(header):
        cells = table[i]
        if name:
            continue
        if not cells.any():
            left_out.append(i)
        elif cells.map(looks_like_day).mean() > 0.5 and "date" not in names:
            names[i] = "date"
        elif _numbers_rows(cells):
            left_out.append(i)
            findings.append(Finding("index", f"column {i + 1}"))
        else:
            left_out.append(i)
            obstacles.add(
                f"must have a name for every column, got none for column {i + 1}; name it or "
                "remove it (pandas: to_csv(index=False))"
            )
    twice = [name for name, count in Counter(names).items() if name and count > 1]
    for name in twice:
        if name not in drop:
            obstacles.add(
                f"has the column {name!r} more than once; rename one of them, or leave all of "
                f"them out with drop (--drop {name!r})"
            )
        left_out += [i for i, other in enumerate(names) if other == name][1:]
    kept = [i for i in range(len(names)) if i not in left_out]
    return table[kept].set_axis(pd.Index([names[i] for i in kept]), axis=1)


def _numbers_rows(cells: pd.Series) -> bool:
    count = len(cells)
    return cells.tolist() in ([str(i) for i in range(k, k + count)] for k in (0, 1))


def _passed(kind: str, lines: list[int]) -> list[Finding]:
    return [Finding.at(kind, lines)] if lines else []
