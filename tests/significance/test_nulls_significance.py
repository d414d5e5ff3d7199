from collections import Counter
from math import floor

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import chisquare, false_discovery_control

from infoscope import EstimationError, Gaussian, InputError, Recording, information_flow
from infoscope.graphs.graph import threshold_graph
from infoscope.significance import (
    FlowSignificance,
    by_all,
    monte_carlo_p,
    significance_of,
    surrogates_needed,
)
from infoscope.significance.multiplicity import standardised, step_down_p
from infoscope.significance.thresholds import critical, share_threshold
from infoscope.surrogates import (
    BlockPermutation,
    CircularShift,
    IIDShuffle,
    LagSwap,
    Layout,
    RowSurrogate,
    root_seed,
    surrogate_statistics,
)
from infoscope.synthetic import IndependentNodes
from reference import nulls as twin

NODES = pd.DataFrame(
    {"role": ["input", "input", "hidden", "hidden", "hidden", "output"]},
    index=pd.Index(["x0", "x1", "h0", "h1", "h2", "o0"], name="node"),
)


def drawn(n: int = 99, nodes: int = 6, seed: int = 0, spread: float = 0.0) -> np.ndarray:
    """Statistics (1 + surrogate, source, target) of no edge, some with more noise than others."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(1 + n, nodes, nodes)) * np.exp(spread * rng.normal(size=(nodes, nodes)))


def with_edges(n: int = 99, seed: int = 0, **options) -> FlowSignificance:
    """A significance of six nodes, x0→h0, h0→h1 and h1→o0 among them."""
    values = drawn(n, seed=seed, spread=0.7)
    for source, target in ((0, 2), (2, 3), (3, 5)):
        values[0, source, target] += 30
    return significance_of(values[0], values[1:], nodes=NODES, **options)


# p-values


@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
def test_p_counts_exactly(alternative: str) -> None:
    rng = np.random.default_rng(0)
    observed, surrogates = rng.integers(0, 5, size=(4, 3)), rng.integers(0, 5, size=(19, 4, 3))
    p = monte_carlo_p(observed, surrogates, alternative)
    for place in np.ndindex(4, 3):
        own = surrogates[(slice(None), *place)]
        assert p[place] == twin.monte_carlo_p(observed[place], own.tolist(), alternative)


def test_p_is_uniform_where_all_are_alike() -> None:
    values = np.random.default_rng(1).normal(size=(10, 20_000))
    p = monte_carlo_p(values[0], values[1:])
    seen = Counter(np.rint(10 * p).astype(int).tolist())
    assert set(seen) == set(range(1, 11))
    assert chisquare(list(seen.values())).pvalue > 1e-4


def test_what_differs_by_rounding_counts_as_equal() -> None:
    assert monte_carlo_p([0.3], [[0.1 + 0.2 - 1e-15], [0.0], [0.0]]).tolist() == [0.5]


@pytest.mark.parametrize("correction", ["none", "fwer", "fdr", "fdr-any"])
@pytest.mark.parametrize(
    ("level", "edges", "together"), [(0.05, 1, 1), (0.05, 40, 1), (0.1, 37, 5)]
)
def test_needed_surrogates_are_just_enough(
    correction: str, level: float, edges: int, together: int
) -> None:
    def smallest(n: int) -> float:
        p = np.full(edges, 1.0)
        p[:together] = 1 / (n + 1)
        if correction.startswith("fdr"):
            p = np.array(twin.benjamini_hochberg(p.tolist(), correction == "fdr-any"))
        return float(p[0])

    needed = surrogates_needed(level, edges=edges, correction=correction, discoveries=together)
    assert smallest(needed) <= level * (1 + 1e-12)
    assert smallest(needed - 1) > level


# Many edges


@pytest.mark.parametrize("seed", range(5))
def test_multiplicity_equals_its_slow_twin(seed: int) -> None:
    values = drawn(19, 5, seed, spread=1.0)
    values[0, 0, 1:3] += 5
    found = significance_of(values[0], values[1:])
    pairs = ~np.eye(5, dtype=bool)
    scores = twin.standardised(values[:, pairs].tolist())
    np.testing.assert_allclose(found.standardised.to_numpy()[pairs], scores[0], rtol=1e-9)
    np.testing.assert_allclose(found.scores, scores[1:], rtol=1e-9)
    np.testing.assert_array_equal(found.p_fwer.to_numpy()[pairs], twin.single_step_p(scores))
    np.testing.assert_array_equal(
        found.p_fwer_step_down.to_numpy()[pairs], twin.step_down_p(scores)
    )
    p = found.p.to_numpy()[pairs]
    np.testing.assert_array_equal(
        p, [twin.monte_carlo_p(v[0], v[1:].tolist(), "greater") for v in values[:, pairs].T]
    )
    for values_of, any_dependence, method in ((found.q, False, "bh"), (found.q_any, True, "by")):
        q = values_of.to_numpy()[pairs]
        np.testing.assert_allclose(q, twin.benjamini_hochberg(p.tolist(), any_dependence))
        np.testing.assert_allclose(q, false_discovery_control(p, method=method))
    assert (found.p_fwer_step_down <= found.p_fwer).to_numpy()[pairs].all()


def test_mean_and_deviation_are_those_of_the_surrogates() -> None:
    values = drawn(30)
    found = significance_of(values[0], values[1:])
    for part, expected in (
        (found.null_mean, values[1:].mean(axis=0)),
        (found.null_sd, values[1:].std(axis=0, ddof=1)),
        (found.standardised * found.null_sd + found.null_mean, values[0]),
    ):
        pairs = ~np.eye(6, dtype=bool)
        np.testing.assert_allclose(part.to_numpy()[pairs], expected[pairs], rtol=1e-9)
        assert np.isnan(part.to_numpy()[~pairs]).all()


@pytest.mark.parametrize("alternative", ["greater", "two-sided"])
def test_the_smallest_of_all_p_is_uniform_where_all_are_alike(alternative: str) -> None:
    """Exact for any number of surrogates and edges, dependent or of unequal noise."""
    rng, ranks = np.random.default_rng(2), []
    for _ in range(1500):
        common = rng.normal(size=(10, 1, 1))
        values = (common + rng.normal(size=(10, 4, 4))) * np.arange(1, 5)
        found = significance_of(values[0], values[1:], alternative=alternative)
        ranks.append(round(10 * float(found.p_fwer.min())))
        assert float(found.p_fwer_step_down.min()) == float(found.p_fwer.min())
    seen = Counter(ranks)
    assert set(seen) == set(range(1, 11))
    assert chisquare(list(seen.values())).pvalue > 1e-4


def test_surrogates_that_are_alike_do_not_measure_one_another() -> None:
    values = np.random.default_rng(0).normal(size=(6, 3))
    alike = np.eye(6, dtype=bool)
    alike[1, 2] = alike[2, 1] = True
    found = standardised(values, alike)
    others = [0, 3, 4, 5]
    expected = (values[1] - values[others].mean(axis=0)) / values[others].std(axis=0, ddof=1)
    np.testing.assert_allclose(found[1], expected, rtol=1e-12)
    np.testing.assert_allclose(found[0], twin.standardised(values.tolist())[0], rtol=1e-12)


def test_surrogates_that_are_all_equal_make_an_edge_certain_or_nothing() -> None:
    values = drawn(19)
    values[:, 0, 1] = 0.1 + 0.2
    values[:, 0, 2], values[0, 0, 2] = 0.3, 2.0
    found = significance_of(values[0], values[1:])
    assert found.standardised[0, 1] == 0.0
    assert found.p[0, 1] == found.p_fwer[0, 1] == 1.0
    assert found.standardised[0, 2] == np.inf
    assert found.p[0, 2] == found.p_fwer[0, 2] == 0.05
    limits = found.threshold_fwer(0.05, unit="edge")
    assert limits[0, 1] == pytest.approx(0.3)
    assert np.isfinite(limits.to_numpy()[~np.eye(6, dtype=bool)]).all()


def _chain_of_two(sequences: int = 40, steps: int = 100) -> np.ndarray:
    """A node that drives another one (sequence, time, node): about 0.5 bits."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=sequences * steps)
    driven = np.r_[0.0, x[:-1]] + rng.normal(size=len(x))
    return np.stack([x, driven], 1).reshape(sequences, steps, 2)


