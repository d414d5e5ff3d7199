"""Figure 1, corrected: edges that the network has and that surrogates do not reach."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import figure_01_flow_graphs as published_figure
from infoscope.figures._graphs import listed, role_legend
from infoscope.figures._style import new_figure
from infoscope.figures.corrected._graphs import estimated_from, loosest, title_of
from infoscope.graphs.connections import CONNECTIONS

NAME = f"{published_figure.NAME}-corrected"


def table(results: Results) -> pd.DataFrame:
    """Return one row per edge and graph, with the ranks of its ends."""
    rows = []
    for name, graph in results.graphs.items():
        ranks = results.rankings[name].ranks
        for source, target, flow in graph.edges(data="flow"):
            rows.append((name, source, target, flow, ranks[source], ranks[target]))
    names = ["threshold", "source", "target", "flow_bits", "source_rank", "target_rank"]
    return pd.DataFrame(rows, columns=names)


def draw(results: Results) -> Figure:
    """Draw one panel per graph, one above the other."""
    count = len(results.graphs)
    figure = new_figure(11.0, 0.7 + published_figure.PANEL_HEIGHT * count)
    panels = figure.subplots(count, 1, squeeze=False)[:, 0]
    for axes, (name, graph) in zip(panels, results.graphs.items(), strict=True):
        published_figure.graph_panel(axes, graph, results.rankings[name])
        axes.set_title(f"{graph.number_of_edges()} edges; {title_of(results, name)}")
    panels[-1].set_xlabel("rank (exact); edges have the colour of their source")
    role_legend(figure, list(results.flow.nodes["role"]), loc="outside upper right", ncols=3)
    return figure


def caption(results: Results) -> str:
    """State how many edges there are, how many climb, and what the control says."""
    parts = []
    for name, graph in results.graphs.items():
        ranks = results.rankings[name].ranks
        climbs = [ranks[b] > ranks[a] for a, b in graph.edges]
        share = f"{np.mean(climbs):.0%} of {len(climbs)}" if climbs else "none of 0"
        parts.append(f"{share} edges ({name})")
    shares = listed(parts)
    return (
        f"{shares[0].upper()}{shares[1:]} run from a lower to a higher rank; "
        f"{estimated_from(results)}.{_control(results)}"
    )


def changed(published: Results, results: Results) -> str:
    """Say what is left of the published graph."""
    threshold, graph = loosest(published)
    roles = published.flow.nodes["role"]
    possible = sum((roles[a], roles[b]) in CONNECTIONS.values() for a, b in graph.edges)
    main = results.graphs[results.main].number_of_edges()
    settings = results.settings
    rows = "on days that count once" if settings.distinct_days else "in the corrected run"
    found = "are significant" if settings.significant_edges else "lie above the threshold"
    return (
        f"Of the {graph.number_of_edges()} published edges above {threshold:g} bits, {possible} "
        f"run along a connection of the network; {rows}, {main} edges {found} ({results.main})."
    )


def _control(results: Results) -> str:
    shift = results.nulls.get("circular-shift")
    if shift is None:
        return " No threshold has an error rate."
    said = (
        " An edge must lie above two kinds of surrogates: sources shifted in time, and the "
        "target's present and future swapped."
    )
    if bool(shift.control.any()):
        share = float(shift.false_positive_control().loc["all", "share"])  # pyright: ignore[reportArgumentType]
        said += (
            " As a control, of the pairs that run against the network, back from outputs or "
            f"hidden nodes, along which nothing can flow, {share:.1%} lie above the shifted ones "
            "at a level of 5%."
        )
    return said
