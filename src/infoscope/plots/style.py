"""The look of all figures: colours and markers of roles, fonts, layout."""

import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.layout_engine import ConstrainedLayoutEngine

# Okabe and Ito's colours, which any colour vision distinguishes; the marker repeats the role.
ROLE_COLOURS: Mapping[str, str] = {"input": "#0072B2", "hidden": "#E69F00", "output": "#009E73"}
ROLE_MARKERS: Mapping[str, str] = {"input": "s", "hidden": "o", "output": "D"}
ACCENTS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
INK = "#222222"
FAINT = "#B8B8B8"

_STYLE: Mapping[str, Any] = {
    "axes.edgecolor": INK,
    "axes.grid": False,
    "axes.labelcolor": INK,
    "axes.labelsize": 10,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "infoscope",
    "text.color": INK,
    "text.usetex": False,
    "xtick.color": INK,
    "ytick.color": INK,
}
# Fallback fonts for letters missing from the first; those installed are used.
_FALLBACKS = (
    "Noto Sans",
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans CJK KR",
    "Noto Sans SC",
    "Noto Sans JP",
    "Noto Sans KR",
    "Source Han Sans",
    "WenQuanYi Zen Hei",
    "Hiragino Sans",
    "PingFang SC",
    "Microsoft YaHei",
    "Yu Gothic",
    "Malgun Gothic",
    "Arial Unicode MS",
    "Noto Sans Devanagari",
    "Noto Emoji",
)


@contextmanager
def style() -> Iterator[None]:
    """Make and save figures in one style, without changing the user's.

    A letter missing from all installed fonts is drawn as a box, without warnings. The SVG and the
    CSV hold the letter itself.
    """
    fonts = [_STYLE["font.family"], *_installed(_FALLBACKS)]
    with mpl.rc_context({**_STYLE, "font.family": fonts}), warnings.catch_warnings():  # pyright: ignore[reportArgumentType] - keys are literals there
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from")
        yield


def _installed(families: Sequence[str]) -> list[str]:
    known = {font.name for font in fontManager.ttflist}
    return [family for family in families if family in known]


class _RoundedLayout(ConstrainedLayoutEngine):
    """Matplotlib's constrained layout to a millionth of the figure.

    Its solver differs in the last bits from run to run where panels share an axis, and SVG names
    its clip paths by a hash of every bit.
    """

    def execute(self, fig: Any) -> Any:
        grids = super().execute(fig)
        for axes in fig.axes:
            laid_out = axes.get_in_layout()
            axes.set_position(np.round(axes.get_position(original=True).bounds, 6))
            axes.set_in_layout(laid_out)  # manual placement excludes it
        return grids


class _StyledFigure(Figure):
    """A figure that draws itself in our style, whenever and by whomever it is drawn.

    It is not registered with pyplot, so that it needs no closing; a notebook shows it all the same.
    """

    def draw(self, renderer: Any) -> None:
        """Draw in our style: matplotlib makes some ticks only now."""
        with style():
            super().draw(renderer)

    def _repr_png_(self) -> bytes:
        held = io.BytesIO()
        self.savefig(held, format="png")
        return held.getvalue()


def new_figure(width: float = 7.0, height: float = 4.5) -> Figure:
    """Return an empty figure, width and height in inches, with automatic layout."""
    return _StyledFigure(figsize=(width, height), layout=_RoundedLayout())
