"""Writing a figure to files."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from infoscope._files import write_whole
from infoscope.analysis.written.tables import write_table


def save(figure: Figure, table: pd.DataFrame, folder: Path, name: str) -> None:
    """Write a figure as PNG and SVG with its data as CSV."""
    for ending in ("png", "svg"):
        metadata = {"Date": None} if ending == "svg" else {"Software": None}
        write_whole(
            folder / f"{name}.{ending}",
            lambda path, metadata=metadata: figure.savefig(path, dpi=160, metadata=metadata),
        )
    write_table(folder / f"{name}.csv", table)
