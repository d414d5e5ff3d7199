"""What the figures of curves over training share: the published scaling, and panels of curves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoscope._validate import Floats
from infoscope.analysis.results import Results
from infoscope.figures._graphs import correlation, number
from infoscope.figures._style import ACCENTS, INK, new_figure


@dataclass(frozen=True)
class Curve:
    """One indicator over training, as a figure shows it."""

    column: str
    label: str
    unit: str = "bits"
    colour: str = ACCENTS[0]
    line: Any = "-"


ERROR = Curve("error", "error", "normalised units", ACCENTS[1], (0, (5, 2)))
HIDDEN_TARGET = Curve("hidden_target_information", "I(h; y)")
OUTPUT_TARGET = Curve("output_target_information", "I(o; y)", colour=ACCENTS[2])
HIDDEN_INPUT = Curve("hidden_input_information", "I(h; x)")
OUTPUT_INPUT = Curve("output_input_information", "I(o; x)", colour=ACCENTS[2])
COMPLEXITY = Curve("tse_complexity", "TSE complexity", colour=ACCENTS[3])


def scaled_to_range(values: Floats) -> Floats:
    """Scale to [0, 1] by smallest and largest value; NaN if the curve is constant."""
    low, high = np.nanmin(values), np.nanmax(values)
    return (values - low) / (high - low) if high > low else np.full_like(values, np.nan)


def scaled_to_maximum(values: Floats) -> Floats:
    """Scale to a largest value of one; NaN if no value is positive."""
    high = np.nanmax(values)
    return values / high if high > 0.0 else np.full_like(values, np.nan)


def published(results: Results) -> pd.DataFrame:
    """Return the indicators at the published snapshots: those after training began."""
    table = results.indicators.to_frame()
    return table[table["epoch"] > 0].reset_index(drop=True)


def curve_table(results: Results, *curves: Curve) -> pd.DataFrame:
    """Return each curve, absolute and as published; epoch 0 has no published value."""
    table = results.indicators.to_frame()
    trained = (table["epoch"] > 0).to_numpy()
    found = table[["epoch"]].copy()
    for curve in curves:
        scaled = np.full(len(table), np.nan)
        scaled[trained] = scaled_to_range(table.loc[trained, curve.column].to_numpy())
        unit = curve.unit.replace(" ", "_")
        found[f"{curve.column}_{unit}"] = table[curve.column]
        found[f"{curve.column}_scaled"] = scaled
    return found


def curve_figure(results: Results, *curves: Curve) -> Figure:
    """Draw curves as published on the left, and each on its own absolute axis on the right."""
    table = results.indicators.to_frame()
    trained = published(results)
    figure = new_figure(10.5, max(3.6, 1.3 + 1.25 * len(curves)))
    grid = figure.add_gridspec(len(curves), 2, width_ratios=(1.25, 1.0))
    left = figure.add_subplot(grid[:, 0])
    for curve in curves:
        scaled = scaled_to_range(trained[curve.column].to_numpy())
        label = curve.label if np.isfinite(scaled).all() else f"{curve.label} (constant)"
        left.plot(
            trained["epoch"], scaled, color=curve.colour, ls=curve.line, lw=1.5, label=label,
            marker=_marker(trained),
        )  # fmt: skip
    left.set_title("as published: each curve scaled to [0, 1]")
    left.set_xlabel("epoch")
    left.set_ylabel("scaled")
    left.set_ylim(-0.03, 1.03)
    left.legend(loc="best")
    first: Axes | None = None
    for place, curve in enumerate(curves):
        axes = figure.add_subplot(grid[place, 1], sharex=first)
        first = first or axes
        absolute_curve(axes, table, curve)
        axes.set_ylabel(f"{curve.label}\n({curve.unit})")
        if place < len(curves) - 1:
            axes.tick_params(labelbottom=False)
        else:
            axes.set_xlabel("epoch; hollow: before training")
    if first is not None:
        first.set_title("absolute")
    return figure


def absolute_curve(axes: Axes, table: pd.DataFrame, curve: Curve) -> None:
    """Draw one curve in its own unit, the value before training as a hollow mark."""
    trained = table["epoch"] > 0
    axes.plot(
        table.loc[trained, "epoch"], table.loc[trained, curve.column],
        color=curve.colour, ls=curve.line, lw=1.4, marker=_marker(table[trained]),
    )  # fmt: skip
    low, high = axes.get_ylim()
    for epoch, value in table.loc[~trained, ["epoch", curve.column]].to_numpy():
        if high - low > 0.0 and not low - (high - low) <= value <= high + (high - low):
            # It would flatten the curve: say it instead.
            axes.annotate(
                f"epoch {epoch:.0f}: {value:.3g}", (0.97, 0.88 if value > high else 0.06),
                xycoords="axes fraction", fontsize=8, color=INK, ha="right",
            )  # fmt: skip
            continue
        axes.plot([epoch], [value], ls="", marker="o", mfc="white", mec=curve.colour, ms=5)


def _marker(table: pd.DataFrame) -> str:
    """Return the mark of a point where a line alone would not show."""
    return "o" if len(table) == 1 else ""


def change(values: Mapping[str, float], unit: str = "bits") -> str:
    """Return where a curve starts, peaks and ends, for a caption."""
    first = f"{number(values['first'])} {unit} at epoch {values['start']:.0f}"
    last = f"{number(values['last'])} at epoch {values['end']:.0f}"
    if values["at"] == values["end"]:
        return f"from {first} to its largest value, {last}"
    if values["at"] == values["start"]:
        return f"from its largest value, {first}, to {last}"
    return f"from {first} to {last}, at most {number(values['max'])} at epoch {values['at']:.0f}"


def course(results: Results, curve: Curve) -> dict[str, float]:
    """Return where a curve starts, peaks and ends over the published snapshots."""
    table = published(results)
    values, epochs = table[curve.column].to_numpy(), table["epoch"].to_numpy()
    at = int(np.argmax(values))
    found = (values[0], values[-1], values[at], epochs[0], epochs[-1], epochs[at])
    names = ("first", "last", "max", "start", "end", "at")
    return {name: float(v) for name, v in zip(names, found, strict=True)}


def curve_correlation(results: Results, a: Curve, b: Curve) -> float:
    """Pearson correlation of two curves over the published snapshots; NaN if one is constant."""
    found = published(results)
    return correlation(found[a.column], found[b.column])
