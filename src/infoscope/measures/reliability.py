"""Reliability of estimates: drift with sample size, ceilings, data-processing inequality."""

from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from infoscope._errors import EstimationError, InputError
from infoscope._results import Result
from infoscope._validate import (
    Floats,
    array_of_numbers,
    fields_are,
    finite_array,
    generator,
    real_number,
    whole_number,
)
from infoscope.estimators import KSG
from infoscope.estimators._samples import ROUNDING
from infoscope.estimators.estimate import NATS_PER_BIT, Estimate
from infoscope.estimators.protocols import Windowed
from infoscope.measures.estimation import Estimator, estimation, samples_of, told
from infoscope.measures.subsampling import PARTS, Rows, part_estimates, rows_of, whole_variance

_DEFAULT = KSG()


@dataclass(frozen=True, eq=False, repr=False)
class SubsamplingDrift(Result):
    """Mean and spread of an estimate from subsamples of decreasing size.

    Parameters
    ----------
    table : DataFrame
        One row per number of ``parts``, from 1 on: mean number of ``rows`` of a part,
        ``mean_bits`` of the parts' estimates, their ``spread_bits`` (standard deviation; NaN for
        one part), the ``fitted_spread_bits`` of the variance law, and ``standard_error_bits`` of
        the mean: spread / sqrt(parts), for one part from the law.
    estimate : Estimate
        From all rows, with the standard error from the law.
    threshold : float
        Largest statistic without a drift.
    """

    table: pd.DataFrame
    estimate: Estimate
    threshold: float

    def __post_init__(self) -> None:
        """Check the types of the fields."""
        fields_are(self, table=pd.DataFrame, estimate=Estimate, threshold=Real)

    @property
    def standard_error_bits(self) -> float:
        """Standard error s of the estimate: the law is Var(1 of m parts) = m s^2."""
        return self.estimate.standard_error_bits

    @property
    def statistic(self) -> float:
        """Slope of the mean against the number of parts, in standard errors.

        By the law each mean has the variance s^2, whatever its number of parts. The standard error
        of the slope assumes independent means, the worst case for means of one sample.
        """
        parts = self.table["parts"].to_numpy(float)
        apart = parts - parts.mean()
        size = float(np.sqrt((apart**2).sum()))
        return abs(float(apart @ self.table["mean_bits"]) / size) / self.standard_error_bits

    @property
    def drifts(self) -> bool:
        """Whether the estimate depends on the sample size, which shows a bias.

        The converse does not hold: a bias that is the same for all sizes shows no drift.
        """
        return self.statistic > self.threshold

    def to_frame(self) -> pd.DataFrame:
        """Return the table, one row per number of parts."""
        return self.table.copy()

    def _line(self) -> str:
        found = "drift" if self.drifts else "no drift"
        return f"{found}: {self.statistic:.3g} of {self.threshold:.3g}; {self.estimate!r}"

    def _facts(self) -> dict[str, Any]:
        return {
            "drifts": self.drifts,
            "statistic": self.statistic,
            "threshold": self.threshold,
            "estimate": self.estimate.to_dict(),
        }


