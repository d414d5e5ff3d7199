"""Shared by the figures of information planes: paths over training, coloured by epoch."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope._validate import Floats
from infoscope.analysis.results import Results
from infoscope.figures._curves import Quantity, curve, with_scaled
from infoscope.plots.labels import name_label
from infoscope.plots.planes import Path, draw_ceiling, epoch_bar, path_panel
from infoscope.plots.style import new_figure


def path_of(results: Results, title: str, across: Quantity, up: Quantity) -> Path:
    """Return the path of two quantities of a layer."""
    return Path(title, curve(results, across), curve(results, up), (across.label, up.label))


def scaled_to_maximum(values: Floats) -> Floats:
    """Scale to a largest value of one; NaN if no value is positive."""
    high = np.nanmax(values)
    return values / high if high > 0.0 else np.full_like(values, np.nan)


def plane_table(path: Path) -> pd.DataFrame:
    """Return a published path in bits and, without epoch 0, scaled to a maximum of one."""
    bits = {"input_information": path.x["bits"], "target_information": path.y["bits"]}
    return with_scaled(path.x["epoch"].to_numpy(), bits, scaled_to_maximum)


def as_published(path: Path) -> Path:
    """Return a path without epoch 0 and scaled to a maximum of one."""
    parts = []
    for informations in (path.x, path.y):
        # Keep the index, which sets the colour of a point.
        trained = informations[informations["epoch"] > 0]
        scaled = scaled_to_maximum(trained["bits"].to_numpy(float))
        parts.append(trained.assign(bits=scaled, valid=True))
    title = f"{path.title}: scaled, as published"
    return Path(title, *parts, labels=path.labels, unit=", scaled")


def path_figure(
    results: Results, rows: Sequence[Sequence[Path]], height: float = 4.3, ceiling: bool = False
) -> Figure:
    """Draw a grid of paths; ``ceiling`` marks the largest value of the estimator."""
    figure = new_figure(1.2 + 4.6 * len(rows[0]), height * len(rows))
    panels = figure.subplots(len(rows), len(rows[0]), squeeze=False)
    points: Any = None
    for axes, path in zip(panels.ravel(), [path for row in rows for path in row], strict=True):
        points = path_panel(axes, path)
        axes.set_title(name_label(path.title))
        axes.set_xlabel(f"{path.labels[0]}{path.unit}")
        bars = "; bars: two standard errors" if path.y["error"].notna().any() else ""
        axes.set_ylabel(f"{path.labels[1]}{path.unit}{bars}")
        if ceiling and path.unit == " (bits)":
            draw_ceiling(axes, results.nodes.ceiling_bits)
    epoch_bar(figure, points, rows[-1][-1], list(panels.ravel()))
    return figure
