"""The panel of a graph from now to later: sources on the left, targets on the right."""

from collections.abc import Sequence
from typing import Any

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba

from infoscope.plots.canvas import inches_of
from infoscope.plots.graph_panel import edge_dashes, edge_strengths
from infoscope.plots.labels import name_label
from infoscope.plots.nodes import NO_ROLE, role_colour, role_points
from infoscope.plots.style import INK

_LONGEST_NAME = 22
_CURVE_POINTS = 24
# Colour of a name without an edge on its side.
_UNLINKED = "#A0A0A0"


def bipartite_panel(
    axes: Axes, graph: nx.DiGraph, order: Sequence[Any], columns: tuple[str, str]
) -> None:
    """Draw each node twice, at its place in the order, the first at the top.

    An edge goes from its source, on the left, to its target, on the right, in the colour of the
    source.
    """
    place = {name: float(row) for row, name in enumerate(order)}
    roles = [graph.nodes[name].get("role", NO_ROLE) for name in order]
    edges = sorted(graph.edges(data="flow"), key=lambda edge: abs(edge[2]))
    if edges:
        flows = np.array([flow for _, _, flow in edges])
        alpha, width = edge_strengths(flows)
        of = dict(zip(order, roles, strict=True))
        colours = [
            to_rgba(role_colour(of[a]), float(opacity))
            for (a, _, _), opacity in zip(edges, alpha, strict=True)
        ]
        t = np.linspace(0.0, 1.0, _CURVE_POINTS)
        bend = t**2 * (3.0 - 2.0 * t)  # leaves and arrives horizontally
        curves = [
            np.column_stack([t, place[a] + (place[b] - place[a]) * bend]) for a, b, _ in edges
        ]
        axes.add_collection(
            LineCollection(curves, colors=colours, linewidths=width, linestyles=edge_dashes(flows))
        )
    row = 72.0 * inches_of(axes)[1] / max(len(order), 1)
    size = float(np.clip(0.75 * row, 4.5, 8.0))
    ends = [{edge[side] for edge in edges} for side in (0, 1)]
    for side, x in enumerate((0.0, 1.0)):
        role_points(axes, roles, np.full(len(order), x), list(place.values()), size=24, alpha=1.0)
        for name, y in place.items():
            colour = INK if name in ends[side] else _UNLINKED
            axes.annotate(
                name_label(name, _LONGEST_NAME), (x, y), xytext=(6.0 * (2 * side - 1), 0),
                textcoords="offset points", ha="left" if side else "right", va="center",
                fontsize=size, color=colour, annotation_clip=False,
            )  # fmt: skip
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(max(len(order), 1) - 0.4, -0.6)
    axes.set_xticks([0.0, 1.0], list(columns))
    axes.xaxis.tick_top()
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.tick_params(axis="x", length=0)
