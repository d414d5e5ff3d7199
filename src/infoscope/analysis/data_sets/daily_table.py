"""Tables with one row per day: the base of all weather data sets, and a user's own table."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from infoscope._errors import InputError
from infoscope.analysis.data_sets.data_set import DataSet
from infoscope.weather import WeatherTable, daily_series, make_windows, read_csv
from infoscope.weather.daily_series import DailySeries
from infoscope.weather.windows import Windows

if TYPE_CHECKING:
    from infoscope.analysis.settings import Settings


@dataclass(frozen=True)
class DailyTable(DataSet):
    """A daily table, cut into a series or windows by the settings."""

    @abstractmethod
    def table(self, settings: "Settings") -> WeatherTable:
        """Return the whole table, with missing values that are to be filled with a mean.

        Raises
        ------
        InputError
            If it cannot be read, or lacks a target.
        """

    def series(self, settings: "Settings") -> DailySeries:
        """Return the days in parts: of the season of every year, or from start to end."""
        table, season = self.table(settings), settings.season
        chosen = table.between(settings.start or None, settings.end or None)
        try:
            return daily_series(
                chosen if season is None else table,
                season=season,
                held_out=settings.held_out,
                validation=settings.validation if settings.fitted_network else 0.0,
                gap=settings.gap,
                blocked=settings.blocked_split,
                drop_constant=settings.no_noise,
            )
        except InputError as error:
            raise InputError(f"{error}, or --mode published") from error

    def windows(self, settings: "Settings") -> Windows:
        """Return windows that slide by a day, with test windows drawn at random."""
        return make_windows(
            self.table(settings),
            length=settings.window_length,
            start=settings.start or None,
            end=settings.end or None,
            normalisation=settings.normalisation,
            test_fraction=settings.test_fraction,
            drop_constant=settings.no_noise,
            random_state=settings.generator("split"),
        )

    def content(self, settings: "Settings") -> bytes:
        """Return the whole table as CSV."""
        return self.table(settings).values.to_csv().encode()


@dataclass(frozen=True)
class OwnTable(DailyTable):
    """A user's CSV file; ``name`` is its path."""

    options: ClassVar[tuple[str, ...]] = (
        "targets", "start", "end", "date_column", "station", "columns", "drop", "missing",
    )  # fmt: skip

    @property
    def defaults(self) -> Mapping[str, Any]:
        """All days; the targets must be given."""
        return {"targets": (), "start": "", "end": ""}

    def table(self, settings: "Settings") -> WeatherTable:
        """Read the file."""
        return read_csv(
            self.name,
            settings.targets,
            date_column=settings.date_column or None,
            columns=settings.columns,
            drop=settings.drop,
            station=settings.station or None,
            # The mean is filled in later: with held-out days it is the mean of the training part.
            missing="keep" if settings.missing == "mean" else settings.missing,
        )
