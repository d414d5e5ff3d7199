"""Statistics of surrogates: any statistic, and the flow between all nodes."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from infoscope._progress import Progress
from infoscope._validate import Floats, generator, whole_number
from infoscope.estimators import Gaussian
from infoscope.estimators._ranks import RankedTable
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
        Source of the surrogates.
    statistic : callable
        Returns an array of fixed shape.
    surrogates : int
        Number of surrogates; fewer if fewer are distinct.

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
    """Return the number of surrogates to draw, limited by the distinct ones."""
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
    statistic: str = "flow",
) -> tuple[Floats, Sampler[Pairing | Values]]:
    """Estimate the flow I(a; b later) - I(a; b now) of every wanted pair in every surrogate.

    Parameters
    ----------
    table : array, shape (row, node)
        Activations.
    layout : Layout
        Layout of the rows, and their later rows.
    wanted : array of bool, shape (node, node)
        Pairs (source, target) to estimate.
    estimator : MutualInformation
        For example ``KSG(k=10)``.
    null : RowSurrogate
        For example ``CircularShift()``.
    surrogates : int
        Number of surrogates; fewer if fewer are distinct.
    random_state : int, Generator or None
        Source of the surrogates, and of an estimator's jitter, the same for all of them.
    n_jobs : int
        Threads; -1 for one per core. The estimates do not depend on it.
    progress : bool
        Show a progress bar.
    trials, times : array, shape (row,), optional
        Trial and time of each row, for a Theiler window (`transfer_entropy`).
    statistic : {"flow", "instantaneous"}
        The flow, or its term I(a; b now).

    Returns
    -------
    flows : array, shape (surrogate, source, target)
        Bits; NaN where not wanted.
    sampler : Sampler
        Sampler of the surrogates, with its settings.

    Raises
    ------
    InputError
        If the data allow no surrogates, or leave too few rows for the estimator.

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
    by_ranks = isinstance(estimator, Gaussian) and estimator.copula
    ranked = RankedTable.of(table) if by_ranks else None

    def flow(drawn: Pairing | Values) -> Floats:
        values, rows, origin = drawn.compared(table)
        of_trial, when = (None if each is None else each[origin] for each in labels)
        # Both terms of a flow share the sources.
        scores = ranked.remembering(rows.source) if ranked and values is table else None

        def information(targets: Integers) -> Floats:
            # All estimates use the same jitter, so that it causes no differences.
            return pair_informations(
                values, rows.source, targets, wanted, estimator, deepcopy(jitter), n_jobs, bar,
                of_trial, when, scores=scores,
            )  # fmt: skip

        now = information(rows.now)
        if statistic == "instantaneous":
            return now / NATS_PER_BIT
        return (information(rows.later) - now) / NATS_PER_BIT

    with Progress(2 * count * int(wanted.sum()), "surrogates", progress) as bar:
        return surrogate_statistics(sampler, flow, count), sampler
