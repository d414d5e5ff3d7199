"""Figure 11, corrected: what the outputs tell of the true target, and the held-out error."""

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import figure_11_output_target as published_figure
from infoscope.figures._curves import ERROR, curve_correlation
from infoscope.figures._curves import OUTPUT_TARGET as PUBLISHED_CURVE
from infoscope.figures._graphs import correlate, number
from infoscope.figures.corrected._curves import (
    OUTPUT_TARGET,
    about_target,
    course,
    curve_figure,
    curve_table,
    failing,
    held_out_course,
    with_error,
)

NAME = f"{published_figure.NAME}-corrected"


def table(results: Results) -> pd.DataFrame:
    """Return the curves, not scaled."""
    return curve_table(results, OUTPUT_TARGET)


def draw(results: Results) -> Figure:
    """Draw the curves, not scaled."""
    return curve_figure(results, "What the outputs tell of the target", OUTPUT_TARGET)


def caption(results: Results) -> str:
    """State how closely the information mirrors the held-out error."""
    return (
        "Over the snapshots I(o; y) and the held-out error "
        f"{correlate(with_error(results, OUTPUT_TARGET))}. I(o; y) {about_target(results)} goes "
        f"{course(results, OUTPUT_TARGET)}; {held_out_course(results)}. "
        f"{failing(results, OUTPUT_TARGET)}."
    )


def changed(published: Results, results: Results) -> str:
    """Compare the correlations."""
    before = curve_correlation(published, PUBLISHED_CURVE, ERROR)
    after = number(with_error(results, OUTPUT_TARGET))
    if not results.settings.true_targets:
        return f"The correlation of I(o; y) and the error goes from {number(before)} to {after}."
    return (
        f"The correlation of I(o; y) and the error goes from {number(before)}, where both are "
        f"measured against the final outputs, to {after}, where both are measured against the true "
        "targets of held-out days."
    )
