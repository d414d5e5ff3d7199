"""How many independent rows the rows of a series are worth."""

from collections.abc import Iterator
from math import log, sqrt
from operator import mul

import numpy as np
from numpy.typing import NDArray

from infoscope._validate import Floats
from infoscope.estimators import Samples

# Below this share of the rows a standard error is a fifth larger than that of independent rows.
# Of 100 independent rows or more, fewer than one in two hundred samples falls below it.
_DEPENDENT = 0.7
# Beyond so many lags all the others are cheaper together, by Fourier transform.
_LAGS_ONE_BY_ONE = 64
# A column that spreads less than this share of its mean is constant but for rounding.
_ROUNDING = 1e-13


def effective_rows(samples: Samples) -> float:
    """Return how many independent rows tell as much of a correlation of x and y, at most n.

    Bartlett's n / (1 + 2 sum_l (1 - l/n) r_x(l) r_y(l)), where l counts rows in the order of time
    and never across trials, for the pair of coordinates with the largest sum. It ends where one
    of the two autocorrelations ends, and an autocorrelation ends with the first two lags,
    2m and 2m + 1, whose sum is not positive (of d coordinates: not above what the largest of as
    many independent columns reaches). What is given plays no part.

    References
    ----------
    M. S. Bartlett, J. R. Stat. Soc. 98, 536 (1935). Lags two by two: C. J. Geyer, Stat. Sci. 7,
    473 (1992), section 3.3.

    Examples
    --------
    Of two series that forget a fifth of their value a row, (1 + 0.64) / (1 - 0.64) rows are
    worth one.

    >>> rng = np.random.default_rng(0)
    >>> series = rng.normal(size=(20000, 2))
    >>> for t in range(1, 20000):
    ...     series[t] += 0.8 * series[t - 1]
    >>> x, y = series[:, :1], series[:, 1:]
    >>> samples = Samples(x, y, None, np.zeros(20000, int), np.arange(20000.0))
    >>> bool(abs(20000 / effective_rows(samples) - 1.64 / 0.36) < 0.5)
    True
    """
    n = samples.n
    order, trials = _in_time(samples.trials, samples.times)
    sources = _autocorrelations(samples.x[order], trials)
    targets = _autocorrelations(samples.y[order], trials)
    sums = [sum(map(mul, of_x, of_y)) for of_x in sources for of_y in targets]
    return n / (1.0 + 2.0 * max(0.0, *sums))


def dependent(effective: float, n: int) -> bool:
    """Say whether rows are worth so few independent ones that it should be known."""
    return effective < _DEPENDENT * n


def _autocorrelations(part: Floats, trials: NDArray[np.int64] | None) -> list[list[float]]:
    """Return those of the columns of part (n, d), from lag 1 on, each as long as it lasts."""
    n, d = part.shape
    least = 2.0 * sqrt(log(d) / n)
    return [_autocorrelation(column, trials, least) for column in part.T]


def _autocorrelation(column: Floats, trials: NDArray[np.int64] | None, least: float) -> list[float]:
    """Return sqrt(pairs / n) r(l): the product of two of them has the weight of Bartlett."""
    n = len(column)
    mean = float(column.sum()) / n
    centred = column - mean
    square = float(centred.dot(centred))
    found: list[float] = []
    if square <= n * (_ROUNDING * mean) ** 2:
        return found
    last = 1.0
    for lag, (total, pairs) in enumerate(_lagged_products(centred, trials), 1):
        r = total * n / (square * pairs)
        found.append(sqrt(pairs / n) * r)
        if lag % 2 and last + r <= least:
            return found[:-2]
        last = r
    return found


def _lagged_products(
    centred: Floats, trials: NDArray[np.int64] | None
) -> Iterator[tuple[float, int]]:
    """Give for each lag the sum of the products of rows so far apart, and their number."""
    n = len(centred)
    for lag in range(1, n):
        now, later = centred[:-lag], centred[lag:]
        if trials is not None:
            together = trials[lag:] == trials[:-lag]
            if not together.any():
                return
            yield float((now * together).dot(later)), int(together.sum())
        elif lag <= _LAGS_ONE_BY_ONE:
            yield float(now.dot(later)), n - lag
        else:
            power = np.abs(np.fft.rfft(centred, 2 * n)) ** 2
            sums = np.fft.irfft(power, 2 * n)[lag:n].tolist()
            yield from zip(sums, range(n - lag, 0, -1), strict=True)
            return


def _in_time(
    trials: NDArray[np.int64], times: Floats
) -> tuple[slice | NDArray[np.intp], NDArray[np.int64] | None]:
    """Return the order of time, trial by trial, and the trials in that order, None for one."""
    if (trials == trials[:1]).all():
        ordered = (times[1:] >= times[:-1]).all()
        return slice(None) if ordered else np.argsort(times, kind="stable"), None
    order = np.lexsort((times, trials))
    return order, trials[order]
