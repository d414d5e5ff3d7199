"""The panel of a graph: each node at its rank, in the band of its role.

Within its band a node has a lane where its name covers no other. Edges are curved, have the colour
of their source and are stronger for larger flows; negative ones are dashed. Isolated nodes, which
have no rank, are drawn at the right.
"""

from collections.abc import Sequence
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.ticker import MaxNLocator

from infoscope._validate import Floats
from infoscope.plots.labels import LETTER, name_label
from infoscope.plots.nodes import NO_ROLE, ROLES, present_roles, role_colour, role_points
from infoscope.plots.style import FAINT, INK

# Low and high end of the band of each role, and the number of its lanes.
_BANDS = {"input": (0.66, 1.05), "hidden": (0.20, 0.57), "output": (0.02, 0.12)}
_LANES = {"input": 12, "hidden": 10, "output": 2}
_BOTTOM, _TOP, _GAP, _MOST_LANES = 0.02, 1.05, 0.09, 16
_BAND_NAMES = {"input": "inputs", "output": "outputs", NO_ROLE: "nodes"}
# Size of a panel, in inches.
PANEL_HEIGHT = 4.2
_CURVE_POINTS = 16
_LONGEST_LABEL = 18
_FONT = 6.5
# Width for the ranks, and of a marker with its gap, in points.
_PAGE, _MARKER = 640.0, 11.0

# Position of a node, and extent of its name and marker.
Place = tuple[float, float, float, float]
Places = dict[Any, Place]
Bands = dict[str, tuple[float, float]]


def graph_panel(axes: Axes, graph: nx.DiGraph, ranks: pd.Series, named: bool = True) -> None:
    """Draw a graph, each node at its rank and in the band of its role.

    Edges carry ``flow``, nodes may carry ``role``; ranks are NaN for isolated nodes.
    """
    roles = {name: graph.nodes[name].get("role", NO_ROLE) for name in graph}
    bands = _bands(present_roles(roles.values()))
    places = _places(ranks.reindex(list(graph)), roles, bands, named)
    if not places:
        return
    _edges(axes, graph, places, roles)
    points = np.array([places[name][:2] for name in graph])
    role_points(axes, list(roles.values()), points[:, 0], points[:, 1], size=40, alpha=1.0)
    if named:
        _write_names(axes, roles, places)
    _set_limits(axes, ranks.reindex(list(graph)), places)
    axes.set_ylim(-0.09, 1.13)
    middles = [float(np.mean(band)) for band in bands.values()]
    axes.set_yticks(middles, [_BAND_NAMES.get(role, role) for role in bands])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _bands(roles: Sequence[str]) -> Bands:
    """Return the band of each role: fixed for a network with all three, else of equal height."""
    if tuple(roles) == ROLES:
        return dict(_BANDS)
    height = (_TOP - _BOTTOM + _GAP) / len(roles)
    tops = _TOP - height * np.arange(len(roles))
    return {
        role: (float(top - height + _GAP), float(top))
        for role, top in zip(roles, tops, strict=True)
    }


def _side(role: str) -> int:
    """Return the side of a node for its name: the one with fewer edges."""
    return -1 if role == "input" else 1


def _write_names(axes: Axes, roles: dict[Any, str], places: Places) -> None:
    for name, (x, y, _, _) in places.items():
        side = _side(roles[name])
        axes.annotate(
            name_label(name, _LONGEST_LABEL), (x, y), xytext=(4.5 * side, 0),
            textcoords="offset points", ha="left" if side > 0 else "right", va="center",
            fontsize=_FONT, color=INK, zorder=2.5,
            bbox={"fc": "white", "ec": "none", "alpha": 0.6, "pad": 0.2},
        )  # fmt: skip


def _set_limits(axes: Axes, ranks: pd.Series, places: Places) -> None:
    """Make room for all names; separate the isolated nodes, whose position is not a rank."""
    reach = np.array(list(places.values()))
    low, high = reach[:, 2].min(), reach[:, 3].max()
    axes.set_xlim(low - 0.01 * (high - low), high + 0.01 * (high - low))
    ranked = ranks.dropna()
    ticks = MaxNLocator(8).tick_values(low, high)
    axes.set_xticks([tick for tick in ticks if low <= tick <= ranked.max()] if len(ranked) else [])
    isolated = ranks.index[ranks.isna()]
    if len(isolated):
        edge = min(places[name][2] for name in isolated) - 0.005 * (high - low)
        axes.axvline(edge, color=FAINT, lw=0.8, ls=":")
        axes.annotate(
            "isolated", (edge, -0.07), xytext=(3, 0), textcoords="offset points", fontsize=7.5,
            color=INK, style="italic",
        )  # fmt: skip


def _places(ranks: pd.Series, roles: dict[Any, str], bands: Bands, named: bool) -> Places:
    """Return the position of each node: its rank, and a lane in the band of its role."""
    ranked = ranks.dropna()
    span = float(np.ptp(ranked)) if len(ranked) else 0.0
    point = (span or 1.0) / _PAGE
    widths = {
        name: point * (_MARKER + named * LETTER * _FONT * len(name_label(name, _LONGEST_LABEL)))
        for name in ranks.index
    }
    places: Places = {}
    of_role = ranks.index.map(roles)
    for role in bands:
        members = ranks[of_role == role].dropna().sort_values(kind="stable")
        heights = _heights(role, bands, int((of_role == role).sum()))
        ends, lane = np.full(len(heights), -np.inf), -1
        for name, rank in members.items():
            low, high = _reach(float(rank), widths[name], point, role)
            lane = _free_lane(low - ends, lane)
            ends[lane] = high
            places[name] = (float(rank), float(heights[lane]), low, high)
    return places | _isolated_places(ranks, roles, bands, widths, point, places)


