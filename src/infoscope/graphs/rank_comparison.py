"""Alternative rankings of nodes, and their agreement with the exact ranking."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import block_array, csr_array

from infoscope._errors import InputError
from infoscope._validate import Floats, generator, instance, one_of, real_number, whole_number
from infoscope.graphs.adjacency import Adjacency, GraphLike, adjacency_of
from infoscope.graphs.class_agreement import class_scores, levels
from infoscope.graphs.laplacian import laplacian_solver
from infoscope.graphs.ranking import numbered
from infoscope.measures.statistics import spearman

RANKINGS = (
    "exact",
    "trophic",
    "spring",
    "hodge",
    "pagerank",
    "balance",
    "relative_balance",
)

# Damping of Page and Brin, and enough iterations for 0.85^n to vanish.
_DAMPING, _ROUNDS, _STEADY = 0.85, 300, 1e-15


def compare_rankings(
    graph: GraphLike, *, weight: str | None = None, alpha: float = 1.0
) -> pd.DataFrame:
    """Rank the nodes of a graph by seven methods; ranks increase along the edges.

    Parameters
    ----------
    graph : networkx.DiGraph, or matrix (source, target)
        As for `rank_nodes`.
    weight : str, optional
        Edge attribute with weights.
    alpha : float
        Strength of the springs that tie each node to rank 0 in SpringRank, in units of the mean
        edge weight. At 0, SpringRank is the exact ranking.

    Returns
    -------
    DataFrame
        One row per node, with its attributes, its ``component``, and

        * ``exact``: as `rank_nodes`, mean 0 in each component;
        * ``trophic``: trophic levels, the same with the lowest of each component at 0;
        * ``spring``: SpringRank, (L + alpha I) r = s_in - s_out, signed so that targets are above
          sources;
        * ``hodge``: HodgeRank of the net flow, unweighted least squares of r_j - r_i = (w_ij -
          w_ji) / mean w over linked pairs;
        * ``pagerank``: PageRank of the graph minus PageRank of the reversed graph, damping 0.85;
        * ``balance``: s_in - s_out, the trivial baseline;
        * ``relative_balance``: (s_in - s_out) / (s_in + s_out), a single published update.

        NaN for an isolated node. The strengths s are degrees without weights, and otherwise in
        units of the largest weight.

    Raises
    ------
    InputError
        As `rank_nodes`, or if alpha is negative.

    References
    ----------
    De Bacco, Larremore, Moore, Sci. Adv. 4, eaar8260 (2018); MacKay, Johnson, Sansom, R. Soc.
    Open Sci. 7, 201138 (2020); Jiang, Lim, Yao, Ye, Math. Program. 127, 203 (2011); Page, Brin,
    Motwani, Winograd (1999).

    Examples
    --------
    >>> import networkx as nx
    >>> table = compare_rankings(nx.path_graph(3, create_using=nx.DiGraph))
    >>> table["balance"].tolist()
    [-1.0, 0.0, 1.0]
    """
    springs = real_number(alpha, "alpha", 0.0)
    adjacency = adjacency_of(graph, weight)
    matrix, component, linked = adjacency.matrix, adjacency.component, adjacency.linked
    solve = laplacian_solver(adjacency.skeleton, component)
    exact = solve(adjacency.balance)
    lowest = np.full(component.max(initial=-1) + 1, np.inf)
    np.minimum.at(lowest, component, exact)
    strength = adjacency.skeleton.sum(axis=1)
    ranks = {
        "exact": exact,
        "trophic": exact - lowest[component],
        "spring": _spring_rank(adjacency, springs) if springs else exact,
        "hodge": _hodge_rank(adjacency),
        "pagerank": _pagerank(matrix) - _pagerank(matrix.T.tocsr()),
        "balance": adjacency.balance,
        "relative_balance": adjacency.balance / np.where(linked, strength, 1.0),
    }
    table = adjacency.nodes.assign(component=numbered(component, linked))
    return table.assign(**{name: np.where(linked, ranks[name], np.nan) for name in RANKINGS})


def rank_agreement(
    table: pd.DataFrame, *, by: str = "role", permutations: int = 999, random_state: Any = 0
) -> pd.DataFrame:
    """Return the agreement of each ranking with the exact one and with classes of nodes.

    Parameters
    ----------
    table : DataFrame
        Result of `compare_rankings` for a graph whose nodes have a role.
    by : {"role", "layer"}
        Node attribute that orders the nodes.
    permutations : int
        Random permutations of the labels within components, the same for every ranking.
    random_state : int, Generator or None
        Source of the permutations.

    Returns
    -------
    DataFrame
        One row per ranking: ``spearman``, its rank correlation with the exact one over the
        largest component (NaN if one is constant there), and all measures of `class_order`.

    Raises
    ------
    InputError
        If the table lacks a ranking or the classes.

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.path_graph(3, create_using=nx.DiGraph)
    >>> nx.set_node_attributes(graph, {0: "input", 1: "hidden", 2: "output"}, "role")
    >>> rank_agreement(compare_rankings(graph))["gamma"].unique().tolist()
    [1.0]
    """
    instance(table, pd.DataFrame, "table", "pass what compare_rankings returns")
    one_of(by, "by", ("role", "layer"))
    draws = whole_number(permutations, "permutations", 1)
    missing = [name for name in ("component", *RANKINGS) if name not in table]
    if missing:
        raise InputError(
            f"table must come from compare_rankings, got one without {', '.join(missing)}; pass "
            "what it returns"
        )
    seed = generator(random_state).integers(2**63)
    component = table["component"].to_numpy(np.int64)
    linked = component >= 0
    main = component == np.bincount(component[linked]).argmax() if linked.any() else linked
    exact = table["exact"].to_numpy(float)[main]
    rows = {}
    for name in RANKINGS:
        ranks = table[name].to_numpy(float)
        scores = class_scores(table, ranks, by, draws, np.random.default_rng(seed))
        rows[name] = {"spearman": spearman(levels(exact), levels(ranks[main])), **scores}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("ranking")


def _spring_rank(adjacency: Adjacency, alpha: float) -> Floats:
    """Solve (L + alpha I) r = b as a Laplacian with an additional node at rank 0 tied to all."""
    n = len(adjacency.nodes)
    if adjacency.matrix.nnz == 0:
        return np.zeros(n)
    ties = csr_array(np.full((n, 1), alpha * adjacency.matrix.data.mean()))
    skeleton = csr_array(block_array([[adjacency.skeleton, ties], [ties.T, None]]))
    solve = laplacian_solver(skeleton, np.zeros(n + 1, np.int64))
    ranks = solve(np.append(adjacency.balance, 0.0))
    return ranks[:-1] - ranks[-1]


def _hodge_rank(adjacency: Adjacency) -> Floats:
    pairs = adjacency.skeleton.copy()
    pairs.data = np.ones_like(pairs.data)
    net = adjacency.balance
    solve = laplacian_solver(pairs, adjacency.component)
    return solve(net / (adjacency.matrix.data.mean() if adjacency.matrix.nnz else 1.0))


def _pagerank(matrix: Any) -> Floats:
    """Return the stationary probabilities of a random walk along the edges with restarts."""
    n = max(matrix.shape[0], 1)
    out = matrix.sum(axis=1)
    ending = out == 0.0
    share = 1.0 / np.where(ending, 1.0, out)
    backwards = matrix.T.tocsr()
    rank = np.full(len(out), 1.0 / n)
    for _ in range(_ROUNDS):
        walked = backwards @ (share * rank) + rank[ending].sum() / n
        before, rank = rank, _DAMPING * walked + (1.0 - _DAMPING) / n
        if np.abs(rank - before).sum() < _STEADY:
            break
    return rank
