"""Tables of several stations: find the station column and select one station."""

import re

import pandas as pd

from infoscope.weather.tables.findings import Finding
from infoscope.weather.tables.obstacles import Obstacles
from infoscope.weather.tables.text_table import by_rank, names_of

# Letters of the names of columns that say where a value was measured, most telling first.
_NAMES = (
    "station", "stationid", "stationsid", "stationname", "stationnumber", "stationcode", "stn",
    "stnid", "sta", "numposte", "nomusuel", "location", "locationid", "locationname", "site",
    "siteid", "sitename", "city",
    "cityname", "town", "place", "name", "id", "usaf", "wban", "icao", "climateid",
    "bureauofmeteorologystationnumber", "airport", "district", "municipality", "province", "region",
    "state", "country",
)  # fmt: skip
# Those of them that change for no other reason.
_STRICT = _NAMES[: _NAMES.index("place") + 1]
_LISTED = 12


def rows_of_station(
    text: pd.DataFrame, days: pd.Series, wanted: str | None, obstacles: Obstacles
) -> tuple[pd.DataFrame, list[Finding], str | None]:
    """Return the rows of one station, the findings, and the station column.

    If the table has a single station, return all rows and no column.
    """
    if wanted is not None:
        return _chosen(text, days, str(wanted), obstacles)
    column = _station_column(text, days)
    if column is None:
        return text, [], None
    remedy = "choose one with station (--station)"
    if not days.dropna().duplicated().any():
        remedy += f", or leave {column!r} out with drop (--drop) if they are one place"
    obstacles.add(
        f"must be of one station, got {text[column].nunique()} in column {column!r}: "
        f"{_listing(text[column], days)}; {remedy}"
    )
    first = text[column] == text[column].iloc[0]
    return text[first], [], column


def _chosen(
    text: pd.DataFrame, days: pd.Series, wanted: str, obstacles: Obstacles
) -> tuple[pd.DataFrame, list[Finding], str | None]:
    named = by_rank(names_of(text), _NAMES, _letters)
    others = [name for name in names_of(text) if name not in named]
    for same in (str, str.casefold):
        for column in [*named, *others]:
            here = text[column].map(same) == same(wanted.strip())
            # A number that happens to be the station's is no station.
            if here.any() and (column in named or not _is_number(wanted)):
                count = text[column].nunique()
                return text[here], [Finding("station", column, count, wanted.strip())], column
    column = _station_column(text, days) or (named[0] if named else None)
    there = "no column of stations" if column is None else _listing(text[column], days)
    obstacles.add(f"station must be one of the table, got {wanted!r}; there is {there}")
    if column is not None:
        text = text[text[column] == text[column].iloc[0]]
    return text, [], column


def _station_column(text: pd.DataFrame, days: pd.Series) -> str | None:
    """Return the column that distinguishes rows of the same day, or names several stations."""
    if not days.dropna().duplicated().any():
        for name in (n for n in names_of(text) if _letters(n) in _STRICT):
            known = text[name][text[name] != ""]
            if 1 < known.nunique() <= len(known) / 2 and not _is_measured(known):
                return name
        return None
    rows_a_day = days.value_counts().median()
    found = []
    for name in names_of(text):
        letters = _letters(name)
        if letters in _NAMES:
            rank = _NAMES.index(letters)
        elif _is_number(text[name].iloc[0]) or ":" in text[name].iloc[0]:  # hours are no stations
            continue
        else:
            rank = len(_NAMES)
        # A table has at least as many stations as a day has rows, and a station has a day once,
        # but for slips in a column that says what it is.
        enough = rows_a_day <= text[name].nunique() <= len(text) / 2
        again = pd.DataFrame({"station": text[name], "day": days}).duplicated().sum()
        if enough and again <= (0.1 * len(text) if letters in _STRICT else 0):
            found.append((rank, name))
    return min(found)[1] if found else None


def _listing(column: pd.Series, days: pd.Series) -> str:
    parts = []
    for name, own in days.groupby(column, sort=False):
        known = own.dropna()
        span = f", {known.min():%Y-%m-%d} to {known.max():%Y-%m-%d}" if len(known) else ""
        parts.append(f"{name} ({len(own)} days{span})")
        if len(parts) == _LISTED:
            break
    more = column.nunique() - len(parts)
    return ", ".join(parts) + (f" and {more} more" if more > 0 else "")


def _letters(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[+-]?\d*\.?\d+", cell) is not None


def _is_measured(cells: pd.Series) -> bool:
    """Whether a column holds decimals: stations have names or whole numbers."""
    return bool(cells.str.fullmatch(r"[+-]?\d*\.\d+").any())
