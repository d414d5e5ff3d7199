"""Figure 6: figure 5 without the outputs: the hidden neurons alone."""

import pandas as pd
from matplotlib.figure import Figure

from infoscope.figures._graphs import number, role_points
from infoscope.figures._nodes import INPUT_LABEL, TARGET_LABEL, hidden_table
from infoscope.figures._style import INK, new_figure
from infoscope.replication.results import PublishedResults

NAME = "figure-06-input-against-target-information-no-outputs"


def table(results: PublishedResults) -> pd.DataFrame:
    """Return both informations of every hidden node, in bits."""
    names = ["node", "role", "input_information_bits", "target_information_bits"]
    return hidden_table(results)[names]


def draw(results: PublishedResults) -> Figure:
    """Draw one point per hidden node, with its name."""
    points = table(results)
    x, y = points["input_information_bits"], points["target_information_bits"]
    figure = new_figure(7.0, 4.6)
    axes = figure.subplots()
    role_points(axes, list(points["role"]), x, y, size=42)
    for name, across, up in zip(points["node"], x, y, strict=True):
        axes.annotate(
            str(name), (across, up), xytext=(4, 3), textcoords="offset points", fontsize=7,
            color=INK,
        )  # fmt: skip
    axes.set_title(f"Hidden neurons; correlation {number(results.nodes.correlation('hidden'))}")
    axes.set_xlabel(INPUT_LABEL)
    axes.set_ylabel(TARGET_LABEL)
    return figure


def caption(results: PublishedResults) -> str:
    """State the correlation over the hidden nodes."""
    found = results.nodes.correlation("hidden")
    points = table(results)
    if found > 0:
        finding = (
            "hidden neurons that know more of the input know more of the final outputs too, which "
            "is no sign of forgetting"
        )
    elif found < 0:
        finding = "hidden neurons that know more of the input know less of the final outputs"
    else:
        finding = "the two informations have no correlation that is defined"
    return (
        f"Figure 6. Over {len(points)} hidden neurons {finding}: correlation {number(found)}. The "
        f"{results.nodes.data.attrs['rows']} rows repeat about a tenth as many days (flaw 2)."
    )
