"""A graph as other programs can hold it: names as text, plain attributes, one order of nodes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr

from infoscope._errors import InputError
from infoscope._validate import between_nodes, described
from infoscope.graphs.graph import directed
from infoscope.graphs.node_order import node_order
from infoscope.graphs.ranking import Ranking

Plain = bool | int | float | str
# What XML 1.0 forbids, and the carriage return, which its readers turn into a line end.
_FORBIDDEN = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Names that a format keeps for itself: an attribute of that name would be lost or misread.
_OF_NODES = {"node", "id", "label", "pid", "viz", "start", "end", "parents", "slices", "spells"}
_OF_EDGES = (_OF_NODES - {"node", "pid", "parents"}) | {"source", "target", "key", "type", "kind"}


def portable(
    graph: nx.DiGraph,
    ranking: Ranking | None = None,
    values: Mapping[Any, xr.DataArray] | None = None,
    order: str | Sequence[Any] | None = None,
) -> nx.DiGraph:
    """Return a graph with nothing but what every file format holds (`write_graph`)."""
    if directed(graph).is_multigraph():
        raise InputError(
            "graph must have at most one edge from node to node, got a graph of parallel edges; "
            "convert it with networkx.DiGraph(graph)"
        )
    chosen = ("role" if ranking is None else "rank") if order is None else order
    names = _names(node_order(graph, order=chosen, ranking=ranking))
    found: nx.DiGraph = nx.DiGraph()
    found.graph.update(_attributes(graph.graph, "graph", ()))
    places = {node: place for place, node in enumerate(names)}
    for node, place in places.items():
        own = dict(graph.nodes[node])
        if ranking is not None:
            own |= ranking.table.loc[node, ["rank", "component"]].to_dict()
            own["component"] = int(own["component"])
        own["order"] = place
        found.add_node(names[node], **_attributes(own, f"node {described(node)}", _OF_NODES))
    matrices = _matrices(graph, values)
    for source in names:
        for target in sorted(graph.successors(source), key=places.__getitem__):
            own = dict(graph.edges[source, target])
            own |= {name: matrix[source][target] for name, matrix in matrices.items()}
            edge = f"edge {described(source)} → {described(target)}"
            found.add_edge(names[source], names[target], **_attributes(own, edge, _OF_EDGES))
    return found


def _names(nodes: Iterable[Any]) -> dict[Any, str]:
    """Return each node's name as text that every format holds."""
    names = {node: _legal(str(node)) for node in nodes}
    if len(set(names.values())) < len(names):
        told = list(names.values())
        twice = next(name for name in told if told.count(name) > 1)
        raise InputError(
            f"graph must have nodes with different names as text, got {described(twice)} twice; "
            "rename them with networkx.relabel_nodes"
        )
    return names


def _matrices(
    graph: nx.DiGraph, values: Mapping[Any, xr.DataArray] | None
) -> dict[str, dict[Any, dict[Any, Any]]]:
    """Return matrices between the nodes as value by source and target."""
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        raise InputError(
            f"values must map names to matrices (source, target), got {described(values)}; pass "
            "for example {'p': significance.p, 'q': significance.q}"
        )
    checked = {
        str(name): between_nodes(matrix, f"values[{name!r}]", list(graph))
        for name, matrix in values.items()
    }
    return {
        name: pd.DataFrame(matrix.to_numpy(), list(graph), list(graph)).to_dict("index")
        for name, matrix in checked.items()
    }


def _attributes(given: Mapping[Any, Any], of: str, kept: Iterable[str]) -> dict[str, Plain]:
    """Return attributes that are not missing as plain values, checked not to be lost."""
    found = {}
    for name, value in given.items():
        if not isinstance(name, str) or name in kept:
            raise InputError(
                f"an attribute of {of} must have a name that the formats do not use themselves, "
                f"got {described(name)}; rename it"
            )
        plain = _plain(value, name, of)
        if plain is not None:
            found[_legal(name)] = plain
    return found


def _plain(value: Any, name: str, of: str) -> Plain | None:
    """Return a value as bool, int, float or text; None if it is missing."""
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return None if np.isnan(float(value)) else float(value)
    if isinstance(value, str):
        return _legal(value) or None
    if value is None:
        return None
    if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
        return _legal("\n".join(value)) or None
    raise InputError(
        f"attribute {name!r} of {of} must be a number, a text, a truth value or a list of texts, "
        f"got {described(value)}; convert or delete it"
    )


def _legal(text: str) -> str:
    """Return text with characters that XML forbids as their code."""
    return _FORBIDDEN.sub(lambda found: ascii(found[0])[1:-1], text)
