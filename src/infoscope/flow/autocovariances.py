"""Sums of lagged products within unbroken stretches of rows, and their tapers."""

import numpy as np
from numpy.typing import NDArray
from scipy.fft import next_fast_len

from infoscope._validate import Floats

# Autocovariances are summed up to this lag, or a quarter of the rows.
_LAGS = 90

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
    return min(_LAGS, max(sum(sizes) // 4, 1), max(sizes) - 1)


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
