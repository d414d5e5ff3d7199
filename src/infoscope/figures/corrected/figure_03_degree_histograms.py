"""Figure 3, corrected: histograms of the degrees of the significant graphs."""

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import figure_03_degree_histograms as published_figure
from infoscope.figures._graphs import number, role_legend
from infoscope.figures._style import new_figure
from infoscope.figures.corrected._graphs import degree_table, in_each, loosest
from infoscope.graphs.graph import degrees

NAME = f"{published_figure.NAME}-corrected"


def table(results: Results) -> pd.DataFrame:
    """Return in- and out-degree of every node in every graph."""
    return degree_table(results)


def draw(results: Results) -> Figure:
    """Draw two rows, in- and out-degree, and a column per graph."""
    points = table(results)
    figure = new_figure(0.6 + 3.4 * len(results.graphs), 5.2)
    panels = figure.subplots(2, len(results.graphs), squeeze=False, sharey="col")
    for column, name in enumerate(results.graphs):
        here = points[points["threshold"] == name]
        published_figure.degree_histograms(panels[:, column].tolist(), here)
        panels[0, column].set_title(name)
    for row in panels:
        row[0].set_ylabel("nodes")
    role_legend(figure, list(points["role"]), loc="outside lower center", ncols=3)
    return figure


def caption(results: Results) -> str:
    """State mean and spread of the degrees of the hidden nodes."""
    tables = {name: degrees(graph) for name, graph in results.graphs.items()}
    hidden = {name: found[found["role"] == "hidden"] for name, found in tables.items()}
    into = {name: float(found["in_degree"].mean()) for name, found in hidden.items()}
    out = {name: float(found["out_degree"].mean()) for name, found in hidden.items()}
    roles = (
        "; inputs receive none and outputs send none, as only connections of the network count"
        if results.settings.structural_edges
        else ""
    )
    return (
        f"A hidden node receives {in_each(into, 1)} edges on average and sends {in_each(out, 1)}"
        f"{roles}."
    )


def changed(published: Results, results: Results) -> str:
    """Compare the mean degrees."""
    threshold, graph = loosest(published)
    before = graph.number_of_edges() / len(published.flow.nodes)
    after = results.graphs[results.main].number_of_edges() / len(results.flow.nodes)
    return (
        f"The mean degree, edges per node, {'falls' if after < before else 'goes'} from "
        f"{number(before, 1)} (above {threshold:g} bits) to {number(after, 1)} ({results.main})."
    )
