"""Equal values: how many copies there are, and how they are set apart at random."""

import numpy as np
from numpy.typing import NDArray

from infoscope._validate import Floats
from infoscope.estimators._collinearity import constant_columns

# Size of the noise that sets equal values apart, in standard deviations: no distance between
# different values is seen to change.
_NOISE = 1e-10
# Steps of the last digit that the noise takes at least, so that copies come apart.
_STEPS = 1024


def most_copies(samples: Floats) -> NDArray[np.int64]:
    """Return, for each coordinate of samples (n, d), how many copies a value has at most."""
    runs = [_runs(np.sort(column)).max(initial=1) for column in samples.T]
    return np.array(runs, np.int64) - 1


def moving(samples: Floats) -> Floats:
    """Return the coordinates of samples (n, d) that change by more than rounding, (n, fewer)."""
    return samples[:, ~constant_columns(samples)]


def untied(samples: Floats, random: np.random.Generator, spared: float = 0) -> Floats:
    """Return samples (n, d) whose equal values are set apart by noise too small for other ends.

    Equal values become a piece of a continuous variable that says nothing else: the information
    stays what it was (the distributional transform of L. Rüschendorf, J. Stat. Plan. Inference
    139, 3921 (2009), in the limit of narrow steps). Coordinates in which no value has more than
    ``spared`` copies are left alone, and so are constants.

    The noise comes from a stream of its own: data drawn from ``default_rng(0)`` would otherwise
    meet their own random numbers again, and a spike its own coin.
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
        # Measured from the middle, where numbers are finer than far from 0.
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
