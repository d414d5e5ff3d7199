"""Minor result 3: flow divided by an entropy or, corrected, checked by a second estimator."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.estimators import reference_by
from infoscope.analysis.results import Results
from infoscope.figures._captions import Facts, edge_rule, fill, plain
from infoscope.figures._graphs import (
    FLOW_BY,
    compared_ranks,
    draw_compared_ranks,
    kendall_tau,
    variant_of,
)
from infoscope.graphs.connections import CONNECTIONS
from infoscope.plots.nodes import zero_lines
from infoscope.plots.style import ACCENTS, FAINT, new_figure

NAME = "minor-3-entropy-normalised-flow"

CAPTION = """
Minor result 3. Normalised flow.
[not repairs] Flow over the smaller entropy of the two nodes, in graphs with as many edges, ranks
with Kendall tau {graphs:tau_divided:.2f}; flow itself ranks with {graphs:tau:.2f}. Of {entropies}
entropies, {negative} are negative and invert the sign of the flow (flaw 8).
[repairs] Flow is not divided by a differential entropy, whose zero depends on the unit. Over
{pairs} pairs, the flow by {deciding}, which decides edges, and by {reference} have the rank
correlation {agreement:.2f} (Spearman).
"""
CHANGE = """
As published, {published[negative]} of {published[entropies]} entropies that divide the flow are
negative; corrected, the flow is not divided, and a second estimator agrees with it at a rank
correlation of {agreement:.2f}.
"""
# Marker and colour of a point, by the connection of the network.
_LOOKS = dict(
    zip(
        CONNECTIONS.values(), (("s", ACCENTS[0]), ("o", ACCENTS[4]), ("D", ACCENTS[2])), strict=True
    )
)


def facts(results: Results) -> Facts:
    """Return the effect of the division or, corrected, the agreement of two estimators."""
    if results.settings.repairs:
        pairs = len(results.flow.to_frame())
        return plain(results, pairs=pairs, agreement=results.agreement(), **_estimators(results))
    entropies = results.flow.nodes["entropy"]
    return plain(
        results,
        graphs={
            name: {
                "tau_divided": kendall_tau(variant_of(results, "normalised", name)),
                "tau": kendall_tau(variant_of(results, "exact", name)),
            }
            for name in results.graphs
        },
        entropies=len(entropies),
        negative=(entropies < 0).sum(),
        agreement=None,
    )


def _estimators(results: Results) -> dict[str, str]:
    """Return the estimators in words: of the flow that decides edges, and of the reference."""
    settings = results.settings
    return {
        "deciding": FLOW_BY[settings.flow_by],
        "reference": FLOW_BY[reference_by(settings)],
    }


def table(results: Results) -> pd.DataFrame:
    """Return the ranks with and without the division or, corrected, the flow of every pair."""
    if results.settings.repairs:
        return results.edge_table()
    return compared_ranks(results, variant_of(results, "normalised", results.main))


def draw(results: Results) -> Figure:
    """Draw the ranks with and without the division or, corrected, both estimators."""
    if results.settings.repairs:
        return _draw_estimators(results)
    title = f"flow over entropy, as many edges as {edge_rule(results.main)}"
    return draw_compared_ranks(results, variant_of(results, "normalised", results.main), title)


def _draw_estimators(results: Results) -> Figure:
    """Draw one point per pair by both estimators, filled for the edges of the main graph."""
    table, roles = results.edge_table(), results.flow.nodes["role"]
    main = set(results.graphs[results.main].edges)
    pairs = list(zip(table["source"], table["target"], strict=True))
    chosen = np.array([pair in main for pair in pairs])
    figure = new_figure(7.0, 5.2)
    axes = figure.subplots()
    for filled in (False, True):
        for connection, (marker, colour) in _LOOKS.items():
            of_kind = np.array([(roles[a], roles[b]) == connection for a, b in pairs])
            shown = table[of_kind & (chosen == filled)]
            edge, face, alpha = ("white", colour, 1.0) if filled else (colour, "none", 0.45)
            look = {"mfc": face, "mec": edge, "alpha": alpha, "ms": 4.0, "mew": 0.6}
            axes.plot(shown["reference_flow"], shown["flow"], marker, **look)
    for (source, target), (marker, colour) in _LOOKS.items():
        axes.plot([], [], marker, color=colour, label=f"{source} to {target}")
    zero_lines(axes)
    axes.axline((0.0, 0.0), slope=1.0, color=FAINT, lw=0.8, ls=(0, (4, 2)), zorder=0)
    title = fill("rank correlation {r:.2f}", {"r": results.agreement()})
    axes.set_title(f"{title}; filled: edges ({edge_rule(results.main)})")
    names = _estimators(results)
    axes.set_xlabel(f"flow by {names['reference']} (bits); dashed: equality")
    axes.set_ylabel(f"flow by {names['deciding']} (bits)")
    figure.legend(loc="outside lower center", ncols=3)
    return figure
