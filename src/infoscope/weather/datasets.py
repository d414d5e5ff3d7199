"""The shipped data sets, with their defaults."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from infoscope.weather.table import CHICAGO_FAHRENHEIT, WeatherTable, load_chicago


@dataclass(frozen=True)
class DataSet:
    """A shipped table and its defaults.

    Parameters
    ----------
    load : callable
        Returns the table.
    targets : tuple of str
        Columns to forecast.
    start, end : str
        First and last day of the default season, ISO format.
    error_names : mapping
        Target → name of its mean absolute error in a summary.
    units : mapping
        Column → unit, if known.
    """

    load: Callable[[], WeatherTable]
    targets: tuple[str, ...]
    start: str
    end: str
    error_names: Mapping[str, str]
    units: Mapping[str, str]


CHICAGO = DataSet(
    load=load_chicago,
    targets=("temp_max", "temp_min"),
    start="2015-05-01",
    end="2015-10-04",
    error_names=MappingProxyType({"temp_max": "mae_max_f", "temp_min": "mae_min_f"}),
    units=MappingProxyType(dict.fromkeys(CHICAGO_FAHRENHEIT, "°F")),
)
DATA_SETS: Mapping[str, DataSet] = MappingProxyType({"chicago": CHICAGO})


def unit_of(data: str, columns: Sequence[str]) -> str:
    """Return the common unit of columns of a data set, or an empty string if unknown."""
    shipped = DATA_SETS.get(data)
    units = set() if shipped is None else {shipped.units.get(name, "") for name in columns}
    return units.pop() if len(units) == 1 else ""
