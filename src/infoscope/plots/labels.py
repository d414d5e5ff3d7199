"""Names in figures: their spelling, and their position with the least overlap."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from infoscope._escaping import printable
from infoscope._validate import Floats
from infoscope.plots.style import INK

# Width of a letter and height of a line, as a share of the font size.
LETTER, _LINE = 0.62, 1.2
# Half a marker, and the distance of a name, in points.
_MARKER, _OFF = 4.0, 4.5
# Positions of a name around its point, the best first; (across, up).
_PLACES = ((1, 0), (1, 1), (1, -1), (-1, 0), (-1, 1), (-1, -1), (0, 1), (0, -1))
_ALIGNED = {-1: "right", 0: "center", 1: "left"}
_VERTICAL = {-1: "top", 0: "center", 1: "bottom"}
# Longest name as the title of a panel, or next to a point.
_LONGEST = 40


def name_label(name: object, longest: int = _LONGEST) -> str:
    """Return a node's name so that matplotlib shows it verbatim: one short line without formulas.

    Two dollar signs would otherwise set the text between them as mathematics, and a control
    character is not allowed in SVG.
    """
    text = printable(str(name))
    short = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return short.replace("$", r"\$")


def name_points(
    axes: Axes, names: Sequence[str], x: Any, y: Any, size: float = 7.5, others: Any = None
) -> None:
    """Write each point's name next to it, in the given order; skip non-finite points.

    ``others`` (n, 2) are unnamed points to keep uncovered. The axes must already contain everything
    that sets their limits. Sizes are measured before the layout, which changes them little.
    """
    points = np.column_stack([np.asarray(x, float), np.asarray(y, float)])
    there = np.isfinite(points).all(axis=1)
    everything = points[there] if others is None else np.vstack([points[there], others])
    axes.autoscale_view()
    figure: Any = axes.figure
    places = axes.transData.transform(everything) * 72.0 / figure.dpi
    taken = [(*(p - _MARKER), *(p + _MARKER)) for p in places[np.isfinite(places).all(axis=1)]]
    at = places[: there.sum()]
    frame = tuple(np.asarray(axes.bbox.extents) * 72.0 / figure.dpi)
    labels = [name_label(name) for name in np.array(names, object)[there]]
    for label, point, place in zip(labels, points[there], at, strict=True):
        boxes = [_box(label, place, side, size) for side in _PLACES]
        covered = [sum(_shared(box, other) for other in taken) for box in boxes]
        outside = [_shared(box, box) - _shared(box, frame) for box in boxes]
        best = int(np.argmin(np.add(covered, outside)))
        taken.append(boxes[best])
        across, up = _PLACES[best]
        axes.annotate(
            label, point, xytext=(_OFF * across, 0.7 * _OFF * up), textcoords="offset points",
            ha=_ALIGNED[across], va=_VERTICAL[up], fontsize=size, color=INK,
        )  # fmt: skip


def _box(name: str, place: Floats, side: tuple[int, int], size: float) -> tuple[float, ...]:
    """Return left, bottom, right and top of a name, in points."""
    width, height = LETTER * size * len(name), _LINE * size
    left = place[0] + {-1: -_OFF - width, 0: -0.5 * width, 1: _OFF}[side[0]]
    low = place[1] + {-1: -0.7 * _OFF - height, 0: -0.5 * height, 1: 0.7 * _OFF}[side[1]]
    return left, low, left + width, low + height


def _shared(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the overlap area of two boxes."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0.0) * max(height, 0.0)
