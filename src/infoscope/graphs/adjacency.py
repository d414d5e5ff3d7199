"""Conversion of graphs and matrices to a sparse adjacency matrix."""

from dataclasses import dataclass
from numbers import Real
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array, issparse
from scipy.sparse.csgraph import connected_components

from infoscope._errors import InputError
from infoscope._validate import Floats, described, finite_array
from infoscope.graphs.graph import node_table

# Types that functions of graphs accept.
GraphLike = nx.DiGraph | xr.DataArray | pd.DataFrame | ArrayLike | Any

# Relative to the largest weight.
_NEGLIGIBLE = 1e-12


@dataclass(frozen=True)
class Adjacency:
    """A directed graph without loops.

    Parameters
    ----------
    matrix : scipy csr_array (source, target)
        Positive weights, the largest 1; all 1 without weights.
    nodes : DataFrame
        One row per node, indexed by name, with its node attributes.
    """

    matrix: Any
    nodes: pd.DataFrame

    @property
    def skeleton(self) -> Any:
        """Sum of the weights of both directions."""
        return (self.matrix + self.matrix.T).tocsr()

    @property
    def balance(self) -> Floats:
        """In-strength minus out-strength of each node."""
        return self.matrix.sum(axis=0) - self.matrix.sum(axis=1)

    @property
    def component(self) -> NDArray[np.int64]:
        """Number of each node's connected component; an isolated node is its own component."""
        return connected_components(self.matrix, directed=False)[1].astype(np.int64)

    @property
    def linked(self) -> NDArray[np.bool_]:
        """Which nodes have an edge."""
        return (self.matrix.sum(axis=0) > 0.0) | (self.matrix.sum(axis=1) > 0.0)

    def edges(self) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
        """Source, target and weight of every edge, in the order of the sources."""
        edges = self.matrix.tocoo()
        return edges.row.astype(np.int64), edges.col.astype(np.int64), edges.data


def balance_of(sources: Any, targets: Any, weights: Floats, n: int) -> Floats:
    """Return in-strength minus out-strength of n nodes from a list of edges."""
    inflow: Any = np.bincount(targets, weights, n)
    return inflow - np.bincount(sources, weights, n)


def adjacency_of(graph: GraphLike, weight: str | None) -> Adjacency:
    """Convert a graph, or a matrix of weights (source, target), to an `Adjacency`.

    Parameters
    ----------
    graph : networkx.DiGraph, DataArray, DataFrame, sparse or dense matrix
        Parallel edges are merged, with their weights summed. An entry of 0 in a matrix is no edge,
        and in a labelled one neither is NaN, as in `FlowMatrix.flow`.
    weight : str, optional
        Edge attribute; by default all weights are 1. The entries of a matrix are its weights.

    Raises
    ------
    InputError
        If the graph is undirected, a matrix is not square or its labels do not match, an edge
        lacks the weight, or a weight is not positive and finite.
    """
    if weight is not None and not isinstance(weight, str):
        raise InputError(
            f"weight must be the name of an edge attribute, got {described(weight)}; try 'flow' "
            "for graphs of FlowMatrix.graph"
        )
    if isinstance(graph, nx.Graph):
        if not isinstance(graph, nx.DiGraph):
            raise InputError(
                f"graph must be directed, got an undirected {type(graph).__name__}; make one with "
                "networkx.DiGraph(edges), edges from source to target"
            )
        nodes = node_table(graph)
        return Adjacency(_matrix(*_edges_of(graph, weight), len(nodes)), nodes)
    if isinstance(graph, pd.DataFrame):
        labels = {"source": graph.index, "target": graph.columns}
        graph = xr.DataArray(graph.to_numpy(), labels, ("source", "target"))
    if isinstance(graph, xr.DataArray):
        values, names = _labelled(graph)
    else:
        values, names = graph, None
    matrix = _from_matrix(values)
    if weight is not None:
        raise InputError(
            f"weight must be None for a matrix, whose entries are the weights, got {weight!r}; "
            "leave it out"
        )
    index = pd.RangeIndex(matrix.shape[0]) if names is None else names
    return Adjacency(matrix, pd.DataFrame(index=index.rename("node")))


