"""Section 9, corrected: the rank of hidden neurons against what they tell a decoder."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures import minor_rank_information as published_figure
from infoscope.figures._graphs import listed, number, role_points, small
from infoscope.figures._style import new_figure
from infoscope.figures.corrected._nodes import hidden_table
from infoscope.measures.statistics import spearman_test

NAME = f"{published_figure.NAME}-corrected"

_PANELS = {"I(h;x)": "input_information_bits", "I(h;y)": "target_information_bits"}


def table(results: Results) -> pd.DataFrame:
    """Return rank and informations of every hidden neuron."""
    points = hidden_table(results)
    points["rank"] = results.rankings[results.main].ranks.reindex(points["node"]).to_numpy()
    return points[["node", "role", "rank", *_PANELS.values()]]


def draw(results: Results) -> Figure:
    """Draw one panel per information."""
    points = table(results)
    figure = new_figure(7.0, 3.7)
    panels = figure.subplots(1, len(_PANELS))
    for axes, (name, column) in zip(panels, _PANELS.items(), strict=True):
        role_points(axes, list(points["role"]), points["rank"], points[column])
        axes.set_title(f"{name}\ncorrelation {number(_correlation(points, column)[0])}")
        axes.set_xlabel("rank")
        axes.set_ylabel("bits")
    return figure


def caption(results: Results) -> str:
    """State the correlations, and how likely chance gives one as large."""
    points = table(results)
    found = {name: _correlation(points, column) for name, column in _PANELS.items()}
    parts = [
        f"{name} at {number(value)} (p = {small(p)})"
        if np.isfinite(value)
        else f"{name} (not defined)"
        for name, (value, p) in found.items()
    ]
    ranked = int(points["rank"].notna().sum())
    return (
        f"Over {ranked} ranked hidden neurons ({results.main}) the rank correlates with "
        f"{listed(parts)} (Spearman; p as if the neurons were independent, for each alone)."
    )


def changed(published: Results, results: Results) -> str:
    """Compare the correlations with the information about the input."""
    before = published.rank_correlations().set_index("statistic")["correlation"]
    points = table(results)
    after = {name: _correlation(points, column)[0] for name, column in _PANELS.items()}
    parts = [
        f"with {name} from {number(float(before[name]))} to {number(v)}"
        for name, v in after.items()
    ]
    return (
        f"The correlation of the rank goes, {listed(parts)} (Pearson's as published, Spearman's "
        "here)."
    )


def _correlation(points: pd.DataFrame, column: str) -> tuple[float, float]:
    return spearman_test(*points[["rank", column]].dropna().to_numpy(float).T)
