"""Figure 4, corrected: exact ranks of the significant graphs, beside what chance ranks."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import figure_04_rank_histograms as published_figure
from infoscope.figures._graphs import (
    ROLES,
    listed,
    number,
    rank_bins,
    rank_histogram,
    role_legend,
    small,
)
from infoscope.figures._style import new_figure
from infoscope.figures.corrected._graphs import loosest, test_of
from infoscope.graphs.ranking import class_order

NAME = f"{published_figure.NAME}-corrected"


def table(results: Results) -> pd.DataFrame:
    """Return the rank of every node in every graph; empty if isolated."""
    parts = [
        ranking.table.reset_index()[["node", "role", "rank", "component"]].assign(threshold=name)
        for name, ranking in results.rankings.items()
    ]
    return pd.concat(parts, ignore_index=True)


def draw(results: Results) -> Figure:
    """Draw one panel per graph, one above the other, on one axis of ranks."""
    bins = rank_bins(list(results.rankings.values()))
    figure = new_figure(7.5, 0.6 + 2.1 * len(results.rankings))
    panels = figure.subplots(len(results.rankings), 1, squeeze=False, sharex=True)[:, 0]
    for axes, (name, ranking) in zip(panels, results.rankings.items(), strict=True):
        rank_histogram(axes, ranking, bins)
        isolated = int(ranking.ranks.isna().sum())
        axes.set_title(f"{name}; {isolated} isolated, not shown")
        axes.set_ylabel("nodes")
    panels[-1].set_xlabel("rank; dashed: mean of each role")
    role_legend(figure, list(table(results)["role"]), loc="outside upper right", ncols=3)
    return figure


def caption(results: Results) -> str:
    """State mean ranks, and directedness beside that of random orientations."""
    parts = []
    for name, ranking in results.rankings.items():
        means = ranking.mean_rank()
        values = ", ".join(number(float(means.get(role, np.nan))) for role in ROLES)
        test = test_of(results, name, "directedness")
        parts.append(
            f"{values} ({name}; directedness {number(float(test['value']))}, "
            f"{number(float(test['null_mean']))} by chance, p = {small(float(test['p']))})"
        )
    given = (
        " Edges can only leave inputs and only reach outputs: that inputs stand first and outputs "
        "last is given by the network, and what the data add is which nodes have edges, and the "
        "order of the hidden ones."
        if results.settings.structural_edges
        else ""
    )
    return (
        f"Mean ranks of inputs, hidden nodes and outputs: {listed(parts)}. Directedness is 1 where "
        "every edge climbs by one rank, and chance turns each edge round with probability one "
        f"half.{given}"
    )


def changed(published: Results, results: Results) -> str:
    """Say what becomes of the order of the roles."""
    threshold, _ = loosest(published)
    before = class_order(published.variants[f"jacobi {threshold:g}"])["kendall_tau"]
    after = class_order(results.rankings[results.main])["kendall_tau"]
    method = "solved exactly" if results.settings.exact_ranks else "still iterated"
    edges = "Without" if results.settings.structural_edges else "Still with"
    return (
        f"{edges} edges from input to output, and with ranks {method}, Kendall tau of rank and "
        f"role goes from {number(before)} (above {threshold:g} bits) to {number(after)} "
        f"({results.main})."
    )
