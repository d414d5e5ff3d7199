"""Ranks of matrices, of large graphs and of every structure that asks for another solver."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import sparse

from infoscope import EstimationError, InputError, rank_nodes
from infoscope.graphs import laplacian as solvers
from reference import rankings as twin


def random_matrix(seed: int, n: int, mean_degree: float, spread: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    matrix = np.where(rng.random((n, n)) < mean_degree / n, rng.lognormal(0, spread, (n, n)), 0.0)
    np.fill_diagonal(matrix, 0.0)
    return matrix


def chain(n: int) -> np.ndarray:
    return np.eye(n, k=1)


def ladder(n: int) -> np.ndarray:
    """Two chains that run against each other, with rungs."""
    half = n // 2
    matrix = np.zeros((n, n))
    matrix[:half, :half], matrix[half:, half:] = chain(half), chain(half).T
    matrix[np.arange(half), half + np.arange(half)] = 1.0
    return matrix


def ring_of_cliques(n: int) -> np.ndarray:
    matrix, rng = np.zeros((n, n)), np.random.default_rng(0)
    for start in range(0, n, 10):
        inside = slice(start, min(start + 10, n))
        matrix[inside, inside] = rng.random(matrix[inside, inside].shape) < 0.5
        matrix[start, (start + 10) % n] = 1.0
        matrix[inside, inside] += np.eye(len(matrix[inside, inside]), k=1)
    np.fill_diagonal(matrix, 0.0)
    return np.minimum(matrix, 1.0)


def dumbbell(n: int) -> np.ndarray:
    """Two dense thirds with a chain between them."""
    third = n // 3
    matrix = chain(n)
    matrix[:third, :third] += random_matrix(0, third, 40)
    matrix[-third:, -third:] += random_matrix(1, third, 40)
    return matrix


STRUCTURES = {
    "sparse": random_matrix(0, 200, 6),
    "dense": random_matrix(1, 200, 100),
    "weighted": random_matrix(2, 200, 30, spread=1.0),
    "heavy-tailed": random_matrix(3, 200, 30, spread=4.0),
    "chain": chain(200),
    "cycle": chain(200) + np.eye(200, k=-199),
    "ladder": ladder(200),
    "cliques": ring_of_cliques(200),
    "dumbbell": dumbbell(198),
}


def largest_component(matrix: np.ndarray) -> np.ndarray:
    _, labels = sparse.csgraph.connected_components(sparse.csr_array(matrix), directed=False)
    nodes = np.flatnonzero(labels == np.bincount(labels).argmax())
    return matrix[np.ix_(nodes, nodes)]


@pytest.mark.parametrize("rounds", [None, 5], ids=["either solver", "elimination"])
@pytest.mark.parametrize("name", STRUCTURES)
def test_ranks_of_large_components_are_exact(
    name: str, rounds: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solvers, "_SMALL", 50)
    if rounds:
        monkeypatch.setattr(solvers, "_ROUNDS_THIN", rounds)
        monkeypatch.setattr(solvers, "_ROUNDS_THICK", rounds)
    matrix = largest_component(STRUCTURES[name])
    ranking = rank_nodes(sparse.csr_array(matrix))
    expected = twin.eliminated_ranks(matrix)
    size = max(1.0, np.ptp(expected))
    np.testing.assert_allclose(ranking.ranks, expected, atol=1e-10 * size)
    assert ranking.residual < 1e-10 * size
    assert ranking.flags == ()


@pytest.mark.parametrize("name", ["dense", "sparse", "ladder"])
def test_ranks_of_large_components_equal_dense_least_squares(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solvers, "_SMALL", 50)
    matrix = largest_component(STRUCTURES[name][:120, :120])
    expected = twin.least_squares_ranks(matrix)
    np.testing.assert_allclose(rank_nodes(matrix).ranks, expected, atol=1e-9)


@pytest.mark.parametrize("gauge", ["mean", "min"])
def test_a_path_is_ranked_by_its_steps(gauge: str) -> None:
    n = 10_000
    path = sparse.csr_array((np.ones(n - 1), (np.arange(n - 1), np.arange(1, n))), shape=(n, n))
    ranking = rank_nodes(path, gauge=gauge)
    start = 0.0 if gauge == "min" else -(n - 1) / 2
    np.testing.assert_allclose(ranking.ranks, start + np.arange(n), atol=1e-7)
    assert ranking.directedness == pytest.approx(1.0, abs=1e-12)


def test_directedness_is_the_mean_climb_and_the_mean_square_climb_of_a_large_graph() -> None:
    matrix = sparse.random_array((3000, 3000), density=0.003, rng=np.random.default_rng(0)).tocsr()
    ranking = rank_nodes(matrix)
    edges = matrix.tocoo()
    within = edges.row != edges.col
    ranks = ranking.ranks.to_numpy()
    climb = (ranks[edges.col] - ranks[edges.row])[within]
    for power in (1, 2):
        mean = np.average(climb**power, weights=edges.data[within])
        assert ranking.directedness == pytest.approx(mean, abs=1e-11)


def test_components_of_any_size_are_ranked_side_by_side(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parts = [random_matrix(0, 90, 30), chain(3), random_matrix(1, 80, 30), np.zeros((2, 2))]
    monkeypatch.setattr(solvers, "_SMALL", 50)
    ranking = rank_nodes(sparse.block_diag(parts, format="csr"))
    ranks = ranking.ranks.to_numpy()
    np.testing.assert_allclose(ranks[:90], twin.eliminated_ranks(parts[0]), atol=1e-10)
    np.testing.assert_allclose(ranks[90:93], [-1.0, 0.0, 1.0], atol=1e-12)
    np.testing.assert_allclose(ranks[93:173], twin.eliminated_ranks(parts[2]), atol=1e-10)
    assert np.isnan(ranks[173:]).all()
    assert ranking.table["component"].nunique() == 4
    assert ranking.flags == ("disconnected", "isolated")


def test_every_form_of_a_matrix_is_the_same_graph() -> None:
    matrix = random_matrix(4, 12, 4, spread=1.0)
    names = [f"n{i}" for i in range(12)]
    graph: nx.DiGraph = nx.DiGraph()
    graph.add_nodes_from(names)
    for a, b in np.argwhere(matrix):
        graph.add_edge(names[a], names[b], flow=float(matrix[a, b]))
    expected = rank_nodes(graph, weight="flow").ranks
    with_gaps = np.where(matrix > 0, matrix, np.nan)
    labelled = xr.DataArray(
        with_gaps, dims=("source", "target"), coords={"source": names, "target": names}
    )
    for named in (
        labelled,
        labelled.transpose("target", "source"),
        labelled.isel(target=np.random.default_rng(0).permutation(12)),
        pd.DataFrame(with_gaps, index=names, columns=names),
    ):
        found = rank_nodes(named)
        pd.testing.assert_series_equal(found.ranks, expected, check_index_type=False)
    for bare in (
        matrix,
        matrix.tolist(),
        sparse.csr_array(matrix),
        sparse.csc_matrix(matrix),
        sparse.coo_array(matrix),
    ):
        found = rank_nodes(bare)
        assert found.ranks.index.tolist() == list(range(12))
        np.testing.assert_allclose(found.ranks, expected, atol=1e-14)


def test_parallel_edges_count_as_one_of_their_summed_weight() -> None:
    graph: nx.MultiDiGraph = nx.MultiDiGraph()
    graph.add_edges_from([("a", "b"), ("a", "b"), ("a", "b"), ("b", "a"), ("b", "c")])
    expected = rank_nodes(np.array([[0, 3.0, 0], [1.0, 0, 1.0], [0, 0, 0]])).ranks
    np.testing.assert_allclose(rank_nodes(graph).ranks, expected, atol=1e-14)


@pytest.mark.parametrize("weight", [None, "flow"])
def test_gauges_differ_by_a_constant_for_each_component(weight: str | None) -> None:
    graph = nx.DiGraph([("a", "b"), ("b", "c"), ("a", "d"), (1, 2), (3, 2)])
    nx.set_edge_attributes(graph, {edge: 1.0 + i for i, edge in enumerate(graph.edges)}, "flow")
    graph.add_node("alone")
    strength = pd.Series(dict(graph.degree(weight=weight)))
    tables = {
        gauge: rank_nodes(graph, weight=weight, gauge=gauge).table
        for gauge in ("mean", "min", "degree")
    }
    for number in (0, 1):
        parts = {gauge: t.loc[t["component"] == number, "rank"] for gauge, t in tables.items()}
        assert parts["mean"].mean() == pytest.approx(0.0, abs=1e-12)
        assert parts["min"].min() == 0.0
        degree = parts["degree"]
        assert np.dot(degree, strength[degree.index]) == pytest.approx(0.0, abs=1e-12)
        for part in parts.values():
            np.testing.assert_allclose(np.diff(part), np.diff(parts["mean"]), atol=1e-12)
    assert all(np.isnan(table.loc["alone", "rank"]) for table in tables.values())


def test_jacobi_keeps_the_gauge_of_degrees_and_takes_others() -> None:
    matrix = random_matrix(5, 20, 8)
    free, mean = (
        rank_nodes(matrix, method="jacobi"),
        rank_nodes(matrix, method="jacobi", gauge="mean"),
    )
    degree = rank_nodes(matrix, method="jacobi", gauge="degree")
    np.testing.assert_allclose(free.ranks, degree.ranks, atol=1e-12)
    assert (free.gauge, mean.gauge, rank_nodes(matrix).gauge) == ("degree", "mean", "mean")
    assert mean.ranks.mean() == pytest.approx(0.0, abs=1e-12)


def bipartite(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    matrix = np.zeros((11, 11))
    across = rng.random((6, 5)) < 0.7
    forward = rng.random((6, 5)) < 0.6
    matrix[:6, 6:], matrix[6:, :6] = across & forward, (across & ~forward).T
    return matrix * rng.exponential(size=(11, 11))


@pytest.mark.parametrize("seed", range(4))
def test_jacobi_by_the_formula_on_weighted_bipartite_graphs(seed: int) -> None:
    # r(t) = r* - (-1)^t (s·b / 4m) s for long t, with strengths for degrees and the sum of the
    # weights for m: s is the eigenvector of the walk at -1, and all else has died out.
    matrix = bipartite(seed)
    side = np.array([1.0] * 6 + [-1.0] * 5)
    balance = matrix.sum(axis=0) - matrix.sum(axis=1)
    swing = side @ balance / (4 * matrix.sum())
    exact = rank_nodes(matrix, gauge="degree").ranks.to_numpy()
    assert abs(swing) > 1e-3
    even, odd = (rank_nodes(matrix, method="jacobi", iterations=t) for t in (4000, 4001))
    np.testing.assert_allclose(even.ranks, exact - swing * side, atol=1e-8)
    np.testing.assert_allclose(odd.ranks, exact + swing * side, atol=1e-8)
    np.testing.assert_allclose((even.ranks + odd.ranks) / 2, exact, atol=1e-8)
    assert even.flags == ("oscillating",)
    assert even.residual == pytest.approx(2 * abs(swing), abs=1e-8)


@pytest.mark.parametrize("seed", range(4))
def test_half_steps_settle_where_whole_ones_oscillate(seed: int) -> None:
    matrix = bipartite(seed)
    exact = rank_nodes(matrix, gauge="degree").ranks
    lazy = rank_nodes(matrix, method="lazy-jacobi", iterations=4000)
    np.testing.assert_allclose(lazy.ranks, exact, atol=1e-10)
    assert lazy.flags == ()
    assert lazy.residual < 1e-10


def test_half_steps_shrink_errors_by_eigenvalues_that_are_not_negative() -> None:
    matrix = bipartite(0) + random_matrix(6, 11, 1)
    skeleton = matrix + matrix.T
    walk = skeleton / skeleton.sum(axis=1, keepdims=True)
    exact = rank_nodes(matrix, gauge="degree").ranks.to_numpy()
    error = -exact
    for t in range(1, 12):
        error = (error + walk @ error) / 2
        lazy = rank_nodes(matrix, method="lazy-jacobi", iterations=t).ranks.to_numpy()
        np.testing.assert_allclose(lazy - exact, error, atol=1e-12)
    assert np.linalg.eigvals((np.eye(11) + walk) / 2).real.min() >= 0.0


def test_flags_say_what_limits_the_ranks() -> None:
    cycle = nx.cycle_graph(5, create_using=nx.DiGraph)
    assert rank_nodes(cycle).flags == rank_nodes(cycle, method="jacobi").flags == ()
    even = nx.cycle_graph(4, create_using=nx.DiGraph)
    assert rank_nodes(even, method="jacobi").flags == ("oscillating",)
    both = nx.disjoint_union(cycle, even)
    assert rank_nodes(both, method="jacobi").flags == ("disconnected", "oscillating")
    assert rank_nodes(nx.empty_graph(2, create_using=nx.DiGraph)).flags == ("isolated", "no-edges")
    assert rank_nodes(nx.DiGraph()).flags == ("no-edges",)
    assert rank_nodes(np.zeros((2, 2)), method="jacobi").flags == ("isolated", "no-edges")


@pytest.mark.parametrize(
    ("graph", "match"),
    [
        (np.array([[0, -1.0], [1, 0]]), "weights must not be negative, got -1.*clip the matrix"),
        (sparse.csr_array([[0, -2.0], [1, 0]]), "weights must not be negative, got -2"),
        (np.array([[0, np.nan], [1, 0]]), "graph must be finite, got nan"),
        (sparse.csr_array([[0, np.inf], [1, 0]]), "graph weights must be finite, got inf"),
        (np.ones((2, 3)), r"a square matrix of weights .* of shape \(2, 3\)"),
        (np.ones(3), r"a square matrix of weights .* of shape \(3,\)"),
        ("graph", "graph must be an array of numbers, got 'graph'"),
        (xr.DataArray(np.ones((2, 2))), "graph must have the dimensions source and target, got"),
        (
            pd.DataFrame(np.ones((2, 2)), index=["a", "b"], columns=["b", "c"]),
            "the same unique labels for sources and targets",
        ),
        (pd.DataFrame(np.ones((2, 2)), index=[0, 0]), "the same unique labels"),
        (pd.DataFrame([[0, -0.5], [0.2, 0]]), "weights must not be negative, got -0.5"),
    ],
)
def test_wrong_matrices_are_refused(graph: object, match: str) -> None:
    with pytest.raises(InputError, match=match):
        rank_nodes(graph)


def test_a_matrix_is_its_weights() -> None:
    with pytest.raises(InputError, match=r"weight must be None for a matrix, .* got 'flow'"):
        rank_nodes(np.ones((2, 2)), weight="flow")


def test_what_cannot_be_solved_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solvers, "_EXACT", -1.0)
    with pytest.raises(EstimationError, match="ranks are not determined to 1e-10"):
        rank_nodes(chain(4))
