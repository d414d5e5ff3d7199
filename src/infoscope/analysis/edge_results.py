"""Edges of an analysis: flow and other measures, their tests, graphs and ranks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from infoscope._errors import EstimationError
from infoscope._results import Named, Result
from infoscope.analysis.estimators import reference_estimator
from infoscope.analysis.needed_sources import NeededSources
from infoscope.analysis.stages.flow import NOTES, TERMS, TESTS, edges_of
from infoscope.analysis.stages.measures import CORRELATION, FREEDOM
from infoscope.analysis.stages.one_step import ORDER
from infoscope.analysis.study import Study
from infoscope.analysis.switches import COUNTS, FLOW, INSTANTANEOUS, ONE_STEP, AnalysisSettings
from infoscope.flow.connectivity.influence_result import OneStepInfluence, needed_graph
from infoscope.flow.count_transfer import NOTE as COUNT_NOTE
from infoscope.flow.count_transfer import NULL as COUNT_NULL
from infoscope.flow.count_transfer import TESTS as COUNT_TESTS
from infoscope.flow.information_flow import FlowMatrix
from infoscope.flow.measure_tests import TESTED
from infoscope.graphs.graph import densest_graph, neighbour_similarity, threshold_graph
from infoscope.graphs.rank_comparison import compare_rankings, rank_agreement
from infoscope.graphs.rank_nulls import rank_significance
from infoscope.graphs.ranking import Ranking, class_order, rank_nodes
from infoscope.measures.statistics import spearman
from infoscope.recordings.recording import Recording
from infoscope.significance import FlowSignificance, by_all, significance_of
from infoscope.significance.measure_significance import MeasureSignificance
from infoscope.surrogates.networks import NETWORK_NULLS

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
class EdgeResults(Result):
    """Flow, other measures, their tests, graphs and rankings of a study.

    Parameters
    ----------
    study : Study
        Settings, data and recording.
    stages : mapping of str to Dataset
        Every finished stage by name; stages that do not apply are absent.
    """

    study: Study
    stages: Mapping[str, xr.Dataset]

    @property
    def settings(self) -> AnalysisSettings:
        """The settings."""
        return self.study.settings

    @property
    def analysed(self) -> Recording:
        """The rows used for flow and nodes."""
        return self.study.analysed

    @cached_property
    def flow(self) -> FlowMatrix:
        """Flow of the analysed snapshot; ``flow.nodes`` says which nodes are constant."""
        stage = self.stages["flow"]
        columns = [name for name in ("constant", "ties", "entropy") if name in stage]
        known = {name: stage[name].to_numpy() for name in columns}
        return self._matrix(stage, self.study.estimator, known)

    @cached_property
    def reference(self) -> FlowMatrix:
        """The flow by another estimator than the one that decides edges."""
        return self._matrix(self.stages["reference"], reference_estimator(self.settings), {})

    def _matrix(self, stage: xr.Dataset, estimator: Any, known: dict[str, Any]) -> FlowMatrix:
        of_flow = self.stages["flow"]
        nodes = self.study.nodes.assign(**known)
        terms = [stage[term] for term in TERMS]
        if self.settings.structural_edges:
            terms = [term.where(edges_of(of_flow, nodes, self.settings)) for term in terms]
        return FlowMatrix(
            *terms,
            nodes=nodes,
            lag=int(of_flow.attrs["lag"]),
            n=int(of_flow.attrs["n"]),
            estimator=estimator,
            aligned=self.study.pairs.alignment,
        )

    @cached_property
    def nulls(self) -> dict[str, FlowSignificance]:
        """Null → significance of the flow; an edge must pass all nulls."""
        if self.settings.measure == COUNTS:
            return {COUNT_NULL: self._of_counts()}
        names = [stage.removeprefix("null-") for stage in self.stages if stage.startswith("null-")]
        return self._nulls(name for name in names if name not in NETWORK_NULLS)

    def _of_counts(self) -> FlowSignificance:
        stage = self.stages["counts"]
        found = significance_of(
            stage[COUNTS],
            stage["surrogates"].to_numpy(),
            nodes=self.flow.nodes,
            null=COUNT_NULL,
            pool=True,
            tests=COUNT_TESTS,
        )
        return replace(found, notes=(COUNT_NOTE,))

    @cached_property
    def network_nulls(self) -> dict[str, FlowSignificance]:
        """The same for untrained networks and shuffled weights, which do not decide edges."""
        return self._nulls(NETWORK_NULLS)

    def _nulls(self, names: Iterable[str]) -> dict[str, FlowSignificance]:
        flow, nodes = self.stages["flow"], self.flow.nodes
        edges = edges_of(flow, nodes, self.settings).to_numpy()
        found = {}
        for name in names:
            stage = self.stages.get(f"null-{name}")
            if stage is None:
                continue
            drawn = stage["flow"].to_numpy()
            if self.study.statistic == INSTANTANEOUS:  # both directions are one pair
                upper = np.triu(drawn, 1)
                drawn = upper + upper.transpose(0, 2, 1)
            # A nearly constant node may be constant in a surrogate: its pairs are not tested.
            known = np.isfinite(drawn).all(axis=0)
            significance = significance_of(
                flow[self.study.statistic],
                drawn,
                tested=edges & known,
                control=stage["control"].to_numpy().astype(bool) & known,
                nodes=nodes,
                null=name,
                pool=True,
                alike=stage["alike"].to_numpy().astype(bool),
                tests=str(stage.attrs.get(TESTS, "")),
            )
            found[name] = replace(significance, notes=tuple(stage.attrs.get(NOTES, ())))
        return found

    def null_settings(self, name: str) -> dict[str, str]:
        """Describe the choices of an adaptive null."""
        own = {"seconds", "peak_memory_mb", TESTS, NOTES}
        attributes = self.stages[f"null-{name}"].attrs
        return {str(key): str(value) for key, value in attributes.items() if key not in own}

    @cached_property
    def measures(self) -> dict[str, MeasureSignificance]:
        """Measure → its test in closed form, next to the flow."""
        stage = self.stages.get("measures", xr.Dataset())
        return {
            name: MeasureSignificance.of(
                stage[name],
                stage[name + CORRELATION].to_numpy(),
                stage[name + FREEDOM].to_numpy(),
                self.flow.nodes,
            )
            for name in TESTED
            if name + CORRELATION in stage
        }

    @cached_property
    def one_step(self) -> OneStepInfluence | None:
        """Influence within one step, with ``order`` and the sources that each node needs.

        Dataset of matrices (source, target): those of `one_step_influence`; ``order``; and those of
        `OneStepInfluence.needed`. None where it could not be estimated.
        """
        stage = self.stages.get("one_step", xr.Dataset())
        return OneStepInfluence(stage.data_vars, attrs=stage.attrs) if ORDER in stage else None

    @cached_property
    def connectivity(self) -> nx.DiGraph | None:
        """Graph of the sources that each node needs (`OneStepInfluence.edges`).

        Edges carry ``flow`` (bits, given all other chosen sources), ``p`` and ``effect``. None
        where one-step influence could not be estimated.
        """
        found = self.one_step
        if found is None:
            return None
        return needed_graph(found, self.flow.nodes, found.attrs["level"])

    @cached_property
    def needed(self) -> NeededSources | None:
        """The sources that each node needs as a test of edges; None where it is not known."""
        return None if self.one_step is None else NeededSources.of(self.one_step, self.flow.nodes)

    @property
    def values(self) -> xr.DataArray:
        """The measure that decides edges, (source, target)."""
        measure = self.settings.measure
        if measure == COUNTS:
            return self.stages["counts"][COUNTS]
        if measure in (FLOW, INSTANTANEOUS):
            return getattr(self.flow, measure)
        return self._closed_form.value

    @property
    def test(self) -> FlowSignificance | MeasureSignificance | NeededSources:
        """The test of the measure that decides edges.

        Raises
        ------
        InputError
            If no edge was tested.
        """
        return self._closed_form if self.settings.in_closed_form else self.significance

    @property
    def _closed_form(self) -> MeasureSignificance | NeededSources:
        """The test of a measure that needs no surrogates."""
        if self.settings.measure == ONE_STEP and self.needed is not None:
            return self.needed
        return self.measures[self.settings.measure]

    @cached_property
    def edge_tests(self) -> dict[str, xr.DataArray]:
        """p, p_fwer and q of every tested edge; the largest of all nulls, which it must pass."""
        if not self.settings.significant_edges:
            return {}
        tests: list[Any] = [self.test]
        if not self.settings.in_closed_form:
            tests = list(self.nulls.values())
        found = {}
        for name in ("p", "p_fwer", "q"):
            parts: list[xr.DataArray] = [getattr(test, name) for test in tests]
            found[name] = xr.concat(parts, "null").max("null", skipna=False)
        return found

    @cached_property
    def graphs(self) -> Named[nx.DiGraph]:
        """Name of the threshold → graph, in the order of `Settings.graph_names`."""
        if self.settings.significant_edges:
            levels = self.settings.levels.values()
            flows = [self.values.where(self.significant(*level)) for level in levels]
            graphs = [threshold_graph(flow, self.flow.nodes, 0.0) for flow in flows]
        else:
            graphs = [self.flow.graph(t) for t in sorted(self.settings.thresholds)]
        return Named(zip(self.settings.graph_names, graphs, strict=True))

    def significant(self, level: float, correction: str) -> NDArray[np.bool_]:
        """Return which edges (source, target) are significant by every null."""
        if self.settings.in_closed_form:
            return self.test.significant(level, correction=correction).to_numpy()
        parts = [null.significant(level, correction=correction) for null in self.nulls.values()]
        return np.logical_and.reduce([part.to_numpy() for part in parts])

    @cached_property
    def significance(self) -> FlowSignificance:
        """The flow tested by all nulls together.

        Raises
        ------
        InputError
            If no edge was tested.
        """
        return by_all(_comparable(list(self.nulls.values())))

    @property
    def main(self) -> str:
        """Name of the main graph: by false discovery rate, or `main_threshold`."""
        if self.settings.significant_edges:
            return list(self.settings.levels)[-1]
        return f"{self.settings.main_threshold:g} bits"

    @cached_property
    def rankings(self) -> Named[Ranking]:
        """Name of the graph → ranking, by the published updates or exact."""
        return Named((name, self._ranked(graph)) for name, graph in self.graphs.items())

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

    @cached_property
    def directedness_p(self) -> float:
        """p of the directedness of the main graph, as in `rank_tests`; NaN if it has none."""
        return self._tested(self.graphs[self.main], "directedness")[-1]

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

    def similarity(self) -> pd.DataFrame:
        """Similarity of sources and sinks of hidden nodes in the main graph."""
        return neighbour_similarity(self.graphs[self.main])

    def class_orders(self) -> pd.DataFrame:
        """Agreement of each ranking with the order input, hidden, output."""
        rankings = self.rankings if self.settings.repairs else self.variants
        rows = {name: class_order(ranking) for name, ranking in rankings.items()}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("ranking")

    def agreement(self) -> float:
        """Spearman correlation of the two estimators' flows over the edges; NaN if undefined."""
        one, other = self.flow.flow.to_numpy(), self.reference.flow.to_numpy()
        both = np.isfinite(one) & np.isfinite(other)
        return spearman(one[both], other[both])


def _comparable(parts: Sequence[FlowSignificance]) -> list[FlowSignificance]:
    """Return the parts with the edges that every null tests, and without a control.

    Only the null of existence has a control; a node that is constant in a surrogate is not tested
    by its null.
    """
    if len(parts) == 1:
        return list(parts)
    tested = parts[0].tested
    for part in parts[1:]:
        tested = tested & part.tested
    found = []
    for part in parts:
        kept = tested.to_numpy()[part.tested.to_numpy()]
        found.append(
            replace(
                part,
                tested=tested,
                control=xr.zeros_like(tested),
                draws=part.draws[:, kept],
                scores=part.scores[:, kept],
            )
        )
    return found
