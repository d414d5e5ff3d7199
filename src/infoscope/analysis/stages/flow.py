"""The flow of the analysed snapshot and of its surrogates."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from infoscope._errors import EstimationError
from infoscope._progress import Progress
from infoscope.analysis.estimators import REFERENCE, entropy_estimator, flow_estimator
from infoscope.analysis.settings import Settings
from infoscope.analysis.stage import Done, Stage
from infoscope.analysis.study import Study
from infoscope.estimators._samples import scaled
from infoscope.flow.information_flow import information_flow
from infoscope.flow.paired_rows import PairedRows
from infoscope.flow.surrogate_flows import flow_terms, surrogate_flows, terms_of
from infoscope.graphs.connections import connections, impossible
from infoscope.measures.information import entropy
from infoscope.recordings.weights import RecurrentWeights
from infoscope.surrogates import (
    RecordingSurrogate,
    RowSurrogate,
    null_of,
    shuffled_weights,
    untrained_networks,
)
from infoscope.surrogates.networks import NETWORK_NULLS

# An edge must pass both: the first tests existence, the second direction.
NULLS = ("circular-shift", "lag-swap")
TERMS = ("flow", "delayed", "instantaneous")
# A rank correlation beyond this is 1 up to rounding.
_SAME = 1.0 - 1e-9


def _flow(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
    """Return flow, its terms and facts about each node."""
    settings, analysed = study.settings, study.analysed
    flow = information_flow(
        analysed,
        epoch=study.epoch,
        estimator=flow_estimator(settings),
        aligned="layers",
        random_state=settings.generator("flow"),
        progress=progress,
    )
    result = xr.Dataset({term: getattr(flow, term) for term in TERMS})
    result = result.assign_attrs(n=flow.n, lag=flow.lag)
    if not settings.bounded_normalisation:
        result["entropy"] = ("source", _entropies(study, flow.lag), {"units": "bit"})
    for column in ("constant", "ties") if settings.no_noise else ("constant",):
        result[column] = ("source", flow.nodes[column].to_numpy())
    return result


def _entropies(study: Study, lag: int) -> list[float]:
    """Return the differential entropy of every node, bits; NaN for tied values."""
    steps = study.analysed.activations(study.epoch, aligned="layers").isel(time=slice(None, -lag))
    estimator, random = entropy_estimator(study.settings), study.settings.generator("entropy")
    found = []
    for column in steps.to_numpy().reshape(-1, steps.shape[-1]).T:
        try:
            found.append(entropy(column, estimator=estimator, random_state=random).bits)
        except EstimationError:
            found.append(float("nan"))
    return found


def _reference(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
    """Return flow and its terms, bits, by the reference estimator, for connections of the network.

    NaN for constant nodes, and for two nodes with equal or reversed ranks on all days, which
    determine each other.
    """
    rows = PairedRows.of(study.analysed, lag=1, aligned="layers", epoch=study.epoch)
    now, later = (scaled(rows.table[of], "rank") for of in (rows.current, rows.later))
    same = _same_ranks(now, now) | _same_ranks(now, later)
    wanted = connections(rows.nodes) & ~(same | same.T)
    with Progress(terms_of(wanted), "reference", progress) as bar:
        random = np.random.default_rng()  # it draws nothing
        delayed, together = flow_terms(rows, wanted, REFERENCE, random, -1, bar)
    values = (delayed - together, delayed, together)
    return xr.Dataset({name: rows.matrix(of, name) for name, of in zip(TERMS, values, strict=True)})


def _null(name: str) -> Stage:
    """Return the stage of the surrogates of one null."""

    def compute(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
        drawn = _network_null(study, name) if name in NETWORK_NULLS else null_of(name)
        return null_flows(study, done["flow"], drawn, progress)

    def applies(study: Study) -> bool:
        known = name not in NETWORK_NULLS or study.has_network
        return study.settings.significant_edges and known

    return Stage(f"null-{name}", compute, applies, needs=(FLOW.name,))


def _network_null(study: Study, name: str) -> RecordingSurrogate:
    assert study.data is not None
    weights = RecurrentWeights.in_snapshot(study.recording.snapshot(study.epoch))
    run = study.data.replay(study.analysed)
    if name == "weight-shuffled":
        return shuffled_weights(weights, run=run)
    # Initial weights may have scale zero: they are rescaled.
    scale = study.settings.initial_scale or Settings.initial_scale
    return untrained_networks(weights, run=run, initial_scale=scale)


def null_flows(
    study: Study,
    flow: xr.Dataset,
    null: RowSurrogate | RecordingSurrogate,
    progress: bool = False,
    some: NDArray[np.bool_] | None = None,
) -> xr.Dataset:
    """Return the flow of every surrogate (surrogate, source, target), and the control pairs.

    Of all possible edges, or only of ``some`` (source, target). ``alike`` in the result is the
    argument of `significance_of`.
    """
    settings = study.settings
    rows = PairedRows.of(study.analysed, lag=1, aligned="layers", epoch=study.epoch)
    edges = edges_of(flow, rows.nodes, settings)
    tested = edges if some is None else edges & some
    control = impossible(rows.nodes) & flow["flow"].notnull().to_numpy() & ~edges.to_numpy()
    if null.name != NULLS[0]:  # the other does not test existence
        control[:] = False
    flows, sampler = surrogate_flows(
        rows,
        tested.to_numpy() | control,
        flow_estimator(settings),
        null,
        settings.networks if null.name in NETWORK_NULLS else settings.surrogates,
        settings.generator("nulls"),
        progress=progress,
    )
    return xr.Dataset(
        {
            "flow": (("surrogate", "source", "target"), flows, {"units": "bit"}),
            "control": (("source", "target"), control),
            "alike": (("either", "other"), sampler.alike(len(flows))),
        },
        coords={name: tested[name] for name in ("source", "target")},
        attrs={key: str(value) for key, value in sampler.settings.items()},
    )


def edges_of(flow: xr.Dataset, nodes: pd.DataFrame, settings: Settings) -> xr.DataArray:
    """Return which pairs can be edges, (source, target)."""
    known = flow["flow"].notnull()
    return known & connections(nodes) if settings.structural_edges else known


def _same_ranks(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which columns (row, node) of both tables are equal or reversed.

    True for all pairs with a constant column.
    """
    units = []
    for columns in (a - a.mean(axis=0), b - b.mean(axis=0)):
        length = np.linalg.norm(columns, axis=0)
        varies = np.ptp(columns, axis=0) > 0.0
        units.append((np.divide(columns, length, out=np.zeros_like(columns), where=varies), varies))
    (first, moves), (second, moved) = units
    return (np.abs(first.T @ second) > _SAME) | ~np.outer(moves, moved)


FLOW = Stage("flow", _flow)
FLOW_REFERENCE = Stage("reference", _reference, lambda study: bool(study.settings.repairs))
EDGE_NULLS = tuple(_null(name) for name in NULLS)
FLOW_NULLS = (*EDGE_NULLS, *(_null(name) for name in NETWORK_NULLS))
