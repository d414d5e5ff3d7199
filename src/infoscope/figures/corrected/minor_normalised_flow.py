"""Section 9, corrected: flow against a reference estimator, instead of over an entropy."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import minor_normalised_flow as published_figure
from infoscope.figures._graphs import number, zero_lines
from infoscope.figures._style import ACCENTS, FAINT, new_figure

NAME = f"{published_figure.NAME}-corrected"

_CLASSES = {
    ("input", "hidden"): ("s", ACCENTS[0]),
    ("hidden", "hidden"): ("o", ACCENTS[4]),
    ("hidden", "output"): ("D", ACCENTS[2]),
}


def table(results: Results) -> pd.DataFrame:
    """Return the flow of every edge by both estimators, with its p and q."""
    return results.edge_table()


def draw(results: Results) -> Figure:
    """Draw one point per edge, and the edges of the main graph filled."""
    found = results.edge_table()
    roles = results.flow.nodes["role"]
    main = set(results.graphs[results.main].edges)
    figure = new_figure(7.0, 5.2)
    axes = figure.subplots()
    pairs = [(roles[a], roles[b]) for a, b in zip(found["source"], found["target"], strict=True)]
    chosen = np.array([e in main for e in zip(found["source"], found["target"], strict=True)])
    for filled in (False, True):
        for edge_class, (marker, colour) in _CLASSES.items():
            here = np.array([pair == edge_class for pair in pairs])
            shown = found[here & (chosen == filled)]
            axes.plot(
                shown["gaussian_flow"], shown["flow"], ls="", marker=marker, ms=4.0,
                mfc=colour if filled else "none", mec="white" if filled else colour, mew=0.6,
                alpha=1.0 if filled else 0.45,
            )  # fmt: skip
            axes.plot(
                [],
                [],
                ls="",
                marker=marker,
                color=colour,
                label=f"{edge_class[0]} to {edge_class[1]}",
            ) if filled else None
    zero_lines(axes)
    axes.axline((0.0, 0.0), slope=1.0, color=FAINT, lw=0.8, ls=(0, (4, 2)), zorder=0)
    axes.set_title(
        f"rank correlation {number(results.agreement())}; filled: edges ({results.main})"
    )
    axes.set_xlabel("flow by the Gaussian copula (bits)")
    axes.set_ylabel("flow by nearest neighbours (bits)")
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def caption(results: Results) -> str:
    """State how far the estimators agree."""
    found = results.edge_table()
    return (
        f"Over {len(found)} pairs, flow by nearest neighbours and by the Gaussian copula, which "
        f"has nothing to tune, correlate at {number(results.agreement())} (Spearman; dashed: both "
        "alike). Flow is not divided by anything: the zero of a differential entropy is an "
        "accident of units, and means nothing."
    )


def changed(published: Results, results: Results) -> str:
    """Say what stands in place of the division."""
    entropies = published.flow.nodes["entropy"]
    return (
        f"{int((entropies < 0).sum())} of the {len(entropies)} entropies that the published flow "
        "is divided by are negative, which turns its sign; here nothing is divided, and a second "
        f"estimator agrees with the flow at a rank correlation of {number(results.agreement())}."
    )
