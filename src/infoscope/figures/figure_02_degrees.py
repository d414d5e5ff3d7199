"""Figure 2: out-degree against in-degree in each graph.

The authors' plots exchange the two axis labels. Nodes of equal degrees are offset by a small step.
"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._captions import Facts, edge_rule, fill, plain
from infoscope.figures._graphs import correlation, degree_table, test_of
from infoscope.graphs.graph import degree_correlation, degrees
from infoscope.plots.nodes import role_legend, role_points, whole_ticks
from infoscope.plots.style import new_figure

NAME = "figure-02-out-degree-against-in-degree"

CAPTION = """
Figure 2. Out-degree against in-degree. Over the nodes that have an edge, the two have the
correlation {graphs:correlation:.2f}; over the hidden nodes alone, {graphs:correlation_hidden:.2f}.
[structural_edges] Inputs only send and outputs only receive, which by itself correlates the
degrees.
[repairs] With as many edges between the same roles, placed at random, the mean correlation is
{graphs:chance:.2f}; a correlation as low as observed has p = {graphs:p:.2g}.
[not significant_edges] No threshold has an error rate (flaw 7).
[not repairs] The authors' plots exchange the labels of the axes.
"""
CHANGE = """
The correlation of in- and out-degree goes from {before:correlation:.2f} to
{after:correlation:.2f}; edges placed at random give {after:chance:.2f}.
"""


def facts(results: Results) -> Facts:
    """Return the degree correlation of each graph and, corrected, its mean under the null."""
    return plain(results, graphs={name: _of_graph(results, name) for name in results.graphs})


def _of_graph(results: Results, name: str) -> dict[str, Any]:
    graph = results.graphs[name]
    table = degrees(graph)
    hidden = table[table["role"] == "hidden"]
    linked = hidden[(hidden["in_degree"] + hidden["out_degree"]) > 0]
    return {
        "edges": graph.number_of_edges(),
        "correlation": degree_correlation(graph),
        "correlation_hidden": correlation(linked["in_degree"], linked["out_degree"]),
        **test_of(results, name, "degree_correlation"),
    }


def table(results: Results) -> pd.DataFrame:
    """Return in- and out-degree of every node in every graph."""
    return degree_table(results)


def draw(results: Results) -> Figure:
    """Draw one panel per graph, side by side."""
    found = facts(results)["graphs"]
    figure = new_figure(0.6 + 3.6 * len(found), 4.1)
    panels = figure.subplots(1, len(found), squeeze=False)[0]
    for axes, name in zip(panels, found, strict=True):
        points = degrees(results.graphs[name])
        x, y = set_apart(points["in_degree"].to_numpy(), points["out_degree"].to_numpy())
        role_points(axes, list(points["role"]), x, y)
        whole_ticks(axes.xaxis, axes.yaxis)
        title = f"{edge_rule(name)}\n{fill('correlation {correlation:.2f}', found[name])}"
        if "chance" in found[name]:
            title += f"\n{fill('by chance {chance:.2f}', found[name])}"
        axes.set_title(title)
        axes.set_xlabel("in-degree (edges received)")
    panels[0].set_ylabel("out-degree (edges sent)")
    role_legend(figure, list(results.flow.nodes["role"]), loc="outside lower center")
    return figure


def set_apart(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Spread coincident points on a small spiral."""
    seen: dict[tuple[int, int], int] = {}
    step = 0.02 * max(float(np.ptp(x)), float(np.ptp(y)), 1.0)
    shifted = np.empty((len(x), 2))
    for i, place in enumerate(zip(x.tolist(), y.tolist(), strict=True)):
        copy = seen.get(place, 0)
        seen[place] = copy + 1
        radius = step * np.sqrt(copy)
        shifted[i] = place[0] + radius * np.cos(2.4 * copy), place[1] + radius * np.sin(2.4 * copy)
    return shifted[:, 0], shifted[:, 1]
