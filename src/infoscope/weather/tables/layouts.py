"""Layouts of the daily files of weather services, and their recognition."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

_GSOD_CODES = {
    9999.9: ("TEMP", "DEWP", "SLP", "STP", "MAX", "MIN"),
    999.9: ("VISIB", "WDSP", "MXSPD", "GUST", "SNDP"),
    99.99: ("PRCP",),
}


@dataclass(frozen=True)
class Layout:
    """Layout of the daily tables of a weather service.

    Parameters
    ----------
    name : str
        The service and the kind of file, with a remark on unusual units.
    header : tuple of str
        Columns, lower case, that together identify the layout.
    aside : tuple of str
        Patterns of columns, lower case, that describe the station or the quality of a value.
    codes : mapping
        Documented code for missing → the columns in which it is one.
    """

    name: str
    header: tuple[str, ...]
    aside: tuple[str, ...] = ()
    codes: Mapping[float, tuple[str, ...]] = field(default_factory=dict)

    def is_aside(self, column: str) -> bool:
        """Whether a column describes the station or the quality of a value."""
        return any(fnmatchcase(column.lower(), pattern) for pattern in self.aside)

    def codes_of(self, column: str) -> tuple[float, ...]:
        """Return the documented codes for missing of a column."""
        return tuple(code for code, columns in self.codes.items() if column in columns)


_PLACE = ("station", "name", "latitude", "longitude", "elevation")
# The first that fits is taken.
LAYOUTS = (
    Layout(
        "NOAA GSOD (°F, knots, inches, mbar)",
        ("station", "date", "temp", "frshtt"),
        aside=(*_PLACE, "*_attributes", "frshtt"),
        codes=_GSOD_CODES,
    ),
    Layout(
        "NOAA GHCN-Daily, one row a day; as a rule in tenths of °C, mm and m/s, left as they are",
        ("station", "date", "*_attributes"),
        aside=(*_PLACE, "*_attributes"),
    ),
    Layout(
        "DWD daily climate",
        ("stations_id", "mess_datum", "eor"),
        aside=("stations_id", "qn_*", "qn", "eor"),
    ),
    Layout(
        "Environment Canada daily climate",
        ("date/time", "year", "month", "day", "* flag"),
        aside=("longitude*", "latitude*", "station name", "climate id", "data quality", "* flag"),
    ),
    Layout(
        "Bureau of Meteorology, Australia",
        ("product code", "year", "month", "day"),
        aside=("product code", "bureau of meteorology station number", "quality"),
    ),
)
UNKNOWN = Layout("", ())

_BULK_DAY = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?")
METEOSTAT_COLUMNS = (
    "date", "tavg", "tmin", "tmax", "prcp", "snow", "wdir", "wspd", "wpgt", "pres", "tsun",
)  # fmt: skip
GHCN_COLUMNS = (
    "station", "date", "element", "value", "mflag", "qflag", "sflag", "obstime",
)  # fmt: skip
# Other headers of the same long table.
_GHCN_NAMES = {"id": "station", "data_value": "value", "m_flag": "mflag", "q_flag": "qflag"}


def layout_of(columns: list[str]) -> Layout:
    """Return the layout of a table with these columns, or an empty one."""
    lower = [column.lower() for column in columns]
    for layout in LAYOUTS:
        if all(any(fnmatchcase(c, pattern) for c in lower) for pattern in layout.header):
            return layout
    return UNKNOWN


def names_without_header(cells: list[str]) -> tuple[str, ...] | None:
    """Return the column names of a known layout without a header, from its first row."""
    if len(cells) == len(METEOSTAT_COLUMNS) and _BULK_DAY.fullmatch(cells[0]):
        return METEOSTAT_COLUMNS
    is_long = len(cells) in (7, 8) and re.fullmatch(r"\d{8}", cells[1])
    if is_long and re.fullmatch(r"[A-Z0-9_-]{11}", cells[0]) and re.fullmatch(r"\w{4}", cells[2]):
        return GHCN_COLUMNS[: len(cells)]
    return None


def long_names(columns: list[str]) -> list[str] | None:
    """Return the names of a long GHCN table (station, date, element, value), if it is one."""
    renamed = [_GHCN_NAMES.get(column.lower(), column.lower()) for column in columns]
    return renamed if {"date", "element", "value"} <= set(renamed) else None
