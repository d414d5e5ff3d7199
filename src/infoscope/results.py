"""What an estimate is: a number with its unit, its samples, its ceiling and its warnings."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

NATS_PER_BIT = float(np.log(2.0))

# Estimates above this share of their ceiling are limited by it.
SATURATED = 0.9

# What each flag of an estimate means, and what to do about it.
FLAGS = {
    "constant": "a coordinate has one value only and carries no information; leave it out",
    "ties": "a coordinate has repeated values, which k-NN estimators of continuous variables "
    "misread; compare with estimator='auto' or MixedKSG()",
    "duplicates": "more than a tenth of the rows are copies of others; if samples were recorded "
    "twice, keep one of each (Recording.unique_days) or set a Theiler window; if the values are "
    "discrete, take estimator='auto'",
    "coincident": "more than k rows are copies of one another, so that k-NN distances are zero "
    "and the estimate is meaningless; take estimator='auto' or MixedKSG()",
    "saturated": "limited by the number of samples: near the largest value that they allow, or "
    "more than a fifth of the values occur only once; give more samples, or fewer coordinates",
    "high-dimensional": "more than ten coordinates, where k-NN estimates depend on the scale and "
    "the number of samples; compare with Gaussian(copula=True), LinearDecoder() and "
    "subsampling_drift",
    "uneven-scales": "the widths of coordinates differ by more than a factor of ten, through "
    "units or outliers, and the max norm sees only the widest; set scale='zscore' or scale='rank'",
    "wide-window": "the Theiler window excludes many rows that psi(n) still counts, which raises "
    "the estimate by about ln(n / rows outside); narrow the window",
    "above-ceiling": "larger than this many samples allow unless distances are equal, as on a "
    "grid; take MixedKSG(), or a jitter as large as a step of the grid",
    "negative": "the true value cannot be negative, so the error of the estimate is at least its "
    "size; do not set it to 0 before averaging",
    "negative-tse": "the true TSE complexity cannot be negative: the bias of the entropies exceeds "
    "it; take corrected_plane for layers of a network, Gaussian() for other variables",
    "data-processing": "the estimate for the output exceeds that for the hidden layer, of which "
    "the output is a function: together they are off by the difference or more; compare with "
    "corrected_plane",
    "dependent": "rows are autocorrelated, so that the effective sample size is n_effective and "
    "errors are larger than those of n independent rows; set a Theiler window, and test against "
    "surrogates that keep the autocorrelation",
    "few-samples": "fewer than ten samples per coordinate, so that the covariance is mostly noise; "
    "give more samples or fewer coordinates",
    "single-members": "classes of one sample were left out; n says how many remain",
    "labels": "text was taken as labels: classes without order or distance",
    "auto-discrete": "estimator='auto' chose Discrete",
    "auto-mixed": "estimator='auto' chose MixedKSG",
    "auto-gaussian-copula": "estimator='auto' chose Gaussian(copula=True)",
    "auto-ksg": "estimator='auto' chose KSG of normal scores",
    "few-values": "all variables have so few values that each combination occurs often",
    "tied-values": "a variable has fewer distinct values than a fifth of the samples",
    "many-coordinates": "more than ten coordinates, where neighbours are all equally far",
    "many-rows": "more than two coordinates and 50,000 rows, where a k-NN search takes long",
    "continuous": "few coordinates, each of many values",
}


@dataclass(frozen=True)
class Estimate:
    """One estimated quantity.

    Parameters
    ----------
    nats : float
        The estimate in nats. Never clipped: near independence it may be negative.
    n : int
        Number of samples.
    estimator : object
        The estimator with all its parameters.
    ceiling_nats : float
        The largest value that this estimator can return for n samples; infinite if unbounded.
    flags : tuple of str
        Warnings, one word each: ``constant``, ``ties``, ``duplicates``, ``coincident``
        (more than k samples are copies of one another, where neighbour distances are zero and
        the ceiling does not hold), ``saturated`` (within 10 % of the ceiling),
        ``high-dimensional``, ``negative``, ``dependent`` (rows follow one another so closely
        that they are worth fewer than seven tenths of them), and why "auto" chose as it did.
        ``warnings`` says what each means and what to do.
    standard_error_nats : float
        Standard error where the method gives one, otherwise NaN.
    upper_nats : float
        Where the estimate is a lower bound and the method has an upper one too, otherwise NaN.
    n_effective : float
        How many independent rows would tell as much, by Bartlett's formula from the
        autocorrelation of both variables within trials; NaN where the order of time is unknown.

    Examples
    --------
    >>> Estimate(nats=np.log(2), n=100, estimator=None).bits
    1.0
    >>> Estimate(nats=np.log(2), n=90, estimator=None, flags=("single-members",)).warnings
    ('single-members: classes of one sample were left out; n says how many remain',)
    """

    nats: float
    n: int
    estimator: Any
    ceiling_nats: float = np.inf
    flags: tuple[str, ...] = field(default=())
    standard_error_nats: float = np.nan
    upper_nats: float = np.nan
    n_effective: float = np.nan

    @property
    def k(self) -> int | None:
        """The number of neighbours, None where the estimator has none."""
        return getattr(self.estimator, "k", None)

    @property
    def scale(self) -> str | None:
        """What was done to each coordinate first, None where the estimator has no such choice."""
        return getattr(self.estimator, "scale", None)

    @property
    def theiler(self) -> float | None:
        """The Theiler window, None where the estimator has none."""
        return getattr(self.estimator, "theiler", None)

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence for each flag: what it means, and what to do."""
        return tuple(f"{flag}: {FLAGS[flag]}" for flag in self.flags)

    @property
    def bits(self) -> float:
        """The estimate in bits."""
        return float(self.nats / NATS_PER_BIT)

    @property
    def ceiling_bits(self) -> float:
        """The largest value that this estimator can return for n samples, in bits."""
        return self.ceiling_nats / NATS_PER_BIT

    @property
    def upper_bits(self) -> float:
        """The upper bound in bits, NaN where the method gives none."""
        return self.upper_nats / NATS_PER_BIT

    @property
    def standard_error_bits(self) -> float:
        """The standard error in bits, NaN where the method gives none."""
        return self.standard_error_nats / NATS_PER_BIT

    def to_frame(self) -> pd.DataFrame:
        """Return the estimate as a table of one row."""
        row = {
            "bits": self.bits,
            "standard_error_bits": self.standard_error_bits,
            "ceiling_bits": self.ceiling_bits,
            "n": self.n,
            "n_effective": self.n_effective,
            "k": self.k,
            "scale": self.scale,
            "theiler": self.theiler,
            "estimator": str(self.estimator),
            "flags": " ".join(self.flags),
        }
        return pd.DataFrame([row])
