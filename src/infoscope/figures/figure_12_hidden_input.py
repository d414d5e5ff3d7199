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
    half_way,
    published,
)
from infoscope.figures._graphs import number

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
    information = half_way(epochs, found[HIDDEN_INPUT.column].to_numpy())
    error = half_way(epochs, found[ERROR.column].to_numpy())
    return (
        f"Figure 12. I(h; x) goes {change(course(results, HIDDEN_INPUT))}. It passes the middle "
        f"of its range by epoch {number(information, 0)}, the error by epoch {number(error, 0)}. "
        "The max norm over unscaled activations makes I(h; x) follow their size, which grows in "
        "training whether or not anything is learned (flaw 4)."
    )
