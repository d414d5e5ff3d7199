"""Arrange tables for the page: verdicts by claim, tables with captions, and any other table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from infoscope._escaping import printable
from infoscope.report.document import Captioned
from infoscope.report.embedding import short

_NEEDED = ("claim", "title", "mode", "verdict")
# A sign next to each word, so that colour is never needed.
SIGNS = {"supported": "✓", "refuted": "✗", "inconclusive": "?", "missing": "–"}


@dataclass(frozen=True)
class Part:
    """One statistic of a claim in one mode."""

    mode: str
    statistic: str
    rule: str
    value: str
    verdict: str
    note: str


@dataclass(frozen=True)
class ClaimRow:
    """A claim with its verdict in each mode, in the order of the modes, and its statistics."""

    name: str
    title: str
    verdicts: tuple[str, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class PlainTable:
    """A table as text: columns and rows of (text, whether it is a number)."""

    columns: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[tuple[str, bool], ...], ...]


@dataclass(frozen=True)
class Cell:
    """Text of a cell, whether it is a number, and the width of its bar in percent, if any."""

    text: str
    numeric: bool
    width: float | None = None


@dataclass(frozen=True)
class CaptionedTable:
    """A table as text with its caption: columns as in `PlainTable`."""

    caption: str
    columns: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[Cell, ...], ...]


def claim_rows(claims: pd.DataFrame) -> tuple[tuple[str, ...], tuple[ClaimRow, ...]]:
    """Return modes and claims, each in the order of the table; nothing if columns are missing."""
    if any(name not in claims for name in _NEEDED):
        return (), ()
    modes = tuple(dict.fromkeys(claims["mode"].astype(str)))
    rows = []
    for name, own in claims.groupby("claim", sort=False):
        verdict = dict(zip(own["mode"].astype(str), own["verdict"].astype(str), strict=True))
        parts = tuple(_part(row) for row in own.to_dict("records") if _given(row, "statistic"))
        title = printable(str(own["title"].iloc[0]))
        verdicts = tuple(printable(verdict.get(mode, "")) for mode in modes)
        rows.append(ClaimRow(printable(str(name)), title, verdicts, parts))
    return tuple(printable(mode) for mode in modes), tuple(rows)


def verdict_counts(
    modes: Sequence[str], rows: Sequence[ClaimRow]
) -> list[tuple[str, list[tuple[str, int]]]]:
    """Return mode → number of claims with each verdict."""
    counted = []
    for at, mode in enumerate(modes):
        words = [row.verdicts[at] for row in rows]
        every = [*SIGNS, *sorted(set(words) - set(SIGNS) - {""})]
        counted.append((mode, [(word, words.count(word)) for word in every if word in words]))
    return counted


def plain_table(table: pd.DataFrame) -> PlainTable:
    """Return any table as text, a named index first."""
    if any(name is not None for name in table.index.names):
        table = table.reset_index()
    columns = tuple(
        (printable(str(name)).replace("_", " "), is_numeric_dtype(table[name])) for name in table
    )
    records = table.itertuples(index=False, name=None)
    return PlainTable(columns, tuple(tuple(_cell(v) for v in row) for row in records))


def captioned(table: Captioned) -> CaptionedTable:
    """Return a table with its caption as text; columns of bars share the largest value."""
    given = table.rows.reset_index(drop=True)
    plain = plain_table(given)
    sizes = np.nan_to_num(given[list(table.bars)].to_numpy(float)).clip(min=0.0)
    widths = 100.0 * sizes / (sizes.max(initial=0.0) or 1.0)
    places = {list(given).index(name): number for number, name in enumerate(table.bars)}
    rows = tuple(
        tuple(
            Cell(*cell, round(float(widths[line, places[at]]), 1) if at in places else None)
            for at, cell in enumerate(cells)
        )
        for line, cells in enumerate(plain.rows)
    )
    return CaptionedTable(table.caption, plain.columns, rows)


def _part(row: dict[Any, Any]) -> Part:
    low, high = number(row.get("low")), number(row.get("high"))
    value = number(row.get("value"))
    interval = f" [{low}, {high}]" if low and high else ""
    notes = [_text(row, "flags").replace(" ", ", "), _text(row, "reason")]
    seeds = _text(row, "seeds")
    notes = [f"{seeds} seeds" if seeds else "", *notes]
    return Part(
        mode=_text(row, "mode"),
        statistic=_text(row, "statistic"),
        rule=_text(row, "rule"),
        value=f"{value}{interval}",
        verdict=_text(row, "part_verdict"),
        note="; ".join(note for note in notes if note),
    )


def number(value: Any) -> str:
    """Return a number with three digits, nothing if missing.

    >>> number(0.31234), number(12345), number(float("nan"))
    ('0.312', '12345', '')
    """
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return ""
    if isinstance(value, float | np.floating) and abs(value) < 1e5:
        return f"{value:.3g}".replace("-", "−") if value % 1 or abs(value) < 1 else f"{value:.0f}"
    return str(value).replace("-", "−")


def _given(row: dict[Any, Any], name: str) -> bool:
    return bool(_text(row, name))


def _text(row: dict[Any, Any], name: str) -> str:
    value = short(row.get(name))
    return "" if value is None else str(value)


def _cell(value: Any) -> tuple[str, bool]:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no", False
    if isinstance(value, int | float | np.number):
        return number(value), True
    made = short(value)
    return "" if made is None else str(made), False
