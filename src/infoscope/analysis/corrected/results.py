"""Everything that the corrected pipeline estimates, in one frozen place."""

from dataclasses import dataclass

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr

from infoscope.analysis.corrected.settings import CorrectedSettings
from infoscope.flow.information_flow import FlowMatrix
from infoscope.graphs.ranking import Ranking, class_order
from infoscope.learning.plane import InformationPlane
from infoscope.measures.statistics import spearman
from infoscope.recordings.recording import Recording
from infoscope.significance import FlowSignificance
from infoscope.weather import DailySeries, Windows


@dataclass(frozen=True)
class CorrectedResults:
    """Everything that the corrected pipeline estimates.

    Parameters
    ----------
    settings : CorrectedSettings
        What was computed.
    series : DailySeries
        The days.
    windows : Windows
        What the network was trained on.
    recording : Recording
        The network's run through all days, in every snapshot.
    held_out : Recording
        Its held-out rows.
    forecast : DataFrame
        Mean absolute error per model, split and target, in the target's unit.
    flow : FlowMatrix
        Of the last snapshot, held-out days.
    gaussian : FlowMatrix
        The same by the Gaussian copula, the reference.
    nulls : dict
        Null → what it makes of the flow; an edge needs all of them.
    network_nulls : dict
        The same of untrained networks and of shuffled weights, which decide on no edge.
    null_settings : dict
        Null → what it chose from the data, in words.
    graphs : dict
        Name of the threshold → graph.
    rankings : dict
        Name of the threshold → ranking.
    rank_tests : DataFrame
        Per graph, what chance makes of directedness and of the correlation of degrees.
    comparison : DataFrame
        How far other rankings of the main graph agree with it and with the roles.
    nodes : InformationPlane
        Of hidden and output nodes, last snapshot, held-out days.
    curves : Dataset
        Dimensions (part, epoch): error, skill and state of the activations in every snapshot.
    planes : Dataset
        Dimension epoch: what the layers know, in some of the snapshots, and whether a point
        passes its checks.
    gradients : DataFrame
        Mean and spread over a pass, per snapshot and parameter.
    seconds : dict
        Stage → seconds.
    peak_memory_mb : float
        Largest resident memory of the stages.
    """

    settings: CorrectedSettings
    series: DailySeries
    windows: Windows
    recording: Recording
    held_out: Recording
    forecast: pd.DataFrame
    flow: FlowMatrix
    gaussian: FlowMatrix
    nulls: dict[str, FlowSignificance]
    network_nulls: dict[str, FlowSignificance]
    null_settings: dict[str, dict[str, str]]
    graphs: dict[str, nx.DiGraph]
    rankings: dict[str, Ranking]
    rank_tests: pd.DataFrame
    comparison: pd.DataFrame
    nodes: InformationPlane
    curves: xr.Dataset
    planes: xr.Dataset
    gradients: pd.DataFrame
    seconds: dict[str, float]
    peak_memory_mb: float

    @property
    def main(self) -> str:
        """Name of the graph that stands for all: the least strict."""
        return list(self.graphs)[-1]

    @property
    def best_epoch(self) -> int:
        """The snapshot with the smallest held-out error."""
        error = self.curves["error"].sel(part="held-out")
        return int(error["epoch"].to_numpy()[int(np.argmin(error.to_numpy()))])

    def class_orders(self) -> pd.DataFrame:
        """How well each graph's ranking puts inputs before hidden before outputs."""
        rows = {name: class_order(ranking) for name, ranking in self.rankings.items()}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("ranking")

    def agreement(self) -> float:
        """Spearman correlation of the two estimators' flows over the edges; NaN if undefined."""
        one, other = self.flow.flow.to_numpy(), self.gaussian.flow.to_numpy()
        both = np.isfinite(one) & np.isfinite(other)
        return spearman(one[both], other[both])

    def edge_table(self) -> pd.DataFrame:
        """One row per pair: flow by both estimators, and per null its mean, p and q."""
        table = self.flow.to_frame()
        keys = ["source", "target"]
        table = table.merge(self.gaussian.to_frame()[[*keys, "flow"]].rename(
            columns={"flow": "gaussian_flow"}), on=keys, how="left")  # fmt: skip
        for name, null in {**self.nulls, **self.network_nulls}.items():
            found = null.to_frame()[[*keys, "null_mean", "null_sd", "p", "p_fwer", "q"]]
            short = name.replace("-", "_")
            renamed = found.rename(columns={c: f"{short}_{c}" for c in found if c not in keys})
            table = table.merge(renamed, on=keys, how="left")
        return table
