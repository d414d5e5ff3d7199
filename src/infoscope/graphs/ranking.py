"""Ranks: the position of each node along the flow of information."""

from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import block_array
from scipy.sparse.csgraph import connected_components

from infoscope._results import Result, listed_flags
from infoscope._validate import Floats, fields_are, generator, instance, one_of, truth, whole_number
from infoscope.graphs.adjacency import Adjacency, GraphLike, adjacency_of
from infoscope.graphs.class_agreement import FURTHER, Integers, class_scores, classes_of
from infoscope.graphs.laplacian import departure, laplacian_solver

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GAUGES = ("mean", "min", "degree")


@dataclass(frozen=True, eq=False, repr=False)
class Ranking(Result):
    """Ranks of the nodes of a graph.

    Parameters
    ----------
    table : DataFrame
        One row per node: ``rank`` (NaN for an isolated node), ``component`` (number of its
        connected component, -1 if isolated) and its node attributes.
    method : str
        Method of computation.
    directedness : float
        1 - F0 with F0 = sum_e w_e (r_target - r_source - 1)^2 / sum_e w_e: 1 if every edge
        climbs by exactly one rank, 0 if the ranks explain nothing. NaN without edges.
    gauge : str
        Constant added to the ranks of each component, see `rank_nodes`.
    residual : float
        Largest deviation of a rank from the mean over sources and sinks that defines it: rounding
        for the exact method, the size of the next update for the others.
    flags : tuple of str
        Warnings, one word each: ``disconnected`` (ranks of different components are not
        comparable), ``isolated`` (nodes without a rank), ``no-edges``, ``oscillating`` (Jacobi's
        method does not converge on a bipartite component).
    """

    table: pd.DataFrame
    method: str
    directedness: float
    gauge: str = "mean"
    residual: float = 0.0
    flags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the types of the fields."""
        fields_are(self, table=pd.DataFrame, method=str, directedness=Real, flags=tuple)

    def _line(self) -> str:
        about = f"{len(self.table)} nodes, directedness {self.directedness:.3g}, {self.method}"
        return f"{about}{listed_flags(self.flags)}"

    def _facts(self) -> dict[str, Any]:
        return {
            "method": self.method,
            "directedness": self.directedness,
            "gauge": self.gauge,
            "residual": self.residual,
            "flags": self.flags,
        }

    @property
    def ranks(self) -> pd.Series:
        """Rank of every node; NaN for an isolated one."""
        return pd.Series(self.table["rank"])

    def plot(self, *, ax: Any = None) -> "Figure":
        """Draw the rank of each node in a row of its own; of many nodes, the histogram of ranks.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default in a new figure, not registered with pyplot.

        Raises
        ------
        InputError
            If ax is not an Axes.

        Examples
        --------
        >>> rank_nodes(np.array([[0, 1], [0, 0]])).plot().axes[0].get_xlabel()
        'rank'
        """
        from infoscope.plots.ranks import plot_ranks

        return plot_ranks(self.table, f"Ranks, directedness {self.directedness:.2f}", ax)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per node: rank, component and node attributes."""
        return self.table.copy()

    def mean_rank(self) -> pd.Series:
        """Mean rank of the ranked nodes of each role.

        Raises
        ------
        InputError
            If the graph's nodes had no role.
        """
        classes_of(self.table, "role")
        return pd.Series(self.table.groupby("role", sort=False)["rank"].mean())


