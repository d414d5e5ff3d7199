"""Figure 7, corrected: information as a coefficient from 0 to 1, which needs no entropy."""

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import figure_07_entropy_normalised as published_figure
from infoscope.figures._graphs import correlate, correlation, number, role_points
from infoscope.figures._labels import name_points
from infoscope.figures._style import new_figure
from infoscope.figures.corrected._nodes import hidden_table

NAME = f"{published_figure.NAME}-corrected"


def table(results: Results) -> pd.DataFrame:
    """Return informations and what is made of them, of every hidden node."""
    return hidden_table(results)


def draw(results: Results) -> Figure:
    """Draw one point per hidden node."""
    points = table(results)
    x, y = points["input_normalised"], points["target_normalised"]
    figure = new_figure(7.0, 4.6)
    axes = figure.subplots()
    role_points(axes, list(points["role"]), x, y, size=42)
    name_points(axes, list(points["node"]), x, y)
    bounded = results.settings.bounded_normalisation
    axes.set_title(f"{'As a coefficient' if bounded else 'Divided by entropy'}; correlation "
                   f"{number(correlation(x, y))}")  # fmt: skip
    for setter, about in ((axes.set_xlabel, "x"), (axes.set_ylabel, "y")):
        setter(_label(about, bounded))
    return figure


def caption(results: Results) -> str:
    """State the correlation with and without the normalisation."""
    points = table(results)
    after = correlation(points["input_normalised"], points["target_normalised"])
    before = results.nodes.correlation("hidden")
    how = (
        "Turned into a coefficient from 0 to 1, sqrt(1 - 2^(-2 I)), the size of the correlation of "
        "two Gaussian variables that share I bits, which divides by nothing,"
        if results.settings.bounded_normalisation
        else "Divided by the neuron's entropy"
    )
    return (
        f"{how} the informations {correlate(after)}, in bits at {number(before)}."
        f"{_below_zero(points, results)}"
    )


def changed(published: Results, results: Results) -> str:
    """Compare what normalising does to the correlation."""
    points = table(results)
    after = correlation(points["input_normalised"], points["target_normalised"])
    how = "a bounded coefficient" if results.settings.bounded_normalisation else "the same division"
    return (
        "Division by the entropy takes the published correlation from "
        f"{number(published.nodes.correlation('hidden'))} to "
        f"{number(published.nodes.correlation('hidden', normalised=True))}; {how} takes the "
        f"corrected one from {number(results.nodes.correlation('hidden'))} to {number(after)}."
    )


def _below_zero(points: pd.DataFrame, results: Results) -> str:
    columns = ["input_normalised", "target_normalised"]
    below = int((points[columns] < 0.0).any(axis=1).sum())
    if not below or not results.settings.bounded_normalisation:
        return ""
    return f" Estimates below zero keep their sign ({below} of {len(points)} nodes)."


def _label(about: str, bounded: bool) -> str:
    return f"coefficient of I(node; {about})" if bounded else f"I(node; {about}) / H(node)"
