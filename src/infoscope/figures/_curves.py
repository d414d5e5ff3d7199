"""Shared by the figures of curves over training: quantities, tables, panels and facts.

Published curves omit epoch 0, before training, and are scaled to [0, 1], next to the same curve in
its own unit. Corrected curves are only in their own unit.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoscope._validate import Floats
from infoscope.analysis.estimators import decoded
from infoscope.analysis.results import Results
from infoscope.figures._graphs import correlation
from infoscope.plots.curves import Look, curve_panel, from_zero, scaled_panel, scaled_to_range
from infoscope.plots.curves import epoch_axis as label_epochs
from infoscope.plots.style import ACCENTS, FAINT, new_figure

_ERROR_COLOUR = ACCENTS[1]
# The line of each part of the data: its dashes and its width.
_LINES = {"train": ((0, (1, 1)), 1.2), "held-out": ((0, (5, 2)), 1.5)}


@dataclass(frozen=True)
class Quantity:
    """An information or a complexity over training, in bits."""

    column: str
    label: str
    colour: str = ACCENTS[0]

    @property
    def error(self) -> str:
        """Name of the column of its standard errors."""
        return "tse_standard_error" if self.column == "tse_complexity" else f"{self.column}_error"


HIDDEN_TARGET = Quantity("hidden_target_information", "I(h; y)")
OUTPUT_TARGET = Quantity("output_target_information", "I(o; y)", ACCENTS[2])
HIDDEN_INPUT = Quantity("hidden_input_information", "I(h; x)")
HIDDEN_ABSOLUTE = Quantity("hidden_input_absolute", "I(h; x), fixed noise", ACCENTS[5])
OUTPUT_INPUT = Quantity("output_input_information", "I(o; x)", ACCENTS[2])
COMPLEXITY = Quantity("tse_complexity", "TSE complexity", ACCENTS[3])


def known(results: Results, *quantities: Quantity) -> list[Quantity]:
    """Return the quantities that this run estimated."""
    return [quantity for quantity in quantities if quantity.column in results.planes]


def curve(results: Results, quantity: Quantity) -> pd.DataFrame:
    """Return epoch, bits, standard error (NaN if none) and validity of each point."""
    planes = results.planes
    valid = planes.get(f"{quantity.column}_valid")
    # The error of the published complexity has its own figure (minor result 9).
    error = planes.get(quantity.error) if results.settings.repairs else None
    return pd.DataFrame(
        {
            "epoch": planes["epoch"].to_numpy(),
            "bits": planes[quantity.column].to_numpy(),
            "error": np.nan if error is None else error.to_numpy(),
            "valid": True if valid is None else valid.to_numpy().astype(bool),
        }
    )


def errors(results: Results) -> dict[str, pd.Series]:
    """Return the error by epoch of each part, in normalised units; as published, of all rows."""
    if not results.settings.repairs:
        return {"error": results.indicators.data["error"].to_series()}
    error = results.curves["error"]
    return {
        str(part): error.sel(part=part, drop=True).to_series() for part in error["part"].to_numpy()
    }


def error_curve(results: Results) -> pd.Series:
    """Return the main error: on held-out days, or the published one."""
    found = errors(results)
    return found.get("held-out", next(iter(found.values())))


def followed(results: Results, table: pd.DataFrame) -> pd.DataFrame:
    """Return the snapshots to compare: as published, without epoch 0."""
    if results.settings.repairs:
        return table
    return table[table["epoch"] > 0].reset_index(drop=True)


def curve_table(results: Results, *quantities: Quantity) -> pd.DataFrame:
    """Return curves in their own units: published also scaled, else with errors and checks."""
    if not results.settings.repairs:
        return _published_table(results, *quantities)
    table = pd.DataFrame({"epoch": results.planes["epoch"].to_numpy()})
    for quantity in known(results, *quantities):
        found = curve(results, quantity)
        table[f"{quantity.column}_bits"] = found["bits"]
        if found["error"].notna().any():
            table[f"{quantity.column}_standard_error_bits"] = found["error"]
        table[f"{quantity.column}_valid"] = found["valid"]
    for part, values in errors(results).items():
        name = f"error_{part.replace('-', '_')}_normalised_units"
        table[name] = values.reindex(table["epoch"]).to_numpy()
    return table


def _published_table(results: Results, *quantities: Quantity) -> pd.DataFrame:
    curves = {q.column: curve(results, q)["bits"] for q in known(results, *quantities)}
    scaled = with_scaled(results.planes["epoch"].to_numpy(), curves, scaled_to_range)
    error = {"error": error_curve(results)}
    of_error = with_scaled(scaled["epoch"].to_numpy(), error, scaled_to_range, "normalised_units")
    return scaled.merge(of_error, on="epoch")


def with_scaled(
    epochs: Any,
    curves: Mapping[str, pd.Series],
    scale: Callable[[Floats], Floats],
    unit: str = "bits",
) -> pd.DataFrame:
    """Return curves in their unit and, without epoch 0, scaled."""
    table, trained = pd.DataFrame({"epoch": epochs}), epochs > 0
    for name, curve in curves.items():
        values = curve.to_numpy(float)
        table[f"{name}_{unit}"] = values
        table[f"{name}_scaled"] = np.nan
        table.loc[trained, f"{name}_scaled"] = scale(values[trained])
    return table


def curve_figure(results: Results, title: str, *quantities: Quantity) -> Figure:
    """Draw each curve in its own unit and row, with the error below.

    Published curves are also drawn in one panel, scaled to [0, 1].
    """
    shown, published = known(results, *quantities), not results.settings.repairs
    rows = len(shown) + 1
    figure = new_figure(10.5 if published else 7.5, 1.4 + 1.5 * rows)
    grid = figure.add_gridspec(rows, 1 + published, width_ratios=(1.25, 1.0)[: 1 + published])
    panels: list[Axes] = []
    for row in range(rows):
        panels.append(figure.add_subplot(grid[row, -1], sharex=panels[0] if panels else None))
    for axes, quantity in zip(panels, shown, strict=False):
        information_panel(axes, results, quantity)
    error_panel(panels[-1], results)
    epoch_axis(panels[-1], results, _marks(results, shown))
    for axes in panels[:-1]:
        axes.tick_params(labelbottom=False)
    panels[0].set_title("each in its own unit" if published else title)
    if published:
        _scaled_panel(figure.add_subplot(grid[:, 0]), results, shown, title)
    else:
        fitted = results.settings.fitted_network
        marked = results.study.epoch if fitted else results.best_epoch
        for axes in panels:
            axes.axvline(marked, color=FAINT, lw=1.0, ls=(0, (4, 2)), zorder=0)
    return figure


def _scaled_panel(axes: Axes, results: Results, shown: list[Quantity], title: str) -> None:
    table = followed(results, curve_table(results, *shown))
    looks = [(q.column, q.label, q.colour, "-") for q in shown]
    looks += [("error", "error", _ERROR_COLOUR, (0, (5, 2)))]
    curves = {
        label: Look(table[f"{column}_scaled"], colour, dashes)
        for column, label, colour, dashes in looks
    }
    scaled_panel(axes, table["epoch"], curves)
    axes.set_title(f"{title}: scaled to [0, 1]")


def information_panel(axes: Axes, results: Results, quantity: Quantity) -> None:
    """Draw one curve in bits."""
    found = curve(results, quantity).rename(columns={"bits": "value"})
    curve_panel(axes, found, quantity.colour, f"{quantity.label}\n(bits)")


def error_panel(axes: Axes, results: Results) -> None:
    """Draw the error on training and held-out days, or the published one."""
    found = errors(results)
    for part in [part for part in found if part in _LINES] or list(found):
        line, width = _LINES.get(part, ("-", 1.2))
        values, look = found[part], {"ls": line, "lw": width, "label": part}
        axes.plot(values.index, values.to_numpy(), color=_ERROR_COLOUR, **look)
    axes.set_ylabel("error\n(normalised units)")
    from_zero(axes)
    if len(axes.lines) > 1:
        axes.legend(loc="best", ncols=2)


def _marks(results: Results, shown: list[Quantity]) -> str:
    """Explain bands, hollow points and the dashed line where they occur."""
    found = [curve(results, quantity) for quantity in shown]
    explained = {
        "dashed: analysed epoch": results.settings.fitted_network,
        "dashed: smallest held-out error": (
            bool(results.settings.repairs) and not results.settings.fitted_network
        ),
        "bands: two standard errors": any(table["error"].notna().any() for table in found),
        "hollow: fails a check": not all(table["valid"].all() for table in found),
    }
    return "; ".join(words for words, occurs in explained.items() if occurs)


def epoch_axis(axes: Axes, results: Results, marks: str = "") -> None:
    """Label the epoch axis and explain marks; logarithmic if the run has early snapshots."""
    early = results.recording.epochs[1] < results.study.replication.snapshot_every
    label_epochs(axes, early, marks)


def course_of(values: Floats, epochs: Floats) -> dict[str, float | int]:
    """Return first, last and largest value of a curve with their epochs."""
    places = {"first": 0, "last": -1, "max": int(np.argmax(values))}
    found: dict[str, float | int] = {}
    for name, place in places.items():
        found |= {name: float(values[place]), f"{name}_epoch": int(epochs[place])}
    return found


def curve_facts(results: Results, *quantities: Quantity) -> dict[str, Any]:
    """Return the course of curves, their failed points, and the course of the error."""
    shown = known(results, *quantities)
    tables = [followed(results, curve(results, quantity)) for quantity in shown]
    error = followed(results, error_curve(results).rename_axis("epoch").reset_index(name="error"))
    courses = {
        quantity.column: course_of(table["bits"].to_numpy(float), table["epoch"].to_numpy())
        for quantity, table in zip(shown, tables, strict=True)
    }
    values, epochs = error["error"].to_numpy(float), error["epoch"].to_numpy()
    at = int(np.argmin(values))
    smallest = {"smallest": float(values[at]), "smallest_epoch": int(epochs[at])}
    return {
        **courses,
        "error": course_of(values, epochs) | smallest,
        "points": sum(len(table) for table in tables),
        "failed": sum(int((~table["valid"]).sum()) for table in tables),
        "decoded": decoded(results.settings),
        "training_rows": int(results.planes.attrs["rows"]) if decoded(results.settings) else None,
        "noise": max(results.settings.noise),
    }


# Definitions and estimators of the curves, for captions.
ABOUT_INPUT = """
[decoded] I(h; x) is a lower bound of the information of the hidden layer, with added noise, about
all inputs up to the {day}. The noise is {noise:g} standard deviations of each node; the bound comes
from {training_rows} training {days}.
"""
ABOUT_TARGET = """
[true_targets] The target y is the true target {of_target}.
[decoded] A linear decoder, tested on held-out {days}, gives a lower bound of the information about
y.
[not true_targets] The target y is the final output of the network itself (flaw 1).
"""
CHECKS = """
[failed] Points that fail a check (hollow): {failed} of {points}.
[not failed] No point fails a check.
"""
HELD_OUT = """
[repairs] The held-out error, in normalised units, is smallest at epoch {error[smallest_epoch]},
{error[smallest]:.2f}, and ends at {error[last]:.2f}.
"""


def with_error(results: Results, quantity: Quantity) -> float:
    """Pearson correlation of a curve and the error; NaN if one is constant."""
    found = followed(results, curve(results, quantity)).set_index("epoch")["bits"]
    return correlation(found, error_curve(results).reindex(found.index))


def between(results: Results, one: Quantity, other: Quantity) -> float:
    """Pearson correlation of two curves; NaN if one is constant."""
    curves = [followed(results, curve(results, quantity))["bits"] for quantity in (one, other)]
    return correlation(curves[0], curves[1])
