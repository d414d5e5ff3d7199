"""Select the rows of a table that are days of one station."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from infoscope.weather.tables.dates import calendar_columns, date_columns, days_of
from infoscope.weather.tables.findings import Finding
from infoscope.weather.tables.flags import apply_flags
from infoscope.weather.tables.layouts import Layout, layout_of
from infoscope.weather.tables.long_table import is_long, made_wide
from infoscope.weather.tables.obstacles import Obstacles
from infoscope.weather.tables.repeated_days import check_each_day_once
from infoscope.weather.tables.stations import rows_of_station
from infoscope.weather.tables.text_table import looks_like_number, names_of


@dataclass(frozen=True)
class RowsOfDays:
    """Rows of one station, each with its day.

    Parameters
    ----------
    text : DataFrame
        Cells, indexed by line.
    days : Series
        The day of each row; NaT after an obstacle.
    dated, aside : tuple of str
        Date columns; other columns that are not variables.
    layout : Layout
        Layout of the file.
    findings : tuple of Finding
        Observations.
    """

    text: pd.DataFrame
    days: pd.Series
    dated: tuple[str, ...]
    aside: tuple[str, ...]
    layout: Layout
    findings: tuple[Finding, ...]


def rows_of_days(
    text: pd.DataFrame,
    date_column: str | None,
    station: str | None,
    drop: Sequence[str],
    obstacles: Obstacles,
) -> RowsOfDays:
    """Return the rows of one station with their days; obstacles are collected, not raised."""
    layout = layout_of(names_of(text))
    findings = [Finding("layout", value=layout.name)] if layout.name else []
    long = is_long(text)
    if long:
        text, findings = made_wide(text, station, obstacles)
    text = _without(text, drop, date_column, obstacles)
    dated = date_columns(text, date_column, obstacles)
    if not dated:
        days = pd.Series(pd.NaT, index=text.index, dtype="datetime64[s]")
        return RowsOfDays(text, days, (), (), layout, tuple(findings))
    text, passed = _without_footers(text, dated)
    days, told = days_of(text, dated, obstacles)
    aside: list[str] = []
    if not long:
        text, chosen, column = rows_of_station(text, days, station, obstacles)
        told += chosen
        aside += [column] if column else []
    days = days.loc[text.index]
    check_each_day_once(text, dated, days, obstacles)
    calendar = calendar_columns(text, days, dated)
    told += [Finding("calendar", name) for name in calendar]
    text, flagged = apply_flags(text)
    found = (*findings, *passed, *told, *flagged)
    return RowsOfDays(text, days, tuple(dated), (*aside, *calendar), layout, found)


def _without(
    text: pd.DataFrame, drop: Sequence[str], date_column: str | None, obstacles: Obstacles
) -> pd.DataFrame:
    for name in drop:
        if name not in text.columns or name == date_column:
            what = "names of columns other than the dates"
            obstacles.add_unknown("drop", what, name, text.columns)
    return text.drop(columns=[name for name in drop if name in text.columns])


def _without_footers(text: pd.DataFrame, dated: list[str]) -> tuple[pd.DataFrame, list[Finding]]:
    """Leave out rows with neither a day nor a number, such as a source below the table."""
    dateless = text[dated[0]].eq("") | ~text[dated[0]].str.contains(r"\d")
    # A cell is only looked at where it matters: this is the slowest part of a large table.
    suspects = text.index[dateless]
    others = [name for name in names_of(text) if name not in dated]
    lines = [
        line
        for line in suspects
        if not any(looks_like_number(str(cell)) for cell in text.loc[line, others])
    ]
    if not lines or len(lines) == len(text):
        return text, []
    return text.drop(index=lines), [Finding.at("no-day", lines)]
