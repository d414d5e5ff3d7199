import math
from itertools import pairwise, product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infoscope import InputError, rank_nodes
from infoscope.graphs import class_order
from reference import networks as twin

ROLES = ("input", "hidden", "output")


def random_graph(seed: int, nodes: int = 12, density: float = 0.2) -> nx.DiGraph:
    """With weights, roles, self-loops and, at a low density, several components."""
    rng = np.random.default_rng(seed)
    graph: nx.DiGraph = nx.DiGraph()
    for i in rng.permutation(nodes):
        graph.add_node(int(i), role=ROLES[int(i) % 3])
    for a, b in np.argwhere(rng.random((nodes, nodes)) < density):
        graph.add_edge(int(a), int(b), flow=float(rng.exponential()))
    return graph


def edges_of(graph: nx.DiGraph, weight: str | None = None) -> dict:
    return {
        (a, b): 1.0 if weight is None else data[weight] for a, b, data in graph.edges(data=True)
    }


def layered(widths: list[int]) -> nx.DiGraph:
    """Every node linked to all of the next layer."""
    graph: nx.DiGraph = nx.DiGraph()
    layers = [[f"{layer}.{i}" for i in range(width)] for layer, width in enumerate(widths)]
    for layer, nodes in enumerate(layers):
        graph.add_nodes_from(nodes, layer=layer, role=ROLES[min(layer, 2)])
    for sources, sinks in pairwise(layers):
        graph.add_edges_from(product(sources, sinks))
    return graph


def assert_ranks(found: dict, expected: dict, tolerance: float) -> None:
    assert list(found) == list(expected)
    np.testing.assert_allclose(list(found.values()), list(expected.values()), atol=tolerance)


@pytest.mark.parametrize("weight", [None, "flow"])
@pytest.mark.parametrize("density", [0.06, 0.2, 0.7])
@pytest.mark.parametrize("seed", range(8))
def test_exact_ranks_equal_dense_least_squares(
    seed: int, density: float, weight: str | None
) -> None:
    graph = random_graph(seed, density=density)
    ranks = rank_nodes(graph, weight=weight).ranks.to_dict()
    assert_ranks(ranks, twin.exact_ranks(list(graph.nodes), edges_of(graph, weight)), 1e-9)


@pytest.mark.parametrize("weight", [None, "flow"])
@pytest.mark.parametrize("iterations", [1, 2, 20])
@pytest.mark.parametrize("seed", range(4))
def test_jacobi_ranks_equal_the_loop_over_sets(
    seed: int, iterations: int, weight: str | None
) -> None:
    graph = random_graph(seed, density=0.1)
    ranks = rank_nodes(graph, method="jacobi", iterations=iterations, weight=weight).ranks.to_dict()
    expected = twin.jacobi_ranks(list(graph.nodes), edges_of(graph, weight), iterations)
    assert_ranks(ranks, expected, 1e-10)


def test_jacobi_makes_twenty_updates_as_published() -> None:
    graph = random_graph(3)
    twenty = rank_nodes(graph, method="jacobi", iterations=20).ranks
    assert rank_nodes(graph, method="jacobi").ranks.equals(twenty)
    assert not rank_nodes(graph, method="jacobi", iterations=21).ranks.equals(twenty)


def test_jacobi_approaches_the_exact_ranks_but_for_a_constant() -> None:
    graph = random_graph(0, density=0.5)
    assert nx.number_weakly_connected_components(graph) == 1
    assert not nx.is_bipartite(graph.to_undirected())
    far = rank_nodes(graph, method="jacobi", iterations=300).ranks - rank_nodes(graph).ranks
    assert np.ptp(far) < 1e-9


