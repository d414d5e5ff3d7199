"""Nodes as points: colour and marker by role, histograms, and rows with names."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from infoscope._validate import Floats
from infoscope.plots.labels import name_points
from infoscope.plots.style import FAINT, ROLE_COLOURS, ROLE_MARKERS

ROLES = tuple(ROLE_COLOURS)
# The role of a node of a graph without roles.
NO_ROLE = "node"
_GREY = "#777777"
_SYMBOLS = {"s": "■", "o": "●", "D": "◆"}
# Up to this number each node has its name.
MOST_NAMES = 40


def roles_of(table: pd.DataFrame) -> list[str]:
    """Return the role of each node of a table; `NO_ROLE` where it is unknown."""
    if "role" not in table:
        return [NO_ROLE] * len(table)
    return [role if isinstance(role, str) else NO_ROLE for role in table["role"]]


def present_roles(roles: Iterable[str]) -> list[str]:
    """Return the roles that occur: inputs, hidden, outputs, then any other."""
    found = list(dict.fromkeys(roles))
    return [r for r in ROLES if r in found] + sorted(set(found) - set(ROLES))


def role_colour(role: str) -> str:
    """Return the colour of a role; grey for an unknown one."""
    return ROLE_COLOURS.get(role, _GREY)


def role_marker(role: str) -> str:
    """Return the marker of a role."""
    return ROLE_MARKERS.get(role, "o")


def role_key(roles: Sequence[str]) -> str:
    """Return the marker of each role in words; empty if there is only one role."""
    present = present_roles(roles)
    if len(present) < 2:
        return ""
    return ", ".join(f"{_SYMBOLS[role_marker(role)]}\u00a0{role}" for role in present)


def role_points(
    axes: Axes, roles: Sequence[str], x: Any, y: Any, size: float = 34.0, alpha: float = 0.85
) -> None:
    """Scatter nodes, with a colour and a marker for each role."""
    places = np.column_stack([np.asarray(x, float), np.asarray(y, float)])
    for role in present_roles(roles):
        chosen = places[[given == role for given in roles]]
        look = {"c": role_colour(role), "marker": role_marker(role), "label": role}
        edge = {"edgecolors": "white", "linewidths": 0.6}
        axes.scatter(*chosen.T, s=size, alpha=alpha, zorder=3, **look, **edge)


def role_legend(target: Any, roles: Sequence[str], **options: Any) -> None:
    """Add a legend of the roles that occur."""
    handles = [
        Line2D([], [], ls="", marker=role_marker(r), color=role_colour(r), label=r, ms=6)
        for r in present_roles(roles)
    ]
    target.legend(handles=handles, ncols=max(len(ROLES), len(handles)), **options)


def draw_nodes(axes: Axes, points: pd.DataFrame, columns: list[str], named: Any = None) -> None:
    """Scatter nodes by two columns, and name some of them, by default all."""
    x, y = points[columns[0]], points[columns[1]]
    role_points(axes, list(points["role"]), x, y, size=42)
    chosen = slice(None) if named is None else named
    name_points(axes, list(points["node"][chosen]), x[chosen], y[chosen])


def role_histogram(axes: Axes, table: pd.DataFrame, column: str, bins: Floats) -> None:
    """Draw the histogram of a column, stacked by role."""
    roles = np.array(roles_of(table))
    present = present_roles(roles.tolist())
    axes.hist(
        [table.loc[roles == role, column].to_numpy(float) for role in present],
        bins=list(bins),
        stacked=True,
        color=[role_colour(role) for role in present],
        edgecolor="white",
        linewidth=0.6,
    )


def whole_ticks(*axis: Any) -> None:
    """Restrict ticks to whole numbers, for counts."""
    for each in axis:
        each.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 5, 10], integer=True))


def named_rows(axes: Axes, names: Sequence[str]) -> Floats:
    """Draw a faint line with a name for each row, the first at the top; return their heights."""
    rows = np.arange(len(names), dtype=float)[::-1]
    for row in rows:
        axes.axhline(row, color=FAINT, lw=0.5, zorder=0)
    axes.set_yticks(rows, names)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    return rows


def zero_lines(axes: Axes) -> None:
    """Draw faint lines through zero."""
    axes.axhline(0.0, color=FAINT, lw=0.6, zorder=0)
    axes.axvline(0.0, color=FAINT, lw=0.6, zorder=0)
