"""Estimates of one seed in one mode, the input of the statistics of claims."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr

from infoscope._errors import EstimationError
from infoscope.graphs.graph import densest_graph, threshold_graph
from infoscope.graphs.ranking import Ranking, class_order, rank_nodes

MODES = ("published", "corrected")
_JACOBI_ITERATIONS = 20
# Below any flow, because edges have been selected before.
_ANY = -1e100


@dataclass(frozen=True)
class SeedStudy:
    """All estimates of one network.

    Parameters
    ----------
    seed : int
        Seed of its split, initial weights and all other random numbers.
    mode : {"published", "corrected"}
        Mode of training and estimation.
    parts : mapping of str to Dataset
        * ``gates``: test errors of the analysed network, its baselines, and the network without
          recurrence; whether it does its task and needs recurrence (corrected mode).
        * ``flow``: ``flow``, ``delayed``, ``instantaneous`` and ``strength`` (structural weight
          times the source's standard deviation) (source, target), bits; ``edge`` (graph, source,
          target), main graph named by the attribute ``main``; ``allowed`` (source, target);
          ``role``, ``layer``, ``entropy`` (source).
        * ``untrained``: ``flow``, ``edge`` of an untrained network, as many edges.
        * ``null``: ``tested``, ``significant`` (source, target), attribute ``null_share``.
        * ``nodes``: ``input_information``, ``target_information``, ``entropy``, ``role`` (unit).
        * ``curves``: dimension epoch, of the learning run; ``replicates`` of four of them; the
          attribute ``analysed_epoch`` where an earlier epoch than the last is analysed.
        * ``shuffled``: the same curves at the first and the analysed epoch, targets shuffled.
        * ``gradients``: ``mean``, ``spread`` (parameter, epoch).
        * ``subsets``: complexity by ``few`` and ``many`` subsets and their errors (epoch).
        * ``systems``: ``auprc`` (system, measure) of synthetic systems.
        * ``feedforward``: ``rank`` (trained, node) and ``layer`` of a feed-forward network.
        * ``larger``: ``rank`` (hidden_nodes, trained, node) of the hidden nodes of larger networks.
    missing : mapping of str to str
        Part → reason why it is missing.
    """

    seed: int
    mode: str
    parts: Mapping[str, xr.Dataset]
    missing: Mapping[str, str] = field(default_factory=dict)

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
        curves = self.part("curves")
        last = curves.attrs.get("analysed_epoch")
        return curves if last is None else curves.sel(epoch=slice(None, int(last)))

    @cached_property
    def nodes(self) -> pd.DataFrame:
        """Role and layer of every node of the graphs."""
        flow = self.part("flow")
        columns = {name: flow[name].to_numpy() for name in ("role", "layer")}
        return pd.DataFrame(columns, index=pd.Index(flow["source"].to_numpy(), name="node"))

    @property
    def graph_names(self) -> list[str]:
        """Names of the thresholds, in order."""
        return [str(name) for name in self.part("flow")["graph"].to_numpy()]

    @property
    def main(self) -> str:
        """Name of the main graph."""
        return str(self.part("flow").attrs["main"])

    def graph(self, name: str, untrained: bool = False) -> nx.DiGraph:
        """Return a graph by the name of its threshold, of the trained or an untrained network."""
        flow = self.part("flow")
        known = self.part("untrained") if untrained else flow
        return threshold_graph(known["flow"].where(known["edge"].sel(graph=name, drop=True)),
                               self.nodes, _ANY)  # fmt: skip

    def ranking(self, name: str) -> Ranking:
        """Return the ranking of a graph: by 20 updates if published, else exact."""
        graph = self.graph(name)
        if self.mode == "published":
            return rank_nodes(graph, method="jacobi", iterations=_JACOBI_ITERATIONS)
        return rank_nodes(graph)

    def densest(self, measure: xr.DataArray, edges: int) -> nx.DiGraph:
        """Return the graph of the largest entries of a measure among allowed pairs."""
        return densest_graph(measure, self.nodes, edges, self.part("flow")["allowed"])


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
