"""Section 9, corrected: the time-delayed information alone, along connections of the network."""

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import minor_delayed_graph as published_figure
from infoscope.figures._graphs import number, tau_of
from infoscope.figures.corrected._graphs import loosest
from infoscope.figures.corrected._ranks import densest, tau
from infoscope.graphs.ranking import rank_nodes

NAME = f"{published_figure.NAME}-corrected"


def table(results: Results) -> pd.DataFrame:
    """Return flow and both its terms for every pair that can be an edge, in bits."""
    parts = {"flow": "flow_bits", "delayed": "delayed_bits", "instantaneous": "instantaneous_bits"}
    return results.flow.to_frame().rename(columns=parts)


def draw(results: Results) -> Figure:
    """Draw the delayed information and the flow of every pair that can be an edge."""
    return published_figure.matrix_figure(results.flow)


def caption(results: Results) -> str:
    """State how well the graph of the delayed information ranks."""
    graph, main = densest(results, "delayed"), results.graphs[results.main]
    blank = (
        " Blank are pairs that are no connection of the network."
        if results.settings.structural_edges
        else ""
    )
    if not graph.number_of_edges():
        return f"Without an edge in the main graph ({results.main}) none is compared.{blank}"
    shared = len(set(graph.edges) & set(main.edges))
    return (
        f"Of the {graph.number_of_edges()} largest delayed informations, as many as the main graph "
        f"({results.main}) has edges, {shared} are edges of it; they rank with Kendall tau "
        f"{tau(rank_nodes(graph))}, the main graph with {tau(results.rankings[results.main])}."
        f"{blank}"
    )


def changed(published: Results, results: Results) -> str:
    """Compare the orders that the delayed information finds."""
    threshold, _ = loosest(published)
    before = tau_of(published, "delayed")[threshold]
    among = (
        "Among connections of the network alone, whose direction is given,"
        if results.settings.structural_edges
        else "Among all pairs"
    )
    return (
        f"{among} Kendall tau of role and rank by the delayed information goes from "
        f"{number(before)} (as dense as flow above {threshold:g} bits) to "
        f"{tau(rank_nodes(densest(results, 'delayed')))} (as dense as the main "
        f"graph, {results.main})."
    )
