"""Everything that the published pipeline estimates, in one frozen place."""

from dataclasses import dataclass

import networkx as nx
import numpy as np
import pandas as pd

from infoscope.analysis.settings import Settings
from infoscope.flow.information_flow import FlowMatrix
from infoscope.graphs.graph import neighbour_similarity
from infoscope.graphs.ranking import Ranking, class_order
from infoscope.learning.indicators import LearningIndicators
from infoscope.learning.plane import InformationPlane
from infoscope.measures.statistics import pearson_test
from infoscope.recordings.recording import Recording
from infoscope.weather import Windows


@dataclass(frozen=True)
class PublishedResults:
    """Everything that the published pipeline estimates.

    Parameters
    ----------
    settings : Settings
        What was computed.
    windows : Windows
        The data.
    recording : Recording
        The network's activations in every snapshot.
    forecast : DataFrame
        Mean absolute error per model, split and target, in the target's unit.
    flow : FlowMatrix
        Of the last snapshot; ``flow.nodes`` has the entropy of each node in bits.
    graphs : dict
        Threshold in bits → graph.
    rankings : dict
        Name → Ranking: ``jacobi <threshold>`` (published), ``exact <threshold>``,
        ``weighted``, ``delayed <threshold>`` and ``normalised <threshold>`` (graphs of the
        delayed information alone and of flow over entropy, with as many edges as the flow
        graph of that threshold; exact).
    nodes : InformationPlane
        Per node, last snapshot.
    outputs : InformationPlane
        Per output node, every snapshot.
    indicators : LearningIndicators
        Per snapshot.
    gradients : DataFrame
        Mean and spread per snapshot and parameter.
    sensitivity : DataFrame
        Complexity per number of subsets and snapshot: epoch, subsets, bits, standard_error.
    seconds : dict
        Stage → seconds.
    peak_memory_mb : float
        Largest resident memory of the stages.
    """

    settings: Settings
    windows: Windows
    recording: Recording
    forecast: pd.DataFrame
    flow: FlowMatrix
    graphs: dict[float, nx.DiGraph]
    rankings: dict[str, Ranking]
    nodes: InformationPlane
    outputs: InformationPlane
    indicators: LearningIndicators
    gradients: pd.DataFrame
    sensitivity: pd.DataFrame
    seconds: dict[str, float]
    peak_memory_mb: float

    def similarity(self) -> pd.DataFrame:
        """How alike sources and sinks of hidden nodes are, at the main threshold."""
        return neighbour_similarity(self.graphs[self.settings.main_threshold])

    def class_orders(self) -> pd.DataFrame:
        """How well each ranking puts inputs before hidden before outputs."""
        rows = {name: class_order(ranking) for name, ranking in self.rankings.items()}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("ranking")

    def rank_correlations(self) -> pd.DataFrame:
        """Pearson correlation, over hidden nodes, of the published ranks with informations."""
        ranks = self.rankings[f"jacobi {self.settings.main_threshold:g}"].ranks
        last = self.nodes.data.isel(epoch=-1)
        hidden = last.isel(unit=np.flatnonzero(last["role"].to_numpy() == "hidden"))
        about_input = hidden["input_information"].to_series()
        about_target = hidden["target_information"].to_series()
        statistics = {
            "I(h;x)": about_input,
            "I(h;y)": about_target,
            "I(h;x) / I(h;y)": about_input / about_target,
            "H(h)": hidden["entropy"].to_series(),
        }
        rows = []
        for name, values in statistics.items():
            both = pd.concat([ranks, values], axis=1, keys=["rank", "value"], join="inner").dropna()
            rows.append((name, *pearson_test(both["rank"], both["value"]), len(both)))
        return pd.DataFrame(rows, columns=["statistic", "correlation", "p_value", "nodes"])
