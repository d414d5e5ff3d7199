"""What the figures of graphs and ranks share."""

from collections.abc import Mapping, Sequence
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from infoscope._validate import Floats
from infoscope.analysis.results import Results
from infoscope.figures._style import FAINT, INK, ROLE_COLOURS, ROLE_MARKERS, new_figure
from infoscope.graphs.ranking import Ranking, class_order
from infoscope.measures.statistics import pearson

ROLES = tuple(ROLE_COLOURS)


def number(value: float, digits: int = 2) -> str:
    """Return a number for a caption; what is not defined is said so."""
    # A zero from below is written without its sign.
    return (
        f"{round(float(value), digits) + 0.0:.{digits}f}" if np.isfinite(value) else "not defined"
    )


def small(p: float) -> str:
    """Return a probability for a caption, however small."""
    return f"{p:.2g}" if np.isfinite(p) else "not defined"


def correlate(value: float) -> str:
    """Return that two things correlate, for a caption, or that it cannot be said."""
    return f"correlate at {number(value)}" if np.isfinite(value) else "have no defined correlation"


def percent(share: float) -> str:
    """Return a share for a caption, with as many digits as tell it from all and from nothing."""
    if not np.isfinite(share):
        return "not defined"
    return f"{share:.2%}" if 0.0 < min(share, 1.0 - share) < 0.01 else f"{share:.0%}"


def listed(parts: Sequence[str]) -> str:
    """Return parts as words: a, b and c."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def at_thresholds(values: Mapping[float, float], digits: int = 2) -> str:
    """Return one value per threshold for a caption: 0.10 (above 0.06 bits), ..."""
    return listed([f"{number(v, digits)} (above {t:g} bits)" for t, v in values.items()])


def role_points(
    axes: Axes, roles: Sequence[str], x: Any, y: Any, size: float = 34.0, alpha: float = 0.85
) -> None:
    """Scatter nodes, their role told by colour and by shape."""
    x_values, y_values = np.asarray(x, float), np.asarray(y, float)
    for role in ROLES:
        chosen = np.array([given == role for given in roles], bool)
        if chosen.any():
            axes.scatter(
                x_values[chosen],
                y_values[chosen],
                s=size,
                c=ROLE_COLOURS[role],
                marker=ROLE_MARKERS[role],
                edgecolors="white",
                linewidths=0.6,
                alpha=alpha,
                label=role,
                zorder=3,
            )


def role_legend(target: Any, roles: Sequence[str], **options: Any) -> None:
    """Add a legend of the roles that occur."""
    handles = [
        Line2D([], [], ls="", marker=ROLE_MARKERS[r], color=ROLE_COLOURS[r], label=r, ms=6)
        for r in ROLES
        if r in set(roles)
    ]
    target.legend(handles=handles, **options)


def rank_histogram(axes: Axes, ranking: Ranking, bins: Floats) -> None:
    """Draw stacked histograms of the ranks of each role, with the mean rank of each marked."""
    table = ranking.table.dropna(subset=["rank"])
    present = [role for role in ROLES if (table["role"] == role).any()]
    if not present:
        axes.text(0.5, 0.5, "no node has an edge", transform=axes.transAxes, ha="center")
        return
    axes.hist(
        [table.loc[table["role"] == role, "rank"].to_numpy(float) for role in present],
        bins=list(bins),
        stacked=True,
        color=[ROLE_COLOURS[role] for role in present],
        edgecolor="white",
        linewidth=0.6,
    )
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * 1.18)
    for role, mean in ranking.mean_rank().dropna().items():
        name = str(role)
        axes.axvline(float(mean), color=ROLE_COLOURS[name], lw=1.2, ls=(0, (4, 2)), zorder=0)
        axes.scatter(
            [float(mean)],
            [high * 1.1],
            marker=ROLE_MARKERS[name],
            color=ROLE_COLOURS[name],
            s=38,
            zorder=4,
            edgecolors=INK,
            linewidths=0.5,
        )


def rank_bins(rankings: Sequence[Ranking], number_of_bins: int = 24) -> Floats:
    """Return bins that hold the ranks of all rankings; any bins if there is no rank."""
    ranks = np.concatenate([ranking.ranks.dropna().to_numpy(float) for ranking in rankings])
    if len(ranks) == 0:
        return np.linspace(-1.0, 1.0, number_of_bins + 1)
    low, high = float(ranks.min()), float(ranks.max())
    return np.linspace(low - 0.02, high + 0.02, number_of_bins + 1)


def whole_ticks(axes: Axes) -> None:
    """Let the ticks of both axes be whole numbers, for counts."""
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 5, 10], integer=True))


def zero_lines(axes: Axes) -> None:
    """Draw faint lines through zero."""
    axes.axhline(0.0, color=FAINT, lw=0.6, zorder=0)
    axes.axvline(0.0, color=FAINT, lw=0.6, zorder=0)


def correlation(x: pd.Series, y: pd.Series) -> float:
    """Pearson correlation of two aligned series; NaN if it is not defined."""
    return pearson(*pd.concat([x, y], axis=1, join="inner").dropna().to_numpy(float).T)


def threshold_graphs(results: Results) -> dict[float, nx.DiGraph]:
    """Return the graph of each published threshold, in bits."""
    return {float(name.removesuffix(" bits")): graph for name, graph in results.graphs.items()}


def ranks_against(results: Results, name: str) -> pd.DataFrame:
    """Return the ranks of a variant beside those of the flow graph at the main threshold."""
    threshold = results.settings.main_threshold
    found = results.variants[name].table[["role", "rank"]].rename(columns={"rank": "variant_rank"})
    found["flow_graph_rank"] = results.variants[f"exact {threshold:g}"].ranks
    return found.reset_index()


def draw_ranks_against(results: Results, name: str, label: str) -> Figure:
    """Draw the ranks of a variant, and them against those of the flow graph."""
    ranking, points = results.variants[name], ranks_against(results, name)
    figure = new_figure(10.0, 4.1)
    left, right = figure.subplots(1, 2, width_ratios=(1.3, 1.0))
    rank_histogram(left, ranking, rank_bins([ranking]))
    isolated = int(ranking.ranks.isna().sum())
    tau = number(class_order(ranking)["kendall_tau"])
    left.set_title(f"{label}\nKendall tau {tau}; {isolated} isolated")
    left.set_xlabel("rank; dashed: mean of each role")
    left.set_ylabel("nodes")
    role_points(right, list(points["role"]), points["flow_graph_rank"], points["variant_rank"])
    zero_lines(right)
    found = correlation(points["flow_graph_rank"], points["variant_rank"])
    both = points.dropna()
    right.set_title(f"correlation {number(found)}\n{len(both)} nodes ranked in both")
    right.set_xlabel(f"exact rank, flow above {results.settings.main_threshold:g} bits")
    right.set_ylabel("rank of the variant")
    ranked = points.dropna(subset=["variant_rank"])
    role_legend(figure, list(ranked["role"]), loc="outside lower center", ncols=3)
    return figure


def tau_of(results: Results, kind: str) -> dict[float, float]:
    """Return Kendall's tau of rank and role at every threshold, for one kind of ranking."""
    return {
        t: class_order(results.variants[f"{kind} {t:g}"])["kendall_tau"]
        for t in threshold_graphs(results)
    }
