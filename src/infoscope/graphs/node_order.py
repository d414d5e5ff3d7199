"""One order of nodes, shared by pictures, tables and exported graphs."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import pdist

from infoscope._errors import InputError
from infoscope._validate import Floats, described, instance, one_of
from infoscope.graphs.graph import directed, node_table
from infoscope.graphs.ranking import Ranking, rank_nodes
from infoscope.recordings.blocks import ROLES

ORDERS = ("role", "rank", "cluster", "name")


def node_order(
    graph: nx.DiGraph, *, order: str | Sequence[Any] = "role", ranking: Ranking | None = None
) -> list[Any]:
    """Return the nodes of a graph in an order for pictures and tables.

    Parameters
    ----------
    graph : networkx.DiGraph
        As returned by ``FlowMatrix.graph``.
    order : {"role", "rank", "cluster", "name"} or sequence of nodes
        Inputs, hidden nodes, outputs, each in the order of the graph; from the lowest rank, which
        sends, to the highest, isolated nodes last; nodes with similar edges next to each other
        (average linkage of the correlation of their flows); or names, with numbers by size. Or all
        nodes in any order.
    ranking : Ranking, optional
        For "rank"; by default `rank_nodes` of the graph.

    Raises
    ------
    InputError
        If the graph is undirected, the order is unknown, a sequence lacks or repeats a node, or the
        ranking has other nodes.

    Examples
    --------
    >>> graph = nx.DiGraph([("h10", "h2"), ("h2", "o0")])
    >>> node_order(graph, order="name"), node_order(graph, order="rank")
    (['h2', 'h10', 'o0'], ['h10', 'h2', 'o0'])
    """
    nodes = node_table(directed(graph))
    if ranking is not None:
        _must_rank(ranking, graph)
    ranks = weights = None
    if isinstance(order, str) and order == "rank":
        ranks = (rank_nodes(graph) if ranking is None else ranking).ranks
    if isinstance(order, str) and order == "cluster" and len(graph):
        weights = nx.to_numpy_array(graph, weight="flow")
    places = ordered(nodes, order, ranks=ranks, values=weights)
    return [nodes.index[place] for place in places]


def _must_rank(ranking: Any, graph: nx.DiGraph) -> None:
    instance(ranking, Ranking, "ranking", "pass what rank_nodes returns")
    ranked = set(ranking.table.index)
    if ranked != set(graph):
        raise InputError(
            f"ranking must have the nodes of the graph, got {len(ranked)} of which "
            f"{len(ranked & set(graph))} are among its {len(graph)}; rank this graph with "
            "rank_nodes"
        )


def ordered(
    nodes: pd.DataFrame,
    order: Any,
    *,
    ranks: pd.Series | None = None,
    values: Floats | None = None,
) -> NDArray[np.int64]:
    """Return the places of the nodes of a table in an order (`node_order`).

    ``ranks`` serve "rank"; ``values`` (source, target), NaN where unknown, serve "cluster".
    """
    if not isinstance(order, str):
        return _as_listed(nodes.index, order)
    one_of(order, "order", ORDERS)
    by_role = _by_role(nodes)
    if order == "rank" and ranks is not None:
        known = ranks.reindex(nodes.index).to_numpy(float)[by_role]
        return by_role[np.argsort(known, kind="stable")]  # NaN comes last
    if order == "cluster" and values is not None:
        return _by_profile(values)
    if order == "name":
        keys = [_with_numbers(str(name)) for name in nodes.index]
        return np.array(sorted(range(len(keys)), key=keys.__getitem__), np.int64)
    return by_role


def _by_role(nodes: pd.DataFrame) -> NDArray[np.int64]:
    place = {role: at for at, role in enumerate(ROLES)}
    roles = nodes.get("role", pd.Series("", nodes.index))
    return np.argsort([place.get(role, len(place)) for role in roles], kind="stable")


def _by_profile(values: Floats) -> NDArray[np.int64]:
    """Return the leaves of a tree by average linkage of what nodes send and receive."""
    known = np.where(np.isfinite(values), values, 0.0)
    profiles = np.hstack([known, known.T])
    profiles -= profiles.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(profiles, axis=1, keepdims=True)
    # Of unit length, half the squared distance is 1 - correlation; a node without flows is at 0.
    profiles = np.divide(profiles, lengths, out=np.zeros_like(profiles), where=lengths > 0.0)
    if len(profiles) < 3:
        return np.arange(len(profiles))
    return leaves_list(linkage(pdist(profiles, "sqeuclidean"), "average")).astype(np.int64)


def _as_listed(index: pd.Index, given: Any) -> NDArray[np.int64]:
    names = list(given) if isinstance(given, Iterable) else [given]
    place = {name: at for at, name in enumerate(index)}
    if len(names) != len(place) or set(names) != set(place):
        wrong = [name for name in names if name not in place]
        lacking = list(place.keys() - set(names))
        what = f"unknown {described(wrong[0])}" if wrong else (
            f"none of {described(lacking[0])}" if lacking else "a repeated node"
        )  # fmt: skip
        raise InputError(
            f"order must be one of {', '.join(map(repr, ORDERS))} or list every node once, got "
            f"{what}; pass for example list(ranking.ranks.sort_values().index)"
        )
    return np.array([place[name] for name in names], np.int64)


def _with_numbers(name: str) -> list[tuple[bool, Any]]:
    """Return a key that sorts h2 before h10."""
    parts = re.split(r"(\d+)", name)
    return [(part.isdecimal(), int(part) if part.isdecimal() else part) for part in parts]
