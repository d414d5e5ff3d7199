"""Figure 3: histograms of in- and out-degree in each graph, stacked by role."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._captions import Facts, edge_rule, plain
from infoscope.figures._graphs import degree_table
from infoscope.graphs.graph import degrees
from infoscope.plots.nodes import role_histogram, role_legend, whole_ticks
from infoscope.plots.style import new_figure

NAME = "figure-03-degree-histograms"

CAPTION = """
Figure 3. Degree histograms by role. The mean degree is {graphs:mean:.1f}. The standard deviation
of the in-degree is {graphs:spread_in:.1f}, of the out-degree {graphs:spread_out:.1f}. A hidden
node receives {graphs:hidden_in:.1f} edges on average and sends {graphs:hidden_out:.1f}.
[structural_edges] Inputs receive none and outputs send none, because only connections of the
network can be edges.
[not significant_edges] No threshold has an error rate (flaw 7).
"""
CHANGE = "The mean degree, edges per node, goes from {before:mean:.1f} to {after:mean:.1f}."


def facts(results: Results) -> Facts:
    """Return mean and standard deviation of the degrees in each graph."""
    return plain(
        results, graphs={name: _of_table(degrees(g)) for name, g in results.graphs.items()}
    )


def _of_table(table: pd.DataFrame) -> dict[str, float]:
    hidden = table[table["role"] == "hidden"]
    return {
        "mean": float(table["in_degree"].mean()),
        "spread_in": float(table["in_degree"].std(ddof=0)),
        "spread_out": float(table["out_degree"].std(ddof=0)),
        "hidden_in": float(hidden["in_degree"].mean()),
        "hidden_out": float(hidden["out_degree"].mean()),
    }


def table(results: Results) -> pd.DataFrame:
    """Return in- and out-degree of every node in every graph."""
    return degree_table(results)


def draw(results: Results) -> Figure:
    """Draw two rows, in- and out-degree, and a column per graph."""
    figure = new_figure(0.6 + 3.4 * len(results.graphs), 5.2)
    panels = figure.subplots(2, len(results.graphs), squeeze=False, sharey="col")
    for column, (name, graph) in zip(panels.T, results.graphs.items(), strict=True):
        points = degrees(graph)
        top = int(points[["in_degree", "out_degree"]].to_numpy().max())
        width = max(1, round((top + 1) / 20))
        bins = np.arange(-0.5, top + 0.5 + width, width)
        for axes, kind in zip(column, ("in", "out"), strict=True):
            role_histogram(axes, points, f"{kind}_degree", bins)
            axes.set_xlabel(f"{kind}-degree")
            whole_ticks(axes.xaxis, axes.yaxis)
        column[0].set_title(edge_rule(name))
    for row in panels:
        row[0].set_ylabel("nodes")
    role_legend(figure, list(results.flow.nodes["role"]), loc="outside lower center")
    return figure