def subsampling_drift(
    x: ArrayLike,
    y: ArrayLike,
    *,
    given: ArrayLike | None = None,
    estimator: Estimator = _DEFAULT,
    parts: int = PARTS,
    trials: ArrayLike | None = None,
    times: ArrayLike | None = None,
    threshold: float = 3.0,
    random_state: Any = 0,
    n_jobs: int | None = -1,
) -> SubsamplingDrift:
    """Test whether an estimate of I(X; Y), or I(X; Y | Z), depends on the number of samples.

    The rows are cut into 2, 3, ... unbroken stretches, whole trials if there are enough, and
    each is estimated alone. An unbiased estimator has the same mean for few rows as for many;
    only the variance grows, in proportion to the number of parts.

    Parameters
    ----------
    x, y : array, shape (n,) or (n, d)
        Samples of X and Y, in time order.
    given : array, shape (n,) or (n, d), optional
        Samples of Z.
    estimator : MutualInformation or "auto"
        For example ``KSG(k=4)``.
    parts : int
        Largest number of parts.
    trials, times : array, shape (n,), optional
        As for `mutual_information`.
    threshold : float
        Drift, in standard errors, above which ``.drifts`` is True. Without bias, that of KSG
        exceeds 3 in up to 4 of 100 samples, least often at moderate dependence.
    random_state : int, Generator or None
        Source of an estimator's jitter, folds or noise.
    n_jobs : int
        Threads; -1 for one per core. The result does not depend on it.

    Returns
    -------
    SubsamplingDrift
        With the verdict in ``.drifts`` and the data in ``.table``. Changes over time, such as a
        season, also appear as a drift.

    Raises
    ------
    InputError
        As `mutual_information`; also if a part has too few rows for the estimator.
    EstimationError
        If the quantity is not defined on all rows or on a part, or does not vary.

    References
    ----------
    C. M. Holmes, I. Nemenman, Phys. Rev. E 100, 022404 (2019), for parts and law; we use
    stretches instead of random parts, and our own statistic.

    Examples
    --------
    KSG is unbiased in the plane, but its estimate falls with fewer rows in 20 dimensions.

    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(500, 10))
    >>> y = 0.6 * x + 0.8 * rng.normal(size=(500, 10))
    >>> subsampling_drift(x[:, 0], y[:, 0]).drifts, subsampling_drift(x, y).drifts
    (False, True)
    """
    parts = whole_number(parts, "parts", 3)
    threshold = real_number(threshold, "threshold", 0.0)
    if isinstance(estimator, Windowed) and estimator.theiler:
        raise InputError(
            f"estimator must have no Theiler window for a drift test, got {estimator}; set "
            "theiler=0, since a window excludes a larger share of a smaller part"
        )
    samples = samples_of(x, y, given, trials, times)
    estimate = estimation(samples, estimator, generator(random_state), n_jobs)
    whole = told(estimate(samples), samples)

    def part(rows: Rows) -> float:
        return estimate(rows_of(samples, rows)).nats

    found = part_estimates(part, samples, parts)
    error = float(np.sqrt(whole_variance(found)))
    if error <= ROUNDING:
        raise EstimationError(
            "the drift is not defined: every part gives the same estimate, so that the standard "
            "error is 0; drop constant variables"
        )
    whole = replace(whole, standard_error_nats=error)
    return SubsamplingDrift(_drift_table(whole, found), whole, threshold)


def _drift_table(whole: Estimate, found: list[Floats]) -> pd.DataFrame:
    error = whole.standard_error_bits
    rows = [(1, float(whole.n), whole.bits, np.nan, error, error)]
    for nats in found:
        m, bits = len(nats), nats / NATS_PER_BIT
        spread = float(bits.std(ddof=1))
        law = error * m**0.5
        rows.append((m, whole.n / m, float(bits.mean()), spread, law, spread / m**0.5))
    columns = ["parts", "rows", "mean_bits", "spread_bits", "fitted_spread_bits"]
    return pd.DataFrame(rows, columns=[*columns, "standard_error_bits"])


@dataclass(frozen=True, eq=False, repr=False)
class Check(Result):
    """Values compared with their upper limits.

    Parameters
    ----------
    name : str
        Name of the check: ``ceiling`` or ``data-processing``.
    values, limits : array
        Of the same shape, () for a single value; in bits, or the unit of the arrays given.
    """

    name: str
    values: Floats
    limits: Floats

    def __post_init__(self) -> None:
        """Check what the fields are, so that no method fails far from the cause."""
        fields_are(self, name=str)

    @property
    def holds(self) -> NDArray[np.bool_]:
        """Whether each value is at most its limit."""
        return np.asarray(self.values <= self.limits)

    @property
    def all_hold(self) -> bool:
        """Whether every value is at most its limit."""
        return bool(self.holds.all())

    def to_frame(self) -> pd.DataFrame:
        """Return one row per value: check, value, limit, holds."""
        columns = {"value": self.values, "limit": self.limits, "holds": self.holds}
        table = pd.DataFrame({name: np.ravel(column) for name, column in columns.items()})
        table.insert(0, "check", self.name)
        return table

    def _line(self) -> str:
        return f"{self.name}: {int(self.holds.sum())} of {self.holds.size} values hold"

    def _facts(self) -> dict[str, Any]:
        return {"all_hold": self.all_hold}


