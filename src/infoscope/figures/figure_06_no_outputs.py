"""Figure 6: figure 5 without the outputs: the hidden neurons alone."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._graphs import number, role_points
from infoscope.figures._labels import name_points
from infoscope.figures._nodes import INPUT_LABEL, TARGET_LABEL, hidden_table
from infoscope.figures._style import new_figure
from infoscope.measures.statistics import pearson_test

NAME = "figure-06-input-against-target-information-no-outputs"


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
    axes.set_xlabel(INPUT_LABEL)
    axes.set_ylabel(TARGET_LABEL)
    return figure


def caption(results: Results) -> str:
    """State the correlation over the hidden nodes."""
    points = table(results)
    found = results.nodes.correlation("hidden")
    x, y = points["input_information_bits"], points["target_information_bits"]
    _, p_value = pearson_test(x, y)
    if p_value < 0.05:
        more = "more" if found > 0 else "less"
        finding = f"neurons that know more of the input know {more} of the final outputs"
    else:
        finding = "what neurons know of the input and of the final outputs is hardly related"
    rows = results.nodes.data.attrs["rows"]
    days = np.unique(results.recording.fixed["days"].to_numpy().ravel()[:rows])
    return (
        f"Figure 6. Over {len(points)} hidden nodes, {finding}: correlation {number(found)} "
        f"(p = {number(p_value)}, as if the neurons were independent). A negative one would be a "
        f"sign of forgetting. The {rows} rows are of {len(days)} days (flaw 2)."
    )
