"""Panels of curves over training, and of a quantity over lags."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from infoscope._validate import Floats
from infoscope.plots.canvas import canvas, caption, figure_of
from infoscope.plots.style import ACCENTS, FAINT, new_figure, style

# Curves with more points are drawn without markers.
_MOST_MARKS = 40
_DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1)), (0, (6, 1, 1, 1)))
# Curves in one column of panels, and height of a panel in inches.
_MOST_ROWS, _PANEL = 8, 1.25
# Letters in a line of a panel's label.
_LABEL_WIDTH = 18
# Snapshots are early if the first are this much closer than the last.
_EARLY = 5.0


class Look(NamedTuple):
    """Values of a curve in a panel of several, with its colour and dashes."""

    values: Any
    colour: str
    dashes: Any = "-"


def curve_panel(axes: Axes, found: pd.DataFrame, colour: str, label: str) -> None:
    """Draw one curve, two standard errors as a band, points that fail a check hollow.

    ``found`` has the columns epoch, value, error (NaN if none) and valid.
    """
    epochs, values, off = found["epoch"], found["value"], 2.0 * found["error"]
    axes.fill_between(
        epochs, values - off, values + off, color=colour, alpha=0.18, lw=0.0, zorder=1
    )
    axes.plot(epochs, values, color=colour, lw=1.2, zorder=2)
    passed, few = found["valid"], len(found) <= _MOST_MARKS
    if few:
        axes.plot(epochs[passed], values[passed], "o", ms=4.5, color=colour, zorder=3)
    size = 4.5 if few else 3.0
    axes.plot(epochs[~passed], values[~passed], "o", ms=size, mfc="white", mec=colour, zorder=3)
    axes.set_ylabel(label)
    from_zero(axes)


def from_zero(axes: Axes) -> None:
    """Include zero in the vertical axis, so that changes are not exaggerated."""
    low, high = axes.get_ylim()
    axes.set_ylim(min(0.0, low), max(high, 0.0) + 0.04 * (high - low))


def early_snapshots(epochs: Any) -> bool:
    """Return whether the first snapshots are so close that they need a logarithmic axis."""
    steps = np.diff(np.asarray(epochs, float))
    return len(steps) > 1 and bool(steps[-1] > _EARLY * steps[0])


def epoch_axis(axes: Axes, early: bool, marks: str = "", unit: str = "epoch") -> None:
    """Label the epoch axis and explain marks; with early snapshots it is logarithmic from 1.

    Epoch 0 is drawn left of 1.
    """
    if early:
        axes.set_xscale("symlog", linthresh=1.0)
        last = max(1.0, axes.dataLim.xmax)
        axes.set_xlim(-0.15, 1.2 * last)
        places = [0, *(10**power for power in range(int(np.log10(last)) + 1))]
        axes.xaxis.set_major_locator(FixedLocator(places))
        axes.xaxis.set_major_formatter("{x:.0f}")
        axes.xaxis.set_minor_locator(NullLocator())
    label = f"{unit}, logarithmic from 1" if early else unit
    axes.set_xlabel(f"{label}\n{marks}" if marks else label)


def scaled_to_range(values: Floats) -> Floats:
    """Scale to [0, 1] by smallest and largest value; NaN if the curve is constant."""
    known = values[np.isfinite(values)]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 0.0)
    return (values - low) / (high - low) if high > low else np.full_like(values, np.nan)


def scaled_panel(axes: Axes, epochs: Any, curves: Mapping[str, Look]) -> None:
    """Draw curves that are scaled to [0, 1], with a legend; a constant one is only named."""
    for label, look in curves.items():
        name = f"{label} (constant)" if np.isnan(look.values).all() else label
        axes.plot(epochs, look.values, color=look.colour, ls=look.dashes, lw=1.5, label=name)
    axes.set(xlabel="epoch", ylabel="scaled", ylim=(-0.03, 1.03))
    axes.legend(loc="best")


def plot_curves(
    found: Mapping[str, pd.DataFrame], title: str, ax: Any, unit: str = "epoch"
) -> Figure:
    """Draw curves, each in its own unit and panel; on given axes, scaled in one panel.

    ``found`` maps a label to the table that `curve_panel` takes; all have the same epochs, counted
    in ``unit``.
    """
    if ax is not None:
        with canvas(ax, 0.0, 0.0) as axes:
            return curves_on(axes, found, title, unit)
    with style():
        return curves_figure(found, title, unit)


def curves_figure(found: Mapping[str, pd.DataFrame], title: str, unit: str) -> Figure:
    """Draw each curve in its own unit and panel; call it in our `style`."""
    columns = -(-len(found) // _MOST_ROWS)
    rows = -(-len(found) // columns)
    figure = new_figure(1.5 + 4.5 * columns, 1.2 + _PANEL * rows)
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True).T.ravel()
    for axes, (label, table), look in zip(panels, found.items(), _looks(len(found)), strict=False):
        curve_panel(axes, table, look[0], textwrap.fill(label, _LABEL_WIDTH))
        axes.yaxis.set_major_locator(MaxNLocator(4))
    for axes in panels[len(found) :]:
        axes.remove()
    tables = list(found.values())
    last = [axes for at, axes in enumerate(panels[: len(found)], 1) if at % rows == 0]
    for axes in {*last, panels[len(found) - 1]}:
        epoch_axis(axes, early_snapshots(tables[0]["epoch"]), _marks(tables), unit)
        axes.tick_params(labelbottom=True)
    panels[0].set_title(title)
    return figure


def curves_on(axes: Axes, found: Mapping[str, pd.DataFrame], title: str, unit: str) -> Figure:
    """Draw all curves on given axes: one in its own unit, several scaled to [0, 1]."""
    tables = list(found.values())
    early = early_snapshots(tables[0]["epoch"])
    if len(found) == 1:
        curve_panel(axes, tables[0], ACCENTS[0], next(iter(found)))
        epoch_axis(axes, early, _marks(tables), unit)
    else:
        scaled = {
            label: Look(scaled_to_range(table["value"].to_numpy(float)), *look)
            for (label, table), look in zip(found.items(), _looks(len(found)), strict=True)
        }
        scaled_panel(axes, tables[0]["epoch"], scaled)
        epoch_axis(axes, early, unit=unit)
    axes.set_title(title)
    return figure_of(axes)


def _looks(count: int) -> list[tuple[str, Any]]:
    """Return a colour and dashes for each of several curves, all different."""
    kinds = [(colour, dashes) for dashes in _DASHES for colour in ACCENTS]
    return [kinds[at % len(kinds)] for at in range(count)]


def _marks(tables: Sequence[pd.DataFrame]) -> str:
    explained = {
        "bands: two standard errors": any(table["error"].notna().any() for table in tables),
        "hollow: fails a check": not all(table["valid"].all() for table in tables),
    }
    return "; ".join(words for words, occurs in explained.items() if occurs)


def lag_panel(axes: Axes, table: pd.DataFrame, threshold: float, level: float | None) -> None:
    """Draw bits over lags, with what surrogates reach where there are any.

    ``table`` has the index lag, the column bits and, where known, standard_error_bits,
    null_mean_bits and band_bits; threshold and level serve only with a test.
    """
    lags, bits = table.index.to_numpy(), table["bits"].to_numpy(float)
    words = []
    if "band_bits" in table and level is not None:
        low, high = table["null_mean_bits"], table["band_bits"]
        axes.fill_between(lags, low, high, color=FAINT, alpha=0.5, lw=0.0, zorder=0)
        axes.axhline(threshold, color=ACCENTS[1], lw=1.0, ls=(0, (4, 2)), zorder=1)
        words += [
            f"grey: surrogates, from their mean to the {1.0 - level:.0%} quantile",
            f"dashed: threshold for all lags, FWER {level:.0%}",
        ]
    error = table.get("standard_error_bits")
    if error is not None:
        bars = {"ecolor": ACCENTS[0], "elinewidth": 0.8, "zorder": 2}
        axes.errorbar(lags, bits, yerr=2.0 * error.to_numpy(float), ls="", **bars)
        words.append("bars: two standard errors")
    order = np.argsort(lags)
    axes.plot(lags[order], bits[order], "o-", color=ACCENTS[0], ms=4.5, lw=1.2, zorder=3)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylabel("bits")
    caption(axes, "lag of the target after the source", words)
