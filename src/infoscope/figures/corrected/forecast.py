"""The forecast, corrected: held-out years instead of days between training days."""

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import forecast as published_figure
from infoscope.figures._graphs import listed, number
from infoscope.figures.forecast import model_name, unit_of

NAME = f"{published_figure.NAME}-corrected"


def table(results: Results) -> pd.DataFrame:
    """Return the mean absolute error per model and split, a column per target."""
    return results.forecast


def draw(results: Results) -> Figure:
    """Draw one panel per target: a row per model, training and held-out error as points."""
    return published_figure.error_figure(
        results, {"train": "training days", "test": "held-out days"}
    )


def caption(results: Results) -> str:
    """State the held-out errors."""
    targets = list(results.windows.target_names)
    parts = [
        f"{model_name(str(model))} {' and '.join(f'{float(row[t]):.2f}' for t in targets)}"
        for model, row in _held_out(results).iterrows()
    ]
    skill = results.curves["skill"].sel(part="held-out").to_series()
    return (
        f"Forecast a day ahead of {listed(targets)}: mean absolute error "
        f"{unit_of(results, 'in ', ' ')}on held-out days, {listed(parts)}. The network's skill on "
        "them, 1 less its mean squared error over that of forecasting the training mean, is "
        f"{number(float(skill.max()))} at best, at epoch {skill.idxmax()}{_end(skill)}."
    )


def changed(published: Results, results: Results) -> str:
    """Compare the network's errors on days it was not to see."""
    target = published.windows.target_names[0]
    before = published.forecast[published.forecast["split"] == "test"].set_index("model")
    after, persistence = (
        float(_held_out(results)[target][model]) for model in ("network", "persistence")
    )
    where = (
        "on a later block of days" if results.settings.blocked_split else "still split at random"
    )
    verdict = "better" if after < persistence else "worse"
    unit = unit_of(results, " ", "")
    return (
        f"The error of {target} is {float(before[target]['network']):.2f}{unit} as published and "
        f"{after:.2f}{unit} {where}, {verdict} than persistence ({persistence:.2f}{unit})."
    )


def _held_out(results: Results) -> pd.DataFrame:
    test = results.forecast[results.forecast["split"] == "test"].set_index("model")
    return test.drop(columns="split")


def _end(skill: pd.Series) -> str:
    if skill.idxmax() == skill.index[-1]:
        return ", the last"
    return f", and {number(float(skill.iloc[-1]))} at epoch {skill.index[-1]}, the last"
