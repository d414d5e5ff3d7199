"""Confusion matrices of the classifier, with and without information."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from infoscope.figures._save import save
from infoscope.paper.misconfiguration.classification import BEST, RIVALS, macro_f1
from infoscope.paper.misconfiguration.setups import CLASSES
from infoscope.paper.misconfiguration.training import SHARES
from infoscope.plots.style import FAINT, INK, new_figure, style

NAME = "misconfiguration"
Confusions = Mapping[tuple[float, str], NDArray]
_SETS = (*RIVALS, BEST)


def write_confusion_figure(found: Confusions, folder: Path) -> None:
    """Write the matrices as PNG and SVG, with their numbers as CSV.

    Parameters
    ----------
    found : mapping
        (share, feature set) → trainings (seed, label, predicted), as from `confusions`.
    folder : Path
        Created if missing.

    Raises
    ------
    InputError
        If a file cannot be written.
    """
    with style():
        save(draw(found), table(found), folder, NAME)


def table(found: Confusions) -> pd.DataFrame:
    """Return one row per share, feature set and label, with the number of each prediction."""
    rows = [
        {"share": share, "features": name, "label": label, **dict(zip(CLASSES, row, strict=True))}
        for (share, name), counts in found.items()
        for label, row in zip(CLASSES, counts.sum(0), strict=True)
    ]
    return pd.DataFrame(rows)


def draw(found: Confusions) -> Figure:
    """Draw one row of panels per share and one column per feature set, as shares of each label."""
    figure = new_figure(4.4 * len(_SETS), 4.3 * len(SHARES) + 0.4)
    panels = figure.subplots(len(SHARES), len(_SETS))
    for row, share in zip(panels, SHARES, strict=True):
        for axes, name in zip(row, _SETS, strict=True):
            counts = found[share, name].sum(0)
            _panel(axes, counts)
            f1 = float(macro_f1(counts))
            axes.set_title(f"{name}, first {share:.0%}: macro-F1 {f1:.2f}", fontsize=9)
    figure.supxlabel(
        "Row: what the training has (M0: nothing, the mean of all healthy twins). Column: what a "
        "random forest says that was trained on other seeds. Numbers: percent of the row.",
        fontsize=8, x=0.0, ha="left",
    )  # fmt: skip
    return figure


def _panel(axes: Axes, counts: NDArray) -> None:
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0, interpolation="none")
    for row, column in np.argwhere(shares >= 0.005):
        dark = shares[row, column] > 0.5
        axes.text(column, row, f"{100 * shares[row, column]:.0f}", ha="center", va="center",
                  fontsize=6, color="white" if dark else INK)  # fmt: skip
    places = np.arange(len(CLASSES))
    axes.set_xticks(places, CLASSES, fontsize=6.5)
    axes.set_yticks(places, CLASSES, fontsize=6.5)
    axes.tick_params(length=0)
    axes.set_xticks(places[1:] - 0.5, minor=True)
    axes.set_yticks(places[1:] - 0.5, minor=True)
    axes.grid(which="minor", color=FAINT, lw=0.3)
    axes.tick_params(which="minor", length=0)
