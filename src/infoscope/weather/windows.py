"""Windows of consecutive days, their targets a day later, and the published random split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._validate import Floats, generator, one_of, truth, whole_number
from infoscope.weather.table import WeatherTable
from infoscope.weather.tables.findings import plural
from infoscope.weather.tables.missing import filled_with_mean
from infoscope.weather.tables.quantities import means_of


@dataclass(frozen=True)
class Windows:
    """Windows of a daily table for training a network.

    Parameters
    ----------
    inputs : array, shape (window, time, variable)
        Normalised values of consecutive days.
    targets : array, shape (window, time, target)
        Normalised target variables of the day after each step.
    days : array, shape (window, time)
        The day of each step, datetime64[D].
    is_test : array, shape (window,)
        Whether the window belongs to the test set.
    input_names, target_names : tuple of str
        Names of the variables.
    centre, spread : array, shape (target,)
        A normalised target times spread plus centre is in the unit of the table.
    constant : tuple of str
        Variables that are constant in the chosen days.
    filled : dict
        Variable → number of missing values filled with its mean, in the chosen days.
    notes : tuple of str
        Remarks on these windows, a sentence each.
    """

    inputs: Floats
    targets: Floats
    days: NDArray[np.datetime64]
    is_test: NDArray[np.bool_]
    input_names: tuple[str, ...]
    target_names: tuple[str, ...]
    centre: Floats
    spread: Floats
    constant: tuple[str, ...]
    filled: Mapping[str, int]
    notes: tuple[str, ...]

    @property
    def length(self) -> int:
        """Days in a window."""
        return self.inputs.shape[1]

    def split(self, which: str) -> tuple[Floats, Floats, NDArray[np.datetime64]]:
        """Return inputs, targets and days of the "train" or the "test" windows."""
        one_of(which, "which", ("train", "test"))
        chosen = self.is_test if which == "test" else ~self.is_test
        return self.inputs[chosen], self.targets[chosen], self.days[chosen]

    def target_units(self, normalised: Floats) -> Floats:
        """Return normalised targets (..., target) in the unit of the table."""
        return normalised * self.spread + self.centre


def make_windows(
    table: WeatherTable,
    *,
    length: int = 10,
    start: str | None = None,
    end: str | None = None,
    normalisation: str = "z-score",
    test_fraction: float = 0.1,
    drop_constant: bool = False,
    random_state: Any = 0,
) -> Windows:
    """Cut a daily table into windows, as in the paper.

    Missing values are filled with the variable's mean (directions: circular mean), then each
    variable is normalised, both with statistics of the whole table. A window is ``length``
    consecutive days, with targets from the day after each; windows slide by one day and do not
    span gaps. A random share of the days are test days: a window is a test window if its last
    target day is one. (Test days then occur in training windows: the published split leaks.)

    Parameters
    ----------
    table : WeatherTable
        The whole table.
    length : int
        Days in a window.
    start, end : str, optional
        First and last day that windows may use, targets included.
    normalisation : {"z-score", "min-max"}
        Mean 0 and standard deviation 1, or range [-1, 1]. A constant variable becomes 0.
    test_fraction : float
        Share of the days drawn as test days; 0 for no test set.
    drop_constant : bool
        Leave out inputs that are constant in the chosen days.
    random_state : int, Generator or None
        Source of the random test days.

    Returns
    -------
    Windows
        In the order of their days.

    Raises
    ------
    InputError
        If an argument is out of range, a column has no value, there are too few consecutive days
        for a window and its target, or the split leaves no training or test window.

    References
    ----------
    Ivanovic, Kha, Muruganantham (2018), with the settings of the authors' code.

    Examples
    --------
    >>> from infoscope.weather import load_chicago
    >>> windows = make_windows(load_chicago(), start="2015-05-01", end="2015-10-04")
    >>> windows.inputs.shape
    (147, 10, 18)
    """
    whole_number(length, "length", 1)
    one_of(normalisation, "normalisation", ("z-score", "min-max"))
    if not (isinstance(test_fraction, (int, float)) and 0.0 <= test_fraction < 1.0):
        raise InputError(
            f"test_fraction must be at least 0 and below 1, got {test_fraction!r}; try 0.1"
        )
    random = generator(random_state)
    empty = [str(name) for name in table.values.columns if table.values[name].isna().all()]
    if empty:
        raise InputError(f"column {empty[0]!r} of {table.source} has no value on any day; drop it")
    chosen = table.between(start, end).values
    filled = {str(k): int(v) for k, v in chosen.isna().sum().items() if v}
    mean = means_of(table.values)
    everything = table.values.fillna(mean)
    centre, spread = _statistics(everything, normalisation)
    scaled = ((everything - centre) / spread.mask(spread == 0.0, 1.0)).loc[chosen.index]
    first = _window_starts(chosen.index, length, table.source)
    steps = first[:, np.newaxis] + np.arange(length)
    days = chosen.index.to_numpy().astype("datetime64[D]")
    targets = list(table.targets)
    constant = tuple(str(name) for name in scaled if np.ptp(scaled[name].to_numpy()) == 0.0)
    dropped = constant if truth(drop_constant, "drop_constant") else ()
    inputs = scaled.drop(columns=list(dropped))
    return Windows(
        inputs=inputs.to_numpy()[steps],
        targets=scaled[targets].to_numpy()[steps + 1],
        days=days[steps],
        is_test=random_test_windows(days, days[first + length], test_fraction, random),
        input_names=tuple(str(name) for name in inputs),
        target_names=table.targets,
        centre=centre[targets].to_numpy(),
        spread=spread[targets].to_numpy(),
        constant=constant,
        filled=filled,
        notes=(*table.notes, *_notes(mean, filled, constant, dropped, days)),
    )


def _statistics(values: pd.DataFrame, normalisation: str) -> tuple[pd.Series, pd.Series]:
    if normalisation == "z-score":
        constant = values.max() == values.min()
        mean = values.mean().clip(values.min(), values.max())
        return mean, values.std(ddof=0).mask(constant, 0.0)
    low, high = values.min(), values.max()
    return (high + low) / 2.0, (high - low) / 2.0


def _window_starts(dates: pd.Index, length: int, source: str) -> NDArray[np.int64]:
    """Return the possible starts of windows without a gap, the last target day included."""
    days = dates.to_numpy().astype("datetime64[D]").astype(np.int64)
    starts = np.arange(len(days) - length)
    starts = starts[days[starts + length] - days[starts] == length] if len(starts) else starts
    if not len(starts):
        breaks = np.flatnonzero(np.diff(days) != 1)
        edges = np.concatenate([[-1], breaks, [len(days) - 1]])
        raise InputError(
            f"{source} must have {length + 1} consecutive days or more (a window of {length} and "
            f"the day after), got {len(days)} days of which at most {int(np.diff(edges).max())} "
            "follow each other; choose more days or a shorter window"
        )
    return starts


def random_test_windows(
    days: NDArray[np.datetime64],
    last_target: NDArray[np.datetime64],
    fraction: float,
    random: np.random.Generator,
) -> NDArray[np.bool_]:
    """Return which windows have their last target day in a random share of the days."""
    number = max(1, round(fraction * len(days))) if fraction > 0.0 else 0
    drawn = days[random.choice(len(days), number, replace=False)]
    is_test = np.isin(last_target, drawn)
    if is_test.all() or (fraction > 0.0 and not is_test.any()):
        side = "training" if is_test.all() else "test"
        raise InputError(
            f"the days must give windows for training and test, got {len(last_target)} windows, of "
            f"which a test fraction of {fraction!r} leaves no {side} window; use more days or "
            "another seed"
        )
    return is_test


def _notes(
    mean: pd.Series,
    filled: Mapping[str, int],
    constant: tuple[str, ...],
    dropped: tuple[str, ...],
    days: NDArray[np.datetime64],
) -> list[str]:
    notes = [f"{filled_with_mean(name, count)}, {mean[name]:.4g}" for name, count in filled.items()]
    return [*notes, *constant_notes(constant, dropped, "chosen days"), *gap_notes(days)]


def constant_notes(constant: Sequence[str], dropped: Sequence[str], where: str) -> list[str]:
    """Return a sentence on each constant variable."""
    fates = {name: "dropped" if name in dropped else "kept" for name in constant}
    return [f"{name} is constant in the {where}; {fate}" for name, fate in fates.items()]


def gap_notes(days: NDArray[np.datetime64]) -> list[str]:
    """Return a sentence on the gaps between days, if any."""
    gaps = int((np.diff(days) != np.timedelta64(1, "D")).sum())
    return [f"{plural(gaps, 'gap')} in the days split the series"] if gaps else []
