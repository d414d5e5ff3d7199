"""Statistics of surrogates: of anything, and of the flow between all nodes."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from infoscope._progress import Progress
from infoscope._validate import Floats, generator, whole_number
from infoscope.estimators.estimate import NATS_PER_BIT
from infoscope.estimators.protocols import MutualInformation
from infoscope.measures.information import pair_informations
from infoscope.surrogates.layout import Integers, Layout, Pairing, Values
from infoscope.surrogates.surrogate import RowSurrogate, Sampler, root_seed

Drawn = TypeVar("Drawn")


def surrogate_statistics(
    sampler: Sampler[Drawn], statistic: Callable[[Drawn], Floats], surrogates: int
) -> Floats:
    """Compute a statistic of every surrogate, of rows or of whole recordings.

    Parameters
    ----------
    sampler : Sampler
        What draws them.
    statistic : callable
        Returns an array, of one shape for all.
    surrogates : int
        How many; fewer are drawn where fewer differ.

    Returns
    -------
    array, shape (surrogate, ...)

    Raises
    ------
    InputError
        If surrogates is not a whole number from 1 on.

    Examples
    --------
    >>> surrogate_statistics(Sampler(lambda s: s, distinct=3), np.float64, 100).tolist()
    [0.0, 1.0, 2.0]
    """
    count = available(sampler, surrogates)
    return np.stack([statistic(sampler.draw(s)) for s in range(count)])


def available(sampler: Sampler[Any], surrogates: int) -> int:
    """Return how many surrogates are drawn where so many are asked for."""
    asked = whole_number(surrogates, "surrogates", 1)
    return asked if sampler.distinct is None else min(asked, sampler.distinct)


def flow_surrogates(
    table: Floats,
    layout: Layout,
    wanted: NDArray[np.bool_],
    estimator: MutualInformation,
    null: RowSurrogate,
    surrogates: int = 200,
    random_state: Any = 0,
    n_jobs: int | None = -1,
    progress: bool = False,
    trials: ArrayLike | None = None,
    times: ArrayLike | None = None,
) -> tuple[Floats, Sampler[Pairing | Values]]:
    """Estimate the flow I(a; b later) - I(a; b now) of every wanted pair in every surrogate.

    Parameters
    ----------
    table : array, shape (row, node)
        Activations.
    layout : Layout
        Where the rows lie, and which have a later row.
    wanted : array of bool, shape (node, node)
        Which (source, target).
    estimator : MutualInformation
        For example ``KSG(k=10)``.
    null : RowSurrogate
        For example ``CircularShift()``.
    surrogates : int
        How many; fewer are drawn where fewer differ.
    random_state : int, Generator or None
        Where surrogates come from, and an estimator's jitter: the same for all of them.
    n_jobs : int
        Threads; -1 for one per core. The estimates do not depend on it.
    progress : bool
        Show a progress bar.
    trials, times : array, shape (row,), optional
        Which rows are near in time, for a Theiler window (`transfer_entropy`).

    Returns
    -------
    flows : array, shape (surrogate, source, target)
        Bits; NaN where not wanted.
    sampler : Sampler
        What drew them, with its settings.

    Raises
    ------
    InputError
        If the data leave the null no surrogates, or too few rows for the estimator.

    Examples
    --------
    >>> from infoscope import KSG
    >>> from infoscope.surrogates import CircularShift
    >>> series = np.random.default_rng(0).normal(size=(60, 2))
    >>> flows, sampler = flow_surrogates(
    ...     series, Layout.of_rows(60), ~np.eye(2, dtype=bool), KSG(), CircularShift(), 5)
    >>> flows.shape, sampler.distinct
    ((5, 2, 2), 55)
    """
    random = generator(random_state)
    jitter = deepcopy(random)
    sampler = null.sampler(layout, table, root_seed(random))
    count = available(sampler, surrogates)

    labels = [None if each is None else np.asarray(each) for each in (trials, times)]

    def flow(drawn: Pairing | Values) -> Floats:
        values, rows, origin = drawn.compared(table)
        of_trial, when = (None if each is None else each[origin] for each in labels)

        def information(targets: Integers) -> Floats:
            # Every estimate sees the same jitter: differences should not be of noise.
            return pair_informations(
                values, rows.source, targets, wanted, estimator, deepcopy(jitter), n_jobs, bar,
                of_trial, when,
            )  # fmt: skip

        return (information(rows.later) - information(rows.now)) / NATS_PER_BIT

    with Progress(2 * count * int(wanted.sum()), "surrogates", progress) as bar:
        return surrogate_statistics(sampler, flow, count), sampler
