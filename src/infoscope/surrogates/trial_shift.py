"""Surrogates by circular shift of the sources within each trial, by individual times."""

from dataclasses import dataclass, replace

import numpy as np

from infoscope._errors import InputError
from infoscope._validate import Floats, whole_number
from infoscope.surrogates.layout import Integers, Layout, Pairing, memory
from infoscope.surrogates.surrogate import RowSurrogate, Sampler, child

# The minimum shift is at most this part of the trial in either direction.
_SHARE = 4


@dataclass(frozen=True)
class TrialShift(RowSurrogate):
    """Roll the sources of each trial, or sequence, along time by an individual random shift.

    Every trial keeps all its rows; trials may differ in length.

    Parameters
    ----------
    minimum : int, optional
        Shortest shift in either direction, but at most a quarter of the trial; by default the
        lag at which the autocorrelation of the slowest node within trials falls below 1/e.

    Examples
    --------
    >>> layout = Layout.of_rows(50, trials=[0] * 20 + [1] * 30)
    >>> series = np.random.default_rng(0).normal(size=(50, 2))
    >>> drawn = TrialShift().sampler(layout, series, np.random.SeedSequence(0)).draw(0)
    >>> bool(((drawn.source < 20) == (drawn.now < 20)).all())
    True
    """

    minimum: int | None = None

    name = "trial-shift"
    keeps = "the autocorrelation of every node, and the level of each trial"
    tests = "no coupling that is locked to time within trials"
    caveat = (
        "the mean over trials at equal time since onset is lost with the coupling: take "
        "sequence-permutation for a stimulus-locked response; a common trend of two nodes within "
        "trials makes too many edges significant"
    )

    def __post_init__(self) -> None:
        """Check the parameter."""
        if self.minimum is not None:
            whole_number(self.minimum, "minimum", 1)

    def at_least(self, minimum: int) -> RowSurrogate:
        """Return the same null with another minimum shift."""
        return replace(self, minimum=minimum)

    def axis_of(self, layout: Layout) -> int:
        """Return the axis of the shift."""
        return 1

    def sampler(
        self,
        layout: Layout,
        table: Floats,
        seed: np.random.SeedSequence,
        given: Floats | None = None,
    ) -> Sampler[Pairing]:
        """Return a sampler of one shift per trial."""
        trials = trial_rows(layout)
        remembered = memory(layout, without_trial_means(layout, table), axis=1)
        wanted = remembered if self.minimum is None else self.minimum
        longest = max(len(places) for places in trials)
        if longest < _SHARE * remembered:
            raise InputError(
                f"{self.name} must have a trial longer than {_SHARE} times the {remembered} rows "
                f"that the slowest node remembers, got {longest}; detrend that node or record "
                "longer trials"
            )

        def draw(index: int) -> Pairing:
            random = child(seed, index)
            order = np.arange(len(layout.current))
            for places in trials:
                least = min(wanted, max(len(places) // _SHARE, 1))
                shift = random.integers(least, max(len(places) - least, least) + 1)
                order[places] = np.roll(places, -shift)
            return Pairing(layout.current[order], layout.current, layout.later)

        return Sampler(draw, settings={"minimum": wanted, "memory": remembered})


def trial_rows(layout: Layout) -> list[Integers]:
    """Return the places of each trial's rows among the current ones, in time order."""
    sequence, step = layout.place
    order = np.lexsort((step, sequence))
    ends = np.flatnonzero(np.diff(sequence[order])) + 1
    return np.split(order, ends)


def without_trial_means(layout: Layout, table: Floats) -> Floats:
    """Return a table (row, node) minus the mean of each trial, which shifts within trials keep."""
    centred = table.copy()
    for rows in (row[row >= 0] for row in layout.grid):
        centred[rows] -= centred[rows].mean(axis=0)
    return centred
