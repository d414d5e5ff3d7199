"""Section 9: how well each ranking puts inputs before hidden neurons before outputs."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._graphs import number, threshold_graphs
from infoscope.figures._style import ACCENTS, FAINT, new_figure

NAME = "minor-5-class-order"

_SCORES = {
    "hidden_over_input": ("P(hidden above input)", "o", ACCENTS[0]),
    "output_over_hidden": ("P(output above hidden)", "D", ACCENTS[2]),
    "kendall_tau": ("Kendall tau", "s", ACCENTS[1]),
}


def table(results: Results) -> pd.DataFrame:
    """Return the three scores of every ranking."""
    return results.class_orders().reset_index()


def draw(results: Results) -> Figure:
    """Draw the scores of every ranking as points on a row."""
    found = table(results)
    return score_figure(found, [_said(str(name)) for name in found["ranking"]])


def score_figure(found: pd.DataFrame, names: list[str]) -> Figure:
    """Draw the three scores of each ranking on a row; where known, the largest tau as a bar."""
    rows = np.arange(len(found))[::-1]
    figure = new_figure(8.0, 1.4 + 0.27 * len(found))
    axes = figure.subplots()
    for row in rows:
        axes.axhline(row, color=FAINT, lw=0.4, zorder=0)
    axes.axvline(0.5, color=ACCENTS[0], lw=0.9, ls=":")
    axes.axvline(0.0, color=ACCENTS[1], lw=0.9, ls=":")
    # Set apart a little: the scores of a good ranking would hide one another.
    for shift, (column, (label, marker, colour)) in zip(
        (0.18, 0.0, -0.18), _SCORES.items(), strict=True
    ):
        axes.plot(
            found[column], rows + shift, ls="", marker=marker, color=colour, ms=5.5, label=label
        )
    if "kendall_tau_max" in found:
        axes.plot(
            found["kendall_tau_max"], rows - 0.18, ls="", marker="|", color=ACCENTS[1], ms=11,
            mew=1.6, label="largest that ties allow",
        )  # fmt: skip
    axes.set_yticks(rows, names)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_xlim(min(-0.05, float(np.nanmin([0.0, *found["kendall_tau"]])) - 0.05), 1.05)
    axes.set_xlabel("score; dotted: chance, 0.5 for a probability and 0 for tau")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    figure.legend(loc="outside upper right", ncols=4)
    return figure


def caption(results: Results) -> str:
    """State which ranking orders the roles best, and how the published one does."""
    tau = results.class_orders()["kendall_tau"].dropna()
    if tau.empty:
        return "Minor result 5. No ranking ranks nodes of two roles: no score is defined."
    parts = [
        f"{number(float(tau[f'jacobi {t:g}']))} above {t:g} bits"
        for t in threshold_graphs(results)
        if f"jacobi {t:g}" in tau.index
    ]
    return (
        f"Minor result 5. Of all rankings {_said(str(tau.idxmax()))} orders the roles best, with "
        f"Kendall tau {number(float(tau.max()))}; the published ranking reaches "
        f"{', '.join(parts) or 'no defined value'}. Tau cannot reach 1 here, for nodes of one "
        "role are tied."
    )


def _said(name: str) -> str:
    """Return a ranking's name in words."""
    words = {
        "jacobi": "published, flow above",
        "exact": "exact, flow above",
        "delayed": "delayed information, as dense as flow above",
        "normalised": "flow over entropy, as dense as flow above",
        "weighted": "weighted by flow",
    }
    kind, _, threshold = name.partition(" ")
    return f"{words[kind]} {threshold} bits" if threshold else words[kind]
