"""Layout of rows in sequences and time, and the rows that a flow compares."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from infoscope._errors import InputError
from infoscope._validate import Floats, one_of, row_labels, whole_number

Integers = NDArray[np.int64]

# Axes of `Layout.grid`; "auto" is the longer of the two.
AXES = ("auto", "sequence", "time")
# A column whose spread is below this share of its size is constant up to rounding.
_ROUNDING = 1e-13


@dataclass(frozen=True)
class Pairing:
    """Rows to compare: of the source, of the target, and of the target later.

    Parameters
    ----------
    source, now, later : array of int, shape (n,)
        Rows of a table (row, node): a flow is I(a in ``source``; b in ``later``) minus I(a in
        ``source``; b in ``now``). All sources share them, so that the maximum statistic has its
        true distribution.
    """

    source: Integers
    now: Integers
    later: Integers

    def compared(self, table: Floats) -> tuple[Floats, "Pairing", Integers]:
        """Return a table, the rows to compare, and the original row of each row."""
        return table, self, np.arange(len(table))


@dataclass(frozen=True)
class Values:
    """Values to compare, for surrogates whose values are in no row.

    Parameters
    ----------
    source, now, later : array, shape (n, node)
        Values of the sources, the targets, and the targets later.
    rows : array of int, shape (n,)
        Original rows of the sources.
    """

    source: Floats
    now: Floats
    later: Floats
    rows: Integers

    def compared(self, table: Floats) -> tuple[Floats, Pairing, Integers]:
        """Return the stacked values and their rows, as in `Pairing`."""
        places = np.arange(3 * len(self.rows)).reshape(3, -1)
        values = np.concatenate([self.source, self.now, self.later])
        return values, Pairing(*places), np.tile(self.rows, 3)


@dataclass(frozen=True)
class Layout:
    """Rows of a table by sequence and time, and pairs of rows ``lag`` apart.

    Parameters
    ----------
    grid : array of int, shape (sequence, time)
        Row at each place, -1 for none.
    current, later : array of int, shape (n,)
        Rows, and the later row of each.

    Examples
    --------
    Two trials with three and two rows.

    >>> layout = Layout.of_rows(5, lag=1, trials=[0, 0, 0, 1, 1])
    >>> layout.grid.tolist(), layout.current.tolist(), layout.later.tolist()
    ([[0, 1, 2], [3, 4, -1]], [0, 1, 3], [1, 2, 4])
    """

    grid: Integers
    current: Integers
    later: Integers

    @classmethod
    def of_sequences(
        cls, sequences: int, steps: int, lag: int = 1, joined: NDArray[np.bool_] | None = None
    ) -> "Layout":
        """Lay out the consecutive rows (sequence, time) of a recording.

        ``joined`` (sequence, steps - lag) marks the rows that pair with the row ``lag`` later.

        Raises
        ------
        InputError
            If no row has a later row.
        """
        grid = np.arange(sequences * steps).reshape(sequences, steps)
        lag = min(whole_number(lag, "lag", 1), steps)
        kept = np.ones((sequences, steps - lag), bool) if joined is None else joined
        return cls._checked(grid, grid[:, : steps - lag][kept], grid[:, lag:][kept], lag)

    @classmethod
    def of_rows(cls, n: int, lag: int = 1, trials: ArrayLike | None = None) -> "Layout":
        """Lay out n rows in time order, with each unbroken stretch of a trial as a sequence.

        Raises
        ------
        InputError
            If trials are not n labels, or no row has a later one.
        """
        lag = whole_number(lag, "lag", 1)
        labels = np.zeros(n) if trials is None else row_labels(trials, "trials", n)
        sequence = np.cumsum(np.concatenate([[False], labels[1:] != labels[:-1]])[:n])
        starts = np.searchsorted(sequence, np.arange(sequence.max(initial=0) + 1))
        step = np.arange(n) - starts[sequence]
        grid = np.full((len(starts), step.max(initial=-1) + 1), -1)
        grid[sequence, step] = np.arange(n)
        now, later = grid[:, :-lag], grid[:, lag:]
        return cls._checked(grid, now[later >= 0], later[later >= 0], lag)

    @classmethod
    def _checked(cls, grid: Integers, current: Integers, later: Integers, lag: int) -> "Layout":
        if len(current) == 0:
            raise InputError(
                f"sequences must have more than lag = {lag} rows, got {grid.shape[1]} at most; "
                "record longer sequences or shorten the lag"
            )
        return cls(grid, current, later)

    @property
    def observed(self) -> Pairing:
        """The rows as they are."""
        return Pairing(self.current, self.current, self.later)

    @cached_property
    def place(self) -> Integers:
        """Sequence and time of every current row, (2, n)."""
        rows = np.zeros((2, self.grid.max() + 1), np.int64)
        sequence, step = np.nonzero(self.grid >= 0)
        rows[:, self.grid[sequence, step]] = sequence, step
        return rows[:, self.current]

    @cached_property
    def _is_current(self) -> NDArray[np.bool_]:
        # One entry more, for the row -1 of empty places.
        return np.isin(np.arange(self.grid.max() + 2), self.current)

    def by_stretch(self) -> "Layout":
        """Return the layout with the unbroken stretches as sequences.

        Two consecutive rows are in one stretch if some pair of a current and its later row spans
        both; rows in no pair are left out.

        >>> gap = np.array([[True, True, False, True]])
        >>> Layout.of_sequences(1, 5, 1, gap).by_stretch().grid.tolist()
        [[0, 1, 2], [3, 4, -1]]
        """
        sequence, step = self.place
        width = self.grid.shape[1]
        reach = np.zeros((len(self.grid), width + 1), np.int64)
        ends = np.zeros(self.grid.max() + 1, np.int64)
        ends[self.grid[self.grid >= 0]] = np.nonzero(self.grid >= 0)[1]
        np.add.at(reach, (sequence, step), 1)
        np.add.at(reach, (sequence, ends[self.later]), -1)
        # linked[s, t]: rows t and t + 1 of sequence s are in one stretch.
        linked = np.cumsum(reach, axis=1)[:, :width] > 0
        within = linked | np.pad(linked, ((0, 0), (1, 0)))[:, :width]
        starts = within & ~np.pad(linked, ((0, 0), (1, 0)))[:, :width]
        stretch = np.cumsum(starts.ravel())[within.ravel()] - 1
        first = np.flatnonzero(np.diff(stretch, prepend=-1))
        places = np.arange(len(stretch)) - first[stretch]
        grid = np.full((len(first), places.max() + 1), -1)
        grid[stretch, places] = self.grid[within]
        return Layout(grid, self.current, self.later)

    def axis(self, wanted: str) -> int:
        """Return 0 for sequences or 1 for time; for "auto" the longer one."""
        one_of(wanted, "axis", AXES)
        sequences, steps = self.grid.shape
        if wanted == "auto":
            return 0 if sequences > steps else 1
        return AXES.index(wanted) - 1

    def reordered(self, order: Integers, axis: int) -> Pairing:
        """Pair the targets with sources from other sequences or times.

        Rows whose new source has no later row are left out: at a seam in time, and next to gaps.
        All other sources keep their successor.
        """
        sequence, step = self.place
        source = np.take(self.grid, order, axis)[sequence, step]
        kept = self._is_current[source]
        return Pairing(source[kept], self.current[kept], self.later[kept])


def memories(layout: Layout, table: Floats, axis: int) -> Integers:
    """Return the memory of each column of a table (row, node), in sequences or rows.

    The first lag at which a column's autocorrelation is below 1/e, over all pairs of rows this far
    apart along the axis and equal otherwise; the length of the axis if there is none, and 1 for a
    constant column.
    """
    there = np.moveaxis(layout.grid >= 0, axis, 0)
    pairs = np.maximum(np.rint(_autocovariance(there.astype(float))), 1.0)
    found = np.ones(table.shape[1], np.int64)
    of_grid = table[layout.grid]
    inside = of_grid[layout.grid >= 0]
    mean, spread = inside.mean(axis=0), inside.std(axis=0)
    for column in np.flatnonzero(spread > _ROUNDING * np.abs(mean)):
        scores = (of_grid[..., column] - mean[column]) / spread[column]
        r = _autocovariance(np.where(there, np.moveaxis(scores, axis, 0), 0.0)) / pairs
        forgotten = np.flatnonzero(r[1:] < np.exp(-1.0))
        found[column] = forgotten[0] + 1 if len(forgotten) else len(there)
    return found


def _autocovariance(values: Floats) -> Floats:
    """Return the sum of products of values (time, sequence) for every lag."""
    length = len(values)
    spectrum = np.fft.rfft(values, 2 * length, axis=0)
    return np.fft.irfft((np.abs(spectrum) ** 2).sum(axis=1), 2 * length)[:length]


def memory(layout: Layout, table: Floats, axis: int) -> int:
    """Return the memory of the slowest column of a table (`memories`).

    Examples
    --------
    >>> series = np.random.default_rng(0).normal(size=(5000, 1))
    >>> for t in range(1, 5000):
    ...     series[t] += 0.8 * series[t - 1]
    >>> memory(Layout.of_rows(5000), series, axis=1)
    5
    """
    return int(memories(layout, table, axis).max(initial=1))


def pair_memory(sources: Integers, targets: Integers) -> int:
    """Return the longest memory of any pair of different nodes: for each pair, the shorter one.

    Chance correlations of two independent nodes last only as long as the memory of the faster one.

    >>> pair_memory(np.array([90, 3, 5]), np.array([90, 3, 5]))
    5
    """
    shorter = np.minimum(sources[:, np.newaxis], targets)
    np.fill_diagonal(shorter, 1)
    return int(shorter.max(initial=1))
