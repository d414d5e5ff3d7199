"""Steps common to all estimates: validate samples, estimate, add errors, flags and bounds."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from infoscope._errors import EstimationError, InputError
from infoscope._stretches import stretches
from infoscope._validate import (
    Floats,
    capable,
    described,
    finite_array,
    label_codes,
    row_labels,
    same_length,
    sample_array,
    threads,
)
from infoscope.estimators import Discrete, Samples, resolved
from infoscope.estimators._samples import ROUNDING, distinct_rows
from infoscope.estimators.estimate import NATS_PER_BIT, Estimate
from infoscope.estimators.protocols import MutualInformation, TakesLabels
from infoscope.measures.effective_size import dependent, effective_rows
from infoscope.measures.missing import check_of
from infoscope.measures.subsampling import Rows, part_estimates, rows_of, whole_variance

# The plug-in entropy is reliable for values that occur this often on average, in at least this
# many rows.
_RECURS, _KNOWN = 5, 50
# Tolerance of an estimate above the entropy of a variable: nats, share of the entropy, and
# standard errors of a mean of n terms of size 1.
_BEYOND, _ERRORS = 0.05, 3.0


Estimator = MutualInformation | str


def samples_of(
    x: ArrayLike,
    y: ArrayLike,
    given: ArrayLike | None,
    trials: ArrayLike | None,
    times: ArrayLike | None,
    missing: str | None = None,
) -> Samples:
    """Validate paired samples, with the trial and time of each row; missing values become NaN."""
    check = check_of(missing)
    variables = {"x": x, "y": y} | ({} if given is None else {"given": given})
    parts = {
        name: sample_array(values, name, labels=True, **check) for name, values in variables.items()
    }
    labels, when = places_of(same_length(**parts), trials, times)
    text = text_among(**variables)
    return Samples(parts["x"], parts["y"], parts.get("given"), labels, when, text)


def places_of(
    n: int, trials: ArrayLike | None, times: ArrayLike | None
) -> tuple[NDArray[np.int64], Floats]:
    """Return the trial, numbered from 0, and the time of each of n rows."""
    labels = np.zeros(n, np.int64)
    if trials is not None:
        labels = np.unique(row_labels(trials, "trials", n), return_inverse=True)[1]
    if times is None:
        by_trial = np.argsort(labels, kind="stable")
        first = np.searchsorted(labels[by_trial], labels[by_trial])
        when = np.empty(n)
        when[by_trial] = np.arange(n) - first
    else:
        when = times_of(times)
        if when.shape != (n,):
            raise InputError(
                f"times must have one number per row, shape ({n},), got {when.shape}; "
                "give the time of every row"
            )
    return labels, when


def times_of(times: ArrayLike) -> Floats:
    """Return times as numbers: dates as days since the first."""
    if np.asarray(times).dtype.kind == "M" and not np.isnat(times).any():
        dates = np.asarray(times)
        return (dates - dates.min()) / np.timedelta64(1, "D")
    if np.asarray(times).dtype.kind in "US":
        raise InputError(
            f"times must be numbers or dates, got text such as {np.asarray(times).flat[0]!r}; "
            "convert them with pandas.to_datetime(times)"
        )
    return finite_array(times, "times")


def text_among(**variables: ArrayLike | None) -> tuple[str, ...]:
    """Return the names of the variables that are text labels."""
    return tuple(
        name
        for name, values in variables.items()
        if values is not None and label_codes(values, name) is not None
    )


def suits_labels(samples: Samples, estimator: object) -> None:
    """Check that an estimator treats labels as values without order or distance."""
    if samples.labels and not isinstance(estimator, TakesLabels):
        raise InputError(
            f"{samples.labels[0]} must be numbers for {described(estimator)}, which compares "
            "distances, got labels as text; take estimator='auto', or Discrete() or Ross() if they "
            "suit the other variables"
        )


def estimation(
    samples: Samples, estimator: Estimator, random: np.random.Generator, n_jobs: int | None
) -> Callable[[Samples], Estimate]:
    """Return a function that estimates the information of samples, or of some of their rows."""
    threads(n_jobs)
    chosen = resolved(estimator)
    capable(chosen, MutualInformation, "KSG(k=4)")
    suits_labels(samples, chosen)

    def estimate(of: Samples) -> Estimate:
        return bounded(chosen.mutual_information(of, random, n_jobs), of)

    return estimate


def told(
    found: Estimate, samples: Samples, again: Callable[[Samples], Estimate] | None = None
) -> Estimate:
    """Add the effective sample size, warning flags and, with ``again``, the standard error."""
    error = found.standard_error_nats
    if again is not None:

        def part(rows: Rows) -> float:
            return again(rows_of(samples, rows)).nats

        error = float(np.sqrt(whole_variance(part_estimates(part, samples))))
    effective = effective_rows(samples)
    flags = [*found.flags, *(["labels"] if samples.labels else [])]
    if dependent(effective, samples.n):
        flags.append("dependent")
    if found.nats > found.ceiling_nats + ROUNDING:
        flags.append("above-ceiling")
    # An estimator may leave rows out.
    worth = effective * found.n / samples.n
    return replace(found, n_effective=worth, flags=tuple(flags), standard_error_nats=error)


def bounded(found: Estimate, samples: Samples) -> Estimate:
    """Return an information with a ceiling: its own, or else `entropy_bound`.

    Raises
    ------
    EstimationError
        If it exceeds that entropy by more than the sampling error.
    """
    bound = entropy_bound(samples)
    if found.nats > bound + max(_BEYOND * bound, _BEYOND, _ERRORS / np.sqrt(samples.n)):
        raise EstimationError(
            f"the information cannot exceed {bound / NATS_PER_BIT:.3g} bits, the entropy of the "
            f"variable with fewer values, but {found.estimator} finds "
            f"{found.nats / NATS_PER_BIT:.3g}: it does not suit repeated values; take "
            "estimator='auto', Discrete() or LabelDecoder()"
        )
    return found if np.isfinite(found.ceiling_nats) else replace(found, ceiling_nats=bound)


def entropy_bound(samples: Samples) -> float:
    """Return the smaller entropy of x and y in nats, an upper bound of their information.

    Infinite if neither has values that occur five times on average, or for fewer than fifty rows:
    the plug-in entropy is then unreliable.
    """
    entropies = [
        Discrete("miller-madow").set_entropies(side, [np.arange(side.shape[1])])[0]
        for side in (samples.x, samples.y)
        if samples.n >= _KNOWN and len(distinct_rows(side)) * _RECURS <= samples.n
    ]
    return float(min(entropies, default=np.inf))


def lagged_rows(
    n: int, lag: int, trials: ArrayLike | None, times: ArrayLike | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows, and the rows ``lag`` later in the same unbroken stretch of a trial.

    A stretch ends where another trial begins, and at a gap in times. At lag 0 both are the same.
    """
    lag = min(lag, n)
    current = np.arange(n - lag)
    labels, when = places_of(n, trials, times)
    if lag == 0:
        return current, current
    if trials is None and times is None:
        return current, current + lag
    stretch = stretches(labels, None if times is None else when)
    current = current[stretch[current] == stretch[current + lag]]
    return current, current + lag
