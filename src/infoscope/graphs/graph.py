"""Directed graphs of information flow and their degrees."""

from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr

from infoscope._errors import InputError
from infoscope._validate import Floats, between_nodes, instance, one_of, real_number
from infoscope.measures.statistics import pearson
from infoscope.recordings.blocks import ROLES

# Below every value of a measure.
_ANY = -1e100


def threshold_graph(
    flow: xr.DataArray, nodes: pd.DataFrame, threshold: float | xr.DataArray
) -> nx.DiGraph:
    """Return the graph with an edge for every flow above the threshold.

    Parameters
    ----------
    flow : DataArray (source, target)
        Flow in bits; NaN for impossible edges.
    nodes : DataFrame
        One row per node, indexed by name; its columns (role, layer) become node attributes.
    threshold : float or DataArray (source, target)
        In bits; flows must exceed it. An array has one threshold per edge, as returned by
        `threshold_fwer`; NaN for impossible edges.

    Returns
    -------
    networkx.DiGraph
        All nodes, isolated ones included; each edge has the attribute ``flow`` in bits.

    Raises
    ------
    InputError
        If threshold is neither a finite number nor a matrix over the nodes.
    """
    names = list(nodes.index)
    graph: nx.DiGraph = nx.DiGraph()
    limit: Any
    if isinstance(threshold, xr.DataArray):
        limit = between_nodes(threshold, "threshold", names).to_numpy()
        limit = np.nan_to_num(limit, nan=np.inf, posinf=np.inf)
    else:
        limit = graph.graph["threshold"] = real_number(threshold, "threshold")
    for name, attributes in nodes.iterrows():
        graph.add_node(name, **{str(k): v for k, v in attributes.items()})
    values = between_nodes(flow, "flow", names).to_numpy()
    for a, b in np.argwhere(np.nan_to_num(values, nan=-np.inf) > limit):
        if a != b:
            graph.add_edge(names[a], names[b], flow=float(values[a, b]))
    return graph


def densest_graph(
    measure: xr.DataArray, nodes: pd.DataFrame, edges: int, allowed: Any = True
) -> nx.DiGraph:
    """Return the graph of the ``edges`` largest entries of a measure, or of all if fewer.

    ``allowed`` (source, target) marks possible edges; loops are never included.

    Examples
    --------
    >>> names = ["a", "b"]
    >>> measure = xr.DataArray([[9.0, 0.1], [0.2, 9.0]], {"source": names, "target": names})
    >>> list(densest_graph(measure, pd.DataFrame(index=names), 1).edges)
    [('b', 'a')]
    """
    return threshold_graph(measure.where(largest_entries(measure, edges, allowed)), nodes, _ANY)


def largest_entries(measure: xr.DataArray, edges: int, allowed: Any = True) -> xr.DataArray:
    """Return the mask of the ``edges`` largest entries of a measure (source, target).

    Ties are taken in row order. The diagonal and non-finite entries are left out.
    """
    values = measure.where(allowed).to_numpy().copy()
    np.fill_diagonal(values, np.nan)
    finite = np.argwhere(np.isfinite(values))
    order = np.argsort(-values[tuple(finite.T)], kind="stable")[:edges]
    chosen = np.zeros(values.shape, bool)
    chosen[tuple(finite[order].T)] = True
    return measure.copy(data=chosen)


def degrees(graph: nx.DiGraph) -> pd.DataFrame:
    """Return in- and out-degree of every node, with role and layer if the graph has them.

    Examples
    --------
    >>> degrees(nx.path_graph(3, create_using=nx.DiGraph))["out_degree"].tolist()
    [1, 1, 0]
    """
    table = node_table(directed(graph))
    table["in_degree"] = [degree for _, degree in graph.in_degree()]
    table["out_degree"] = [degree for _, degree in graph.out_degree()]
    return table


def node_table(graph: nx.DiGraph) -> pd.DataFrame:
    """Return one row per node, in the order of the graph, with its attributes as columns."""
    # Not from_dict, which turns tuple nodes, as of grids, into a MultiIndex.
    index = pd.Index(list(graph.nodes), tupleize_cols=False, name="node")
    return pd.DataFrame([data for _, data in graph.nodes(data=True)], index=index)


def degree_correlation(graph: nx.DiGraph) -> float:
    """Return the Pearson correlation of in- and out-degree over the nodes with edges.

    NaN if fewer than three such nodes remain or one of the degrees is constant.

    Examples
    --------
    >>> round(degree_correlation(nx.path_graph(3, create_using=nx.DiGraph)), 12)
    -0.5
    """
    table = degrees(graph)
    return correlation_of(table[["in_degree", "out_degree"]].to_numpy(float))


def correlation_of(both: Floats) -> float:
    """Return the correlation of in- and out-degrees (node, 2) over the nodes with edges."""
    return pearson(*both[both.any(axis=1)].T)


def neighbour_similarity(graph: nx.DiGraph, *, role: str = "hidden") -> pd.DataFrame:
    """Return the similarity of the sources, and of the sinks, of all pairs of nodes of a role.

    The published measure: |intersection| / (|own set| + 1), for every ordered pair.

    Returns
    -------
    DataFrame
        One row per ordered pair: node, other, source_similarity, sink_similarity.

    Raises
    ------
    InputError
        If the graph has fewer than two nodes of the role.

    Examples
    --------
    Two hidden nodes with the same single source: 1 / (1 + 1).

    >>> graph = nx.DiGraph([("x", "a"), ("x", "b")])
    >>> nx.set_node_attributes(graph, {"x": "input", "a": "hidden", "b": "hidden"}, "role")
    >>> neighbour_similarity(graph)["source_similarity"].tolist()
    [0.5, 0.5]
    """
    one_of(role, "role", ROLES)
    directed(graph)
    chosen = [node for node, given in graph.nodes(data="role") if given == role]
    if len(chosen) < 2:
        raise InputError(
            f"graph must have two {role} nodes or more, got {len(chosen)}; set the node attribute "
            "'role', or choose another role"
        )
    sources: dict[Any, set[Any]] = {node: set(graph.predecessors(node)) for node in chosen}
    sinks: dict[Any, set[Any]] = {node: set(graph.successors(node)) for node in chosen}
    rows = [
        (
            node,
            other,
            len(sources[node] & sources[other]) / (len(sources[node]) + 1),
            len(sinks[node] & sinks[other]) / (len(sinks[node]) + 1),
        )
        for node in chosen
        for other in chosen
        if node != other
    ]
    return pd.DataFrame(rows, columns=["node", "other", "source_similarity", "sink_similarity"])


def directed(graph: Any) -> nx.DiGraph:
    """Return a graph, checked to be directed."""
    if isinstance(graph, nx.Graph) and not graph.is_directed():
        raise InputError(
            f"graph must be directed, got an undirected {type(graph).__name__}; make one with "
            "networkx.DiGraph(edges), edges from source to target"
        )
    return instance(graph, nx.DiGraph, "graph")
