"""Closed-form test of a Gaussian flow: spreads between independent and dependent series."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope._results import brief
from infoscope._validate import Floats
from infoscope.estimators import Gaussian
from infoscope.estimators.gaussian import SINGULAR
from infoscope.flow.autocovariances import Lags, Stretches, unbroken
from infoscope.flow.paired_rows import PairedRows
from infoscope.graphs.connections import impossible
from infoscope.significance.closed_form_flow import ClosedFormFlow
from infoscope.surrogates.catalogue import CLOSED_FORM

_LN2 = float(np.log(2.0))


@dataclass(frozen=True)
class FlowTest:
    """Closed-form test of the flow F = (1/2) log2 (1 - r0^2) / (1 - r1^2) of every pair.

    r1 = corr(a_t, b_t+lag) and r0 = corr(a_t, b_t), of the values or their normal scores.

    Between independent series, F = d s / (2 ln 2) to first order, with d = r1 - r0 and s = r1 + r0.
    Both are normal with mean 0, and uncorrelated, since r1 and r0 have the same variance. Their
    variances are those of the covariance of a with the difference and with the sum of b_t+lag and
    b_t, by Bartlett's formula: autocovariances of both, multiplied and summed over lags.

    Between dependent series with F = 0, F is normal, with a standard error by the delta method from
    r1 and r0, of which each is a mean over rows to first order; the variance of the mean has
    Bartlett's weights (Newey and West).

    Sums over lags stay within unbroken stretches, unless these are windows of one series (`Lags`).

    Parameters
    ----------
    rows : PairedRows
        Activations.
    estimator : Gaussian
        Sets whether normal scores are used.
    """

    rows: PairedRows
    estimator: Gaussian

    @cached_property
    def _moving(self) -> NDArray[np.bool_]:
        now, later = self.rows.table[self.rows.current], self.rows.table[self.rows.later]
        return (np.ptp(now, axis=0) > 0.0) & (np.ptp(later, axis=0) > 0.0)

    @cached_property
    def _stretches(self) -> Stretches:
        """Positions of each unbroken stretch among the compared rows."""
        return unbroken(self.rows.current, self.rows.joined.shape[1] + self.rows.lag)

    @cached_property
    def _lags(self) -> Lags:
        return Lags.of(self.now, self._stretches)

    @cached_property
    def now(self) -> Floats:
        """Standardised nodes in rows t, (n, node)."""
        return self._standard(self.rows.current)

    @cached_property
    def later(self) -> Floats:
        """The same, later by the lag."""
        return self._standard(self.rows.later)

    def _standard(self, rows: NDArray[np.int64]) -> Floats:
        return (
            self.estimator.unit_columns(self.rows.table[rows][:, self._moving]) * len(rows) ** 0.5
        )

    @cached_property
    def correlations(self) -> tuple[Floats, Floats]:
        """r1 and r0 of the nodes that are not constant, (source, target)."""
        n = len(self.now)
        return self.now.T @ self.later / n, self.now.T @ self.now / n

    def flows(self) -> Floats:
        """Return the flow of every pair, bits, NaN where it is infinite or unknown."""
        after, together = self.correlations
        with np.errstate(divide="ignore", invalid="ignore"):
            flow = 0.5 * np.log2((1.0 - together**2) / (1.0 - after**2))
        flow[(np.minimum(1.0 - together**2, 1.0 - after**2)) <= SINGULAR] = np.nan
        return self._of_all(flow)

    def scales(self) -> Floats:
        """Return sqrt(v_d v_s) / (2 ln 2), the spread between independent series, bits."""
        difference = self._variances(self.later - self.now)
        total = self._variances(self.later + self.now)
        return self._of_all(np.sqrt(difference * total) / (2.0 * _LN2))

    def _variances(self, targets: Floats) -> Floats:
        """Variance of the mean of a product of independent series, (source, target)."""
        n, lags = len(targets), self._lags
        of_targets = lags.products(targets)
        # Each autocovariance is a sum over pairs of rows, divided by them, and counts once for each
        # of these pairs.
        products = lags.products(self.now) * lags.weights[:, np.newaxis]
        variances = products.T @ of_targets / n**2
        # Tukey's taper allows a sum of 0 or less; then the lags are left out.
        alone = np.broadcast_to((targets**2).sum(axis=0) / n**2, variances.shape)
        return np.where(variances > alone / n, variances, alone)

    def standard_errors(self) -> Floats:
        """Return the standard error of F between dependent series, bits, (source, target)."""
        both = np.stack(self.correlations)
        n, nodes = self.now.shape
        signs = np.array([1.0, -1.0])[:, np.newaxis, np.newaxis]
        slopes = signs * both / np.maximum(1.0 - both**2, SINGULAR) / _LN2
        # A change of r is the mean of x y - r (x^2 + y^2) / 2 over rows; of F, the sum of both.
        own = slopes * both
        found = np.empty((nodes, nodes))
        for b in range(nodes):
            targets = np.column_stack([self.later[:, b], self.now[:, b]])
            part = self.now * (targets @ slopes[:, :, b])
            part -= 0.5 * self.now**2 * own[:, :, b].sum(axis=0)
            part -= 0.5 * targets**2 @ own[:, :, b]
            found[:, b] = np.sqrt(self._long_run(part)) / n
        return self._of_all(found)

    def _long_run(self, part: Floats) -> Floats:
        """Sum of products of each column at all lags, with Bartlett's weights, (m,)."""
        sizes = [len(places) for places in self._stretches]
        if self._lags.windows:
            # Each window counts as one row.
            sizes = [self._lags.windows]
            part = part.reshape(self._lags.windows, -1, part.shape[1]).sum(axis=1)
        n = len(part)
        lags = min(int(8.0 * (n / 100.0) ** (2.0 / 9.0)), max(sizes) - 1)
        # It is the mean square of sums over lags + 1 rows; zeros separate the stretches.
        apart = np.arange(n) + (lags + 1) * (1 + np.repeat(np.arange(len(sizes)), sizes))
        padded = np.zeros((n + (lags + 1) * (1 + len(sizes)), part.shape[1]))
        padded[apart] = part
        np.cumsum(padded, axis=0, out=padded)
        sums = padded[lags + 1 :] - padded[: -(lags + 1)]
        return np.einsum("tm,tm->m", sums, sums) / (lags + 1.0)

    def _of_all(self, values: Floats) -> Floats:
        matrix = np.full((len(self._moving),) * 2, np.nan)
        matrix[np.ix_(self._moving, self._moving)] = values
        np.fill_diagonal(matrix, np.nan)
        return matrix


def closed_form_significance(
    flow: xr.DataArray, nodes: pd.DataFrame, rows: PairedRows, estimator: Any
) -> ClosedFormFlow:
    """Test every estimated flow, and the pairs that can have no edge, in closed form.

    Raises
    ------
    InputError
        If the estimator is not Gaussian, or nodes are groups.
    """
    if not isinstance(estimator, Gaussian):
        raise InputError(
            "flow must be of Gaussian information between nodes for the null 'closed-form', got "
            f"{brief(estimator)}; test information_flow(rec, estimator=Gaussian(copula=True)), or "
            "choose a null of describe_nulls with surrogates"
        )
    test = FlowTest(rows, estimator)
    observed = flow.to_numpy()
    observed = np.where(np.isfinite(observed) | ~impossible(nodes), observed, test.flows())
    return ClosedFormFlow.of(
        flow.copy(data=observed),
        test.scales(),
        test.standard_errors(),
        nodes,
        CLOSED_FORM.name,
        CLOSED_FORM.tests,
    )