def test_jacobi_oscillates_on_the_complete_layered_graph() -> None:
    # METHODS 4.2: r(t) = r* - (-1)^t (s·b / 4m) s with s·b = -800 and m = 500; degree-weighted
    # mean 0 puts r* at the layer less 0.6.
    graph = layered([18, 25, 2])
    assert graph.number_of_edges() == 500
    iterates = {}
    for iterations, swing in ((20, 0.4), (21, -0.4)):
        ranking = rank_nodes(graph, method="jacobi", iterations=iterations)
        iterates[iterations] = ranking.ranks.to_numpy()
        for node, layer in graph.nodes(data="layer"):
            side = 1.0 if layer % 2 == 0 else -1.0
            expected = layer - 0.6 + swing * side
            assert ranking.ranks[node] == pytest.approx(expected, abs=1e-12)
    middle = (iterates[20] + iterates[21]) / 2
    offset = middle - rank_nodes(graph).ranks.to_numpy()
    np.testing.assert_allclose(offset, offset[0], atol=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_jacobi_oscillates_by_the_formula_on_any_bipartite_graph(seed: int) -> None:
    rng = np.random.default_rng(seed)
    linked = [(a, b) for a, b in product(range(5), range(5, 9)) if rng.random() < 0.7]
    graph = nx.DiGraph([(a, b) if rng.random() < 0.7 else (b, a) for a, b in linked])
    assert nx.is_weakly_connected(graph)
    side = {node: 1.0 if node < 5 else -1.0 for node in graph}
    degree, m = dict(graph.degree()), graph.number_of_edges()
    exact = rank_nodes(graph).ranks
    gauge = sum(degree[n] * exact[n] for n in graph) / (2 * m)
    swing = sum(side[n] * (graph.in_degree(n) - graph.out_degree(n)) for n in graph) / (4 * m)
    assert swing != 0
    even, odd = (rank_nodes(graph, method="jacobi", iterations=t).ranks for t in (2000, 2001))
    for node in graph:
        assert even[node] == pytest.approx(exact[node] - gauge - swing * side[node], abs=1e-8)
        assert (even[node] + odd[node]) / 2 == pytest.approx(exact[node] - gauge, abs=1e-8)


@pytest.mark.parametrize("widths", [[1, 1], [18, 25, 2], [3, 1, 4, 1, 5]])
def test_a_layered_graph_is_ranked_by_its_layers(widths: list[int]) -> None:
    ranking = rank_nodes(layered(widths))
    layers = ranking.table["layer"]
    np.testing.assert_allclose(ranking.ranks, layers - layers.mean(), atol=1e-10)
    assert ranking.directedness == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("nodes", [3, 4, 7])
def test_a_ring_has_equal_ranks_and_no_direction(nodes: int) -> None:
    ranking = rank_nodes(nx.cycle_graph(nodes, create_using=nx.DiGraph))
    np.testing.assert_allclose(ranking.ranks, 0.0, atol=1e-12)
    assert ranking.directedness == pytest.approx(0.0, abs=1e-12)


@given(
    st.dictionaries(
        st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda pair: pair[0] != pair[1]),
        st.floats(0.01, 100.0),
        min_size=1,
    )
)
@settings(max_examples=60, deadline=None)
def test_directedness_is_the_mean_climb_and_the_mean_square_climb(edges: dict) -> None:
    graph: nx.DiGraph = nx.DiGraph()
    graph.add_weighted_edges_from([(a, b, w) for (a, b), w in edges.items()], weight="flow")
    ranking = rank_nodes(graph, weight="flow")
    ranks, total = ranking.ranks.to_dict(), sum(edges.values())
    climbs = {pair: ranks[pair[1]] - ranks[pair[0]] for pair in edges}
    for power in (1, 2):
        mean = sum(w * climbs[pair] ** power for pair, w in edges.items()) / total
        assert ranking.directedness == pytest.approx(mean, abs=1e-8)
    misfit = sum(w * (climbs[pair] - 1) ** 2 for pair, w in edges.items()) / total
    assert ranking.directedness == pytest.approx(1 - misfit, abs=1e-8)
    assert -1e-12 <= ranking.directedness <= 1 + 1e-12


def test_weights_pull_the_ranks() -> None:
    # Least squares of (r_b - r_a - 1)² + 3 (r_a - r_b - 1)²: the climb from a to b is -1/2.
    graph = nx.DiGraph([("a", "b", {"flow": 1.0}), ("b", "a", {"flow": 3.0})])
    ranking = rank_nodes(graph, weight="flow")
    assert ranking.ranks.to_dict() == pytest.approx({"a": 0.25, "b": -0.25})
    assert ranking.directedness == pytest.approx(0.25)
    assert rank_nodes(graph).ranks.to_dict() == pytest.approx({"a": 0.0, "b": 0.0})


def test_each_component_is_centred_and_numbered() -> None:
    graph = nx.DiGraph([("a", "b"), ("c", "d"), ("d", "e")])
    graph.add_node("alone")
    graph.add_edge("looped", "looped")
    table = rank_nodes(graph).table
    assert table.index.tolist() == ["a", "b", "c", "d", "e", "alone", "looped"]
    np.testing.assert_allclose(
        table["rank"], [-0.5, 0.5, -1.0, 0.0, 1.0, np.nan, np.nan], atol=1e-12
    )
    numbers = table["component"].tolist()
    assert numbers[0] == numbers[1] != numbers[2] == numbers[3] == numbers[4]
    assert numbers[5:] == [-1, -1]
    assert set(numbers[:5]) == {0, 1}


def test_self_loops_do_not_count() -> None:
    graph = random_graph(5)
    bare = graph.copy()
    bare.remove_edges_from(list(nx.selfloop_edges(graph)))
    assert 0 < bare.number_of_edges() < graph.number_of_edges()
    for method in ("exact", "jacobi"):
        with_loops, without = rank_nodes(graph, method=method), rank_nodes(bare, method=method)
        assert with_loops.ranks.equals(without.ranks)
        assert with_loops.directedness == without.directedness


def test_graph_without_edges_has_no_ranks() -> None:
    ranking = rank_nodes(nx.empty_graph(3, create_using=nx.DiGraph))
    assert ranking.ranks.isna().all()
    assert math.isnan(ranking.directedness)
    assert len(rank_nodes(nx.DiGraph()).table) == 0