def _isolated_places(
    ranks: pd.Series, roles: dict[Any, str], bands: Bands, widths: dict[Any, float],
    point: float, ranked: Places,
) -> Places:  # fmt: skip
    """Return the positions of isolated nodes, in columns beyond all ranked nodes."""
    isolated = ranks.index[ranks.isna()]
    start = max((place[3] for place in ranked.values()), default=0.0) + 2.0 * _MARKER * point
    step = max((widths[name] for name in isolated), default=0.0)
    places = {}
    for role in bands:
        members = [name for name in isolated if roles[name] == role]
        heights = _heights(role, bands, sum(given == role for given in roles.values()))
        for number, name in enumerate(members):
            column, lane = divmod(number, len(heights))
            marker = 0.5 * _MARKER * point
            x = start + step * column + (step - marker if _side(role) < 0 else marker)
            low, high = _reach(x, widths[name], point, role)
            places[name] = (x, float(heights[lane]), low, high)
    return places


def _heights(role: str, bands: Bands, members: int) -> Floats:
    low, high = bands[role]
    most = _LANES[role] if bands == _BANDS else max(2, round(_MOST_LANES / len(bands)))
    lanes = min(most, max(members, 1))
    return np.linspace(high, low, lanes) if lanes > 1 else np.array([(low + high) / 2])


def _reach(x: float, width: float, point: float, role: str) -> tuple[float, float]:
    """Return the extent of a node and its name."""
    marker = 0.5 * _MARKER * point
    return (x - width, x + marker) if _side(role) < 0 else (x - marker, x + width)


def _free_lane(room: Floats, last: int) -> int:
    """Return the next lane with room, or the one with the most room."""
    turn = np.roll(np.arange(len(room)), -(last + 1))
    free = [int(lane) for lane in turn if room[lane] >= 0.0]
    return free[0] if free else int(np.argmax(room))


def _edges(axes: Axes, graph: nx.DiGraph, places: Places, roles: dict[Any, str]) -> None:
    edges = sorted(graph.edges(data="flow"), key=lambda edge: abs(edge[2]))
    if not edges:
        return
    flows = np.array([flow for _, _, flow in edges])
    alpha, width = edge_strengths(flows)
    colours = [
        to_rgba(role_colour(roles[a]), float(opacity))
        for (a, _, _), opacity in zip(edges, alpha, strict=True)
    ]
    curves = [_curve(places[a][:2], places[b][:2]) for a, b, _ in edges]
    dashes = {"linestyles": edge_dashes(flows)} if (flows < 0.0).any() else {}
    axes.add_collection(
        LineCollection(curves, colors=colours, linewidths=width, zorder=1, **dashes)
    )
    span = float(np.ptp([place[0] for place in places.values()])) or 1.0
    heads = [_head(curve, 0.006 * span, 0.016) for curve in curves]
    axes.add_collection(PolyCollection(heads, facecolors=colours, edgecolors="none", zorder=2))


def edge_strengths(flows: Floats) -> tuple[Floats, Floats]:
    """Return opacity and line width of each edge, by the size of its flow among all."""
    sizes = np.abs(flows)
    largest = sizes[np.isfinite(sizes)].max(initial=0.0) or 1.0
    # Otherwise the few largest flows would hide all others.
    strength = np.minimum(sizes / largest, 1.0) ** 0.6
    crowd = min(1.0, 120.0 / len(flows))
    return np.clip(strength * (0.25 + 0.75 * crowd), 0.06, 0.9), 0.5 + 1.4 * strength


def edge_dashes(flows: Floats) -> list[Any]:
    """Return the line style of each edge: dashed for a negative flow."""
    return [(0, (4, 2)) if flow < 0.0 else "-" for flow in flows]


def _curve(start: tuple[float, float], end: tuple[float, float]) -> Floats:
    """Return points of a curve that bends upwards to the right, downwards to the left."""
    a, b = np.array(start), np.array(end)
    middle = (a + b) / 2 + np.array([0.0, 0.10 * np.sign(b[0] - a[0] or 1.0)])
    t = np.linspace(0.0, 1.0, _CURVE_POINTS)[:, np.newaxis]
    return (1 - t) ** 2 * a + 2 * t * (1 - t) * middle + t**2 * b


def _head(curve: Floats, length: float, width: float) -> Floats:
    """Return a small triangle two thirds along a curve, pointing in the direction of flow."""
    at = 2 * _CURVE_POINTS // 3
    scale = np.array([length, width])
    along = (curve[at] - curve[at - 1]) / scale
    along /= max(float(np.hypot(*along)), 1e-12)
    across = np.array([-along[1], along[0]]) * 0.5
    return np.array([along, -along * 0.4 + across, -along * 0.4 - across]) * scale + curve[at]
