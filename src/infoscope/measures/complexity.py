"""Tononi-Sporns-Edelman (TSE) complexity: integration over subsets of all sizes."""

from itertools import combinations
from math import comb
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from infoscope._errors import InputError
from infoscope._validate import (
    Floats,
    capable,
    generator,
    one_of,
    sample_array,
    threads,
    whole_number,
)
from infoscope.estimators import Discrete, Gaussian, KozachenkoLeonenko
from infoscope.estimators._samples import ROUNDING, flags_of
from infoscope.estimators._ties import untied
from infoscope.estimators.auto import choose_for_columns
from infoscope.estimators.estimate import Estimate
from infoscope.estimators.protocols import PrefixEntropies

# Its noise gives tied values a finite nearest-neighbour entropy.
_PUBLISHED = KozachenkoLeonenko(k=10, jitter=1e-10, jitter_unit="sd")


# Subset sizes per random order. Subsets of one order are nested, so that their errors add up: on
# the published data (45 nodes, 5 subsets) the standard deviation is 15 bits with one size an
# order, 16 with two, 28 with four and 79 with all, at 1.1, 0.9, 0.6 and 0.2 s.
_SIZES_PER_ORDER = 2
# 65,536 subsets.
_MOST_VARIABLES = 16


def tse_complexity(
    data: ArrayLike,
    *,
    subsets: int | str = 5,
    estimator: PrefixEntropies | str = "auto",
    random_state: Any = 0,
    n_jobs: int | None = -1,
) -> Estimate:
    """Estimate the TSE complexity of a set of variables.

    C = sum over k = 1 ... d - 1 of [mean of H(X_S) over subsets S of size k - (k / d) H(X)].

    The mean is over ``subsets`` random subsets of each size. Each subset is the beginning of a
    random order of the variables, and one order serves two sizes far apart, say 3 and 25 of 45.
    Every subset is uniform among those of its size, so that the expectation is unchanged; nesting
    adds about 7 % to the sampling error. Orders are independent, so that the spread of their
    contributions gives the standard error, nesting included.

    Parameters
    ----------
    data : array, shape (n, d)
        Samples of d variables.
    subsets : int or "all"
        Random subsets of each size, or every subset there is (up to 16 variables).
    estimator : "auto", "published" or PrefixEntropies
        "auto" counts rows that recur and takes ``Gaussian(copula=True)`` otherwise; the flags say
        which. "published" is ``KozachenkoLeonenko(k=10, jitter=1e-10)``, as in the paper, with
        jitter in standard deviations, which gives tied values a finite entropy. Biases of
        nearest-neighbour entropies of different dimension do not cancel: the result may be
        negative, which the definition forbids.
    random_state : int, Generator or None
        Source of the orders and of an estimator's jitter.
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
        If ties make an entropy minus infinity, with an estimator without jitter.

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
    if not isinstance(estimator, str):
        capable(estimator, PrefixEntropies, "KozachenkoLeonenko(k=10)")
    draws = (
        None
        if isinstance(subsets, str) and subsets == "all"
        else whole_number(subsets, "subsets", 1)
    )
    n, d = samples.shape
    if d < 2:
        raise InputError(f"data must have two variables or more, got {d}; add some")
    random = generator(random_state)
    threads(n_jobs)
    chosen, why, prepared = _chosen(estimator, samples, random)
    if draws is None:
        return _complete(samples, prepared, chosen, why, random, n_jobs)
    groups = max(1, -(-(d - 1) // _SIZES_PER_ORDER))
    sizes = [np.arange(first, d, groups) for first in range(1, groups + 1)]
    whole = np.arange(d)
    prefixes = [(random.permutation(d), served) for served in sizes for _ in range(draws)]
    entropies = chosen.prefix_entropies(
        prepared, [(whole, np.array([d])), *prefixes], random, n_jobs
    )
    of_whole = float(entropies[0][0])
    terms = [
        float(np.sum(found - served / d * of_whole))
        for found, (_, served) in zip(entropies[1:], prefixes, strict=True)
    ]
    contributions = np.reshape(terms, (groups, draws))
    nats = float(contributions.mean(axis=1).sum())
    if draws > 1:
        error = float(np.sqrt(np.sum(contributions.var(axis=1, ddof=1)) / draws))
    else:
        error = float("nan")
    flags = (*flags_of(samples), *(["negative-tse"] if nats < -ROUNDING else []), *why)
    return Estimate(nats, n, chosen, flags=flags, standard_error_nats=error)


def _chosen(
    estimator: Any, samples: Floats, random: np.random.Generator
) -> tuple[Any, tuple[str, ...], Floats]:
    """Return the estimator that a word names, the reasons, and its samples."""
    if not isinstance(estimator, str):
        return estimator, (), samples
    if one_of(estimator, "estimator", ("auto", "published")) == "published":
        return _PUBLISHED, (), samples
    found, why = choose_for_columns(samples)
    if isinstance(found, Discrete):
        return found, why, samples
    # Biases of nearest-neighbour entropies would not cancel for few columns either.
    return Gaussian(copula=True), ("auto-gaussian-copula", *why[1:]), untied(samples, random)


def _complete(
    samples: Floats,
    prepared: Floats,
    estimator: PrefixEntropies,
    why: tuple[str, ...],
    random: np.random.Generator,
    n_jobs: int | None,
) -> Estimate:
    """Return the complexity from every subset, without sampling error."""
    n, d = samples.shape
    if d > _MOST_VARIABLES:
        raise InputError(
            f"subsets must be a number above {_MOST_VARIABLES} variables, got 'all' for {d}, which "
            f"means {2.0**d:.2g} subsets; try subsets=200"
        )
    sizes = [size for size in range(1, d + 1) for _ in range(comb(d, size))]
    every = [np.array(s) for size in range(1, d + 1) for s in combinations(range(d), size)]
    prefixes = [(subset, np.array([len(subset)])) for subset in every]
    entropies = np.concatenate(estimator.prefix_entropies(prepared, prefixes, random, n_jobs))
    means = np.bincount(sizes, entropies)[1:] / np.bincount(sizes)[1:]
    share = np.arange(1, d + 1) / d
    nats = float((means - share * means[-1])[:-1].sum())
    flags = (*flags_of(samples), *(["negative-tse"] if nats < -ROUNDING else []), *why)
    return Estimate(nats, n, estimator, flags=flags, standard_error_nats=0.0)
