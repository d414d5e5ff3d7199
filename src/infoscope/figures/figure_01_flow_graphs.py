"""Figure 1: information-flow graphs.

The paper draws spring layouts, whose edges cannot be traced. Here each node is drawn at its rank,
from left to right, in the band of its role.
"""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._captions import Facts, edge_rule, plain
from infoscope.figures._graphs import FLOW_BY, threshold_of
from infoscope.figures._nodes import rows_name
from infoscope.graphs.connections import CONNECTIONS
from infoscope.plots.graph_panel import PANEL_HEIGHT, graph_panel
from infoscope.plots.nodes import role_legend
from infoscope.plots.style import new_figure

NAME = "figure-01-information-flow-graphs"

CAPTION = """
Figure 1. Information-flow graphs. Edges from a lower to a higher rank, of all edges:
{graphs:climbing_of_all}.
[by_neighbours] Flow is estimated by KSG with k = {k} on {scale}, from {rows} {rows_are}.
[not by_neighbours] Flow is estimated by {estimator}, from {rows} {rows_are}.
[any_flow] The largest flow, {largest[bits]:.2f} bits, runs from {largest[source]} to
{largest[target]}.
[forecast_quality] The alignment pairs this output with the input of the day it predicts, so this
flow measures forecast quality (flaw 6).
[significant_edges] An edge must exceed two kinds of surrogates: sources shifted in time, and the
present and future of the target swapped.
[controlled] As a control, {control:.1%} of the pairs that run against the network, along which
nothing can flow, exceed the shifted sources at a level of 5%.
[not significant_edges] No threshold has an error rate (flaw 7).
[] Edges have the colour of their source; stronger edges carry more flow.
"""
CHANGE = """
The number of edges goes from {before:edges} to {after:edges}; of the published edges,
{before:possible} run along a connection of the network.
"""


def facts(results: Results) -> Facts:
    """Return the edges of each graph, the number that climb the ranks, and the largest flow."""
    flows = results.flow.to_frame().dropna(subset=["flow"]).nlargest(1, "flow")
    roles = results.flow.nodes["role"]
    largest: dict[str, Any] = {}
    for source, target, bits in flows[["source", "target", "flow"]].to_numpy():
        largest = {"bits": bits, "source": source, "target": target}
    ends = (roles.get(largest.get("source")), roles.get(largest.get("target")))
    control = _control(results)
    return plain(
        results,
        graphs={name: _of_graph(results, name) for name in results.graphs},
        by_neighbours=results.settings.flow_by == "neighbours",
        estimator=FLOW_BY[results.settings.flow_by],
        k=results.settings.k,
        scale="normal scores" if results.settings.free_of_scale else "unscaled values",
        rows=results.flow.n,
        rows_are=rows_name(results),
        any_flow=bool(largest),
        largest=largest,
        forecast_quality=ends == ("input", "output"),
        controlled=control is not None,
        control=control,
    )


def _of_graph(results: Results, name: str) -> dict[str, Any]:
    graph, ranks = results.graphs[name], results.rankings[name].ranks
    roles = results.flow.nodes["role"]
    climbing = sum(bool(ranks[b] > ranks[a]) for a, b in graph.edges)
    return {
        "edges": graph.number_of_edges(),
        "climbing": climbing,
        "climbing_of_all": f"{climbing} of {graph.number_of_edges()}",
        "possible": sum((roles[a], roles[b]) in CONNECTIONS.values() for a, b in graph.edges),
    }


def _control(results: Results) -> float | None:
    """Return the share of impossible pairs above the shifted sources at 5 %."""
    shift = results.nulls.get("circular-shift")
    if shift is None or not bool(shift.control.any()):
        return None
    return float(shift.false_positive_control().loc["all", "share"])  # pyright: ignore[reportArgumentType]


def table(results: Results) -> pd.DataFrame:
    """Return one row per edge and graph, with the ranks of its ends."""
    rows, column = [], ""
    for name, graph in results.graphs.items():
        ranks = results.rankings[name].ranks
        column, threshold = threshold_of(results, name)
        for source, target, flow in graph.edges(data="flow"):
            rows.append((threshold, source, target, flow, ranks[source], ranks[target]))
    names = [column, "source", "target", "flow_bits", "source_rank", "target_rank"]
    return pd.DataFrame(rows, columns=names)


def draw(results: Results) -> Figure:
    """Draw one panel per graph, one above the other."""
    count = len(results.graphs)
    figure = new_figure(11.0, 0.7 + PANEL_HEIGHT * count)
    panels = figure.subplots(count, 1, squeeze=False)[:, 0]
    for axes, (name, graph) in zip(panels, results.graphs.items(), strict=True):
        graph_panel(axes, graph, results.rankings[name].ranks)
        axes.set_title(f"{graph.number_of_edges()} edges: {rule(results, name)}")
    panels[-1].set_xlabel("rank; edges have the colour of their source")
    role_legend(figure, list(results.flow.nodes["role"]), loc="outside upper right")
    return figure


def rule(results: Results, name: str) -> str:
    """Return the edge rule of a graph, with its error rate."""
    if not results.settings.significant_edges:
        return f"flow {edge_rule(name)}"
    level, kind = results.settings.levels[name]
    if kind == "fwer":
        return f"probability of any false edge at most {level:.0%} ({name})"
    return f"expected share of false edges at most {level:.0%} ({name})"
