"""Figure 11: information of the output layer about the target, and the error, during training."""

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import _curves
from infoscope.figures._captions import Facts, plain
from infoscope.figures._curves import OUTPUT_TARGET

NAME = "figure-11-output-target-information-and-error"

CAPTION = (
    """
Figure 11. I(o; y) and the error. Over the snapshots the two have the correlation
{correlation:.2f}. I(o; y) goes {output_target_information:course}.
[not true_targets] I(o; y) must end near the ceiling of the estimator and the error at zero, for y
is the output itself.
"""
    + _curves.HELD_OUT
    + _curves.ABOUT_TARGET
    + _curves.CHECKS
)
CHANGE = """
The correlation of I(o; y) and the error goes from {published[correlation]:.2f} to
{correlation:.2f}.
"""


def facts(results: Results) -> Facts:
    """Return both courses, and their correlation."""
    correlation = _curves.with_error(results, OUTPUT_TARGET)
    return plain(results, **_curves.curve_facts(results, OUTPUT_TARGET), correlation=correlation)


def table(results: Results) -> pd.DataFrame:
    """Return the curves; published, also scaled."""
    return _curves.curve_table(results, OUTPUT_TARGET)


def draw(results: Results) -> Figure:
    """Draw the curves; published, also scaled."""
    return _curves.curve_figure(results, "Output layer and target", OUTPUT_TARGET)