@pytest.mark.parametrize("jitter", [0.0, 1e-6, 1e-5, 1e-4, 1e-3])
def test_tonic_nodes_change_nothing_about_other_edges(jitter: float) -> None:
    rng = np.random.default_rng(1)
    pair = _chain_of_two()
    tonic = rng.normal(size=(40, 1, 2)) + jitter * rng.normal(size=(40, 100, 2))
    found = information_flow(
        Recording.from_arrays(hidden=np.concatenate([pair, tonic], 2)), estimator=Gaussian()
    ).significance("sequence-permutation", surrogates=99)
    assert np.isfinite(found.scores).all()
    assert found.p_fwer[0, 1] == found.p[0, 1] == 0.01


@pytest.mark.parametrize("jitter", [1e-4, 1e-2])
def test_near_copies_change_nothing_about_other_edges(jitter: float) -> None:
    pair = _chain_of_two()
    copy = pair[..., :1] + jitter * np.random.default_rng(1).normal(size=(40, 100, 1))
    found = information_flow(
        Recording.from_arrays(hidden=np.concatenate([pair, copy], 2)), estimator=Gaussian()
    ).significance("sequence-permutation", surrogates=99)
    assert np.isfinite(found.scores).all()
    assert found.p_fwer.to_numpy()[[0, 2], 1].tolist() == [0.01, 0.01]


