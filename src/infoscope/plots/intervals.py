"""Panels of values with their intervals, a row for each."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope._validate import Floats
from infoscope.plots.canvas import canvas, caption, figure_of
from infoscope.plots.labels import name_label
from infoscope.plots.nodes import MOST_NAMES, named_rows
from infoscope.plots.style import ACCENTS, FAINT


def plot_intervals(
    table: pd.DataFrame,
    title: str,
    label: str,
    words: Sequence[str],
    ax: Any,
    points: Floats | None = None,
) -> Figure:
    """Draw values with their intervals, on given axes or in a new figure, with a line at zero.

    Parameters
    ----------
    table : DataFrame
        Index of names; columns value, lower and upper, NaN where unknown. Of more rows than can be
        named, those with the largest absolute values are drawn. Points whose interval includes zero
        are hollow.
    title, label : str
        Heading, and label of the horizontal axis.
    words : sequence of str
        Sentences below.
    ax : Axes or None
        Where to draw.
    points : array, optional
        Single values behind the first row.
    """
    words = list(words)
    if len(table) > MOST_NAMES:
        largest = table["value"].abs().sort_values(ascending=False, kind="stable")
        kept = table.index.isin(largest.index[:MOST_NAMES])
        words.append(f"the {MOST_NAMES} largest of {len(table)}")
        table = table[kept]
    with canvas(ax, 6.0, 1.5 + 0.2 * len(table)) as axes:
        rows = named_rows(axes, [name_label(name) for name in table.index])
        axes.axvline(0.0, color=FAINT, lw=1.0, zorder=0)
        if points is not None:
            spread = np.linspace(-0.25, 0.25, len(points)) if len(points) > 1 else np.zeros(1)
            axes.scatter(points, rows[0] + spread, s=12, color=FAINT, zorder=1)
        value, lower, upper = (table[name].to_numpy(float) for name in ("value", "lower", "upper"))
        axes.hlines(rows, lower, upper, color=ACCENTS[0], lw=1.4, zorder=2)
        beyond = (lower > 0.0) | (upper < 0.0)
        for chosen, face in ((beyond, ACCENTS[0]), (~beyond, "white")):
            axes.plot(value[chosen], rows[chosen], "o", ms=5, mfc=face, mec=ACCENTS[0], zorder=3)
        words += [] if beyond.all() else ["hollow: the interval includes zero, or is unknown"]
        axes.set_title(title)
        caption(axes, label, words)
        return figure_of(axes)
