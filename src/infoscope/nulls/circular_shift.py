"""Surrogates whose sources are moved against the targets, all by the same time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._validate import Floats, one_of, whole_number
from infoscope.nulls.layout import AXES, Layout, Pairing, memory
from infoscope.nulls.surrogate import RowSurrogate, Sampler

# Shifts shorter than so many times the memory of the slowest node may leave coupling behind.
_MEMORIES = 3
# But half of the axis is left to choose from.
_SHARE = 4


@dataclass(frozen=True)
class CircularShift(RowSurrogate):
    """Roll the sources along sequences, or along time, by one random number of them.

    Windows that slide by a day are rolled by whole days, positions intact. No shift comes
    twice, so there are at most length - 2 minimum + 1 of them.

    Parameters
    ----------
    minimum : int, optional
        Shortest shift, either way round, no less than the memory of the slowest node: the lag at
        which its autocorrelation falls below 1/e. By default three times that, but no more than
        a quarter of the length.
    axis : {"auto", "sequence", "time"}
        What is rolled; by default the longer one. Trials that differ in length lose the rows
        that the shorter ones lack.

    References
    ----------
    Rolled series keep their own spectrum: R. Quian Quiroga, A. Kraskov, T. Kreuz, P.
    Grassberger, Phys. Rev. E 65, 041903 (2002).

    Examples
    --------
    >>> layout, series = Layout.of_rows(30), np.random.default_rng(0).normal(size=(30, 2))
    >>> sampler = CircularShift().sampler(layout, series, np.random.SeedSequence(0))
    >>> sampler.distinct, sampler.settings["minimum"]
    (25, 3)
    """

    minimum: int | None = None
    axis: str = "auto"

    name = "circular-shift"
    keeps = "the whole autocorrelation of every node, and how the sources depend on one another"
    tests = "no coupling that is locked to time"
    caveat = (
        "only as many surrogates as there are shifts; a trend common to all inflates the null, "
        "which is conservative, and what recurs with the season is lost with the coupling"
    )

    def __post_init__(self) -> None:
        """Check both parameters."""
        if self.minimum is not None:
            whole_number(self.minimum, "minimum", 1)
        one_of(self.axis, "axis", AXES)

    def sampler(
        self,
        layout: Layout,
        table: Floats,
        seed: np.random.SeedSequence,
        given: Floats | None = None,
    ) -> Sampler[Pairing]:
        """Return what draws shifts, each once, in random order."""
        axis = layout.axis(self.axis)
        length, remembered = layout.grid.shape[axis], memory(layout, table, axis)
        longest = max(length // _SHARE, 1)
        minimum = min(_MEMORIES * remembered, longest) if self.minimum is None else self.minimum
        shifts = np.arange(minimum, length - minimum + 1)
        if len(shifts) < remembered or minimum < remembered:
            unit = ("sequences", "rows of time")[axis]
            raise InputError(
                f"{self.name} must have shifts longer than the {remembered} {unit} that the "
                f"slowest node remembers, and more than as many of them, got {len(shifts)}, the "
                f"shortest {minimum}; set minimum, detrend that node or record for longer"
            )
        order = np.random.default_rng(seed).permutation(shifts)

        def draw(index: int) -> Pairing:
            return layout.reordered(np.roll(np.arange(length), -order[index]), axis)

        def alike(count: int) -> NDArray[np.bool_]:
            turned = np.concatenate([[0], order[:count]])
            apart = np.abs(turned[:, np.newaxis] - turned)
            return np.minimum(apart, length - apart) < remembered

        settings = {"axis": AXES[axis + 1], "minimum": minimum, "memory": remembered}
        return Sampler(draw, len(shifts), settings, alike)
