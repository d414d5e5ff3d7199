"""Forecast error of the network, next to linear regression, persistence and other baselines."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._captions import Facts, plain
from infoscope.plots.labels import name_label
from infoscope.plots.nodes import named_rows
from infoscope.plots.style import ACCENTS, new_figure

NAME = "forecast"

CAPTION = """
Forecast {ahead}. The mean absolute error of {targets} on {test}{in_unit} is {models:in_words}.
[not blocked_split] The split at random leaks: the days of a test window are inputs and targets of
training windows (flaw 2), so this error measures no skill.
[overdetermined] Linear regression has {coefficients} coefficients for {trained} training windows,
so it fits them without error and forecasts their noise.
[repairs] The skill of the network on held-out {days} is one minus the ratio of its mean squared
error and the error of the training mean. It is largest at epoch {skill[best_epoch]},
{skill[best]:.2f}, and ends at {skill[last]:.2f}.
"""
CHANGE = """
The network's error of {target} is {published[network]:.2f}{unit} as published and
{network:.2f}{unit} on {test}, where persistence has {persistence:.2f}{unit}.
"""
# Colour, marker and offset in the row, so that equal errors do not hide one another.
_SPLITS = {"train": ("o", ACCENTS[0], 0.1), "test": ("D", ACCENTS[1], -0.1)}


def facts(results: Results) -> Facts:
    """Return the test errors of all models, and the skill of the network."""
    test = results.forecast[results.forecast["split"] == "test"].set_index("model")
    targets = list(results.windows.target_names)
    unit = results.study.replication.data_set.unit(targets)
    models = {
        _model_name(str(model)): {
            "errors": {target: float(row[target]) for target in targets},
            "in_words": " and ".join(f"{float(row[target]):.2f}" for target in targets),
        }
        for model, row in test.iterrows()
    }
    persistence = models.get("persistence")  # a task has none
    coefficients = 1 + int(np.prod(results.windows.inputs.shape[1:]))
    trained = int((~results.windows.is_test).sum())
    return plain(
        results,
        targets=targets,
        target=targets[0],
        unit=f" {unit}" if unit else "",
        in_unit=f" ({unit})" if unit else "",
        test=_split_names(results)["test"],
        models=models,
        network=models["network"]["errors"][targets[0]],
        persistence=None if persistence is None else persistence["errors"][targets[0]],
        coefficients=coefficients,
        trained=trained,
        overdetermined="linear regression" in models and coefficients >= trained,
        skill=_skill(results) if results.settings.repairs else None,
    )


def _skill(results: Results) -> dict[str, float | int]:
    skill = results.curves["skill"].sel(part="held-out").to_series()
    return {
        "best": float(skill.max()),
        "best_epoch": int(skill.idxmax()),  # pyright: ignore[reportArgumentType]
        "last": float(skill.iloc[-1]),
    }


def _split_names(results: Results) -> dict[str, str]:
    if results.settings.in_blocks:
        days = results.study.replication.data_set.words.days
        return {"train": f"training {days}", "test": f"held-out {days}"}
    return {"train": "training windows", "test": "test windows"}


def _model_name(model: str) -> str:
    """Return a model's display name; by default a network restarts in each window."""
    return {"network, run through": "network without restarts"}.get(model, model)


def table(results: Results) -> pd.DataFrame:
    """Return the mean absolute error per model and split, a column per target."""
    return results.forecast


def draw(results: Results) -> Figure:
    """Draw one panel per target: a row per model, the error of each split as a point."""
    errors, splits, unit = results.forecast, _split_names(results), facts(results)["in_unit"]
    models = list(errors["model"].unique())
    targets = list(results.windows.target_names)
    figure = new_figure(0.8 + 3.8 * len(targets), 1.2 + 0.5 * len(models))
    panels = figure.subplots(1, len(targets), squeeze=False, sharex=True, sharey=True)[0]
    for axes, target in zip(panels, targets, strict=True):
        rows = named_rows(axes, [_model_name(str(model)) for model in models])
        for split, (marker, colour, above) in _SPLITS.items():
            here = errors[errors["split"] == split].set_index("model")[target].reindex(models)
            axes.plot(here, rows + above, marker, color=colour, ms=7, label=splits[split])
        axes.set_title(name_label(target))
        axes.set_xlabel(f"mean absolute error{unit}")
    largest = float(errors[targets].to_numpy().max())
    panels[0].set_xlim(-0.03 * largest, 1.05 * largest)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=2)
    return figure