@pytest.mark.parametrize("size", [1e-9, 1e-6, 1e3])
def test_the_size_of_one_edge_changes_no_other(size: float) -> None:
    values = drawn(99, seed=4)
    values[0, 0, 1] += 8.0
    scaled = values.copy()
    scaled[:, 2, 3] *= size
    one, other = (significance_of(v[0], v[1:]) for v in (values, scaled))
    for name in ("p", "p_fwer", "standardised"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-3)


def test_pooled_p_counts_surrogates_of_all_edges_between_the_same_roles() -> None:
    found = with_edges(19, pool=True)
    own = significance_of(found.flow, drawn(19, spread=0.7)[1:], nodes=NODES)
    assert found.pooled
    table = found.to_frame()
    scores = {
        (NODES.index[a], NODES.index[b]): column
        for (a, b), column in zip(np.argwhere(found.tested.to_numpy()), found.scores.T, strict=True)
    }
    for row in table.itertuples():
        same = table[table["edge_class"] == row.edge_class]
        pool = [s for a, b in zip(same["source"], same["target"], strict=True) for s in
                scores[a, b].tolist()]  # fmt: skip
        assert row.p == twin.monte_carlo_p(row.standardised, pool, "greater")
    assert float(found.p.min()) < float(own.p.min()) == 0.05


# Thresholds


@pytest.mark.parametrize("n", [19, 40, 99])
@pytest.mark.parametrize("level", [0.05, 0.2])
def test_edges_above_their_threshold_are_those_of_small_p(n: int, level: float) -> None:
    found = with_edges(n)
    above = found.flow > found.threshold_fwer(level, unit="edge")
    xr.testing.assert_equal(above, (found.p_fwer <= level).rename("flow"))
    above = found.standardised > found.threshold_fwer(level, unit="standardised")
    xr.testing.assert_equal(above, (found.p_fwer <= level).rename("standardised"))
    assert above.sum() >= 3
    xr.testing.assert_equal(above, found.significant(level).rename("standardised"))
    xr.testing.assert_equal(
        found.flow > found.threshold_fwer(level), found.significant(level).rename("flow")
    )
    strict = found.threshold_fwer(level, unit="bits")
    # As defined: so many of all, the observed one included, have an edge above it.
    beyond = (found.draws.max(axis=1) > strict).sum()
    assert beyond == floor(level * (n + 1) + 1e-9) - 1


