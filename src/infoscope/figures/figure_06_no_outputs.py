"""Figure 6: information of the hidden nodes alone about input and target."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import _nodes
from infoscope.figures._captions import Facts, fill, plain
from infoscope.measures.statistics import pearson_test
from infoscope.plots.nodes import draw_nodes
from infoscope.plots.style import new_figure

NAME = "figure-06-input-against-target-information-no-outputs"

CAPTION = (
    """
Figure 6. Information of the hidden nodes about input and target. Over {nodes} hidden nodes, the
two have the correlation {correlation:.2f} (p = {p:.2g}, assuming independent nodes). A
negative correlation would be a sign of forgetting.
"""
    + _nodes.ESTIMATED
    + "[repeated_days] These rows come from only {distinct_days} days (flaw 2)."
)
CHANGE = """
The correlation of I(h; x) and I(h; y) goes from {published[correlation]:.2f} ({published[rows]}
rows of {published[distinct_days]} days) to {correlation:.2f} ({rows} {rows_are}).
"""


def facts(results: Results) -> Facts:
    """Return the correlation of both informations over the hidden nodes."""
    points = table(results)
    _, p = pearson_test(*[points[column] for column in _nodes.BITS])
    rows = int(results.nodes.data.attrs["rows"])
    days = results.analysed.fixed["days"].to_numpy().ravel()[:rows]
    distinct = len(np.unique(days))
    return plain(
        results,
        nodes=len(points),
        correlation=results.nodes.correlation("hidden"),
        p=p,
        distinct_days=distinct,
        repeated_days=distinct < rows,
        **_nodes.estimate_facts(results),
    )


def table(results: Results) -> pd.DataFrame:
    """Return both informations of every hidden node, in bits."""
    return _nodes.hidden_table(results)[["node", "role", *_nodes.BITS]]


def draw(results: Results) -> Figure:
    """Draw one point per hidden node, with its name."""
    figure = new_figure(7.0, 4.6)
    axes = figure.subplots()
    draw_nodes(axes, table(results), _nodes.BITS)
    axes.set_title(fill("Hidden nodes; correlation {correlation:.2f}", facts(results)))
    _nodes.label_axes(axes, results)
    return figure
