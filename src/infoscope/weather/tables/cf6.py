"""NWS CF6 climate data from the Iowa Environmental Mesonet."""

import http.client
import os
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from infoscope._errors import InputError
from infoscope._files import write_whole
from infoscope.weather.table import WeatherTable
from infoscope.weather.tables.cells import numbers_of
from infoscope.weather.tables.daily_csv import check_targets
from infoscope.weather.tables.dates import days_of
from infoscope.weather.tables.findings import Finding
from infoscope.weather.tables.obstacles import Obstacles
from infoscope.weather.tables.repeated_days import check_each_day_once
from infoscope.weather.tables.text_table import read_text_table
from infoscope.weather.tables.variables import impossible_values

_ADDRESS = "https://mesonet.agron.iastate.edu/json/cf6.py?station={station}&year={year}&fmt=csv"
_VARIABLES = (
    "high", "low", "avg_temp", "dep_temp", "hdd", "cdd", "precip", "snow", "snowd_12z", "avg_smph",
    "max_smph", "avg_drct", "minutes_sunshine", "possible_sunshine", "cloud_ss", "wxcodes",
    "gust_smph", "gust_drct",
)  # fmt: skip
_BLANK = ("M", "None", "")
# A trace is more than nothing and less than the smallest amount that is reported: half of it.
_TRACE = {"precip": "0.005", "snow": "0.05", "snowd_12z": "0.5"}


def read_cf6(*paths: str | Path, targets: Sequence[str] = ("high", "low")) -> WeatherTable:
    """Read CF6 files of one station, one or several years.

    Parameters
    ----------
    *paths : str or Path
        CSV files from the Iowa Environmental Mesonet (`download_cf6`).
    targets : sequence of str
        The columns to forecast.

    Returns
    -------
    WeatherTable
        The 18 CF6 variables in their units (°F, inches, mph, degrees, minutes, tenths). M is
        missing; T, a trace, is half of the smallest reported amount (0.005 in of precipitation,
        0.05 in of snow, 0.5 in of snow depth); wxcodes becomes the number of weather types, 0 if M
        or empty. A variable without values in all files is dropped, with a note. Impossible values
        are kept, with a note.

    Raises
    ------
    InputError
        If a file cannot be read, lacks a CF6 column, mixes stations or repeats a day.

    References
    ----------
    Form F-6 (CF6), U.S. National Weather Service; served by the Iowa Environmental Mesonet at
    mesonet.agron.iastate.edu/json/cf6.py.
    """
    if not paths:
        raise InputError("paths must name at least one CF6 file, got none; see download_cf6")
    files = [_read(Path(path)) for path in paths]
    text = pd.concat(files)
    stations = sorted(set(text["station"]))
    source = ", ".join(str(path) for path in paths)
    if len(stations) > 1:
        raise InputError(
            f"paths must be files of one station, got {', '.join(stations)}; read each apart"
        )
    days = pd.DatetimeIndex(_days(text, source), name="date")
    notes = [f"{_traces(text)} traces (T) count as half of the smallest reported amount"]
    columns = {}
    for name in _VARIABLES:
        if text[name].isin(_BLANK).all() and name != "wxcodes":
            notes.append(str(Finding("empty", name)))
            continue
        columns[name] = np.concatenate(
            [_numbers(file[name], path) for file, path in zip(files, paths, strict=True)]
        )
    check_targets(targets, list(columns), source)
    table, begin = pd.DataFrame(columns), 0
    for file, path in zip(files, paths, strict=True):
        own = table.iloc[begin : begin + len(file)]
        notes += [f"{path}: {finding}" for finding in impossible_values(own, file.index)]
        begin += len(file)
    values = table.set_index(days).sort_index()
    return WeatherTable(values, tuple(targets), f"CF6 data of {stations[0]}", tuple(notes))


def download_cf6(station: str, year: int, *, cache: str | Path | None = None) -> Path:
    """Fetch one year of CF6 data of one station, once, and return the file.

    Parameters
    ----------
    station : str
        Four-letter identifier, such as KMDW.
    year : int
        The year.
    cache : str or Path, optional
        Folder for the files; by default infoscope/cf6 in the user's cache folder. An existing file
        is not fetched again: remove the file of an incomplete year.

    Raises
    ------
    InputError
        If the station or year is malformed, or nothing can be fetched.
    """
    is_station = isinstance(station, str) and station.isalnum() and len(station) in (3, 4)
    if not (is_station and isinstance(year, int) and 1900 <= year <= 2200):
        raise InputError(
            f"station and year must be like KMDW and 2015, got {station!r} and {year!r}; see the "
            "list of NWSCLI stations of the Iowa Environmental Mesonet"
        )
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(cache) if cache is not None else Path(home) / "infoscope" / "cf6"
    path = folder / f"{station.upper()}-{year}.csv"
    if path.exists():
        return path
    address = _ADDRESS.format(station=station.upper(), year=year)
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            content = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise InputError(
            f"cannot fetch {address}: {error}; save that page by hand and use read_cf6"
        ) from error
    if not content.startswith(b"station,valid,") or len(content.splitlines()) < 2:
        raise InputError(
            f"{address} must answer with days of CF6 data, got {content[:60]!r}; check the "
            "station and the year"
        )
    write_whole(path, lambda passing: passing.write_bytes(content))
    return path


def _read(path: Path) -> pd.DataFrame:
    obstacles = Obstacles(path)
    text = read_text_table(path, obstacles).cells
    obstacles.raise_if_any()
    lacking = [name for name in ("station", "valid", *_VARIABLES) if name not in text.columns]
    if lacking:
        raise InputError(
            f"{path} must have all CF6 columns, got none named {', '.join(lacking)}; fetch it with "
            "download_cf6"
        )
    return text


def _days(text: pd.DataFrame, source: str) -> pd.Series:
    obstacles = Obstacles(source)
    days, _ = days_of(text, ["valid"], obstacles)
    check_each_day_once(text, ["valid"], days, obstacles)
    obstacles.raise_if_any()
    return days


def _numbers(text: pd.Series, path: str | Path) -> np.ndarray:
    # A variable may lack all values of one year; the line of a wrong cell is that of its file.
    if text.isin(_BLANK).all() and text.name != "wxcodes":
        return np.full(len(text), np.nan)
    obstacles = Obstacles(path)
    numbers = numbers_of(_amounts(text), False, obstacles, needed=True).values
    obstacles.raise_if_any()
    assert numbers is not None  # the obstacle says why there are none
    return numbers


def _amounts(text: pd.Series) -> pd.Series:
    if text.name == "wxcodes":
        codes = text.mask(text.isin(["None", "M"]), "")
        return codes.map(lambda cell: str(len(str(cell).split())))
    return text.mask(text == "T", _TRACE.get(str(text.name), "T"))


def _traces(text: pd.DataFrame) -> int:
    return int(sum((text[name] == "T").sum() for name in _TRACE))
