"""The flow of the analysed snapshot and of its surrogates."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from infoscope._errors import EstimationError
from infoscope._progress import Progress
from infoscope.analysis.estimators import entropy_estimator, flow_estimator, reference_estimator
from infoscope.analysis.stage import Done, Stage, repaired
from infoscope.analysis.study import Study
from infoscope.analysis.switches import COUNTS, AnalysisSettings
from infoscope.estimators._samples import scaled
from infoscope.flow.information_flow import information_flow
from infoscope.flow.surrogate_flows import flow_terms, surrogate_flows, terms_of
from infoscope.graphs.connections import connections, impossible
from infoscope.measures.information import entropy
from infoscope.recordings.weights import RecurrentWeights
from infoscope.surrogates import (
    ChosenNull,
    RecordingSurrogate,
    shuffled_weights,
    untrained_networks,
)
from infoscope.surrogates.networks import NETWORK_NULLS

# The published rows allow both: the first tests existence, the second direction.
NULLS = AnalysisSettings.nulls
# Attributes of a null's stage: its hypothesis, and the reasons for its choice.
TESTS, NOTES = "tests", "notes"
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
        groups=settings.groups or None,
        lag=settings.lag,
        aligned=settings.aligned,
        random_state=settings.generator("flow"),
        progress=progress,
    )
    result = xr.Dataset({term: getattr(flow, term) for term in TERMS})
    result = result.assign_attrs(n=flow.n, lag=flow.lag, epoch=study.epoch)
    if not settings.bounded_normalisation:
        result["entropy"] = ("source", _entropies(study, flow.lag), {"units": "bit"})
    for column in ("constant", "ties") if settings.no_noise else ("constant",):
        result[column] = ("source", flow.nodes[column].to_numpy())
    return result


def _entropies(study: Study, lag: int) -> list[float]:
    """Return the differential entropy of every node, bits; NaN for tied values."""
    steps = study.analysed.activations(study.epoch, study.settings.aligned)
    steps = steps.isel(time=slice(None, -lag))
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
    settings, rows = study.settings, study.pairs
    now, later = (scaled(rows.table[of], "rank") for of in (rows.current, rows.later))
    same = _same_ranks(now, now) | _same_ranks(now, later)
    wanted = connections(rows.nodes) & ~(same | same.T)
    with Progress(terms_of(wanted), "reference", progress) as bar:
        estimator, random = reference_estimator(settings), settings.generator("flow")
        delayed, together = flow_terms(rows, wanted, estimator, random, -1, bar)
    values = (delayed - together, delayed, together)
    return xr.Dataset({name: rows.matrix(of, name) for name, of in zip(TERMS, values, strict=True)})


def edge_nulls(study: Study) -> tuple[Stage, ...]:
    """Return a stage for the surrogates of each null that an edge must pass."""
    return tuple(_null(chosen.name) for chosen in study.nulls) if _tested(study) else ()


def _tested(study: Study) -> bool:
    return study.settings.significant_edges and study.settings.measure != COUNTS


def _null(name: str) -> Stage:
    """Return the stage of the surrogates of one null of rows."""

    def compute(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
        chosen = next(each for each in study.nulls if each.name == name)
        return null_flows(study, done["flow"], chosen, progress)

    return Stage(f"null-{name}", compute, _tested, needs=(FLOW.name,))


def _network_null(name: str) -> Stage:
    """Return the stage of the surrogates of one null of whole networks."""

    def compute(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
        drawn = _drawn_networks(study, name)
        return null_flows(study, done["flow"], ChosenNull(drawn, name), progress)

    def applies(study: Study) -> bool:
        return _tested(study) and study.has_network

    return Stage(f"null-{name}", compute, applies, needs=(FLOW.name,))


def _drawn_networks(study: Study, name: str) -> RecordingSurrogate:
    assert study.data is not None
    weights = RecurrentWeights.in_snapshot(study.recording.snapshot(study.epoch))
    run = study.data.replay(study.analysed)
    if name == "weight-shuffled":
        return shuffled_weights(weights, run=run)
    # Initial weights may have scale zero: they are rescaled.
    own = study.replication
    scale = own.initial_scale or type(own).initial_scale
    return untrained_networks(weights, run=run, initial_scale=scale)


def null_flows(
    study: Study,
    flow: xr.Dataset,
    chosen: ChosenNull,
    progress: bool = False,
    some: NDArray[np.bool_] | None = None,
) -> xr.Dataset:
    """Return the flow of every surrogate (surrogate, source, target), and the control pairs.

    Of all possible edges, or only of ``some`` (source, target). ``alike`` in the result is the
    argument of `significance_of`.
    """
    settings, rows, null = study.settings, study.pairs, chosen.null
    edges = edges_of(flow, study.nodes, settings)
    tested = edges if some is None else edges & some
    control = impossible(study.nodes) & flow["flow"].notnull().to_numpy() & ~edges.to_numpy()
    if chosen.name != study.nulls[0].name:  # the other does not test existence
        control[:] = False
    flows, sampler = surrogate_flows(
        rows,
        tested.to_numpy() | control,
        study.estimator,
        null,
        settings.networks if null.name in NETWORK_NULLS else settings.surrogates,
        settings.generator("nulls"),
        progress=progress,
        layout=chosen.layout,
        statistic=study.statistic,
    )
    return xr.Dataset(
        {
            "flow": (("surrogate", "source", "target"), flows, {"units": "bit"}),
            "control": (("source", "target"), control),
            "alike": (("either", "other"), sampler.alike(len(flows))),
        },
        coords={name: tested[name] for name in ("source", "target")},
        attrs={key: str(value) for key, value in sampler.settings.items()}
        | {TESTS: null.tests, NOTES: list(chosen.reasons)},
    )


def edges_of(flow: xr.Dataset, nodes: pd.DataFrame, settings: AnalysisSettings) -> xr.DataArray:
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
FLOW_REFERENCE = Stage("reference", _reference, repaired)
EDGE_NULLS = tuple(_null(name) for name in NULLS)
NETWORKS = tuple(_network_null(name) for name in NETWORK_NULLS)
