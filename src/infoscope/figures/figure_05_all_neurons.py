"""Figure 5: information of every node about input and target, after training."""

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import _nodes
from infoscope.figures._captions import Facts, plain
from infoscope.plots.nodes import draw_nodes, role_legend
from infoscope.plots.planes import draw_ceiling
from infoscope.plots.style import new_figure

NAME = "figure-05-input-against-target-information-all-neurons"

CAPTION = (
    """
Figure 5. Information of single nodes about input and target. Each output has at least
{lowest_output:.2f} bits about {target}, the best hidden node {highest_hidden:.2f}.
[not true_targets] The final outputs have all information about themselves (flaw 1).
[ceiling] The estimator cannot return more than {ceiling:.2f} bits from so few rows.
[with_inputs] Each input is part of the whole input, so its information about it is infinite;
{inputs} coordinates and ties leave little of it in the estimate (flaws 3 and 4).
[not with_inputs] Inputs are left out: each is part of the whole input, so its information about it
is infinite.
"""
    + _nodes.ESTIMATED
)
CHANGE = """
Each output has at least {lowest_output:.2f} bits about {target}; as published, at least
{published[lowest_output]:.2f} about {published[target]}.
"""


def facts(results: Results) -> Facts:
    """Return the information of outputs and hidden nodes about the target."""
    points = table(results).set_index("role")["target_information_bits"]
    return plain(
        results,
        lowest_output=points.loc[["output"]].min(),
        highest_hidden=points.loc[["hidden"]].max(),
        with_inputs="input" in points.index,
        inputs=(results.flow.nodes["role"] == "input").sum(),
        **_nodes.estimate_facts(results),
    )


def table(results: Results) -> pd.DataFrame:
    """Return both informations of every node; repaired, without inputs and also normalised."""
    points = _nodes.node_table(results)
    return _nodes.with_normalised(results, points) if results.settings.repairs else points


def draw(results: Results) -> Figure:
    """Draw one point per node, with the ceiling of the estimator where it is reached."""
    points = table(results)
    figure = new_figure(7.0, 4.8)
    axes = figure.subplots()
    axes.margins(x=0.2)
    draw_nodes(axes, points, _nodes.BITS, named=points["role"] == "output")
    draw_ceiling(axes, results.nodes.ceiling_bits)
    axes.set_title("All nodes" if "input" in set(points["role"]) else "Hidden nodes and outputs")
    _nodes.label_axes(axes, results)
    role_legend(figure, list(points["role"]), loc="outside lower center")
    return figure
