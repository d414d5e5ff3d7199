import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.metrics import average_precision_score, roc_auc_score

from infoscope import InputError, flow_measures, score_edges, synthetic_systems
from infoscope.measures.statistics import area_under_roc, average_precision

NODES = pd.DataFrame(
    {"role": ["input", "input", "hidden", "hidden", "hidden", "output"]},
    index=["x0", "x1", "h0", "h1", "h2", "o0"],
)
BLOCKS = {"x→h": ([0, 1], [2, 3, 4]), "h→h": ([2, 3, 4],) * 2, "h→o": ([2, 3, 4], [5])}


def matrix(values: np.ndarray, name: str | None = None) -> xr.DataArray:
    names = list(NODES.index)
    return xr.DataArray(values, {"source": names, "target": names}, ("source", "target"), name=name)


def random_pair(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A measure with ties, and a truth that it is like."""
    rng = np.random.default_rng(seed)
    truth = rng.exponential(size=(6, 6))
    return np.round(truth + rng.normal(size=(6, 6)), 1), truth


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=30))
def test_areas_are_those_of_scikit_learn_whatever_ties(cases: list[tuple[int, bool]]) -> None:
    scores = np.array([float(score) for score, _ in cases])
    positive = np.array([is_edge for _, is_edge in cases])
    found = [area(scores, positive) for area in (area_under_roc, average_precision)]
    if positive.all() or not positive.any():
        assert np.isnan(found).all()
    else:
        expected = [score(positive, scores) for score in (roc_auc_score, average_precision_score)]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("graded", [True, False])
def test_scores_of_a_block_are_of_its_pairs(graded: bool) -> None:
    values, strength = random_pair(0)
    truth = strength if graded else strength > np.median(strength[2:5, 5])
    table = score_edges(matrix(values), matrix(truth), nodes=NODES).set_index("block")
    assert table.index.tolist() == [*BLOCKS, "all"]
    for block, (sources, targets) in {**BLOCKS, "all": (range(6), range(6))}.items():
        pairs = [(a, b) for a in sources for b in targets if a != b]
        found = np.array([values[pair] for pair in pairs])
        true = np.array([truth[pair] for pair in pairs], float)
        # Linear interpolation between the two values nearest to the quartile.
        edges = true > np.percentile(true, 75) if graded else true > 0
        row = table.loc[block]
        assert row["n"] == len(pairs)
        assert row["prevalence"] == np.mean(edges)
        np.testing.assert_allclose(row["spearman"], spearmanr(found, true).statistic, atol=1e-12)
        np.testing.assert_allclose(row["auroc"], roc_auc_score(edges, found), atol=1e-12)
        expected = average_precision_score(edges, found)
        np.testing.assert_allclose(row["auprc"], expected, atol=1e-12)


def test_nodes_may_stand_in_any_order() -> None:
    values, truth = random_pair(1)
    expected = score_edges(matrix(values), matrix(truth), nodes=NODES)
    order = [4, 0, 5, 2, 1, 3]
    other = matrix(truth).isel(source=order, target=order[::-1]).T
    pd.testing.assert_frame_equal(score_edges(matrix(values), other, nodes=NODES[::-1]), expected)


def test_datasets_give_a_row_for_each_measure_and_truth() -> None:
    values, truth = random_pair(2)
    measures = xr.Dataset({"good": matrix(truth), "other": matrix(values)})
    truths = xr.Dataset({"edges": matrix(truth > 1), "strength": matrix(truth)})
    truths["error"] = ("source", np.zeros(6))
    table = score_edges(measures, truths)
    assert table[["measure", "truth", "block"]].to_numpy().tolist() == [
        [measure, name, "all"] for measure in ("good", "other") for name in ("edges", "strength")
    ]
    assert (
        table.loc[table["measure"] == "good", ["auroc", "auprc"]].to_numpy().tolist()
        == [[1.0, 1.0]] * 2
    )


def test_pairs_without_a_number_and_nodes_with_themselves_are_left_out() -> None:
    values, truth = random_pair(3)
    plain = score_edges(matrix(values), matrix(truth), nodes=NODES).set_index("block")
    np.fill_diagonal(values, 99.0)
    values[0, 2] = np.nan
    truth[2, 5] = np.nan
    table = score_edges(matrix(values), matrix(truth), nodes=NODES).set_index("block")
    assert (plain["n"] - table["n"]).to_dict() == {"x→h": 1, "h→h": 0, "h→o": 1, "all": 2}
    pd.testing.assert_series_equal(table.loc["h→h"], plain.loc["h→h"])
    values[:2] = np.nan
    table = score_edges(matrix(values), matrix(truth), nodes=NODES)
    assert table["block"].tolist() == ["h→h", "h→o", "all"]


def test_what_is_not_defined_is_nan() -> None:
    values, _ = random_pair(4)
    row = score_edges(matrix(values), matrix(np.zeros((6, 6), bool))).loc[0]
    assert row["prevalence"] == 0.0
    assert row[["spearman", "auroc", "auprc"]].isna().all()
    row = score_edges(matrix(np.ones((6, 6))), matrix(values > 0)).loc[0]
    assert np.isnan(row["spearman"])
    assert row["auroc"] == 0.5
    assert np.isclose(row["auprc"], row["prevalence"])


def test_a_worthless_measure_scores_half_and_the_prevalence() -> None:
    rng = np.random.default_rng(0)
    truth = matrix(rng.random((6, 6)) < 0.3)
    tables = [score_edges(matrix(rng.normal(size=(6, 6))), truth) for _ in range(400)]
    found = pd.concat(tables)[["spearman", "auroc", "auprc"]]
    error = found.std() / np.sqrt(len(found))
    # Average precision exceeds the prevalence a little: the first pairs count most.
    assert abs(found["spearman"].mean()) < 4 * error["spearman"]
    assert abs(found["auroc"].mean() - 0.5) < 4 * error["auroc"]
    positives, n = int(tables[0].loc[0, "prevalence"] * 30 + 0.5), 30
    exact = _expected_average_precision(positives, n)
    assert abs(found["auprc"].mean() - exact) < 4 * error["auprc"]


def _expected_average_precision(positives: int, n: int) -> float:
    """Mean over all orders: at place i, 1/i of a hit itself and (P - 1)/(n - 1) of those before."""
    share = (positives - 1) / (n - 1)
    return float(np.mean([(1 + (i - 1) * share) / i for i in range(1, n + 1)]))


def test_known_measures_of_a_known_system_are_perfect_or_not() -> None:
    """Exact: in a chain all informations on the next node are above all others given all nodes."""
    chain = synthetic_systems()["S1"]
    table = score_edges(chain.information(), chain.edges, nodes=chain.nodes).set_index("measure")
    assert set(table["block"]) == {"h→h", "all"}
    of_all = table[table["block"] == "all"]
    assert of_all.loc["full_conditional", "auprc"] == 1.0
    assert of_all.loc["instantaneous", "auprc"] < 0.5
    assert np.isclose(of_all.loc["flow", "prevalence"], 1 / 8)


def test_the_measures_of_a_sample_are_scored() -> None:
    system = synthetic_systems()["S8"]
    found = flow_measures(system.sample(300), measures=["flow", "full_conditional"])
    table = score_edges(found, system.edges, nodes=system.nodes)
    assert len(table) == 8
    assert table[["auroc", "auprc"]].notna().all().all()


@pytest.mark.parametrize(
    ("measure", "truth", "nodes", "match"),
    [
        (np.ones((6, 6)), matrix(np.ones((6, 6))), None, "measure must be a DataArray or Dataset"),
        (matrix(np.ones((6, 6))), xr.Dataset(), None, "truth must be a DataArray or Dataset"),
        (
            matrix(np.ones((6, 6))),
            xr.DataArray(np.ones((6, 6)), dims=("source", "target")),
            None,
            "truth must be .* with named nodes",
        ),
        (
            matrix(np.ones((6, 6))),
            matrix(np.ones((6, 6)))[1:, 1:],
            None,
            "truth must have the same nodes as measure, got different sources: x0; select",
        ),
        (
            matrix(np.ones((6, 6))),
            matrix(np.ones((6, 6))),
            NODES[1:],
            "nodes must have a column role and a row for every node, got none for x0; Recording",
        ),
        (
            matrix(np.ones((6, 6))),
            matrix(np.ones((6, 6))),
            NODES.drop(columns="role"),
            "got none for the role; Recording.nodes has both",
        ),
    ],
)
def test_wrong_arguments_are_refused(
    measure: object, truth: object, nodes: pd.DataFrame | None, match: str
) -> None:
    with pytest.raises(InputError, match=match):
        score_edges(measure, truth, nodes=nodes)


def test_intervals_are_of_drawn_targets() -> None:
    """Against pairs repeated as often as their target was drawn, one by one."""
    rng = np.random.default_rng(4)
    names = [f"h{k}" for k in range(7)]
    coordinates = {"source": names, "target": names}
    truth = rng.random((7, 7)) < 0.4
    values = np.round(truth + rng.normal(size=(7, 7)), 1)
    measure, edges = (xr.DataArray(v, coordinates, ("source", "target")) for v in (values, truth))
    found = score_edges(measure, edges, resamples=99, random_state=8).loc[0]
    random, areas = np.random.default_rng(8), []
    for _ in range(99):
        pairs = [(a, b) for b in random.integers(7, size=7) for a in range(7) if a != b]
        scores = np.array([values[pair] for pair in pairs])
        positive = np.array([truth[pair] for pair in pairs])
        areas.append([area(scores, positive) for area in (roc_auc_by_sklearn, auprc_by_sklearn)])
    for name, drawn in zip(("auroc", "auprc"), np.transpose(areas), strict=True):
        limits = np.quantile(drawn, [0.025, 0.975])
        np.testing.assert_allclose(found[[f"{name}_low", f"{name}_high"]].astype(float), limits)


def roc_auc_by_sklearn(scores: np.ndarray, positive: np.ndarray) -> float:
    return float(roc_auc_score(positive, scores))


def auprc_by_sklearn(scores: np.ndarray, positive: np.ndarray) -> float:
    return float(average_precision_score(positive, scores))


def test_too_few_targets_have_no_interval() -> None:
    values, truth = random_pair(1)
    table = score_edges(matrix(values), matrix(truth), nodes=NODES, resamples=20)
    table = table.set_index("block")
    limits = ["auroc_low", "auroc_high", "auprc_low", "auprc_high"]
    assert table.loc["h→o", limits].isna().all()  # one target
    assert table.loc["x→h", limits].notna().all()
    plain = score_edges(matrix(values), matrix(truth), nodes=NODES).set_index("block")
    pd.testing.assert_frame_equal(plain, table[plain.columns])
