"""Figure 4: histograms of the published ranks at each threshold, stacked by role.

The authors show isolated nodes at the mean of the others; an isolated node has no rank, so here
they are counted beside the histogram instead.
"""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._graphs import (
    ROLES,
    listed,
    number,
    rank_bins,
    rank_histogram,
    role_legend,
    threshold_graphs,
)
from infoscope.figures._style import new_figure
from infoscope.graphs.ranking import class_order

NAME = "figure-04-rank-histograms"


def table(results: Results) -> pd.DataFrame:
    """Return the published rank of every node at every threshold; empty if isolated."""
    parts = [
        results.variants[f"jacobi {t:g}"]
        .table.reset_index()[["node", "role", "rank", "component"]]
        .assign(threshold_bits=t)
        for t in threshold_graphs(results)
    ]
    return pd.concat(parts, ignore_index=True)


def draw(results: Results) -> Figure:
    """Draw one panel per threshold, one above the other, on one axis of ranks."""
    rankings = {t: results.variants[f"jacobi {t:g}"] for t in threshold_graphs(results)}
    bins = rank_bins(list(rankings.values()))
    figure = new_figure(7.5, 0.6 + 2.1 * len(rankings))
    panels = figure.subplots(len(rankings), 1, squeeze=False, sharex=True)[:, 0]
    for axes, (threshold, ranking) in zip(panels, rankings.items(), strict=True):
        rank_histogram(axes, ranking, bins)
        isolated = int(ranking.ranks.isna().sum())
        axes.set_title(f"flow above {threshold:g} bits; {isolated} isolated, not shown")
        axes.set_ylabel("nodes")
    panels[-1].set_xlabel("rank; dashed: mean of each role")
    role_legend(figure, list(table(results)["role"]), loc="outside upper right", ncols=3)
    return figure


def caption(results: Results) -> str:
    """State the mean ranks, and whether they stand in the expected order."""
    parts, ordered = [], []
    for threshold in threshold_graphs(results):
        ranking = results.variants[f"jacobi {threshold:g}"]
        means = ranking.mean_rank()
        found = [float(means.get(role, np.nan)) for role in ROLES]
        ordered.append(bool(np.all(np.diff(found) > 0)))
        tau = class_order(ranking)["kendall_tau"]
        values = ", ".join(number(value) for value in found)
        parts.append(f"{values} above {threshold:g} bits (Kendall tau {number(tau)})")
    components = [
        int(results.variants[f"jacobi {t:g}"].table["component"].max()) + 1
        for t in threshold_graphs(results)
    ]
    if not any(components):
        finding = "no node has an edge, so none has a rank"
    elif all(ordered):
        finding = "inputs come before hidden nodes before outputs at every threshold"
    else:
        finding = f"the order holds at {sum(ordered)} of {len(ordered)} thresholds"
    return (
        f"Figure 4. Published ranks. On average {finding}: mean ranks of inputs, hidden nodes and "
        f"outputs are {listed(parts)}. Flow from input to output counts forecast quality (flaw 6), "
        "which by itself pushes the outputs up. The graphs have "
        f"{listed([str(c) for c in components])} components, between which ranks do not compare "
        "(flaw 10). Isolated nodes have no rank; the authors draw them at the mean of the others."
    )
