"""Statistics of one seed by measure of influence: flow, one-step influence, causal flow."""

from typing import Any

import networkx as nx

from infoscope._errors import EstimationError
from infoscope.flow.edge_scores import score_edges
from infoscope.graphs.ranking import rank_nodes
from infoscope.paper.claims.statistics import ranking_statistics as ranks
from infoscope.paper.claims.study import SeedStudy, agreement


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
        ranking = rank_nodes(_graph(study, measure))
        return ranks.excess_over_random(study, ranking, study.main, lower, upper)

    return excess


def layer_agreement(part: str) -> Any:
    """Return the statistic: tau-b of rank and layer in a feed-forward network."""
    return lambda study: ranks.layer_agreement(study, part)


def layer_agreement_gain(part: str) -> Any:
    """Return the statistic: the same less its value before training."""
    return lambda study: ranks.layer_agreement_gain(study, part)


def learned(measure: str, block: str) -> Any:
    """Return the statistic: pairs of a block that exceed those of untrained networks."""
    return lambda study: float(study.part("learned")["pairs"].sel(measure=measure, block=block))


def _graph(study: SeedStudy, measure: str) -> nx.DiGraph:
    """Return the graph of a measure's largest entries, as many as the main graph has edges."""
    count = study.graph(study.main).number_of_edges()
    if count == 0:
        raise EstimationError("the graph has no edge")
    return study.densest(study.part("influence")[measure], count)
