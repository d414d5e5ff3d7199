"""How well the network forecasts, beside linear regression and persistence."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.figures._graphs import listed
from infoscope.figures._style import ACCENTS, FAINT, new_figure
from infoscope.replication.results import PublishedResults
from infoscope.weather import CHICAGO_FAHRENHEIT

NAME = "forecast"

_SPLITS = {"train": ("o", ACCENTS[0]), "test": ("D", ACCENTS[1])}


def table(results: PublishedResults) -> pd.DataFrame:
    """Return the mean absolute error per model and split, a column per target."""
    return results.forecast


def draw(results: PublishedResults) -> Figure:
    """Draw one panel per target: a row per model, training and test error as points."""
    found = results.forecast
    models = list(found["model"].unique())
    targets = list(results.windows.target_names)
    figure = new_figure(0.8 + 3.8 * len(targets), 1.2 + 0.5 * len(models))
    panels = figure.subplots(1, len(targets), squeeze=False, sharey=True)[0]
    rows = np.arange(len(models))[::-1]
    for axes, target in zip(panels, targets, strict=True):
        for row in rows:
            axes.axhline(row, color=FAINT, lw=0.5, zorder=0)
        for split, (marker, colour) in _SPLITS.items():
            errors = found[found["split"] == split].set_index("model")[target].reindex(models)
            axes.plot(errors, rows, ls="", marker=marker, color=colour, ms=7, label=split)
        axes.set_yticks(rows, models)
        axes.set_ylim(-0.6, len(models) - 0.4)
        axes.set_xlim(left=0.0 - 0.03 * axes.get_xlim()[1])
        axes.set_title(target)
        axes.set_xlabel(f"mean absolute error{_unit(results, ' (', ')')}")
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=2)
    return figure


def caption(results: PublishedResults) -> str:
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
        f"{_unit(results, 'in ', ' ')}on test windows, {listed(parts)}. The random split leaks: "
        "the days of a test window are inputs and targets of training windows (flaw 2), so this "
        f"is no measure of skill.{remark}"
    )


def _unit(results: PublishedResults, before: str, after: str) -> str:
    ours = results.settings.data == "chicago"
    known = ours and set(results.windows.target_names) <= set(CHICAGO_FAHRENHEIT)
    return f"{before}°F{after}" if known else ""
