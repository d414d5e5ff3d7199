"""Minor result 9: sampling error of the TSE complexity with random subsets."""

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._captions import Facts, plain
from infoscope.figures._curves import epoch_axis
from infoscope.plots.curves import from_zero
from infoscope.plots.style import ACCENTS, new_figure

NAME = "minor-9-complexity-and-number-of-subsets"

CAPTION = """
Minor result 9. Sampling error of the TSE complexity. With {subsets} random subsets of each size
the standard error is at most {largest_error:.2f} bits; over training the complexity spans
{span:.1f} bits.
[not repairs] From {subsets} to {most_subsets} subsets it changes by at most
{largest_difference:.0f} bits, below two standard errors in {within} of {snapshots} snapshots.
"""
CHANGE = """
The standard error of the sampling goes from up to {published[largest_error]:.1f} bits
({published[subsets]} subsets of each size) to up to {largest_error:.2f} bits ({subsets}).
"""


def facts(results: Results) -> Facts:
    """Return the standard error of the sampling and the range of the complexity."""
    found = table(results)
    if results.settings.repairs:
        return plain(
            results,
            subsets=_subsets(results),
            largest_error=found["standard_error_bits"].max(),
            span=np.ptp(found["tse_complexity_bits"]),
        )
    pivoted = found.pivot_table(["tse_complexity_bits", "standard_error_bits"], "epoch", "subsets")
    bits, error = pivoted["tse_complexity_bits"], pivoted["standard_error_bits"]
    few, many = bits.columns[min(1, bits.shape[1] - 1)], bits.columns[-1]
    away = (bits[few] - bits[many]).abs()
    return plain(
        results,
        subsets=few,
        most_subsets=many,
        largest_error=error[few].max(),
        span=np.ptp(bits[many]),
        largest_difference=away.max(),
        within=(away < 2.0 * np.hypot(error[few], error[many])).sum(),
        snapshots=len(away),
    )


def _subsets(results: Results) -> int:
    settings = results.settings
    return settings.plane_subsets if settings.gaussian_complexity else settings.subsets


def table(results: Results) -> pd.DataFrame:
    """Return complexity and its sampling error; as published, by number of subsets."""
    if not results.settings.repairs:
        names = {"bits": "tse_complexity_bits", "standard_error": "standard_error_bits"}
        return results.sensitivity.rename(columns=names)
    planes = results.planes
    return pd.DataFrame(
        {
            "epoch": planes["epoch"].to_numpy(),
            "tse_complexity_bits": planes["tse_complexity"].to_numpy(),
            "standard_error_bits": planes["tse_standard_error"].to_numpy(),
        }
    )


def draw(results: Results) -> Figure:
    """Draw the complexity by epoch; published, by number of subsets with a line per snapshot."""
    found, explained = table(results), "bars: two standard errors of the sampling"
    figure = new_figure(7.5, 4.2)
    axes = figure.subplots()
    axes.set_ylabel("TSE complexity (bits)")
    if results.settings.repairs:
        _draw_bars(axes, found, "epoch", color=ACCENTS[3])
        axes.set_title(f"{_subsets(results)} random subsets of each size")
        from_zero(axes)
        epoch_axis(axes, results, explained)
        return figure
    epochs, numbers = found["epoch"].unique(), sorted(found["subsets"].unique())
    colours = colormaps["viridis"](np.linspace(0.0, 0.9, len(epochs)))
    for colour, epoch in zip(colours, epochs, strict=True):
        here = found[found["epoch"] == epoch]
        _draw_bars(axes, here, "subsets", color=colour, label=f"epoch {epoch}")
    axes.set_xscale("log")
    axes.set_xticks(numbers, [str(number) for number in numbers])
    axes.minorticks_off()
    axes.set_xlabel(f"random subsets of each size; {explained}")
    figure.legend(loc="outside right upper")
    return figure


def _draw_bars(axes: Axes, found: pd.DataFrame, across: str, **look: object) -> None:
    bits, off = found["tse_complexity_bits"], 2.0 * found["standard_error_bits"]
    axes.errorbar(found[across], bits, off, marker="o", ms=4.5, lw=1.2, capsize=3, **look)  # pyright: ignore[reportArgumentType]
