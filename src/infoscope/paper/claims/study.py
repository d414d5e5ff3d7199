"""The analysis of one seed in one mode, the input of the statistics of claims."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from infoscope._errors import EstimationError
from infoscope.analysis.results import Results
from infoscope.analysis.stages.flow import NULLS
from infoscope.analysis.study import Study
from infoscope.graphs.graph import densest_graph
from infoscope.graphs.ranking import Ranking, class_order
from infoscope.significance import FlowSignificance

MODES = ("published", "corrected")
# The null that tests whether a flow exists, in both modes.
CHANCE = NULLS[0]


@dataclass(frozen=True)
class SeedStudy:
    """One network: the stages of its analysis, and those that only claims need.

    Parameters
    ----------
    seed : int
        Seed of its split, initial weights and all other random numbers.
    mode : {"published", "corrected"}
        Mode of training and estimation.
    parts : mapping of str to Dataset
        Stages of `analysis`: ``flow``, the ``null-<name>`` of its edges (published: of some pairs,
        by circular shift), ``nodes``, ``curves``, ``indicators`` (published) and, of the corrected
        snapshots up to the analysed one, ``gradients``. Next to them:

        * ``gates``: test errors of the analysed network, its baselines, and the network without
          recurrence; whether it does its task and needs recurrence (corrected mode).
        * ``strength``: structural weight times the source's standard deviation (source, target).
        * ``untrained``: the flow of an untrained network.
        * ``learning-curves``: dimension epoch, of the learning run; ``replicates`` of four of them;
          the attribute ``analysed_epoch`` where an earlier epoch than the last is analysed.
        * ``shuffled``: the same curves at the first and the analysed epoch, targets shuffled.
        * ``subsets``: complexity by ``few`` and ``many`` subsets and their errors (epoch).
        * ``systems``: ``auprc`` (system, measure) of synthetic systems.
        * ``feedforward``: ``rank`` (trained, node) and ``layer`` of a feed-forward network.
        * ``larger``: ``rank`` (hidden_nodes, trained, node) of the hidden nodes of larger networks.
    missing : mapping of str to str
        Part → reason why it is missing.
    study : Study or None
        Settings, data and recording; None without flow.
    """

    seed: int
    mode: str
    parts: Mapping[str, xr.Dataset]
    missing: Mapping[str, str] = field(default_factory=dict)
    study: Study | None = None

    def part(self, name: str) -> xr.Dataset:
        """Return a part.

        Raises
        ------
        EstimationError
            If it is missing, with the reason.
        """
        if name not in self.parts:
            why = self.missing.get(name, "it was not run")
            raise EstimationError(f"no {name} of the {self.mode} network: {why}")
        return self.parts[name]

    @property
    def curves(self) -> xr.Dataset:
        """The curves up to the analysed epoch.

        Raises
        ------
        EstimationError
            If they are missing.
        """
        curves = self.part("learning-curves")
        last = curves.attrs.get("analysed_epoch")
        return curves if last is None else curves.sel(epoch=slice(None, int(last)))

    @cached_property
    def results(self) -> Results:
        """The analysis of the network.

        Raises
        ------
        EstimationError
            If its flow is missing, or the significance of its edges.
        """
        self.part("flow")
        assert self.study is not None
        for name in NULLS if self.study.settings.significant_edges else ():
            self.part(f"null-{name}")
        return Results(self.study, self.parts)

    @property
    def flow(self) -> xr.DataArray:
        """The flow, bits, NaN where no edge is possible."""
        return self.results.flow.flow

    @property
    def nodes(self) -> pd.DataFrame:
        """Role and layer of every node of the graphs, and what is known of its activations."""
        return self.results.flow.nodes

    @property
    def nulls(self) -> dict[str, FlowSignificance]:
        """Null → significance of the tested pairs.

        Raises
        ------
        EstimationError
            If the surrogates are missing.
        """
        self.part(f"null-{CHANCE}")
        return self.results.nulls

    @property
    def graph_names(self) -> list[str]:
        """Names of the thresholds, in order."""
        assert self.study is not None
        return self.study.settings.graph_names

    @property
    def main(self) -> str:
        """Name of the main graph."""
        return self.results.main

    def graph(self, name: str, untrained: bool = False) -> nx.DiGraph:
        """Return a graph by the name of its threshold, of the trained or an untrained network.

        The untrained network has the same number of edges.
        """
        graph = self.results.graphs[name]
        if not untrained:
            return graph
        return self.densest(self.part("untrained")["flow"], graph.number_of_edges())

    def edges(self, name: str, untrained: bool = False) -> NDArray[np.bool_]:
        """Return the edges (source, target) of a graph."""
        # Edges have no such weight: each counts 1.
        return nx.to_numpy_array(self.graph(name, untrained), weight="none") > 0.0

    def ranking(self, name: str) -> Ranking:
        """Return the ranking of a graph: by 20 updates if published, else exact."""
        return self.results.rankings[name]

    def densest(self, measure: xr.DataArray, edges: int) -> nx.DiGraph:
        """Return the graph of the largest entries of a measure among possible edges."""
        return densest_graph(measure, self.nodes, edges, self.flow.notnull())


def agreement(ranking: Ranking) -> float:
    """Kendall's tau-b of rank and role.

    Raises
    ------
    EstimationError
        If a class has no ranked node.
    """
    found = class_order(ranking)["kendall_tau"]
    if np.isnan(found):
        raise EstimationError("inputs, hidden nodes or outputs have no rank in the graph")
    return found