def test_mean_rank_is_over_the_ranked_nodes_of_a_role() -> None:
    graph = nx.DiGraph([("x", "h"), ("y", "h"), ("h", "o")])
    roles = {"x": "input", "y": "input", "h": "hidden", "o": "output", "z": "input"}
    graph.add_node("z")
    nx.set_node_attributes(graph, roles, "role")
    # Ranks -0.75, -0.75, 0.25 and 1.25; z has none.
    assert rank_nodes(graph).mean_rank().to_dict() == pytest.approx(
        {"input": -0.75, "hidden": 0.25, "output": 1.25}
    )


@pytest.mark.parametrize("density", [0.08, 0.3])
@pytest.mark.parametrize("seed", range(6))
def test_class_order_equals_counting_pairs(seed: int, density: float) -> None:
    graph = random_graph(seed, nodes=15, density=density)
    # After one update ranks are (in - out) / (in + out), which ties many nodes.
    ranking = rank_nodes(graph, method="jacobi", iterations=1)
    ranked = ranking.table.dropna(subset=["rank"])
    assert ranked["rank"].duplicated().any()
    ranks = {role: ranked.loc[ranked["role"] == role, "rank"].tolist() for role in ROLES}
    order = class_order(ranking)
    assert order["hidden_over_input"] == pytest.approx(
        twin.area_under_curve(ranks["hidden"], ranks["input"]), abs=1e-12
    )
    assert order["output_over_hidden"] == pytest.approx(
        twin.area_under_curve(ranks["output"], ranks["hidden"]), abs=1e-12
    )
    places = [ROLES.index(role) for role in ranked["role"]]
    assert order["kendall_tau"] == pytest.approx(
        twin.kendall_tau_b(ranked["rank"].tolist(), places), abs=1e-12
    )


def test_class_order_is_undefined_where_a_role_is_missing_or_ranks_do_not_differ() -> None:
    graph = nx.cycle_graph(3, create_using=nx.DiGraph)
    nx.set_node_attributes(graph, dict(enumerate(["input", "hidden", "hidden"])), "role")
    order = class_order(rank_nodes(graph, method="jacobi"))
    assert order["hidden_over_input"] == 0.5
    assert math.isnan(order["output_over_hidden"])
    assert math.isnan(order["kendall_tau"])


@pytest.mark.parametrize(
    ("weights", "arguments", "match"),
    [
        (
            [1.0, 2.0],
            {"method": "page"},
            "method must be one of 'exact', 'jacobi', 'lazy-jacobi', got",
        ),
        ([1.0, 2.0], {"gauge": "max"}, "gauge must be one of 'mean', 'min', 'degree', got 'max'"),
        ([1.0, 2.0], {"iterations": 0}, "iterations must be a whole number >= 1, got 0"),
        ([1.0, None], {"weight": "flow"}, "weight must be an attribute of every edge, got 'flow'"),
        (
            [1.0, -0.5],
            {"weight": "flow"},
            r"positive and finite, got 'flow' = -0\.5",
        ),
        ([1.0, 0.0], {"weight": "flow"}, r"positive and finite, got 'flow' = 0\.0"),
        (
            [1.0, math.nan],
            {"weight": "flow"},
            "positive and finite, got 'flow' = nan",
        ),
        (
            [1.0, math.inf],
            {"weight": "flow"},
            "positive and finite, got 'flow' = inf",
        ),
        ([1.0, "high"], {"weight": "flow"}, "weights must be .*'high'"),
    ],
)
def test_wrong_arguments_are_refused(weights: list, arguments: dict, match: str) -> None:
    graph = nx.path_graph(3, create_using=nx.DiGraph)
    for i, weight in enumerate(weights):
        if weight is not None:
            graph.edges[i, i + 1]["flow"] = weight
    with pytest.raises(InputError, match=match):
        rank_nodes(graph, **arguments)


def test_nodes_may_have_any_names() -> None:
    graph = nx.relabel_nodes(random_graph(1), {i: ((i, "a"), "b", 7.5)[i % 3] for i in range(3)})
    ranks = rank_nodes(graph).ranks.to_dict()
    assert_ranks(ranks, twin.exact_ranks(list(graph.nodes), edges_of(graph)), 1e-9)
    pairs = nx.grid_2d_graph(2, 2, create_using=nx.DiGraph)
    assert set(rank_nodes(pairs).ranks.index) == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_undirected_graph_is_refused() -> None:
    with pytest.raises(InputError, match="graph must be directed"):
        rank_nodes(nx.path_graph(3))  # pyright: ignore


def test_roles_are_needed_to_compare_them() -> None:
    ranking = rank_nodes(nx.path_graph(3, create_using=nx.DiGraph))
    with pytest.raises(InputError, match="nodes have a role, got one without; set the"):
        class_order(ranking)
    with pytest.raises(InputError, match="nodes have a role, got one without; set the"):
        ranking.mean_rank()
