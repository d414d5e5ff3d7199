"""Minor result 5: agreement of rankings with the order input, hidden, output."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._captions import Facts, edge_rule, plain
from infoscope.plots.nodes import named_rows
from infoscope.plots.style import ACCENTS, new_figure

NAME = "minor-5-class-order"

CAPTION = """
Minor result 5. Order of the roles.
[best] Of all rankings, {best} orders the roles best, with Kendall tau {best_tau:.2f}.
[not best] No ranking ranks nodes of two roles, so no score is defined.
[not repairs] The published ranking has tau {graphs:tau:.2f}. Nodes of one role are tied, so tau
cannot reach 1.
[repairs] The exact ranks of the main graph ({rule}) reach {exact_share:share} of the largest tau
that ties allow, the difference of in- and out-degree {balance_share:share}. Roles shuffled within
components reach the tau of the exact ranks with p = {p:.2g}.
"""
CHANGE = """
Kendall's tau of rank and role goes from {before:tau:.2f} to {after:tau:.2f}; the difference of in-
and out-degree alone reaches {balance:.2f}.
"""
_SCORES = {
    "hidden_over_input": ("P(hidden above input)", "o", ACCENTS[0]),
    "output_over_hidden": ("P(output above hidden)", "D", ACCENTS[2]),
    "kendall_tau": ("Kendall tau", "s", ACCENTS[1]),
}
# First word of a ranking's name → description; a graph may follow.
_WORDS = {
    "exact": "exact",
    "trophic": "trophic levels",
    "spring": "SpringRank",
    "hodge": "HodgeRank of the net flow",
    "pagerank": "PageRank, both ways",
    "balance": "in- minus out-degree",
    "relative_balance": "in- minus out-degree, over their sum",
    "jacobi": "published",
    "delayed": "delayed information, as many edges as",
    "normalised": "flow over entropy, as many edges as",
    "weighted": "weighted by flow",
}


def facts(results: Results) -> Facts:
    """Return the best ranking and the scores of the published or exact one."""
    scores = table(results).set_index("ranking")
    tau = scores["kendall_tau"].dropna()
    known = {
        "rule": edge_rule(results.main),
        "best": _in_words(str(tau.idxmax())) if len(tau) else None,
        "best_tau": tau.max(),
    }
    if not results.settings.repairs:
        jacobi = {name: f"jacobi {name.removesuffix(' bits')}" for name in results.graphs}
        taus = {name: {"tau": scores["kendall_tau"][row]} for name, row in jacobi.items()}
        return plain(results, **known, graphs=taus, balance=None)
    exact, balance = scores.loc["exact"], scores.loc["balance"]
    return plain(
        results,
        **known,
        graphs={results.main: {"tau": exact["kendall_tau"]}},
        exact_share=exact["kendall_tau_share"],
        p=exact["p_value"],
        balance=balance["kendall_tau"],
        balance_share=balance["kendall_tau_share"],
    )


def _in_words(name: str) -> str:
    kind, _, graph = name.partition(" ")
    return f"{_WORDS[kind]} {edge_rule(f'{graph} bits')}" if graph else _WORDS[kind]


def table(results: Results) -> pd.DataFrame:
    """Return the scores of every ranking; corrected, of seven rankings of the main graph."""
    if results.settings.repairs:
        return results.comparison
    return results.class_orders().reset_index()


def draw(results: Results) -> Figure:
    """Draw the scores of each ranking on a row; where known, the largest tau as a bar."""
    scores = table(results)
    figure = new_figure(8.0, 1.4 + 0.27 * len(scores))
    axes = figure.subplots()
    rows = named_rows(axes, [_in_words(str(name)) for name in scores["ranking"]])
    axes.axvline(0.5, color=ACCENTS[0], lw=0.9, ls=":")
    axes.axvline(0.0, color=ACCENTS[1], lw=0.9, ls=":")
    # Offset slightly, so that the scores of a good ranking do not hide one another.
    for shift, (column, (label, marker, colour)) in zip(
        (0.18, 0.0, -0.18), _SCORES.items(), strict=True
    ):
        axes.plot(scores[column], rows + shift, marker, color=colour, ms=5.5, label=label)
    if "kendall_tau_max" in scores:
        look = {"color": ACCENTS[1], "ms": 11, "mew": 1.6, "label": "largest that ties allow"}
        axes.plot(scores["kendall_tau_max"], rows - 0.18, "|", **look)
    axes.set_xlim(min(-0.05, float(np.nanmin([0.0, *scores["kendall_tau"]])) - 0.05), 1.05)
    axes.set_xlabel("score; dotted: chance, 0.5 for a probability and 0 for tau")
    figure.legend(loc="outside upper right", ncols=4)
    return figure
