"""Section 9: mean and standard deviation of the gradient during training."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._graphs import number
from infoscope.figures._style import ACCENTS, new_figure

NAME = "minor-7-gradient"


def table(results: Results) -> pd.DataFrame:
    """Return mean and spread of the absolute gradient entries per snapshot and parameter."""
    return results.gradients


def draw(results: Results) -> Figure:
    """Draw both as published, and with the recurrent matrix, on logarithmic axes."""
    figure = new_figure(10.0, 3.9)
    left, right = figure.subplots(1, 2, sharey=True)
    _pair(left, results.gradients, "published")
    left.set_title("as published: without the recurrent matrix")
    left.set_ylabel("absolute gradient")
    left.legend()
    _pair(right, results.gradients, "all")
    right.set_title("all parameters")
    return figure


def caption(results: Results) -> str:
    """State whether the mean stays above the spread, and how both end."""
    found = results.gradients[results.gradients["parameter"] == "published"]
    above = (found["mean"] > found["spread"]).mean()
    first, last = found.iloc[0], found.iloc[-1]
    return (
        f"Minor result 7. The mean absolute gradient goes from {first['mean']:.2g} to "
        f"{last['mean']:.2g}, its standard deviation from {first['spread']:.2g} to "
        f"{last['spread']:.2g}; the mean is the larger in {number(100 * above, 0)} % of the "
        "snapshots (the paper: always). It is one window's gradient per snapshot, without the "
        "recurrent matrix (flaw 9)."
    )


def _pair(axes: Axes, gradients: pd.DataFrame, parameter: str) -> None:
    found = gradients[gradients["parameter"] == parameter]
    axes.plot(found["epoch"], found["mean"], color=ACCENTS[0], lw=1.4, label="mean")
    axes.plot(
        found["epoch"], found["spread"], color=ACCENTS[1], lw=1.2, ls=(0, (5, 2)),
        label="standard deviation",
    )  # fmt: skip
    if (found[["mean", "spread"]].to_numpy() > 0.0).any():
        axes.set_yscale("log")
    axes.set_xlabel("epoch")
