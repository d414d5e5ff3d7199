"""What every estimator does to its samples before it looks at them, and what it says of them."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from infoscope._validate import Floats

SCALES = ("none", "zscore", "rank")

# A sum of some thousand digammas that should be zero is off by about this, in nats.
ROUNDING = 1e-12
# Above this many coordinates in all, k-NN estimates of an affordable number of samples are a
# similarity score rather than an information: bias falls only as n^(-1/d).
_HIGH_DIMENSION = 10
# Below this share of distinct rows, neighbours are copies of the same sample.
_FEW_DISTINCT = 0.9


def scaled(samples: Floats, scale: str) -> Floats:
    """Return samples (n, d) with each coordinate rescaled: as is, z-scored or to normal scores.

    A constant coordinate becomes zero under "zscore" and "rank".
    """
    if scale == "zscore":
        if len(samples) == 0:
            return samples
        width = np.ptp(samples, axis=0)
        constant = width == 0.0
        # Divided by the width first, because the squares of tiny numbers are 0.
        centred = (samples - samples.mean(axis=0)) / np.where(constant, 1.0, width)
        return np.where(constant, 0.0, centred / np.where(constant, 1.0, centred.std(axis=0)))
    if scale == "rank":
        return ndtri(rankdata(samples, axis=0) / (len(samples) + 1))
    return samples


def jittered(samples: Floats, amplitude: float, random: np.random.Generator) -> Floats:
    """Add uniform noise from [0, amplitude) to every entry; nothing is drawn for amplitude 0."""
    if amplitude == 0.0:
        return samples
    return samples + amplitude * random.random(samples.shape)


def flags_of(samples: Floats, k: int | None = None, prepared: Floats | None = None) -> list[str]:
    """Say what in samples (n, d) makes an estimate from k nearest neighbours doubtful.

    Copies count against it as far as they are copies still once the samples are prepared.
    """
    found = []
    ordered = np.sort(samples, axis=0)
    same = ordered[1:] == ordered[:-1]
    if same.all(axis=0).any():
        found.append("constant")
    if same.any():
        found.append("ties")
    copies = _copies(samples)
    if len(copies) < _FEW_DISTINCT * len(samples):
        found.append("duplicates")
    coincide = k is not None and copies.max() > k
    if coincide and (prepared is None or _copies(prepared).max() > k):
        found.append("coincident")
    if samples.shape[1] > _HIGH_DIMENSION:
        found.append("high-dimensional")
    return found


def _copies(samples: Floats) -> NDArray[np.int64]:
    """Return how often each distinct row of samples (n, d) occurs."""
    rows = np.ascontiguousarray(samples + 0.0)  # -0.0 and 0.0 are one value
    kind = np.dtype((np.void, rows.itemsize * rows.shape[1]))
    return np.unique(rows.view(kind), return_counts=True)[1]
