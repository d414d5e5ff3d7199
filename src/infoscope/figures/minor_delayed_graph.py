"""Section 9: the time-delayed information alone, beside the flow.

The delayed information between two nodes is nearly the same both ways, so a graph of it has
hardly any direction for a ranking to find.
"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoscope._validate import Floats
from infoscope.analysis.results import Results
from infoscope.figures._graphs import ROLES, at_thresholds, correlation, number, tau_of
from infoscope.figures._style import INK, ROLE_COLOURS, new_figure
from infoscope.flow.information_flow import FlowMatrix

NAME = "minor-1-delayed-information-graph"


def table(results: Results) -> pd.DataFrame:
    """Return flow and both its terms for every ordered pair, in bits."""
    parts = {"flow": "flow_bits", "delayed": "delayed_bits", "instantaneous": "instantaneous_bits"}
    return results.flow.to_frame().rename(columns=parts)


def draw(results: Results) -> Figure:
    """Draw the delayed information and the flow of every pair, nodes in order of role."""
    return matrix_figure(results.flow)


def matrix_figure(flow: FlowMatrix) -> Figure:
    """Draw the delayed information and the flow of every pair, nodes in order of role."""
    figure = new_figure(10.5, 4.7)
    left, right = figure.subplots(1, 2)
    delayed, roles = flow.delayed.to_numpy(), flow.nodes["role"].to_numpy()
    _matrix(figure, left, delayed, roles, "viridis", (float(np.nanmin(delayed)), None))
    left.set_title("I(source; target one row later)")
    largest = float(np.nanquantile(np.abs(flow.flow.to_numpy()), 0.99)) or 1.0
    _matrix(figure, right, flow.flow.to_numpy(), roles, "PuOr_r", (-largest, largest))
    right.set_title("flow: less I(source; target)")
    right.set_ylabel("")
    return figure


def caption(results: Results) -> str:
    """State how symmetric the delayed information is, and how well its graph ranks."""
    delayed, flow = results.flow.delayed.to_numpy(), results.flow.flow.to_numpy()
    return (
        "Minor result 1. The delayed information from a to b and that from b to a correlate at "
        f"{number(_symmetry(delayed))} over all pairs, the flows at {number(_symmetry(flow))}. "
        "Graphs of the delayed information with as many edges rank with Kendall tau "
        f"{at_thresholds(tau_of(results, 'delayed'))}, graphs of the flow with "
        f"{at_thresholds(tau_of(results, 'exact'))}. Colours of the flow end at the 99th "
        "percentile of its size."
    )


def _symmetry(values: Floats) -> float:
    return correlation(pd.Series(values.ravel()), pd.Series(values.T.ravel()))


def _matrix(
    figure: Figure,
    axes: Axes,
    values: Floats,
    roles: np.ndarray,
    colours: str,
    limits: tuple[float, float | None],
) -> None:
    image = axes.imshow(values, cmap=colours, vmin=limits[0], vmax=limits[1], interpolation="none")
    middles, names = [], []
    for role in ROLES:
        members = np.flatnonzero(roles == role)
        if len(members):
            middles.append(float(members.mean()))
            # Few nodes leave no room for a whole word beside the next role's.
            names.append(role if len(members) > 0.1 * len(roles) else role[:3])
            edge: Any = (members[0] - 0.5, members[-1] + 0.5)
            axes.plot([-1.4, -1.4], edge, color=ROLE_COLOURS[role], lw=4, clip_on=False)
            axes.plot(edge, [-1.4, -1.4], color=ROLE_COLOURS[role], lw=4, clip_on=False)
    for at in np.flatnonzero(roles[1:] != roles[:-1]) + 0.5:
        axes.axhline(at, color=INK, lw=0.5)
        axes.axvline(at, color=INK, lw=0.5)
    axes.set_xlim(-2, len(roles) - 0.5)
    axes.set_ylim(len(roles) - 0.5, -2)
    axes.set_xticks(middles, names)
    axes.set_yticks(middles, names, rotation=90, va="center")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("target")
    axes.set_ylabel("source")
    beyond = "neither" if limits[1] is None else "both"
    figure.colorbar(image, ax=axes, label="bits", shrink=0.8, extend=beyond)
