"""Rows of a recording: their sequences, trials, times and unbroken stretches.

Sequences of unequal length are joined into one, so that no row is padding. Each row has the label
of its original sequence.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._stretches import gaps
from infoscope._validate import Floats
from infoscope.recordings.blocks import ROW, joined
from infoscope.recordings.snapshots import Changed, rows_in_one_sequence


@dataclass(frozen=True, eq=False, repr=False)
class Rows:
    """Rows of a `Recording`: the sequence, the trial and the time of each."""

    fixed: xr.Dataset
    epochs: tuple[int, ...]
    read: Callable[[int], xr.Dataset]

    @property
    def times(self) -> Floats | None:
        """Time of each row, (sequence, time): its day, for dates since the first, or None."""
        if "days" not in self.fixed:
            return None
        days = self.fixed["days"].to_numpy()
        if days.dtype.kind == "M":
            return (days - days.min()) / np.timedelta64(1, "D")
        return days.astype(np.float64)

    @property
    def sampling_interval(self) -> float | None:
        """Seconds from one step to the next, or None."""
        return self.fixed.attrs.get("sampling_interval")

    @property
    def trials(self) -> NDArray[np.int64] | None:
        """Original sequence of each row if lengths are unequal, (sequence, time), or None."""
        return self.fixed["trial"].to_numpy() if "trial" in self.fixed else None

    @property
    def trial_labels(self) -> list[Any] | None:
        """Label of each sequence, or None."""
        return (
            self.fixed["trial_label"].to_numpy().tolist() if "trial_label" in self.fixed else None
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, assumed or reduced when it was recorded, in sentences."""
        return tuple(self.fixed.attrs.get("notes", ()))

    @property
    def mask(self) -> xr.DataArray:
        """Whether a step is real, not padding, (sequence, time), padded to the longest sequence."""
        if self.trials is None:
            shape = self._sizes["sequence"], self._sizes["time"]
            return xr.DataArray(np.ones(shape, bool), dims=ROW)
        return xr.DataArray(trial_grid(self.trials[0]) >= 0, dims=ROW)

    @property
    def stretches(self) -> NDArray[np.int64]:
        """Unbroken stretch of each row, numbered from 0, (sequence, time).

        A sequence, or a trial, is one stretch, unless its days go back or have a gap: a step
        longer than the shortest step of the recording.
        """
        shape = self._sizes["sequence"], self._sizes["time"]
        return stretches_of(shape, self.trials, self.times)

    def unique_days(self) -> Self:
        """Return the recording with one row per day, in one sequence ordered by day.

        Of the copies of a day in overlapping windows it keeps the one latest in its window,
        which has the longest history (in a tie, the first window). Flow does not cross gaps
        between days (`stretches`). Variables without rows are unchanged.

        Raises
        ------
        InputError
            If the recording has no days.

        Examples
        --------
        >>> days = [[1, 2, 3], [2, 3, 4]]
        >>> hidden = [[[11.0], [12.0], [13.0]], [[22.0], [23.0], [24.0]]]
        >>> from infoscope import Recording
        >>> rec = Recording.from_arrays(hidden=hidden, days=days).unique_days()
        >>> rec.rows("hidden").ravel().tolist()
        [11.0, 12.0, 13.0, 24.0]
        """
        if "days" not in self.fixed:
            raise InputError(
                "the recording must have days, got one without; give Recording.from_arrays the "
                "argument days"
            )
        days = self.fixed["days"].to_numpy()
        sequence, place = latest_of_days(days, self.trials)
        single = partial(rows_in_one_sequence, sequence=sequence, position=place)
        fixed = single(self.fixed.drop_vars(["trial", "trial_label"], errors="ignore"))
        return replace(self, fixed=fixed, read=Changed(self.read, single))

    @cached_property
    def _sizes(self) -> Mapping[Any, int]:
        """Numbers of sequences and steps."""
        known = set(self.fixed.sizes) >= set(ROW)
        return self.fixed.sizes if known else self.read(self.epochs[-1]).sizes


def trial_grid(trials: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the row at each trial and step, -1 for none, given the trial of each row.

    Examples
    --------
    >>> trial_grid(np.array([0, 0, 0, 1, 1])).tolist()
    [[0, 1, 2], [3, 4, -1]]
    """
    step = np.arange(len(trials)) - np.searchsorted(trials, trials)
    grid = np.full((trials.max() + 1, step.max() + 1), -1)
    grid[trials, step] = np.arange(len(trials))
    return grid


def padded(values: Floats, trials: NDArray[np.int64] | None) -> Floats:
    """Return values (sequence, time, node) with one sequence per trial, NaN past its end."""
    if trials is None:
        return values
    grid = trial_grid(trials[0])
    return np.where(grid[..., np.newaxis] < 0, np.nan, values[0, grid])


def units_of(blocks: Sequence[xr.DataArray], trials: NDArray[np.int64] | None) -> xr.DataArray:
    """Return blocks side by side, (sequence, time, unit), padded by NaN; without coordinates.

    A single block without padding stays on disk until it is used, if it is large.
    """
    if len(blocks) == 1 and trials is None:
        (block,) = blocks
        return block.drop_vars(list(block.coords)).rename({block.dims[-1]: "unit"}).drop_attrs()
    return xr.DataArray(padded(joined(blocks), trials), dims=(*ROW, "unit"))


def stretches_of(
    shape: tuple[int, int], trials: NDArray[np.int64] | None, times: Floats | None
) -> NDArray[np.int64]:
    """Return the unbroken stretch of each row, numbered from 0, (sequence, time)."""
    begins = np.zeros(shape, bool)
    begins[:, 0] = True
    if trials is not None:
        begins[:, 1:] = np.diff(trials, axis=1) != 0
    if times is not None:
        # Steps between trials do not count: the shortest step is within a trial.
        begins[:, 1:] |= gaps(np.where(begins[:, 1:], 0.0, np.diff(times, axis=1)))
    return np.cumsum(begins).reshape(shape) - 1


def latest_of_days(
    days: NDArray[np.generic], trials: NDArray[np.int64] | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the sequence and time of one row per day, ordered by day.

    It is the row with the longest history in its sequence or trial; in a tie, the first.
    """
    sequence, place = (of.ravel() for of in np.indices(days.shape))
    history = place
    if trials is not None:
        sequence, trial = np.zeros_like(sequence), trials.ravel()
        history = place - np.searchsorted(trial, trial)
    order = np.lexsort((-np.arange(days.size), history, days.ravel()))
    ordered = days.ravel()[order]
    chosen = order[np.append(ordered[1:] != ordered[:-1], True)]
    return sequence[chosen], place[chosen]
