"""Minor result 1: graphs of the time-delayed information alone, next to the flow.

The delayed information of a pair is nearly the same in both directions, so that its graph has
hardly any direction to rank by.
"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoscope._validate import Floats
from infoscope.analysis.results import Results
from infoscope.figures._captions import Facts, plain
from infoscope.figures._graphs import correlation, kendall_tau, variant_of
from infoscope.graphs.graph import densest_graph
from infoscope.plots.matrix_panel import colour_bar, heat_map, role_frame
from infoscope.plots.style import new_figure

NAME = "minor-1-delayed-information-graph"

CAPTION = """
Minor result 1. Delayed information. Over the pairs with both directions, the correlation between
directions is {symmetry_delayed:.2f} for the delayed information and {symmetry_flow:.2f} for the
flow. Graphs of the largest delayed informations, with as many edges as the flow graphs, rank with
Kendall tau {graphs:tau_delayed:.2f}; the flow graphs rank with {graphs:tau:.2f}. Edges in both:
{graphs:shared_of_all}.
[structural_edges] Pairs that the network does not connect are blank.
[] Colours of the flow end at the 99th percentile of its size.
"""
CHANGE = """
Kendall's tau of role and rank by the delayed information goes from {before:tau_delayed:.2f} to
{after:tau_delayed:.2f}.
"""


def facts(results: Results) -> Facts:
    """Return the symmetry of delayed information and flow, and the tau of their graphs."""
    return plain(
        results,
        symmetry_delayed=_symmetry(results.flow.delayed.to_numpy()),
        symmetry_flow=_symmetry(results.flow.flow.to_numpy()),
        graphs={name: _of_graph(results, name) for name in results.graphs},
    )


def _of_graph(results: Results, name: str) -> dict[str, Any]:
    graph = results.graphs[name]
    count = graph.number_of_edges()
    delayed = densest_graph(results.flow.delayed, results.flow.nodes, count)
    shared = len(set(graph.edges) & set(delayed.edges))
    return {
        "edges": count,
        "shared": shared,
        "shared_of_all": f"{shared} of {count}",
        "tau_delayed": kendall_tau(variant_of(results, "delayed", name)),
        "tau": kendall_tau(variant_of(results, "exact", name)),
    }


def _symmetry(values: Floats) -> float:
    return correlation(pd.Series(values.ravel()), pd.Series(values.T.ravel()))


def table(results: Results) -> pd.DataFrame:
    """Return flow and both its terms for every pair that can be an edge, in bits."""
    parts = {"flow": "flow_bits", "delayed": "delayed_bits", "instantaneous": "instantaneous_bits"}
    return results.flow.to_frame().rename(columns=parts)


def draw(results: Results) -> Figure:
    """Draw the delayed information and the flow of every pair, nodes in order of role."""
    flow = results.flow
    figure = new_figure(10.5, 4.7)
    left, right = figure.subplots(1, 2)
    delayed, roles = flow.delayed.to_numpy(), list(flow.nodes["role"])
    lowest = float(np.nanmin(delayed))
    _matrix(left, delayed, roles, "viridis", (lowest, None), "neither")
    left.set_title("I(source; target one row later)")
    largest = float(np.nanquantile(np.abs(flow.flow.to_numpy()), 0.99)) or 1.0
    _matrix(right, flow.flow.to_numpy(), roles, "PuOr_r", (-largest, largest), "both")
    right.set_title("flow: minus I(source; target)")
    right.set_ylabel("")
    return figure


def _matrix(
    axes: Axes,
    values: Floats,
    roles: list[str],
    colours: str,
    limits: tuple[float, float | None],
    extend: str,
) -> None:
    image = heat_map(axes, values, colours, limits)
    role_frame(axes, roles)
    axes.set_xlabel("target")
    axes.set_ylabel("source")
    colour_bar(axes, image, "bits", extend)
