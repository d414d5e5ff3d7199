"""Interface of a data set: all that an analysis asks about where its rows come from."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from infoscope._errors import InputError
from infoscope._validate import Floats
from infoscope.weather.baselines import BLOCK, absolute_error
from infoscope.weather.daily_series import DailySeries
from infoscope.weather.windows import Windows

if TYPE_CHECKING:
    from infoscope.analysis.settings import Settings


@dataclass(frozen=True)
class Words:
    """Nouns of a data set for sentences.

    Parameters
    ----------
    day, days : str
        One row of the series, and several.
    ahead, of_target : str
        When the target follows the inputs, as in "a forecast a day ahead" and "the target of the
        next day".
    of_seeds : str
        In what corrected networks of several seeds differ, and what they share.
    """

    day: str = "day"
    days: str = "days"
    ahead: str = "a day ahead"
    of_target: str = "of the next day"
    of_seeds: str = "in their first weights only: one station, one split"


@dataclass(frozen=True)
class DataSet(ABC):
    """Rows to train on, with their defaults, units, words and criteria.

    Parameters
    ----------
    name : str
        Name or path, the setting ``data``.
    """

    # Modes of analysis that the data allow.
    modes: ClassVar[tuple[str, ...]] = ("published", "corrected")
    # Settings about the table that a user may change.
    options: ClassVar[tuple[str, ...]] = ()
    words: ClassVar[Words] = Words()
    # Whether the rows are days of a calendar.
    dated: ClassVar[bool] = True
    # Learning rate with `fitted_network`; None keeps the published one. A tenth of that: the
    # validation error is then flat around its minimum, so that the choice of the snapshot hardly
    # matters.
    fitted_rate: ClassVar[float | None] = 0.0005
    # Epochs and step size of Adam on gated units: the validation error is then flat around its
    # minimum, too.
    gated_training: ClassVar[Mapping[str, Any]] = {"epochs": 150, "learning_rate": 0.001}
    # Baseline that the network must beat, and rows per bootstrap block of its errors.
    reference: ClassVar[str] = "persistence"
    block: ClassVar[int] = BLOCK

    name: str

    @property
    def defaults(self) -> Mapping[str, Any]:
        """Setting → value, where it differs from the default of `Settings`."""
        return {}

    @abstractmethod
    def series(self, settings: "Settings") -> DailySeries:
        """Return the rows as a series in parts, for corrected mode.

        Raises
        ------
        InputError
            If they cannot be read, or are too few.
        """

    def windows(self, settings: "Settings") -> Windows:
        """Return the windows of published mode.

        Raises
        ------
        InputError
            If they cannot be read or are too few, or the data set has no published mode.
        """
        raise InputError(f"{self.name} has no published mode; use `Settings.corrected`")

    @abstractmethod
    def content(self, settings: "Settings") -> bytes:
        """Return all values as bytes, to recognise a changed data set."""

    def unit(self, columns: Sequence[str]) -> str:
        """Return the common unit of columns, or an empty string if unknown."""
        return ""

    def error(self, forecast: Floats, windows: Windows) -> Floats:
        """Return the error (window, target) at the last step by which gates judge a network."""
        return absolute_error(forecast, windows)

    def error_unit(self, targets: Sequence[str]) -> str:
        """Return the unit of `error`."""
        return self.unit(targets)

    def error_name(self, target: str) -> str:
        """Return the name of a target's mean absolute error in a summary."""
        return f"mae_{target}"
