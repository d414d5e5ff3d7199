"""Tononi-Sporns-Edelman complexity: how much parts and whole share, over all sizes of parts."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from infoscope._errors import InputError
from infoscope._validate import Floats, generator, sample_array, whole_number
from infoscope.estimators import KozachenkoLeonenko
from infoscope.estimators._samples import flags_of
from infoscope.results import Estimate

_DEFAULT = KozachenkoLeonenko(k=10)


class PrefixEntropyEstimator(Protocol):
    """Anything that estimates the entropies of growing sets of coordinates."""

    def prefix_entropies(
        self, x: Floats, random: np.random.Generator, n_jobs: int | None
    ) -> Floats:
        """Estimate the entropies of the first 1, 2, ... d coordinates of x (n, d), in nats."""
        ...


def tse_complexity(
    data: ArrayLike,
    subsets: int = 5,
    estimator: PrefixEntropyEstimator = _DEFAULT,
    random_state: Any = 0,
    n_jobs: int | None = -1,
) -> Estimate:
    """Estimate the TSE complexity of a set of variables, the published way.

    C = sum over k = 1 ... d - 1 of [mean of H(X_S) over subsets S of size k - (k / d) H(X)].

    The mean is over ``subsets`` random subsets of each size. They are the first k variables of
    ``subsets`` random orders: for each size the subset is a uniform draw, as if drawn apart, so
    the expectation is the same, while subsets of different sizes are dependent. Each order
    gives an independent estimate of C, and their spread the standard error of the sampling.

    Parameters
    ----------
    data : array, shape (n, d)
        Samples of d variables.
    subsets : int
        Random subsets of each size.
    estimator : PrefixEntropyEstimator
        For example ``KozachenkoLeonenko(k=10)``. Nearest-neighbour entropies of different
        dimension do not cancel their bias: the result may be negative, which the definition
        forbids.
    random_state : int, Generator or None
        Where the orders, and an estimator's jitter, come from.
    n_jobs : int
        Threads; -1 for one per core. The estimate does not depend on it.

    Returns
    -------
    Estimate
        In nats and bits, with the standard error of the subset sampling (NaN for one subset).

    Raises
    ------
    InputError
        If data has fewer than two variables, or no more samples than k.
    EstimationError
        If ties make an entropy minus infinity.

    References
    ----------
    Tononi, Sporns, Edelman, PNAS 91, 5033 (1994); Ivanovic, Kha, Muruganantham (2018),
    section 8.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=(500, 4))
    >>> tse_complexity(noise + noise[:, :1]).bits > tse_complexity(noise).bits
    True
    """
    samples = sample_array(data, "data")
    draws = whole_number(subsets, "subsets", 1)
    n, d = samples.shape
    if d < 2:
        raise InputError(f"data must have two variables or more, got {d}; complexity needs parts")
    random = generator(random_state)
    orders = [random.permutation(d) for _ in range(draws)]
    sizes = np.arange(1, d)
    totals = np.empty(draws)
    for draw, order in enumerate(orders):
        entropies = estimator.prefix_entropies(samples[:, order], random, n_jobs)
        totals[draw] = np.sum(entropies[:-1] - sizes / d * entropies[-1])
    error = totals.std(ddof=1) / np.sqrt(draws) if draws > 1 else np.nan
    nats = float(totals.mean())
    flags = (*flags_of(samples), *(["negative"] if nats < 0.0 else []))
    return Estimate(nats, n, estimator, flags=flags, standard_error_nats=float(error))
