"""Section 9: the TSE complexity with other numbers of random subsets."""

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._style import new_figure

NAME = "minor-9-complexity-and-number-of-subsets"


def table(results: Results) -> pd.DataFrame:
    """Return complexity and standard error of the sampling, per snapshot and subsets."""
    return results.sensitivity.rename(
        columns={"bits": "tse_complexity_bits", "standard_error": "standard_error_bits"}
    )


def draw(results: Results) -> Figure:
    """Draw the complexity over the number of subsets, one line per snapshot."""
    found = table(results)
    epochs = list(found["epoch"].unique())
    colours = colormaps["viridis"](np.linspace(0.0, 0.9, len(epochs)))
    figure = new_figure(7.5, 4.6)
    axes = figure.subplots()
    for colour, epoch in zip(colours, epochs, strict=True):
        curve = found[found["epoch"] == epoch]
        axes.errorbar(
            curve["subsets"], curve["tse_complexity_bits"], 2.0 * curve["standard_error_bits"],
            color=colour, marker="o", ms=4.5, lw=1.2, capsize=3, label=f"epoch {epoch}",
        )  # fmt: skip
    axes.set_xscale("log")
    numbers = sorted(found["subsets"].unique())
    axes.set_xticks(numbers, [str(number) for number in numbers])
    axes.minorticks_off()
    axes.set_xlabel("random subsets of each size; bars: two standard errors of the sampling")
    axes.set_ylabel("TSE complexity (bits)")
    figure.legend(loc="outside right upper")
    return figure


def caption(results: Results) -> str:
    """State how far the published number of subsets is from the largest, in standard errors."""
    found = table(results).pivot_table(
        ["tse_complexity_bits", "standard_error_bits"], "epoch", "subsets"
    )
    bits, error = found["tse_complexity_bits"], found["standard_error_bits"]
    numbers = sorted(bits.columns)
    few, many = numbers[min(1, len(numbers) - 1)], numbers[-1]
    away = (bits[few] - bits[many]).abs()
    within = int((away < 2.0 * np.hypot(error[few], error[many])).sum())
    over_training = float(bits[many].max() - bits[many].min())
    return (
        f"Minor result 9. With {few} subsets of each size instead of {many} the complexity differs "
        f"by at most {away.max():.0f} bits, within two standard errors in {within} of {len(away)} "
        f"snapshots; over training it moves by {over_training:.0f} bits."
    )
