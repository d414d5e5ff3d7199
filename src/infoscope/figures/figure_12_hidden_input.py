"""Figure 12: what the hidden layer knows of the input, and the error, during training."""

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._curves import (
    ERROR,
    HIDDEN_INPUT,
    change,
    course,
    curve_figure,
    curve_table,
    published,
)
from infoscope.figures._graphs import number
from infoscope.learning.phases import half_way_epoch

NAME = "figure-12-hidden-input-information-and-error"


def table(results: Results) -> pd.DataFrame:
    """Return both curves, absolute and as published."""
    return curve_table(results, HIDDEN_INPUT, ERROR)


def draw(results: Results) -> Figure:
    """Draw both curves as published and absolute."""
    return curve_figure(results, HIDDEN_INPUT, ERROR)


def caption(results: Results) -> str:
    """State when each curve has gone half its way."""
    found = published(results)
    epochs = found["epoch"].to_numpy(float)
    information = half_way_epoch(epochs, found[HIDDEN_INPUT.column].to_numpy())
    error = half_way_epoch(epochs, found[ERROR.column].to_numpy())
    return (
        f"Figure 12. I(h; x) goes {change(course(results, HIDDEN_INPUT))}. It stays past "
        f"the middle of its way from epoch {number(information, 0)} on, the error from epoch "
        f"{number(error, 0)} on. "
        "The max norm over unscaled activations makes I(h; x) follow their size, which grows in "
        "training whether or not anything is learned (flaw 4)."
    )
