"""Drift of a series: a trend, or a change of its level."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from infoscope._validate import Floats
from infoscope.measures.effective_size import effective_rows_of_pairs

# A change of level is sought between these shares of the rows.
_EARLIEST, _LATEST = 0.05, 0.95
_FEWEST = 20


class Drift(NamedTuple):
    """Drift of each column of a table.

    ``trend`` is the share of variance that a straight line explains, ``step`` that of the best
    single change of level, ``at`` the row of this change, and ``p`` its p-value.
    """

    trend: Floats
    step: Floats
    at: NDArray[np.int64]
    p: Floats


def drift_of(table: Floats, trials: NDArray[np.int64]) -> Drift:
    """Return the drift of each column of a table (row, node) in time order, none constant.

    The p-value is that of the maximally selected chi-square of a change of level, which a trend
    raises too. It is approximate, for the effective sample size of what line and step leave.

    References
    ----------
    R. Miller, D. Siegmund, Biometrics 38, 1011 (1982).

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=(400, 1))
    >>> step = np.where(np.arange(400) < 100, 0.0, 2.0)[:, np.newaxis]
    >>> found = drift_of(np.hstack([noise, step + noise]), np.zeros(400, int))
    >>> found.step.round(1).tolist(), int(found.at[1]), bool(found.p[1] < 1e-6)
    ([0.0, 0.4], 100, True)
    """
    n, nodes = table.shape
    if n < _FEWEST:
        nothing = np.zeros(nodes)
        return Drift(nothing, nothing, np.zeros(nodes, int), np.ones(nodes))
    scores = (table - table.mean(axis=0)) / table.std(axis=0)
    place = (np.arange(n) - 0.5 * (n - 1)) / n
    slope = place @ scores / (place @ place)
    trend = slope**2 * (place @ place) / n
    cuts = np.arange(max(int(_EARLIEST * n), 1), int(_LATEST * n))
    sums = np.cumsum(scores, axis=0)[cuts - 1]
    between = sums**2 / (cuts * (n - cuts))[:, np.newaxis]
    best = between.argmax(axis=0)
    at, step = cuts[best], between[best, np.arange(nodes)]
    # Independent rows for the mean, from what the better of the two leaves.
    before = np.arange(n)[:, np.newaxis] < at
    level = np.where(
        before, sums[best, np.arange(nodes)] / at, -sums[best, np.arange(nodes)] / (n - at)
    )
    line = place[:, np.newaxis] * slope
    rest = scores - np.where(trend > step, line, level)
    times = np.maximum(effective_rows_of_pairs(rest, trials)[1], 1.0)
    statistic = n / times * step / np.maximum(1.0 - np.maximum(step, trend), 1e-12)
    return Drift(trend, step, at, _largest_of_cuts(statistic))


def _largest_of_cuts(statistic: Floats) -> Floats:
    """Return P(largest chi-square over the cuts > statistic) of independent rows."""
    b = np.sqrt(np.maximum(statistic, 1e-12))
    odds = np.log(_LATEST * (1.0 - _EARLIEST) / (_EARLIEST * (1.0 - _LATEST)))
    tail = (b - 1.0 / b) * norm.pdf(b) * odds + 4.0 * norm.pdf(b) / b
    # The approximation holds in the tail; the bound of a single cut holds below.
    return np.where(b > 2.0, np.minimum(tail, 1.0), 1.0)
