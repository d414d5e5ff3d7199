"""Figure 10: what the hidden layer knows of the output, and the error, during training."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._curves import (
    ERROR,
    HIDDEN_TARGET,
    change,
    course,
    curve_figure,
    curve_table,
    published,
)

NAME = "figure-10-hidden-target-information-and-error"


def table(results: Results) -> pd.DataFrame:
    """Return both curves, absolute and as published."""
    return curve_table(results, HIDDEN_TARGET, ERROR)


def draw(results: Results) -> Figure:
    """Draw both curves as published and absolute."""
    return curve_figure(results, HIDDEN_TARGET, ERROR)


def caption(results: Results) -> str:
    """State how much of the error's fall happens while the information falls."""
    found = published(results)
    error_fall = -np.diff(found[ERROR.column].to_numpy())
    while_falling = np.diff(found[HIDDEN_TARGET.column].to_numpy()) < 0.0
    whole = error_fall.sum()
    base = f"{while_falling.mean():.0%}" if len(while_falling) else "none"
    share = f"{error_fall[while_falling].sum() / whole:.0%}" if whole > 0.0 else "an undefined part"
    return (
        f"Figure 10. I(h; y) goes {change(course(results, HIDDEN_TARGET))}; {share} of the fall of "
        f"the error happens between snapshots over which I(h; y) falls, which are {base} of all. "
        "The error is the distance from the final network's own output (flaw 1): it must end at "
        "zero."
    )
