"""Minor result 2: ranking with edges weighted by their flow."""

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._captions import Facts, plain
from infoscope.figures._graphs import compared_ranks, draw_compared_ranks, kendall_tau, variant_of
from infoscope.graphs.ranking import Ranking, rank_nodes

NAME = "minor-2-weighted-ranking"

CAPTION = """
Minor result 2. Ranks weighted by flow, the exact solution. Weighted by the flow of {edges} edges,
ranks follow the roles with Kendall tau {weighted_tau:.2f}; unweighted, with {graphs:tau:.2f}. Flow
is positive along {positive} of {pairs} pairs.
[not repairs] All of these are edges; {below:share} of them do not exceed the lowest threshold. The
authors' update inverted the order.
"""
CHANGE = """
Kendall's tau of rank and role is {weighted_tau:.2f} if the {edges} corrected edges are weighted by
their flow, and {published[weighted_tau]:.2f} as published, with {published[edges]} edges.
"""


def facts(results: Results) -> Facts:
    """Return Kendall's tau of the weighted and the unweighted rankings."""
    flow = results.flow.to_frame()["flow"].dropna()
    positive = int((flow > 0.0).sum())
    weighted = results.graphs[results.main].number_of_edges()
    lowest = min(results.settings.thresholds)
    below = int(((flow > 0.0) & (flow <= lowest)).sum())
    return plain(
        results,
        edges=weighted if results.settings.repairs else positive,
        pairs=len(flow),
        positive=positive,
        below=below / positive if positive else None,
        weighted_tau=kendall_tau(_weighted(results)),
        graphs={
            name: {"tau": kendall_tau(variant_of(results, "exact", name))}
            for name in results.graphs
        },
    )


def _weighted(results: Results) -> Ranking:
    """Return the ranking of all positive flows or, corrected, of the edges of the main graph."""
    if results.settings.repairs:
        return rank_nodes(results.graphs[results.main], weight="flow")
    return results.variants["weighted"]


def table(results: Results) -> pd.DataFrame:
    """Return the weighted and the exact unweighted rank of every node."""
    return compared_ranks(results, _weighted(results))


def draw(results: Results) -> Figure:
    """Draw the weighted ranks, and these against the unweighted ones."""
    return draw_compared_ranks(results, _weighted(results), "weighted by flow")
