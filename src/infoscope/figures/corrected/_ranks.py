"""What the corrected figures of other rankings share."""

import networkx as nx
import pandas as pd
from matplotlib.figure import Figure

from infoscope.analysis.results import Results
from infoscope.figures._graphs import (
    correlation,
    number,
    rank_bins,
    rank_histogram,
    role_legend,
    role_points,
    zero_lines,
)
from infoscope.figures._style import new_figure
from infoscope.graphs.graph import densest_graph
from infoscope.graphs.ranking import Ranking, class_order


def densest(results: Results, measure: str) -> nx.DiGraph:
    """Return the graph of as many of the largest entries of a measure as the main graph has."""
    edges = results.graphs[results.main].number_of_edges()
    return densest_graph(getattr(results.flow, measure), results.flow.nodes, edges)


def beside(results: Results, variant: Ranking) -> pd.DataFrame:
    """Return the ranks of a variant beside those of the main graph."""
    found = variant.table[["role", "rank"]].rename(columns={"rank": "variant_rank"})
    found["main_rank"] = results.rankings[results.main].ranks
    return found.reset_index()


def draw_beside(results: Results, variant: Ranking, label: str) -> Figure:
    """Draw the ranks of a variant, and them against those of the main graph."""
    points = beside(results, variant)
    figure = new_figure(10.0, 4.1)
    left, right = figure.subplots(1, 2, width_ratios=(1.3, 1.0))
    rank_histogram(left, variant, rank_bins([variant]))
    isolated = int(variant.ranks.isna().sum())
    left.set_title(f"{label}\nKendall tau {tau(variant)}; {isolated} isolated")
    left.set_xlabel("rank; dashed: mean of each role")
    left.set_ylabel("nodes")
    role_points(right, list(points["role"]), points["main_rank"], points["variant_rank"])
    zero_lines(right)
    found = correlation(points["main_rank"], points["variant_rank"])
    right.set_title(f"correlation {number(found)}\n{len(points.dropna())} nodes ranked in both")
    right.set_xlabel(f"rank, {results.main}")
    right.set_ylabel("rank of the variant")
    role_legend(figure, list(points["role"]), loc="outside lower center", ncols=3)
    return figure


def tau(ranking: Ranking) -> str:
    """Return Kendall's tau of rank and role, for a caption."""
    return number(class_order(ranking)["kendall_tau"])
