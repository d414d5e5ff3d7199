"""Confidence interval of the mean of an autocorrelated series, by the block bootstrap."""

import numpy as np

from infoscope._errors import InputError
from infoscope._validate import Floats, finite_array, generator, real_number, whole_number


def block_bootstrap(
    values: Floats,
    *,
    block: int,
    level: float = 0.95,
    resamples: int = 2000,
    random_state: int | np.random.Generator | None = 0,
) -> tuple[float, float]:
    """Return the confidence interval of the mean of a series.

    Blocks of consecutive values are drawn with replacement, the series taken as a circle, so that
    every value is drawn equally often and dependence within a block is kept; the interval holds
    the central ``level`` of the resampled means.

    Parameters
    ----------
    values : array, shape (n,)
        In the order of time.
    block : int
        Values in a block, longer than the memory of the series; 1 for independent values.
    level : float
        Coverage of the interval.
    resamples : int
        Resampled series.
    random_state : int, Generator or None
        Where the blocks come from.

    Raises
    ------
    InputError
        If values are not one finite series, or an argument is out of range.

    References
    ----------
    D. N. Politis, J. P. Romano, in: Exploring the Limits of Bootstrap (Wiley, 1992), p. 263.

    Examples
    --------
    >>> low, high = block_bootstrap(np.random.default_rng(0).normal(size=400), block=1)
    >>> round(high - low, 2)
    0.19
    """
    series = finite_array(values, "values")
    if series.ndim != 1 or not len(series):
        raise InputError(
            f"values must be one series (n,), got shape {series.shape}; average other axes first"
        )
    whole_number(block, "block", 1, len(series))
    whole_number(resamples, "resamples", 1)
    if not 0.0 < real_number(level, "level") < 1.0:
        raise InputError(f"level must be above 0 and below 1, got {level!r}; try 0.95")
    n = len(series)
    starts = generator(random_state).integers(0, n, (resamples, -(-n // block)))
    # The mean of a block from each start, so that a resample is a mean of block means; the last
    # block of each is cut to bring it to n values.
    sums = np.concatenate([[0.0], np.cumsum(np.concatenate([series, series[:block]]))])
    whole, rest = sums[block : block + n] - sums[:n], n - (starts.shape[1] - 1) * block
    part = sums[rest : rest + n] - sums[:n]
    means = (whole[starts[:, :-1]].sum(axis=1) + part[starts[:, -1]]) / n
    low, high = np.quantile(means, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return float(low), float(high)
