"""Statistics of one seed by measure of influence: flow, one-step influence, causal flow."""

from typing import Any

import networkx as nx
import numpy as np

from infoscope._errors import EstimationError
from infoscope.flow.edge_scores import score_edges
from infoscope.graphs.class_agreement import association
from infoscope.graphs.graph import threshold_graph
from infoscope.graphs.ranking import class_order, rank_nodes
from infoscope.paper.claims.statistics.graph_statistics import random_edges
from infoscope.paper.claims.study import SeedStudy, agreement

_RANDOM_GRAPHS = 49


def gain_in_system(measure: str, system: str) -> Any:
    """Return the statistic: average precision of a measure less time-delayed information's."""

    def gain(study: SeedStudy) -> float:
        found = study.part("influence-systems")["auprc"].sel(system=system)
        return float(found.sel(measure=measure) - found.sel(measure="delayed"))

    return gain


def follows(measure: str, truth: str, block: str, score: str) -> Any:
    """Return the statistic that compares a measure with weights or causal flow.

    ``truth`` is "strength" or "causal", ``score`` "spearman" or "auroc".
    """

    def scored(study: SeedStudy) -> float:
        known = study.part("strength" if truth == "strength" else "influence")[truth]
        table = score_edges(study.part("influence")[measure], known, nodes=study.nodes)
        return float(table.loc[table["block"] == block, score].to_numpy()[0])

    return scored


def order_gain(measure: str) -> Any:
    """Return the statistic: tau-b of rank and role, less that by time-delayed information."""

    def gain(study: SeedStudy) -> float:
        delayed = _graph(study, "delayed")
        return agreement(rank_nodes(_graph(study, measure))) - agreement(rank_nodes(delayed))

    return gain


def order_excess(measure: str, lower: str, upper: str) -> Any:
    """Return the statistic: P(one role outranks another), less its mean over random graphs."""

    def excess(study: SeedStudy) -> float:
        name = f"{upper}_over_{lower}"
        found = float(class_order(rank_nodes(_graph(study, measure)))[name])
        random, drawn = np.random.default_rng([study.seed, 10]), []
        for edge in random_edges(study, study.main, _RANDOM_GRAPHS, random):
            graph = threshold_graph(study.flow.copy(data=edge.astype(float)), study.nodes, 0.0)
            drawn.append(float(class_order(rank_nodes(graph))[name]))
        known = [value for value in drawn if np.isfinite(value)]
        return found - float(np.mean(known)) if known else float("nan")

    return excess


def layer_agreement(part: str, trained: bool = True) -> Any:
    """Return the statistic: tau-b of rank and layer in a feed-forward network."""

    def agreed(study: SeedStudy) -> float:
        found = study.part(part)
        ranks = found["rank"].sel(trained=trained).to_numpy()
        known = np.isfinite(ranks)
        if not known.any():
            raise EstimationError("no node of the feed-forward network has an edge")
        layer = found["layer"].to_numpy()[known].astype(np.int64)
        return association(ranks[known], layer)["kendall_tau"]

    return agreed


def layer_agreement_gain(part: str) -> Any:
    """Return the statistic: the same less its value before training."""
    trained, before = layer_agreement(part), layer_agreement(part, trained=False)
    return lambda study: trained(study) - before(study)


def learned(measure: str, block: str) -> Any:
    """Return the statistic: pairs of a block that exceed those of untrained networks."""
    return lambda study: float(study.part("learned")["pairs"].sel(measure=measure, block=block))


def _graph(study: SeedStudy, measure: str) -> nx.DiGraph:
    """Return the graph of a measure's largest entries, as many as the main graph has edges."""
    count = study.graph(study.main).number_of_edges()
    if count == 0:
        raise EstimationError("the graph has no edge")
    return study.densest(study.part("influence")[measure], count)