def rank_nodes(
    graph: GraphLike,
    *,
    method: str = "exact",
    iterations: int = 20,
    weight: str | None = None,
    gauge: str | None = None,
) -> Ranking:
    """Rank the nodes so that each edge climbs by one rank, in the least-squares sense.

    The rank of a node is the mean of r_j + 1 over its sources j and r_j - 1 over its sinks j.
    In matrix form L r = d_in - d_out, with L the Laplacian of the undirected multigraph: the
    least-squares ranking of MacKay, Johnson and Sansom.

    Parameters
    ----------
    graph : networkx.DiGraph, or matrix (source, target)
        Edges from source to target. A matrix of weights may be a scipy sparse array, an array, a
        DataFrame, or a DataArray such as ``FlowMatrix.flow`` clipped at 0; 0 is no edge, nor is
        NaN in the last two. A million edges take 0.2 s as a sparse array, 0.5 s as a DiGraph and
        1.6 s as a weighted DiGraph.
    method : {"exact", "jacobi", "lazy-jacobi"}
        Solve the equations; or repeat the published simultaneous update from zero, which does
        not converge on a bipartite graph; or take half steps, which always converge.
    iterations : int
        Updates of the Jacobi methods.
    weight : str, optional
        Edge attribute with positive weights for the mean, for example ``"flow"``. Edges with a
        weight below 1e-12 of the largest are dropped.
    gauge : {"mean", "min", "degree"}, optional
        Quantity set to zero in each component: the mean (default of the exact method), the lowest
        rank (trophic levels) or the strength-weighted mean (conserved by the Jacobi methods, and
        their default).

    Returns
    -------
    Ranking
        Ranks are defined up to a constant per connected component, so that ranks of different
        components are not comparable. Isolated nodes are NaN; without edges all are.

    Raises
    ------
    InputError
        If an argument is out of range, an edge lacks the weight, or a weight is not positive.
    EstimationError
        If weights of very different magnitude leave the ranks undetermined.

    References
    ----------
    Ivanovic, Kha, Muruganantham (2018), section 5; MacKay, Johnson, Sansom, R. Soc. Open Sci.
    7, 201138 (2020).

    Examples
    --------
    >>> import networkx as nx
    >>> path = nx.path_graph(3, create_using=nx.DiGraph)
    >>> rank_nodes(path).ranks.round(12).tolist()
    [-1.0, 0.0, 1.0]
    >>> rank_nodes(np.array([[0, 2.0], [1.0, 0]]), gauge="min").ranks.round(12).tolist()
    [0.0, 0.333333333333]
    """
    one_of(method, "method", ("exact", "jacobi", "lazy-jacobi"))
    rounds = whole_number(iterations, "iterations", 1)
    if gauge is not None:
        one_of(gauge, "gauge", GAUGES)
    adjacency = adjacency_of(graph, weight)
    skeleton, balance, component = adjacency.skeleton, adjacency.balance, adjacency.component
    if method == "exact":
        ranks = laplacian_solver(skeleton, component)(balance)
    else:
        ranks = _iterate(skeleton, balance, rounds, 0.5 if method == "lazy-jacobi" else 1.0)
    if gauge is not None:
        ranks = _gauged(ranks, component, gauge, skeleton.sum(axis=1))
    residual = departure(skeleton, balance, ranks)
    linked = adjacency.linked
    ranks[~linked] = np.nan
    table = adjacency.nodes.assign(rank=ranks, component=numbered(component, linked))
    return Ranking(
        table,
        method,
        directedness(adjacency, ranks),
        gauge or ("mean" if method == "exact" else "degree"),
        residual,
        _flags(skeleton, component, linked, method),
    )


