import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.stats import rankdata, spearmanr

from infoscope import InputError, rank_nodes
from infoscope.graphs import compare_rankings, rank_agreement
from reference import rankings as twin

RANKINGS = ["exact", "trophic", "spring", "hodge", "pagerank", "balance", "relative_balance"]
ROLES = ("input", "hidden", "output")


def random_graph(seed: int, n: int = 12, density: float = 0.3) -> tuple[nx.DiGraph, np.ndarray]:
    rng = np.random.default_rng(seed)
    matrix = np.where(rng.random((n, n)) < density, rng.exponential(size=(n, n)), 0.0)
    np.fill_diagonal(matrix, 0.0)
    graph: nx.DiGraph = nx.DiGraph()
    graph.add_nodes_from((i, {"role": ROLES[i % 3], "layer": i % 3}) for i in range(n))
    graph.add_weighted_edges_from(
        [(int(a), int(b), float(matrix[a, b])) for a, b in np.argwhere(matrix)], weight="flow"
    )
    assert nx.is_weakly_connected(graph)
    return graph, matrix


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_rankings_are_what_their_papers_say(seed: int, weighted: bool) -> None:
    graph, matrix = random_graph(seed)
    weights = matrix if weighted else (matrix > 0).astype(float)
    weight = "flow" if weighted else None
    table = compare_rankings(graph, weight=weight, alpha=0.7)
    exact = twin.least_squares_ranks(weights)
    unit = weights[weights > 0].mean()
    net = weights.sum(axis=0) - weights.sum(axis=1)
    pagerank = [nx.pagerank(g, weight=weight, tol=1e-14) for g in (graph, graph.reverse())]
    expected = {
        "exact": exact,
        "trophic": exact - exact.min(),
        "spring": twin.spring_rank(weights, 0.7 * unit),
        "hodge": twin.hodge_rank(weights),
        "pagerank": np.array([pagerank[0][i] - pagerank[1][i] for i in graph]),
        "balance": net / weights.max(),
        "relative_balance": net / (weights.sum(axis=0) + weights.sum(axis=1)),
    }
    assert table.columns.tolist() == ["role", "layer", "component", *RANKINGS]
    for name, ranks in expected.items():
        np.testing.assert_allclose(table[name], ranks, atol=1e-10, err_msg=name)


def test_spring_rank_tends_to_the_exact_one_and_without_springs_is_it() -> None:
    graph, _ = random_graph(0)
    exact = rank_nodes(graph).ranks
    np.testing.assert_array_equal(compare_rankings(graph, alpha=0)["spring"], exact)
    weak = compare_rankings(graph, alpha=1e-7)["spring"]
    np.testing.assert_allclose(weak, exact, atol=1e-6)
    strong = compare_rankings(graph, alpha=1e6)
    np.testing.assert_allclose(1e6 * strong["spring"], strong["balance"], atol=1e-3)


def test_relative_balance_is_one_published_update() -> None:
    graph, _ = random_graph(1)
    once = rank_nodes(graph, method="jacobi", iterations=1, weight="flow").ranks
    found = compare_rankings(graph, weight="flow")["relative_balance"]
    np.testing.assert_allclose(found, once, atol=1e-14)


def test_hodge_rank_is_the_exact_one_where_no_edge_goes_both_ways() -> None:
    graph = nx.DiGraph([(0, 1), (1, 2), (2, 3), (3, 1), (0, 3)])
    table = compare_rankings(graph)
    np.testing.assert_allclose(table["hodge"], table["exact"], atol=1e-12)
    graph.add_edge(1, 0)
    table = compare_rankings(graph)
    assert np.abs(table["hodge"] - table["exact"]).max() > 0.05


def test_isolated_nodes_have_no_rank_of_any_kind() -> None:
    graph = nx.DiGraph([("a", "b"), (1, 2), (2, 3)])
    graph.add_node("alone")
    table = compare_rankings(graph)
    assert table.loc["alone", RANKINGS].isna().all()
    assert table["component"].tolist() == [0, 0, 1, 1, 1, -1]
    assert table.drop("alone")[RANKINGS].notna().all(axis=None)
    np.testing.assert_allclose(table["trophic"].dropna(), [0, 1, 0, 1, 2], atol=1e-12)
    bare = compare_rankings(sparse.csr_array((3, 3)))
    assert bare[RANKINGS].isna().all(axis=None)
    assert len(compare_rankings(nx.DiGraph())) == 0


@pytest.mark.parametrize("seed", range(3))
def test_agreement_is_the_rank_correlation_and_that_of_classes(seed: int) -> None:
    graph, _ = random_graph(seed)
    table = compare_rankings(graph)
    found = rank_agreement(table)
    assert found.index.tolist() == RANKINGS
    places = np.arange(12) % 3
    for name in RANKINGS:
        ranks = np.round(table[name].to_numpy(), 9)
        expected = spearmanr(rankdata(np.round(table["exact"], 9)), rankdata(ranks)).statistic
        assert found.loc[name, "spearman"] == pytest.approx(expected, abs=1e-12)
        assert found.loc[name, "kendall_tau"] == pytest.approx(
            twin.kendall_tau_b(ranks, places), abs=1e-12
        )
        assert found.loc[name, "gamma"] == pytest.approx(twin.gamma(ranks, places), abs=1e-12)
    assert found.loc["trophic", "spearman"] == pytest.approx(1.0)
    assert found.loc["trophic", "p_value"] == found.loc["exact", "p_value"]
    by_layer = rank_agreement(table, by="layer")
    assert by_layer["p_value"].tolist() == found["p_value"].tolist()
    assert by_layer["layer_1_over_layer_0"].tolist() == found["hidden_over_input"].tolist()


def test_agreement_of_a_constant_ranking_is_not_defined() -> None:
    graph = nx.cycle_graph(4, create_using=nx.DiGraph)
    nx.set_node_attributes(graph, dict(enumerate(["input", "hidden", "hidden", "output"])), "role")
    found = rank_agreement(compare_rankings(graph))
    assert found[["spearman", "kendall_tau", "gamma", "somers_d"]].isna().all(axis=None)
    assert (found["jonckheere_share"] == 0.5).all()
    assert (found["p_value"] == 1.0).all()


def test_wrong_arguments_are_refused() -> None:
    graph, _ = random_graph(0)
    with pytest.raises(InputError, match="alpha must be a finite number >= 0, got -1"):
        compare_rankings(graph, alpha=-1)
    table = compare_rankings(graph)
    with pytest.raises(InputError, match="by must be one of 'role', 'layer', got 'size'"):
        rank_agreement(table, by="size")
    with pytest.raises(InputError, match="permutations must be a whole number >= 1, got 0"):
        rank_agreement(table, permutations=0)
    with pytest.raises(InputError, match=r"table must come from compare_rankings, got .* exact"):
        rank_agreement(pd.DataFrame({"component": [0]}))
    with pytest.raises(InputError, match=r"nodes have a layer, got one without; set the .* number"):
        rank_agreement(table.drop(columns="layer"), by="layer")
