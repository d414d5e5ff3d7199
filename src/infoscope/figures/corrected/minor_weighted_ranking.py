"""Section 9, corrected: the significant edges weighted by their flow."""

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import minor_weighted_ranking as published_figure
from infoscope.figures._graphs import number
from infoscope.figures.corrected._ranks import beside, draw_beside, tau
from infoscope.graphs.ranking import Ranking, class_order, rank_nodes

NAME = f"{published_figure.NAME}-corrected"


def table(results: Results) -> pd.DataFrame:
    """Return weighted and unweighted rank of every node."""
    return beside(results, _ranking(results))


def draw(results: Results) -> Figure:
    """Draw the weighted ranks, and them against the unweighted ones."""
    return draw_beside(results, _ranking(results), "weighted by flow")


def caption(results: Results) -> str:
    """State how well the weighted ranking orders the roles."""
    flows = results.flow.to_frame()["flow"]
    edges = results.graphs[results.main].number_of_edges()
    return (
        f"Weighted by their flow, the {edges} edges of the main graph ({results.main}) rank with "
        f"Kendall tau {tau(_ranking(results))}; all alike, with "
        f"{tau(results.rankings[results.main])}. Flow is positive along "
        f"{int((flows > 0.0).sum())} of {len(flows)} pairs."
    )


def changed(published: Results, results: Results) -> str:
    """Compare the weighted rankings."""
    before = number(class_order(published.variants["weighted"])["kendall_tau"])
    positive = int((published.flow.to_frame()["flow"] > 0.0).sum())
    edges = results.graphs[results.main].number_of_edges()
    return (
        f"Weighted by all {positive} positive flows the published ranking reaches Kendall tau "
        f"{before}; weighted by the {edges} edges ({results.main}) alone, the corrected one "
        f"reaches {tau(_ranking(results))}."
    )


def _ranking(results: Results) -> Ranking:
    return rank_nodes(results.graphs[results.main], weight="flow")
