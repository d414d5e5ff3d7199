"""What an estimate is: a number with its unit, its samples, its ceiling and its warnings."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd

from infoscope._results import Result, brief, listed_flags, plain, shortened
from infoscope._validate import fields_are

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
    "above-uniform": "larger than the logarithm of the number of values that occur, by the "
    "correction for bias: possible only if others exist that did not occur; if none do, "
    "compare with Discrete(), which has no correction and cannot exceed it",
    "negative": "the true value cannot be negative, so the error of the estimate is at least its "
    "size; do not set it to 0 before averaging",
    "negative-tse": "the true TSE complexity cannot be negative: the bias of the entropies exceeds "
    "it; take held_out_plane for layers of a network, Gaussian() for other variables",
    "data-processing": "the estimate for the output exceeds that for the hidden layer, of which "
    "the output is a function: together they are off by the difference or more; compare with "
    "held_out_plane",
    "dependent": "rows are autocorrelated, so that the effective sample size is n_effective and "
    "errors are larger than those of n independent rows; set a Theiler window, and test against "
    "surrogates that keep the autocorrelation",
    "few-samples": "fewer than ten samples per coordinate: mostly chance decides the estimate; "
    "give more samples or fewer coordinates",
    "single-members": "classes of one sample were left out; n says how many remain",
    "label-decoded": "y has few values, to which a Gaussian does not apply: a linear classifier "
    "decoded it as a label; nothing needs to be done",
    "labels": "text was taken as labels: classes without order or distance",
    "redundant": "coordinates are linear functions of others on their side, or of what is given, "
    "and were left out, which does not change the information; nothing needs to be done",
    "ties-broken": "equal values were set apart at random by noise too small to be seen, which "
    "leaves the information as it is; another random_state gives a slightly different number",
    "drift": "both variables follow a trend, or remember a tenth of the rows, which a shift in "
    "time takes for information: p may be too small; take differences, or subtract the trend",
    "auto-discrete": "estimator='auto' counted values (Discrete)",
    "auto-ksg": "estimator='auto' took KSG of normal scores",
    "auto-kl": "estimator='auto' took KozachenkoLeonenko",
    "auto-ross": "estimator='auto' took Ross of normal scores",
    "auto-label-decoder": "estimator='auto' took LabelDecoder, which a linear classifier bounds",
    "auto-gaussian-copula": "estimator='auto' took Gaussian(copula=True), a lower bound where the "
    "relation is not Gaussian",
    "no-change": "a side never changes, so that the information is 0",
    "in-proportion": "each value of one side occurs with each of the other exactly as often as "
    "independence has it, so that the information is 0",
    "few-values": "each combination of values occurs often",
    "recurring-values": "nearly all values recur: it is the entropy of values, not of a density",
    "label": "one side is a label with few values, the other has several coordinates",
    "few-coordinates": "no more than three coordinates",
    "point-masses": "a value takes a fifth of the rows or more, which no Gaussian copula has: it "
    "may err either way; compare with KSG(scale='rank', ties='random') of fewer coordinates",
    "some-coordinates": "more than three coordinates, where each estimator errs low",
    "many-coordinates": "more than ten coordinates, where neighbours are all equally far",
    "many-rows": "more than three coordinates and 50,000 rows, where a k-NN search takes long",
    "continuous": "no value occurs more than four times",
    "one-by-one": "the entropies of the coordinates minus their total correlation, the smaller "
    "of two estimates that err high; take KozachenkoLeonenko(k=4) for the other one",
}


def listed(names: Sequence[str], most: int = 6) -> str:
    """Return the first names, and how many more there are.

    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


@dataclass(frozen=True, eq=False, repr=False)
class Estimate(Result):
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
        Warnings, one word each: ``constant``, ``ties``, ``duplicates``, ``ties-broken`` (equal
        values were set apart at random), ``saturated`` (within 10 % of the ceiling),
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
    p : float
        How often surrogates in which the null holds give as much, (1 + number that do) /
        (1 + surrogates); NaN without a test.
    null : str
        The null tested, by its name in `describe_nulls`; empty without a test.
    null_mean_nats : float
        Mean of the surrogates: the bias that the estimate has where the null holds; NaN without.
    surrogates : int
        How many there were.
    n_missing : int
        Rows left out because a value was missing.
    left_out : tuple of str
        Coordinates that the estimator left out because they cannot change the information,
        constant or redundant ones, for example ``x[1]``.

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
    p: float = np.nan
    null: str = ""
    null_mean_nats: float = np.nan
    surrogates: int = 0
    n_missing: int = 0
    left_out: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        """Check what the fields are, so that no method fails far from the cause."""
        fields_are(self, nats=Real, n=Integral, ceiling_nats=Real, flags=tuple)

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
        where = f" ({listed(self.left_out)})" if self.left_out else ""
        return tuple(
            f"{flag}: {FLAGS[flag]}" + (where if flag in ("constant", "redundant") else "")
            for flag in self.flags
        )

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

    @property
    def null_mean_bits(self) -> float:
        """The mean of the surrogates in bits, NaN without a test."""
        return self.null_mean_nats / NATS_PER_BIT

    @property
    def effective_bits(self) -> float:
        """The estimate less the mean of its surrogates, NaN without a test.

        Of a transfer entropy, the effective one of R. Marschinski, H. Kantz, Eur. Phys. J. B 30,
        275 (2002), equation (9).
        """
        return self.bits - self.null_mean_bits

    def __repr__(self) -> str:
        """Return the value, how it was estimated, and what to doubt, in one line."""
        return shortened(self._line())

    def _line(self) -> str:
        tested = f", p = {self.p:.3g}" if self.null else ""
        missing = f", {self.n_missing} missing" if self.n_missing else ""
        about = f"n = {self.n}{missing}, {brief(self.estimator)}{listed_flags(self.flags)}"
        return f"{with_error(self.bits, self.standard_error_bits)} bits{tested} ({about})"

    def to_dict(self) -> dict[str, Any]:
        """Return the estimate by the names of its numbers, for example for ``json``."""
        return plain(
            {
                "bits": self.bits,
                "nats": self.nats,
                "standard_error_bits": self.standard_error_bits,
                "p": self.p,
                "null": self.null,
                "null_mean_bits": self.null_mean_bits,
                "effective_bits": self.effective_bits,
                "surrogates": self.surrogates,
                "upper_bits": self.upper_bits,
                "ceiling_bits": self.ceiling_bits,
                "n": self.n,
                "n_missing": self.n_missing,
                "n_effective": self.n_effective,
                "k": self.k,
                "scale": self.scale,
                "theiler": self.theiler,
                "estimator": str(self.estimator),
                "flags": self.flags,
            }
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the estimate as a table of one row."""
        return pd.DataFrame([self.to_dict() | {"flags": " ".join(self.flags)}])


def with_error(value: float, error: float) -> str:
    """Return a value and its standard error, both rounded to where the error begins.

    >>> with_error(0.32154, 0.0213), with_error(0.32154, 0.0137), with_error(0.32154, np.nan)
    ('0.32 ± 0.02', '0.322 ± 0.014', '0.3215')
    """
    if not (np.isfinite(error) and error > 0.0):
        return f"{value:.4g}"
    exponent = int(np.floor(np.log10(error)))
    digits = max(0, -exponent + (error < 2.0 * 10.0**exponent))
    return f"{value:.{digits}f} ± {error:.{digits}f}"
