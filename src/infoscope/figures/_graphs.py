"""Shared by the figures of graphs and ranks."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from infoscope._validate import Floats
from infoscope.analysis.results import Results
from infoscope.figures._captions import edge_rule, fill
from infoscope.figures._style import FAINT, INK, ROLE_COLOURS, ROLE_MARKERS, new_figure
from infoscope.graphs.graph import degrees
from infoscope.graphs.ranking import Ranking, class_order
from infoscope.measures.statistics import pearson

ROLES = tuple(ROLE_COLOURS)


def role_points(
    axes: Axes, roles: Sequence[str], x: Any, y: Any, size: float = 34.0, alpha: float = 0.85
) -> None:
    """Scatter nodes, with a colour and a marker for each role."""
    places = np.column_stack([np.asarray(x, float), np.asarray(y, float)])
    for role in ROLES:
        chosen = places[[given == role for given in roles]]
        if len(chosen):
            look = {"c": ROLE_COLOURS[role], "marker": ROLE_MARKERS[role], "label": role}
            edge = {"edgecolors": "white", "linewidths": 0.6}
            axes.scatter(*chosen.T, s=size, alpha=alpha, zorder=3, **look, **edge)


def role_legend(target: Any, roles: Sequence[str], **options: Any) -> None:
    """Add a legend of the roles that occur."""
    handles = [
        Line2D([], [], ls="", marker=ROLE_MARKERS[r], color=ROLE_COLOURS[r], label=r, ms=6)
        for r in ROLES
        if r in set(roles)
    ]
    target.legend(handles=handles, ncols=len(ROLES), **options)


def role_histogram(axes: Axes, table: pd.DataFrame, column: str, bins: Floats) -> None:
    """Draw the histogram of a column, stacked by role."""
    present = [role for role in ROLES if (table["role"] == role).any()]
    axes.hist(
        [table.loc[table["role"] == role, column].to_numpy(float) for role in present],
        bins=list(bins),
        stacked=True,
        color=[ROLE_COLOURS[role] for role in present],
        edgecolor="white",
        linewidth=0.6,
    )


def rank_histogram(axes: Axes, ranking: Ranking, bins: Floats) -> None:
    """Draw the histogram of the ranks, stacked by role, and mark the mean rank of each role."""
    table = ranking.table.dropna(subset=["rank"])
    if table.empty:
        axes.text(0.5, 0.5, "no node has an edge", transform=axes.transAxes, ha="center")
        return
    role_histogram(axes, table, "rank", bins)
    whole_ticks(axes.yaxis)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * 1.18)
    for role, mean in ranking.mean_rank().dropna().items():
        colour = ROLE_COLOURS[str(role)]
        axes.axvline(float(mean), color=colour, lw=1.2, ls=(0, (4, 2)), zorder=0)
        marker = ROLE_MARKERS[str(role)]
        axes.plot(float(mean), high * 1.1, marker, color=colour, ms=6, mec=INK, mew=0.5, zorder=4)


def rank_bins(rankings: Sequence[Ranking], number_of_bins: int = 24) -> Floats:
    """Return bins that hold the ranks of all rankings; without ranks, any bins."""
    ranks = np.concatenate([ranking.ranks.dropna().to_numpy(float) for ranking in rankings])
    if len(ranks) == 0:
        return np.linspace(-1.0, 1.0, number_of_bins + 1)
    low, high = float(ranks.min()), float(ranks.max())
    return np.linspace(low - 0.02, high + 0.02, number_of_bins + 1)


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


def correlation(x: pd.Series, y: pd.Series) -> float:
    """Return the Pearson correlation of two aligned series; NaN if undefined."""
    return pearson(*pd.concat([x, y], axis=1, join="inner").dropna().to_numpy(float).T)


def threshold_of(results: Results, name: str) -> tuple[str, float | str]:
    """Return column and value of the threshold of a graph; in bits as published."""
    if results.settings.repairs:
        return "threshold", name
    return "threshold_bits", float(name.removesuffix(" bits"))


def in_all_graphs(results: Results, table_of: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """Return the tables of all graphs, one below the other, with the threshold of each."""
    parts = [
        table_of(name).assign(**dict([threshold_of(results, name)])) for name in results.graphs
    ]
    return pd.concat(parts, ignore_index=True)


def degree_table(results: Results) -> pd.DataFrame:
    """Return in- and out-degree of every node in every graph."""
    columns = ["node", "role", "in_degree", "out_degree"]
    return in_all_graphs(results, lambda name: degrees(results.graphs[name]).reset_index()[columns])


def test_of(results: Results, name: str, statistic: str) -> dict[str, Any]:
    """Return a statistic of a graph, its mean under the null and p; none as published."""
    if not results.settings.repairs:
        return {}
    tests = results.rank_tests
    row = tests[(tests["graph"] == name) & (tests["statistic"] == statistic)].iloc[0]
    return {"chance": float(row["null_mean"]), "p": float(row["p"])}


def kendall_tau(ranking: Ranking) -> float:
    """Return Kendall's tau of rank and role; NaN if undefined."""
    return class_order(ranking)["kendall_tau"]


def variant_of(results: Results, kind: str, name: str) -> Ranking:
    """Return a variant of the ranking of a graph (`Results.variants`)."""
    return results.variants[f"{kind} {name.removesuffix(' bits')}"]


def compared_ranks(results: Results, variant: Ranking) -> pd.DataFrame:
    """Return the ranks of a variant, and the exact ranks of the main graph."""
    column = "main_rank" if results.settings.repairs else "flow_graph_rank"
    table = variant.table[["role", "rank"]].rename(columns={"rank": "variant_rank"})
    table[column] = variant_of(results, "exact", results.main).ranks
    return table.reset_index()


def draw_compared_ranks(results: Results, variant: Ranking, title: str) -> Figure:
    """Draw the ranks of a variant, and these against the exact ranks of the main graph."""
    points = compared_ranks(results, variant)
    ranks = points[points.columns[-1]], points["variant_rank"]
    figure = new_figure(10.0, 4.1)
    left, right = figure.subplots(1, 2, width_ratios=(1.3, 1.0))
    rank_histogram(left, variant, rank_bins([variant]))
    known = {"tau": kendall_tau(variant), "isolated": int(variant.ranks.isna().sum())}
    left.set_title(f"{title}\n" + fill("Kendall tau {tau:.2f}; {isolated} isolated", known))
    left.set_xlabel("rank; dashed: mean of each role")
    left.set_ylabel("nodes")
    role_points(right, list(points["role"]), *ranks)
    zero_lines(right)
    known = {"r": correlation(*ranks), "nodes": len(points.dropna())}
    right.set_title(fill("correlation {r:.2f}", known) + f"\n{known['nodes']} nodes ranked in both")
    right.set_xlabel(f"exact rank, {edge_rule(results.main)}")
    right.set_ylabel("rank of the variant")
    ranked = points.dropna(subset=["variant_rank"])
    role_legend(figure, list(ranked["role"]), loc="outside lower center")
    return figure