@pytest.mark.parametrize("pool", [False, True])
def test_edges_above_their_threshold_are_those_of_small_q(pool: bool) -> None:
    found = with_edges(299, pool=pool)
    for level in (0.1, 0.3):
        limit = found.threshold_fdr(level, unit="edge")
        xr.testing.assert_equal(found.flow > limit, (found.q <= level).rename("flow"))
        xr.testing.assert_equal(limit, found.threshold_fdr(level))
        assert (found.q <= level).sum() >= 3


def test_expected_false_edges_are_counted() -> None:
    found = with_edges(50)
    for threshold in (-1.0, 0.06, 1.3):
        expected = sum(
            sum(flow > threshold for flow in edge) / 50 for edge in found.draws.T.tolist()
        )
        assert found.expected_false_edges(threshold) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_one_threshold_for_a_share_of_false_edges_is_the_lowest(seed: int) -> None:
    rng = np.random.default_rng(seed)
    observed, draws = rng.normal(size=12).round(1), rng.normal(size=(30, 12)).round(1)
    observed[:4] += 2.0
    best = None
    for threshold in np.unique([*observed, *draws.ravel(), -9.0]):
        edges = (observed > threshold).sum()
        if edges and (draws > threshold).sum() / 30 <= 0.2 * edges:
            best = threshold
            break
    found = share_threshold(observed, draws, 0.2)
    if best is None:
        assert found == observed.max()
    else:
        assert found == best
        assert (draws > found).sum() / 30 <= 0.2 * (observed > found).sum()


def test_a_critical_value_that_no_value_exceeds_often_enough_is_infinite() -> None:
    assert critical(np.arange(10.0), 0.05) == np.inf
    assert critical(np.arange(10.0), 1 / 11) == 9.0


def test_thresholds_are_compared() -> None:
    found = with_edges()
    table = found.thresholds(unit="bits")
    assert table.index.tolist() == ["FWER 5 %", "FDR 10 %", "0.06 bit", "0.3 bit", "0.4 bit"]
    row = table.loc["0.3 bit"]
    edges = found.flow.to_numpy()[~np.eye(6, dtype=bool)] > 0.3
    assert row["edges"] == edges.sum()
    assert row["expected_false_edges"] == found.expected_false_edges(0.3)
    assert row["implied_fdr"] == pytest.approx(row["expected_false_edges"] / edges.sum())
    assert table.loc["FDR 10 %", "implied_fdr"] <= 0.1
    assert table.loc["FWER 5 %", "edges"] >= 3


@pytest.mark.parametrize("n", [39, 299])
def test_thresholds_find_the_significant_edges(n: int) -> None:
    found = with_edges(n)
    table = found.thresholds()
    assert table.loc["FWER 5 %", "edges"] == found.significant(0.05).sum()
    assert table.loc["FDR 10 %", "edges"] == (found.q <= 0.1).sum()
    limits = found.threshold_fwer(0.05)
    assert table.loc["FWER 5 %", "threshold"] == np.nanmedian(limits)
    beyond = (found.draws > limits.to_numpy()[found.tested.to_numpy()]).sum() / n
    assert table.loc["FWER 5 %", "expected_false_edges"] == pytest.approx(beyond)
    graph = threshold_graph(found.flow, NODES, limits)
    assert set(graph.edges) == set(found.graph(0.05).edges)


