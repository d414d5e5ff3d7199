"""The two terms of a flow, and flows of surrogate rows or recordings."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from infoscope._progress import Progress
from infoscope._validate import Floats, generator
from infoscope.estimators.estimate import NATS_PER_BIT
from infoscope.estimators.protocols import MutualInformation
from infoscope.flow.paired_rows import PairedRows
from infoscope.graphs.connections import impossible
from infoscope.measures.information import pair_informations
from infoscope.measures.pair_reasons import Pair, both_ways
from infoscope.significance import FlowSignificance, by_all, significance_of
from infoscope.surrogates import (
    Layout,
    RecordingSurrogate,
    RowSurrogate,
    Sampler,
    chosen_nulls,
    flow_surrogates,
    root_seed,
    surrogate_statistics,
)
from infoscope.surrogates.surrogate_statistics import available


def flow_terms(
    rows: PairedRows,
    wanted: NDArray[np.bool_],
    estimator: MutualInformation,
    random: np.random.Generator,
    n_jobs: int | None,
    bar: Progress,
    reasons: dict[Pair, str] | None = None,
) -> tuple[Floats, Floats]:
    """Estimate I(a_t; b_t+lag) and I(a_t; b_t), bits, for the wanted pairs.

    NaN for a pair without an estimate; ``reasons`` receives why.
    """

    shared: dict[Pair, str] = {}
    later: dict[Pair, str] = {}

    def matrix(
        pairs: NDArray[np.bool_], partner: NDArray[np.int64], why: dict[Pair, str]
    ) -> Floats:
        # Both terms of a flow use the same jitter, so that it cancels in the difference.
        nats = pair_informations(
            rows.table, rows.current, partner, pairs, estimator, deepcopy(random), n_jobs, bar,
            reasons=why, **rows.near,
        )  # fmt: skip
        return nats / NATS_PER_BIT

    delayed = matrix(wanted, rows.later, later)
    together = matrix(np.triu(wanted | wanted.T, 1), rows.current, shared)
    together = np.where(np.isnan(together), together.T, together)
    together[~wanted] = np.nan
    if reasons is not None:
        reasons.update({p: why for p, why in both_ways(shared).items() if wanted[p]} | later)
    return delayed, together


def terms_of(wanted: NDArray[np.bool_]) -> int:
    """Return the number of mutual informations that `flow_terms` estimates."""
    return int(wanted.sum() + np.triu(wanted | wanted.T, 1).sum())


def surrogate_flows(
    rows: PairedRows,
    wanted: NDArray[np.bool_],
    estimator: MutualInformation,
    null: RowSurrogate | RecordingSurrogate,
    surrogates: int = 200,
    random_state: Any = 0,
    n_jobs: int | None = -1,
    progress: bool = False,
    layout: Layout | None = None,
    statistic: str = "flow",
) -> tuple[Floats, Sampler[Any]]:
    """Estimate the flow of every wanted pair in every surrogate of a null.

    Parameters
    ----------
    rows : PairedRows
        Rows of the observed flow; of a recording, for surrogate recordings.
    wanted : array of bool, shape (node, node)
        Which (source, target).
    estimator : MutualInformation
        For example ``KSG(k=10)``.
    null : RowSurrogate or RecordingSurrogate
        For example ``CircularShift()`` or ``untrained_networks(weights)``.
    surrogates : int
        Number of surrogates; fewer if fewer distinct ones exist.
    random_state : int, Generator or None
        Source of surrogates, and of an estimator's jitter, which is the same for all.
    n_jobs : int
        Threads; -1 for one per core. The estimates do not depend on it.
    progress : bool
        Show a progress bar.
    layout : Layout, optional
        Layout of the rows for a null of rows; from ``rows`` by default.
    statistic : {"flow", "instantaneous"}
        The flow, or its term within a row, of a null of rows.

    Returns
    -------
    flows : array, shape (surrogate, source, target)
        Bits; NaN where not wanted.
    sampler : Sampler
        The sampler, with its settings.

    Raises
    ------
    InputError
        If the data allow no surrogates or too few rows for the estimator, a null of recordings
        meets a table, or a drawn recording has other nodes or rows.

    Examples
    --------
    >>> from infoscope import Gaussian, Recording
    >>> from infoscope.surrogates import (LagSwap)
    >>> hidden = np.random.default_rng(0).normal(size=(20, 9, 2))
    >>> rows = PairedRows.of(Recording.from_arrays(hidden=hidden), lag=1)
    >>> flows, _ = surrogate_flows(rows, ~np.eye(2, dtype=bool), Gaussian(), LagSwap(), 5)
    >>> flows.shape
    (5, 2, 2)
    """
    if isinstance(null, RowSurrogate):
        return flow_surrogates(
            rows.table, layout or rows.layout, wanted, estimator, null, surrogates, random_state,
            n_jobs, progress, statistic=statistic, **rows.near,
        )  # fmt: skip
    recording, random = rows.recorded(null.name), generator(random_state)
    jitter = deepcopy(random)
    sampler = null.sampler(recording, root_seed(random))
    count = available(sampler, surrogates)

    def flow(drawn: Any) -> Floats:
        delayed, together = flow_terms(
            rows.again(drawn, null.name), wanted, estimator, deepcopy(jitter), n_jobs, bar
        )
        return delayed - together

    with Progress(count * terms_of(wanted), "surrogates", progress) as bar:
        return surrogate_statistics(sampler, flow, count), sampler


def surrogate_significance(
    flow: xr.DataArray,
    nodes: pd.DataFrame,
    rows: PairedRows,
    estimator: MutualInformation,
    null: str | RowSurrogate | RecordingSurrogate | None,
    surrogates: int,
    random_state: Any,
    pool: bool,
    n_jobs: int | None,
    progress: bool,
) -> FlowSignificance:
    """Test every estimated flow, and the pairs that can have no edge; `FlowMatrix.significance`."""
    known = np.isfinite(flow.to_numpy())
    control = impossible(nodes)
    random = generator(random_state)
    observed = flow.to_numpy().copy()
    # If only possible edges were estimated, estimate the control now.
    lacking = control & ~known
    if lacking.any():
        bar = Progress(0, "", show=False)
        terms = flow_terms(rows, lacking, estimator, random, n_jobs, bar)
        observed[lacking] = (terms[0] - terms[1])[lacking]
    judged = (known | control) & np.isfinite(observed)
    drawn = []
    for chosen in chosen_nulls(null, rows.layout, rows.table):
        flows, sampler = surrogate_flows(
            rows, judged, estimator, chosen.null, surrogates, random, n_jobs, progress,
            chosen.layout,
        )  # fmt: skip
        # A surrogate may be a copy too: pairs without an estimate are not tested.
        judged &= np.isfinite(flows).all(axis=0)
        drawn.append((chosen, flows, sampler.alike(len(flows))))
    parts = [
        significance_of(
            flow.copy(data=observed),
            flows,
            tested=judged & ~control,
            control=judged & control,
            nodes=nodes,
            null=chosen.name,
            pool=pool,
            alike=alike,
            tests=chosen.null.tests,
        )
        for chosen, flows, alike in drawn
    ]
    noted = zip(parts, drawn, strict=True)
    return by_all([replace(part, notes=chosen.reasons) for part, (chosen, *_) in noted])
