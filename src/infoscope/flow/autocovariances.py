"""Sums of lagged products within unbroken stretches of rows or between windows, and tapers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import next_fast_len

from infoscope._validate import Floats

# Autocovariances are summed up to this lag, or a quarter of the rows.
_LAGS = 90
# Neighbouring windows are correlated if two nodes or more exceed this correlation.
_REMEMBERED = float(np.exp(-1.0))
# Fewer windows are too few to tell.
_FEWEST_WINDOWS = 20

Stretches = list[NDArray[np.int64]]


def unbroken(rows: NDArray[np.int64], steps: int) -> Stretches:
    """Return the positions of each unbroken stretch among rows, sequences of ``steps`` each.

    >>> [part.tolist() for part in unbroken(np.array([0, 1, 2, 4, 5, 6]), 6)]
    [[0, 1, 2], [3, 4], [5]]
    """
    new = (np.diff(rows) != 1) | (np.diff(rows // steps) != 0)
    return np.split(np.arange(len(rows)), np.flatnonzero(new) + 1)


def lags_of(stretches: Stretches) -> int:
    """Return the largest lag of a sum over lags."""
    sizes = [len(part) for part in stretches]
    return min(_longest(sum(sizes)), max(sizes) - 1)


def lagged_products(part: Floats, stretches: Stretches, lags: int) -> Floats:
    """Return the sums of products of each column of part (n, m) at lags from 0 on, (1 + lags, m).

    >>> column = np.array([[1.0], [2.0], [3.0]])
    >>> lagged_products(column, [np.arange(2), np.array([2])], 1).round(9).ravel().tolist()
    [14.0, 2.0]
    """
    size = next_fast_len(max(map(len, stretches)) + lags, real=True)
    power = np.zeros((size // 2 + 1, part.shape[1]))
    for places in stretches:
        power += np.abs(np.fft.rfft(part[places], size, axis=0)) ** 2
    return np.fft.irfft(power, size, axis=0)[: lags + 1]


def half_taper(lags: int) -> Floats:
    """Return the root of Tukey's taper at lags 1 to ``lags``: the product of two series has it."""
    return np.cos(0.5 * np.pi * np.arange(1, lags + 1) / (lags + 1))


@dataclass(frozen=True)
class Lags:
    """Lags of a sum of products of two autocovariances, and the weight of each product.

    Parameters
    ----------
    products : callable
        From columns (n, m) to their sums of lagged products, (lag, m).
    weights : array, shape (lag,)
        Tukey's taper, over the number of pairs of rows at that lag.
    windows : int
        Number of windows of one series; 0 if stretches are independent.
    """

    products: Callable[[Floats], Floats]
    weights: Floats
    windows: int = 0

    @classmethod
    def of(cls, part: Floats, stretches: Stretches) -> "Lags":
        """Return the lags within stretches; between them too, where these are like windows.

        Stretches of equal length are windows of one series if neighbours are correlated, as
        overlapping windows are: then lags count along and between them.
        """
        sizes = {len(places) for places in stretches}
        if len(sizes) == 1 and _remembered(part.reshape(len(stretches), sizes.pop(), -1)):
            return cls._of_windows(len(stretches), len(part) // len(stretches))
        lags = lags_of(stretches)
        pairs = sum(np.maximum(len(places) - np.arange(lags + 1), 0) for places in stretches)
        weights = _tukey(np.arange(lags + 1), _longest(len(part))) / pairs
        weights[1:] *= 2.0
        return cls(lambda columns: lagged_products(columns, stretches, lags), weights)

    @classmethod
    def _of_windows(cls, windows: int, steps: int) -> "Lags":
        between, longest = _longest(windows), _longest(windows * steps)
        along = min(longest, steps - 1)
        apart, within = np.arange(-between, between + 1), np.arange(-along, along + 1)
        shape = (next_fast_len(windows + between), next_fast_len(steps + along, real=True))

        def products(columns: Floats) -> Floats:
            found = np.empty((len(apart), len(within), columns.shape[1]))
            for number, column in enumerate(columns.T):
                power = np.abs(np.fft.rfft2(column.reshape(windows, steps), shape)) ** 2
                found[..., number] = np.fft.irfft2(power, shape)[np.ix_(apart, within)]
            return found.reshape(-1, columns.shape[1])

        pairs = np.outer(windows - np.abs(apart), steps - np.abs(within))
        taper = np.outer(_tukey(apart, between), _tukey(within, longest))
        return cls(products, (taper / pairs).ravel(), windows)


def _longest(rows: int) -> int:
    return min(_LAGS, max(rows // 4, 1))


def _tukey(lags: NDArray[np.int64], longest: int) -> Floats:
    return np.cos(0.5 * np.pi * lags / (longest + 1)) ** 2


def _remembered(windows: Floats) -> bool:
    """Return whether neighbouring windows (window, step, node) overlap or are correlated."""
    number, steps, nodes = windows.shape
    if number < _FEWEST_WINDOWS or nodes < 2:
        return False
    rest = windows - windows.mean(axis=0)
    sizes = np.maximum((rest**2).mean(axis=(0, 1)), np.finfo(np.float64).tiny)
    # A window may begin some steps after the one before.
    r = [
        (rest[1:, : steps - k] * rest[:-1, k:]).mean(axis=(0, 1)) / sizes
        for k in range(steps // 2 + 1)
    ]
    return bool(np.sort(np.max(r, axis=0))[-2] > _REMEMBERED)
