"""Normal scores of many selections of rows of one table."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from infoscope._validate import Floats


@dataclass(frozen=True)
class RankedTable:
    """A table (n, d) sorted once; any selection of its rows is then ranked by counting.

    Parameters
    ----------
    places : array of int, shape (d, n)
        Place of each value among the distinct values of its column.

    Examples
    --------
    >>> ranked = RankedTable.of(np.array([[3.0], [1.0], [2.0]]))
    >>> ranked.scores(np.array([0, 2])).round(2).ravel().tolist()
    [0.43, -0.43]
    """

    places: NDArray[np.int64]

    @classmethod
    def of(cls, table: Floats) -> "RankedTable":
        """Sort a table."""
        return cls(np.array([np.unique(column, return_inverse=True)[1] for column in table.T]))

    def remembering(self, rows: NDArray[np.int64]) -> Callable[[NDArray[np.int64]], Floats]:
        """Return `scores`, which computes those of some rows once."""
        known = self.scores(rows)
        return lambda chosen: known if chosen is rows else self.scores(chosen)

    def scores(self, rows: NDArray[np.int64]) -> Floats:
        """Return normal scores of rows, which may recur, (row, d): `scaled` by "rank"."""
        n = len(rows)
        # Mid-ranks of ties are halves of whole numbers, from 2 / 2 to 2 n / 2.
        of_doubled = ndtri(np.arange(2 * n + 1) / 2.0 / (n + 1))
        found = np.empty((n, len(self.places)))
        for column, places in enumerate(self.places):
            chosen = places[rows]
            counts = np.bincount(chosen)
            doubled = 2 * np.cumsum(counts) - counts + 1
            found[:, column] = of_doubled[doubled[chosen]]
        return found
