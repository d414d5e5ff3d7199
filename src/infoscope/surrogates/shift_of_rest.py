"""Surrogates by circular shift of the sources' residuals beyond a part kept in place."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from infoscope._errors import InputError
from infoscope._validate import Floats
from infoscope.surrogates.circular_shift import shifts, shortest_shift
from infoscope.surrogates.kept import Kept
from infoscope.surrogates.layout import Layout, Values, memories, pair_memory
from infoscope.surrogates.surrogate import RowSurrogate, Sampler


@dataclass(frozen=True)
class ShiftOfRest(RowSurrogate):
    """Roll the residuals of the sources beyond a part that is kept in place.

    Shifts are chosen as in `CircularShift`, but from the memory of the slowest *pair* of
    residuals: the faster of two nodes limits how long chance correlations last, so that a single
    slow node is no obstacle.

    Parameters
    ----------
    kept : Kept
        The part of each row kept in place.
    axis : {"auto", "sequence", "time"}
        Axis of the shift.
    remembered : int, optional
        Memory of the slowest pair, if already known.

    Examples
    --------
    >>> table = np.random.default_rng(0).normal(size=(60, 2))
    >>> null = ShiftOfRest(Kept(np.zeros((60, 2))), axis="time")
    >>> null.sampler(Layout.of_rows(60), table, np.random.SeedSequence(0)).distinct
    55
    """

    kept: Kept = field(repr=False)
    axis: str = "auto"
    remembered: int | None = None

    name = "circular-shift of the rest"
    keeps = (
        "the part that is kept, the autocorrelation of the rest, and the dependence between sources"
    )
    tests = "no coupling that is locked to time, beyond the part that is kept"
    caveat = "the number of surrogates is limited by the number of shifts"

    def sampler(
        self,
        layout: Layout,
        table: Floats,
        seed: np.random.SeedSequence,
        given: Floats | None = None,
    ) -> Sampler[Any]:
        """Return a sampler of distinct shifts in random order."""
        axis, rest = layout.axis(self.axis), table - self.kept.values
        remembered = self.remembered
        if remembered is None:
            found = memories(layout, rest, axis)
            remembered = pair_memory(found, found)
        minimum = shortest_shift(layout, axis, remembered)
        rolled = shifts(layout, axis, minimum, remembered, seed)
        if minimum < remembered:
            raise InputError(
                f"{self.name} must have shifts longer than the {remembered} places that two nodes "
                f"remember, got {minimum}, a quarter of the length; take LagSwap() or record for "
                "longer"
            )
        if not self.kept.notes:
            return rolled

        def draw(index: int) -> Values:
            rows = rolled.draw(index)
            source = rest[rows.source] + self.kept.values[rows.now]
            return Values(source, table[rows.now], table[rows.later], rows.source)

        return Sampler(draw, rolled.distinct, rolled.settings, rolled.alike)
