"""Tests of measures of influence against least squares, known wiring and known absence of it."""

import pickle

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from infoscope import (
    KSG,
    EstimationError,
    Gaussian,
    InputError,
    Recording,
    flow_measures,
    synthetic_systems,
)
from infoscope.results import MeasureSignificance
from infoscope.synthetic import CommonDriver, FeedForward, SharedTrend, SparseRecurrent

CONDITIONAL = ["full_conditional", "conditional_transfer_entropy", "transfer_entropy"]
SMALL = SparseRecurrent(inputs=2, hidden=4, outputs=1, density=0.5, sigma=0.3)


def regressed(on: np.ndarray, values: np.ndarray) -> np.ndarray:
    return values - on @ np.linalg.lstsq(on, values)[0]


def autocorrelation(series: np.ndarray, lag: int) -> float:
    return float(series[:-lag] @ series[lag:] / (series @ series))


def by_least_squares(table: np.ndarray, measure: str, inputs: list[int], a: int, b: int):
    """p of a→b at lag 1, and its degrees of freedom, one regression after the other."""
    before, now, later = table[:-2], table[1:-1], table[2:]
    n, d = now.shape
    t = np.arange(n) + 0.5
    slow = [np.cos(np.pi * k * t / n) for k in range(n) if k == 0 or 2 * n / k >= 65]
    nodes = {
        "full_conditional": set(range(d)),
        "conditional_transfer_entropy": {*inputs, b},
        "transfer_entropy": {b},
    }[measure]
    given = [now[:, c] for c in nodes - {a}] + [before[:, c] for c in nodes | {a}]
    on = np.column_stack([*slow, *given])
    u, v = regressed(on, now[:, a]), regressed(on, later[:, b])
    r = u @ v / np.sqrt((u @ u) * (v @ v))
    if measure == "full_conditional":  # all targets share the residual that nobody explains
        v = regressed(np.column_stack([on, now[:, a]]), later[:, b])
    lags = min(90, n // 4, n - 1)
    total = sum(
        autocorrelation(u, k) * autocorrelation(v, k) * (0.5 + 0.5 * np.cos(np.pi * k / (lags + 1)))
        for k in range(1, lags + 1)
    )
    freedom = (n - on.shape[1] - 1) / max(1.0, 1.0 + 2.0 * total)
    return 2 * stats.t.sf(abs(r) * np.sqrt(freedom / (1 - r**2)), freedom), freedom


@pytest.mark.parametrize("measure", CONDITIONAL)
def test_p_is_that_of_least_squares(measure: str) -> None:
    data = SMALL.sample(200)
    tested = flow_measures(data, measures=[measure]).significance(measure)
    for a in range(7):
        for b in range(7):
            if a != b:
                p, freedom = by_least_squares(data.to_numpy(), measure, [0, 1], a, b)
                assert float(tested.p[a, b]) == pytest.approx(p, rel=1e-6, abs=1e-12)
                assert float(tested.freedom[a, b]) == pytest.approx(freedom, rel=1e-6)


def test_corrections_are_those_of_the_p_values() -> None:
    tested = flow_measures(SMALL.sample(300)).significance()
    mask = tested.tested.to_numpy()
    assert tested.control.sum() == 14  # hidden to input, output to hidden and to input
    p = tested.p.to_numpy()[mask]
    number = 28
    assert mask.sum() == number
    np.testing.assert_allclose(tested.p_fwer.to_numpy()[mask], np.minimum(1, number * p))
    ordered = np.sort(p)
    holm = [max((number - j) * ordered[j] for j in range(i + 1)) for i in range(number)]
    found = np.sort(tested.p_fwer_step_down.to_numpy()[mask])
    np.testing.assert_allclose(found, np.minimum(1, holm))
    role = tested.nodes["role"].to_numpy()
    kinds = {(a, b): mask & np.outer(role == a, role == b) for a in set(role) for b in set(role)}
    assert sum(kind.any() for kind in kinds.values()) > 1
    for kind in kinds.values():
        ordered, size = np.sort(tested.p.to_numpy()[kind]), int(kind.sum())
        q = [min(size / (j + 1) * ordered[j] for j in range(i, size)) for i in range(size)]
        np.testing.assert_allclose(np.sort(tested.q.to_numpy()[kind]), q)


def test_inputs_that_all_act_allow_for_no_more_false_edges_among_hidden_units() -> None:
    # Five inputs act on all of 20 units; 5 % of the hidden pairs are connections.
    nodes = pd.DataFrame(
        {"role": ["input"] * 5 + ["hidden"] * 20}, index=[f"x{i}" for i in range(25)]
    )
    random = np.random.default_rng(0)
    share = []
    for _ in range(200):
        true = np.zeros((25, 25), bool)
        true[:5, 5:] = True
        true[5:, 5:] = random.random((20, 20)) < 0.05
        r = np.tanh(np.where(true, 0.4, 0.0) + random.normal(size=(25, 25)) / np.sqrt(400))
        r[:, :5] = np.nan
        np.fill_diagonal(r, np.nan)
        value = xr.DataArray(
            r, coords={"source": nodes.index, "target": nodes.index}, dims=("source", "target"),
            name="effect",
        )  # fmt: skip
        test = MeasureSignificance.of(value, r, np.full((25, 25), 400.0), nodes)
        found = test.significant(0.1, correction="fdr").to_numpy()[5:, 5:]
        share.append((found & ~true[5:, 5:]).sum() / max(found.sum(), 1))
    expected = 0.1 * 0.95
    assert abs(np.mean(share) - expected) < 3.0 * np.std(share) / np.sqrt(200)


@pytest.mark.parametrize("measure", [*CONDITIONAL, "partial_correlation"])
def test_thresholds_and_significance_agree(measure: str) -> None:
    tested = flow_measures(SMALL.sample(300)).significance(measure)
    for found, threshold in (
        (tested.significant(0.05), tested.threshold_fwer),
        (tested.significant(0.05, correction="fdr"), tested.threshold_fdr),
    ):
        edges = tested.statistic >= threshold(0.05, unit="edge") * (1 - 1e-9)
        np.testing.assert_array_equal(edges, found)
        assert 0 < found.sum() < 28
        above = tested.tested & (tested.statistic > threshold(0.05))
        assert not (above & ~found).any()
    false = tested.expected_false_edges(tested.threshold_fwer(0.05))
    assert 0.0 < false <= 0.05
    assert tested.expected_false_edges(0.0) == pytest.approx(28)


def test_the_graph_holds_the_significant_pairs_and_says_what_an_edge_means() -> None:
    measures = flow_measures(SMALL.sample(300))
    tested = measures.significance("full_conditional")
    graph = tested.graph(0.1, correction="fdr")
    names = measures.source.to_numpy()
    expected = {
        (names[a], names[b])
        for a, b in np.argwhere(tested.significant(0.1, correction="fdr").values)
    }
    assert set(graph.edges) == expected
    assert graph.graph["measure"] == "full_conditional"
    assert "no edge, given all that was recorded" in graph.graph["null"]
    for a, b, attributes in graph.edges(data=True):
        assert attributes["flow"] == float(measures.full_conditional.sel(source=a, target=b))
        assert attributes["q"] == float(tested.q.sel(source=a, target=b))
    assert graph.nodes["o0"]["role"] == "output"
    above = tested.graph(0.1, correction="fdr", threshold=0.1)
    assert 0 < above.number_of_edges() < graph.number_of_edges()
    table = tested.to_frame()
    assert len(table) == 28
    assert table["p"].is_monotonic_increasing
    assert pickle.loads(pickle.dumps(tested)).p.equals(tested.p)


@pytest.mark.parametrize(
    ("system", "measures"),
    [
        (synthetic_systems()["S0"], CONDITIONAL),
        (SharedTrend(), CONDITIONAL),
        (CommonDriver(delays_of=(1, 1)), CONDITIONAL[:2]),
        (CommonDriver(), CONDITIONAL[:2]),
    ],
    ids=["slow nodes", "shared trend", "common driver", "common driver, two delays"],
)
def test_errors_are_as_rare_as_the_level(system, measures: list[str]) -> None:
    """Any false edge at a family-wise 5 %: more than 9 of 50 samples are one case in 3,000."""
    runs = 50
    errors = dict.fromkeys(measures, 0)
    none = system.delays.to_numpy() == 0
    inputs = ["z"] if isinstance(system, CommonDriver) else []
    for seed in range(runs):
        found = flow_measures(
            system.sample(300, random_state=seed), measures=measures, inputs=inputs
        )
        for name in measures:
            errors[name] += bool((found.significance(name).significant(0.05) & none).any())
    assert max(errors.values()) <= stats.binom.isf(3e-4, runs, 0.05), errors


def test_direct_edges_are_found_and_others_not() -> None:
    system = synthetic_systems()["S3"]
    found = flow_measures(system.sample(2000), measures=["full_conditional", "transfer_entropy"])
    true = system.edges.to_numpy()
    direct = found.significance().significant(0.05).to_numpy()
    assert direct[true].all()
    assert direct[~true].sum() <= 1
    # Beyond the target's own past alone, ways by others look like edges.
    assert found.significance("transfer_entropy").significant(0.05).to_numpy()[~true].sum() > 20


def test_pairs_without_a_value_are_not_tested() -> None:
    table = SMALL.sample(200).to_pandas()
    table["copy"], table["still"] = 2.0 * table["h0"], 1.0
    found = flow_measures(table, inputs=["x0", "x1"])
    for measure in (*CONDITIONAL, "partial_correlation"):
        tested = found.significance(measure).tested
        assert not tested.sel(source="still").any()
        assert not tested.sel(target="still").any()
        assert not tested.sel(source="copy", target="h0")
        assert not (tested & found[measure].isnull()).any()
        direct = measure in ("full_conditional", "partial_correlation")
        assert bool(tested.sel(source="h0", target="h1")) != direct
    alone = flow_measures(table.drop(columns=["copy", "still"]), inputs=["x0", "x1"])
    kept = {"source": list(alone.source.to_numpy()), "target": list(alone.target.to_numpy())}
    for measure in ("transfer_entropy", "conditional_transfer_entropy"):
        np.testing.assert_allclose(
            found.significance(measure).p.sel(kept), alone.significance(measure).p, rtol=1e-6
        )


def test_pairs_that_can_have_no_edge_are_a_control() -> None:
    tested = flow_measures(SMALL.sample(400), measures=["transfer_entropy"]).significance()
    impossible = {"hidden→input": 8, "output→hidden": 4, "output→input": 2}
    control = tested.false_positive_control()
    assert control["pairs"].to_dict() == {**impossible, "all": 14}
    assert set(tested.to_frame(control=True)["edge_class"]) == set(impossible)
    assert not (tested.tested & tested.control).any()
    assert int((tested.p.where(tested.control) <= 0.05).sum()) == round(
        14 * control["share"]["all"]
    )
    with pytest.raises(
        InputError, match=r"control must have some pairs .* got none; give the nodes"
    ):
        flow_measures(SMALL.sample(99).to_numpy()).significance().false_positive_control()


def test_rows_of_different_sequences_are_never_joined() -> None:
    hidden = np.random.default_rng(0).normal(size=(30, 12, 3)).cumsum(axis=1)
    found = flow_measures(
        Recording.from_arrays(hidden=hidden), measures=["full_conditional"]
    ).significance()
    before, now, later = (hidden[:, i : i + 10].reshape(-1, 3) for i in range(3))
    on = np.column_stack([np.ones(300), now, before])
    for a in range(3):
        others = np.delete(on, 1 + a, axis=1)
        for b in {0, 1, 2} - {a}:
            r = np.corrcoef(regressed(others, now[:, a]), regressed(others, later[:, b]))[0, 1]
            exact = -0.5 * np.log2(1 - r**2)
            assert float(found.statistic[a, b]) == pytest.approx(exact, rel=1e-6)
            freedom = float(found.freedom[a, b])
            assert 200 < freedom <= 300 - 7
            p = 2 * stats.t.sf(abs(r) * np.sqrt(freedom / (1 - r**2)), freedom)
            assert float(found.p[a, b]) == pytest.approx(p, rel=1e-6)


def test_monotone_transforms_do_not_matter_to_the_copula_nor_other_estimators() -> None:
    data = SMALL.sample(200).to_pandas()
    measures = ["full_conditional", "transfer_entropy"]
    copula = flow_measures(
        data, measures=measures, estimator=Gaussian(copula=True), inputs=["x0", "x1"]
    )
    bent = flow_measures(
        np.exp(data), measures=measures, estimator=Gaussian(copula=True), inputs=["x0", "x1"]
    )
    neighbours = flow_measures(data, measures=measures, estimator=KSG(k=3), inputs=["x0", "x1"])
    for measure in measures:
        expected = copula.significance(measure).p
        np.testing.assert_allclose(bent.significance(measure).p, expected, rtol=1e-9)
        np.testing.assert_allclose(neighbours.significance(measure).p, expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("measure", "match"),
    [
        ("flow", "measure must be one of 'full_conditional', .* got 'flow'"),
        ("residual", "measure must be one of 'full_conditional', .* got 'residual'"),
        ("delayed", "measure must be one of 'full_conditional', .* got 'delayed'"),
        ("transfer_entropy", "one of those estimated, full_conditional, got 'transfer_entropy'"),
    ],
)
def test_what_has_no_test_is_refused(measure: str, match: str) -> None:
    found = flow_measures(SMALL.sample(100), measures=["full_conditional"])
    with pytest.raises(InputError, match=match):
        found.significance(measure)


def test_selections_have_lost_their_rows() -> None:
    found = flow_measures(SMALL.sample(100), measures=["full_conditional"])
    with pytest.raises(InputError, match="measures must be as flow_measures returned them, got a"):
        found.sel(source="x0").significance()


def test_too_few_rows_are_refused() -> None:
    found = flow_measures(SMALL.sample(16), measures=["full_conditional", "transfer_entropy"])
    with pytest.raises(EstimationError, match=r"rows must be 17 or more .* got 14 that have a row"):
        found.significance()
    assert found.significance("transfer_entropy").tested.any()


def test_nothing_to_test_is_refused() -> None:
    still = FeedForward().sample(50).to_pandas() * 0.0
    with pytest.raises(
        InputError, match="measure must have a value for some pair, got none of tra"
    ):
        flow_measures(still, measures=["transfer_entropy"]).significance("transfer_entropy")
