"""Shared by the figures of information planes: paths over training, coloured by epoch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoscope._validate import Floats
from infoscope.analysis.results import Results
from infoscope.figures._curves import Quantity, curve, with_scaled
from infoscope.figures._labels import name_label, name_points
from infoscope.figures._style import FAINT, new_figure


@dataclass(frozen=True)
class Path:
    """A path through the information plane.

    Parameters
    ----------
    title : str
        Of its panel.
    x, y : DataFrame
        Both informations, as `curve` returns them.
    labels : tuple of str
        Of the axes, without unit.
    unit : str
        Suffix of the labels.
    """

    title: str
    x: pd.DataFrame
    y: pd.DataFrame
    labels: tuple[str, str]
    unit: str = " (bits)"


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


def path_panel(axes: Axes, path: Path) -> Any:
    """Draw one path, coloured by the order of the snapshots, with two standard errors as bars."""
    x, y = path.x["bits"].to_numpy(float), path.y["bits"].to_numpy(float)
    axes.plot(x, y, color=FAINT, lw=0.8, zorder=1)
    bars = {"xerr": _bars(path.x), "yerr": _bars(path.y), "ecolor": FAINT, "elinewidth": 0.5}
    axes.errorbar(x, y, ls="", zorder=0, **bars)
    points = axes.scatter(x, y, c=path.x.index, vmin=0, cmap="viridis", s=26, zorder=2)
    failed = ~(path.x["valid"] & path.y["valid"]).to_numpy()
    axes.plot(x[failed], y[failed], "o", ms=3.2, mfc="white", mec="white", zorder=3)
    axes.margins(x=0.14, y=0.1)
    ends = list(dict.fromkeys((0, len(x) - 1)))
    names = [f"epoch {epoch}" for epoch in path.x["epoch"].iloc[ends]]
    name_points(axes, names, x[ends], y[ends], size=8.0, others=np.column_stack([x, y]))
    return points


def _bars(found: pd.DataFrame) -> Any:
    return 2.0 * found["error"] if found["error"].notna().any() else None


def epoch_bar(figure: Figure, points: Any, path: Path, axes: list[Axes]) -> None:
    """Add a colour bar of epochs; colours are evenly spread over the snapshots of a path."""
    epochs = path.x["epoch"].to_numpy()
    bar = figure.colorbar(points, ax=axes, label="epoch", pad=0.02, aspect=30)
    ticks = np.unique(np.linspace(0, len(epochs) - 1, 6).astype(int))
    bar.set_ticks(ticks.tolist(), labels=[str(epochs[tick]) for tick in ticks])


def draw_ceiling(axes: Axes, bits: float) -> None:
    """Draw the largest value that the estimator can return, if the axis reaches it."""
    if axes.get_ylim()[1] >= 0.9 * bits:
        axes.axhline(bits, color=FAINT, lw=1.0, ls=(0, (4, 2)))
        where = axes.get_yaxis_transform()
        axes.text(0.01, bits, "ceiling of the estimator", transform=where, fontsize=8, va="top")
