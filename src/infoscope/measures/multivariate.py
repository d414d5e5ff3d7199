"""Multivariate information: total and dual total correlation, O- and S-information."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from infoscope._errors import InputError
from infoscope._validate import Floats, capable, generator, sample_array, threads
from infoscope.estimators import Auto, Gaussian, resolved
from infoscope.estimators._samples import ROUNDING, flags_of
from infoscope.estimators._ties import untied
from infoscope.estimators.auto import choose_for_columns
from infoscope.estimators.estimate import Estimate
from infoscope.estimators.protocols import SetEntropies, TotalCorrelations


def total_correlation(
    data: ArrayLike, *, estimator: Any = "auto", random_state: Any = 0, n_jobs: int | None = -1
) -> Estimate:
    """Estimate the total correlation, sum of H(X_i) minus H(X).

    Parameters
    ----------
    data : array, shape (n, d)
        Samples of d variables, two or more.
    estimator : "auto" or object
        ``Gaussian()``, ``KSG()``, ``Discrete()`` or ``Binned()``; "auto" chooses one that suits
        the data and reports it in the flags.
    random_state : int, Generator or None
        Source of an estimator's jitter.
    n_jobs : int
        Threads; -1 for one per core. The estimate does not depend on it.

    Returns
    -------
    Estimate
        In nats and bits; for two variables, the mutual information.

    Raises
    ------
    InputError
        If data has fewer than two variables, or the estimator does not support it.
    EstimationError
        If an entropy is infinite.

    References
    ----------
    S. Watanabe, IBM J. Res. Dev. 4, 66 (1960).

    Examples
    --------
    Three copies of one coin: 3 H - H = 2 bits.

    >>> from infoscope import Discrete
    >>> coin = np.repeat([0, 1], 50)
    >>> round(total_correlation(np.column_stack([coin] * 3), estimator=Discrete()).bits, 6)
    2.0
    """
    return _estimate(data, estimator, random_state, n_jobs, 1.0, 0.0)


def dual_total_correlation(
    data: ArrayLike, *, estimator: Any = "auto", random_state: Any = 0, n_jobs: int | None = -1
) -> Estimate:
    """Estimate the dual total correlation, H(X) minus sum of H(X_i | all others).

    Parameters, returns and errors as `total_correlation`.

    References
    ----------
    T. S. Han, Inf. Control 36, 133 (1978).

    Examples
    --------
    Three copies of one coin: each is determined by the others, 1 - 0 bits.

    >>> from infoscope import Discrete
    >>> coin = np.repeat([0, 1], 50)
    >>> round(dual_total_correlation(np.column_stack([coin] * 3), estimator=Discrete()).bits, 6)
    1.0
    """
    return _estimate(data, estimator, random_state, n_jobs, 0.0, 1.0)


def o_information(
    data: ArrayLike, *, estimator: Any = "auto", random_state: Any = 0, n_jobs: int | None = -1
) -> Estimate:
    """Estimate the O-information: above zero redundancy dominates, below zero synergy.

    The total correlation minus the dual one. Parameters, returns and errors as
    `total_correlation`.

    References
    ----------
    F. E. Rosas et al., Phys. Rev. E 100, 032305 (2019), equation (3).

    Examples
    --------
    The exclusive or of two coins is pure synergy.

    >>> from infoscope import Discrete
    >>> gate = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]])
    >>> round(o_information(gate, estimator=Discrete()).bits, 6)
    -1.0
    """
    return _estimate(data, estimator, random_state, n_jobs, 1.0, -1.0)


def s_information(
    data: ArrayLike, *, estimator: Any = "auto", random_state: Any = 0, n_jobs: int | None = -1
) -> Estimate:
    """Estimate the S-information: total correlation plus dual total correlation.

    Parameters, returns and errors as `total_correlation`.

    References
    ----------
    F. E. Rosas et al., Phys. Rev. E 100, 032305 (2019), equation (11).

    Examples
    --------
    >>> from infoscope import Discrete
    >>> gate = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]])
    >>> round(s_information(gate, estimator=Discrete()).bits, 6)
    3.0
    """
    return _estimate(data, estimator, random_state, n_jobs, 1.0, 1.0)


def _estimate(
    data: ArrayLike,
    estimator: Any,
    random_state: Any,
    n_jobs: int | None,
    of_total: float,
    of_dual: float,
) -> Estimate:
    samples = sample_array(data, "data")
    threads(n_jobs)
    if samples.shape[1] < 2:
        raise InputError(f"data must have two variables or more, got {samples.shape[1]}; add some")
    if len(samples) == 0:
        raise InputError("data must have at least one row, got 0 rows; give some samples")
    random, why, prepared = generator(random_state), (), samples
    estimator = resolved(estimator)
    if isinstance(estimator, Auto):
        estimator, why = choose_for_columns(samples)
        if isinstance(estimator, Gaussian):
            prepared = untied(samples, random)
    total, dual = _informations(prepared, estimator, random, n_jobs)
    nats = (of_total * total if of_total else 0.0) + (of_dual * dual if of_dual else 0.0)
    if np.isnan(nats):
        raise InputError(
            f"estimator must have a dual total correlation, got {estimator}; use algorithm 1"
        )
    flags = (
        *flags_of(samples),
        # O-information is negative if synergy dominates.
        *(["negative"] if nats < -ROUNDING and of_dual >= 0.0 else []),
    )
    return Estimate(float(nats), len(samples), estimator, flags=(*flags, *why))


def _informations(
    samples: Floats, estimator: Any, random: np.random.Generator, n_jobs: int | None
) -> tuple[float, float]:
    """Return total and dual total correlation, in nats."""
    if not isinstance(estimator, type) and isinstance(estimator, TotalCorrelations):
        return estimator.set_informations(samples, random, n_jobs)
    capable(estimator, SetEntropies, "Gaussian()")
    d = samples.shape[1]
    every = np.arange(d)
    sets = [every, *every[:, np.newaxis], *(np.delete(every, i) for i in every)]
    found = estimator.set_entropies(samples, sets)
    whole, alone, others = found[0], found[1 : d + 1], found[d + 1 :]
    return float(alone.sum() - whole), float(others.sum() - (d - 1) * whole)