def test_thresholds_of_other_edges_are_refused() -> None:
    found = with_edges(39)
    with pytest.raises(InputError, match=r"threshold must be a number or have shape.*\(6, 6\)"):
        found.expected_false_edges(found.threshold_fwer()[:5])


# Several nulls


def of_two_nulls(n: int = 99) -> tuple[FlowSignificance, ...]:
    """The same flow by two nulls, the second of which makes x0→h0 common."""
    values, other = drawn(n, spread=0.7), drawn(n + 20, seed=5, spread=0.7)
    for source, target in ((0, 2), (2, 3), (3, 5)):
        values[0, source, target] += 30
    other[1:, 0, 2] += 30
    parts = [
        significance_of(values[0], surrogates, nodes=NODES, null=name, tests=f"no {name}")
        for name, surrogates in (("existence", values[1:]), ("direction", other[1:]))
    ]
    return by_all(parts), *parts


def test_an_edge_must_be_significant_by_all_nulls() -> None:
    both, *parts = of_two_nulls()
    for name in ("p", "p_fwer", "p_fwer_step_down"):
        largest = np.maximum(*(getattr(part, name).to_numpy() for part in parts))
        np.testing.assert_array_equal(getattr(both, name), largest)
    p = both.p.to_numpy()[both.tested.to_numpy()]
    np.testing.assert_allclose(
        both.q.to_numpy()[both.tested.to_numpy()], twin.benjamini_hochberg(p.tolist())
    )
    assert set(both.graph(0.05).edges) == {("h0", "h1"), ("h1", "o0")}
    assert both.null == "existence and direction"
    assert both.surrogates == 99
    assert "no existence; or no direction" in both.hypothesis


@pytest.mark.parametrize("level", [0.05, 0.2])
def test_thresholds_of_several_nulls_are_passed_by_the_significant_edges(level: float) -> None:
    both, *parts = of_two_nulls()
    expected = both.significant(level).rename("flow")
    xr.testing.assert_equal(both.flow > both.threshold_fwer(level), expected)
    q = (both.q <= level).rename("flow")
    xr.testing.assert_equal(both.flow > both._of_share(level), q)
    highest = max(part.threshold_fwer(level, unit="bits") for part in parts)
    assert both.threshold_fwer(level, unit="bits") == highest
    assert both.expected_false_edges(0.3) >= max(p.expected_false_edges(0.3) for p in parts)
    with pytest.raises(InputError, match=r"unit must be 'edge' or 'bits'.*2 nulls"):
        both.threshold_fwer(level, unit="standardised")


def test_only_significances_of_one_flow_are_combined() -> None:
    one, other = with_edges(19), with_edges(19, seed=1)
    assert by_all([one]) is one
    with pytest.raises(InputError, match="parts must be of one flow"):
        by_all([one, other])
    with pytest.raises(InputError, match="parts is empty"):
        by_all([])


# In words


def test_a_graph_says_its_hypothesis_and_how_many_impossible_pairs_are_in_it() -> None:
    values = drawn()
    control = np.zeros((6, 6), bool)
    control[5, :5] = control[2:5, :2] = True
    quiet = significance_of(values[0], values[1:], control=control, nodes=NODES, tests="no flow")
    assert quiet.graph().graph["control_share"] == 0.0
    assert quiet.warnings == quiet.graph().graph["warnings"] == ()
    assert "no flow" in quiet.hypothesis
    assert "not a connection" in quiet.graph().graph["hypothesis"]
    assert quiet.to_frame().attrs["hypothesis"] == quiet.hypothesis
    values[0, 5, :5] += 50.0
    loud = significance_of(values[0], values[1:], control=control, nodes=NODES)
    assert loud.graph().graph["control_share"] == pytest.approx(5 / 11)
    assert "45% of the 11 pairs" in loud.warnings[0]
    for text in (*loud.warnings, loud.hypothesis, "45% are significant at FWER 5%"):
        assert text in loud.describe()
    assert "control" not in with_edges().describe()
    assert "30 edges" in repr(with_edges())
    assert "99 surrogates" in repr(with_edges())


