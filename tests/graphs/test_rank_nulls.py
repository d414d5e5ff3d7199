from collections import Counter

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from scipy.stats import chi2

from infoscope import EstimationError, InputError, rank_nodes
from infoscope.graphs import degree_correlation, rank_significance
from infoscope.graphs import orientation as closed_form
from infoscope.graphs.adjacency import adjacency_of
from infoscope.graphs.rank_nulls import _placed, _tails
from infoscope.kernels.rewiring import rewire
from reference import rankings as twin

ROLES = ("input", "hidden", "output")


def random_weights(seed: int, n: int, m: int, weighted: bool = False) -> np.ndarray:
    rng = np.random.default_rng(seed)
    pairs = np.array([(a, b) for a in range(n) for b in range(n) if a != b])
    matrix = np.zeros((n, n))
    for a, b in rng.permutation(pairs)[:m]:
        matrix[a, b] = rng.exponential() if weighted else 1.0
    return matrix


def layered() -> np.ndarray:
    """18 inputs to 25 hidden nodes to 2 outputs, each to all of the next."""
    matrix = np.zeros((45, 45))
    matrix[:18, 18:43] = matrix[18:43, 43:] = 1.0
    return matrix


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("seed", "n", "m"), [(0, 5, 8), (1, 6, 9), (2, 6, 6), (3, 9, 7), (4, 4, 9)]
)
def test_closed_form_is_mean_and_sd_over_every_orientation(
    seed: int, n: int, m: int, weighted: bool
) -> None:
    matrix = random_weights(seed, n, m, weighted)
    values = twin.orientations(matrix)
    found = rank_significance(matrix)
    assert found.null_mean == pytest.approx(np.mean(values), abs=1e-12)
    assert found.null_sd == pytest.approx(np.std(values), abs=1e-9)
    assert found.null_sd_error == 0.0
    assert found.value == pytest.approx(values[0], abs=1e-12)
    if not weighted:
        graph = nx.DiGraph([(int(a), int(b)) for a, b in np.argwhere(matrix)])
        components = nx.number_weakly_connected_components(graph)
        assert found.null_mean == pytest.approx((len(graph) - components) / m, abs=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
def test_closed_form_agrees_with_random_orientations(weighted: bool) -> None:
    # 4,000 draws: the mean within 4 standard errors; the sd within 4 of its own, sd / sqrt(2 n)
    # for a normal law and less than 1.2 times that here.
    matrix = random_weights(0, 30, 120, weighted)
    exact = rank_significance(matrix)
    drawn = rank_significance(matrix, surrogates=4000, n_jobs=1)
    assert drawn.value == exact.value
    assert abs(drawn.null_mean - exact.null_mean) < 4 * exact.null_sd / np.sqrt(4000)
    assert abs(drawn.null_sd / exact.null_sd - 1) < 4 * 1.2 / np.sqrt(8000)
    assert len(drawn.draws) == drawn.surrogates == 4000


def test_p_of_the_closed_form_is_uniform_over_orientations() -> None:
    # Of 2,000 orientations 2.5, 50 and 97.5 % lie below these p, within 4 standard errors and
    # the error of the beta law, a tenth of the smaller side.
    matrix = random_weights(3, 30, 150)
    draws = rank_significance(matrix, surrogates=2000, n_jobs=1).draws
    one = rank_significance(matrix)
    p = np.array([_tails(value, one.null_mean, one.null_sd, 150)[0] for value in draws])
    for level in (0.025, 0.5, 0.975):
        error = 4 * np.sqrt(level * (1 - level) / 2000) + 0.1 * min(level, 1 - level)
        assert abs((p < level).mean() - level) < error


def test_a_layered_graph_is_as_directed_as_can_be() -> None:
    found = rank_significance(layered())
    assert found.value == pytest.approx(1.0, abs=1e-12)
    assert found.null_mean == pytest.approx(44 / 500)
    assert found.z > 20
    assert 0.0 < found.p < 1e-100
    assert rank_significance(layered(), alternative="less").p == pytest.approx(1.0)
    assert rank_significance(layered(), surrogates=99).p == 0.01
    assert rank_significance(layered(), surrogates=99, alternative="two-sided").p == 0.02


@pytest.mark.parametrize("surrogates", [None, 19])
def test_a_forest_is_ranked_perfectly_whatever_way_its_edges_run(surrogates: int | None) -> None:
    graph = nx.DiGraph([(0, 1), (2, 1), (2, 3), ("a", "b")])
    found = rank_significance(graph, surrogates=surrogates)
    assert found.null_mean == pytest.approx(1.0, abs=1e-12)
    assert found.null_sd == pytest.approx(0.0, abs=1e-12)
    assert np.isnan(found.z)
    assert found.p == 1.0
    assert found.flags == ("constant",)


@pytest.mark.parametrize(("n", "m"), [(60, 80), (80, 600)])
def test_estimated_leverages_are_unbiased_and_their_error_is_honest(
    n: int, m: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    adjacency = adjacency_of(random_weights(1, n, m), None)
    mean, sd, _ = closed_form.orientation_moments(adjacency, np.random.default_rng(0))
    monkeypatch.setattr(closed_form, "_DENSE", 10)
    runs = np.array(
        [
            closed_form.orientation_moments(adjacency, np.random.default_rng(seed))
            for seed in range(60)
        ]
    )
    np.testing.assert_allclose(runs[:, 0], mean, atol=1e-12)
    # 60 standardised errors: mean 0 within 4 / sqrt(60), sd 1 within 4 / sqrt(120) and a tenth.
    errors = (runs[:, 1] - sd) / runs[:, 2]
    assert abs(errors.mean()) < 4 / np.sqrt(60)
    assert abs(errors.std() - 1) < 4 / np.sqrt(120) + 0.1


def test_large_graphs_say_that_leverages_are_estimated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closed_form, "_DENSE", 10)
    assert rank_significance(random_weights(1, 40, 100)).flags == ("estimated",)
    with pytest.raises(
        InputError, match=r"no component above 10 nodes, got one of 40.*surrogates=999"
    ):
        rank_significance(random_weights(1, 40, 100, weighted=True))


@pytest.mark.kernel
@pytest.mark.parametrize(
    ("edges", "n", "classes"),
    [
        ([(0, 1), (1, 2), (2, 0)], 3, [0, 0, 0]),  # only turning the cycle leads on
        ([(0, 1), (1, 2), (2, 3), (0, 3)], 4, [0, 0, 0, 0]),
        ([(0, 1), (1, 0), (2, 3), (3, 1), (1, 3)], 4, [0, 0, 0, 0]),
        ([(0, 2), (1, 3), (2, 4), (3, 4)], 5, [0, 0, 1, 1, 2]),
        ([(0, 2), (1, 3), (2, 3), (3, 0), (4, 1)], 5, [0, 0, 1, 1, 1]),
    ],
)
def test_swaps_reach_every_graph_of_these_degrees_equally_often(
    edges: list, n: int, classes: list
) -> None:
    linked = np.zeros((n, n))
    for a, b in edges:
        linked[a, b] = 1
    every = list(twin.graphs_with_degrees(linked, classes))
    assert len(every) > 1
    sources, targets = np.nonzero(linked)
    starts, rng = np.searchsorted(sources, np.arange(n + 1)), np.random.default_rng(0)
    runs, seen = 150 * len(every), Counter()
    for _ in range(runs):
        changed = targets.copy()
        rewire(sources, changed, starts, np.array(classes), 80, rng)
        seen[tuple(sorted(zip(sources.tolist(), changed.tolist(), strict=True)))] += 1
    assert set(seen) == set(every)
    counts = np.array(list(seen.values()))
    statistic = float(np.sum((counts - 150) ** 2) / 150)
    assert statistic < chi2.isf(1e-4, len(every) - 1)


@pytest.mark.parametrize("blocks", [False, True])
def test_swapped_graphs_keep_degrees_and_blocks(blocks: bool) -> None:
    matrix = random_weights(2, 20, 90)
    sources, targets = np.nonzero(matrix)
    classes = np.arange(20) % 3 if blocks else np.zeros(20, np.int64)
    starts, changed = np.searchsorted(sources, np.arange(21)), targets.copy()
    assert rewire(sources, changed, starts, classes, 8000, np.random.default_rng(0)) > 900
    after = np.zeros_like(matrix)
    after[sources, changed] = 1.0
    assert after.sum() == 90
    assert np.trace(after) == 0
    assert (after != matrix).any()
    np.testing.assert_array_equal(after.sum(axis=0), matrix.sum(axis=0))
    np.testing.assert_array_equal(after.sum(axis=1), matrix.sum(axis=1))
    member = np.eye(3)[classes]
    np.testing.assert_array_equal(member.T @ after @ member, member.T @ matrix @ member)


def test_placed_edges_keep_blocks_and_take_every_pair_equally_often() -> None:
    classes, count = np.array([0, 0, 0, 1, 1]), np.array([[2, 3], [0, 1]])
    rng, total = np.random.default_rng(0), np.zeros((5, 5))
    for _ in range(3000):
        sources, targets, weights = _placed(np.arange(6.0), classes, count, rng)
        placed = np.zeros((5, 5))
        placed[sources, targets] = 1
        assert placed.sum() == 6
        assert sorted(weights) == list(range(6))
        total += placed
    chance = np.zeros((5, 5))
    chance[:3, :3], chance[:3, 3:], chance[3:, 3:] = 2 / 6, 3 / 6, 1 / 2
    np.fill_diagonal(chance, 0.0)
    assert np.all(np.abs(total / 3000 - chance) <= 4.5 * np.sqrt(chance * (1 - chance) / 3000))


def test_a_graph_directed_beyond_its_degrees_is_found_so() -> None:
    # Nodes on a line, edges one way and short: degrees alone do not make them climb.
    rng = np.random.default_rng(0)
    graph = nx.DiGraph([(a, a + int(s)) for a in range(60) for s in rng.integers(1, 5, size=3)])
    found = rank_significance(graph, null="degree", surrogates=99)
    assert found.p == 0.01
    assert found.z > 10
    assert found.value == rank_nodes(graph).directedness


def test_p_is_uniform_for_graphs_of_the_null() -> None:
    # 60 graphs of the block null itself, 19 samples each: p takes 0.05, 0.1, ... alike.
    rng = np.random.default_rng(0)
    p = [
        rank_significance(
            random_weights(int(rng.integers(10**6)), 12, 40), null="block", surrogates=19, n_jobs=1,
            random_state=rng,
        ).p
        for _ in range(60)
    ]  # fmt: skip
    assert abs(np.mean(p) - 0.525) < 4 * np.sqrt(1 / 12 / 60)


def opposed(seed: int) -> nx.DiGraph:
    """Ten inputs to ten outputs at random: degrees oppose each other, within blocks by chance."""
    linked = np.random.default_rng(seed).random((10, 10)) < 0.6
    graph = nx.DiGraph([(int(a), 10 + int(b)) for a, b in np.argwhere(linked)])
    nx.set_node_attributes(graph, {n: "input" if n < 10 else "output" for n in graph}, "role")
    return graph


def test_degrees_that_oppose_each_other_are_told_from_their_blocks() -> None:
    arguments = {"null": "block", "statistic": "degree_correlation", "alternative": "less"}
    p = []
    for seed in range(30):
        graph = opposed(seed)
        anywhere = rank_significance(graph, surrogates=19, **arguments)
        within = rank_significance(graph, surrogates=19, blocks="role", **arguments)
        assert anywhere.value == within.value == degree_correlation(graph)
        assert anywhere.p == 0.05
        assert within.null_mean < -0.7
        p.append(within.p)
    # Uniform on 0.05, 0.1, ... 1 within 4 standard errors.
    assert abs(np.mean(p) - 0.525) < 4 * np.sqrt(1 / 12 / 30)


def test_blocks_are_an_attribute_or_labels() -> None:
    graph = opposed(0)
    labels = [graph.nodes[node]["role"] for node in graph]
    for null in ("degree", "block"):
        one, two = (
            rank_significance(graph, null=null, surrogates=5, blocks=blocks)
            for blocks in ("role", labels)
        )
        np.testing.assert_array_equal(one.draws, two.draws)


def test_reciprocity_counts_edges_that_go_both_ways() -> None:
    graph = nx.DiGraph([(0, 1), (1, 0), (1, 2), (2, 3), (3, 4), (4, 2)])
    for null in ("orientation", "degree", "block"):
        found = rank_significance(graph, null=null, statistic="reciprocity", surrogates=9)
        assert found.value == nx.overall_reciprocity(graph) == pytest.approx(1 / 3)


@pytest.mark.parametrize("null", ["orientation", "degree", "block"])
def test_draws_depend_on_the_seed_alone(null: str) -> None:
    matrix = csr_array(random_weights(0, 15, 50))
    one, two = (rank_significance(matrix, null=null, surrogates=8, n_jobs=jobs) for jobs in (1, 2))
    np.testing.assert_array_equal(one.draws, two.draws)
    other = rank_significance(matrix, null=null, surrogates=8, random_state=1)
    assert (other.draws != one.draws).any()


def test_a_test_becomes_a_table_of_one_row() -> None:
    found = rank_significance(random_weights(0, 15, 50), surrogates=9)
    table = found.to_frame()
    assert isinstance(table, pd.DataFrame)
    assert table.loc[0, "p"] == found.p
    assert "draws" not in table


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"null": "shuffle"}, "null must be one of 'orientation', 'degree', 'block'"),
        ({"statistic": "motifs"}, "statistic must be one of 'directedness'"),
        ({"alternative": "more"}, "alternative must be one of 'greater'"),
        ({"surrogates": 0}, "surrogates must be a whole number >= 1, got 0"),
        (
            {"blocks": "role", "null": "degree"},
            "blocks must be an attribute of the nodes, got 'role'",
        ),
        ({"blocks": [0, 1], "null": "degree"}, "blocks must have one label per row"),
        ({"blocks": "role"}, "blocks must be None for null='orientation'"),
        ({"statistic": "reciprocity", "weight": "flow"}, "weight must be None for statistic='rec"),
        (
            {"statistic": "degree_correlation", "null": "degree"},
            "null must not be 'degree' for statistic='degree_correlation', which it keeps",
        ),
    ],
)
def test_wrong_arguments_are_refused(arguments: dict, match: str) -> None:
    with pytest.raises(InputError, match=match):
        rank_significance(nx.gnp_random_graph(8, 0.4, seed=0, directed=True), **arguments)


def test_what_is_not_defined_is_said_so() -> None:
    with pytest.raises(EstimationError, match="graph must have an edge, got none"):
        rank_significance(nx.empty_graph(3, create_using=nx.DiGraph))
    star = nx.DiGraph([(0, i) for i in range(1, 6)])
    with pytest.raises(EstimationError, match="no other graph with these degrees"):
        rank_significance(star, null="degree")
    cycle = nx.cycle_graph(5, create_using=nx.DiGraph)
    with pytest.raises(EstimationError, match="degree correlation is not defined where"):
        rank_significance(cycle, null="block", statistic="degree_correlation")
