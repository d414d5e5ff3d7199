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
from infoscope.figures._graphs import ROLES, correlation, kendall_tau, variant_of
from infoscope.figures._style import INK, ROLE_COLOURS, new_figure
from infoscope.graphs.graph import densest_graph

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
    delayed, roles = flow.delayed.to_numpy(), flow.nodes["role"].to_numpy()
    _matrix(figure, left, delayed, roles, "viridis", (float(np.nanmin(delayed)), None))
    left.set_title("I(source; target one row later)")
    largest = float(np.nanquantile(np.abs(flow.flow.to_numpy()), 0.99)) or 1.0
    _matrix(figure, right, flow.flow.to_numpy(), roles, "PuOr_r", (-largest, largest))
    right.set_title("flow: minus I(source; target)")
    right.set_ylabel("")
    return figure


def _matrix(
    figure: Figure,
    axes: Axes,
    values: Floats,
    roles: np.ndarray,
    colours: str,
    limits: tuple[float, float | None],
) -> None:
    image = axes.imshow(values, cmap=colours, vmin=limits[0], vmax=limits[1], interpolation="none")
    middles, names = [], []
    for role in ROLES:
        members = np.flatnonzero(roles == role)
        if len(members):
            middles.append(float(members.mean()))
            # Few nodes leave no room for whole words of adjacent roles.
            names.append(role if len(members) > 0.1 * len(roles) else role[:3])
            edge: Any = (members[0] - 0.5, members[-1] + 0.5)
            axes.plot([-1.4, -1.4], edge, color=ROLE_COLOURS[role], lw=4, clip_on=False)
            axes.plot(edge, [-1.4, -1.4], color=ROLE_COLOURS[role], lw=4, clip_on=False)
    for at in np.flatnonzero(roles[1:] != roles[:-1]) + 0.5:
        axes.axhline(at, color=INK, lw=0.5)
        axes.axvline(at, color=INK, lw=0.5)
    axes.set_xlim(-2, len(roles) - 0.5)
    axes.set_ylim(len(roles) - 0.5, -2)
    axes.set_xticks(middles, names)
    axes.set_yticks(middles, names, rotation=90, va="center")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("target")
    axes.set_ylabel("source")
    beyond = "neither" if limits[1] is None else "both"
    figure.colorbar(image, ax=axes, label="bits", shrink=0.8, extend=beyond)