# What comes out


def test_graph_has_the_significant_edges_that_exceed_the_threshold() -> None:
    found = with_edges()
    graph = found.graph(0.05)
    assert set(graph.edges) == {("x0", "h0"), ("h0", "h1"), ("h1", "o0")}
    assert graph.nodes["x0"] == {"role": "input"}
    assert graph.edges["x0", "h0"]["flow"] == float(found.flow.sel(source="x0", target="h0"))
    assert graph.edges["x0", "h0"]["p_fwer"] == 0.01
    assert graph.graph["level"] == 0.05
    assert nx.is_directed(graph)
    assert found.graph(0.05, threshold=1e6).number_of_edges() == 0
    assert set(found.graph(0.05, correction="none").edges) >= set(graph.edges)
    assert "q" in next(iter(with_edges(299).graph(0.1, correction="fdr").edges(data=True)))[2]


def test_two_sided_tests_see_less_than_chance_but_draw_no_edge_there() -> None:
    values = drawn()
    values[0, 0, 1] = 50.0
    values[1:, 0, 2] += 100.0
    found = significance_of(values[0] + 1, values[1:] + 1, alternative="two-sided")
    assert found.significant().to_numpy()[0, 1:3].tolist() == [True, True]
    assert (0, 1) in found.graph().edges
    assert (0, 2) not in found.graph().edges
    assert not significance_of(values[0], values[1:]).significant()[0, 2]
    assert found.threshold_fwer(0.05, unit="standardised") > 2
    for call in (found.threshold_fwer, found.threshold_fdr):
        with pytest.raises(InputError, match="unit must be 'standardised' for a two-sided test"):
            call()


def test_only_tested_edges_count() -> None:
    values = drawn()
    tested = np.zeros((6, 6), bool)
    tested[0, 2:5] = True
    found = significance_of(values[0], values[1:], tested=tested, nodes=NODES)
    alone = significance_of(values[0], values[1:, :, :], tested=tested)
    assert found.draws.shape == (99, 3)
    assert len(found.to_frame()) == 3
    scores = twin.standardised(values[:, 0, 2:5].tolist())
    np.testing.assert_array_equal(found.p_fwer.to_numpy()[0, 2:5], twin.single_step_p(scores))
    assert np.isnan(found.p.to_numpy()[~tested]).all()
    np.testing.assert_array_equal(found.q.to_numpy(), alone.q.to_numpy())


def test_pairs_that_can_have_no_edge_are_a_control() -> None:
    values = drawn()
    control = np.zeros((6, 6), bool)
    control[5, :5] = control[2:5, :2] = True
    values[0, 5, :2] += 50.0
    without = significance_of(values[0], values[1:], tested=~control & ~np.eye(6, dtype=bool))
    found = significance_of(values[0], values[1:], control=control, nodes=NODES)
    for name in ("p", "p_fwer", "p_fwer_step_down", "q", "q_any"):
        where = found.tested.to_numpy()
        np.testing.assert_array_equal(
            getattr(found, name).to_numpy()[where], getattr(without, name).to_numpy()[where]
        )
    table = found.false_positive_control(0.05)
    assert table["pairs"].to_dict() == {
        "hidden→input": 6, "output→hidden": 3, "output→input": 2, "all": 11,
    }  # fmt: skip
    assert table.loc["output→input", ["share", "share_fwer"]].tolist() == [1.0, 1.0]
    p = found.p.to_numpy()[control]
    assert table.loc["all", "share"] == (p <= 0.05).mean()
    assert table.loc["all", "share_fwer"] == pytest.approx(2 / 11)
    assert not found.significant().to_numpy()[control].any()
    assert len(found.to_frame(control=True)) == 11


