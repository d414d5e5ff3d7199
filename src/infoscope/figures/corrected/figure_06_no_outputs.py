"""Figure 6, corrected: the hidden neurons alone."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import figure_06_no_outputs as published_figure
from infoscope.figures._graphs import correlate, number, role_points, small
from infoscope.figures._labels import name_points
from infoscope.figures._style import new_figure
from infoscope.figures.corrected._graphs import rows_are
from infoscope.figures.corrected._nodes import estimated_by, hidden_table, labels
from infoscope.measures.statistics import pearson_test

NAME = f"{published_figure.NAME}-corrected"


def table(results: Results) -> pd.DataFrame:
    """Return both informations of every hidden node, in bits."""
    names = ["node", "role", "input_information_bits", "target_information_bits"]
    return hidden_table(results)[names]


def draw(results: Results) -> Figure:
    """Draw one point per hidden node, with its name."""
    points = table(results)
    x, y = points["input_information_bits"], points["target_information_bits"]
    figure = new_figure(7.0, 4.6)
    axes = figure.subplots()
    role_points(axes, list(points["role"]), x, y, size=42)
    name_points(axes, list(points["node"]), x, y)
    axes.set_title(f"Hidden neurons; correlation {number(results.nodes.correlation('hidden'))}")
    across, up = labels(results)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    return figure


def caption(results: Results) -> str:
    """State the correlation over the hidden nodes."""
    points = table(results)
    found = results.nodes.correlation("hidden")
    x, y = points["input_information_bits"], points["target_information_bits"]
    _, p = pearson_test(x, y)
    if p < 0.05:
        more = "more" if found > 0 else "less"
        finding = f"nodes that tell more of the input tell {more} of the target"
    else:
        finding = "what nodes tell of input and target is hardly related"
    return (
        f"Over {len(points)} hidden nodes the two informations {correlate(found)} "
        f"(p = {small(p)}, as if the nodes were independent): {finding} ({estimated_by(results)})."
    )


def changed(published: Results, results: Results) -> str:
    """Compare the correlations."""
    rows = published.nodes.data.attrs["rows"]
    days = len(np.unique(published.recording.fixed["days"].to_numpy().ravel()[:rows]))
    return (
        f"The correlation goes from {number(published.nodes.correlation('hidden'))} ({rows} rows "
        f"of {days} days) to {number(results.nodes.correlation('hidden'))} "
        f"({results.nodes.data.attrs['rows']} {rows_are(results)})."
    )
