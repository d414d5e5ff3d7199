"""Figure 2, corrected: out- against in-degree of the significant graphs."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import figure_02_degrees as published_figure
from infoscope.figures._graphs import listed, number, role_legend, small
from infoscope.figures._style import new_figure
from infoscope.figures.corrected._graphs import degree_table, in_each, loosest, test_of
from infoscope.graphs.graph import degree_correlation

NAME = f"{published_figure.NAME}-corrected"


def table(results: Results) -> pd.DataFrame:
    """Return in- and out-degree of every node in every graph."""
    return degree_table(results)


def draw(results: Results) -> Figure:
    """Draw one panel per graph, side by side."""
    points = table(results)
    figure = new_figure(0.6 + 3.6 * len(results.graphs), 4.1)
    panels = figure.subplots(1, len(results.graphs), squeeze=False)[0]
    for axes, (name, graph) in zip(panels, results.graphs.items(), strict=True):
        here = points[points["threshold"] == name]
        published_figure.degree_panel(axes, here)
        chance = float(test_of(results, name, "degree_correlation")["null_mean"])
        axes.set_title(
            f"{name}\ncorrelation {number(degree_correlation(graph))}; by chance {number(chance)}"
        )
    panels[0].set_ylabel("out-degree (edges sent)")
    role_legend(figure, list(points["role"]), loc="outside lower center", ncols=3)
    return figure


def caption(results: Results) -> str:
    """State the correlation of the degrees, and what edges placed at random give."""
    found = {name: degree_correlation(graph) for name, graph in results.graphs.items()}
    tests = [test_of(results, name, "degree_correlation") for name in results.graphs]
    chance = {
        name: float(test["null_mean"]) for name, test in zip(results.graphs, tests, strict=True)
    }
    p = [
        f"{small(float(test['p']))} ({name})"
        for name, test in zip(results.graphs, tests, strict=True)
    ]
    roles = (
        "Inputs only send and outputs only receive, which by itself makes a correlation: of"
        if results.settings.structural_edges
        else "Of"
    )
    return (
        "The correlation of in- and out-degree, over the nodes that have an edge, is "
        f"{in_each(found)}. {roles} as many edges between the same roles, placed at random, it is "
        f"{in_each(chance)}; one as low as that observed has p = {listed(p)}."
    )


def changed(published: Results, results: Results) -> str:
    """Say what becomes of the correlation."""
    threshold, graph = loosest(published)
    test = test_of(results, results.main, "degree_correlation")
    p = float(test["p"])
    if not np.isfinite(p):
        finding = "too few edges are left for one"
    else:
        finding = (
            f"it is {number(float(test['value']))}, {'' if p < 0.05 else 'no '}lower than the "
            f"roles alone make it ({number(float(test['null_mean']))})"
        )
    kind = "significant" if results.settings.significant_edges else "corrected"
    return (
        f"The published correlation of the degrees is {number(degree_correlation(graph))} (above "
        f"{threshold:g} bits); among {kind} edges ({results.main}) {finding}."
    )
