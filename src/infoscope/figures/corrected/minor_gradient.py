"""Section 9, corrected: mean and spread of the gradient over a pass, all matrices included."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from infoscope.analysis.results import Results
from infoscope.analysis.stages.gradients import MATRICES
from infoscope.figures import minor_gradient as published_figure
from infoscope.figures._graphs import number
from infoscope.figures._style import ACCENTS, FAINT, INK, new_figure
from infoscope.figures.corrected._curves import epoch_axis

NAME = f"{published_figure.NAME}-corrected"

# Label, colour and width; the whole on top of its parts.
_LINES = {
    "W_in": ("input to hidden", ACCENTS[5], 1.0),
    "W": ("hidden to hidden", ACCENTS[4], 1.0),
    "W_out": ("hidden to output", ACCENTS[2], 1.0),
    MATRICES: ("all three", INK, 1.5),
}


def table(results: Results) -> pd.DataFrame:
    """Return mean, spread and their ratio per snapshot and parameter."""
    found = results.gradients[["epoch", "parameter", "mean", "spread"]]
    return found.assign(ratio=found["mean"] / found["spread"]).reset_index(drop=True)


def draw(results: Results) -> Figure:
    """Draw both for the matrices as one, and their ratio for each."""
    found = table(results)
    figure = new_figure(10.0, 4.0)
    left, right = figure.subplots(1, 2)
    here, whole = (
        found[found["parameter"] == results.gradient_of_all],
        results.settings.whole_gradient,
    )
    for column, colour, line in (("mean", ACCENTS[0], "-"), ("spread", ACCENTS[1], (0, (5, 2)))):
        left.plot(here["epoch"], here[column], color=colour, ls=line, lw=1.4, label=column)
    left.set_title(f"{'all three matrices' if whole else 'as published'}: mean and spread")
    left.set_ylabel("gradient over norm of weights" if whole else "absolute gradient")
    for name, (label, colour, width) in _LINES.items():
        here = found[found["parameter"] == name]
        if len(here):
            right.plot(here["epoch"], here["ratio"], color=colour, lw=width, label=label)
    right.axhline(1.0, color=FAINT, lw=0.8)
    if whole:
        right.axhline(_floor(results), color=FAINT, ls=(0, (4, 2)), lw=1.2)
    right.set_title(f"mean over spread{'; dashed: of pure noise' if whole else ''}")
    right.set_ylabel("ratio")
    for axes in (left, right):
        axes.set_yscale("log")
        axes.set_ylim(top=3.0 * axes.get_ylim()[1])
        axes.legend(loc="upper right", ncols=2)
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter(NullFormatter())
        epoch_axis(axes)
    return figure


def caption(results: Results) -> str:
    """State signal and noise at the beginning and at the end."""
    found = table(results)
    ratio = found[found["parameter"] == results.gradient_of_all].set_index("epoch")["ratio"]
    above = float((ratio > 1.0).mean())
    over = "Over the entries of one window's gradient,"
    noise = ""
    if results.settings.whole_gradient:
        over = f"Over {_windows(results)} windows with the weights held still,"
        noise = f"; gradients that are noise alone give {number(_floor(results), 3)}"
    return (
        f"{over} mean over spread of the gradient goes from {number(ratio.iloc[0], 3)} at epoch "
        f"{ratio.index[0]} to {number(ratio.iloc[-1], 3)} at epoch {ratio.index[-1]}, and is "
        f"above 1 in {above:.0%} of the snapshots{noise}."
    )


def changed(published: Results, results: Results) -> str:
    """Compare how often the mean is the larger."""
    before = published.gradients[published.gradients["parameter"] == "published"]
    after = table(results)
    after = after[after["parameter"] == MATRICES]
    share = [float((found["mean"] > found["spread"]).mean()) for found in (before, after)]
    over = "the windows of a pass" if results.settings.whole_gradient else "such entries still"
    return (
        f"The mean exceeds the spread in {share[0]:.0%} of the snapshots as published, over "
        f"entries of one window's gradient, and in {share[1]:.0%} over {over}."
    )


def _windows(results: Results) -> int:
    return int((~results.windows.is_test).sum())


def _floor(results: Results) -> float:
    return float(1.0 / np.sqrt(_windows(results)))
