"""Figure 1: the information-flow graph at each threshold.

The paper draws spring layouts, hairballs in which nothing can be followed. Here a node stands at
its published rank, from left to right, in the band of its role; edges are curved, coloured by
their source and the stronger the more flows; isolated nodes stand apart at the right.
"""

import networkx as nx
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from infoscope._validate import Floats
from infoscope.figures._graphs import ROLES, listed, role_legend, role_points
from infoscope.figures._style import FAINT, INK, ROLE_COLOURS, new_figure
from infoscope.ranking import Ranking
from infoscope.replication.results import PublishedResults

NAME = "figure-01-information-flow-graphs"

_BANDS = {"input": (0.70, 1.0), "hidden": (0.24, 0.60), "output": (0.02, 0.12)}
_LANES = {"input": 6, "hidden": 7, "output": 2}
_CURVE_POINTS = 16
_LONGEST_LABEL = 18


def table(results: PublishedResults) -> pd.DataFrame:
    """Return one row per edge and threshold, with the published ranks of its ends."""
    rows = []
    for threshold, graph in results.graphs.items():
        ranks = results.rankings[f"jacobi {threshold:g}"].ranks
        for source, target, flow in graph.edges(data="flow"):
            rows.append((threshold, source, target, flow, ranks[source], ranks[target]))
    names = ["threshold_bits", "source", "target", "flow_bits", "source_rank", "target_rank"]
    return pd.DataFrame(rows, columns=names)


def draw(results: PublishedResults) -> Figure:
    """Draw one panel per threshold, one above the other."""
    count = len(results.graphs)
    figure = new_figure(11.0, 0.7 + 3.9 * count)
    panels = figure.subplots(count, 1, squeeze=False)[:, 0]
    for axes, (threshold, graph) in zip(panels, results.graphs.items(), strict=True):
        ranking = results.rankings[f"jacobi {threshold:g}"]
        _panel(axes, graph, ranking)
        axes.set_title(f"flow above {threshold:g} bits: {graph.number_of_edges()} edges")
    panels[-1].set_xlabel("rank (published); edges have the colour of their source")
    role_legend(figure, list(results.flow.nodes["role"]), loc="outside upper right", ncols=3)
    return figure


def caption(results: PublishedResults) -> str:
    """State how many edges climb the ranks, and which flow is the largest."""
    parts = []
    for threshold, graph in results.graphs.items():
        ranks = results.rankings[f"jacobi {threshold:g}"].ranks
        climbs = [ranks[b] > ranks[a] for a, b in graph.edges]
        share = f"{np.mean(climbs):.0%} of {len(climbs)}" if climbs else "none of 0"
        parts.append(f"{share} edges above {threshold:g} bits")
    flows = results.flow.to_frame()
    largest = flows.iloc[int(np.argmax(flows["flow"].to_numpy()))]
    roles = results.flow.nodes["role"]
    forecasts = (roles[largest["source"]], roles[largest["target"]]) == ("input", "output")
    remark = (
        "; the alignment compares an output with the input of the very day it predicts, so this "
        "is forecast quality (flaw 6)"
        if forecasts
        else ""
    )
    return (
        f"Figure 1. Information-flow graphs: {listed(parts)} run from a lower to a higher rank. "
        f"The largest flow, {largest['flow']:.2f} bits, runs from {largest['source']} to "
        f"{largest['target']}{remark}. No threshold has an error rate (flaw 7). Edges bear the "
        "colour of their source and are stronger with more flow."
    )


