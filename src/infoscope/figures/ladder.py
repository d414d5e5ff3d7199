"""The ladder: effect of each repair, from the published analysis to the corrected one.

Like the other figures it has facts, a caption and a drawing, from the table of `run_ladder`.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoscope._escaping import markdown, table_row
from infoscope.analysis.written.summary import without_nan
from infoscope.figures._captions import Facts, fill
from infoscope.plots.nodes import named_rows
from infoscope.plots.style import ACCENTS, FAINT, new_figure

NAME = "ladder"

CAPTION = """
From top to bottom, one flaw of the published analysis after another is repaired. Orange points are
values changed by the step, open points the untrained network. The edges go from {before[edges]}
({before[graph]}) to {after[edges]} ({after[graph]}). The correlation of in- and out-degree goes
from {before[degree_correlation]:.2f} to {after[degree_correlation]:.2f}, Kendall's tau of rank and
role from {before[kendall_tau]:.2f} to {after[kendall_tau]:.2f}, the correlation of I(h; x) and I(h;
y) over hidden nodes from {before[plane_correlation]:.2f} to {after[plane_correlation]:.2f}, and the
TSE complexity after training from {before[tse_complexity_last]:.0f} to
{after[tse_complexity_last]:.1f} bits. Steps that change data or training (2, 3 and, where present,
11) train another network.
"""
# Column or beginning of two columns (first and last snapshot) → title with its unit.
_PANELS = {
    "edges": "Edges",
    "degree_correlation": "Correlation of in-\nand out-degree",
    "kendall_tau": "Kendall tau of\nrank and role",
    "plane_correlation": "Correlation of\nI(h;x) and I(h;y)",
    "hidden_input_information": "I(h; x) (bits)",
    "hidden_target_information": "I(h; y) (bits)",
    "tse_complexity": "TSE complexity\n(bits)",
    "test_error": "Test error (unit\nof the targets)",
}
# Column heading of the page → template of its cells.
_CELLS = {
    "flaw": "{flaw}",
    "repairs added": "{repairs}",
    "graph": "{graph}",
    "edges": "{edges}",
    "degree correlation": "{degree_correlation:.3g}",
    "tau of ranks": "{kendall_tau:.3g}",
    "correlation of I(h;x), I(h;y)": "{plane_correlation:.3g}",
    "I(h;x)": "{hidden_input_information_first:.3g} → {hidden_input_information_last:.3g}",
    "I(h;y)": "{hidden_target_information_first:.3g} → {hidden_target_information_last:.3g}",
    "TSE": "{tse_complexity_first:.3g} → {tse_complexity_last:.3g}",
    "error": "{error_first:.3g} → {error_last:.3g}",
    "test error": "{test_error:.3g}",
}


def facts(table: pd.DataFrame) -> Facts:
    """Return the first and the last row of the ladder."""
    rows = table.to_dict("records")
    return without_nan({"before": rows[0], "after": rows[-1], "steps": len(rows)})


def draw(table: pd.DataFrame) -> Figure:
    """Draw one row per step and one panel per quantity; open points are untrained networks.

    Parameters
    ----------
    table : DataFrame
        From `run_ladder`.
    """
    figure = new_figure(15.0, 1.6 + 0.36 * len(table))
    panels = figure.subplots(1, len(_PANELS), sharey=True)
    for axes, (column, title) in zip(panels, _PANELS.items(), strict=True):
        places = named_rows(axes, [_label(row) for _, row in table.iterrows()])
        _panel(axes, table, column, places)
        axes.set_title(title, fontsize=9)
    return figure


def _panel(axes: Axes, table: pd.DataFrame, column: str, places: np.ndarray) -> None:
    """Draw one quantity down the ladder; a line marks its published value."""
    followed = f"{column}_last" in table
    last = table[f"{column}_last" if followed else column].to_numpy(float)
    axes.axvline(last[0], color=FAINT, lw=1.0, zorder=0)
    axes.plot(last, places, "-", color=FAINT, lw=0.8, zorder=1)
    if followed:
        first = table[f"{column}_first"].to_numpy(float)
        axes.plot(first, places, "o", mfc="white", mec=ACCENTS[0], ms=5)
    axes.plot(last, places, "o", color=ACCENTS[0], ms=5)
    # A change by more than one percent has another colour.
    moved = np.abs(np.diff(last)) > 0.01 * np.maximum(np.abs(last[:-1]), 1e-12)
    changed = np.flatnonzero(moved) + 1
    axes.plot(last[changed], places[changed], "o", color=ACCENTS[1], ms=6)
    axes.margins(x=0.15)


def _label(row: pd.Series) -> str:
    flaw, repairs = int(row["flaw"]), str(row["repairs"])
    return repairs if flaw == 0 else f"{flaw}  + {repairs.replace('_', ' ')}"


def cells(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table of the steps as text, rounded, with headings."""
    rows = [without_nan(row) for row in table.to_dict("records")]
    return pd.DataFrame(
        [[fill(cell, row) for cell in _CELLS.values()] for row in rows], columns=list(_CELLS)
    )


def page(table: pd.DataFrame) -> str:
    """Return the table of the steps and the figure as a page."""
    lines = [
        "# The ladder: one repair after another",
        "",
        markdown(fill(CAPTION, facts(table))),
        "",
        f"![ladder](figures/{NAME}.png)",
        "",
        table_row(list(_CELLS)),
        "|---" * len(_CELLS) + "|",
    ]
    lines += [table_row(list(row)) for row in cells(table).itertuples(index=False)]
    return "\n".join(lines) + "\n"
