"""Figure 9: the output layer, and each output, in the information plane during training."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._curves import OUTPUT_INPUT, OUTPUT_TARGET, change, course, published
from infoscope.figures._graphs import listed
from infoscope.figures._labels import name_label
from infoscope.figures._planes import ceiling, draw_path, plane_table
from infoscope.figures._style import new_figure

NAME = "figure-09-output-layer-during-training"


def table(results: Results) -> pd.DataFrame:
    """Return both informations of layer and outputs in every snapshot, in bits and scaled."""
    layer = plane_table(results.indicators.to_frame(), OUTPUT_INPUT.column, OUTPUT_TARGET.column)
    parts = [layer.assign(unit="output layer")]
    nodes = results.outputs.to_frame()
    for name, path in nodes.groupby("unit", sort=False):
        path = path.reset_index(drop=True)
        parts.append(plane_table(path, "input_information", "target_information").assign(unit=name))
    return pd.concat(parts, ignore_index=True)


def draw(results: Results) -> Figure:
    """Draw one column per path: as published above, in bits below."""
    paths = list(table(results).groupby("unit", sort=False))
    figure = new_figure(1.2 + 3.6 * len(paths), 6.6)
    panels = figure.subplots(2, len(paths), squeeze=False)
    for column, (name, path) in zip(panels.T, paths, strict=True):
        path = path.reset_index(drop=True)
        draw_path(column[0], path, "scaled", 12.0)
        draw_path(column[1], path, "bits", 12.0)
        ceiling(column[1], results.nodes.ceiling_bits)
        column[0].set_title(name_label(name))
        column[0].set_xlabel("I(o; x), scaled to a maximum of 1")
        column[1].set_xlabel("I(o; x) (bits)")
        column[0].set_ylabel("I(o; y), scaled")
        column[1].set_ylabel("I(o; y) (bits)")
    figure.colorbar(
        panels[0, 0].collections[0], ax=list(panels.ravel()), label="epoch", pad=0.02, aspect=40
    )
    return figure


def caption(results: Results) -> str:
    """State how I(o; y) moves, and its largest fall."""
    about_target = course(results, OUTPUT_TARGET)
    falls = [("the layer", published(results)[OUTPUT_TARGET.column].to_numpy())]
    nodes = results.outputs.to_frame()
    nodes = nodes[nodes["epoch"] > 0]
    for name, path in nodes.groupby("unit", sort=False):
        falls.append((str(name), path["target_information"].to_numpy()))
    largest = [f"{_largest_fall(values):.2f} bits ({name})" for name, values in falls]
    return (
        f"Figure 9. I(o; y) of the layer goes {change(about_target)}; its largest fall from an "
        f"earlier value is {listed(largest)}. It must end near the estimator's ceiling, "
        f"{results.nodes.ceiling_bits:.2f} bits, because y is the final output itself (flaw 1)."
    )


def _largest_fall(values: np.ndarray) -> float:
    return float(np.max(np.maximum.accumulate(values) - values))
