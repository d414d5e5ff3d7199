"""Shared by the figures of graphs and ranks."""

from collections.abc import Callable
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._captions import edge_rule, fill
from infoscope.graphs.graph import degrees
from infoscope.graphs.ranking import Ranking, class_order
from infoscope.measures.statistics import pearson
from infoscope.plots.nodes import role_legend, role_points, zero_lines
from infoscope.plots.ranks import rank_bins, rank_histogram
from infoscope.plots.style import new_figure

# Setting `flow_by` → estimator in words.
FLOW_BY = {
    "neighbours": "nearest neighbours",
    "copula": "the Gaussian copula",
    "auto": "an estimator chosen by the data",
}


def correlation(x: pd.Series, y: pd.Series) -> float:
    """Return the Pearson correlation of two aligned series; NaN if undefined."""
    return pearson(*pd.concat([x, y], axis=1, join="inner").dropna().to_numpy(float).T)


def threshold_of(results: Results, name: str) -> tuple[str, float | str]:
    """Return column and value of the threshold of a graph; in bits as published."""
    if results.settings.repairs:
        return "threshold", name
    return "threshold_bits", float(name.removesuffix(" bits"))


def in_all_graphs(results: Results, table_of: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """Return the tables of all graphs, one below the other, with the threshold of each."""
    parts = [
        table_of(name).assign(**dict([threshold_of(results, name)])) for name in results.graphs
    ]
    return pd.concat(parts, ignore_index=True)


def degree_table(results: Results) -> pd.DataFrame:
    """Return in- and out-degree of every node in every graph."""
    columns = ["node", "role", "in_degree", "out_degree"]
    return in_all_graphs(results, lambda name: degrees(results.graphs[name]).reset_index()[columns])


def test_of(results: Results, name: str, statistic: str) -> dict[str, Any]:
    """Return a statistic of a graph, its mean under the null and p; none as published."""
    if not results.settings.repairs:
        return {}
    tests = results.rank_tests
    row = tests[(tests["graph"] == name) & (tests["statistic"] == statistic)].iloc[0]
    return {"chance": float(row["null_mean"]), "p": float(row["p"])}


def kendall_tau(ranking: Ranking) -> float:
    """Return Kendall's tau of rank and role; NaN if undefined."""
    return class_order(ranking)["kendall_tau"]


def variant_of(results: Results, kind: str, name: str) -> Ranking:
    """Return a variant of the ranking of a graph (`Results.variants`)."""
    return results.variants[f"{kind} {name.removesuffix(' bits')}"]


def compared_ranks(results: Results, variant: Ranking) -> pd.DataFrame:
    """Return the ranks of a variant, and the exact ranks of the main graph."""
    column = "main_rank" if results.settings.repairs else "flow_graph_rank"
    table = variant.table[["role", "rank"]].rename(columns={"rank": "variant_rank"})
    table[column] = variant_of(results, "exact", results.main).ranks
    return table.reset_index()


def draw_compared_ranks(results: Results, variant: Ranking, title: str) -> Figure:
    """Draw the ranks of a variant, and these against the exact ranks of the main graph."""
    points = compared_ranks(results, variant)
    ranks = points[points.columns[-1]], points["variant_rank"]
    figure = new_figure(10.0, 4.1)
    left, right = figure.subplots(1, 2, width_ratios=(1.3, 1.0))
    rank_histogram(left, variant.table, rank_bins([variant.ranks]))
    known = {"tau": kendall_tau(variant), "isolated": int(variant.ranks.isna().sum())}
    left.set_title(f"{title}\n" + fill("Kendall tau {tau:.2f}; {isolated} isolated", known))
    left.set_xlabel("rank; dashed: mean of each role")
    left.set_ylabel("nodes")
    role_points(right, list(points["role"]), *ranks)
    zero_lines(right)
    known = {"r": correlation(*ranks), "nodes": len(points.dropna())}
    right.set_title(fill("correlation {r:.2f}", known) + f"\n{known['nodes']} nodes ranked in both")
    right.set_xlabel(f"exact rank, {edge_rule(results.main)}")
    right.set_ylabel("rank of the variant")
    ranked = points.dropna(subset=["variant_rank"])
    role_legend(figure, list(ranked["role"]), loc="outside lower center")
    return figure
