"""Surrogates by circular shift of all sources against the targets by the same time."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._validate import Floats, one_of, whole_number
from infoscope.surrogates.layout import AXES, Layout, Pairing, memory
from infoscope.surrogates.surrogate import RowSurrogate, Sampler

# Shifts shorter than this many times the memory of the slowest node may leave some coupling.
_MEMORIES = 3
# The shortest shift is at most this part of the axis, which leaves half of it to choose from.
_SHARE = 4
_UNITS = ("sequences", "rows of time")


@dataclass(frozen=True)
class CircularShift(RowSurrogate):
    """Roll the sources along sequences or along time by a random shift.

    Windows that slide by a day are rolled by whole days, positions intact. Shifts are distinct,
    so there are at most length - 2 minimum + 1 of them.

    Parameters
    ----------
    minimum : int, optional
        Shortest shift in either direction, at least the memory of the slowest node: the lag at
        which its autocorrelation falls below 1/e. By default three times that, but at most a
        quarter of the length.
    axis : {"auto", "sequence", "time"}
        Axis of the shift; by default the longer one. Trials of unequal length lose the rows that
        shorter ones lack.

    References
    ----------
    Shifted series keep their spectrum: R. Quian Quiroga, A. Kraskov, T. Kreuz, P.
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
    keeps = "the autocorrelation of every node and the dependence between sources"
    tests = "no coupling that is locked to time"
    caveat = (
        "the number of surrogates is limited by the number of shifts; common trends, seasons, "
        "level shifts and trial means are lost with the coupling, so that far too many edges "
        "become significant: null='auto' keeps them"
    )

    def __post_init__(self) -> None:
        """Check both parameters."""
        if self.minimum is not None:
            whole_number(self.minimum, "minimum", 1)
        one_of(self.axis, "axis", AXES)

    def at_least(self, minimum: int) -> RowSurrogate:
        """Return the same null with another minimum shift."""
        return replace(self, minimum=minimum)

    def axis_of(self, layout: Layout) -> int:
        """Return the axis of the shift."""
        return layout.axis(self.axis)

    def sampler(
        self,
        layout: Layout,
        table: Floats,
        seed: np.random.SeedSequence,
        given: Floats | None = None,
    ) -> Sampler[Pairing]:
        """Return a sampler of distinct shifts in random order."""
        axis = layout.axis(self.axis)
        remembered = memory(layout, table, axis)
        minimum = shortest_shift(layout, axis, remembered) if self.minimum is None else self.minimum
        length = layout.grid.shape[axis]
        if length - 2 * minimum + 1 < remembered or minimum < remembered:
            raise InputError(
                f"{self.name} must have shifts longer than the {remembered} "
                f"{_UNITS[axis]} that the slowest node remembers, and more shifts than that, "
                f"got {max(length - 2 * minimum + 1, 0)}, the shortest {minimum}; take "
                "null='auto', set minimum, detrend that node or record for longer"
            )
        return shifts(layout, axis, minimum, remembered, seed)


def shortest_shift(layout: Layout, axis: int, remembered: int) -> int:
    """Return three times the memory, but at most a quarter of the length."""
    return min(_MEMORIES * remembered, max(layout.grid.shape[axis] // _SHARE, 1))


def shifts(
    layout: Layout, axis: int, minimum: int, remembered: int, seed: np.random.SeedSequence
) -> Sampler[Pairing]:
    """Return a sampler of distinct shifts from the shortest on, in random order."""
    length = layout.grid.shape[axis]
    order = np.random.default_rng(seed).permutation(np.arange(minimum, length - minimum + 1))

    def draw(index: int) -> Pairing:
        return layout.reordered(np.roll(np.arange(length), -order[index]), axis)

    def alike(count: int) -> NDArray[np.bool_]:
        turned = np.concatenate([[0], order[:count]])
        apart = np.abs(turned[:, np.newaxis] - turned)
        return np.minimum(apart, length - apart) < remembered

    settings = {"axis": AXES[axis + 1], "minimum": minimum, "memory": remembered}
    return Sampler(draw, len(order), settings, alike)