def _panel(axes: Axes, graph: nx.DiGraph, ranking: Ranking) -> None:
    places = _places(ranking)
    _edges(axes, graph, places)
    names = list(graph.nodes)
    roles = [graph.nodes[name]["role"] for name in names]
    points = np.array([places[name] for name in names])
    role_points(axes, roles, points[:, 0], points[:, 1], size=46, alpha=1.0)
    for name, (x, y) in zip(names, points, strict=True):
        axes.annotate(
            _short(str(name)), (x, y), xytext=(0, 5), textcoords="offset points",
            ha="center", va="bottom", fontsize=6.5, color=INK, zorder=4,
        )  # fmt: skip
    isolated, ranked = ranking.ranks.isna(), ranking.ranks.dropna()
    if isolated.any():
        edge = min(places[name][0] for name in names if isolated[name]) - 0.06
        axes.axvline(edge, color=FAINT, lw=0.8, ls=":")
        axes.text(edge + 0.01, -0.045, "isolated", fontsize=7.5, color=INK, style="italic")
        axes.set_xticks([tick for tick in axes.get_xticks() if tick < edge and len(ranked)])
    axes.set_ylim(-0.07, 1.09)
    axes.set_yticks([float(np.mean(_BANDS[r])) for r in ROLES], ["inputs", "hidden", "outputs"])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _places(ranking: Ranking) -> dict[str, tuple[float, float]]:
    """Return where each node stands: its rank, and a lane in the band of its role."""
    table = ranking.table
    ranked = table["rank"].dropna()
    right = float(ranked.max()) + 0.15 if len(ranked) else 0.0
    places = {}
    for role in ROLES:
        members = table[table["role"] == role].sort_values("rank", kind="stable")
        low, high = _BANDS[role]
        lanes = min(_LANES[role], max(len(members), 1))
        heights = np.linspace(high, low, lanes) if lanes > 1 else np.array([(low + high) / 2])
        alone = 0
        for position, (name, rank) in enumerate(members["rank"].items()):
            if np.isnan(rank):
                x = right + 0.11 * (alone // lanes)
                alone += 1
            else:
                x = float(rank)
            places[str(name)] = (x, float(heights[position % lanes]))
    return places


def _edges(axes: Axes, graph: nx.DiGraph, places: dict[str, tuple[float, float]]) -> None:
    edges = sorted(graph.edges(data="flow"), key=lambda edge: edge[2])
    if not edges:
        return
    flows = np.array([flow for _, _, flow in edges])
    # The few largest flows would otherwise leave all others invisible.
    strength = (flows / flows.max()) ** 0.6
    crowd = min(1.0, 120.0 / len(edges))
    alpha = np.clip(strength * (0.25 + 0.75 * crowd), 0.06, 0.9)
    width = 0.5 + 1.4 * strength
    colours = [
        to_rgba(ROLE_COLOURS[graph.nodes[a]["role"]], float(opacity))
        for (a, _, _), opacity in zip(edges, alpha, strict=True)
    ]
    curves = [_curve(places[a], places[b]) for a, b, _ in edges]
    axes.add_collection(LineCollection(curves, colors=colours, linewidths=width, zorder=1))
    span = max(x for x, _ in places.values()) - min(x for x, _ in places.values())
    heads = [_head(curve, 0.006 * span, 0.016) for curve in curves]
    axes.add_collection(PolyCollection(heads, facecolors=colours, edgecolors="none", zorder=2))
    axes.set_xlim(
        min(x for x, _ in places.values()) - 0.04 * span - 0.02,
        max(x for x, _ in places.values()) + 0.05 * span + 0.02,
    )


def _curve(start: tuple[float, float], end: tuple[float, float]) -> Floats:
    """Return points of a curve that bends upwards going right, downwards going left."""
    a, b = np.array(start), np.array(end)
    middle = (a + b) / 2 + np.array([0.0, 0.10 * np.sign(b[0] - a[0] or 1.0)])
    t = np.linspace(0.0, 1.0, _CURVE_POINTS)[:, np.newaxis]
    return (1 - t) ** 2 * a + 2 * t * (1 - t) * middle + t**2 * b


def _head(curve: Floats, length: float, width: float) -> Floats:
    """Return a small triangle two thirds along a curve, pointing where the flow goes."""
    at = 2 * _CURVE_POINTS // 3
    scale = np.array([length, width])
    along = (curve[at] - curve[at - 1]) / scale
    along /= max(float(np.hypot(*along)), 1e-12)
    across = np.array([-along[1], along[0]]) * 0.5
    return np.array([along, -along * 0.4 + across, -along * 0.4 - across]) * scale + curve[at]


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_LABEL else f"{name[: _LONGEST_LABEL - 1]}…"
