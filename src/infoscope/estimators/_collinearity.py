"""Collinearity: which columns of a table are constant, or linear functions of other columns."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from infoscope._errors import EstimationError
from infoscope._validate import Floats
from infoscope.estimators.estimate import listed

# Relative tolerance of a linear relation: one step of a single-precision number.
SINGLE, _DOUBLE = 2.0**-23, 2.0**-52
# Rounding moves a value by up to half a step; a relation involves several rounded values.
_STEPS = 2.0
# Columns with more than this share of the largest coefficient take part in a relation.
_INVOLVED = 1e-5
# Only a column whose spread is below this share of its size may be constant up to rounding.
_NARROW = 1e-3
# A residual below this share of a column's standard deviation may be rounding.
_DOUBTFUL = 1e-2


def constant_columns(data: Floats) -> NDArray[np.bool_]:
    """Return which columns of data (n, d) are constant up to rounding, (d,).

    >>> constant_columns(np.array([[1.0, 0.3, 1e9], [2.0, 0.1 + 0.2, 1e9 + 1]])).tolist()
    [False, True, False]
    """
    if len(data) == 0:
        return np.ones(data.shape[1], bool)
    high, low = data.max(axis=0), data.min(axis=0)
    still = high - low <= _NARROW * np.maximum(np.abs(high), np.abs(low))
    if still.any():
        still[still] = resolutions(data[:, still]) >= 1.0
    return still


def resolutions(data: Floats) -> Floats:
    """Return the rounding error of each column of data (n, d) as a share of its spread, (d,).

    It is at least one step of single precision, 1.2e-7: smaller differences count as equal. It is
    larger for a column of single-precision numbers far from 0, which has fewer digits left, and
    1 or more for a constant column.
    """
    if len(data) == 0:
        return np.ones(data.shape[1])
    width = np.ptp(data, axis=0)
    moving = width > 0.0
    size = np.abs(data).max(axis=0)
    # In units of the range: the squares of tiny numbers are 0.
    unit = (data - data.mean(axis=0)) / np.where(moving, width, 1.0)
    spread = unit.std(axis=0) * width
    step = np.where(_single_precision(data), SINGLE, _DOUBLE)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        rounding = _STEPS * step * (size / spread)
    return np.where(moving, np.maximum(SINGLE, rounding), np.inf)


def _single_precision(data: Floats) -> NDArray[np.bool_]:
    """Return which columns were stored in single precision; whole numbers have no rounding."""
    with np.errstate(over="ignore"):
        single = (data.astype(np.float32) == data).all(axis=0)
    if single.any():
        single[single] = (data[:, single] != np.rint(data[:, single])).any(axis=0)
    return single


def unit_columns(data: Floats) -> Floats:
    """Return columns of data (n, d), none constant, with mean 0 and length 1."""
    unit = (data - data.mean(axis=0)) / np.ptp(data, axis=0)
    return unit / np.sqrt((unit**2).sum(axis=0))


def copies(data: Floats) -> list[list[int]]:
    """Return groups of columns of data (n, d) that are linear functions of one another.

    >>> x, y = np.random.default_rng(0).normal(size=(2, 50))
    >>> copies(np.column_stack([x, y, 2 * x + 1, np.ones(50)]))
    [[0, 2]]
    """
    moving = np.flatnonzero(~constant_columns(data))
    unit = unit_columns(data[:, moving])
    close = (unit.T @ unit) ** 2 >= 1.0 - _DOUBTFUL
    if close.sum() == len(moving):
        return []
    squared = resolutions(data[:, moving]) ** 2
    same = (unit.T @ unit) ** 2 >= 1.0 - squared - squared[:, np.newaxis]
    first = same.argmax(axis=0)
    groups = [moving[first == member].tolist() for member in np.unique(first)]
    return [group for group in groups if len(group) > 1]


@dataclass(frozen=True)
class Relation:
    """A column that is a linear function of others.

    Parameters
    ----------
    column : int
        Its place.
    others : tuple of int
        Places of the columns that it is a function of.
    """

    column: int
    others: tuple[int, ...]


@dataclass(frozen=True)
class Independent:
    """Linearly independent columns, and the relations of those left out.

    Parameters
    ----------
    columns : array, shape (m, d)
        All columns, of length 1.
    resolution : array, shape (d,)
        Rounding error of each (`resolutions`).
    kept : tuple of int
        Places of the independent columns, in the order in which they were taken.
    lengths : tuple of float
        Residual standard deviation of each given those before it, as a share of the whole. The
        product of the squares is the determinant of the correlation matrix.
    left_out : tuple of Relation
        Columns that are linear functions of those before them.
    basis, triangle : array, shape (m, kept) and (kept, kept)
        QR decomposition of the independent columns.
    """

    columns: Floats
    resolution: Floats
    kept: tuple[int, ...] = ()
    lengths: tuple[float, ...] = ()
    left_out: tuple[Relation, ...] = ()
    basis: Floats | None = None
    triangle: Floats | None = None

    @classmethod
    def of(cls, unit: Floats, resolution: Floats) -> "Independent":
        """Start from columns of unit (n, d), which have length 1, with none taken yet."""
        # The triangular factor keeps the geometry in d rows instead of n. The correlation matrix
        # would square small residuals and lose them.
        return cls(_triangle(unit), resolution)

    @property
    def log_lengths(self) -> float:
        """Half the log-determinant of the correlation matrix of the columns kept."""
        return float(np.log(self.lengths).sum())

    def plus(self, places: Iterable[int]) -> "Independent":
        """Add columns one by one, skipping those that depend on earlier ones."""
        kept, lengths, left_out = list(self.kept), list(self.lengths), list(self.left_out)
        basis, triangle = self._room()
        for place in places:
            d, column = len(kept), self.columns[:, place]
            shares = basis[:, :d].T @ column
            left = column - basis[:, :d] @ shares
            again = basis[:, :d].T @ left  # reorthogonalise against rounding
            left, shares = left - basis[:, :d] @ again, shares + again
            length = float(np.sqrt(left @ left))
            weights = np.zeros(d)
            if length < _DOUBTFUL:
                weights = solve_triangular(triangle[:d, :d], shares, check_finite=False)
            # Rounding of every column involved leaves this much of an exact relation.
            of_others = weights * self.resolution[kept]
            if length <= np.hypot(self.resolution[place], np.sqrt(of_others @ of_others)):
                left_out.append(Relation(place, _involved(kept, weights)))
                continue
            basis[:, d], triangle[:d, d], triangle[d, d] = left / length, shares, length
            kept.append(place)
            lengths.append(length)
        return Independent(
            self.columns, self.resolution, tuple(kept), tuple(lengths), tuple(left_out),
            basis[:, : len(kept)], triangle[: len(kept), : len(kept)],
        )  # fmt: skip

    def _room(self) -> tuple[Floats, Floats]:
        """Return basis and triangle, with room for every column that can be independent."""
        d, most = len(self.kept), len(self.columns)
        basis, triangle = np.zeros((most, most), order="F"), np.zeros((most, most), order="F")
        if self.basis is not None and self.triangle is not None:
            basis[:, :d], triangle[:d, :d] = self.basis, self.triangle
        return basis, triangle

    def log_lengths_of(self, places: NDArray[np.int64]) -> Floats:
        """Return the log residual of each column given those before it, (places,).

        Raises
        ------
        EstimationError
            If a column is a linear function of those before it.
        """
        lengths = self._lengths_of(places)
        if lengths.min(initial=1.0) < _DOUBTFUL and (out := self.plus(places.tolist()).left_out):
            raise EstimationError(
                f"coordinate {out[0].column} of the samples is a linear function of coordinates "
                f"{listed([str(place) for place in out[0].others])}: their Gaussian entropy is "
                "minus infinity and their information infinite; drop it, or add independent noise "
                "of a stated size"
            )
        return np.log(lengths)

    @cached_property
    def _correlation(self) -> Floats:
        return self.columns.T @ self.columns

    def _lengths_of(self, places: NDArray[np.int64]) -> Floats:
        with suppress(np.linalg.LinAlgError):  # not positive definite
            factor = np.linalg.cholesky(self._correlation[np.ix_(places, places)])
            lengths = np.asarray(factor.diagonal(), np.float64)
            if lengths.min(initial=1.0) >= _DOUBTFUL:
                return lengths
        # Slower, but exact where squaring would lose half of the digits.
        return np.abs(_triangle(self.columns[:, places]).diagonal())


def independent_columns(data: Floats, least: float) -> list[int]:
    """Return the places of the linearly independent columns of data (n, d).

    Constant columns are left out, and so are linear functions of earlier columns, up to an error
    of ``least`` standard deviations in every column.

    >>> x, y = np.random.default_rng(0).normal(size=(2, 50))
    >>> independent_columns(np.column_stack([np.ones(50), x, y, x - 2 * y]), 1e-5)
    [1, 2]
    """
    moving = np.flatnonzero(~constant_columns(data))
    resolution = np.full(len(moving), least)
    found = Independent.of(unit_columns(data[:, moving]), resolution).plus(range(len(moving)))
    return moving[list(found.kept)].tolist()


def _triangle(columns: Floats) -> Floats:
    """Return the triangular factor of columns (n, d), (min(n, d), d)."""
    return np.asarray(np.linalg.qr(columns, mode="r"), np.float64)


def _involved(kept: list[int], weights: Floats) -> tuple[int, ...]:
    share = np.abs(weights) > _INVOLVED * np.abs(weights).max(initial=0.0)
    return tuple(np.array(kept, int)[share].tolist())
