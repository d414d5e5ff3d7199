"""Calibration: how well measures from activity recover the influence that is known."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from infoscope._errors import InputError
from infoscope._results import Result
from infoscope.analysis.edge_results import EdgeResults
from infoscope.analysis.stages.one_step import ORDER
from infoscope.flow.edge_scores import score_edges
from infoscope.graphs.connections import CONNECTIONS, between

# The influence that measures are to recover, and its standard error, bits.
TRUTH, ERROR = "causal", "causal_error"
# Measures of `flow_measures` that are compared.
_MEASURES = ("transfer_entropy", "conditional_transfer_entropy", "full_conditional")
# Matrices of one-step influence that are compared; the order of their sizes is that of edges.
_ONE_STEP = ("score", "effect", "t", ORDER)
_RESAMPLES = 200
# Pairs of the table that are strongest by either measure.
_STRONGEST = 8


@dataclass(frozen=True, eq=False, repr=False)
class Calibration(Result):
    """How well measures from activity recover causal information flow, which is known.

    Parameters
    ----------
    scores : DataFrame
        One row for each measure and block of pairs (x→h, h→h, h→o), as of `score_edges`: ``n``,
        ``prevalence``, ``spearman``, ``auroc`` and ``auprc`` with 95 % intervals over targets. The
        edges of a block are the pairs whose causal flow exceeds its upper quartile. All measures
        of a block are compared on the same pairs.
    pairs : DataFrame
        The pairs that are strongest by causal flow or by information flow: ``source``, ``target``,
        ``block``, ``causal`` with ``causal_error`` and ``flow``, in bits, and the rank of the pair
        among all pairs by each.
    """

    scores: pd.DataFrame
    pairs: pd.DataFrame

    def _line(self) -> str:
        best = [f"{row.block} {row.measure} {row.auprc:.2f} (chance {row.prevalence:.2f})"
                for row in self.best.itertuples()]  # fmt: skip
        return f"AUPRC of the best measure: {', '.join(best)}"

    @property
    def best(self) -> pd.DataFrame:
        """The row of the measure with the largest average precision, of each block."""
        known = self.scores.dropna(subset=["auprc"])
        return known.loc[known.groupby("block", sort=False)["auprc"].idxmax()]

    def to_frame(self) -> pd.DataFrame:
        """Return the scores."""
        return self.scores


def influences_between(given: xr.Dataset | None, nodes: pd.DataFrame) -> dict[str, xr.DataArray]:
    """Return each known influence between these nodes, at the shortest lag.

    Raises
    ------
    InputError
        If it lacks a node.
    """
    if given is None:
        return {}
    names = list(nodes.index)
    if missing := sorted(set(names) - set(given["source"].to_numpy().tolist())):
        raise InputError(
            f"influence must be between the nodes of the recording, got none of {missing[0]!r}; "
            "compute it for the model and the probe that were recorded"
        )
    found = {}
    for name, values in given.data_vars.items():
        if {"source", "target"} <= set(values.dims):
            at = values.isel(lag=0, drop=True) if "lag" in values.dims else values
            found[str(name)] = at.sel(source=names, target=names).transpose("source", "target")
    return found


def calibration_of(results: EdgeResults, known: Mapping[str, xr.DataArray]) -> Calibration | None:
    """Return how well the measures recover causal flow; None if it is not among the known."""
    if TRUTH not in known:
        return None
    nodes, truth = results.flow.nodes, known[TRUTH]
    common = _on_the_same_pairs(_observed(results), truth, nodes)
    scores = score_edges(
        common, truth, nodes=nodes, resamples=_RESAMPLES,
        random_state=results.settings.generator("calibration"),
    )  # fmt: skip
    scores = scores[scores["block"].isin(CONNECTIONS)].drop(columns="truth")
    return Calibration(scores.reset_index(drop=True), _pairs(results, known))


def _observed(results: EdgeResults) -> dict[str, xr.DataArray]:
    """Return the measures from activity (source, target); larger is stronger."""
    found = {"flow": results.flow.flow, "delayed": results.flow.delayed}
    stage = results.stages.get("measures", xr.Dataset())
    found |= {name: stage[name] for name in _MEASURES if name in stage}
    if results.one_step is not None:
        found |= {f"one_step_{name}": _size(results.one_step[name], name) for name in _ONE_STEP}
    return found


def _size(values: xr.DataArray, name: str) -> xr.DataArray:
    return abs(values) if name in ("effect", "t") else values


def _on_the_same_pairs(
    measures: Mapping[str, xr.DataArray], truth: xr.DataArray, nodes: pd.DataFrame
) -> xr.Dataset:
    """Return the measures on the pairs of each block that all of them know, NaN elsewhere.

    A measure without any value in a block is left out there.
    """
    values = {name: each.to_numpy() for name, each in measures.items()}
    kept = {name: np.full(truth.shape, np.nan) for name in values}
    for hop in CONNECTIONS.values():
        members = between(nodes, [hop]) & np.isfinite(truth.to_numpy())
        known = {name: members & np.isfinite(each) for name, each in values.items()}
        there = {name: mask for name, mask in known.items() if mask.any()}
        common = np.logical_and.reduce([members, *there.values()])
        for name in there:
            kept[name][common] = values[name][common]
    return xr.Dataset({name: truth.copy(data=matrix) for name, matrix in kept.items()})


def _pairs(results: EdgeResults, known: Mapping[str, xr.DataArray]) -> pd.DataFrame:
    """Return causal flow and information flow of the pairs that are strongest by either."""
    nodes = results.flow.nodes
    columns = {name: known[name] for name in (TRUTH, ERROR) if name in known}
    columns["flow"] = results.flow.flow
    table = pd.DataFrame({name: values.to_series() for name, values in columns.items()})
    blocks = np.full((len(nodes),) * 2, "", dtype=object)
    for block, hop in CONNECTIONS.items():
        blocks[between(nodes, [hop])] = block
    table.insert(0, "block", blocks.ravel())
    table = table[table["block"] != ""].dropna(subset=[TRUTH, "flow"])
    ranks = {f"{n}_rank": table[n].rank(ascending=False, method="min") for n in (TRUTH, "flow")}
    table = table.assign(**{name: rank.astype(int) for name, rank in ranks.items()})
    strongest = (table[list(ranks)] <= _STRONGEST).any(axis=1)
    return table[strongest].sort_values(TRUTH, ascending=False).reset_index()
