"""Weather data: daily tables, windows, the published split, and forecast baselines."""

from infoscope.weather.baselines import forecast_errors
from infoscope.weather.daily_series import DailySeries, daily_series
from infoscope.weather.table import CHICAGO_FAHRENHEIT, WeatherTable, load_chicago
from infoscope.weather.tables.cf6 import download_cf6, read_cf6
from infoscope.weather.tables.daily_csv import read_csv
from infoscope.weather.tables.findings import Finding
from infoscope.weather.windows import Windows, make_windows

__all__ = [
    "CHICAGO_FAHRENHEIT",
    "DailySeries",
    "Finding",
    "WeatherTable",
    "Windows",
    "daily_series",
    "download_cf6",
    "forecast_errors",
    "load_chicago",
    "make_windows",
    "read_cf6",
    "read_csv",
]
