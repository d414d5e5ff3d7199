"""Daily weather tables, and the shipped one."""

import gzip
import io
from dataclasses import dataclass, replace
from importlib.resources import files

import numpy as np
import pandas as pd

from infoscope._errors import InputError
from infoscope.weather.tables.findings import Finding

_CHICAGO_TARGETS = ("temp_max", "temp_min")
# Impossible readings; data/README.md lists them.
_IMPOSSIBLE = (
    ("pressure_change", "2001-02-09"),
    ("wind_max", "2002-04-21"),
    ("wind_max", "2006-01-26"),
    ("wind_max", "2014-09-26"),
)


@dataclass(frozen=True)
class WeatherTable:
    """Daily values of some variables.

    Parameters
    ----------
    values : DataFrame
        One row per day with increasing dates as index, one float column per variable, NaN
        where a value is missing. Days without a row are gaps.
    targets : tuple of str
        The columns to forecast.
    source : str
        Source of the table.
    notes : tuple of str
        Corrections and conversions, a sentence each.
    findings : tuple of Finding
        The same as structured data, for a table from `read_csv`.
    """

    values: pd.DataFrame
    targets: tuple[str, ...]
    source: str
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    def between(self, start: str | None = None, end: str | None = None) -> "WeatherTable":
        """Return the days from start to end, both included; None for the first or last.

        Raises
        ------
        InputError
            If a date cannot be read or no day is left.
        """
        first, last = _date(start, "start"), _date(end, "end")
        chosen = self.values.loc[first:last]
        if chosen.empty:
            days = self.values.index
            raise InputError(
                f"start and end must enclose days of {self.source}, got {start or 'the first'} to "
                f"{end or 'the last'}; the table runs from {days[0]:%Y-%m-%d} to "
                f"{days[-1]:%Y-%m-%d}"
            )
        return replace(self, values=chosen)


# Columns of the shipped table in °F.
CHICAGO_FAHRENHEIT = ("temp_min", "temp", "temp_max", "dew")


def load_chicago(*, corrected: bool = True) -> WeatherTable:
    """Return the shipped table: 5,698 days of Chicago Midway weather, 2001 to 2016.

    Parameters
    ----------
    corrected : bool
        Treat four impossible readings as missing; ``notes`` lists them. The file is unchanged.

    Returns
    -------
    WeatherTable
        18 variables; targets temp_max and temp_min in °F.

    References
    ----------
    Data set ``Chicago`` of the R package modeldata (MIT licence), from hourly reports of KMDW.

    Examples
    --------
    >>> load_chicago().values.shape
    (5698, 18)
    """
    path = files("infoscope.weather") / "data" / "chicago_weather.csv.gz"
    text = gzip.decompress(path.read_bytes()).decode("utf-8")
    values = pd.read_csv(io.StringIO(text), index_col="date", parse_dates=["date"]).astype(float)
    notes = ["overcast sky counts as weather_storm in this table; left as it is"]
    if corrected:
        for column, date in _IMPOSSIBLE:
            day = pd.Timestamp(date)
            reading = values.at[day, column]
            values.loc[day, column] = np.nan
            notes.append(f"{column} of {reading:g} on {date} is impossible and counts as missing")
    return WeatherTable(values, _CHICAGO_TARGETS, "the shipped Chicago table", tuple(notes))


def _date(text: str | None, name: str) -> pd.Timestamp | None:
    if text is None:
        return None
    try:
        day = pd.Timestamp(text)
    except (TypeError, ValueError):
        day = None
    # Pandas would read a bare number as nanoseconds since 1970, and a year or month as its first
    # day, even for an end; dates with a time zone cannot be compared.
    is_number = isinstance(text, int | float) or (isinstance(text, str) and text.count("-") != 2)
    if day is None or pd.isna(day) or day.tzinfo is not None or is_number:
        raise InputError(
            f"{name} must be a date such as 2015-05-01, got {text!r}; write year-month-day"
        )
    return day