def test_table_has_the_strongest_first() -> None:
    table = with_edges().to_frame()
    assert len(table) == 30
    assert table["standardised"].is_monotonic_decreasing
    assert set(zip(table["source"][:3], table["target"][:3], strict=True)) == {
        ("x0", "h0"), ("h0", "h1"), ("h1", "o0"),
    }  # fmt: skip
    assert set(table["edge_class"][:3]) == {"input→hidden", "hidden→hidden", "hidden→output"}


def test_names_and_units_of_the_flow_are_kept() -> None:
    names = ["a", "b", "c"]
    values = drawn(19, 3)
    flow = xr.DataArray(
        values[0], dims=("source", "target"), coords={"source": names, "target": names},
        attrs={"units": "bit"},
    )  # fmt: skip
    found = significance_of(flow, values[1:], null="circular-shift")
    assert found.p["source"].to_numpy().tolist() == names
    assert found.flow.attrs["units"] == "bit"
    assert list(found.graph(0.5).nodes) == names
    assert found.null == "circular-shift"
    assert found.surrogates == 19
    assert found.smallest_p == 0.05


# What is refused


def test_too_few_surrogates_for_a_level_are_refused_with_the_number_needed() -> None:
    found = with_edges(18)
    for call in (
        found.threshold_fwer,
        found.significant,
        found.graph,
        found.false_positive_control,
        lambda: found.threshold_fdr(0.05, unit="bits"),
    ):
        with pytest.raises(EstimationError, match=r"surrogates must be 19 or more for a level of"):
            call()
    assert with_edges(19).significant(0.05).sum() > 0


def test_too_few_surrogates_for_single_discoveries_are_refused() -> None:
    values = drawn(40)
    values[0, 0, 1:3] = 50.0
    values[0, 1:] = 0.0
    values[0, 0, 3:] = 0.0
    found = significance_of(values[0], values[1:])
    message = (
        r"surrogates must be 149 or more to decide whether the 2 of 30 edges above all.*fdr 0.1"
    )
    for call in (
        lambda: found.significant(0.1, correction="fdr"),
        lambda: found.threshold_fdr(0.1, unit="edge"),
    ):
        with pytest.raises(EstimationError, match=message):
            call()
    more = np.vstack([values[1:]] * 4)[:149]
    assert significance_of(values[0], more).significant(0.1, correction="fdr").sum() == 2
    # One threshold for all counts edges, not surrogates of each.
    assert (found.flow > found.threshold_fdr(0.1, unit="bits")).sum() == 2
    values[0, 0, 1:3] = 0.0
    assert significance_of(values[0], values[1:]).significant(0.1, correction="fdr").sum() == 0


