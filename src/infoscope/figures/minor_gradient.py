"""Minor result 7: mean and standard deviation of the gradient during training."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from infoscope.analysis.results import Results
from infoscope.analysis.stages.gradients import MATRICES
from infoscope.figures._captions import Facts, plain
from infoscope.figures._curves import epoch_axis
from infoscope.plots.style import ACCENTS, FAINT, INK, new_figure

NAME = "minor-7-gradient"

CAPTION = """
Minor result 7. Mean and standard deviation of the gradient.
[whole_gradient] They are taken over {windows} windows with constant weights.
[not whole_gradient] They are taken over the absolute entries of one window's gradient per
snapshot, without the recurrent matrix (flaw 9).
[] From epoch {first_epoch} to epoch {last_epoch}, the mean goes from {mean[first]:.2g} to
{mean[last]:.2g} and the standard deviation from {spread[first]:.2g} to {spread[last]:.2g}. The
mean is the larger in {mean_is_larger:share} of the snapshots (the paper: always).
[whole_gradient] Their ratio goes from {ratio[first]:.3f} to {ratio[last]:.3f}; gradients of pure
noise have {floor:.3f}.
"""
CHANGE = """
The mean exceeds the standard deviation in {published[mean_is_larger]:share} of the snapshots as
published and in {mean_is_larger:share} of the corrected ones.
"""
# Label, colour and width; the whole is drawn on top of its parts.
_LINES = {
    "W_in": ("input to hidden", ACCENTS[5], 1.0),
    "W": ("hidden to hidden", ACCENTS[4], 1.0),
    "W_out": ("hidden to output", ACCENTS[2], 1.0),
    "published": ("all but hidden to hidden", INK, 1.5),
    MATRICES: ("all three", INK, 1.5),
}


def facts(results: Results) -> Facts:
    """Return mean, standard deviation and their ratio, first and last."""
    gradients, whole = _of_all(results), results.settings.whole_gradient
    ends = {
        name: {"first": float(column.iloc[0]), "last": float(column.iloc[-1])}
        for name, column in (
            ("mean", gradients["mean"]),
            ("spread", gradients["spread"]),
            ("ratio", gradients["mean"] / gradients["spread"]),
        )
    }
    return plain(
        results,
        windows=_windows(results),
        first_epoch=gradients["epoch"].iloc[0],
        last_epoch=gradients["epoch"].iloc[-1],
        **ends,
        mean_is_larger=(gradients["mean"] > gradients["spread"]).mean(),
        floor=_floor(results) if whole else None,
    )


def _of_all(results: Results) -> pd.DataFrame:
    gradients = results.gradients
    return gradients[gradients["parameter"] == results.gradient_of_all]


def _windows(results: Results) -> int:
    return int((~results.windows.is_test).sum())


def _floor(results: Results) -> float:
    """Return the ratio of mean and standard deviation for gradients of pure noise."""
    return float(1.0 / np.sqrt(_windows(results)))


def table(results: Results) -> pd.DataFrame:
    """Return mean and spread of the gradient per snapshot and parameter, or also their ratio."""
    if not results.settings.repairs:
        return results.gradients
    gradients = results.gradients[["epoch", "parameter", "mean", "spread"]]
    return gradients.assign(ratio=gradients["mean"] / gradients["spread"]).reset_index(drop=True)


def draw(results: Results) -> Figure:
    """Draw mean and standard deviation of all, and their ratio for each matrix."""
    whole, gradients = results.settings.whole_gradient, results.gradients
    figure = new_figure(10.0, 4.0)
    left, right = figure.subplots(1, 2)
    here = _of_all(results)
    looks = {
        "mean": ("mean", ACCENTS[0], "-"),
        "spread": ("standard deviation", ACCENTS[1], (0, (5, 2))),
    }
    for column, (label, colour, line) in looks.items():
        left.plot(here["epoch"], here[column], color=colour, ls=line, lw=1.4, label=label)
    left.set_title("all three matrices" if whole else "as published: without the recurrent matrix")
    left.set_ylabel("gradient over norm of weights" if whole else "absolute gradient")
    for name, (label, colour, width) in _LINES.items():
        here = gradients[gradients["parameter"] == name]
        if len(here):
            ratio = here["mean"] / here["spread"]
            right.plot(here["epoch"], ratio, color=colour, lw=width, label=label)
    right.axhline(1.0, color=FAINT, lw=0.8)
    if whole:
        right.axhline(_floor(results), color=FAINT, ls=(0, (4, 2)), lw=1.2)
    right.set_title(f"mean / standard deviation{'; dashed: pure noise' if whole else ''}")
    right.set_ylabel("ratio")
    for axes in (left, right):
        axes.set_yscale("log")
        low, high = axes.get_ylim()
        axes.set_ylim(top=high * (high / low) ** 0.3)  # room for the legend
        axes.legend(loc="upper right", ncols=2)
        axes.yaxis.set_minor_locator(LogLocator(subs=(2, 5)))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter("{x:g}")
        epoch_axis(axes, results)
    return figure
