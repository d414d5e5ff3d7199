"""Ties: count equal values, and break them at random."""

import numpy as np
from numpy.typing import NDArray

from infoscope._validate import Floats
from infoscope.estimators._collinearity import constant_columns

# Size of the tie-breaking noise in standard deviations: too small to change the distances between
# different values visibly.
_NOISE = 1e-10
# Least size of the noise in steps of the last digit, so that copies differ.
_STEPS = 1024


def most_copies(samples: Floats) -> NDArray[np.int64]:
    """Return, for each coordinate of samples (n, d), the largest number of copies of a value."""
    runs = [_runs(np.sort(column)).max(initial=1) for column in samples.T]
    return np.array(runs, np.int64) - 1


def moving(samples: Floats) -> Floats:
    """Return the coordinates of samples (n, d) that change by more than rounding, (n, fewer)."""
    return samples[:, ~constant_columns(samples)]


def untied(samples: Floats, random: np.random.Generator, spared: float = 0) -> Floats:
    """Return samples (n, d) with ties broken by negligible noise.

    Breaking ties at random leaves the information unchanged (the distributional transform of
    L. Rüschendorf, J. Stat. Plan. Inference 139, 3921 (2009), in the limit of narrow steps).
    Coordinates in which no value has more than ``spared`` copies, and constants, stay as they are.

    The noise has its own random stream: it could otherwise repeat the random numbers of data drawn
    from ``default_rng(0)``.
    """
    if len(samples) == 0:
        return samples
    copies = most_copies(samples)
    tied = np.flatnonzero((copies > spared) & (np.ptp(samples, axis=0) > 0.0))
    if len(tied) == 0:
        return samples
    stream = np.random.default_rng(random.integers(2**32, size=4).tolist())
    apart = samples.copy()
    for c in tied:
        # Relative to the middle: floats are finer near 0.
        centred = samples[:, c] - np.median(samples[:, c])
        apart[:, c] = centred + _amplitude(centred) * stream.random(len(samples))
    return apart


def _amplitude(column: Floats) -> float:
    steps = np.diff(np.sort(column))
    finest = _STEPS * np.spacing(np.abs(column).max())
    return float(max(min(_NOISE * column.std(), 0.5 * steps[steps > 0.0].min()), finest))


def _runs(ordered: Floats) -> NDArray[np.int64]:
    ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    return np.diff(ends, prepend=-1)
