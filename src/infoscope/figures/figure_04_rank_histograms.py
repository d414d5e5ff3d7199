"""Figure 4: histograms of the ranks in each graph, stacked by role.

The authors draw isolated nodes at the mean of the others. An isolated node has no rank, so here the
title counts them.
"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._captions import Facts, edge_rule, plain
from infoscope.figures._graphs import in_all_graphs, kendall_tau, test_of
from infoscope.plots.nodes import ROLES, role_legend
from infoscope.plots.ranks import rank_bins, rank_histogram
from infoscope.plots.style import new_figure

NAME = "figure-04-rank-histograms"

CAPTION = """
Figure 4. Histograms of ranks. The mean rank of inputs is {graphs:input:.2f}, of hidden nodes
{graphs:hidden:.2f} and of outputs {graphs:output:.2f}. Kendall's tau of rank and role is
{graphs:kendall_tau:.2f}. The graphs have {graphs:components} components; ranks of different
components do not compare (flaw 10).
[not structural_edges] Flow from input to output measures forecast quality (flaw 6), which by
itself raises the rank of the outputs.
[structural_edges] Edges only leave inputs and only reach outputs, so the network itself puts
inputs first and outputs last; the data add the order of the hidden nodes.
[repairs] Directedness, which is 1 if every edge climbs by one rank, is {graphs:directedness:.2f}.
With every edge turned round at random it is {graphs:chance:.2f} on average; a directedness as high
as observed has p = {graphs:p:.2g}.
[not repairs] Isolated nodes have no rank; the authors draw them at the mean of the others.
"""
CHANGE = """
Kendall's tau of rank and role goes from {before:kendall_tau:.2f} to {after:kendall_tau:.2f}.
"""


def facts(results: Results) -> Facts:
    """Return mean ranks and Kendall's tau of each graph and, repaired, its directedness."""
    return plain(results, graphs={name: _of_graph(results, name) for name in results.graphs})


def _of_graph(results: Results, name: str) -> dict[str, Any]:
    ranking = results.rankings[name]
    means = ranking.mean_rank()
    return {
        **{role: float(means.get(role, np.nan)) for role in ROLES},
        "kendall_tau": kendall_tau(ranking),
        "directedness": float(ranking.directedness),
        "components": int(ranking.table["component"].max()) + 1,
        "isolated": int(ranking.ranks.isna().sum()),
        **test_of(results, name, "directedness"),
    }


def table(results: Results) -> pd.DataFrame:
    """Return the rank of every node in every graph; empty if isolated."""
    columns = ["node", "role", "rank", "component"]
    return in_all_graphs(results, lambda name: results.rankings[name].table.reset_index()[columns])


def draw(results: Results) -> Figure:
    """Draw one panel per graph, one above the other, on one axis of ranks."""
    bins = rank_bins([ranking.ranks for ranking in results.rankings.values()])
    figure = new_figure(7.5, 0.6 + 2.1 * len(results.rankings))
    panels = figure.subplots(len(results.rankings), 1, squeeze=False, sharex=True)[:, 0]
    for axes, (name, ranking) in zip(panels, results.rankings.items(), strict=True):
        rank_histogram(axes, ranking.table, bins)
        axes.set_title(f"{edge_rule(name)}; {int(ranking.ranks.isna().sum())} isolated, not shown")
        axes.set_ylabel("nodes")
    panels[-1].set_xlabel("rank; dashed: mean of each role")
    role_legend(figure, list(results.flow.nodes["role"]), loc="outside upper right")
    return figure
