"""What the corrected figures of graphs share."""

import networkx as nx
import pandas as pd

from infoscope.analysis.results import Results
from infoscope.figures._graphs import listed, number, threshold_graphs
from infoscope.graphs.graph import degrees


def degree_table(results: Results) -> pd.DataFrame:
    """Return in- and out-degree of every node in every graph."""
    parts = [
        degrees(graph)
        .reset_index()[["node", "role", "in_degree", "out_degree"]]
        .assign(threshold=name)
        for name, graph in results.graphs.items()
    ]
    return pd.concat(parts, ignore_index=True)


def in_each(values: dict[str, float], digits: int = 2) -> str:
    """Return one value per graph for a caption: 0.10 (FWER 5%) and ..."""
    return listed([f"{number(value, digits)} ({name})" for name, value in values.items()])


def title_of(results: Results, name: str) -> str:
    """Return the name of a graph with what its threshold promises, for the head of a panel."""
    if not results.settings.significant_edges:
        return f"flow above {name}"
    level, kind = results.settings.levels[name]
    if kind == "fwer":
        return f"{name}: any false edge at all has a chance of {level:.0%}"
    return f"{name}: a share of {level:.0%} of the edges is expected to be false"


def test_of(results: Results, name: str, statistic: str) -> pd.Series:
    """Return what chance makes of a statistic of a graph."""
    found = results.rank_tests
    return found[(found["graph"] == name) & (found["statistic"] == statistic)].iloc[0]


def loosest(published: Results) -> tuple[float, nx.DiGraph]:
    """Return the lowest published threshold and its graph."""
    return min(threshold_graphs(published).items())


def estimated_from(results: Results) -> str:
    """Say what the flows were estimated with, and from how many days."""
    scale = " on normal scores" if results.settings.free_of_scale else ", unscaled"
    return f"KSG with k = {results.settings.k}{scale}, {results.flow.n} {rows_are(results)}"


def rows_are(results: Results) -> str:
    """Say what rows of the held-out part are: days, or windows' copies of them."""
    return "held-out days" if results.settings.distinct_days else "held-out rows"
