"""The included weather table, which the paper analyses."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from infoscope.analysis.data_sets.daily_table import DailyTable
from infoscope.weather import CHICAGO_FAHRENHEIT, WeatherTable, load_chicago
from infoscope.weather.tables.daily_csv import check_targets

if TYPE_CHECKING:
    from infoscope.analysis.settings import Settings


@dataclass(frozen=True)
class Chicago(DailyTable):
    """Chicago Midway, 2001 to 2016; its season and targets are the defaults of `Settings`."""

    options: ClassVar[tuple[str, ...]] = ("targets", "start", "end")

    name: str = "chicago"

    def table(self, settings: "Settings") -> WeatherTable:
        """Return the included table with the targets of the settings."""
        table = replace(load_chicago(), targets=settings.targets)
        check_targets(table.targets, [str(name) for name in table.values.columns], table.source)
        return table

    def unit(self, columns: Sequence[str]) -> str:
        """Return °F for temperatures."""
        return "°F" if set(columns) <= set(CHICAGO_FAHRENHEIT) else ""

    def error_name(self, target: str) -> str:
        """Return the short names of the paper's two errors."""
        known = {"temp_max": "mae_max_f", "temp_min": "mae_min_f"}
        return known.get(target, super().error_name(target))
