import math
from itertools import permutations, product

import networkx as nx
import numpy as np
import pytest
from scipy.stats import kendalltau, somersd

from infoscope import InputError, rank_nodes
from infoscope.graphs import class_order
from infoscope.graphs.class_agreement import association, jonckheere, levels, ordering
from reference import rankings as twin


def draw(seed: int, n: int, values: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Ranks with ties, or without where there are many values, and classes they depend on."""
    rng = np.random.default_rng(seed)
    places = rng.integers(0, classes, n)
    places[: min(classes, n)] = np.arange(min(classes, n))
    return np.round(places + rng.normal(size=n) * 2) if values < n else rng.normal(size=n), places


@pytest.mark.parametrize(
    ("n", "values", "classes"), [(14, 5, 3), (14, 99, 3), (20, 5, 2), (9, 4, 5)]
)
@pytest.mark.parametrize("seed", range(4))
def test_measures_equal_counting_pairs(seed: int, n: int, values: int, classes: int) -> None:
    ranks, places = draw(seed, n, values, classes)
    found = association(ranks, places)
    assert found["gamma"] == pytest.approx(twin.gamma(ranks, places), abs=1e-12)
    assert found["somers_d"] == pytest.approx(twin.somers_d(ranks, places), abs=1e-12)
    assert found["somers_d"] == pytest.approx(somersd(places, ranks).statistic, abs=1e-12)
    assert found["kendall_tau"] == pytest.approx(twin.kendall_tau_b(ranks, places), abs=1e-12)
    assert found["kendall_tau"] == pytest.approx(kendalltau(ranks, places).statistic, abs=1e-12)
    share = found["kendall_tau"] / found["kendall_tau_max"]
    assert found["kendall_tau_share"] == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize("values", [3, 99])
@pytest.mark.parametrize("seed", range(4))
def test_largest_tau_is_that_of_every_way_to_hand_out_the_ranks(seed: int, values: int) -> None:
    ranks, places = draw(seed, 6, values, 3)
    found = association(ranks, places)["kendall_tau_max"]
    assert found == pytest.approx(twin.largest_tau_b(ranks, places), abs=1e-12)


def test_largest_tau_of_the_published_network() -> None:
    # 18 inputs, 25 hidden nodes and 2 outputs: sqrt(536 pairs of different classes of 990).
    places = np.repeat([0, 1, 2], [18, 25, 2])
    found = association(np.arange(45.0), places)
    assert found["kendall_tau_max"] == pytest.approx(math.sqrt(536 / 990))
    assert found["kendall_tau_share"] == found["gamma"] == found["somers_d"] == 1.0
    assert association(places + 0.0, places)["kendall_tau"] == pytest.approx(1.0)


@pytest.mark.parametrize("seed", range(4))
def test_of_two_classes_somers_d_is_twice_the_probability_less_one(seed: int) -> None:
    ranks, places = draw(seed, 15, 5, 2)
    probability = ordering(ranks, places, ["a", "b"])["b_over_a"]
    assert association(ranks, places)["somers_d"] == pytest.approx(2 * probability - 1, abs=1e-12)
    alone = jonckheere(ranks, places, np.zeros(15, np.int64), 9, np.random.default_rng(0))
    assert alone["jonckheere_share"] == pytest.approx(probability, abs=1e-12)


@pytest.mark.parametrize("values", [5, 99])
@pytest.mark.parametrize("seed", range(4))
def test_trend_counts_pairs_of_one_component(seed: int, values: int) -> None:
    ranks, places = draw(seed, 16, values, 3)
    component = np.random.default_rng(seed).integers(0, 3, 16) * 5
    found = jonckheere(ranks, places, component, 5, np.random.default_rng(0))
    assert found["jonckheere"] == twin.jonckheere(ranks, places, component)
    most = twin.jonckheere(places + 0.0, places, component)
    assert found["jonckheere_share"] == pytest.approx(found["jonckheere"] / most)


@pytest.mark.parametrize("seed", range(3))
def test_p_of_the_trend_is_that_of_every_order_of_the_labels(seed: int) -> None:
    ranks, places = draw(seed, 8, 4, 3)
    component = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    observed = twin.jonckheere(ranks, places, component)
    ways = [
        twin.jonckheere(ranks, [*first, *second], component) >= observed
        for first, second in product(
            set(permutations(places[:4])), set(permutations(places[4:]))
        )
    ]  # fmt: skip
    exact = float(np.mean(ways))
    n = 4000
    found = jonckheere(ranks, places, component, n, np.random.default_rng(0))["p_value"]
    assert abs(found - exact) < 4 * math.sqrt(exact * (1 - exact) / n) + 1 / n


def test_labels_are_permuted_within_components_only() -> None:
    # One class a component: no order of the labels differs, and no pair compares them.
    found = jonckheere(
        np.arange(4.0), np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]), 9, np.random.default_rng(0)
    )
    assert all(math.isnan(value) for value in found.values())


def test_ranks_that_differ_by_rounding_are_ties() -> None:
    ranks = np.array([1.0, 3.0, 1.0 + 1e-13, -2.0, 3.0 - 1e-13])
    assert levels(ranks).tolist() == [1, 2, 1, 0, 2]
    assert levels(1e-5 * ranks).tolist() == [1, 2, 1, 0, 2]
    assert levels(np.zeros(3)).tolist() == [0, 0, 0]
    assert levels(np.empty(0)).tolist() == []


def layered(roles: bool = True) -> nx.DiGraph:
    graph = nx.DiGraph([(f"x{i}", f"h{j}") for i in range(4) for j in range(5)])
    graph.add_edges_from([(f"h{j}", f"o{k}") for j in range(5) for k in range(2)])
    for place, (letter, role) in enumerate(zip("xho", ("input", "hidden", "output"), strict=True)):
        for node in graph:
            if node[0] == letter:
                graph.add_node(node, layer=place, **({"role": role} if roles else {}))
    return graph


def test_class_order_of_a_layered_graph_is_perfect() -> None:
    # Tied within layers: exact ranks differ there by rounding, which must not count.
    ranking = rank_nodes(layered())
    assert class_order(ranking) == {
        "hidden_over_input": 1.0,
        "output_over_hidden": 1.0,
        "kendall_tau": pytest.approx(1.0),
    }
    whole = class_order(ranking, complete=True)
    for name in ("kendall_tau_max", "kendall_tau_share", "gamma", "somers_d", "jonckheere_share"):
        assert whole[name] == pytest.approx(1.0)
    assert whole["jonckheere"] == 4 * 5 + 4 * 2 + 5 * 2
    assert whole["p_value"] == 0.001
    assert class_order(ranking, complete=True, permutations=19)["p_value"] == 0.05


def test_class_order_by_layer_needs_no_roles() -> None:
    ranking = rank_nodes(layered(roles=False))
    assert class_order(ranking, by="layer") == {
        "layer_1_over_layer_0": 1.0,
        "layer_2_over_layer_1": 1.0,
        "kendall_tau": pytest.approx(1.0),
    }
    with pytest.raises(InputError, match="nodes have a role, got one without"):
        class_order(ranking)


def test_nodes_of_other_roles_do_not_count() -> None:
    graph = layered()
    expected = class_order(rank_nodes(graph), complete=True)
    graph.nodes["h0"]["role"] = "bias"
    found = class_order(rank_nodes(graph), complete=True)
    assert found["jonckheere"] == expected["jonckheere"] - 6


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"by": "size"}, "by must be one of 'role', 'layer', got 'size'"),
        ({"complete": 1}, "complete must be True or False, got 1"),
        ({"complete": True, "permutations": 0}, "permutations must be a whole number >= 1, got 0"),
    ],
)
def test_wrong_arguments_are_refused(arguments: dict, match: str) -> None:
    with pytest.raises(InputError, match=match):
        class_order(rank_nodes(layered()), **arguments)
