"""Panels of information planes: paths over training, coloured by epoch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoscope.plots.canvas import canvas, caption, figure_of
from infoscope.plots.labels import name_label, name_points
from infoscope.plots.nodes import MOST_NAMES, draw_nodes, role_key, role_marker
from infoscope.plots.style import FAINT

# Nodes with names among too many to name.
_FEW_NAMES = 10
_COLUMNS = ["input_information", "target_information"]
_LABELS = ("information about the input (bits)", "information about the target (bits)")


@dataclass(frozen=True)
class Path:
    """A path through the information plane.

    Parameters
    ----------
    title : str
        Of its panel.
    x, y : DataFrame
        Both informations: epoch, bits, standard error (NaN if none) and validity of each point.
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


def path_panel(axes: Axes, path: Path, marker: str = "o", name: str = "") -> Any:
    """Draw one path, coloured by the order of the snapshots, with two standard errors as bars.

    The first and last point are named by their epoch, after ``name``.
    """
    x, y = path.x["bits"].to_numpy(float), path.y["bits"].to_numpy(float)
    axes.plot(x, y, color=FAINT, lw=0.8, zorder=1)
    bars = {"xerr": _bars(path.x), "yerr": _bars(path.y), "ecolor": FAINT, "elinewidth": 0.5}
    axes.errorbar(x, y, ls="", zorder=0, **bars)
    points = axes.scatter(
        x, y, c=path.x.index, vmin=0, cmap="viridis", s=26, zorder=2, marker=marker
    )
    failed = ~(path.x["valid"] & path.y["valid"]).to_numpy()
    axes.plot(x[failed], y[failed], "o", ms=3.2, mfc="white", mec="white", zorder=3)
    axes.margins(x=0.14, y=0.1)
    ends = list(dict.fromkeys((0, len(x) - 1)))
    names = [f"{name}epoch {epoch}" for epoch in path.x["epoch"].iloc[ends]]
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


def plot_paths(paths: Mapping[str, pd.DataFrame], ceiling: float, ax: Any) -> Figure:
    """Draw the path of each unit, on given axes or in a new figure.

    ``paths`` maps a unit to its epoch, role, input_information, target_information and valid.
    """
    with canvas(ax, 6.6, 5.0) as axes:
        points, last, lost, failed = None, None, 0, False
        for unit, table in paths.items():
            shown = _finite(table)
            lost, failed = lost + len(table) - len(shown), failed or not shown["valid"].all()
            if shown.empty:
                continue
            sides = [
                shown[["epoch", "valid"]].assign(bits=shown[name], error=np.nan)
                for name in _COLUMNS
            ]
            last = Path(unit, *sides, labels=_LABELS)
            marker = role_marker(str(shown["role"].iloc[0]))
            points = path_panel(axes, last, marker, f"{name_label(unit)}, ")
        if points is not None and last is not None:
            epoch_bar(figure_of(axes), points, last, [axes])
        words = ["hollow: fails a check"] if failed else []
        words += [f"{lost} points with infinite information are not shown"] if lost else []
        _finish(axes, "Information plane", ceiling, words)
        return figure_of(axes)


def plot_nodes(points: pd.DataFrame, title: str, ceiling: float, ax: Any) -> Figure:
    """Draw nodes (node, role and both informations) in one snapshot.

    Of more nodes than can be named, those with the most information about the target are.
    """
    with canvas(ax, 6.6, 5.0) as axes:
        shown = _finite(points)
        largest = shown["target_information"].rank(method="first", ascending=False)
        named = largest <= (MOST_NAMES if len(shown) <= MOST_NAMES else _FEW_NAMES)
        draw_nodes(axes, shown, _COLUMNS, named)
        lost = len(points) - len(shown)
        words = [f"{lost} nodes with infinite information are not shown"] if lost else []
        words += [] if named.all() else [f"named: the {_FEW_NAMES} with most about the target"]
        _finish(axes, title, ceiling, [role_key(list(shown["role"])), *words])
        return figure_of(axes)


def plot_path(path: Path, ceiling: float, words: list[str], ax: Any) -> Figure:
    """Draw one path with two standard errors as bars, on given axes or in a new figure."""
    with canvas(ax, 6.6, 5.0) as axes:
        points = path_panel(axes, path)
        epoch_bar(figure_of(axes), points, path, [axes])
        if np.isfinite(ceiling):
            draw_ceiling(axes, ceiling)
        axes.set_title(path.title)
        axes.set_ylabel(path.labels[1] + path.unit)
        failed = not (path.x["valid"] & path.y["valid"]).all()
        barred = any(side["error"].notna().any() for side in (path.x, path.y))
        words = [*words, "bars: two standard errors" if barred else ""]
        caption(axes, path.labels[0] + path.unit, [*words, "hollow: fails a check" * failed])
        return figure_of(axes)


def _finite(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with both informations finite."""
    return table.loc[table[_COLUMNS].abs().max(axis=1, skipna=False) < np.inf]


def _finish(axes: Axes, title: str, ceiling: float, words: list[str]) -> None:
    if np.isfinite(ceiling):
        draw_ceiling(axes, ceiling)
    axes.set_title(title)
    axes.set_ylabel(_LABELS[1])
    caption(axes, _LABELS[0], words)
