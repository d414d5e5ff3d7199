"""Influence within one step in the analysed snapshot, with the sources that each node needs."""

from collections.abc import Sequence

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr

from infoscope._errors import EstimationError, InputError
from infoscope._results import plain
from infoscope.analysis.stage import Done, Stage
from infoscope.analysis.stages.measures import LEFT_OUT
from infoscope.analysis.study import Study
from infoscope.flow.connectivity.one_step import OneStepInfluence, one_step_influence
from infoscope.graphs.graph import threshold_graph

# Matrices of the chosen sources: information given the other chosen ones, and its p.
NEEDED, NEEDED_BITS, NEEDED_P = "needed", "needed_bits", "needed_p"
# The order of all pairs that suits the data.
ORDER = "order"
# Family-wise error rate of the sources of each target.
LEVEL = 0.1


def _one_step(study: Study, done: Done, epochs: Sequence[int], progress: bool) -> xr.Dataset:
    """Return the matrices of `one_step_influence`, their order, and the sources that nodes need.

    Without matrices, and with the reason, where rows are no steps in time or are too few.
    """
    settings = study.settings
    try:
        found = one_step_influence(
            study.analysed,
            epoch=study.epoch,
            aligned=settings.aligned,
            random_state=settings.generator("one_step"),
            progress=progress,
        )
        order, needed = found.order(), _needed(found)
    except (InputError, EstimationError) as error:
        return xr.Dataset(attrs={LEFT_OUT: [f"one-step influence: {error}"]})
    stage = xr.Dataset({**found.data_vars, ORDER: order.rename(ORDER), **needed})
    attributes = {**found.attrs, **order.attrs, "level": LEVEL, LEFT_OUT: []}
    return stage.assign_attrs(plain(attributes))


def _needed(found: OneStepInfluence) -> dict[str, xr.DataArray]:
    """Return which pairs are edges of the greedy choice, and their bits and p; NaN elsewhere."""
    matrix = found["score"]
    bits, p = (xr.full_like(matrix, np.nan).assign_attrs(units=unit) for unit in ("bit", "1"))
    for source, target, values in found.edges(LEVEL).edges(data=True):
        at = {"source": source, "target": target}
        bits.loc[at], p.loc[at] = values["flow"], values["p"]
    chosen = bits.notnull().assign_attrs(units="1")
    return {NEEDED: chosen, NEEDED_BITS: bits, NEEDED_P: p}


def needed_graph(stage: xr.Dataset, nodes: pd.DataFrame) -> nx.DiGraph:
    """Return the graph of the sources that each node needs, as `OneStepInfluence.edges`."""
    graph = threshold_graph(stage[NEEDED_BITS], nodes, -1.0)
    for source, target, values in graph.edges(data=True):
        at = {"source": source, "target": target}
        values.update(p=float(stage[NEEDED_P].sel(at)), effect=float(stage["effect"].sel(at)))
    graph.graph.update(
        level=stage.attrs["level"], correction="fwer per target", measure="mte", null="greedy"
    )
    return graph


ONE_STEP = Stage("one_step", _one_step)
