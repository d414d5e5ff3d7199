"""Subsampling: the variance of an estimate, from the estimates of parts of the rows."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from infoscope._errors import EstimationError, InputError
from infoscope._validate import Floats
from infoscope.estimators import Samples

# Most parts, as in Holmes and Nemenman: the law does not hold for smaller parts.
PARTS = 10

Rows = NDArray[np.int64]


def parts_of(samples: Samples, parts: int) -> list[Rows]:
    """Cut the rows, in time order, into unbroken stretches of about equal length.

    The cuts are between trials if every trial is at most half as long as a part; otherwise
    anywhere.

    Examples
    --------
    >>> x = np.zeros((5, 1))
    >>> samples = Samples(x, x, None, np.zeros(5, int), np.arange(5.0))
    >>> [rows.tolist() for rows in parts_of(samples, 2)]
    [[0, 1], [2, 3, 4]]
    """
    n, trials = samples.n, samples.trials
    order = np.lexsort((samples.times, trials))
    cuts = np.arange(parts + 1) * n // parts
    ends = np.cumsum(np.unique(trials, return_counts=True)[1])
    starts = np.concatenate([[0], ends])
    if 2 * parts * np.diff(starts).max() <= n:
        cuts = starts[np.abs(starts - cuts[:, np.newaxis]).argmin(axis=1)]
    return [order[a:b] for a, b in pairwise(cuts)]


def rows_of(samples: Samples, rows: Rows) -> Samples:
    """Return some rows of samples, each with its trial and time."""
    given = None if samples.given is None else samples.given[rows]
    return replace(
        samples,
        x=samples.x[rows],
        y=samples.y[rows],
        given=given,
        trials=samples.trials[rows],
        times=samples.times[rows],
    )


def part_estimates(
    estimate: Callable[[Rows], float], samples: Samples, parts: int = PARTS
) -> list[Floats]:
    """Return the estimates in nats of all parts, for 2, 3, ... ``parts`` parts.

    Raises
    ------
    InputError, EstimationError
        If the rows of a part are too few for the estimator, or the quantity is not defined on
        them.
    """
    found = []
    for several in range(2, parts + 1):
        try:
            values = [estimate(rows) for rows in parts_of(samples, several)]
        except (InputError, EstimationError) as error:
            raise type(error)(
                f"the {samples.n} rows must be enough for estimates of {several} parts, got a part "
                f"that fails: {error}; give more rows, fewer parts or no standard error"
            ) from error
        found.append(np.array(values))
    return found


def whole_variance(estimates: Sequence[Floats]) -> float:
    """Return the variance of an estimate from all rows, given the estimates of 2, 3, ... parts.

    The law is Var(1 of m parts) = m Var(whole). The maximum-likelihood Var(whole) for normal
    estimates is the mean of the sample variances divided by m, weighted by m - 1.

    References
    ----------
    C. M. Holmes, I. Nemenman, Phys. Rev. E 100, 022404 (2019), section III. Parts are stretches,
    as in D. N. Politis, J. P. Romano, M. Wolf, Subsampling, Springer (1999), so that dependent
    rows stay together; drawing with replacement would make ties.

    Examples
    --------
    >>> whole_variance([np.array([1.0, 3.0])])
    1.0
    """
    weights = np.array([len(values) - 1.0 for values in estimates])
    each = [values.var(ddof=1) / len(values) for values in estimates]
    return float(weights @ each / weights.sum())
