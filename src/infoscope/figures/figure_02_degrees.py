"""Figure 2: out-degree against in-degree at each threshold.

The authors' plots have the two labels exchanged; these have them right. Nodes of equal degrees
are set apart by a small step.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._graphs import (
    at_thresholds,
    correlation,
    number,
    role_legend,
    role_points,
    threshold_graphs,
    whole_ticks,
)
from infoscope.figures._style import new_figure
from infoscope.graphs.graph import degree_correlation, degrees

NAME = "figure-02-out-degree-against-in-degree"


def table(results: Results) -> pd.DataFrame:
    """Return in- and out-degree of every node at every threshold."""
    parts = [
        degrees(graph)
        .reset_index()[["node", "role", "in_degree", "out_degree"]]
        .assign(threshold_bits=threshold)
        for threshold, graph in threshold_graphs(results).items()
    ]
    return pd.concat(parts, ignore_index=True)


def draw(results: Results) -> Figure:
    """Draw one panel per threshold, side by side."""
    points = table(results)
    figure = new_figure(0.6 + 3.6 * len(threshold_graphs(results)), 4.1)
    panels = figure.subplots(1, len(threshold_graphs(results)), squeeze=False)[0]
    for axes, (threshold, graph) in zip(panels, threshold_graphs(results).items(), strict=True):
        here = points[points["threshold_bits"] == threshold]
        degree_panel(axes, here)
        axes.set_title(
            f"flow above {threshold:g} bits\ncorrelation {number(degree_correlation(graph))}"
        )
    panels[0].set_ylabel("out-degree (edges sent)")
    role_legend(figure, list(points["role"]), loc="outside lower center", ncols=3)
    return figure


def caption(results: Results) -> str:
    """State the correlation of the degrees at each threshold."""
    found = {t: degree_correlation(graph) for t, graph in threshold_graphs(results).items()}
    hidden = {t: _among_hidden(degrees(graph)) for t, graph in threshold_graphs(results).items()}
    signs = {np.sign(value) for value in found.values() if np.isfinite(value)}
    findings = {
        frozenset({-1.0}): "the degrees of the nodes that have an edge correlate negatively",
        frozenset({1.0}): "the degrees of the nodes that have an edge correlate positively",
        frozenset(): "too few nodes have an edge for a correlation of their degrees",
    }
    finding = findings.get(frozenset(signs), "the sign of the correlation depends on the threshold")
    return (
        f"Figure 2. Out- against in-degree: {finding}, {at_thresholds(found)}. Among hidden nodes "
        f"alone it is {at_thresholds(hidden)}. No threshold has an error rate (flaw 7). "
        "(The labels of the authors' plots are exchanged.)"
    )


def _among_hidden(table: pd.DataFrame) -> float:
    hidden = table[table["role"] == "hidden"]
    linked = hidden[(hidden["in_degree"] + hidden["out_degree"]) > 0]
    return correlation(linked["in_degree"], linked["out_degree"])


def degree_panel(axes: Axes, here: pd.DataFrame) -> None:
    """Draw one point per node, those at the same place set apart."""
    x, y = set_apart(here["in_degree"].to_numpy(), here["out_degree"].to_numpy())
    role_points(axes, list(here["role"]), x, y)
    whole_ticks(axes)
    axes.set_xlabel("in-degree (edges received)")


def set_apart(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Set apart points at the same place, on a small spiral around it."""
    seen: dict[tuple[int, int], int] = {}
    step = 0.02 * max(float(np.ptp(x)), float(np.ptp(y)), 1.0)
    shifted = np.empty((len(x), 2))
    for i, place in enumerate(zip(x.tolist(), y.tolist(), strict=True)):
        copy = seen.get(place, 0)
        seen[place] = copy + 1
        radius = step * np.sqrt(copy)
        shifted[i] = place[0] + radius * np.cos(2.4 * copy), place[1] + radius * np.sin(2.4 * copy)
    return shifted[:, 0], shifted[:, 1]
