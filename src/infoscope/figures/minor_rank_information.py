"""Minor result 4: rank of the hidden nodes against their information."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._captions import Facts, edge_rule, fill, plain
from infoscope.figures._nodes import hidden_table
from infoscope.measures.statistics import spearman_test
from infoscope.plots.nodes import role_points
from infoscope.plots.style import new_figure

NAME = "minor-4-rank-against-information"

CAPTION = """
Minor result 4. Rank and information. Over {nodes} ranked hidden nodes ({rule}), the correlation of
the rank is {correlations:value:.2f}, with p = {correlations:p:.2g}. Correlations are {method}'s; p
is uncorrected and assumes independent nodes.
"""
CHANGE = """
The correlation of the rank goes from {published[about_input]:.2f} to {about_input:.2f} with I(h;x)
and from {published[about_target]:.2f} to {about_target:.2f} with I(h;y) (as published
{published[method]}'s, corrected {method}'s).
"""
_PANELS = {
    "I(h;x)": "input_information_bits",
    "I(h;y)": "target_information_bits",
    "I(h;x) / I(h;y)": "ratio",
    "H(h)": "entropy_bits",
}


def facts(results: Results) -> Facts:
    """Return the correlations of the rank: Pearson's as published, repaired Spearman's."""
    points = table(results)
    found: dict[str, dict[str, Any]] = {}
    if results.settings.repairs:
        for name, column in _shown(results).items():
            value, p = spearman_test(*points[["rank", column]].dropna().to_numpy(float).T)
            found[name] = {"value": float(value), "p": float(p)}
    else:
        for row in results.rank_correlations().to_dict("records"):
            value, p = row["correlation"], row["p_value"]
            found[str(row["statistic"])] = {"value": float(value), "p": float(p)}
    return plain(
        results,
        nodes=points["rank"].notna().sum(),
        rule=edge_rule(results.main),
        method="Spearman" if results.settings.repairs else "Pearson",
        correlations=found,
        about_input=found["I(h;x)"]["value"],
        about_target=found["I(h;y)"]["value"],
    )


def _shown(results: Results) -> dict[str, str]:
    """Return the columns compared with the rank; ratio and entropy only as published."""
    return dict(list(_PANELS.items())[:2]) if results.settings.repairs else _PANELS


def table(results: Results) -> pd.DataFrame:
    """Return rank and information of every hidden node; as published also ratio and entropy."""
    points = hidden_table(results)
    points["rank"] = results.rankings[results.main].ranks.reindex(points["node"]).to_numpy()
    points["ratio"] = points["input_information_bits"] / points["target_information_bits"].replace(
        0.0, np.nan
    )
    return points[["node", "role", "rank", *_shown(results).values()]]


def draw(results: Results) -> Figure:
    """Draw one panel per statistic."""
    points, correlations = table(results).replace(-np.inf, np.nan), facts(results)["correlations"]
    shown = _shown(results)
    figure = new_figure(1.4 + 2.6 * len(shown), 3.6)
    panels = figure.subplots(1, len(shown), squeeze=False)[0]
    for axes, (statistic, column) in zip(panels, shown.items(), strict=True):
        role_points(axes, list(points["role"]), points["rank"], points[column])
        axes.set_title(f"{statistic}\n" + fill("correlation {value:.2f}", correlations[statistic]))
        axes.set_xlabel(f"rank ({edge_rule(results.main)})")
        axes.set_ylabel("ratio" if column == "ratio" else "bits")
    return figure