OBSERVED, SURROGATES = drawn()[0], drawn()[1:]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"observed": np.zeros(3)}, r"observed must have shape \(source, target\), got \(3,\)"),
        ({"surrogates": SURROGATES[:1]}, r"with n >= 2, got \(1, 6, 6\); draw 19 or more"),
        ({"surrogates": SURROGATES[0]}, r"surrogates must have shape \(surrogate, source, target"),
        ({"surrogates": SURROGATES * np.nan}, "surrogates must be finite, got nan"),
        ({"tested": np.zeros((6, 6), bool)}, "tested must have at least one edge, got none"),
        ({"tested": np.zeros((6, 6))}, r"tested must be an array of bool.*got float64 \(6, 6\)"),
        ({"control": np.zeros((5, 5), bool)}, r"control must be an array of bool.*got bool \(5,"),
        ({"nodes": NODES[:5]}, "nodes must have one row per node, 6, got 5"),
        ({"alternative": "less"}, "alternative must be one of 'greater', 'two-sided'"),
        ({"pool": 1}, "pool must be True or False"),
        ({"alike": np.eye(3, dtype=bool)}, r"alike must be an array of bool with shape \(100, 100"),
        ({"alike": np.ones((100, 100), bool)}, "alike must leave at least 2 others.*got 0"),
    ],
)
def test_input_that_does_not_fit_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        significance_of(**{"observed": OBSERVED, "surrogates": SURROGATES} | arguments)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: with_edges().threshold_fwer(0.0), "level must be above 0 and below 1, got 0.0"),
        (lambda: with_edges().threshold_fwer(unit="nats"), "unit must be one of 'edge'"),
        (lambda: with_edges().threshold_fdr(unit="standardised"), "unit must be one of 'edge', 'b"),
        (
            lambda: with_edges().significant(0.1, correction="bonferroni"),
            "correction must be one of 'none'",
        ),
        (lambda: with_edges().expected_false_edges(np.inf), "threshold must be a finite number"),
        (lambda: with_edges().false_positive_control(), "control must have some pairs that can"),
        (lambda: monte_carlo_p([1.0], [1.0]), r"surrogates must have shape \(surrogate, ...\)"),
        (lambda: monte_carlo_p([1.0], np.empty((0, 1))), r"surrogates must have shape"),
        (lambda: surrogates_needed(1.0), "level must be above 0 and below 1"),
        (
            lambda: surrogates_needed(0.1, edges=3, correction="fdr", discoveries=4),
            "discoveries must be a whole number >= 1",
        ),
    ],
)
def test_arguments_out_of_range_are_refused(call, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()


# Calibration


def _gaussian_flow(table: np.ndarray):
    """Flow of Gaussian variables, bits: -1/2 log2(1 - r^2) later less now."""

    def information(sources: np.ndarray, targets: np.ndarray) -> np.ndarray:
        x, y = table[sources], table[targets]
        r = (x - x.mean(0)).T @ (y - y.mean(0)) / len(x) / np.outer(x.std(0), y.std(0))
        return -0.5 * np.log2(1 - np.minimum(r**2, 1 - 1e-12))

    return lambda rows: information(rows.source, rows.later) - information(rows.source, rows.now)


def _family_errors(null: RowSurrogate, rows: int, samples: int) -> np.ndarray:
    """How often any of 30 edges of S0 is significant at 5 %: standardised, and in bits."""
    system, found = IndependentNodes(n=6, phi=0.95), []
    for seed in range(samples):
        table = system.sample(rows, random_state=seed).to_numpy()
        layout = Layout.of_rows(rows)
        statistic = _gaussian_flow(table)
        sampler = null.sampler(layout, table, root_seed(seed))
        surrogates = surrogate_statistics(sampler, statistic, 59)
        alike = sampler.alike(len(surrogates))
        flow = significance_of(statistic(layout.observed), surrogates, alike=alike)
        found.append(
            [flow.significant(0.05).any(), flow.flow.max() > flow.threshold_fwer(0.05, unit="bits")]
        )
    return np.mean(found, axis=0)


@pytest.mark.parametrize(
    "null", [CircularShift(), BlockPermutation(), LagSwap()], ids=lambda null: null.name
)
def test_the_family_of_edges_errs_no_more_often_than_it_should(null: RowSurrogate) -> None:
    # 200 samples of slow series, nodes that remember 20 of 400 rows: 5 % within four standard
    # errors. It need not err as often: shifts are few, and a lag swap is conservative.
    assert (_family_errors(null, 400, 200) < 0.05 + 4 * (0.05 * 0.95 / 200) ** 0.5).all()


def test_shuffled_rows_are_no_null_of_series() -> None:
    assert (_family_errors(IIDShuffle(), 400, 40) > 0.5).all()


def test_step_down_finds_what_the_largest_edge_hides() -> None:
    scores = np.array([[9.0, 2.0], [8.0, 1.0], [0.0, 1.0], [0.0, 0.0]])
    assert step_down_p(scores).tolist() == [0.25, 0.25]
    assert twin.single_step_p(scores.tolist()) == [0.25, 0.5]
