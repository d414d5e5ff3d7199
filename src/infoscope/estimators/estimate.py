"""The result of an estimator: a value with its sample size, ceiling, error and warnings."""

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

# Meaning of each flag, and what to do about it.
FLAGS = {
    "constant": "a coordinate has only one value and carries no information; leave it out",
    "ties": "a coordinate has repeated values, which bias k-NN estimators of continuous "
    "variables; compare with estimator='auto' or MixedKSG()",
    "duplicates": "more than a tenth of the rows are copies of others; if samples were recorded "
    "twice, keep one of each (Recording.unique_days) or set a Theiler window; if the values are "
    "discrete, take estimator='auto'",
    "saturated": "limited by the number of samples: close to the largest possible value, or more "
    "than a fifth of the values occur only once; give more samples or fewer coordinates",
    "high-dimensional": "more than ten coordinates, where k-NN estimates depend on the scale and "
    "the number of samples; compare with Gaussian(copula=True), LinearDecoder() and "
    "subsampling_drift",
    "uneven-scales": "the widths of coordinates differ by more than a factor of ten because of "
    "units or outliers; the widest dominates the max norm; set scale='zscore' or scale='rank'",
    "wide-window": "the Theiler window excludes many rows that psi(n) still counts, which raises "
    "the estimate by about ln(n / rows outside); narrow the window",
    "above-ceiling": "above the ceiling for this number of samples, because distances are equal, "
    "as on a grid; take MixedKSG(), or a jitter as large as a step of the grid",
    "above-uniform": "above the logarithm of the number of observed values, because of the bias "
    "correction: possible only if unobserved values exist; otherwise compare with Discrete(), "
    "which has no correction and cannot exceed it",
    "negative": "the true value cannot be negative, so the error is at least the size of the "
    "estimate; do not set it to 0 before averaging",
    "negative-tse": "the true TSE complexity cannot be negative: the bias of the entropies exceeds "
    "it; take held_out_plane for layers of a network, Gaussian() for other variables",
    "data-processing": "the estimate for the output exceeds the estimate for the hidden layer, "
    "which determines the output: their errors add up to the difference or more; compare with "
    "held_out_plane",
    "dependent": "rows are autocorrelated, so that the effective sample size is n_effective and "
    "errors are larger than for n independent rows; set a Theiler window, and test against "
    "surrogates that keep the autocorrelation",
    "few-samples": "fewer than ten samples per coordinate, so that chance dominates the estimate; "
    "give more samples or fewer coordinates",
    "single-members": "classes of one sample were left out; n counts the remaining rows",
    "label-decoded": "y has few values and is not Gaussian: a linear classifier decoded it as a "
    "label; nothing needs to be done",
    "labels": "text was read as labels: classes without order or distance",
    "redundant": "coordinates are linear functions of others of the same variable or of given, "
    "and were left out, which does not change the information; nothing needs to be done",
    "ties-broken": "ties were broken at random by negligible noise, which leaves the information "
    "unchanged; another random_state gives a slightly different number",
    "drift": "both variables follow a trend, or are correlated over a tenth of the rows, which a "
    "shift in time mistakes for information: p may be too small; take differences or detrend",
    "auto-discrete": "estimator='auto' counted values (Discrete)",
    "auto-ksg": "estimator='auto' took KSG of normal scores",
    "auto-kl": "estimator='auto' took KozachenkoLeonenko",
    "auto-ross": "estimator='auto' took Ross of normal scores",
    "auto-label-decoder": "estimator='auto' took LabelDecoder, a lower bound",
    "auto-gaussian-copula": "estimator='auto' took Gaussian(copula=True), a lower bound where the "
    "relation is not Gaussian",
    "no-change": "a variable is constant, so that the information is 0",
    "in-proportion": "x and y occur together exactly as often as under independence, so that the "
    "information is 0",
    "few-values": "each combination of values occurs often",
    "recurring-values": "nearly all values recur: the entropy is discrete, not differential",
    "label": "one variable is a label with few values, the other has several coordinates",
    "few-coordinates": "no more than three coordinates",
    "point-masses": "one value has a fifth of the rows or more, unlike any Gaussian copula, which "
    "may err either way; compare with KSG(scale='rank', ties='random') of fewer coordinates",
    "some-coordinates": "more than three coordinates, where each estimator errs low",
    "many-coordinates": "more than ten coordinates, where neighbours are all equally far",
    "many-rows": "more than three coordinates and 50,000 rows, where a k-NN search is slow",
    "continuous": "no value occurs more than four times",
    "one-by-one": "the marginal entropies minus the total correlation, the smaller of two "
    "estimates that err high; take KozachenkoLeonenko(k=4) for the other",
}


