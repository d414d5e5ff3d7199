"""Figure 11: what the output layer knows of the output, and the error, during training."""

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._curves import (
    ERROR,
    OUTPUT_TARGET,
    change,
    course,
    curve_correlation,
    curve_figure,
    curve_table,
)
from infoscope.figures._graphs import number

NAME = "figure-11-output-target-information-and-error"


def table(results: Results) -> pd.DataFrame:
    """Return both curves, absolute and as published."""
    return curve_table(results, OUTPUT_TARGET, ERROR)


def draw(results: Results) -> Figure:
    """Draw both curves as published and absolute."""
    return curve_figure(results, OUTPUT_TARGET, ERROR)


def caption(results: Results) -> str:
    """State how closely the information mirrors the error."""
    found = curve_correlation(results, OUTPUT_TARGET, ERROR)
    return (
        f"Figure 11. Over the snapshots I(o; y) and the error correlate at {number(found)}. "
        f"I(o; y) goes {change(course(results, OUTPUT_TARGET))}. Both are measured against the "
        "final network's own output, so that one must end near the estimator's ceiling and the "
        "other at zero (flaw 1)."
    )
