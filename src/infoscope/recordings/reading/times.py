"""Times of rows: sampling interval, gaps, trials that start again, irregular sampling."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._validate import Floats

# Mean distance of steps from whole multiples of the usual step, as a share of it. Times at random
# have 0.25.
_IRREGULAR = 0.15
# Relative difference up to which two intervals are equal.
_EQUAL = 0.01
# A column of this many rows that rises in equal steps is a clock.
_CLOCK_ROWS = 20
CLOCK = (
    "The first column rises in equal steps and was taken as times; times=False keeps it as a unit."
)
RESTARTED = "Times start again {} times: each start begins a trial; trials=False keeps one."


@dataclass(frozen=True)
class Timing:
    """Times of all rows on a regular grid.

    Parameters
    ----------
    places : list of array of int
        Steps since the first row of each trial; a gap is a step of more than 1.
    interval : float, optional
        Seconds from step to step; None if times are not known.
    start : datetime64, optional
        Date of the first row, if times are dates.
    notes : list of str
        Guesses.
    """

    places: list[NDArray[np.int64]]
    interval: float | None = None
    start: Any = None
    notes: list[str] = field(default_factory=list)

    @property
    def gaps(self) -> int:
        """Number of gaps within trials."""
        return int(sum((np.diff(each) > 1).sum() for each in self.places))

    @classmethod
    def of(cls, times: list[NDArray[Any]] | None, steps: list[int]) -> "Timing":
        """Place the rows of trials on a grid, from their times or from row to row.

        Raises
        ------
        InputError
            If times are not numbers or dates, do not fit the rows, do not increase, or have no
            common step.
        """
        if times is None:
            return cls([np.arange(n) for n in steps])
        if [len(each) for each in times] != steps:
            raise InputError(
                f"times must be one per row, got {[len(each) for each in times][:6]} for trials "
                f"of {steps[:6]} rows; give one time for each row"
            )
        start = next((each[0] for each in times if len(each) and each.dtype.kind == "M"), None)
        seconds = [_seconds(each, start) for each in times]
        differences = [np.diff(each) for each in seconds]
        for trial, each in enumerate(differences):
            if (each <= 0).any():
                row = int(np.argmax(each <= 0))
                raise InputError(
                    f"times must increase from row to row, got {times[trial][row + 1]} after "
                    f"{times[trial][row]} in row {row + 1} of trial {trial}; sort the rows, "
                    "average rows of equal times, or pass times=False to count rows"
                )
        steps_of_time = np.concatenate(differences) if differences else np.zeros(0)
        if len(steps_of_time) == 0:
            return cls([np.zeros(n, int) for n in steps], start=start)
        usual = float(np.median(steps_of_time))
        multiples = np.maximum(np.rint(steps_of_time / usual), 1.0)
        off = np.abs(steps_of_time / usual - multiples)
        if off.mean() > _IRREGULAR:
            raise InputError(
                "times must be regular, as measures compare rows a fixed number of steps apart, "
                f"got steps from {steps_of_time.min():.3g} to {steps_of_time.max():.3g} (median "
                f"{usual:.3g}); resample first, for example by interpolation to a grid, or pass "
                "times=False to count rows as steps"
            )
        notes = []
        if off.max() > _EQUAL:
            notes.append(
                f"Times are regular up to {off.max():.0%} of a step and were taken as regular, "
                f"{usual:.6g} s apart."
            )
        places = [
            np.concatenate([[0], np.cumsum(np.maximum(np.rint(each / usual), 1.0))]).astype(int)
            for each in differences
        ]
        return cls(places, _rounded(usual), start, notes)


def restarts(times: NDArray[Any]) -> NDArray[np.int64] | None:
    """Return the trial of each row if times start again at their first value, else None.

    >>> restarts(np.array([0.0, 0.1, 0.2, 0.0, 0.1])).tolist()
    [0, 0, 0, 1, 1]
    """
    steps = np.diff(times)
    zero = np.zeros(1, steps.dtype)[0]
    back = np.flatnonzero(steps < zero) + 1
    forward = steps[steps > zero]
    if len(back) == 0 or len(forward) == 0 or len(back) > len(times) // 2:
        return None
    near = np.abs(times[back] - times[0]) <= np.median(forward)
    if not near.all():
        return None
    begins = np.zeros(len(times), int)
    begins[back] = 1
    return np.cumsum(begins)


def is_clock(columns: list[NDArray[Any]]) -> bool:
    """Whether a column, in every trial, rises in equal steps, as times do."""
    if min(map(len, columns)) < _CLOCK_ROWS:
        return False
    steps = np.concatenate([np.diff(column) for column in columns])
    equal = steps.min() > 0 and np.ptp(steps) < 1e-6 * steps.mean()
    return bool(np.isfinite(steps).all() and equal)


def same_interval(a: float, b: float) -> bool:
    """Whether two intervals are equal up to rounding."""
    return abs(a - b) <= _EQUAL * max(abs(a), abs(b))


def _seconds(times: NDArray[Any], start: Any) -> Floats:
    """Return times in seconds, dates since the first."""
    if times.dtype.kind == "M":
        if np.isnat(times).any():
            raise InputError("times must be known for every row, got a missing date; fill it in")
        return (times - start) / np.timedelta64(1, "s")
    if times.dtype.kind == "m":
        return times / np.timedelta64(1, "s")
    if times.dtype.kind not in "iuf":
        raise InputError(
            f"times must be numbers or dates, got dtype {times.dtype}; convert them, for example "
            "with pandas.to_datetime, or pass times=False to count rows"
        )
    seconds = times.astype(np.float64)
    if not np.isfinite(seconds).all():
        raise InputError(
            "times must be finite, got a missing or infinite one in row "
            f"{int(np.argmin(np.isfinite(seconds)))}; fill it in, or pass times=False"
        )
    return seconds


def _rounded(interval: float) -> float:
    """Return an interval without the rounding error of differences."""
    return float(f"{interval:.9g}")
