"""Transfer between units at several delays, to choose the lags of an analysis."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infoscope._validate import Floats
from infoscope.estimators.estimate import NATS_PER_BIT

_LONGEST = 10
_MOST_ROWS, _FEWEST_ROWS = 10_000, 20
# A longer delay is chosen if its transfer exceeds the first by this factor and by this many
# standard deviations of chance.
_MORE, _CLEAR = 1.25, 4.0
_LARGEST = 1.0 - 1e-12


@dataclass(frozen=True)
class Delays:
    """Transfer between all pairs of units at delays of 1, 2, ... rows.

    Parameters
    ----------
    bits : tuple of float
        Sum over all ordered pairs of the Gaussian transfer entropy at each delay, without its
        expected value for independent units.
    chance : float
        Standard deviation of each sum for independent units.
    """

    bits: tuple[float, ...] = (0.0,)
    chance: float = 0.0

    @property
    def best(self) -> int:
        """The delay of most transfer, or 1 if it is not clearly more than at 1."""
        most = int(np.argmax(self.bits))
        needed = max(_MORE * self.bits[0], self.bits[0] + _CLEAR * self.chance)
        return most + 1 if self.bits[most] > needed else 1


def delays_of(scores: Floats, stretches: NDArray[np.int64]) -> Delays:
    """Return the transfer I(a_{t-l}; b_t | b_{t-1}) of all pairs for delays l = 1, 2, ... 10.

    Parameters
    ----------
    scores : array, shape (row, unit)
        Normal scores, sequences one after another.
    stretches : array of int, shape (row,)
        Unbroken stretch of each row. At most half of the longest is compared; with fewer than 20
        rows, none.

    Examples
    --------
    A series drives another three rows later.

    >>> x, noise = np.random.default_rng(0).normal(size=(2, 2000))
    >>> series = np.stack([x, np.roll(x, 3) + noise], axis=1)
    >>> delays_of(series, np.zeros(2000, int)).best
    3
    """
    reach = min(_LONGEST, int(np.bincount(stretches).max()) // 2)
    if reach < 1:
        return Delays()
    rows = reach + np.flatnonzero(stretches[reach:] == stretches[:-reach])
    if len(rows) > _MOST_ROWS:
        rows = rows[np.linspace(0, len(rows) - 1, _MOST_ROWS).astype(int)]
    if len(rows) < _FEWEST_ROWS:
        return Delays()
    target, past = scores[rows], scores[rows - 1]
    own = _correlations(past, target).diagonal()
    n, units = target.shape
    off = ~np.eye(units, dtype=bool)
    found = []
    for lag in range(1, reach + 1):
        source = scores[rows - lag]
        with_target, with_past = _correlations(source, target), _correlations(source, past)
        left = (1.0 - with_past**2) * (1.0 - own**2)
        beyond = np.divide(
            (with_target - with_past * own) ** 2, left, out=np.zeros_like(left), where=left > 1e-9
        )
        nats = -0.5 * np.log1p(-np.minimum(beyond, _LARGEST))
        found.append(float((nats - 0.5 / n).sum(where=off)) / NATS_PER_BIT)
    chance = np.sqrt(2.0 * off.sum()) * 0.5 / n / NATS_PER_BIT
    return Delays(tuple(found), float(chance))


def _correlations(a: Floats, b: Floats) -> Floats:
    """Return the correlation of each column of a (n, d) with each of b; 0 for a constant."""
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    size = np.sqrt(np.outer((a**2).sum(axis=0), (b**2).sum(axis=0)))
    return np.divide(a.T @ b, size, out=np.zeros_like(size), where=size > 0.0)