def listed(names: Sequence[str], most: int = 6) -> str:
    """Return the first names, and the number of the others.

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
        Warnings, one word each: ``constant``, ``ties``, ``duplicates``, ``ties-broken``,
        ``saturated`` (within 10 % of the ceiling), ``high-dimensional``, ``negative``,
        ``dependent`` (the effective sample size is below seven tenths of n), and the reasons for
        the choice of "auto". ``warnings`` explains each and says what to do.
    standard_error_nats : float
        Standard error if the method gives one, otherwise NaN.
    upper_nats : float
        Upper bound if the estimate is a lower bound and the method gives both, otherwise NaN.
    n_effective : float
        Effective sample size, by Bartlett's formula from the autocorrelation of both variables
        within trials; NaN if the order of rows in time is unknown.
    p : float
        p-value (1 + surrogates at least as large) / (1 + surrogates); NaN without a test.
    null : str
        Name of the null tested, as in `describe_nulls`; empty without a test.
    null_mean_nats : float
        Mean of the surrogates, the bias of the estimate under the null; NaN without a test.
    surrogates : int
        Number of surrogates.
    n_missing : int
        Rows left out because a value was missing.
    left_out : tuple of str
        Constant or redundant coordinates that the estimator left out, for example ``x[1]``; they
        cannot change the information.

    Examples
    --------
    >>> Estimate(nats=np.log(2), n=100, estimator=None).bits
    1.0
    >>> Estimate(nats=np.log(2), n=90, estimator=None, flags=("single-members",)).warnings
    ('single-members: classes of one sample were left out; n counts the remaining rows',)
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
        """Check the types of the fields."""
        fields_are(self, nats=Real, n=Integral, ceiling_nats=Real, flags=tuple)

    @property
    def k(self) -> int | None:
        """The number of neighbours; None if the estimator has none."""
        return getattr(self.estimator, "k", None)

    @property
    def scale(self) -> str | None:
        """The rescaling of each coordinate; None if the estimator has no such option."""
        return getattr(self.estimator, "scale", None)

    @property
    def theiler(self) -> float | None:
        """The Theiler window; None if the estimator has none."""
        return getattr(self.estimator, "theiler", None)

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence for each flag: its meaning, and what to do."""
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
        """The upper bound in bits; NaN if the method gives none."""
        return self.upper_nats / NATS_PER_BIT

    @property
    def standard_error_bits(self) -> float:
        """The standard error in bits; NaN if the method gives none."""
        return self.standard_error_nats / NATS_PER_BIT

    @property
    def null_mean_bits(self) -> float:
        """The mean of the surrogates in bits; NaN without a test."""
        return self.null_mean_nats / NATS_PER_BIT

    @property
    def effective_bits(self) -> float:
        """The estimate minus the mean of its surrogates; NaN without a test.

        For transfer entropy, the effective transfer entropy of R. Marschinski, H. Kantz, Eur.
        Phys. J. B 30, 275 (2002), equation (9).
        """
        return self.bits - self.null_mean_bits

    def __repr__(self) -> str:
        """Return the value, the estimator and the flags in one line."""
        return shortened(self._line())

    def _line(self) -> str:
        tested = f", p = {self.p:.3g}" if self.null else ""
        missing = f", {self.n_missing} missing" if self.n_missing else ""
        about = f"n = {self.n}{missing}, {brief(self.estimator)}{listed_flags(self.flags)}"
        return f"{with_error(self.bits, self.standard_error_bits)} bits{tested} ({about})"

    def to_dict(self) -> dict[str, Any]:
        """Return the fields of the estimate by name, for example for ``json``."""
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
    """Return a value and its standard error, rounded to the leading digits of the error.

    >>> with_error(0.32154, 0.0213), with_error(0.32154, 0.0137), with_error(0.32154, np.nan)
    ('0.32 ± 0.02', '0.322 ± 0.014', '0.3215')
    """
    if not (np.isfinite(error) and error > 0.0):
        return f"{value:.4g}"
    exponent = int(np.floor(np.log10(error)))
    digits = max(0, -exponent + (error < 2.0 * 10.0**exponent))
    return f"{value:.{digits}f} ± {error:.{digits}f}"
