"""Figure 13, corrected: the indicators that the paper finds effective, free of scale and bias."""

import re

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import figure_13_indicators as published_figure
from infoscope.figures._curves import COMPLEXITY as PUBLISHED_COMPLEXITY
from infoscope.figures._curves import HIDDEN_INPUT as PUBLISHED_INPUT
from infoscope.figures._curves import course as published_course
from infoscope.figures._curves import curve_correlation
from infoscope.figures._graphs import number
from infoscope.figures.corrected._curves import (
    COMPLEXITY,
    HIDDEN_INPUT,
    OUTPUT_INPUT,
    between,
    course,
    curve,
    curve_figure,
    curve_table,
    decoded,
    failing,
)

NAME = f"{published_figure.NAME}-corrected"

_QUANTITIES = (HIDDEN_INPUT, OUTPUT_INPUT, COMPLEXITY)


def table(results: Results) -> pd.DataFrame:
    """Return the curves, not scaled."""
    return curve_table(results, *_QUANTITIES)


def draw(results: Results) -> Figure:
    """Draw the curves, not scaled."""
    return curve_figure(results, "The indicators of learning, and the error", *_QUANTITIES)


def caption(results: Results) -> str:
    """State how alike the indicators are, and how the complexity moves."""
    lowest = float(curve(results, COMPLEXITY)["bits"].min())
    sign = "is never" if lowest >= 0.0 else "gets, which its definition forbids,"
    return (
        "Over the snapshots I(h; x) correlates at "
        f"{number(between(results, HIDDEN_INPUT, COMPLEXITY))} with the TSE complexity and at "
        f"{number(between(results, HIDDEN_INPUT, OUTPUT_INPUT))} with I(o; x){_kinds(results)}. "
        f"The complexity{_smoothed(results)} goes {course(results, COMPLEXITY)}, and {sign} below "
        "zero. "
        f"{failing(results, *_QUANTITIES)}."
    )


def changed(published: Results, results: Results) -> str:
    """Compare the complexities."""
    before = published_course(published, PUBLISHED_COMPLEXITY)
    alike = curve_correlation(published, PUBLISHED_INPUT, PUBLISHED_COMPLEXITY)
    bits = curve(results, COMPLEXITY)["bits"].to_numpy()
    how = (
        "from covariances of the hidden nodes"
        if results.settings.gaussian_complexity
        else "from nearest neighbours still"
    )
    return (
        f"The complexity goes from {number(before['first'], 0)} to {number(before['last'], 0)} "
        f"bits as published and from {number(bits[0], 0)} to {number(bits[-1], 0)} bits {how}; its "
        f"correlation with I(h; x) is {number(alike)} as published and "
        f"{number(between(results, HIDDEN_INPUT, COMPLEXITY))} here."
    )


def _kinds(results: Results) -> str:
    """Say that the two informations are not of one kind, and differ in size for that reason."""
    if not decoded(results):
        return ""
    return (
        " (the one about the whole history and through noise, the other about the day's input and "
        "without, see figure 9: their sizes do not compare)"
    )


def _smoothed(results: Results) -> str:
    """Say of what the complexity is, and through which noise it is seen."""
    sigma = re.search(r"sigma=([\d.]+)", str(results.planes.attrs.get("shared")))
    if not results.settings.gaussian_complexity or sigma is None:
        return ""
    return (
        f" of the hidden nodes, seen through noise of {sigma[1]} standard deviations, without "
        "which what they share has no bound,"
    )
