"""Minor result 6: similarity of the hidden nodes by their sources and by their sinks."""

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._captions import Facts, edge_rule, plain
from infoscope.figures._graphs import correlation
from infoscope.plots.style import new_figure

NAME = "minor-6-similarity-of-sources-and-sinks"

CAPTION = """
Minor result 6. Similarity of hidden nodes ({rule}). Of all pairs, {share_a_source:share} share a
source and {share_a_sink:share} a sink. The similarities of sources and of sinks have the
correlation {correlation:.2f}. Layers would show as bright blocks on the diagonal.
"""
CHANGE = """
The correlation of the two similarities goes from {published[correlation]:.2f} ({published[rule]})
to {correlation:.2f} ({rule}).
"""


def facts(results: Results) -> Facts:
    """Return the shares of pairs with common sources and sinks, and their correlation."""
    pairs = table(results)
    sources, sinks = pairs["source_similarity"], pairs["sink_similarity"]
    return plain(
        results,
        rule=edge_rule(results.main),
        pairs=len(pairs),
        share_a_source=(sources > 0).mean(),
        share_a_sink=(sinks > 0).mean(),
        correlation=correlation(sources, sinks),
    )


def table(results: Results) -> pd.DataFrame:
    """Return both similarities of every ordered pair of hidden nodes."""
    return results.similarity()


def draw(results: Results) -> Figure:
    """Draw both similarities of all pairs, nodes in the order of their rank."""
    pairs, ranks = table(results), results.rankings[results.main].ranks
    order = [name for name in ranks.sort_values().index if name in set(pairs["node"])]
    figure = new_figure(10.5, 5.0)
    panels = figure.subplots(1, 2)
    for axes, part in zip(panels, ("source", "sink"), strict=True):
        square = pairs.pivot_table(f"{part}_similarity", "node", "other").reindex(order)[order]
        axes.imshow(square.to_numpy(), cmap="viridis", vmin=0.0, vmax=1.0)
        axes.set_title(f"same {part}s")
        axes.set_xticks(range(len(order)), order, rotation=90, fontsize=7)
        axes.set_yticks(range(len(order)), order, fontsize=7)
        axes.tick_params(length=0)
        axes.set_xlabel("other node, by rank")
    panels[0].set_ylabel("hidden node, by rank (isolated last)")
    figure.colorbar(panels[0].images[0], ax=list(panels), label="shared / (own + 1)", shrink=0.8)
    return figure
