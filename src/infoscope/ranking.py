"""Ranks: how far along the flow of information each node stands."""

from dataclasses import dataclass
from itertools import pairwise
from numbers import Real
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import spsolve
from scipy.stats import kendalltau, mannwhitneyu

from infoscope._errors import InputError
from infoscope._validate import Floats, one_of, whole_number
from infoscope.graph import node_table
from infoscope.recording import ROLES

# Of the largest weight.
_NEGLIGIBLE = 1e-12


@dataclass(frozen=True)
class Ranking:
    """Ranks of the nodes of a graph.

    Parameters
    ----------
    table : DataFrame
        One row per node: ``rank`` (NaN for an isolated node), ``component`` (number of its
        connected component, -1 if isolated) and the attributes that the graph gave it.
    method : str
        How it was computed.
    directedness : float
        1 - F0 with F0 = sum_e w_e (r_target - r_source - 1)^2 / sum_e w_e: 1 if every edge
        climbs by exactly one rank, 0 if the ranks say nothing. NaN without edges.
    """

    table: pd.DataFrame
    method: str
    directedness: float

    @property
    def ranks(self) -> pd.Series:
        """Rank of every node; NaN for an isolated one."""
        return pd.Series(self.table["rank"])

    def mean_rank(self) -> pd.Series:
        """Mean rank of the ranked nodes of each role.

        Raises
        ------
        InputError
            If the graph's nodes had no role.
        """
        _must_have_roles(self)
        return pd.Series(self.table.groupby("role", sort=False)["rank"].mean())


def rank_nodes(
    graph: nx.DiGraph, method: str = "exact", iterations: int = 20, weight: str | None = None
) -> Ranking:
    """Rank the nodes so that each edge climbs by one rank, as nearly as can be.

    The rank of a node is the mean of r_j + 1 over its sources j and r_j - 1 over its sinks j.
    In matrix form L r = d_in - d_out, with L the Laplacian of the undirected multigraph: the
    least-squares ranking of MacKay, Johnson and Sansom.

    Parameters
    ----------
    graph : networkx.DiGraph
        Edges from source to target.
    method : {"exact", "jacobi"}
        Solve the equations, or repeat the published simultaneous update from zero, which does
        not converge on a bipartite graph.
    iterations : int
        Updates of the Jacobi method.
    weight : str, optional
        Edge attribute to weight the mean with, for example ``"flow"``; positive. An edge whose
        weight is below 1e-12 of the largest counts as none.

    Returns
    -------
    Ranking
        Ranks are defined up to a constant for each connected component: the exact method sets
        the mean of each component to zero, the Jacobi method what it reaches from zero. Ranks
        of different components do not compare. Isolated nodes are NaN.

    Raises
    ------
    InputError
        If an argument is out of range, an edge lacks the weight, or a weight is not positive.

    References
    ----------
    Ivanovic, Kha, Muruganantham (2018), section 5; MacKay, Johnson, Sansom, R. Soc. Open Sci.
    7, 201138 (2020).

    Examples
    --------
    >>> rank_nodes(nx.path_graph(3, create_using=nx.DiGraph)).ranks.round(12).tolist()
    [-1.0, 0.0, 1.0]
    """
    one_of(method, "method", ("exact", "jacobi"))
    rounds = whole_number(iterations, "iterations", 1)
    if not graph.is_directed():
        raise InputError(
            f"graph must be directed, got {type(graph).__name__}; edges run from source to target"
        )
    adjacency = _adjacency(graph, weight)
    skeleton = (adjacency + adjacency.T).tocsr()
    strength = np.asarray(skeleton.sum(axis=1)).ravel()
    balance = np.asarray(adjacency.sum(axis=0)).ravel() - np.asarray(adjacency.sum(axis=1)).ravel()
    linked = strength > 0.0
    component = connected_components(skeleton, directed=False)[1].astype(np.int64)
    if method == "exact":
        ranks = _solve(skeleton, strength, balance, component)
    else:
        ranks = _iterate(skeleton, strength, balance, rounds)
    ranks[~linked] = np.nan
    table = node_table(graph)
    table["rank"] = ranks
    table["component"] = _numbered(component, linked)
    return Ranking(table, method, _directedness(adjacency, ranks))


