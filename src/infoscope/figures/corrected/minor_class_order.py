"""Section 9, corrected: seven rankings of the significant graph, and the order of the roles."""

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import minor_class_order as published_figure
from infoscope.figures._graphs import number, percent, small
from infoscope.figures.corrected._graphs import loosest

NAME = f"{published_figure.NAME}-corrected"

_WORDS = {
    "exact": "exact",
    "trophic": "trophic levels",
    "spring": "SpringRank",
    "hodge": "HodgeRank of the net flow",
    "pagerank": "PageRank, both ways",
    "balance": "in-degree less out-degree",
    "relative_balance": "the same, over in- plus out-degree",
}


def table(results: Results) -> pd.DataFrame:
    """Return all scores of every ranking of the main graph."""
    return results.comparison


def draw(results: Results) -> Figure:
    """Draw the scores of every ranking as points on a row."""
    found = table(results)
    return published_figure.score_figure(found, [_WORDS[str(name)] for name in found["ranking"]])


def caption(results: Results) -> str:
    """State how the exact ranking does, beside the trivial one and chance."""
    found = table(results).set_index("ranking")
    share = found["kendall_tau_share"]
    return (
        f"The exact ranks of the main graph ({results.main}) reach {_share(share['exact'])} of the "
        "largest Kendall tau that ties allow, the mere difference of in- and out-degree "
        f"{_share(share['balance'])}; roles shuffled within components order as many pairs "
        f"rightly with p = {small(float(found['p_value']['exact']))}."
    )


def changed(published: Results, results: Results) -> str:
    """Say what is compared instead."""
    threshold, _ = loosest(published)
    before = published.class_orders()["kendall_tau"]
    after = table(results).set_index("ranking")["kendall_tau"]
    kind = "significant graph" if results.settings.significant_edges else "corrected graph"
    return (
        "The published iteration reaches Kendall tau "
        f"{number(float(before[f'jacobi {threshold:g}']))} above {threshold:g} bits; on the {kind} "
        f"({results.main}) the exact ranks reach {number(float(after['exact']))} and degrees alone "
        f"{number(float(after['balance']))}."
    )


def _share(value: float) -> str:
    return percent(float(value))
