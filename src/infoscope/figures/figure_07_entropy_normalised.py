"""Figure 7: figure 6 normalised, by the entropy of the node or as a bounded coefficient.

A differential entropy may be near zero or negative, and depends on the unit, so the division can
produce spurious correlation. The entropies are drawn next to the quotients.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import _nodes
from infoscope.figures._captions import Facts, fill, plain
from infoscope.figures._graphs import correlation
from infoscope.plots.nodes import draw_nodes, zero_lines
from infoscope.plots.style import ACCENTS, FAINT, new_figure

NAME = "figure-07-entropy-normalised"

CAPTION = """
Figure 7. Normalised information of the hidden nodes.
[not bounded_normalisation] Divided by the entropy of the node, I(h; x) and I(h; y) have the
correlation {correlation:.2f}, in bits {correlation_bits:.2f}. Without {farthest}, the node
farthest out, it is {without_farthest:.2f}. The entropies range from {entropy_min:.2f} to
{entropy_max:.2f} bits, and {not_positive} of {nodes} are not positive. Such a common divisor
produces correlation (flaw 8).
[bounded_normalisation] The informational coefficient of correlation, sqrt(1 - 2^(-2 I)), lies
between 0 and 1 and divides by nothing. The coefficients of I(h; x) and I(h; y) have the
correlation {correlation:.2f}, in bits {correlation_bits:.2f}.
[negative] Negative estimates keep their sign ({negative} of {nodes} nodes).
"""
CHANGE = """
Normalisation takes the published correlation from {published[correlation_bits]:.2f} to
{published[correlation]:.2f} and the corrected one from {correlation_bits:.2f} to
{correlation:.2f}.
"""
# Number of most distant points with names.
_NAMED = 4


def facts(results: Results) -> Facts:
    """Return the correlation with and without normalisation, and the range of the entropies."""
    points = table(results)
    x, y = (points[column] for column in _nodes.normalised_columns(results))
    farthest = int(np.argmax(x.abs().fillna(0.0)))
    entropies = points["entropy_bits"]
    bounded = results.settings.bounded_normalisation
    return plain(
        results,
        nodes=len(points),
        correlation=correlation(x, y),
        correlation_bits=results.nodes.correlation("hidden"),
        farthest=str(points["node"].iloc[farthest]),
        without_farthest=correlation(x.drop(farthest), y.drop(farthest)),
        entropy_min=entropies.min(),
        entropy_max=entropies.max(),
        not_positive=(entropies <= 0).sum(),
        negative=int(((x < 0.0) | (y < 0.0)).sum()) if bounded else 0,
    )


def table(results: Results) -> pd.DataFrame:
    """Return information, entropy and normalised information of every hidden node."""
    return _nodes.hidden_table(results)


def draw(results: Results) -> Figure:
    """Draw one point per hidden node and, if used as divisors, the entropies."""
    points, columns = table(results), _nodes.normalised_columns(results)
    found, bounded = facts(results), results.settings.bounded_normalisation
    figure = new_figure(7.0 if bounded else 10.0, 4.5)
    panels = figure.subplots(1, 1 if bounded else 2, squeeze=False)[0]
    axes = panels[0]
    farthest = np.argsort(points[columns[0]].abs().fillna(0.0).to_numpy())[-_NAMED:]
    draw_nodes(axes, points, columns, None if bounded else farthest)
    kind = "Coefficient" if bounded else "Divided by entropy"
    axes.set_title(f"{kind}; " + fill("correlation {correlation:.2f}", found))
    for setter, about in ((axes.set_xlabel, "x"), (axes.set_ylabel, "y")):
        information = f"I(node; {about})"
        setter(f"coefficient of {information}" if bounded else f"{information} / H(node)")
    if not bounded:
        zero_lines(axes)
        _draw_entropies(panels[1], points["entropy_bits"])
    return figure


def _draw_entropies(axes: Axes, entropies: pd.Series) -> None:
    ordered = entropies.replace(-np.inf, np.nan).dropna().sort_values().to_numpy()
    places = np.arange(len(ordered))
    axes.vlines(places, 0.0, ordered, color=FAINT, lw=1.2)
    axes.plot(places, ordered, "o", color=ACCENTS[4], mec="white", ms=6.5)
    axes.axhline(0.0, color=FAINT, lw=0.8)
    axes.set_title("Entropies that divide")
    axes.set_xlabel("hidden nodes, by entropy")
    axes.set_ylabel("H(node) (bits)")
    axes.set_xticks([])
