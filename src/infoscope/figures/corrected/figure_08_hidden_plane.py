"""Figure 8, corrected: what a noisy hidden layer keeps of its history, and tells of the target."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import figure_08_hidden_plane as published_figure
from infoscope.figures._graphs import number
from infoscope.figures.corrected._curves import (
    HIDDEN_ABSOLUTE,
    HIDDEN_INPUT,
    HIDDEN_TARGET,
    about_history,
    about_target,
    course,
    curve_table,
    decoded,
    failing,
    known,
    path_figure,
)
from infoscope.learning.phases import compression

NAME = f"{published_figure.NAME}-corrected"


def table(results: Results) -> pd.DataFrame:
    """Return the informations of the hidden layer, in bits."""
    return curve_table(results, HIDDEN_INPUT, HIDDEN_ABSOLUTE, HIDDEN_TARGET)


def draw(results: Results) -> Figure:
    """Draw the path with noise that grows with the activations, and with fixed noise."""
    if not known(results, HIDDEN_ABSOLUTE):
        return path_figure(results, {"hidden layer": HIDDEN_INPUT}, HIDDEN_TARGET, ("I(h; x)",))
    sigma = max(results.settings.noise)
    across = {
        f"noise of {sigma:g} standard deviations": HIDDEN_INPUT,
        f"fixed noise of {sigma:g}": HIDDEN_ABSOLUTE,
    }
    return path_figure(results, across, HIDDEN_TARGET, ("I(h; x)", "I(h; x), fixed noise"))


def caption(results: Results) -> str:
    """State how both informations move, and whether the one about the input falls."""
    said = f"I(h; x) {about_history(results)} goes {course(results, HIDDEN_INPUT)}"
    if decoded(results):
        said += (
            f" (the upper bound from {_upper(results)}). With noise of "
            f"{max(results.settings.noise):g} in the unit of the activations it goes "
            f"{course(results, HIDDEN_ABSOLUTE)}"
        )
    return (
        f"{said}. I(h; y) {about_target(results)} goes {course(results, HIDDEN_TARGET)}. "
        f"{_falls(results)}{failing(results, HIDDEN_INPUT, HIDDEN_ABSOLUTE, HIDDEN_TARGET)}."
    )


def changed(published: Results, results: Results) -> str:
    """Say whether the published rise is one of scale."""
    before = published.indicators.data["hidden_input_information"].to_numpy()
    after = results.planes["hidden_input_information"].to_numpy()
    first, last = int(results.curves["epoch"][0]), int(results.curves["epoch"][-1])
    spread = results.curves["spread"].sel(part="held-out").to_numpy()
    grown = spread[-1] / spread[0] if spread[0] > 0.0 else np.nan
    free = "does not" if results.settings.free_of_scale else "still does"
    return (
        f"From epoch {first} to {last} the activations become {number(grown, 0)} times as large; "
        f"I(h; x) changes by {number(before[-1] - before[0])} bits as published and by "
        f"{number(after[-1] - after[0])} bits here, where it {free} depend on their size."
    )


def _upper(results: Results) -> str:
    """Return where the upper bound of the information about the history starts and ends."""
    place = {"sigma": max(results.settings.noise), "policy": "relative"}
    upper = results.planes["probe_upper"].sel(place).to_numpy()
    return f"{number(upper[0])} to {number(upper[-1])}"


def _falls(results: Results) -> str:
    """Say whether what the layer tells of the input falls after its maximum: a compression."""
    planes = results.planes
    if "probe_lower_replicates" not in planes:
        return ""
    place = {"sigma": max(results.settings.noise)}
    found = compression(
        planes["probe_lower"].sel(place), planes["probe_lower_replicates"].sel(place)
    )["compresses"]
    relative, absolute = (bool(found.sel(policy=name)) for name in ("relative", "absolute"))
    if relative == absolute:
        both = "Both fall" if relative else "Neither falls"
        said = f"{both} after its maximum"
    else:
        one, other = "noise in standard deviations", "fixed noise"
        if absolute:
            one, other = other, one
        said = f"With {one} I(h; x) falls after its maximum, with {other} it does not"
    return f"{said} (by more than 5% of its rise, at 95%, leaving out blocks of days in turn). "
