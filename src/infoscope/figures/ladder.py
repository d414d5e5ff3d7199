"""The ladder: what each repair changes, from the published analysis to the corrected one."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoscope._escaping import table_row
from infoscope.figures._style import ACCENTS, FAINT, INK, new_figure

NAME = "ladder"

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


def draw(table: pd.DataFrame) -> Figure:
    """Draw one row per step and one panel per quantity; open points are untrained networks.

    Parameters
    ----------
    table : DataFrame
        From `run_ladder`.
    """
    figure = new_figure(15.0, 1.6 + 0.36 * len(table))
    panels = figure.subplots(1, len(_PANELS), sharey=True)
    places = np.arange(len(table))[::-1]
    for axes, (column, title) in zip(panels, _PANELS.items(), strict=True):
        _panel(axes, table, column, places)
        axes.set_title(title, fontsize=9)
    panels[0].set_yticks(places, [_label(row) for _, row in table.iterrows()])
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
    # What a step changed, in another colour: by more than a hundredth.
    moved = np.abs(np.diff(last)) > 0.01 * np.maximum(np.abs(last[:-1]), 1e-12)
    changed = np.flatnonzero(moved) + 1
    axes.plot(last[changed], places[changed], "o", color=ACCENTS[1], ms=6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.margins(x=0.15)
    for place in places:
        axes.axhline(place, color=INK, lw=0.3, alpha=0.15, zorder=0)


def _label(row: pd.Series) -> str:
    flaw = int(row["flaw"])
    return (
        str(row["repairs"]) if flaw == 0 else f"{flaw}  + {str(row['repairs']).replace('_', ' ')}"
    )


def caption(table: pd.DataFrame) -> str:
    """State what the whole ladder changes."""
    before, after = table.iloc[0], table.iloc[-1]
    return (
        "From top to bottom one flaw of the published analysis after another is repaired; orange "
        "points are values that the step changed, open points the untrained network. Edges go from "
        f"{before['edges']} ({before['graph']}) to {after['edges']} ({after['graph']}), the "
        f"correlation of the degrees from {before['degree_correlation']:.2f} to "
        f"{after['degree_correlation']:.2f}, Kendall's tau of rank and role from "
        f"{before['kendall_tau']:.2f} to {after['kendall_tau']:.2f}, the correlation of I(h; x) "
        f"and I(h; y) over hidden nodes from {before['plane_correlation']:.2f} to "
        f"{after['plane_correlation']:.2f}, and the TSE complexity after training from "
        f"{before['tse_complexity_last']:.0f} to {after['tse_complexity_last']:.1f} bits. Steps "
        "that change data or training (2, 3 and, where it is one, 11) train another network."
    )


def page(table: pd.DataFrame) -> str:
    """Return the table of the steps and the picture as a page."""
    header = [
        "flaw",
        "repairs added",
        "graph",
        "edges",
        "degree correlation",
        "tau of ranks",
        "correlation of I(h;x), I(h;y)",
        "I(h;x)",
        "I(h;y)",
        "TSE",
        "error",
        "test error",
    ]
    lines = [
        "# The ladder: one repair after another",
        "",
        caption(table),
        "",
        f"![ladder](figures/{NAME}.png)",
        "",
        table_row(header),
        "|---" * len(header) + "|",
    ]
    for _, row in table.iterrows():
        ends = [
            f"{row[f'{name}_first']:.3g} → {row[f'{name}_last']:.3g}"
            for name in (
                "hidden_input_information",
                "hidden_target_information",
                "tse_complexity",
                "error",
            )
        ]
        numbers = [
            f"{row[name]:.3g}"
            for name in ("degree_correlation", "kendall_tau", "plane_correlation")
        ]
        cells = [
            str(row["flaw"]),
            str(row["repairs"]),
            str(row["graph"]),
            str(row["edges"]),
            *numbers,
            *ends,
            f"{row['test_error']:.3g}",
        ]
        lines.append(table_row(cells))
    return "\n".join(lines) + "\n"
