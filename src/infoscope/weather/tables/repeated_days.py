"""Days with several rows: copies, times of the day, or several stations."""

import re

import pandas as pd

from infoscope.weather.tables.findings import in_lines
from infoscope.weather.tables.obstacles import Obstacles
from infoscope.weather.tables.text_table import names_of

# A column that holds the time of the day, and nothing else.
_HOURS = re.compile(
    r"(local|utc|gmt|obs)?[ _]?(time|hours?|hrs?|hh|hhmm|uhrzeit|heure|hora)([ _(].*)?",
    re.IGNORECASE,
)
_COPIES = (
    "remove copies; if the rows are of several stations, add a column that names these and "
    "choose one with station (--station)"
)
# What a mean over rows would spoil, said wherever one is advised.
_MEANS = (
    "with codes for missing in na_values of pandas.read_csv; take .sum() of amounts, .max() or "
    ".min() of extremes, and leave directions out"
)


def check_each_day_once(
    text: pd.DataFrame, dated: list[str], days: pd.Series, obstacles: Obstacles
) -> None:
    """Report days with several rows.

    Parameters
    ----------
    text : DataFrame
        The rows.
    dated : list of str
        The columns that the days were read from.
    days : Series
        The day of each row.
    obstacles : Obstacles
        Receives the repeated days.
    """
    twice = (days.duplicated() & days.notna()).to_numpy()
    if not twice.any():
        return
    obstacles.add(
        f"column {dated[-1]!r} must have each day once, got {days[twice].iloc[0]:%Y-%m-%d} again "
        f"{in_lines(days.index[twice], 'such rows')}; {_advice(text, dated, days)}"
    )


def _advice(text: pd.DataFrame, dated: list[str], days: pd.Series) -> str:
    rows_a_day = int(days.value_counts().median())
    if rows_a_day < 2:
        return _COPIES
    stamped = text[dated[0]].nunique() > days.nunique()
    hours = [name for name in names_of(text) if name not in dated and _HOURS.fullmatch(name)]
    kind = "the table is hourly" if rows_a_day == 24 else f"the table has {rows_a_day} rows a day"
    told = [kind]
    if text[[*dated, *hours]].duplicated().any():
        told.append(
            "if they are of several stations, keep the rows of one first: add a column that names "
            "the stations and choose with station (--station)"
        )
    told.append(f"take daily means, in pandas {_daily_means(dated, hours, stamped)}, {_MEANS}")
    return "; ".join(told)


def _daily_means(dated: list[str], hours: list[str], stamped: bool) -> str:
    """Return the pandas expression that aggregates hours to days."""
    if stamped:  # 2020-01-01T13:00 and 2020-01-01 13:00, in whatever order its parts stand
        by = f"table[{dated[0]!r}].str.split('[T ]', regex=True).str[0]"
    else:
        by = repr(dated if len(dated) > 1 else dated[0])
    dropped = f".drop(columns={hours!r})" if hours else ""
    return f"table{dropped}.groupby({by}).mean(numeric_only=True).to_csv('daily.csv')"
