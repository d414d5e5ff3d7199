"""Section 9, corrected: similarity of sources and sinks in the significant graph."""

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import minor_similarity as published_figure
from infoscope.figures._graphs import correlate, correlation, number
from infoscope.graphs.graph import neighbour_similarity

NAME = f"{published_figure.NAME}-corrected"


def table(results: Results) -> pd.DataFrame:
    """Return both similarities of every ordered pair of hidden neurons."""
    return neighbour_similarity(results.graphs[results.main])


def draw(results: Results) -> Figure:
    """Draw both similarities of all pairs, neurons in the order of their rank."""
    return published_figure.similarity_figure(table(results), results.rankings[results.main].ranks)


def caption(results: Results) -> str:
    """State whether pairs that share sources share sinks."""
    pairs = table(results)
    sources, sinks = pairs["source_similarity"], pairs["sink_similarity"]
    return (
        f"Of the pairs of hidden neurons ({results.main}), {(sources > 0).mean():.0%} share a "
        f"source and {(sinks > 0).mean():.0%} a sink; similarity of sources and of sinks "
        f"{correlate(correlation(sources, sinks))}. Layers would show as bright blocks on the "
        "diagonal."
    )


def changed(published: Results, results: Results) -> str:
    """Compare the correlations."""
    before = published.similarity()
    after = table(results)
    found = [correlation(t["source_similarity"], t["sink_similarity"]) for t in (before, after)]
    return (
        f"The correlation of the two similarities goes from {number(found[0])} (above "
        f"{published.settings.main_threshold:g} bits) to {number(found[1])} ({results.main})."
    )
