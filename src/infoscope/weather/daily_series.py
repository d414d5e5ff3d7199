"""A daily series, split into two or three disjoint parts with gaps between them."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._validate import Floats, generator, one_of, real_number, truth, whole_number
from infoscope.weather.table import WeatherTable
from infoscope.weather.tables.missing import filled_with_mean
from infoscope.weather.tables.quantities import means_of
from infoscope.weather.windows import Windows, constant_notes, gap_notes, random_test_windows

_DAY = np.timedelta64(1, "D")
PARTS = ("train", "validation", "test")
# A column with fewer distinct values than this share of its rows is tied.
_TIED = 0.5


@dataclass(frozen=True)
class DailySeries:
    """Daily inputs and targets in two or three parts.

    Parameters
    ----------
    inputs : array, shape (day, variable)
        Normalised values.
    targets : array, shape (day, target)
        Normalised target variables of the day after; days without one are left out.
    days : array, shape (day,)
        datetime64[D], increasing. A step of more than one day begins another stretch.
    part : array of str, shape (day,)
        "train", "validation" or "test", blocks of days in this order. The validation part, used to
        choose among networks, is optional.
    input_names, target_names : tuple of str
        Names of the variables.
    centre, spread : array, shape (target,)
        A normalised target times spread plus centre is in the unit of the table.
    constant : tuple of str
        Variables that are constant in the training days.
    dropped : tuple of str
        Constant variables removed from the inputs.
    tied : dict
        Input with few distinct values → their number.
    filled : dict
        Variable → number of missing values filled with its mean.
    notes : tuple of str
        Remarks on these days, a sentence each.
    """

    inputs: Floats
    targets: Floats
    days: NDArray[np.datetime64]
    part: NDArray[np.str_]
    input_names: tuple[str, ...]
    target_names: tuple[str, ...]
    centre: Floats
    spread: Floats
    constant: tuple[str, ...]
    dropped: tuple[str, ...]
    tied: Mapping[str, int]
    filled: Mapping[str, int]
    notes: tuple[str, ...]

    @property
    def held_out(self) -> NDArray[np.bool_]:
        """Whether the day is in the test part, (day,)."""
        return self.part == "test"

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the parts that have days, in order."""
        return tuple(part for part in PARTS if (self.part == part).any())

    @property
    def stretches(self) -> list[slice]:
        """Unbroken stretches of days of one part, in order."""
        broken = (np.diff(self.days) != _DAY) | (self.part[1:] != self.part[:-1])
        edges = [0, *(np.flatnonzero(broken) + 1).tolist(), len(self.days)]
        return [slice(a, b) for a, b in itertools.pairwise(edges)]

    def windows(self, length: int, stride: int = 1, tested_on: str = "test") -> Windows:
        """Cut each stretch into windows, ``stride`` days apart.

        With a stride of at least the length, windows do not overlap. Training windows are from the
        training part, test windows from the part ``tested_on``.

        Raises
        ------
        InputError
            If an argument is out of range, or every stretch of a part is shorter than a window.
        """
        whole_number(length, "length", 1)
        whole_number(stride, "stride", 1)
        one_of(tested_on, "tested_on", self.parts[1:])
        starts = np.concatenate(
            [
                np.arange(s.start, s.stop - length + 1, stride)
                for s in self.stretches
                if self.part[s.start] in ("train", tested_on)
            ]
        ).astype(np.int64)
        is_test = self.part[starts] == tested_on
        for part, there in (("train", ~is_test), (tested_on, is_test)):
            if not there.any():
                longest = max(s.stop - s.start for s in self.stretches)
                raise InputError(
                    f"the {part} part must have {length + 1} consecutive days or more (a window of "
                    f"{length} and the day after), got too few (the longest stretch of any part "
                    f"has {longest + 1}); choose more days, a shorter window or another share"
                )
        steps = starts[:, np.newaxis] + np.arange(length)
        return Windows(
            inputs=self.inputs[steps],
            targets=self.targets[steps],
            days=self.days[steps],
            is_test=is_test,
            input_names=self.input_names,
            target_names=self.target_names,
            centre=self.centre,
            spread=self.spread,
            constant=self.constant,
            filled=self.filled,
            notes=self.notes,
        )

    def leaking_windows(self, length: int, stride: int, share: float, random_state: Any) -> Windows:
        """Cut all days into windows and draw the test windows at random, as published."""
        windows = self.windows(length, stride)
        is_test = random_test_windows(
            self.days, windows.days[:, -1] + _DAY, share, generator(random_state)
        )
        return Windows(**{**vars(windows), "is_test": is_test})