def _edges_of(
    graph: nx.DiGraph, weight: str | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Return sources, targets and weights, from nested dicts: edge views are ten times slower."""
    place = {node: i for i, node in enumerate(graph)}
    names: list[Any] = []
    data: list[Any] = []
    counts = []
    for _, neighbours in graph.adjacency():
        names += neighbours
        data += neighbours.values()
        counts.append(len(neighbours))
    sources = np.repeat(np.arange(len(place)), counts)
    targets = np.fromiter(map(place.__getitem__, names), np.int64, len(names))
    if graph.is_multigraph():
        parallel = [len(edges) for edges in data]
        sources, targets = np.repeat(sources, parallel), np.repeat(targets, parallel)
        data = [attributes for edges in data for attributes in edges.values()]
    if weight is None:
        return sources, targets, np.ones(len(targets))
    # Loops are ignored and need no weight.
    within = sources != targets
    data = [attributes for attributes, keep in zip(data, within, strict=True) if keep]
    return sources[within], targets[within], _edge_weights(data, weight)


def _edge_weights(data: list[dict[str, Any]], weight: str) -> Floats:
    if any(weight not in attributes for attributes in data):
        raise InputError(
            f"weight must be an attribute of every edge, got {weight!r}, which some lack; "
            "try 'flow' for graphs of FlowMatrix.graph"
        )
    given = [attributes[weight] for attributes in data]
    if all(issubclass(kind, Real) for kind in set(map(type, given))):
        weights = np.array(given, float)
        wrong = weights[~((weights > 0.0) & (weights < np.inf))].tolist()
    else:
        weights, wrong = np.empty(0), [value for value in given if not isinstance(value, Real)]
    if wrong:
        raise InputError(
            f"edge weights must be positive and finite, got {weight!r} = {wrong[0]!r}; "
            "use a graph with a threshold of 0 or more"
        )
    return weights


def _labelled(weights: xr.DataArray) -> tuple[np.ndarray, pd.Index]:
    """Return values (source, target) with NaN as no edge, and the names of the nodes."""
    if set(weights.dims) != {"source", "target"}:
        raise InputError(
            f"graph must have the dimensions source and target, got {weights.dims}; rename them"
        )
    names = [
        weights.indexes[dim] if dim in weights.indexes else pd.RangeIndex(weights.sizes[dim])
        for dim in ("source", "target")
    ]
    if not (names[0].is_unique and set(names[0]) == set(names[1])):
        raise InputError(
            "graph must have the same unique labels for sources and targets, got "
            f"{list(names[0])[:3]}... and {list(names[1])[:3]}...; reindex one of them"
        )
    values = weights.transpose("source", "target").to_numpy()[:, names[1].get_indexer(names[0])]
    return np.where(pd.isna(values), 0.0, values), names[0]


def _from_matrix(values: Any) -> Any:
    matrix: Any = values if issparse(values) else finite_array(values, "graph")
    shape = matrix.shape
    if len(shape) != 2 or shape[0] != shape[1]:
        raise InputError(
            f"graph must be a directed graph or a square matrix of weights (source, target), got "
            f"{type(values).__name__} of shape {shape}; give one row and one column per node"
        )
    edges: Any = csr_array(matrix).tocoo()
    weights = finite_array(edges.data, "graph weights")
    if (weights < 0.0).any():
        raise InputError(
            f"graph weights must not be negative, got {weights.min():g}; clip the matrix at 0 or "
            "use FlowMatrix.graph(0.0)"
        )
    return _matrix(edges.row, edges.col, weights, shape[0])


def _matrix(sources: NDArray[np.int64], targets: NDArray[np.int64], weights: Floats, n: int) -> Any:
    """Sum parallel edges; drop loops and weights within rounding."""
    within = sources != targets
    sources, targets, weights = sources[within], targets[within], weights[within]
    largest = weights.max(initial=0.0)
    # A weight this far below the largest would be lost in rounding.
    kept = weights > _NEGLIGIBLE * largest
    weights = weights[kept] / (largest or 1.0)
    return csr_array((weights, (sources[kept], targets[kept])), shape=(n, n))
