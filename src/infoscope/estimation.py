"""From arrays to samples, from samples to an estimate, and what is said of every estimate."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from infoscope._errors import InputError
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
from infoscope.dependence import dependent, effective_rows
from infoscope.estimators import Discrete, Ross, Samples, choose
from infoscope.estimators._samples import ROUNDING
from infoscope.estimators.auto import Chosen
from infoscope.results import Estimate
from infoscope.subsampling import Rows, part_estimates, rows_of, whole_variance


class InformationEstimator(Protocol):
    """Anything that estimates mutual information, or conditional, from samples."""

    def mutual_information(
        self, samples: Samples, random: np.random.Generator, n_jobs: int | None
    ) -> Estimate:
        """Estimate I(X; Y), or I(X; Y | Z) where samples have a given Z."""
        ...


class EntropyEstimator(Protocol):
    """Anything that estimates the entropy of one block of samples."""

    def entropy(self, x: Floats, random: np.random.Generator, n_jobs: int | None) -> Estimate:
        """Estimate H(X) from samples x (n, d)."""
        ...


Estimator = InformationEstimator | str
# Estimators that take the codes of labels for values without order or distance.
_OF_LABELS = (Chosen, Discrete, Ross)


def samples_of(
    x: ArrayLike,
    y: ArrayLike,
    given: ArrayLike | None,
    trials: ArrayLike | None,
    times: ArrayLike | None,
) -> Samples:
    """Validate paired samples, with the trial and time of each row."""
    variables = {"x": x, "y": y} | ({} if given is None else {"given": given})
    parts = {name: sample_array(values, name, labels=True) for name, values in variables.items()}
    n = same_length(**parts)
    labels = np.zeros(n, np.int64)
    if trials is not None:
        labels = np.unique(row_labels(trials, "trials", n), return_inverse=True)[1]
    if times is None:
        by_trial = np.argsort(labels, kind="stable")
        first = np.searchsorted(labels[by_trial], labels[by_trial])
        when = np.empty(n)
        when[by_trial] = np.arange(n) - first
    else:
        when = finite_array(times, "times")
        if when.shape != (n,):
            raise InputError(
                f"times must have one number per row, shape ({n},), got {when.shape}; "
                "give the time of every row"
            )
    text = text_among(**variables)
    return Samples(parts["x"], parts["y"], parts.get("given"), labels, when, text)


def text_among(**variables: ArrayLike | None) -> tuple[str, ...]:
    """Return the names of the variables whose values are labels in text."""
    return tuple(
        name
        for name, values in variables.items()
        if values is not None and label_codes(values, name) is not None
    )


def suits_labels(samples: Samples, estimator: object) -> None:
    """Check that an estimator takes labels for what they are: neither ordered nor near or far."""
    if samples.labels and not isinstance(estimator, _OF_LABELS):
        raise InputError(
            f"{samples.labels[0]} must be numbers for {described(estimator)}, which compares "
            "distances, got labels in text; take estimator='auto', or Discrete() or Ross() where "
            "they suit the other variables"
        )


def estimation(
    samples: Samples, estimator: Estimator, random: np.random.Generator, n_jobs: int | None
) -> Callable[[Samples], Estimate]:
    """Return what estimates the information of samples, or of some rows of them."""
    threads(n_jobs)
    if isinstance(estimator, str):
        estimator = choose(samples, estimator)
    capable(estimator, "mutual_information", "KSG(k=4)")
    suits_labels(samples, estimator)
    return lambda of: estimator.mutual_information(of, random, n_jobs)


def told(
    found: Estimate, samples: Samples, again: Callable[[Samples], Estimate] | None = None
) -> Estimate:
    """Say of an estimate what its rows are worth and, by estimating again, how far it scatters."""
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


def lagged_rows(
    n: int, lag: int, trials: ArrayLike | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows, and the rows ``lag`` later in the same unbroken stretch of a trial.

    At lag 0 both are one array.
    """
    lag = min(lag, n)
    current = np.arange(n - lag)
    if lag == 0:
        return current, current
    if trials is None:
        return current, current + lag
    labels = row_labels(trials, "trials", n)
    stretch = np.concatenate([[0], np.cumsum(labels[1:] != labels[:-1])])
    current = current[stretch[current] == stretch[current + lag]]
    return current, current + lag