def daily_series(
    table: WeatherTable,
    *,
    season: tuple[str, str] | None = None,
    held_out: float = 0.4,
    validation: float = 0.0,
    gap: int = 10,
    blocked: bool = True,
    drop_constant: bool = True,
) -> DailySeries:
    """Split a daily table into a training part and a later test part.

    With ``validation`` above 0, a validation part lies between them. The parts are blocks of days:
    no input or target of one part is within ``gap`` days of another. Missing values are filled
    with the variable's mean (directions: circular mean) and variables are z-scored, both with
    statistics of the training part alone.

    Parameters
    ----------
    table : WeatherTable
        The whole table.
    season : (str, str), optional
        First and last day of the year, such as ("05-01", "10-04"); other days are left out.
    held_out : float
        Share of the days in the test part.
    validation : float
        Share of the days outside the test part that form the validation part.
    gap : int
        Days between the parts.
    blocked : bool
        Take the statistics from the training part; otherwise from all days, as published.
    drop_constant : bool
        Leave out variables that are constant in the training days.

    Returns
    -------
    DailySeries
        In the order of days.

    Raises
    ------
    InputError
        If an argument is out of range, a part has no two consecutive days, a column has no value
        in the training part, or a target is constant there.

    Examples
    --------
    >>> from infoscope.weather import load_chicago
    >>> series = daily_series(load_chicago(), season=("05-01", "10-04"))
    >>> len(series.days), series.dropped
    (2448, ('weather_snow',))
    """
    share = real_number(held_out, "held_out", 0.0)
    if not 0.0 < share < 1.0:
        raise InputError(f"held_out must be above 0 and below 1, got {held_out!r}; try 0.4")
    if real_number(validation, "validation", 0.0) >= 1.0:
        raise InputError(
            f"validation must be at least 0 and below 1, got {validation!r}; try 0.2, or 0 for "
            "two parts"
        )
    whole_number(gap, "gap", 0)
    truth(blocked, "blocked")
    values = _of_season(table.values, season, table.source)
    days = values.index.to_numpy().astype("datetime64[D]")
    part = _parts(days, share, validation, gap)
    known = values[part == "train"] if blocked else values
    centre, spread = _statistics(known, table)
    constant = tuple(str(name) for name in spread.index[spread == 0.0])
    dropped = constant if truth(drop_constant, "drop_constant") else ()
    scaled = (values.fillna(means_of(known)) - centre) / spread.mask(spread == 0.0, 1.0)
    inputs, targets = scaled.drop(columns=list(dropped)), scaled[list(table.targets)]
    here = np.flatnonzero((np.diff(days) == _DAY) & (part[1:] == part[:-1]) & (part[1:] != ""))
    for name in PARTS if validation else ("train", "test"):
        if not (part[here] == name).any():
            raise InputError(
                f"the {name} part must have two consecutive days or more, got none of {len(days)} "
                f"days with held_out = {share:g}, validation = {validation:g} and gap = {gap}; use "
                "more days"
            )
    filled = {str(name): int(count) for name, count in values.isna().sum().items() if count}
    different = inputs.iloc[here].nunique()
    tied = {str(k): int(v) for k, v in different.items() if v < _TIED * len(here)}
    return DailySeries(
        inputs=inputs.to_numpy()[here],
        targets=targets.to_numpy()[here + 1],
        days=days[here],
        part=part[here],
        input_names=tuple(str(name) for name in inputs),
        target_names=table.targets,
        centre=centre[list(table.targets)].to_numpy(),
        spread=spread[list(table.targets)].to_numpy(),
        constant=constant,
        dropped=dropped,
        tied=tied,
        filled=filled,
        notes=(*table.notes, *_notes(filled, constant, dropped, tied, days[here])),
    )


def _parts(
    days: NDArray[np.datetime64], held_out: float, validation: float, gap: int
) -> NDArray[np.str_]:
    """Return the part of each day; empty for a day in a gap."""
    part = np.full(len(days), "test", dtype=f"U{max(map(len, PARTS))}")
    # From the last part to the first: each cut labels the days before it.
    shares = {"validation": 1.0 - held_out} if validation else {}
    shares["train"] = (1.0 - held_out) * (1.0 - validation)
    for name, share in shares.items():
        last = days[max(1, round(share * len(days))) - 1]
        part[(days > last) & (days - last <= gap * _DAY)] = ""
        part[days <= last] = name
    return part


def _of_season(values: pd.DataFrame, season: tuple[str, str] | None, source: str) -> pd.DataFrame:
    if season is None:
        return values
    first, last = season
    of_year = pd.DatetimeIndex(values.index).strftime("%m-%d").to_numpy().astype(str)
    # A season may span the end of the year.
    after, before = of_year >= first, of_year <= last
    chosen = values[after & before if first <= last else after | before]
    if len(chosen) < 2:
        raise InputError(
            f"season must leave days of {source}, got {first} to {last}, which leaves "
            f"{len(chosen)}; give the first and last day of the year, such as 05-01 and 10-04"
        )
    return chosen


def _statistics(known: pd.DataFrame, table: WeatherTable) -> tuple[pd.Series, pd.Series]:
    missing = known.isna().all()
    empty = [str(name) for name in missing.index[missing]]
    if empty:
        raise InputError(
            f"column {empty[0]!r} of {table.source} has no value in the training part; drop it"
        )
    low, high = known.min(), known.max()
    # The mean of equal values may have a rounding error, which normalisation would amplify.
    centre = known.mean().clip(low, high)
    spread = known.fillna(means_of(known)).std(ddof=0).mask(low == high, 0.0)
    flat = [name for name in table.targets if spread[name] == 0.0]
    if flat:
        raise InputError(
            f"targets must change within the training part, got {flat[0]!r}, which is constant; "
            "choose another target or more days"
        )
    return centre, spread


def _notes(
    filled: Mapping[str, int],
    constant: tuple[str, ...],
    dropped: tuple[str, ...],
    tied: Mapping[str, int],
    days: NDArray[np.datetime64],
) -> list[str]:
    notes = [filled_with_mean(name, count) for name, count in filled.items()]
    notes += constant_notes(constant, dropped, "training part")
    if tied:
        listed = ", ".join(f"{name} ({count})" for name, count in tied.items())
        notes.append(f"few distinct values, all kept: {listed}")
    return [*notes, *gap_notes(days)]
