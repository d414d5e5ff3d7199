"""Effective sample size of autocorrelated series (Bartlett 1935)."""

from collections.abc import Iterator
from math import log, sqrt
from operator import mul

import numpy as np
from numpy.typing import NDArray

from infoscope._validate import Floats
from infoscope.estimators import Samples

# Below this share of the rows, standard errors are a fifth larger than for independent rows. Fewer
# than one in two hundred samples of 100 independent rows or more falls below it.
_DEPENDENT = 0.7
# Beyond this many lags, a Fourier transform computes all the others faster.
_LAGS_ONE_BY_ONE = 64
# A column whose spread is below this share of its mean is constant up to rounding.
_ROUNDING = 1e-13


def effective_rows(samples: Samples) -> float:
    """Return the effective sample size for the correlation of x and y, at most n.

    Bartlett's n / (1 + 2 sum_l (1 - l/n) r_x(l) r_y(l)), with l the lag in rows in time order,
    never across trials, for the pair of coordinates with the largest sum. The sum stops where one
    of the two autocorrelations is truncated: at the first two lags, 2m and 2m + 1, whose sum is
    not positive (for d coordinates: not above the largest expected of d independent columns). A
    condition is ignored.

    References
    ----------
    M. S. Bartlett, J. R. Stat. Soc. 98, 536 (1935). Truncation at pairs of lags: C. J. Geyer,
    Stat. Sci. 7, 473 (1992), section 3.3.

    Examples
    --------
    Two AR(1) series with coefficient 0.8: n (1 - 0.64) / (1 + 0.64).

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


def effective_rows_of_pairs(table: Floats, trials: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return the effective sample size of all pairs of columns, and each autocorrelation time.

    Parameters
    ----------
    table : array, shape (row, node)
        Rows in time order, trial by trial.
    trials : array of int, shape (row,)
        Unbroken stretch of each row.

    Returns
    -------
    rows : array, shape (node, node)
        Effective rows for the correlation of two columns, as `effective_rows`.
    times : array, shape (node,)
        Integrated autocorrelation time 1 + 2 sum_l r(l) in rows; below 1 for alternating series.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=(20000, 2))
    >>> rows, times = effective_rows_of_pairs(noise, np.zeros(20000, int))
    >>> bool(rows.min() > 19000), bool(abs(times - 1).max() < 0.2)
    (True, True)
    """
    n = len(table)
    one = bool((trials == trials[:1]).all())
    series = [_autocorrelation(column, None if one else trials, 0.0) for column in table.T]
    padded = np.zeros((len(series), max(map(len, series), default=0)))
    for of_column, row in zip(series, padded, strict=True):
        row[: len(of_column)] = of_column
    rows = n / (1.0 + 2.0 * np.maximum(padded @ padded.T, 0.0))
    return rows, 1.0 + 2.0 * padded.sum(axis=1)


def dependent(effective: float, n: int) -> bool:
    """Return whether the effective sample size is small enough to be flagged."""
    return effective < _DEPENDENT * n


def _autocorrelations(part: Floats, trials: NDArray[np.int64] | None) -> list[list[float]]:
    """Return the truncated autocorrelations of the columns of part (n, d), from lag 1 on."""
    n, d = part.shape
    least = 2.0 * sqrt(log(d) / n)
    return [_autocorrelation(column, trials, least) for column in part.T]


def _autocorrelation(column: Floats, trials: NDArray[np.int64] | None, least: float) -> list[float]:
    """Return sqrt(pairs / n) r(l): products of two have Bartlett's weight."""
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
    """Yield, for each lag, the sum of lagged products and their number."""
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
    """Return the time order, trial by trial, and the trials in that order, None for one trial."""
    if (trials == trials[:1]).all():
        ordered = (times[1:] >= times[:-1]).all()
        return slice(None) if ordered else np.argsort(times, kind="stable"), None
    order = np.lexsort((times, trials))
    return order, trials[order]
