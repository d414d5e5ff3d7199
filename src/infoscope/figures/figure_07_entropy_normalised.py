"""Figure 7: figure 6 with both informations divided by the neuron's entropy.

A differential entropy may be near zero or negative, and depends on the unit: the division can
manufacture the correlation that it finds, so the entropies are drawn beside it.
"""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._graphs import correlation, number, role_points, zero_lines
from infoscope.figures._labels import name_points
from infoscope.figures._nodes import hidden_table
from infoscope.figures._style import ACCENTS, FAINT, new_figure

NAME = "figure-07-entropy-normalised"

# The points farthest out are named.
_NAMED = 4


def table(results: Results) -> pd.DataFrame:
    """Return informations, entropy and their ratios, of every hidden node."""
    return hidden_table(results)


def draw(results: Results) -> Figure:
    """Draw the published scatter and, beside it, the entropies that divide."""
    points = table(results)
    figure = new_figure(10.0, 4.3)
    left, right = figure.subplots(1, 2, width_ratios=(1.4, 1.0))
    x, y = points["input_information_over_entropy"], points["target_information_over_entropy"]
    role_points(left, list(points["role"]), x, y, size=42)
    zero_lines(left)
    farthest = np.argsort(x.abs().fillna(0.0).to_numpy())[-_NAMED:]
    name_points(left, list(points["node"].iloc[farthest]), x.iloc[farthest], y.iloc[farthest])
    found = results.nodes.correlation("hidden", normalised=True)
    left.set_title(f"Divided by entropy; correlation {number(found)}")
    left.set_xlabel("I(node; x) / H(node)")
    left.set_ylabel("I(node; y) / H(node)")
    ordered = points["entropy_bits"].replace(-np.inf, np.nan).dropna().sort_values().to_numpy()
    right.vlines(np.arange(len(ordered)), 0.0, ordered, color=FAINT, lw=1.2)
    right.plot(np.arange(len(ordered)), ordered, "o", color=ACCENTS[4], mec="white", ms=6.5)
    right.axhline(0.0, color=FAINT, lw=0.8)
    right.set_title("The entropies that divide")
    right.set_xlabel("hidden neurons, by entropy")
    right.set_ylabel("H(node) (bits)")
    right.set_xticks([])
    return figure


def caption(results: Results) -> str:
    """State the correlation with and without the division, and the entropies."""
    before = results.nodes.correlation("hidden")
    after = results.nodes.correlation("hidden", normalised=True)
    points = table(results)
    entropies = points["entropy_bits"]
    ratios = points["input_information_over_entropy"], points["target_information_over_entropy"]
    farthest = int(np.argmax(ratios[0].abs().fillna(0.0)))
    without = correlation(ratios[0].drop(farthest), ratios[1].drop(farthest))
    negative = int((entropies <= 0).sum())
    return (
        f"Figure 7. Divided by the neuron's entropy the two informations correlate at "
        f"{number(after)}, instead of {number(before)}; at {number(without)} without "
        f"{points['node'].iloc[farthest]}, the one farthest out. The entropies that both are "
        f"divided by range from {number(entropies.min())} to {number(entropies.max())} bits, "
        f"{negative} of {len(entropies)} not above zero: a common divisor that varies like this "
        "makes correlation by itself (flaw 8)."
    )
