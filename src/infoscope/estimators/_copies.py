"""Duplicate rows: detect many of them, and count distinct points once."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from infoscope._validate import Floats
from infoscope.kernels.leaves import Leaves, leaves_of

# Mean number of copies of a row from which counting each distinct point once is faster. Below, a
# search over all rows takes no longer than the sorting.
_MANY = 32


class Distinct(NamedTuple):
    """The distinct points among rows.

    ``order`` sorts the rows by point, copies in their original order; the ``sizes[p]`` rows of
    point p begin at ``begins[p]``.
    """

    order: NDArray[np.int64]
    begins: NDArray[np.int64]
    sizes: NDArray[np.int64]

    @classmethod
    def of(cls, rows: Floats) -> "Distinct":
        """Find the distinct points of rows (n, d)."""
        order = np.lexsort(rows.T)  # stable
        ordered = rows[order]
        other = (ordered[1:] != ordered[:-1]).any(axis=1)
        begins = np.concatenate([[0], np.flatnonzero(other) + 1])
        return cls(order, begins, np.diff(begins, append=len(rows)))

    @property
    def point_of_row(self) -> NDArray[np.int64]:
        """The point of every row (n,)."""
        points = np.empty(len(self.order), np.int64)
        points[self.order] = np.repeat(np.arange(len(self.sizes)), self.sizes)
        return points

    @property
    def first_rows(self) -> NDArray[np.int64]:
        """The first row at every point."""
        return self.order[self.begins]

    def some_rows(self, most: int) -> NDArray[np.int64]:
        """Return the first ``most`` rows of every point, in row order."""
        which = np.arange(len(self.order)) - np.repeat(self.begins, self.sizes)
        return np.sort(self.order[which < most])


class Weighted(NamedTuple):
    """A tree of distinct points, for `weighted_counts`.

    ``weights`` holds the number of rows at each place, ``places`` and ``leaf`` locate each row.
    """

    tree: Leaves
    weights: NDArray[np.int64]
    places: NDArray[np.int64]
    leaf: NDArray[np.int64]

    @classmethod
    def of(cls, rows: Floats, distinct: Distinct) -> "Weighted":
        """Build the tree of the distinct points of rows (n, d)."""
        tree = leaves_of(np.ascontiguousarray(rows[distinct.first_rows].T))
        places = np.argsort(tree.order)[distinct.point_of_row]
        leaf = np.searchsorted(tree.first[tree.leaves :], places, "right") - 1 + tree.leaves
        return cls(tree, distinct.sizes[tree.order], places, leaf)

    def asked(self, edges: Floats) -> NDArray[np.int64]:
        """Return the rows leaf by leaf, within a leaf in the order of their edges (block, n)."""
        return np.lexsort((edges.max(axis=0), self.leaf))


def many_copies(rows: Floats) -> Distinct | None:
    """Return the distinct points of rows (n, d) if a row has more than `_MANY` copies on average.

    Every coordinate of such rows has many ties; most data fail this test at the first coordinate.
    """
    for column in rows.T:
        ordered = np.sort(column)
        if len(rows) <= _MANY or not (ordered[_MANY:] == ordered[:-_MANY]).any():
            return None
    distinct = Distinct.of(rows)
    enough = (distinct.sizes.astype(float) ** 2).sum() > _MANY * len(rows)
    return distinct if enough else None