def class_order(
    ranking: Ranking,
    *,
    by: str = "role",
    complete: bool = False,
    permutations: int = 999,
    random_state: Any = 0,
) -> dict[str, float]:
    """Return how well the ranks order inputs before hidden nodes before outputs.

    Parameters
    ----------
    ranking : Ranking
        Ranking of a graph whose nodes have a role.
    by : {"role", "layer"}
        Node attribute that orders the nodes.
    complete : bool
        Add the further measures below.
    permutations : int
        Random permutations of the labels within components, for ``p_value``.
    random_state : int, Generator or None
        Source of the permutations.

    Returns
    -------
    dict
        ``hidden_over_input`` and ``output_over_hidden`` (by layer: ``layer_1_over_layer_0``,
        ...): probability that a node of the later class outranks one of the earlier (area under
        the ROC curve, ties count half); ``kendall_tau``: tau-b of rank and class. NaN if a class
        has no ranked node. Ranks that differ by rounding are ties.

        If complete, also ``kendall_tau_max`` (the largest tau-b given the ties),
        ``kendall_tau_share`` (ratio of the two), ``gamma`` (Goodman and Kruskal), ``somers_d`` (of
        rank given class), ``jonckheere`` (concordant pairs of different classes within
        components), ``jonckheere_share`` (share of all such pairs) and its one-sided ``p_value``.
        All except the last three also compare nodes of different components.

    Raises
    ------
    InputError
        If an argument is out of range or the nodes have no such attribute.

    References
    ----------
    Goodman, Kruskal, J. Am. Stat. Assoc. 49, 732 (1954); Somers, Am. Sociol. Rev. 27, 799
    (1962); Jonckheere, Biometrika 41, 133 (1954).

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.path_graph(3, create_using=nx.DiGraph)
    >>> nx.set_node_attributes(graph, {0: "input", 1: "hidden", 2: "output"}, "role")
    >>> class_order(rank_nodes(graph))["hidden_over_input"]
    1.0
    """
    instance(ranking, Ranking, "ranking")
    one_of(by, "by", ("role", "layer"))
    draws = whole_number(permutations, "permutations", 1) if truth(complete, "complete") else 0
    scores = class_scores(
        ranking.table, ranking.ranks.to_numpy(float), by, draws, generator(random_state)
    )
    further = () if complete else FURTHER
    return {name: score for name, score in scores.items() if name not in further}


def directedness(adjacency: Adjacency, ranks: Floats) -> float:
    """Return 1 - F0 of any ranks, see `Ranking`; NaN without edges."""
    sources, targets, weights = adjacency.edges()
    if len(weights) == 0:
        return float("nan")
    climb = ranks[targets] - ranks[sources]
    return float(1.0 - np.sum(weights * (climb - 1.0) ** 2) / np.sum(weights))


def _iterate(skeleton: Any, balance: Floats, rounds: int, step: float) -> Floats:
    """Repeat relaxed Jacobi updates towards the mean over neighbours.

    Errors shrink by eigenvalues of the random walk, from -1 (bipartite) to 1; with half steps by
    (1 + eigenvalue) / 2, which is never negative.
    """
    strength = skeleton.sum(axis=1)
    share = 1.0 / np.where(strength > 0.0, strength, 1.0)
    ranks = np.zeros(len(strength))
    for _ in range(rounds):
        update = share * (skeleton @ ranks + balance)
        ranks = update if step == 1.0 else ranks + step * (update - ranks)
    return ranks


def _gauged(ranks: Floats, component: Integers, gauge: str, strength: Floats) -> Floats:
    if gauge == "min":
        zero = np.full(component.max(initial=-1) + 1, np.inf)
        np.minimum.at(zero, component, ranks)
    else:
        share = strength if gauge == "degree" else np.ones(len(ranks))
        total = np.bincount(component, share)
        zero = np.bincount(component, share * ranks) / np.where(total > 0.0, total, 1.0)
    return ranks - zero[component]


def numbered(component: Integers, linked: NDArray[np.bool_]) -> Integers:
    """Number the components with edges from 0; -1 for an isolated node."""
    numbers = np.full(len(component), -1)
    numbers[linked] = np.unique(component[linked], return_inverse=True)[1]
    return numbers


def _flags(
    skeleton: Any, component: Integers, linked: NDArray[np.bool_], method: str
) -> tuple[str, ...]:
    parts = len(np.unique(component[linked]))
    found = {
        "disconnected": parts > 1,
        "isolated": not linked.all(),
        "no-edges": parts == 0,
        "oscillating": method == "jacobi" and _bipartite(skeleton, linked),
    }
    return tuple(flag for flag, present in found.items() if present)


def _bipartite(skeleton: Any, linked: NDArray[np.bool_]) -> bool:
    """Return whether some component with edges is bipartite.

    In the double cover, a walk from a node to its own copy is a closed walk of odd length, which a
    bipartite component does not have.
    """
    two_copies = block_array([[None, skeleton], [skeleton, None]])
    first, second = connected_components(two_copies, directed=False)[1].reshape(2, -1)
    return bool((linked & (first != second)).any())
