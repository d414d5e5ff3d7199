"""Figure 5, corrected: what each neuron tells a decoder of the input and of the true target."""

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import figure_05_all_neurons as published_figure
from infoscope.figures._graphs import number, role_legend, role_points
from infoscope.figures._labels import name_points
from infoscope.figures._style import new_figure
from infoscope.figures.corrected._nodes import estimated_by, labels, node_table

NAME = f"{published_figure.NAME}-corrected"


def table(results: Results) -> pd.DataFrame:
    """Return both informations of every hidden and output node, in bits."""
    return node_table(results)


def draw(results: Results) -> Figure:
    """Draw one point per node."""
    points = table(results)
    x, y = points["input_information_bits"], points["target_information_bits"]
    figure = new_figure(7.0, 4.8)
    axes = figure.subplots()
    role_points(axes, list(points["role"]), x, y, size=42)
    axes.set_title("Hidden neurons and outputs")
    across, up = labels(results)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.margins(x=0.2)
    outputs = points["role"] == "output"
    name_points(axes, list(points["node"][outputs]), x[outputs], y[outputs], size=8.0)
    role_legend(figure, list(points["role"]), loc="outside lower center", ncols=3)
    return figure


def caption(results: Results) -> str:
    """State how far the outputs stand above the hidden nodes."""
    points = table(results).set_index("role")["target_information_bits"]
    lowest, highest = points.loc[["output"]].min(), points.loc[["hidden"]].max()
    stand = "more" if lowest > highest else "no more"
    what = "the targets" if results.settings.true_targets else "the final outputs"
    return (
        f"The outputs know {stand} of {what}, {number(lowest)} bits or more each, than the hidden "
        f"node that knows most, {number(highest)} bits ({estimated_by(results)}). Inputs are left "
        "out: what one of them knows of the whole input, itself included, has no bound."
    )


def changed(published: Results, results: Results) -> str:
    """Compare what the outputs know."""
    before = published_figure.table(published).set_index("role")["target_information_bits"]
    after = table(results).set_index("role")["target_information_bits"]
    ours, theirs = (number(each.loc[["output"]].min()) for each in (after, before))
    if not results.settings.true_targets:
        return f"Of themselves the outputs tell {ours} bits or more each, as published {theirs}."
    return (
        f"Of the true targets the outputs tell {ours} bits or more each; of themselves, which is "
        f"what was asked as published, {theirs} or more."
    )
