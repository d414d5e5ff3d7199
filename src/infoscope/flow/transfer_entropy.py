"""Transfer entropy from one series to another."""

from typing import Any

from numpy.typing import ArrayLike

from infoscope._validate import whole_number
from infoscope.estimators.estimate import Estimate
from infoscope.measures.embedding import Lags, Series
from infoscope.measures.estimation import Estimator
from infoscope.significance.one_number import Significance, estimated


def transfer_entropy(
    source: ArrayLike,
    target: ArrayLike,
    *,
    lag: int = 1,
    history: int = 1,
    source_history: int = 1,
    given: ArrayLike | None = None,
    estimator: Estimator = "auto",
    trials: ArrayLike | None = None,
    times: ArrayLike | None = None,
    given_lag: int = 1,
    history_delay: int = 1,
    source_history_delay: int = 1,
    random_state: Any = 0,
    n_jobs: int | None = -1,
    standard_error: bool = False,
    significance: Significance = None,
    surrogates: int = 199,
    missing: str = "refuse",
) -> Estimate:
    """Estimate the transfer entropy I(source past; target | target past, given).

    Parameters
    ----------
    source, target : array, shape (n,) or (n, d)
        Series; rows in time order.
    lag : int
        Rows from the latest source value to the target value.
    history : int
        Embedding length: values of the target's past to condition on.
    source_history : int
        Values of the source's past, back from ``lag``.
    given : array, shape (n,) or (n, d), optional
        Another series to condition on, ``given_lag`` rows before the target value.
    estimator : "auto", "published" or MutualInformation
        A conditional estimator: ``KSG``, ``Gaussian``, ``Discrete``, ``Binned``, ``MixedKSG``.
    trials : array, shape (n,), optional
        Trial of each row; rows of different trials are never joined. A trial is an unbroken
        stretch of rows.
    times : array, shape (n,), optional
        Time of each row, a number or date, increasing within a trial. Lags count rows, and rows are
        never joined across a gap: a step of more than 1.5 times the shortest.
    given_lag : int
        0 to condition on the value of the same row as the target value.
    history_delay, source_history_delay : int
        Embedding delay: rows between the values of a history. The latest stays at 1 for the target,
        at ``lag`` for the source.
    random_state : int, Generator or None
        Source of an estimator's jitter.
    n_jobs : int
        Threads; -1 for one per core. The estimate does not depend on it.
    standard_error : bool
        Estimate it too (`mutual_information`).
    significance : True, int, str, null or None
        Test against surrogates, as in `mutual_information`. The default permutes source pasts where
        the target's past and ``given`` are similar; in several trials, or where rows depend on one
        another beyond these (a history too short), source pasts are shifted in time or trial by
        trial. `Estimate.null` says which.
    surrogates : int
        Number of surrogates unless ``significance`` gives it; fewer if fewer distinct ones exist.
    missing : {"refuse", "pairwise"}
        Treatment of NaN: raise an error, or omit rows with a missing variable
        (`Estimate.n_missing`).

    Returns
    -------
    Estimate
        In nats and bits. Its effective sample size is for the source's past and the target.

    Raises
    ------
    InputError
        As `mutual_information`; also if the histories leave too few rows.

    References
    ----------
    T. Schreiber, Phys. Rev. Lett. 85, 461 (2000), equation (4). Minus the mean of its surrogates
    (``effective_bits``): R. Marschinski, H. Kantz, Eur. Phys. J. B 30, 275 (2002).

    Examples
    --------
    The target copies the source, a row later, with as much noise: 1/2 log2(2) = 0.5 bits.

    >>> import numpy as np
    >>> source, noise = np.random.default_rng(0).normal(size=(2, 4000))
    >>> target = np.concatenate([[0.0], source[:-1]]) + noise
    >>> round(transfer_entropy(source, target).bits, 1)
    0.5
    >>> transfer_entropy(source[:300], target[:300], significance=99).p
    0.01
    """
    series = Series.of(source, target, given, trials, times, missing)
    given_lag = whole_number(given_lag, "given_lag", 0)
    lags = Lags.of_histories(
        lag, history, source_history, history_delay, source_history_delay,
        None if given is None else given_lag,
    )  # fmt: skip
    samples = series.samples(lags, series.rows(*lags.reach))
    return estimated(
        samples, estimator, random_state, n_jobs, standard_error, significance, surrogates
    )
