"""Closed-form tests of measures of influence: partial correlations of autocorrelated series."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.fft import dct, idct

from infoscope._errors import EstimationError
from infoscope._validate import Floats
from infoscope.estimators import Gaussian
from infoscope.estimators.gaussian import SINGULAR
from infoscope.flow.autocovariances import half_taper, lagged_products, lags_of, unbroken
from infoscope.flow.paired_rows import PairedRows
from infoscope.significance.measure_significance import MeasureSignificance

# Measures that condition on a past. Others are differences, or of two slow series with too small an
# effective sample size: 8 % of pairs of S0 had p <= 5 %.
TESTED = (
    "full_conditional",
    "partial_correlation",
    "conditional_transfer_entropy",
    "transfer_entropy",
)
# Cosines of periods beyond this many rows are given, well below the 100 of S0b: they remove most of
# a trend that is no sum of few cosines. They cost one row in 32; with more, slow nodes (S0) have
# more false edges.
_SLOWEST = 65


@dataclass(frozen=True)
class MeasureTests:
    """Tests of the measures of `flow_measures`, on the same rows.

    Parameters
    ----------
    rows : PairedRows
        Activations.
    moving, inputs : array of bool, shape (node,)
        Non-constant nodes, and conditions of ``conditional_transfer_entropy``.
    estimator : Gaussian
        Sets whether normal scores are used.

    Notes
    -----
    Each test uses a partial correlation r, NaN where the conditions determine a or b, and its
    degrees of freedom; both (source, target).
    """

    rows: PairedRows
    moving: NDArray[np.bool_]
    inputs: NDArray[np.bool_]
    estimator: Gaussian

    def significance(self, measure: xr.DataArray) -> MeasureSignificance:
        """Test every pair that has a value."""
        r, freedom = self.correlations(str(measure.name))
        return MeasureSignificance.of(measure, r, freedom, self.rows.nodes)

    def correlations(self, name: str) -> tuple[Floats, Floats]:
        """Return the partial correlations of a measure's test and their degrees of freedom."""
        if name in ("full_conditional", "partial_correlation"):
            found = self._given_all()
        else:
            inputs = self.inputs[self.moving] & (name == "conditional_transfer_entropy")
            found = self._given_past(inputs)
        r, freedom = map(self._of_all, found)
        return r, freedom

    def _of_all(self, values: Floats) -> Floats:
        matrix = np.full((len(self.moving),) * 2, np.nan)
        matrix[np.ix_(self.moving, self.moving)] = values
        np.fill_diagonal(matrix, np.nan)
        return matrix

    @cached_property
    def _current(self) -> NDArray[np.int64]:
        """Rows t with a previous row in the same unbroken stretch."""
        joined = self.rows.joined
        begun = np.zeros_like(joined)
        begun[:, 1:] = joined[:, :-1]
        return self.rows.current[begun[joined]]

    @cached_property
    def _stretches(self) -> list[NDArray[np.int64]]:
        """Positions of each unbroken stretch among the current rows."""
        return unbroken(self._current, self.rows.joined.shape[1] + self.rows.lag)

    @cached_property
    def now(self) -> Floats:
        """Nodes in rows t, without their slow components, (n, node)."""
        return self._fast(self._current)

    @cached_property
    def before(self) -> Floats:
        """The same one row before."""
        return self._fast(self._current - 1)

    @cached_property
    def later(self) -> Floats:
        """The same, later by the lag."""
        return self._fast(self._current + self.rows.lag)

    @cached_property
    def _taken(self) -> int:
        """Number of slow components given, beyond the mean of all rows."""
        counts = [_slow(len(part)) for part in self._stretches]
        return sum(count for count in counts if count > 1) - (min(counts) > 1)

    def _fast(self, rows: NDArray[np.int64]) -> Floats:
        data = self.rows.table[rows][:, self.moving]
        if self.estimator.copula:
            data = self.estimator.unit_columns(data)
        data = data - data.mean(axis=0)
        spread = data.std(axis=0)
        data = data / np.where(spread > 0.0, spread, 1.0)
        for part in self._stretches:
            count = _slow(len(part))
            if count > 1:
                components = dct(data[part], axis=0, norm="ortho")
                components[:count] = 0.0
                data[part] = idct(components, axis=0, norm="ortho")
        return data

    def _given_past(self, inputs: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Given b_t, the inputs except a in row t, and a, b and the inputs one row before."""
        d = self.now.shape[1]
        r, freedom = np.full((d, d), np.nan), np.full((d, d), np.nan)
        for sources, shared in self._groups(inputs):
            now, before, later = (_beyond(shared, p) for p in (self.now, self.before, self.later))
            for b in range(d):
                own = _basis(np.column_stack([now[:, b], before[:, b]]))
                left = _beyond(own, now[:, sources]), _beyond(own, before[:, sources])
                target = _beyond(own, later[:, [b]])
                # And, source by source, its own value one row before.
                past = _unit(left[1])
                u = left[0] - past * (past * left[0]).sum(axis=0)
                v = target - past * (past * target).sum(axis=0)
                given = shared.shape[1] + own.shape[1] + (past**2).sum(axis=0)
                r[sources, b], freedom[sources, b] = self._of_residuals(u, v, given)
        return r, freedom

    def _groups(self, inputs: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.int64], Floats]]:
        """Sources with the same conditioning inputs, and a basis of these inputs and their past."""
        before = self.before[:, inputs]
        for sources in ([np.flatnonzero(~inputs)], np.flatnonzero(inputs)[:, np.newaxis]):
            for group in sources:
                given = inputs.copy()
                given[group] = False
                if len(group):
                    yield group, _basis(np.column_stack([self.now[:, given], before]))

    def _given_all(self) -> tuple[Floats, Floats]:
        """Given all other nodes in row t, and all one row before."""
        n, d = self.now.shape
        given = np.column_stack([self.now, self.before])
        gram = given.T @ given
        values, vectors = np.linalg.eigh(gram / n)
        kept = values > SINGULAR
        rank = int(kept.sum())
        # A rank equal to the number of rows says nothing about the number of dimensions.
        self._enough(n, rank if rank < n - self._taken - 1 else 2 * d)
        null = (vectors[:d, ~kept] ** 2).sum(axis=1)
        inverse = vectors[:, kept] / (n * values[kept]) @ vectors[:, kept].T
        weights = inverse @ (given.T @ self.later)
        left = self.later - given @ weights
        alone = 1.0 / inverse.diagonal()[:d]
        u = (given @ inverse[:, :d]) * alone
        explained = weights[:d] ** 2 * alone[:, np.newaxis]
        with np.errstate(divide="ignore", invalid="ignore"):
            r = np.sign(weights[:d]) * np.sqrt(explained / (explained + (left**2).sum(axis=0)))
        r[null > SINGULAR] = np.nan
        worth = _worth(self._autocorrelations(u), self._autocorrelations(left))
        return r, (n - rank - self._taken - 1) * worth

    def _of_residuals(self, u: Floats, v: Floats, given: Floats) -> tuple[Floats, Floats]:
        """Correlations of columns of u and v, (n, m) each, and their degrees of freedom."""
        n = len(u)
        self._enough(n, int(given.max()) + 1)
        size_u, size_v = (u**2).sum(axis=0), (v**2).sum(axis=0)
        nothing = (size_u < SINGULAR * n) | (size_v < SINGULAR * n)
        with np.errstate(divide="ignore", invalid="ignore"):
            r = np.where(nothing, np.nan, (u * v).sum(axis=0) / np.sqrt(size_u * size_v))
        of_pairs = self._autocorrelations(u) * self._autocorrelations(v)
        return r, (n - given - 2 - self._taken) / np.maximum(1.0 + 2.0 * of_pairs.sum(axis=0), 1.0)

    def _enough(self, n: int, given: int) -> None:
        needed = given + self._taken + 3
        if n < needed:
            raise EstimationError(
                f"rows must be {needed} or more to test a pair given {given} others, those of the "
                f"row before included, got {n} that have a row before them; record more or longer "
                "stretches, omit nodes, or test transfer_entropy"
            )

    def _autocorrelations(self, part: Floats) -> Floats:
        """Autocorrelations within stretches from lag 1 on, under the root of a taper, (lag, m)."""
        products = lagged_products(part, self._stretches, lags := lags_of(self._stretches))
        found = products[1:] / np.where(products[0] > 0.0, products[0], np.inf)
        return found * half_taper(lags)[:, np.newaxis]


def _worth(of_sources: Floats, of_targets: Floats) -> Floats:
    """Effective share of the rows by Bartlett's formula, at most 1, (source, target)."""
    return 1.0 / np.maximum(1.0 + 2.0 * of_sources.T @ of_targets, 1.0)


def _slow(n: int) -> int:
    """Number of cosines of n rows with periods beyond the slowest, mean included."""
    return 1 + 2 * n // _SLOWEST


def _unit(columns: Floats) -> Floats:
    size = np.sqrt((columns**2).sum(axis=0))
    return columns / np.where(size**2 > SINGULAR * len(columns), size, np.inf)


def _basis(columns: Floats) -> Floats:
    """Orthonormal basis of the span of columns (n, d) of about unit variance."""
    if columns.shape[1] == 0:
        return columns
    basis, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    return basis[:, sizes**2 > SINGULAR * len(columns)]


def _beyond(basis: Floats, columns: Floats) -> Floats:
    """Residuals of columns after projection on a basis."""
    return columns - basis @ (basis.T @ columns)