def ceiling_check(
    values: Estimate | ArrayLike, *, ceiling: ArrayLike | None = None, share: float = 0.9
) -> Check:
    """Check that estimates are well below the ceiling for their number of samples.

    Parameters
    ----------
    values : Estimate or array
        Estimates, for example a curve of an information plane.
    ceiling : number or array, optional
        The largest possible values, in the unit of ``values``; an Estimate has its own.
    share : float
        Values above this share of the ceiling fail.

    Returns
    -------
    Check
        ``.holds`` in the shape of ``values``.

    Raises
    ------
    InputError
        If an array has no ceiling, or is not finite.

    References
    ----------
    The ceiling psi(n) - psi(k) is the value for a copy in equation (8) of A. Kraskov, H.
    Stögbauer, P. Grassberger, Phys. Rev. E 69, 066138 (2004); no high-confidence lower bound can
    exceed about ln n (D. McAllester, K. Stratos, AISTATS 2020).

    Examples
    --------
    >>> ceiling_check([2.0, 6.9], ceiling=6.95).holds
    array([ True, False])
    """
    share = real_number(share, "share", 0.0)
    if isinstance(values, Estimate):
        ceiling = values.ceiling_bits if ceiling is None else ceiling
        values = values.bits
    if ceiling is None:
        raise InputError(
            "ceiling must be given for an array, got none; use the ceiling_bits of the plane or "
            "flow of the values"
        )
    if not np.isposinf(array_of_numbers(ceiling, "ceiling")).all():  # unbounded estimators
        ceiling = finite_array(ceiling, "ceiling")
    values, ceiling = _of_one_shape(values=finite_array(values, "values"), ceiling=ceiling)
    return Check("ceiling", values, share * ceiling)


def data_processing_check(
    processed: Estimate | ArrayLike,
    original: Estimate | ArrayLike,
    *,
    standard_error: ArrayLike | None = None,
    errors: float = 2.0,
) -> Check:
    """Check the data-processing inequality: I(O; Y) <= I(H; Y) for O a function of H.

    Estimates that violate it by more than their error do not measure information.

    Parameters
    ----------
    processed, original : Estimate or array
        I(O; Y) and I(H; Y), for example two curves of an information plane.
    standard_error : number or array, optional
        Standard error of their difference, in their unit. By default, for two Estimates with
        standard errors, the root of the sum of squares.
    errors : float
        Tolerance in standard errors.

    Returns
    -------
    Check
        ``.holds`` where processed <= original + errors * standard_error.

    Raises
    ------
    InputError
        If there is no standard error, an array is not finite, or shapes do not match.

    References
    ----------
    T. M. Cover, J. A. Thomas, Elements of Information Theory, 2nd ed., Wiley (2006), theorem
    2.8.1.

    Examples
    --------
    >>> check = data_processing_check([1.0, 1.5], [1.2, 1.2], standard_error=0.1)
    >>> check.holds
    array([ True, False])
    """
    errors = real_number(errors, "errors", 0.0)
    both = [processed, original]
    if standard_error is None:
        squares = [e.standard_error_bits**2 for e in both if isinstance(e, Estimate)]
        standard_error = float(np.sqrt(np.sum(squares))) if len(squares) == 2 else np.nan
        if np.isnan(standard_error):
            raise InputError(
                "standard_error must be given, got none, nor two estimates that have one; "
                "estimate both with standard_error=True"
            )
    error = finite_array(standard_error, "standard_error")
    if (error < 0.0).any():
        raise InputError(f"standard_error must be >= 0, got {float(error.min()):g}; try 0")
    below, above = (e.bits if isinstance(e, Estimate) else e for e in both)
    below, above, error = _of_one_shape(
        processed=finite_array(below, "processed"),
        original=finite_array(above, "original"),
        standard_error=error,
    )
    return Check("data-processing", below, above + errors * error)


def _of_one_shape(**arrays: ArrayLike) -> tuple[Floats, ...]:
    try:
        return tuple(np.broadcast_arrays(*(np.asarray(a, float) for a in arrays.values())))
    except ValueError as error:
        shapes = ", ".join(f"{name} {np.shape(a)}" for name, a in arrays.items())
        raise InputError(
            f"arrays must have one shape, or be one number, got {shapes}; give one value for each"
        ) from error
