"""Round numbers to their error without changing which edges a threshold selects.

A page that carries rounded numbers and compares them with a threshold counts other edges than the
run did: 0.2996 rounds to 0.300. So values are rounded down to a decimal grid. A value reaches a
threshold on the grid exactly if the rounded value does. A named threshold between two points of
the grid moves to the upper one, together with the values between it and that point.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10

import numpy as np
from numpy.typing import NDArray

from infoscope._validate import Floats

Codes = NDArray[np.int64]
# A grid is refined at most so often to keep named thresholds apart.
_FINER = 4
# Codes of values beyond fit no 32-bit integer next to those reserved.
_LARGEST = 2**31 - 10


@dataclass(frozen=True)
class Grid:
    """The numbers ``multiple * i / 10**digits`` for whole i.

    Parameters
    ----------
    multiple, digits : int
        Of the step, as whole numbers: a quotient of whole numbers is the double nearest to the
        decimal number, which a product with 0.001 is not.
    """

    multiple: int
    digits: int

    def value(self, codes: NDArray[np.number]) -> Floats:
        """Return the numbers at these places of the grid."""
        return np.asarray(codes, float) * self.multiple / 10.0**self.digits

    def below(self, values: Floats) -> Codes:
        """Return the largest place that does not exceed each value; values must be finite."""
        codes = np.floor(values / (self.multiple / 10.0**self.digits))
        # The quotient is off by one where the division rounds.
        codes = np.where(self.value(codes + 1) <= values, codes + 1, codes)
        codes = np.where(self.value(codes) > values, codes - 1, codes)
        return codes.astype(np.int64)

    def reaching(self, threshold: float) -> int:
        """Return the smallest place that is at least a threshold."""
        at = int(self.below(np.array([threshold]))[0])
        return at if self.value(np.array([at]))[0] >= threshold else at + 1


def grid_for(error: float, largest: float, thresholds: Sequence[float]) -> Grid:
    """Return the coarsest grid of steps 1, 2 or 5 times a power of ten that is fine enough.

    Parameters
    ----------
    error : float
        Upper bound of the step.
    largest : float
        Largest size of a value: the step grows where its place would exceed 32 bits.
    thresholds : sequence of float
        Named thresholds, which get places of their own if possible.
    """
    grid = _grid_up_to(max(error, 1.5 * largest / _LARGEST))
    distinct = set(thresholds)
    for _ in range(_FINER):
        finer = _grid_up_to(grid.multiple / 10.0**grid.digits / 10)
        apart = len({grid.reaching(t) for t in distinct}) == len(distinct)
        if apart or largest / (finer.multiple / 10.0**finer.digits) > _LARGEST:
            break
        grid = finer
    return grid


def rounded(values: Floats, grid: Grid, thresholds: Sequence[float]) -> Codes:
    """Return places on the grid that reach each threshold exactly if the values do.

    Examples
    --------
    >>> grid = grid_for(0.002, 1.0, [0.2871])
    >>> places = rounded(np.array([0.287, 0.2873, 0.3]), grid, [0.2871])
    >>> grid.value(places).tolist(), grid.reaching(0.2871)
    ([0.286, 0.288, 0.3], 144)
    """
    codes = grid.below(values)
    for threshold in thresholds:
        at = grid.reaching(threshold)
        codes = np.where((codes == at - 1) & (values >= threshold), at, codes)
    return codes


def _grid_up_to(step: float) -> Grid:
    """Return the grid with the largest step up to the given one."""
    power = floor(log10(step) + 1e-9)
    leading = step / 10.0**power * (1 + 1e-9)
    multiple = next(m for m in (5, 2, 1) if m <= leading)
    return Grid(multiple, -power) if power <= 0 else Grid(multiple * 10**power, 0)
