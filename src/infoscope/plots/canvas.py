"""The axes that a result draws on, and words below a picture."""

import base64
import io
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoscope._validate import instance
from infoscope.plots.style import new_figure, style

# Letters of a caption per inch of its axes.
_LETTERS_PER_INCH = 15.0
# Resolution and number of colours of a picture in a notebook.
_INLINE_DPI, _INLINE_COLOURS = 90, 96


@contextmanager
def canvas(ax: Any, width: float, height: float) -> Iterator[Axes]:
    """Yield axes to draw on in our style: the given ones, or those of a new figure.

    Raises
    ------
    InputError
        If ax is not an Axes of matplotlib.
    """
    if ax is not None:
        instance(ax, Axes, "ax", "make one with: figure, ax = matplotlib.pyplot.subplots()")
    with style():
        yield new_figure(width, height).subplots() if ax is None else ax


def figure_of(axes: Axes) -> Figure:
    """Return the figure that holds axes, also those of a subfigure."""
    figure: Any = axes.figure
    return figure.figure


def inches_of(axes: Axes) -> tuple[float, float]:
    """Return width and height of axes, as they are before the layout."""
    figure: Any = axes.figure
    box = axes.get_position()
    width, height = box.width * figure.bbox.width, box.height * figure.bbox.height
    return width / figure.dpi, height / figure.dpi


def caption(axes: Axes, label: str, sentences: Sequence[str]) -> None:
    """Label the horizontal axis, with sentences about the picture in lines below.

    An empty sentence is left out.
    """
    width, _ = inches_of(axes)
    said = "; ".join(filter(None, sentences))
    lines = textwrap.wrap(said, max(24, int(_LETTERS_PER_INCH * width)))
    axes.set_xlabel("\n".join([label, *lines]))


def inline_image(figure: Figure, alternative: str) -> str:
    """Return a figure as an HTML image that holds its own small PNG; ``alternative`` is HTML."""
    from PIL import Image  # a part of matplotlib's installation

    held, small = io.BytesIO(), io.BytesIO()
    figure.savefig(held, format="png", dpi=_INLINE_DPI)
    Image.open(held).convert("RGB").quantize(_INLINE_COLOURS).save(small, "png", optimize=True)
    data = base64.b64encode(small.getvalue()).decode("ascii")
    return f'<img alt="{alternative}" src="data:image/png;base64,{data}">'
