"""The network of an analysis for the page: nodes, matrices with their tests, activity."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from infoscope._errors import EstimationError
from infoscope._results import brief
from infoscope._validate import Floats
from infoscope.analysis.needed_sources import NeededSources
from infoscope.analysis.results import Results
from infoscope.analysis.stages.measures import CORRELATION, FREEDOM
from infoscope.analysis.switches import COUNTS, FLOW, INSTANTANEOUS, ONE_STEP
from infoscope.graphs.connections import connections
from infoscope.report.document import Level, Mark, MatrixView, NetworkView
from infoscope.significance.p_values import EQUAL

# Consecutive rows of every node that the page shows.
_ROWS = 200
# Thresholds at which the expected number of false edges is embedded.
_STEPS = 40
# Smallest step of rounding, in bits, and the share of the scatter of a null.
_FINEST, _SHARE = 1e-4, 0.1
TITLES: Mapping[str, tuple[str, str]] = {
    "flow": (
        "Information flow",
        "Does the target share more with the source one step later than now?",
    ),
    "delayed": ("Time-delayed information", "How much does the target share with the past source?"),
    "instantaneous": ("Information in the same row", "How much do two nodes share now?"),
    "reference_flow": (
        "Information flow, compared",
        "What flow does the estimator find that does not decide edges?",
    ),
    "transfer_entropy": (
        "Transfer entropy",
        "Does the source help to predict the target beyond the target's own past?",
    ),
    "conditional_transfer_entropy": (
        "Transfer entropy given the inputs",
        "Does it help beyond the target's past and all inputs?",
    ),
    "full_conditional": (
        "Information given all nodes",
        "Is there an edge, given everything that was recorded?",
    ),
    "count_transfer_entropy": (
        "Transfer entropy of counts",
        "Does the source help to predict the target's counts beyond its own past?",
    ),
    "partial_correlation": (
        "Partial correlation",
        "Is there an edge, given everything that was recorded?",
    ),
    "one_step": (
        "Influence within one step",
        "Does the target need the source, given the other sources that it needs?",
    ),
    "causal": ("Influence: causal information", "How much does a change of the source reveal?"),
    "jacobian": ("Influence: mean absolute Jacobian", "How strongly does the source drive it?"),
}


def network_view(name: str, results: Results, description: str = "") -> NetworkView:
    """Return the network of an analysis.

    Parameters
    ----------
    name, description : str
        Heading, and a sentence.
    results : Results
        The analysis.
    """
    return NetworkView(
        name,
        nodes_of(results),
        tuple(_views(results)),
        description,
        None if results.settings.groups else _activity(results),
    )


def nodes_of(results: Results) -> pd.DataFrame:
    """Return one row per node: role, layer, rank in the main graph, information, activity."""
    nodes = results.flow.nodes.copy()
    nodes["layer"] = nodes["layer"].astype(int)
    nodes["rank"] = results.rankings[results.main].ranks.reindex(nodes.index)
    if results.settings.groups:
        return nodes
    values = results.study.pairs.table
    nodes["mean"], nodes["sd"] = values.mean(axis=0), values.std(axis=0)
    if "nodes" in results.stages:
        plane = results.nodes.data.isel(epoch=-1)
        for column in ("entropy", "input_information", "target_information"):
            if column in plane:
                nodes[column] = plane[column].to_series().reindex(nodes.index)
    groups = results.recording.groups
    if groups:
        of_node = {node: group for group, members in groups.items() for node in members}
        nodes["group"] = [of_node.get(node, "") for node in nodes.index]
    return nodes


def _views(results: Results) -> Iterator[MatrixView]:
    """Yield the deciding measure first, then all others."""
    views = {FLOW: _tested_view(results, FLOW, results.flow.flow)}
    if results.settings.measure in (INSTANTANEOUS, COUNTS):
        views[results.settings.measure] = _tested_view(
            results, results.settings.measure, results.values
        )
    stage = results.stages.get("measures", xr.Dataset())
    tested = results.measures
    for name in map(str, stage.data_vars):
        if name.endswith((CORRELATION, FREEDOM)):
            continue
        if name not in views:
            views[name] = _measure_view(results, name, stage[name], tested.get(name))
    for term in ("delayed", "instantaneous"):
        if term not in views:
            views[term] = _plain(results, term, getattr(results.flow, term))
    if "reference" in results.stages:
        view = _plain(results, "reference_flow", results.reference.flow)
        by = brief(results.reference.estimator)
        views["reference_flow"] = replace(view, title=f"Information flow by {by}")
    if results.needed is not None:
        # Within one step, whatever the lag of the flow.
        found = _measure_view(results, ONE_STEP, results.needed.value, results.needed)
        views[ONE_STEP] = replace(found, lag=1)
    for name, values in results.influences.items():
        views[name] = _plain(results, name, values)
    first = views.pop(results.settings.measure)
    yield first
    yield from views.values()


def _tested_view(results: Results, measure: str, values: xr.DataArray) -> MatrixView:
    """Return a measure that surrogates test, with its test if it decides edges."""
    flow, settings = results.flow, results.settings
    title, question = TITLES[measure]
    marks = sorted(settings.thresholds) if measure == FLOW else []
    common: dict[str, Any] = {
        "measure": measure,
        "title": title,
        "question": question,
        "unit": "bits",
        "values": values.to_numpy(),
        "lag": 0 if measure == INSTANTANEOUS else flow.lag,
        "possible": _possible(results),
        "reasons": flow.not_estimated,
        "marks": tuple(Mark(f"{t:g} bits (paper)", t) for t in marks),
    }
    tested = COUNTS if settings.measure == COUNTS else results.study.statistic
    if not results.nulls or measure != tested:
        return MatrixView(**common, error=_FINEST * 10)
    both = results.significance
    parts = list(results.nulls.values())
    largest = np.max  # an edge must pass every null
    return MatrixView(
        **common,
        error=max(_SHARE * float(both.null_sd.min()), _FINEST),
        p=both.p.to_numpy(),
        q=largest([part.q.to_numpy() for part in parts], axis=0),
        p_fwer=largest([part.p_fwer.to_numpy() for part in parts], axis=0),
        levels=tuple(_levels(results, both)),
        false_edges=_false_edges(values.to_numpy(), both),
    )


def _measure_view(results: Results, name: str, values: xr.DataArray, tested: Any) -> MatrixView:
    title, question = TITLES.get(name, (name.replace("_", " "), ""))
    view: dict[str, Any] = {
        "measure": name,
        "title": title,
        "question": question,
        "unit": "bits" if values.attrs.get("units", "bit") == "bit" else "",
        "values": np.where(_possible(results), values.to_numpy(), np.nan),
        "lag": results.flow.lag if name != "instantaneous" else 0,
        "possible": _possible(results),
        "error": _FINEST * 10,
    }
    if tested is None:
        return MatrixView(**view)
    return MatrixView(
        **view,
        p=tested.p.to_numpy(),
        q=tested.q.to_numpy(),
        p_fwer=tested.p_fwer.to_numpy(),
        levels=tuple(_levels(results, tested)),
    )


def _plain(results: Results, name: str, values: xr.DataArray) -> MatrixView:
    return _measure_view(results, name, values, None)


def _levels(results: Results, tested: Any) -> Iterator[Level]:
    """Yield the levels of the graphs, with the median over edges of their thresholds."""
    for name, (level, correction) in results.settings.levels.items():
        try:
            found = _thresholds(tested, level, correction)
            known = found[np.isfinite(found)]
        except EstimationError:  # too few surrogates: no edge passes
            known = np.array([])
        threshold = float(np.median(known)) if len(known) else float("nan")
        yield Level(name, correction, level * (1.0 + EQUAL), threshold)


def _thresholds(tested: Any, level: float, correction: str) -> Floats:
    """Return the value that each edge must reach; of chosen sources the smallest one."""
    if isinstance(tested, NeededSources):
        chosen = tested.significant(level, correction=correction)
        return np.array([float(tested.value.where(chosen).min())])
    return getattr(tested, f"threshold_{correction}")(level, unit="edge").to_numpy()


def _false_edges(flow: Floats, tested: Any) -> Floats:
    """Return rows of threshold and expected number of false edges above it."""
    top = float(np.nanmax(flow, initial=0.0))
    thresholds = np.linspace(0.0, max(top, _FINEST), _STEPS)
    return np.array([(t, tested.expected_false_edges(float(t))) for t in thresholds])


def _possible(results: Results) -> Any:
    nodes = results.flow.nodes
    if results.settings.structural_edges:
        return connections(nodes)
    return ~np.eye(len(nodes), dtype=bool)


def _activity(results: Results) -> Floats:
    """Return some consecutive rows of every node, (node, row)."""
    return results.study.pairs.table[:_ROWS].T
