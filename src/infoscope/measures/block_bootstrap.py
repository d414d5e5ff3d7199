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

    The circular block bootstrap draws blocks of consecutive values with replacement, which keeps
    the dependence within a block and draws every value equally often. The interval holds the
    central ``level`` of the resampled means.

    Parameters
    ----------
    values : array, shape (n,)
        Values in time order.
    block : int
        Block length, longer than the autocorrelation time; 1 for independent values.
    level : float
        Coverage of the interval.
    resamples : int
        Number of resamples.
    random_state : int, Generator or None
        Source of the blocks.

    Raises
    ------
    InputError
        If values are not a finite series, or an argument is out of range.

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
    # Means of the blocks from each start; a resample is a mean of block means, its last block cut
    # so that it has n values.
    sums = np.concatenate([[0.0], np.cumsum(np.concatenate([series, series[:block]]))])
    whole, rest = sums[block : block + n] - sums[:n], n - (starts.shape[1] - 1) * block
    part = sums[rest : rest + n] - sums[:n]
    means = (whole[starts[:, :-1]].sum(axis=1) + part[starts[:, -1]]) / n
    low, high = np.quantile(means, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return float(low), float(high)
