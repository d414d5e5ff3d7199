"""Figure 5: what each neuron knows of the input, and of the output, after training."""

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._graphs import number, role_legend, role_points
from infoscope.figures._labels import name_points
from infoscope.figures._nodes import INPUT_LABEL, TARGET_LABEL, node_table
from infoscope.figures._style import FAINT, INK, new_figure

NAME = "figure-05-input-against-target-information-all-neurons"


def table(results: Results) -> pd.DataFrame:
    """Return both informations of every node, in bits."""
    return node_table(results)


def draw(results: Results) -> Figure:
    """Draw one point per node, the estimator's ceiling as a line."""
    points = table(results)
    figure = new_figure(7.0, 4.8)
    axes = figure.subplots()
    role_points(
        axes,
        list(points["role"]),
        points["input_information_bits"],
        points["target_information_bits"],
        size=42,
    )
    outputs = points[points["role"] == "output"]
    axes.axhline(results.nodes.ceiling_bits, color=FAINT, lw=1.0, ls=(0, (4, 2)))
    axes.annotate(
        "ceiling of the estimator", (0.0, results.nodes.ceiling_bits),
        xycoords=("axes fraction", "data"), xytext=(4, -4), textcoords="offset points",
        va="top", fontsize=8, color=INK,
    )  # fmt: skip
    axes.set_title("All neurons")
    axes.set_xlabel(INPUT_LABEL)
    axes.set_ylabel(TARGET_LABEL)
    axes.margins(x=0.09)
    name_points(
        axes, list(outputs["node"]), outputs["input_information_bits"],
        outputs["target_information_bits"], size=8.0,
    )  # fmt: skip
    role_legend(figure, list(points["role"]), loc="outside lower center", ncols=3)
    return figure


def caption(results: Results) -> str:
    """State how far the outputs stand above the hidden nodes."""
    points = table(results).set_index("role")["target_information_bits"]
    lowest_output, highest_hidden = points.loc[["output"]].min(), points.loc[["hidden"]].max()
    stand = "more" if lowest_output > highest_hidden else "no more"
    return (
        f"Figure 5. The outputs know {stand} of the final outputs, {number(lowest_output)} bits or "
        f"more each, than any hidden node ({number(highest_hidden)} bits at most). They must: what "
        "is called ground truth here is the final network's own output (flaw 1), and "
        f"{results.nodes.data.attrs['rows']} rows cannot show more than "
        f"{number(results.nodes.ceiling_bits)} bits. The whole input contains each "
        "input node, about which it knows without bound; that the estimates stay below one bit "
        "shows how little 18 coordinates and ties leave of an information (flaws 3 and 4)."
    )
