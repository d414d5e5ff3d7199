"""Section 9: whether hidden neurons fall into groups with the same sources and sinks."""

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._graphs import correlation, number
from infoscope.figures._style import new_figure

NAME = "minor-6-similarity-of-sources-and-sinks"


def table(results: Results) -> pd.DataFrame:
    """Return both similarities of every ordered pair of hidden neurons."""
    return results.similarity()


def draw(results: Results) -> Figure:
    """Draw both similarities of all pairs, neurons in the order of their rank."""
    threshold = results.settings.main_threshold
    return similarity_figure(table(results), results.variants[f"jacobi {threshold:g}"].ranks)


def similarity_figure(pairs: pd.DataFrame, ranks: pd.Series) -> Figure:
    """Draw both similarities of all pairs, neurons in the order of these ranks."""
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
        axes.set_xlabel("other neuron, by rank")
    panels[0].set_ylabel("hidden neuron, by rank (isolated last)")
    figure.colorbar(panels[0].images[0], ax=list(panels), label="shared / (own + 1)", shrink=0.8)
    return figure


def caption(results: Results) -> str:
    """State whether pairs that share sources share sinks."""
    pairs = table(results)
    sources, sinks = pairs["source_similarity"], pairs["sink_similarity"]
    return (
        f"Minor result 6. Of the pairs of hidden neurons (flow above "
        f"{results.settings.main_threshold:g} bits), {(sources > 0).mean():.0%} share a source and "
        f"{(sinks > 0).mean():.0%} a sink; similarity of sources and of sinks correlate at "
        f"{number(correlation(sources, sinks))}. Layers would show as bright blocks on the "
        "diagonal."
    )