def class_order(ranking: Ranking) -> dict[str, float]:
    """How well the ranks put inputs before hidden nodes before outputs.

    Returns
    -------
    dict
        ``hidden_over_input`` and ``output_over_hidden``: probability that a node of the later
        role outranks one of the earlier (area under the ROC curve, ties half);
        ``kendall_tau``: tau-b of rank and role. NaN where a role has no ranked node.

    Examples
    --------
    >>> graph = nx.path_graph(3, create_using=nx.DiGraph)
    >>> nx.set_node_attributes(graph, {0: "input", 1: "hidden", 2: "output"}, "role")
    >>> class_order(rank_nodes(graph))["hidden_over_input"]
    1.0
    """
    _must_have_roles(ranking)
    ranked = ranking.table.dropna(subset=["rank"])
    ranked = ranked[ranked["role"].isin(ROLES)]
    groups = {role: ranked.loc[ranked["role"] == role, "rank"].to_numpy() for role in ROLES}
    result = {
        f"{later}_over_{earlier}": _area_under_curve(groups[later], groups[earlier])
        for earlier, later in pairwise(ROLES)
    }
    order = np.array([ROLES.index(role) for role in ranked["role"]])
    ranks = ranked["rank"].to_numpy(float)
    present = [role for role in ROLES if (ranking.table["role"] == role).any()]
    complete = all(len(groups[role]) for role in present)
    varied = complete and len(order) > 1 and np.ptp(order) > 0 and np.ptp(ranks) > 0.0
    tau: Any = kendalltau(ranks, order) if varied else None
    result["kendall_tau"] = float("nan") if tau is None else float(tau.statistic)
    return result


def _must_have_roles(ranking: Ranking) -> None:
    if "role" not in ranking.table:
        raise InputError(
            "ranking must come from a graph whose nodes have a role, got one without; set the "
            "node attribute 'role' to input, hidden or output"
        )


def _area_under_curve(above: Floats, below: Floats) -> float:
    if len(above) == 0 or len(below) == 0:
        return float("nan")
    statistic = mannwhitneyu(above, below, method="asymptotic").statistic
    return float(statistic / (len(above) * len(below)))


def _adjacency(graph: nx.DiGraph, weight: str | None) -> Any:
    place = {node: i for i, node in enumerate(graph.nodes)}
    edges = [(place[a], place[b], data) for a, b, data in graph.edges(data=True) if a != b]
    weights = np.ones(len(edges))
    if weight is not None:
        if any(weight not in data for _, _, data in edges):
            raise InputError(
                f"weight must be an attribute of every edge, got {weight!r}, which some lack; "
                "graphs of FlowMatrix.graph carry 'flow'"
            )
        given = [data[weight] for _, _, data in edges]
        for value in given:
            if not isinstance(value, Real) or not 0.0 < float(value) < np.inf:
                shown = float(value) if isinstance(value, Real) else value
                raise InputError(
                    f"edge weights must be positive and finite, got {shown!r} as a {weight!r}; "
                    "take a graph with a threshold of 0 or more"
                )
        weights = np.array(given, float)
        # A weight this far below the largest is lost in rounding, and the equations with it.
        kept = weights > _NEGLIGIBLE * weights.max(initial=0.0)
        edges = [edge for edge, keep in zip(edges, kept, strict=True) if keep]
        weights = weights[kept] / weights.max(initial=1e-300)
    rows = np.array([a for a, _, _ in edges], int)
    columns = np.array([b for _, b, _ in edges], int)
    return csr_array((weights, (rows, columns)), shape=(len(place), len(place)))


def _solve(
    skeleton: Any, strength: Floats, balance: Floats, component: NDArray[np.int64]
) -> Floats:
    """Solve the equations, one node of each component grounded, then centre each component."""
    n = len(strength)
    ranks = np.zeros(n)
    _, grounded = np.unique(component, return_index=True)
    free = np.setdiff1d(np.arange(n), grounded)
    if len(free):
        laplacian = csr_array((strength, (np.arange(n), np.arange(n))), shape=(n, n)) - skeleton
        grounded_laplacian = laplacian.tocsc()[free][:, free]
        ranks[free] = np.asarray(spsolve(grounded_laplacian, balance[free]))
    means = np.bincount(component, ranks) / np.bincount(component)
    return ranks - means[component]


def _iterate(skeleton: Any, strength: Floats, balance: Floats, rounds: int) -> Floats:
    share = 1.0 / np.where(strength > 0.0, strength, 1.0)
    ranks = np.zeros(len(strength))
    for _ in range(rounds):
        ranks = share * (skeleton @ ranks + balance)
    return ranks


def _numbered(component: NDArray[np.int64], linked: NDArray[np.bool_]) -> NDArray[np.int64]:
    numbers = np.full(len(component), -1)
    numbers[linked] = np.unique(component[linked], return_inverse=True)[1]
    return numbers


def _directedness(adjacency: Any, ranks: Floats) -> float:
    edges = adjacency.tocoo()
    if edges.nnz == 0:
        return float("nan")
    climb = ranks[edges.col] - ranks[edges.row]
    return float(1.0 - np.sum(edges.data * (climb - 1.0) ** 2) / np.sum(edges.data))
