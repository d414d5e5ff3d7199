"""Samples passed to estimators, with the scaling, jitter and flags that estimators share."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, ndtri

from infoscope._errors import InputError
from infoscope._validate import Floats

SCALES = ("none", "zscore", "rank")
JITTER_UNITS = ("absolute", "sd")

# Rounding error, in nats, of a mean of up to millions of digammas.
ROUNDING = 1e-10
# In the max norm, a coordinate hides others that are narrower by more than this factor.
_UNEVEN = 10.0
# Bias in nats from the rows inside a Theiler window that is flagged.
_WIDE_WINDOW = 0.05
# Above this many coordinates in all, k-NN estimates from an affordable number of samples are a
# similarity score rather than an information: bias falls only as n^(-1/d).
_HIGH_DIMENSION = 10
# Below this share of distinct rows, neighbours are copies of the same sample.
_FEW_DISTINCT = 0.9
# Fewer samples for each coordinate leave an estimate mostly to chance.
SAMPLES_PER_COORDINATE = 10


@dataclass(frozen=True)
class Samples:
    """Validated samples of X, Y and the condition Z, with the trial and time of each row.

    Parameters
    ----------
    x, y : array, shape (n, d_x), (n, d_y)
        Paired samples.
    given : array, shape (n, d_z), optional
        Samples of the condition Z.
    trials : array of int, shape (n,)
        Rows of different trials are never near in time.
    times : array, shape (n,)
        Time of each row within its trial.
    labels : tuple of str
        Arguments that were text: their values are class codes without order or distance.
    """

    x: Floats
    y: Floats
    given: Floats | None
    trials: NDArray[np.int64]
    times: Floats
    labels: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """The number of rows."""
        return len(self.x)

    @property
    def together(self) -> Floats:
        """All coordinates (n, d), in the order x, given, y."""
        parts = [self.x, *([] if self.given is None else [self.given]), self.y]
        return np.hstack(parts)

    def admissible(self, window: float) -> NDArray[np.int64]:
        """Return how many other rows each row may have as neighbours outside a Theiler window."""
        counts = np.empty(self.n, np.int64)
        in_order = np.lexsort((self.times, self.trials))
        begins = np.flatnonzero(np.diff(self.trials[in_order])) + 1
        for members in np.split(in_order, begins):
            counts[members] = self.n - _near_in_time(self.times[members], window)
        return counts


def _near_in_time(times: Floats, window: float) -> NDArray[np.int64]:
    """Count, for each of sorted times, those within the window, itself included."""
    n = len(times)
    # The expression must be the kernel's, |difference| <= window: a sum rounds differently.
    first = np.searchsorted(times, times - window, "left")
    last = np.searchsorted(times, times + window, "right")
    rows = np.arange(n)
    for _ in range(2):
        first -= (first > 0) & (np.abs(times[np.maximum(first - 1, 0)] - times) <= window)
        last += (last < n) & (np.abs(times[np.minimum(last, n - 1)] - times) <= window)
        first += (first < rows) & (np.abs(times[np.minimum(first, n - 1)] - times) > window)
        last -= (last > rows + 1) & (np.abs(times[np.maximum(last - 1, 0)] - times) > window)
    return last - first


@lru_cache(maxsize=8)
def digammas(n: int) -> Floats:
    """Return digamma(0), ..., digamma(n); NaN at 0."""
    table = np.concatenate([[np.nan], digamma(np.arange(1.0, n + 1))])
    table.setflags(write=False)
    return table


def some_rows(n: int) -> None:
    """Check that there is at least one row."""
    if n == 0:
        raise InputError("x must have at least one row, got 0 rows; give some samples")


def neighbours_outside(samples: Samples, window: float, k: int) -> None:
    """Check that each row has k rows outside its Theiler window."""
    fewest = int(samples.admissible(window).min())
    if fewest < k:
        raise InputError(
            f"theiler must leave every row k = {k} neighbours, got a window of {window:g} that "
            f"leaves some row {fewest} of {samples.n} rows; lower theiler or k, or give more rows"
        )


def unconditional(samples: Samples, name: str) -> None:
    """Refuse a condition that an estimator cannot take."""
    if samples.given is not None:
        raise InputError(
            f"given must be None with {name}, got a condition; use KSG, Gaussian, Discrete, Binned "
            "or MixedKSG for a conditional information"
        )


def scaled(samples: Floats, scale: str) -> Floats:
    """Return samples (n, d) with each coordinate rescaled: as is, z-scored or to normal scores.

    A constant coordinate becomes zero under "zscore" and "rank".
    """
    if scale == "zscore":
        return zscored(samples)[0]
    if scale == "rank":
        from scipy.stats import rankdata  # half of the time of a first estimate

        scores = np.empty_like(samples)
        for c, column in enumerate(samples.T):  # all at once takes ten times the memory
            scores[:, c] = ndtri(rankdata(column) / (len(samples) + 1))
        return scores
    return samples


def zscored(samples: Floats) -> tuple[Floats, Floats]:
    """Return z-scores of samples (n, d), zero for a constant coordinate, and deviations (d,)."""
    if len(samples) == 0:
        return samples, np.zeros(samples.shape[1])
    width = np.ptp(samples, axis=0)
    constant = width == 0.0
    # Divided by the width first, because the squares of tiny numbers are 0.
    centred = (samples - samples.mean(axis=0)) / np.where(constant, 1.0, width)
    deviation = np.where(constant, 1.0, centred.std(axis=0))
    return np.where(constant, 0.0, centred / deviation), deviation * width


def jittered(samples: Floats, amplitude: float, unit: str, random: np.random.Generator) -> Floats:
    """Add uniform noise from [0, amplitude) to every entry; nothing is drawn for amplitude 0.

    The amplitude is absolute, or in standard deviations ("sd") of each coordinate that is not
    constant.
    """
    if amplitude == 0.0:
        return samples
    noise = amplitude * random.random(samples.shape)
    if unit == "sd":
        deviations = zscored(samples)[1]
        noise *= np.where(deviations > 0.0, deviations, 1.0)
    return samples + noise


def distinct_rows(samples: Floats, **options: Any) -> Any:
    """Call np.unique on the rows of samples (n, d), each row as one value."""
    rows = np.ascontiguousarray(samples + 0.0)  # -0.0 and 0.0 are one value
    kind = np.dtype((np.void, rows.itemsize * rows.shape[1]))
    return np.unique(rows.view(kind).ravel(), **options)


def flags_of(samples: Floats) -> list[str]:
    """Return the flags of samples (n, d) for nearest-neighbour estimates."""
    found = []
    ordered = np.sort(np.ascontiguousarray(samples.T), axis=1)
    same = ordered[:, 1:] == ordered[:, :-1]
    if same.all(axis=1).any():
        found.append("constant")
    tied = same.any(axis=1)
    if tied.any():
        found.append("ties")
    if tied.all():  # otherwise one coordinate makes all rows distinct
        copies = distinct_rows(samples, return_counts=True)[1]
        if len(copies) < _FEW_DISTINCT * len(samples):
            found.append("duplicates")
    if samples.shape[1] > _HIGH_DIMENSION:
        found.append("high-dimensional")
    if len(samples) < SAMPLES_PER_COORDINATE * samples.shape[1]:
        found.append("few-samples")
    return found


def uneven(prepared: Floats) -> bool:
    """Return whether the widths of the coordinates of prepared samples (n, d) differ much."""
    widths = np.ptp(prepared, axis=0)
    widths = widths[widths > 0.0]
    return len(widths) > 1 and bool(widths.max() > _UNEVEN * widths.min())


def wide_window(samples: Samples, window: float) -> bool:
    """Return whether a Theiler window excludes so many rows that psi(n) is clearly too large."""
    return bool(np.log(samples.n / samples.admissible(window)).mean() > _WIDE_WINDOW)
