"""Figure 13: the indicators that the paper finds effective, during training."""

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._curves import (
    COMPLEXITY,
    ERROR,
    HIDDEN_INPUT,
    OUTPUT_INPUT,
    course,
    curve_correlation,
    curve_figure,
    curve_table,
)
from infoscope.figures._graphs import number

NAME = "figure-13-effective-learning-indicators"

_CURVES = (HIDDEN_INPUT, OUTPUT_INPUT, COMPLEXITY, ERROR)


def table(results: Results) -> pd.DataFrame:
    """Return the curves, absolute and as published."""
    return curve_table(results, *_CURVES)


def draw(results: Results) -> Figure:
    """Draw the curves as published and absolute."""
    return curve_figure(results, *_CURVES)


def caption(results: Results) -> str:
    """State how alike the indicators are, and the sign of the complexity."""
    complexity = course(results, COMPLEXITY)
    with_complexity = curve_correlation(results, HIDDEN_INPUT, COMPLEXITY)
    with_output = curve_correlation(results, HIDDEN_INPUT, OUTPUT_INPUT)
    sign = (
        "It is negative, which its definition forbids: nearest-neighbour entropies of different "
        "dimension do not cancel their bias (flaw 5)."
        if complexity["first"] < 0.0 or complexity["last"] < 0.0
        else "Its level rests on a bias that does not cancel (flaw 5)."
    )
    return (
        f"Figure 13. Over the snapshots I(h; x) correlates at {number(with_complexity)} with the "
        f"TSE complexity and at {number(with_output)} with I(o; x). The complexity goes from "
        f"{complexity['first']:.0f} to {complexity['last']:.0f} bits. {sign}"
    )
