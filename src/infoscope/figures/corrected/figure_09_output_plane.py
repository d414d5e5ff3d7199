"""Figure 9, corrected: the output layer, against the true targets."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import figure_09_output_plane as published_figure
from infoscope.figures._graphs import listed, number, percent
from infoscope.figures.corrected._curves import (
    OUTPUT_INPUT,
    OUTPUT_TARGET,
    about_target,
    course,
    curve,
    curve_table,
    decoded,
    failing,
    path_figure,
)

NAME = f"{published_figure.NAME}-corrected"


def table(results: Results) -> pd.DataFrame:
    """Return both informations of the output layer, in bits."""
    return curve_table(results, OUTPUT_INPUT, OUTPUT_TARGET)


def draw(results: Results) -> Figure:
    """Draw the path of the output layer."""
    return path_figure(results, {"output layer": OUTPUT_INPUT}, OUTPUT_TARGET, ("I(o; x)",))


def caption(results: Results) -> str:
    """State how I(o; y) moves and its largest fall, and what the level of I(o; x) is worth."""
    return (
        f"I(o; y) {about_target(results)} goes {course(results, OUTPUT_TARGET)}; its largest "
        f"fall from an earlier value is {number(_fall(results))} bits. I(o; x) goes "
        f"{course(results, OUTPUT_INPUT)}{_linear(results)}. "
        f"{failing(results, OUTPUT_INPUT, OUTPUT_TARGET)}."
    )


def changed(published: Results, results: Results) -> str:
    """Compare where I(o; y) ends."""
    before = published.indicators.data["output_target_information"].to_numpy()
    after = curve(results, OUTPUT_TARGET)["bits"].to_numpy()
    against = "the true targets" if results.settings.true_targets else "the final outputs, still,"
    return (
        f"Against {against} I(o; y) ends at {number(after[-1])} bits, "
        f"{number(after.max() - after[-1])} below its largest value; as published, the outputs "
        f"against themselves, it ends at {number(before[-1])}."
    )


def _linear(results: Results) -> str:
    """Say of how little I(o; x) speaks where outputs are linear functions of the day's input."""
    if not decoded(results):
        return ""
    ends = (results.analysed.epochs[0], results.analysed.epochs[-1])
    shares = [f"{percent(linear_share(results, e))} at epoch {e}" for e in ends]
    return (
        ", as a linear decoder of the day's input finds on training days. This is no amount that "
        "was learned: an output that is a linear function of the day's input tells one "
        "combination of it without bound, and only the decoder's ridge keeps the number finite. "
        f"Of the outputs' variance linear functions explain {listed(shares)}"
    )


def linear_share(results: Results, epoch: int) -> float:
    """Return how much of the outputs' variance a linear function of the day's input explains."""
    inputs, outputs = results.analysed.rows("inputs"), results.analysed.rows("outputs", epoch)
    design = np.column_stack([np.ones(len(inputs)), inputs])
    whole = float(outputs.var(axis=0).sum())
    left = outputs - design @ np.linalg.lstsq(design, outputs, rcond=None)[0]
    return 1.0 - float(left.var(axis=0).sum()) / whole if whole > 0.0 else float("nan")


def _fall(results: Results) -> float:
    bits = curve(results, OUTPUT_TARGET)["bits"].to_numpy()
    return float(np.max(np.maximum.accumulate(bits) - bits))
