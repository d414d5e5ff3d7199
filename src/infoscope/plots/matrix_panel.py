"""The panel of a matrix between nodes: rows send, columns receive.

Colours of signed values differ in lightness on both sides of 0, so that the sign survives in grey:
lighter than the middle is negative, darker positive.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from infoscope._validate import Floats
from infoscope.plots.canvas import inches_of
from infoscope.plots.labels import name_label
from infoscope.plots.nodes import present_roles, role_colour, role_legend
from infoscope.plots.style import INK

# Lightness (CIE L*) falls all the way: 90, 67, 13. Blue and yellow differ for every colour vision.
SIGNED = LinearSegmentedColormap.from_list(
    "signed", ["#FFE23D", "#D8C67F", "#A6A39F", "#5F6E99", "#0B1F4B"]
)
SIZES = LinearSegmentedColormap.from_list(
    "sizes", ["#F4F3EF", "#BFC9D9", "#7C93BC", "#37568F", "#0B1F4B"]
)
# Distance of the bars of roles from the matrix, and of the edge of the panel, in shares of its
# width.
_BAR, _EDGE = 0.02, 0.1 / 3.0
# Share of values within the range of colours: a few extremes would hide all others.
_RANGE = 0.99
# Smallest cell, in points, whose name is written.
_LEAST_CELL = 6.2
# Smallest cell, in points, that can hold a mark; opacity of the veil over unmarked smaller ones.
_LEAST_MARKED, _VEIL = 2.2, 0.75
_FEWEST_TICKS = 12
_LONGEST_NAME = 18
# Lightness below which marks are white.
_DARK = 0.5
_HATCHED = {"facecolor": "#EEEEEE", "edgecolor": "#8A8A8A", "linewidth": 0.0, "hatch": "//////"}


@dataclass(frozen=True)
class Mark:
    """Cells to mark, by a disc or a ring.

    Parameters
    ----------
    name : str
        What they are.
    cells : array of bool (source, target)
        Which.
    filled : bool
        Disc or ring.
    """

    name: str
    cells: NDArray[np.bool_]
    filled: bool = True

    @property
    def in_words(self) -> str:
        """Name and number of cells, for a caption."""
        return f"{self.name} ({int(self.cells.sum())})"


def limits_of(values: Floats, signed: bool) -> tuple[float, float]:
    """Return the range of colours, of most values: from 0, or symmetric about 0 if signed."""
    sizes = np.abs(values[np.isfinite(values)])
    largest = float(np.quantile(sizes, _RANGE, method="higher")) if len(sizes) else 0.0
    largest = largest or float(sizes.max(initial=0.0)) or 1.0
    return (-largest if signed else 0.0), largest


def matrix_panel(
    axes: Axes,
    values: Floats,
    names: Sequence[object],
    roles: Sequence[str],
    *,
    label: str,
    signed: bool = True,
    blank: NDArray[np.bool_] | None = None,
    blank_means: str = "",
    marks: Sequence[Mark] = (),
) -> list[str]:
    """Draw a matrix (source, target); return what its hatching, blanks and marks mean.

    NaN is hatched, and left blank where ``blank`` is True, which the diagonal always is.
    """
    limits = limits_of(values, signed)
    image = heat_map(axes, values, SIGNED if signed else SIZES, limits)
    known = ~np.isnan(values)
    empty = np.zeros(values.shape, bool) if blank is None else blank & ~known
    hatched = ~known & ~empty
    hatch(axes, hatched)
    words = mark_all(axes, marks, image.cmap(image.norm(values)), known)
    role_frame(axes, roles)
    _name_cells(axes, names)
    if len(set(roles)) > 1 and not _named_by_role(axes, roles):
        where = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "borderaxespad": 0.1}
        role_legend(axes, roles, handletextpad=0.1, columnspacing=1.0, **where)
    colour_bar(axes, image, label, _beyond(values, limits))
    words += ["hatched: not estimable"] if hatched.any() else []
    off_diagonal = empty & ~np.eye(len(empty), dtype=bool)
    return words + ([f"blank: {blank_means}"] if off_diagonal.any() else [])


def _beyond(values: Floats, limits: tuple[float, float]) -> str:
    """Return at which ends values exceed the range of colours."""
    known = values[~np.isnan(values)]
    ends = bool((known < limits[0]).any()), bool((known > limits[1]).any())
    return {(True, True): "both", (True, False): "min", (False, True): "max"}.get(ends, "neither")


def heat_map(axes: Axes, values: Floats, colours: Any, limits: tuple[float, float | None]) -> Any:
    """Draw a matrix as an image; NaN stays transparent."""
    return axes.imshow(values, cmap=colours, vmin=limits[0], vmax=limits[1], interpolation="none")


def colour_bar(axes: Axes, image: Any, label: str, extend: str) -> None:
    """Add a colour bar, pointed at its end or ends beyond which there are values."""
    figure: Any = axes.figure
    figure.colorbar(image, ax=axes, label=label, shrink=0.8, extend=extend)


def role_frame(axes: Axes, roles: Sequence[str]) -> None:
    """Draw a bar for each stretch of nodes of one role, and lines between stretches.

    Ticks name the roles if each has one stretch.
    """
    n = len(roles)
    given = np.array(roles, object)
    cuts = np.flatnonzero(given[1:] != given[:-1]) + 1
    stretches = [(a, b - 1) for a, b in zip([0, *cuts], [*cuts, n], strict=True)] if n else []
    bar = -0.5 - _BAR * n
    ticks: dict[float, str] = {}
    for role in present_roles(roles):
        for first, last in stretches:
            if given[first] == role:
                edge: Any = (first - 0.5, last + 0.5)
                axes.plot([bar, bar], edge, color=role_colour(role), lw=4, clip_on=False)
                axes.plot(edge, [bar, bar], color=role_colour(role), lw=4, clip_on=False)
                # Few nodes leave no room for whole words of adjacent roles.
                short = role if last - first + 1 > 0.1 * n else role[:3]
                ticks[0.5 * (first + last)] = short
    if len(stretches) == len(set(roles)):
        for at in cuts - 0.5:
            axes.axhline(at, color=INK, lw=0.5)
            axes.axvline(at, color=INK, lw=0.5)
    else:
        ticks = {}
    edge_of_panel = -0.5 - max(_EDGE * n, 0.1)
    axes.set_xlim(edge_of_panel, n - 0.5)
    axes.set_ylim(n - 0.5, edge_of_panel)
    axes.set_xticks(list(ticks), list(ticks.values()))
    axes.set_yticks(list(ticks), list(ticks.values()), rotation=90, va="center")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _name_cells(axes: Axes, names: Sequence[object]) -> None:
    """Name every row and column if there is room; otherwise keep roles, or name some."""
    cell = _cell(axes, len(names))
    step = 1
    if cell < _LEAST_CELL:
        if len(axes.get_xticks()) > 1:
            return
        step = int(np.ceil(len(names) / _FEWEST_TICKS))
    places = range(0, len(names), step)
    labels = [name_label(names[place], _LONGEST_NAME) for place in places]
    size = float(np.clip(0.8 * cell * step, 4.5, 9.0))
    axes.set_xticks(places, labels, rotation=90 if len(names) > 4 else 0, fontsize=size)
    axes.set_yticks(places, labels, rotation=0, va="center", fontsize=size)


def _named_by_role(axes: Axes, roles: Sequence[str]) -> bool:
    """Return whether the ticks name the roles."""
    return len(axes.get_xticks()) == len(set(roles)) != len(roles)


def _cell(axes: Axes, n: int) -> float:
    """Return about how many points a cell measures."""
    return 72.0 * min(inches_of(axes)) / max(n, 1)


def hatch(axes: Axes, cells: NDArray[np.bool_]) -> None:
    """Hatch cells, as one patch."""
    corners: list[tuple[float, float]] = []
    for row, line in enumerate(cells):
        # Stretches of neighbours, for whole rows may be hatched.
        edges = np.flatnonzero(np.diff(np.concatenate([[False], line, [False]]).astype(np.int8)))
        for first, last in edges.reshape(-1, 2) - 0.5:
            low, high = row - 0.5, row + 0.5
            corners += [(first, low), (last, low), (last, high), (first, high), (first, low)]
    if corners:
        codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
        path = Path(corners, np.tile(codes, len(corners) // 5))
        axes.add_patch(PathPatch(path, gid="not estimable", **_HATCHED))


def mark_all(
    axes: Axes, marks: Sequence[Mark], colours: Any, known: NDArray[np.bool_]
) -> list[str]:
    """Mark cells; if they are too small for marks, make all others pale. Return what it means."""
    if not marks or _cell(axes, len(known)) >= _LEAST_MARKED:
        for mark in marks:
            mark_cells(axes, mark, colours)
        return [f"{'●' if mark.filled else '○'} {mark.in_words}" for mark in marks]
    veil = np.ones((*known.shape, 4))
    veil[..., 3] = _VEIL * (known & ~np.logical_or.reduce([mark.cells for mark in marks]))
    axes.imshow(veil, interpolation="none", gid="veil")
    return [f"in full colour: {', '.join(mark.in_words for mark in marks)}", "pale: others"]


def mark_cells(axes: Axes, mark: Mark, colours: Any) -> None:
    """Mark cells, in white on dark ones; discs of small cells fill most of them."""
    rows, columns = np.nonzero(mark.cells)
    cell = _cell(axes, len(mark.cells))
    size = float(np.clip(0.38 * cell, 0.8, 7.0))
    lightness = colours[rows, columns, :3] @ np.array([0.2126, 0.7152, 0.0722])
    ink: Any = np.where(lightness < _DARK, "white", INK)
    # A ring too small to be seen as one is a smaller disc.
    filled = mark.filled or size < 2.5
    area = size**2 * (1.0 if mark.filled or not filled else 0.4)
    axes.scatter(
        columns, rows, s=area, marker="o", facecolors=ink if filled else "none",
        edgecolors="none" if filled else ink, linewidths=0.12 * size, zorder=3, gid=mark.name,
    )  # fmt: skip
