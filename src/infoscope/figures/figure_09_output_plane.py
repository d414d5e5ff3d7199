"""Figure 9: path of the output layer through the plane; as published, also of each output."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import _curves
from infoscope.figures._captions import Facts, plain
from infoscope.figures._curves import OUTPUT_INPUT, OUTPUT_TARGET
from infoscope.figures._planes import as_published, path_figure, path_of, plane_table
from infoscope.plots.planes import Path

NAME = "figure-09-output-layer-during-training"

CAPTION = (
    """
Figure 9. The output layer in the information plane. I(o; y) goes
{output_target_information:course}. Its largest fall from an earlier value, in bits, is
{falls:bits:.2f}.
[not true_targets] I(o; y) must end near the ceiling of the estimator, for y is the output itself.
[] I(o; x) goes {output_input_information:course}.
[decoded] I(o; x) is estimated by a linear decoder of the {day}'s input on training {days}. An
output that is a linear function of the input has infinite information about it, and only the ridge
of the decoder keeps the estimate finite: linear functions explain {linear_share[first]:share} of
the variance of the outputs at epoch {linear_share[first_epoch]} and {linear_share[last]:share} at
epoch {linear_share[last_epoch]}.
"""
    + _curves.ABOUT_TARGET
    + _curves.CHECKS
)
CHANGE = """
I(o; y) ends at {output_target_information[last]:.2f} bits, as published at
{published[output_target_information][last]:.2f}.
"""


def facts(results: Results) -> Facts:
    """Return the courses of both informations, and the largest fall of I(o; y)."""
    found = _curves.curve_facts(results, OUTPUT_INPUT, OUTPUT_TARGET)
    falls = {}
    for path in _paths(results):
        bits = _curves.followed(results, path.y)["bits"].to_numpy(float)
        falls[path.title] = {"bits": float(np.max(np.maximum.accumulate(bits) - bits))}
    if found["decoded"]:
        first, last = results.analysed.epochs[0], results.analysed.epochs[-1]
        shares: dict[str, Any] = {
            "first": linear_share(results, first),
            "first_epoch": int(first),
            "last": linear_share(results, last),
            "last_epoch": int(last),
        }
        found["linear_share"] = shares
    return plain(results, **found, falls=falls)


def linear_share(results: Results, epoch: int) -> float:
    """Return the share of output variance explained linearly by the day's input."""
    inputs, outputs = results.analysed.rows("inputs"), results.analysed.rows("outputs", epoch)
    design = np.column_stack([np.ones(len(inputs)), inputs])
    whole = float(outputs.var(axis=0).sum())
    left = outputs - design @ np.linalg.lstsq(design, outputs, rcond=None)[0]
    return 1.0 - float(left.var(axis=0).sum()) / whole if whole > 0.0 else float("nan")


def _paths(results: Results) -> list[Path]:
    """Return the path of the layer and, as published, of each output."""
    layer = path_of(results, "output layer", OUTPUT_INPUT, OUTPUT_TARGET)
    if results.settings.repairs:
        return [layer]
    nodes = results.outputs.to_frame()
    return [
        layer,
        *[_path_of_node(str(name), node) for name, node in nodes.groupby("unit", sort=False)],
    ]


def _path_of_node(name: str, node: pd.DataFrame) -> Path:
    parts = [
        pd.DataFrame({"epoch": node["epoch"], "bits": node[column], "error": np.nan, "valid": True})
        for column in ("input_information", "target_information")
    ]
    x, y = (part.reset_index(drop=True) for part in parts)
    return Path(name, x, y, (OUTPUT_INPUT.label, OUTPUT_TARGET.label))


def table(results: Results) -> pd.DataFrame:
    """Return both informations, in bits; published also of each output, and scaled."""
    if results.settings.repairs:
        return _curves.curve_table(results, OUTPUT_INPUT, OUTPUT_TARGET)
    parts = [plane_table(path).assign(unit=path.title) for path in _paths(results)]
    return pd.concat(parts, ignore_index=True)


def draw(results: Results) -> Figure:
    """Draw a row per path: in bits and, published, scaled next to it."""
    if results.settings.repairs:
        return path_figure(results, [_paths(results)])
    rows = [[as_published(path), path] for path in _paths(results)]
    return path_figure(results, rows, height=3.2, ceiling=True)
