"""Section 9: the rank of hidden neurons against what they know."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._graphs import listed, number, role_points
from infoscope.figures._nodes import hidden_table
from infoscope.figures._style import new_figure

NAME = "minor-4-rank-against-information"

_PANELS = {
    "I(h;x)": "input_information_bits",
    "I(h;y)": "target_information_bits",
    "I(h;x) / I(h;y)": "ratio",
    "H(h)": "entropy_bits",
}


def table(results: Results) -> pd.DataFrame:
    """Return published rank, informations, their ratio and entropy of every hidden neuron."""
    points = hidden_table(results)
    ranks = results.variants[f"jacobi {results.settings.main_threshold:g}"].ranks
    points["rank"] = ranks.reindex(points["node"]).to_numpy()
    points["ratio"] = points["input_information_bits"] / points["target_information_bits"].replace(
        0.0, np.nan
    )
    return points[["node", "role", "rank", *_PANELS.values()]]


def draw(results: Results) -> Figure:
    """Draw one panel per statistic."""
    points = table(results).replace(-np.inf, np.nan)
    found = results.rank_correlations().set_index("statistic")
    figure = new_figure(11.0, 3.5)
    panels = figure.subplots(1, len(_PANELS))
    for axes, (statistic, column) in zip(panels, _PANELS.items(), strict=True):
        role_points(axes, list(points["role"]), points["rank"], points[column])
        axes.set_title(f"{statistic}\ncorrelation {number(float(found['correlation'][statistic]))}")
        axes.set_xlabel("rank")
        axes.set_ylabel("ratio" if column == "ratio" else "bits")
    return figure


def caption(results: Results) -> str:
    """State the correlations, and how likely chance gives one as large."""
    found = results.rank_correlations()
    parts = [
        f"{row['statistic']} {number(row['correlation'])} (p = {number(row['p_value'])})"
        for row in found.to_dict("records")
    ]
    return (
        f"Minor result 4. Over {found['nodes'].max()} ranked hidden neurons (flow above "
        f"{results.settings.main_threshold:g} bits) the rank correlates with {listed(parts)}; p "
        f"for each alone, without correction for {len(parts)} tests."
    )
