"""What figures 8 and 9 share: paths through the information plane."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoscope.figures._curves import scaled_to_maximum
from infoscope.figures._labels import name_points
from infoscope.figures._style import FAINT, INK


def plane_table(frame: pd.DataFrame, x: str, y: str) -> pd.DataFrame:
    """Return a path in bits and, but for epoch 0, scaled to a maximum of one."""
    trained = (frame["epoch"] > 0).to_numpy()
    found = pd.DataFrame({"epoch": frame["epoch"]})
    for name, column in (("input_information", x), ("target_information", y)):
        values = frame[column].to_numpy(float)
        scaled = np.full(len(frame), np.nan)
        scaled[trained] = scaled_to_maximum(values[trained])
        found[f"{name}_bits"] = values
        found[f"{name}_scaled"] = scaled
    return found


def layer_plane(figure: Figure, path: pd.DataFrame, unit: str, ceiling_bits: float) -> None:
    """Fill a figure with one path: as published on the left, in bits on the right."""
    left, right = figure.subplots(1, 2)
    points = draw_path(left, path, "scaled")
    left.set_title("as published: scaled to a maximum of 1")
    left.set_xlabel(f"I({unit}; x), scaled")
    left.set_ylabel(f"I({unit}; y), scaled")
    draw_path(right, path, "bits")
    right.set_title("absolute")
    right.set_xlabel(f"I({unit}; x) (bits)")
    right.set_ylabel(f"I({unit}; y) (bits)")
    ceiling(right, ceiling_bits)
    figure.colorbar(points, ax=[left, right], label="epoch", pad=0.02, aspect=30)


def draw_path(axes: Axes, path: pd.DataFrame, kind: str, size: float = 18.0) -> Any:
    """Draw one path, coloured by epoch, its first and last published epoch named."""
    x, y = path[f"input_information_{kind}"], path[f"target_information_{kind}"]
    trained = path["epoch"] > 0
    axes.plot(x[trained], y[trained], color=FAINT, lw=0.8, zorder=1)
    points = axes.scatter(
        x[trained], y[trained], c=path.loc[trained, "epoch"], cmap="viridis", s=size, zorder=2
    )
    if kind == "bits":
        axes.plot(x[~trained], y[~trained], "o", mfc="white", mec=INK, ms=5, zorder=3)
    axes.margins(x=0.12, y=0.08)
    ends = [path.index[0] if kind == "bits" else path.index[trained][0], path.index[-1]]
    name_ends(axes, path["epoch"], x, y, ends)
    return points


def name_ends(axes: Axes, epochs: Any, x: Any, y: Any, ends: list[Any]) -> None:
    """Write the epochs of some points of a path where they cover least of it."""
    chosen = list(dict.fromkeys(ends))
    others = np.column_stack([x, y])
    names = [f"epoch {epochs[place]}" for place in chosen]
    name_points(axes, names, x[chosen], y[chosen], size=8.0, others=others)


def ceiling(axes: Axes, bits: float) -> None:
    """Draw the estimator's ceiling, if the axis reaches it."""
    if axes.get_ylim()[1] >= 0.9 * bits:
        axes.axhline(bits, color=FAINT, lw=1.0, ls=(0, (4, 2)))
        axes.annotate(
            "ceiling", (1.0, bits), xycoords=("axes fraction", "data"), xytext=(-2, -3),
            textcoords="offset points", ha="right", va="top", fontsize=8, color=INK,
        )  # fmt: skip
