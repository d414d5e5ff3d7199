"""Figure 12, corrected: what a noisy hidden layer keeps of its history, and the held-out error."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import figure_12_hidden_input as published_figure
from infoscope.figures._curves import ERROR
from infoscope.figures._curves import HIDDEN_INPUT as PUBLISHED_CURVE
from infoscope.figures._curves import published as published_table
from infoscope.figures._graphs import number
from infoscope.figures.corrected._curves import (
    HIDDEN_ABSOLUTE,
    HIDDEN_INPUT,
    Quantity,
    about_history,
    course,
    curve,
    curve_figure,
    curve_table,
    error,
    failing,
    held_out_course,
    known,
)
from infoscope.learning.phases import half_way_epoch

NAME = f"{published_figure.NAME}-corrected"


def table(results: Results) -> pd.DataFrame:
    """Return the curves, not scaled."""
    return curve_table(results, HIDDEN_INPUT, HIDDEN_ABSOLUTE)


def draw(results: Results) -> Figure:
    """Draw the curves, not scaled."""
    title = "What the hidden layer tells of the input"
    return curve_figure(results, title, HIDDEN_INPUT, HIDDEN_ABSOLUTE)


def caption(results: Results) -> str:
    """State when each curve is half way from where it starts to where it ends."""
    parts = [
        f"{name} goes {course(results, quantity)}; it stays past the middle between both ends from "
        f"epoch {number(_half(results, quantity), 0)} on"
        for quantity, name in (
            (HIDDEN_INPUT, f"I(h; x) {about_history(results)}"),
            (HIDDEN_ABSOLUTE, f"With noise of {max(results.settings.noise):g} in the unit of the "
                              "activations it"),
        )
        if quantity in known(results, quantity)
    ]  # fmt: skip
    return (
        f"{'. '.join(parts)}. The held-out error is half way down to its minimum by epoch "
        f"{number(_error_half(results), 0)}; {held_out_course(results)}. "
        f"{failing(results, HIDDEN_INPUT, HIDDEN_ABSOLUTE)}."
    )


def changed(published: Results, results: Results) -> str:
    """Compare which of information and error is the earlier."""
    found = published_table(published)
    epochs = found["epoch"].to_numpy(float)
    before = [half_way_epoch(epochs, found[c.column].to_numpy()) for c in (PUBLISHED_CURVE, ERROR)]
    after = [_half(results, HIDDEN_INPUT), _error_half(results)]
    return (
        f"As published, I(h; x) is half way by epoch {number(before[0], 0)} and the error by "
        f"{number(before[1], 0)}; corrected, by {number(after[0], 0)} and {number(after[1], 0)}, "
        f"{_lead(*after)}."
    )


def _lead(information: float, error_epoch: float) -> str:
    """Say whether the information announces the fall of the error."""
    if not np.isfinite([information, error_epoch]).all():
        return "so that nothing leads"
    if information == error_epoch:
        return "at the same time"
    if information < error_epoch:
        return "so that the information still comes first"
    return "so that the information comes last and announces nothing"


def _half(results: Results, quantity: Quantity) -> float:
    found = curve(results, quantity)
    return half_way_epoch(found["epoch"].to_numpy(), found["bits"].to_numpy())


def _error_half(results: Results) -> float:
    found = error(results).reindex(results.planes["epoch"].to_numpy())
    upto = found.loc[: found.idxmin()]
    return half_way_epoch(upto.index.to_numpy(), upto.to_numpy())
