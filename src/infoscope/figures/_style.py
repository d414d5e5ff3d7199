"""What all figures share: roles by colour and shape, sizes, and how a figure becomes files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from infoscope._files import write_whole

# Okabe and Ito's colours, told apart with any colour vision; shape says the same again.
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
    "xtick.color": INK,
    "ytick.color": INK,
}


def style() -> Any:
    """Return the context in which figures are made and saved; the user's style is untouched."""
    return mpl.rc_context({**_STYLE})  # pyright: ignore[reportArgumentType] - keys are literals there


def new_figure(width: float = 7.0, height: float = 4.5) -> Figure:
    """Return an empty figure, width and height in inches, that lays out its axes itself."""
    return Figure(figsize=(width, height), layout="constrained")


def save(figure: Figure, table: pd.DataFrame, folder: Path, name: str) -> None:
    """Write a figure as PNG and SVG with its data as CSV beside them."""
    for ending in ("png", "svg"):
        metadata = {"Date": None} if ending == "svg" else {"Software": None}
        write_whole(
            folder / f"{name}.{ending}",
            lambda path, metadata=metadata: figure.savefig(path, dpi=160, metadata=metadata),
        )
    write_whole(folder / f"{name}.csv", lambda path: table.to_csv(path, index=False))
