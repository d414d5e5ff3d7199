"""Panels of ranks: a row for each node, or the histogram of many."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoscope._validate import Floats
from infoscope.plots.canvas import canvas, caption, figure_of
from infoscope.plots.labels import name_label
from infoscope.plots.nodes import (
    MOST_NAMES,
    named_rows,
    role_colour,
    role_histogram,
    role_key,
    role_marker,
    role_points,
    roles_of,
    whole_ticks,
)
from infoscope.plots.style import INK


def plot_ranks(table: pd.DataFrame, title: str, ax: Any) -> Figure:
    """Draw ranks, on given axes or in a new figure.

    ``table`` has a column rank, NaN for an isolated node, and may have a column role.
    """
    few = len(table) <= MOST_NAMES
    size = (6.0, 1.3 + 0.17 * len(table)) if few else (7.0, 4.0)
    roles, words = roles_of(table), []
    with canvas(ax, *size) as axes:
        if few:
            rank_rows(axes, table)
        else:
            rank_histogram(axes, table, rank_bins([table["rank"]]))
            axes.set_ylabel("nodes")
            words.append("dashed: mean of each role")
            alone = int(table["rank"].isna().sum())
            words.append(f"{alone} isolated nodes have no rank" if alone else "")
        axes.set_title(title)
        caption(axes, "rank", [role_key(roles), *words])
        return figure_of(axes)


def rank_histogram(axes: Axes, table: pd.DataFrame, bins: Floats) -> None:
    """Draw the histogram of the ranks, stacked by role, and mark the mean rank of each role.

    ``table`` has a column rank, NaN for an isolated node, and may have a column role.
    """
    table = table.dropna(subset=["rank"])
    if table.empty:
        axes.text(0.5, 0.5, "no node has an edge", transform=axes.transAxes, ha="center")
        return
    role_histogram(axes, table, "rank", bins)
    whole_ticks(axes.yaxis)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * 1.18)
    for role, mean in table["rank"].groupby(roles_of(table), sort=False).mean().items():
        colour = role_colour(str(role))
        axes.axvline(float(mean), color=colour, lw=1.2, ls=(0, (4, 2)), zorder=0)
        marker = role_marker(str(role))
        axes.plot(float(mean), high * 1.1, marker, color=colour, ms=6, mec=INK, mew=0.5, zorder=4)


def rank_bins(ranks: Sequence[pd.Series], number_of_bins: int = 24) -> Floats:
    """Return bins that hold the ranks of several graphs; without ranks, any bins."""
    known = np.concatenate([each.dropna().to_numpy(float) for each in ranks])
    if len(known) == 0:
        return np.linspace(-1.0, 1.0, number_of_bins + 1)
    low, high = float(known.min()), float(known.max())
    return np.linspace(low - 0.02, high + 0.02, number_of_bins + 1)


def rank_rows(axes: Axes, table: pd.DataFrame) -> None:
    """Draw the rank of each node in a row of its own, the highest at the top.

    Nodes without a rank, which have no edge, are named below all others.
    """
    ordered = table.sort_values("rank", ascending=False, kind="stable", na_position="last")
    lacking = ordered["rank"].isna()
    names = [
        f"{name_label(name)} (isolated)" if alone else name_label(name)
        for name, alone in zip(ordered.index, lacking, strict=True)
    ]
    rows = named_rows(axes, names)
    role_points(axes, roles_of(ordered[~lacking]), ordered["rank"].dropna(), rows[~lacking])
