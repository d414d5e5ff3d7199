"""Section 9, corrected: the complexity with the error of its random subsets."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import minor_subsets as published_figure
from infoscope.figures._graphs import number
from infoscope.figures._style import ACCENTS, new_figure
from infoscope.figures.corrected._curves import epoch_axis, from_zero

NAME = f"{published_figure.NAME}-corrected"


def table(results: Results) -> pd.DataFrame:
    """Return complexity and standard error of the sampling, per snapshot."""
    planes = results.planes
    return pd.DataFrame(
        {
            "epoch": planes["epoch"].to_numpy(),
            "tse_complexity_bits": planes["tse_complexity"].to_numpy(),
            "standard_error_bits": planes["tse_standard_error"].to_numpy(),
        }
    )


def draw(results: Results) -> Figure:
    """Draw the complexity with two standard errors."""
    found = table(results)
    figure = new_figure(7.0, 3.9)
    axes = figure.subplots()
    axes.errorbar(
        found["epoch"], found["tse_complexity_bits"], 2.0 * found["standard_error_bits"],
        color=ACCENTS[3], marker="o", ms=4, lw=1.2, capsize=3,
    )  # fmt: skip
    axes.set_ylabel("TSE complexity (bits)")
    axes.set_title(f"{_subsets(results)} random subsets of each size")
    from_zero(axes)
    epoch_axis(axes)
    axes.set_xlabel("epoch, logarithmic from 1; bars: two standard errors of the sampling")
    return figure


def caption(results: Results) -> str:
    """State the error of the sampling beside the course of the curve."""
    found = table(results)
    bits, errors = found["tse_complexity_bits"], found["standard_error_bits"]
    return (
        f"With {_subsets(results)} subsets of each size the standard error is at most "
        f"{number(float(errors.max()))} bits, while the complexity moves over "
        f"{number(float(np.ptp(bits)), 1)} bits in training."
    )


def changed(published: Results, results: Results) -> str:
    """Compare the errors of sampling."""
    before = published.indicators.data["tse_standard_error"].to_series()
    after = table(results)["standard_error_bits"]
    nodes = "hidden nodes" if results.settings.gaussian_complexity else "all nodes"
    return (
        f"The standard error of the sampling goes from up to {number(float(before.max()), 1)} "
        f"bits ({published.settings.subsets} subsets of each size, all nodes) to up to "
        f"{number(float(after.max()))} bits ({_subsets(results)} subsets of each size, {nodes})."
    )


def _subsets(results: Results) -> int:
    settings = results.settings
    return settings.plane_subsets if settings.gaussian_complexity else settings.subsets
