"""How well the network forecasts, beside linear regression and persistence."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._graphs import listed
from infoscope.figures._labels import name_label
from infoscope.figures._style import ACCENTS, FAINT, new_figure
from infoscope.weather.datasets import unit_of as known_unit

NAME = "forecast"

# Colour, shape and place on the row: errors that are alike would hide one another.
_SPLITS = {"train": ("o", ACCENTS[0], 0.1), "test": ("D", ACCENTS[1], -0.1)}


def table(results: Results) -> pd.DataFrame:
    """Return the mean absolute error per model and split, a column per target."""
    return results.forecast


def draw(results: Results) -> Figure:
    """Draw one panel per target: a row per model, training and test error as points."""
    return error_figure(results, {"train": "training windows", "test": "test windows"})


def error_figure(results: Results | Results, splits: Mapping[str, str]) -> Figure:
    """Draw one panel per target: a row per model, the error of each split as a point."""
    found = results.forecast
    models = list(found["model"].unique())
    targets = list(results.windows.target_names)
    figure = new_figure(0.8 + 3.8 * len(targets), 1.2 + 0.5 * len(models))
    panels = figure.subplots(1, len(targets), squeeze=False, sharex=True, sharey=True)[0]
    rows = np.arange(len(models))[::-1]
    for axes, target in zip(panels, targets, strict=True):
        for row in rows:
            axes.axhline(row, color=FAINT, lw=0.5, zorder=0)
        for split, (marker, colour, above) in _SPLITS.items():
            errors = found[found["split"] == split].set_index("model")[target].reindex(models)
            axes.plot(
                errors, rows + above, ls="", marker=marker, color=colour, ms=7, label=splits[split]
            )
        axes.set_title(name_label(target))
        axes.set_xlabel(f"mean absolute error{unit_of(results, ' (', ')')}")
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
    # In every panel: the axes are shared.
    largest = float(found[targets].to_numpy().max())
    panels[0].set_xlim(-0.03 * largest, 1.05 * largest)
    panels[0].set_yticks(rows, [model_name(str(model)) for model in models])
    panels[0].set_ylim(-0.6, len(models) - 0.4)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=2)
    return figure


def caption(results: Results) -> str:
    """State the test errors, and what they are worth."""
    test = results.forecast[results.forecast["split"] == "test"].set_index("model")
    targets = list(results.windows.target_names)
    parts = []
    for model, row in test.iterrows():
        errors = " and ".join(f"{float(row[target]):.2f}" for target in targets)
        parts.append(f"{model} {errors}")
    coefficients = 1 + int(np.prod(results.windows.inputs.shape[1:]))
    trained = int((~results.windows.is_test).sum())
    if coefficients >= trained:
        remark = (
            f" Linear regression has {coefficients} coefficients for {trained} training windows: "
            "it fits them without error, and forecasts with their noise."
        )
    else:
        remark = ""
    return (
        f"Forecast a day ahead of {listed(targets)}: mean absolute error "
        f"{unit_of(results, 'in ', ' ')}on test windows, {listed(parts)}. The random split leaks: "
        "the days of a test window are inputs and targets of training windows (flaw 2), so this "
        f"is no measure of skill.{remark}"
    )


def model_name(model: str) -> str:
    """Return what a model is called for a reader; by itself, a network begins each window anew."""
    return {"network, run through": "network without restarts"}.get(model, model)


def unit_of(results: Results | Results, before: str, after: str) -> str:
    """Return the unit of the targets between two texts, or nothing if it is not known."""
    unit = known_unit(results.settings.data, results.windows.target_names)
    return f"{before}{unit}{after}" if unit else ""
