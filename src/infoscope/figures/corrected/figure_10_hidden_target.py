"""Figure 10, corrected: what the hidden layer tells of the true target, and the held-out error."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import figure_10_hidden_target as published_figure
from infoscope.figures._graphs import number
from infoscope.figures.corrected._curves import (
    HIDDEN_TARGET,
    about_target,
    course,
    curve,
    curve_figure,
    curve_table,
    error,
    failing,
    held_out_course,
)

NAME = f"{published_figure.NAME}-corrected"


def table(results: Results) -> pd.DataFrame:
    """Return the curves, not scaled."""
    return curve_table(results, HIDDEN_TARGET)


def draw(results: Results) -> Figure:
    """Draw the curves, not scaled."""
    return curve_figure(results, "What the hidden layer tells of the target", HIDDEN_TARGET)


def caption(results: Results) -> str:
    """State both courses, and how much of the error falls while the information falls."""
    return (
        f"I(h; y) {about_target(results)} goes {course(results, HIDDEN_TARGET)}; "
        f"{held_out_course(results)}. {_share(results)} {failing(results, HIDDEN_TARGET)}."
    )


def changed(published: Results, results: Results) -> str:
    """Compare the ends of the error."""
    before = published.indicators.data["error"].to_numpy()
    after = error(results)
    first, last = float(after.iloc[0]), float(after.iloc[-1])
    best = results.best_epoch
    if best == after.index[0]:
        fall = "never falls below where it begins"
    else:
        fall = f"falls until epoch {best}"
    return (
        "The published error, the distance from the final outputs, ends at "
        f"{number(before[-1])} because it must; the held-out one {fall} and ends at {number(last)} "
        f"normalised units, {last / first:.0%} of what it was before training."
    )


def _share(results: Results) -> str:
    """Say how much of the error's fall happens while the information falls."""
    found = curve(results, HIDDEN_TARGET)
    fall = -np.diff(error(results).reindex(found["epoch"]).to_numpy())
    falling = np.diff(found["bits"].to_numpy()) < 0.0
    whole = fall[fall > 0.0].sum()
    if whole <= 0.0:
        return "The error falls between no two snapshots."
    return (
        f"{fall[falling & (fall > 0.0)].sum() / whole:.0%} of all falls of the held-out error "
        f"happen between snapshots over which I(h; y) falls, which are {falling.mean():.0%} of all."
    )
