"""Results of an analysis: its stages, and views of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from infoscope._errors import EstimationError, InputError
from infoscope._results import Result
from infoscope.analysis.estimators import REFERENCE, decoded, flow_estimator
from infoscope.analysis.flaws import REPAIRS
from infoscope.analysis.settings import Settings
from infoscope.analysis.stages.flow import NULLS, TERMS, edges_of
from infoscope.analysis.stages.gradients import MATRICES
from infoscope.analysis.stages.planes import with_validity
from infoscope.analysis.study import Study
from infoscope.flow.information_flow import FlowMatrix
from infoscope.graphs.graph import densest_graph, neighbour_similarity, threshold_graph
from infoscope.graphs.rank_comparison import compare_rankings, rank_agreement
from infoscope.graphs.rank_nulls import rank_significance
from infoscope.graphs.ranking import Ranking, class_order, rank_nodes
from infoscope.learning.gradients import gradient_statistics
from infoscope.learning.indicators import LearningIndicators
from infoscope.learning.plane import InformationPlane
from infoscope.measures.statistics import pearson_test, spearman
from infoscope.recordings.recording import Recording
from infoscope.significance import FlowSignificance, significance_of
from infoscope.surrogates.networks import NETWORK_NULLS
from infoscope.weather import Windows

_CORRELATION_SAMPLES = 499
# Tests of a graph: statistic → options of `rank_significance`.
_RANK_TESTS: dict[str, dict[str, Any]] = {
    "directedness": {"null": "orientation"},
    "degree_correlation": {
        "null": "block",
        "blocks": "role",
        "alternative": "less",
        "surrogates": _CORRELATION_SAMPLES,
    },
}


@dataclass(frozen=True, eq=False, repr=False)
class Results(Result):
    """All results of a study.

    Parameters
    ----------
    study : Study
        Settings, data and recording.
    stages : mapping of str to Dataset
        Every finished stage by name; stages that do not apply are absent.
    forecast : DataFrame
        Mean absolute error per model, split and target, in the target's unit; empty without a
        network.
    seconds : mapping of str to float
        Stage → seconds.
    peak_memory_mb : float
        Largest resident memory of the stages.
    """

    study: Study
    stages: Mapping[str, xr.Dataset]
    forecast: pd.DataFrame = field(default_factory=pd.DataFrame)
    seconds: Mapping[str, float] = field(default_factory=dict)
    peak_memory_mb: float = float("nan")

    def _line(self) -> str:
        repairs = len(self.settings.repairs)
        mode = f"{repairs} of {len(REPAIRS)} flaws repaired" if repairs else "published"
        data = "a recording" if self.study.data is None else self.settings.data
        return f"{data}, {mode}, epoch {self.study.epoch}, stages: {', '.join(self.stages)}"

    def _facts(self) -> dict[str, Any]:
        return {"epoch": self.study.epoch, "repairs": self.settings.repairs}

    def to_frame(self) -> pd.DataFrame:
        """Return one row per stage: its variables, the sizes of its dimensions, and seconds."""
        rows = {
            name: {
                "variables": ", ".join(map(str, stage.data_vars)),
                "sizes": ", ".join(f"{dim} {size}" for dim, size in stage.sizes.items()),
                "seconds": self.seconds.get(name, np.nan),
            }
            for name, stage in self.stages.items()
        }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("stage")

    @property
    def settings(self) -> Settings:
        """The settings."""
        return self.study.settings

    @property
    def recording(self) -> Recording:
        """All rows in every snapshot."""
        return self.study.recording

    @property
    def analysed(self) -> Recording:
        """The rows used for flow and nodes."""
        return self.study.analysed

    @property
    def windows(self) -> Windows:
        """Windows of the data; the network was trained on all except test windows.

        Raises
        ------
        InputError
            If the data are unknown.
        """
        if self.study.data is None:
            raise InputError(
                "study must have data for its windows, got a recording alone; omit what needs "
                "training data"
            )
        return self.study.data.windows

    @cached_property
    def gates(self) -> dict[str, Any] | None:
        """Whether the network does its task and needs recurrence; None with flaw 11."""
        if self.study.data is None or not self.settings.fitted_network:
            return None
        return self.study.data.gates(self.study.weights())

    @cached_property
    def flow(self) -> FlowMatrix:
        """Flow of the analysed snapshot; ``flow.nodes`` says which nodes are constant."""
        stage = self.stages["flow"]
        columns = [name for name in ("constant", "ties", "entropy") if name in stage]
        known = {name: stage[name].to_numpy() for name in columns}
        return self._matrix(stage, flow_estimator(self.settings), known)

    @cached_property
    def gaussian(self) -> FlowMatrix:
        """The flow by the Gaussian copula, the reference."""
        return self._matrix(self.stages["reference"], REFERENCE, {})

    def _matrix(self, stage: xr.Dataset, estimator: Any, known: dict[str, Any]) -> FlowMatrix:
        of_flow = self.stages["flow"]
        nodes = self.analysed.nodes.assign(**known)
        terms = [stage[term] for term in TERMS]
        if self.settings.structural_edges:
            terms = [term.where(edges_of(of_flow, nodes, self.settings)) for term in terms]
        return FlowMatrix(
            *terms,
            nodes=nodes,
            lag=int(of_flow.attrs["lag"]),
            n=int(of_flow.attrs["n"]),
            estimator=estimator,
            aligned=self.analysed.alignment(self.study.epoch, aligned="layers"),
        )

    @cached_property
    def nulls(self) -> dict[str, FlowSignificance]:
        """Null → significance of the flow; an edge must pass all nulls."""
        return self._nulls(NULLS)

    @cached_property
    def network_nulls(self) -> dict[str, FlowSignificance]:
        """The same for untrained networks and shuffled weights, which do not decide edges."""
        return self._nulls(tuple(NETWORK_NULLS))

    def _nulls(self, names: tuple[str, ...]) -> dict[str, FlowSignificance]:
        flow, nodes = self.stages["flow"], self.flow.nodes
        edges = edges_of(flow, nodes, self.settings).to_numpy()
        found = {}
        for name in names:
            stage = self.stages.get(f"null-{name}")
            if stage is None:
                continue
            drawn = stage["flow"].to_numpy()
            # A nearly constant node may be constant in a surrogate: its pairs are not tested.
            known = np.isfinite(drawn).all(axis=0)
            found[name] = significance_of(
                flow["flow"],
                drawn,
                tested=edges & known,
                control=stage["control"].to_numpy().astype(bool) & known,
                nodes=nodes,
                null=name,
                pool=True,
                alike=stage["alike"].to_numpy().astype(bool),
            )
        return found

    def null_settings(self, name: str) -> dict[str, str]:
        """Describe the choices of an adaptive null."""
        own = {"seconds", "peak_memory_mb"}
        attributes = self.stages[f"null-{name}"].attrs
        return {str(key): str(value) for key, value in attributes.items() if key not in own}

    @cached_property
    def graphs(self) -> dict[str, nx.DiGraph]:
        """Name of the threshold → graph, in the order of `Settings.graph_names`."""
        if self.settings.significant_edges:
            levels = self.settings.levels.values()
            flows = [self.flow.flow.where(self.significant(*level)) for level in levels]
            graphs = [threshold_graph(flow, self.flow.nodes, 0.0) for flow in flows]
        else:
            graphs = [self.flow.graph(t) for t in sorted(self.settings.thresholds)]
        return dict(zip(self.settings.graph_names, graphs, strict=True))

    def significant(self, level: float, correction: str) -> NDArray[np.bool_]:
        """Return which edges (source, target) are significant by every null."""
        parts = [null.significant(level, correction=correction) for null in self.nulls.values()]
        return np.logical_and.reduce([part.to_numpy() for part in parts])

    @property
    def main(self) -> str:
        """Name of the main graph: by false discovery rate, or `main_threshold`."""
        if self.settings.significant_edges:
            return list(self.settings.levels)[-1]
        return f"{self.settings.main_threshold:g} bits"

    @cached_property
    def rankings(self) -> dict[str, Ranking]:
        """Name of the graph → ranking, by the published updates or exact."""
        return {name: self._ranked(graph) for name, graph in self.graphs.items()}

    def _ranked(self, graph: nx.DiGraph) -> Ranking:
        if self.settings.exact_ranks:
            return rank_nodes(graph)
        return rank_nodes(graph, method="jacobi", iterations=self.settings.jacobi_iterations)

    @cached_property
    def variants(self) -> dict[str, Ranking]:
        """Rankings of the paper and their variants.

        ``jacobi <graph>`` (published), ``exact <graph>``, ``weighted``, ``delayed <graph>`` and,
        where entropies are known, ``normalised <graph>`` (graphs of the delayed information alone
        and of flow over entropy, with as many edges as the flow graph; exact). Graphs of
        thresholds go by their number alone.
        """
        rankings = {"weighted": rank_nodes(self.flow.graph(0.0), weight="flow")}
        measures = {"delayed": self.flow.delayed}
        if "entropy" in self.flow.nodes:
            entropies = self.flow.nodes["entropy"].to_numpy()
            measures["normalised"] = self.flow.flow / np.minimum.outer(entropies, entropies)
        for name, graph in self.graphs.items():
            short = name.removesuffix(" bits")
            rankings[f"jacobi {short}"] = rank_nodes(
                graph, method="jacobi", iterations=self.settings.jacobi_iterations
            )
            rankings[f"exact {short}"] = rank_nodes(graph)
            for measure, values in measures.items():
                dense = densest_graph(values, self.flow.nodes, graph.number_of_edges())
                rankings[f"{measure} {short}"] = rank_nodes(dense)
        return rankings

    @cached_property
    def rank_tests(self) -> pd.DataFrame:
        """Per graph, null tests of directedness and of the degree correlation."""
        rows = []
        for name, graph in self.graphs.items():
            for statistic, options in _RANK_TESTS.items():
                rows.append((name, statistic, options["null"], *self._tested(graph, statistic)))
        columns = ["graph", "statistic", "null", "value", "null_mean", "null_sd", "p"]
        return pd.DataFrame(rows, columns=columns)

    def _tested(self, graph: nx.DiGraph, statistic: str) -> list[float]:
        """Return the test; NaN where too few edges leave the statistic undefined."""
        random = self.settings.generator("ranking")
        options = _RANK_TESTS[statistic]
        try:
            found = rank_significance(graph, statistic=statistic, random_state=random, **options)
        except EstimationError:
            return [float("nan")] * 4
        return [found.value, found.null_mean, found.null_sd, found.p]

    @cached_property
    def comparison(self) -> pd.DataFrame:
        """Agreement of other rankings of the main graph with it and with the roles."""
        table = compare_rankings(self.graphs[self.main])
        random = self.settings.generator("ranking")
        return rank_agreement(table, random_state=random).reset_index()

    @cached_property
    def nodes(self) -> InformationPlane:
        """Information plane of single nodes in the analysed snapshot."""
        return InformationPlane(self.stages["nodes"])

    @cached_property
    def outputs(self) -> InformationPlane:
        """Information plane of the output nodes in every snapshot."""
        return InformationPlane(self.stages["outputs"])

    @cached_property
    def indicators(self) -> LearningIndicators:
        """The published indicators in every snapshot used."""
        return LearningIndicators(self.stages["indicators"])

    @property
    def curves(self) -> xr.Dataset:
        """Dimensions (part, epoch): error, skill and state of the activations in every snapshot."""
        return self.stages["curves"]

    @cached_property
    def planes(self) -> xr.Dataset:
        """Information of the layers, (epoch,), and whether a point passes its checks."""
        if decoded(self.settings):
            return self.stages["planes"]
        return with_validity(self.stages["indicators"])

    @property
    def complexity(self) -> xr.Dataset:
        """TSE complexity and its standard error, bits, (epoch,)."""
        return self.planes[["tse_complexity", "tse_standard_error"]]

    @cached_property
    def gradients(self) -> pd.DataFrame:
        """Mean and spread of the gradient per snapshot and parameter."""
        if "gradients" in self.stages:
            table = self.stages["gradients"].to_dataframe().reset_index()
            return table.dropna(subset=["mean"])
        return gradient_statistics(self.recording)

    @property
    def gradient_of_all(self) -> str:
        """Name of the pooled parameter: all over a pass, or the published pair."""
        return MATRICES if "gradients" in self.stages else "published"

    @property
    def sensitivity(self) -> pd.DataFrame:
        """Complexity per number of subsets and snapshot: epoch, subsets, bits, standard_error."""
        return self.stages["sensitivity"].to_dataframe().reset_index()

    @property
    def best_epoch(self) -> int:
        """The snapshot with the smallest held-out error."""
        error = self.curves["error"].sel(part="held-out")
        return int(error["epoch"].to_numpy()[int(np.argmin(error.to_numpy()))])

    def similarity(self) -> pd.DataFrame:
        """Similarity of sources and sinks of hidden nodes in the main graph."""
        return neighbour_similarity(self.graphs[self.main])

    def class_orders(self) -> pd.DataFrame:
        """Agreement of each ranking with the order input, hidden, output."""
        rankings = self.rankings if self.settings.repairs else self.variants
        rows = {name: class_order(ranking) for name, ranking in rankings.items()}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("ranking")

    def rank_correlations(self) -> pd.DataFrame:
        """Pearson correlation of ranks and information over hidden nodes."""
        ranks = self.rankings[self.main].ranks
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
