"""Facts and tables of the figures against numbers counted another way."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from scipy import stats

from infoscope.figures import (
    figure_01_flow_graphs,
    figure_02_degrees,
    figure_03_degree_histograms,
    figure_04_rank_histograms,
    figure_05_all_neurons,
    figure_06_no_outputs,
    figure_07_entropy_normalised,
    figure_08_hidden_plane,
    figure_09_output_plane,
    figure_10_hidden_target,
    figure_11_output_target,
    figure_12_hidden_input,
    figure_13_indicators,
    forecast,
    ladder,
    minor_activation_change,
    minor_class_order,
    minor_delayed_graph,
    minor_gradient,
    minor_normalised_flow,
    minor_rank_information,
    minor_similarity,
    minor_subsets,
    minor_weighted_ranking,
)

_THRESHOLDS = {"0.06 bits": 0.06, "0.3 bits": 0.3, "0.4 bits": 0.4}
_ROLES = {"input": 0, "hidden": 1, "output": 2}


def title(axes: Axes) -> str:
    return axes.get_title(loc="left") or axes.get_title()


def published_edges(results, name: str) -> np.ndarray:
    """Which pairs of the flow matrix lie above a threshold."""
    return np.nan_to_num(results.flow.flow.to_numpy(), nan=-9.0) > _THRESHOLDS[name]


def significant_edges(results, name: str) -> np.ndarray:
    """Which pairs of the flow matrix pass both nulls."""
    level, p = {"FWER 5%": (0.05, "p_fwer"), "FDR 10%": (0.1, "q")}[name]
    both = [getattr(null, p).to_numpy() <= level for null in results.nulls.values()]
    return both[0] & both[1] & (np.nan_to_num(results.flow.flow.to_numpy(), nan=-1.0) > 0.0)


CASES = [("results", published_edges), ("corrected_results", significant_edges)]


@pytest.fixture(params=CASES, ids=[name for name, _ in CASES])
def graphs(request: pytest.FixtureRequest):
    """Results, and the edges of each of their graphs as a matrix of booleans."""
    run, edges = request.param
    found = request.getfixturevalue(run)
    return found, {name: edges(found, name) for name in found.graphs}


def test_figure_1_counts_the_edges(graphs) -> None:
    results, edges = graphs
    facts = figure_01_flow_graphs.facts(results)
    table = figure_01_flow_graphs.table(results)
    roles = results.flow.nodes["role"].to_numpy()
    assert list(facts["graphs"]) == list(edges)
    assert facts["main"] == results.main
    counts = Counter(table.iloc[:, 0])
    for (name, chosen), rows in zip(edges.items(), counts.values(), strict=True):
        of_graph = facts["graphs"][name]
        ranks = results.rankings[name].ranks.to_numpy()
        steps = [_ROLES[roles[j]] - _ROLES[roles[i]] for i, j in np.argwhere(chosen)]
        hidden = [roles[i] == "hidden" for i, _ in np.argwhere(chosen)]
        possible = sum(s == 1 or (s == 0 and h) for s, h in zip(steps, hidden, strict=True))
        assert of_graph["edges"] == chosen.sum() == rows
        assert of_graph["climbing"] == sum(ranks[j] > ranks[i] for i, j in np.argwhere(chosen))
        assert of_graph["possible"] == possible
    flow = results.flow.flow.fillna(-9.0)
    assert facts["largest"]["bits"] == pytest.approx(float(flow.max()))
    source, target = facts["largest"]["source"], facts["largest"]["target"]
    assert float(flow.sel(source=source, target=target)) == pytest.approx(float(flow.max()))


def test_figure_1_draws_every_edge_and_every_node(graphs) -> None:
    results, edges = graphs
    drawn = figure_01_flow_graphs.draw(results)
    for panel, chosen in zip(drawn.axes, edges.values(), strict=True):
        lines = [c for c in panel.collections if isinstance(c, LineCollection)]
        assert sum(len(c.get_segments()) for c in lines) == chosen.sum()
        points = [c for c in panel.collections if isinstance(c, PathCollection)]
        assert sum(len(np.asarray(c.get_offsets())) for c in points) == len(results.flow.nodes)
        assert f"{chosen.sum()} edges" in title(panel)


def test_figure_1_controls_with_pairs_against_the_network(corrected_results, results) -> None:
    null = corrected_results.nulls["circular-shift"]
    facts = figure_01_flow_graphs.facts(corrected_results)
    share = float((null.p.to_numpy()[null.control.to_numpy()] <= 0.05).mean())
    assert facts["control"] == pytest.approx(share)
    assert figure_01_flow_graphs.facts(results)["control"] is None


def test_figures_2_and_3_count_degrees(graphs) -> None:
    results, edges = graphs
    of_degrees = figure_02_degrees.facts(results)["graphs"]
    of_histograms = figure_03_degree_histograms.facts(results)["graphs"]
    hidden = results.flow.nodes["role"].to_numpy() == "hidden"
    for name, chosen in edges.items():
        into, out = chosen.sum(axis=0), chosen.sum(axis=1)
        linked = into + out > 0
        for key, nodes in (("correlation", linked), ("correlation_hidden", linked & hidden)):
            if nodes.sum() > 2 and np.ptp(into[nodes]) and np.ptp(out[nodes]):
                expected = np.corrcoef(into[nodes], out[nodes])[0, 1]
                assert of_degrees[name][key] == pytest.approx(expected)
            else:
                assert of_degrees[name][key] is None
        expected = {
            "mean": into.mean(),
            "spread_in": into.std(),
            "spread_out": out.std(),
            "hidden_in": into[hidden].mean(),
            "hidden_out": out[hidden].mean(),
        }
        assert of_histograms[name] == pytest.approx(expected)
    for figure in (figure_02_degrees, figure_03_degree_histograms):
        table = figure.table(results)
        for (_, here), chosen in zip(
            table.groupby(table.columns[-1], sort=False), edges.values(), strict=True
        ):
            assert here["in_degree"].sum() == here["out_degree"].sum() == chosen.sum()


def test_figures_2_and_4_know_chance_only_where_it_is_tested(corrected_results, results) -> None:
    for figure, statistic in (
        (figure_02_degrees, "degree_correlation"),
        (figure_04_rank_histograms, "directedness"),
    ):
        tests = corrected_results.rank_tests
        for name, facts in figure.facts(corrected_results)["graphs"].items():
            row = tests[(tests["graph"] == name) & (tests["statistic"] == statistic)].iloc[0]
            known = [row["null_mean"], row["p"]]
            expected = [None if np.isnan(value) else value for value in known]
            assert [facts["chance"], facts["p"]] == expected
        assert not any("chance" in f for f in figure.facts(results)["graphs"].values())


def test_figure_2_has_the_labels_right(results) -> None:
    """The one node that only sends must stand high on the axis called out-degree."""
    axes = figure_02_degrees.draw(results).axes[0]
    assert "in-degree" in axes.get_xlabel()
    assert "out-degree" in axes.get_ylabel()
    table = figure_02_degrees.table(results)
    here = table[table["threshold_bits"] == 0.06]
    points = np.vstack([np.asarray(c.get_offsets()) for c in axes.collections])
    sender = here.loc[(here["out_degree"] - here["in_degree"]).idxmax()]
    distance = np.abs(points - [sender["in_degree"], sender["out_degree"]]).max(axis=1)
    assert distance.min() < 0.5


def test_figure_4_leaves_isolated_nodes_out(graphs) -> None:
    results, edges = graphs
    facts = figure_04_rank_histograms.facts(results)["graphs"]
    drawn = figure_04_rank_histograms.draw(results)
    for axes, (name, chosen) in zip(drawn.axes, edges.items(), strict=True):
        linked = chosen.any(axis=0) | chosen.any(axis=1)
        assert facts[name]["isolated"] == (~linked).sum()
        # Stacked bars: the heights of all patches add up to the ranked nodes.
        assert sum(patch.get_height() for patch in axes.patches) == pytest.approx(linked.sum())
        assert f"{(~linked).sum()} isolated" in title(axes)
        ranks, roles = results.rankings[name].ranks, results.flow.nodes["role"]
        for role in _ROLES:
            mean = ranks[roles == role].mean()
            assert facts[name][role] == (None if np.isnan(mean) else pytest.approx(mean))


@pytest.mark.parametrize("run", ["results", "corrected_results"])
def test_figures_5_to_7_know_the_correlations(run, request: pytest.FixtureRequest) -> None:
    results = request.getfixturevalue(run)
    nodes = results.nodes.data.isel(epoch=-1)
    x, y = nodes["input_information"].to_numpy(), nodes["target_information"].to_numpy()
    role = nodes["role"].to_numpy()
    facts = figure_05_all_neurons.facts(results)
    assert facts["lowest_output"] == y[role == "output"].min()
    assert facts["highest_hidden"] == y[role == "hidden"].max()
    assert facts["with_inputs"] == ("input" in role)
    x, y = x[role == "hidden"], y[role == "hidden"]
    facts = figure_06_no_outputs.facts(results)
    expected = stats.pearsonr(x, y)
    assert [facts["correlation"], facts["p"]] == pytest.approx(
        [expected.statistic, expected.pvalue]
    )
    assert facts["nodes"] == len(x)
    days = results.recording.fixed["days"].to_numpy().ravel()[: facts["rows"]]
    if not results.settings.repairs:
        assert facts["distinct_days"] == len(set(days.tolist())) < facts["rows"]
    facts = figure_07_entropy_normalised.facts(results)
    entropies = nodes["entropy"].to_numpy()[role == "hidden"]
    if results.settings.bounded_normalisation:
        signs = np.sign(x), np.sign(y)
        x, y = (
            s * np.sqrt(1.0 - 2.0 ** (-2.0 * abs(v))) for s, v in zip(signs, (x, y), strict=True)
        )
    else:
        x, y = x / entropies, y / entropies
        assert facts["not_positive"] == (entropies <= 0.0).sum()
        assert facts["entropy_min"] == entropies.min()
    assert facts["correlation"] == pytest.approx(np.corrcoef(x, y)[0, 1])


def test_figures_8_and_9_scale_to_a_maximum_of_one_without_epoch_0(results) -> None:
    for figure in (figure_08_hidden_plane, figure_09_output_plane):
        table = figure.table(results)
        units = table["unit"].unique() if "unit" in table else [None]
        for unit in units:
            path = table if unit is None else table[table["unit"] == unit]
            for name in ("input_information", "target_information"):
                bits, scaled = path[f"{name}_bits"].to_numpy(), path[f"{name}_scaled"].to_numpy()
                assert np.isnan(scaled[0])
                assert path["epoch"].iloc[0] == 0
                assert np.nanmax(scaled) == 1.0
                np.testing.assert_allclose(scaled[1:] * bits[1:].max(), bits[1:])
    assert list(figure_09_output_plane.table(results)["unit"].unique()) == [
        "output layer",
        "high forecast",
        "low forecast",
    ]


def test_figures_10_to_13_scale_to_zero_and_one_without_epoch_0(results) -> None:
    indicators = results.indicators.to_frame()
    for figure in (figure_10_hidden_target, figure_12_hidden_input, figure_13_indicators):
        table = figure.table(results)
        scaled = table.filter(like="_scaled")
        assert scaled.iloc[0].isna().all()
        assert scaled.shape[1] >= 2
        np.testing.assert_array_equal(scaled.min(), 0.0)
        np.testing.assert_array_equal(scaled.max(), 1.0)
        np.testing.assert_array_equal(table["error_normalised_units"], indicators["error"])
    assert set(figure_13_indicators.table(results).filter(like="_bits")) == {
        "hidden_input_information_bits",
        "output_input_information_bits",
        "tse_complexity_bits",
    }


def curve_of(results, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Epochs and values of a curve, published without epoch 0."""
    if results.settings.repairs:
        data = results.planes
        values = results.curves["error"].sel(part="held-out") if name == "error" else data[name]
        return values["epoch"].to_numpy(), values.to_numpy()
    data = results.indicators.data.isel(epoch=slice(1, None))
    return data["epoch"].to_numpy(), data[name].to_numpy()


@pytest.mark.parametrize("run", ["results", "corrected_results"])
def test_facts_of_curves_are_their_ends_and_extremes(run, request: pytest.FixtureRequest) -> None:
    results = request.getfixturevalue(run)
    of_figures = {
        figure_08_hidden_plane: ("hidden_input_information", "hidden_target_information"),
        figure_09_output_plane: ("output_input_information", "output_target_information"),
        figure_10_hidden_target: ("hidden_target_information", "error"),
        figure_11_output_target: ("output_target_information", "error"),
        figure_12_hidden_input: ("hidden_input_information", "error"),
        figure_13_indicators: ("tse_complexity", "output_input_information"),
    }
    for figure, names in of_figures.items():
        facts = figure.facts(results)
        for name in names:
            epochs, values = curve_of(results, name)
            course = facts[name]
            assert [course["first"], course["last"]] == [values[0], values[-1]]
            assert [course["first_epoch"], course["last_epoch"]] == [epochs[0], epochs[-1]]
            assert course["max"] == values.max()
            assert course["max_epoch"] == epochs[values.argmax()]
        epochs, error = curve_of(results, "error")
        assert facts["error"]["smallest"] == error.min()
        assert facts["error"]["smallest_epoch"] == epochs[error.argmin()]


@pytest.mark.parametrize("run", ["results", "corrected_results"])
def test_figures_11_and_13_know_the_correlations_of_curves(
    run, request: pytest.FixtureRequest
) -> None:
    results = request.getfixturevalue(run)
    epochs, error = curve_of(results, "error")
    at, output = curve_of(results, "output_target_information")
    _, complexity = curve_of(results, "tse_complexity")
    _, hidden = curve_of(results, "hidden_input_information")
    error = error[np.isin(epochs, at)]
    assert figure_11_output_target.facts(results)["correlation"] == pytest.approx(
        np.corrcoef(output, error)[0, 1]
    )
    facts = figure_13_indicators.facts(results)
    assert facts["with_complexity"] == pytest.approx(np.corrcoef(hidden, complexity)[0, 1])
    assert facts["negative"] == (complexity.min() < 0.0)


@pytest.mark.parametrize("run", ["results", "corrected_results"])
def test_figure_10_knows_how_much_of_the_error_falls_with_the_information(
    run, request: pytest.FixtureRequest
) -> None:
    results = request.getfixturevalue(run)
    epochs, error = curve_of(results, "error")
    at, bits = curve_of(results, "hidden_target_information")
    steps = list(pairwise(zip(bits, error[np.isin(epochs, at)], strict=True)))
    falls = [(b[0] < a[0], a[1] - b[1]) for a, b in steps if b[1] < a[1]]
    facts = figure_10_hidden_target.facts(results)
    whole = sum(fall for _, fall in falls)
    with_it = sum(fall for falling, fall in falls if falling)
    assert facts["share_while_falling"] == pytest.approx(with_it / whole)
    assert facts["falling"] == pytest.approx(np.mean([b[0] < a[0] for a, b in steps]))


def test_figure_10_knows_when_the_held_out_error_is_smallest(corrected_results) -> None:
    found = corrected_results
    errors = {}
    for epoch in found.recording.epochs:
        apart = found.analysed.rows("outputs", epoch) - found.analysed.rows("targets")
        errors[epoch] = np.abs(apart).mean()
    facts = figure_10_hidden_target.facts(found)["error"]
    assert facts["smallest_epoch"] == min(errors, key=errors.__getitem__)
    assert facts["smallest"] == pytest.approx(min(errors.values()))
    assert facts["last"] == pytest.approx(errors[13])


def test_figure_9_knows_the_linear_share_of_the_outputs(corrected_results) -> None:
    recording = corrected_results.analysed
    facts = figure_09_output_plane.facts(corrected_results)["linear_share"]
    for end, epoch in (("first", recording.epochs[0]), ("last", recording.epochs[-1])):
        x, o = recording.rows("inputs"), recording.rows("outputs", epoch)
        x, o = x - x.mean(axis=0), o - o.mean(axis=0)
        fitted = x @ np.linalg.pinv(x) @ o
        assert facts[end] == pytest.approx((fitted**2).sum() / (o**2).sum(), rel=1e-9)
        assert facts[f"{end}_epoch"] == epoch


def test_figure_9_knows_the_largest_fall(results) -> None:
    falls = figure_09_output_plane.facts(results)["falls"]
    _, layer = curve_of(results, "output_target_information")
    expected = max([0.0, *[a - b for i, a in enumerate(layer) for b in layer[i:]]])
    assert falls["output layer"]["bits"] == pytest.approx(expected)
    assert len(falls) == 3


def test_figure_12_knows_when_curves_are_half_way(results) -> None:
    epochs, bits = curve_of(results, "hidden_input_information")
    middle = 0.5 * (bits[0] + bits[-1])
    past = (bits - middle) * np.sign(bits[-1] - bits[0]) >= 0.0
    expected = next(e for i, e in enumerate(epochs) if past[i:].all())
    assert figure_12_hidden_input.facts(results)["half_way"] == expected


def test_corrected_curves_are_not_scaled(corrected_results) -> None:
    table = figure_13_indicators.table(corrected_results)
    np.testing.assert_array_equal(
        table["tse_complexity_bits"], corrected_results.planes["tse_complexity"]
    )
    assert not any(column.endswith("_scaled") for column in table)


@pytest.mark.parametrize("run", ["results", "corrected_results"])
def test_forecast_knows_the_test_errors(run, request: pytest.FixtureRequest) -> None:
    results = request.getfixturevalue(run)
    errors = results.forecast.set_index(["model", "split"])
    facts = forecast.facts(results)
    assert facts["targets"] == ["high", "low"]
    for model in ("network", "persistence"):
        assert facts["models"][model]["errors"] == dict(errors.loc[(model, "test")])
        assert facts[model] == errors.loc[(model, "test"), "high"]
    if results.settings.repairs:
        skill = results.curves["skill"].sel(part="held-out").to_numpy()
        assert [facts["skill"]["best"], facts["skill"]["last"]] == [skill.max(), skill[-1]]


def test_minor_1_knows_the_symmetry_and_the_shared_edges(graphs) -> None:
    results, edges = graphs
    facts = minor_delayed_graph.facts(results)
    for key, values in (
        ("symmetry_delayed", results.flow.delayed.to_numpy()),
        ("symmetry_flow", results.flow.flow.to_numpy()),
    ):
        both = np.isfinite(values) & np.isfinite(values.T)
        assert facts[key] == pytest.approx(np.corrcoef(values[both], values.T[both])[0, 1])
    delayed = results.flow.delayed.to_numpy()
    for name, chosen in edges.items():
        least = np.sort(delayed[np.isfinite(delayed)])[-chosen.sum()] if chosen.sum() else np.inf
        known = np.nan_to_num(delayed, nan=-9.0)
        shared = facts["graphs"][name]["shared"]
        assert facts["graphs"][name]["edges"] == chosen.sum()
        # Equal values may be on either side of the least.
        assert ((known > least) & chosen).sum() <= shared <= ((known >= least) & chosen).sum()


def test_minor_2_counts_positive_flows(graphs) -> None:
    results, edges = graphs
    facts = minor_weighted_ranking.facts(results)
    flow = results.flow.flow.to_numpy()
    assert facts["positive"] == (np.nan_to_num(flow, nan=-1.0) > 0.0).sum()
    assert facts["pairs"] == np.isfinite(flow).sum()
    repaired = bool(results.settings.repairs)
    assert facts["edges"] == (edges[results.main].sum() if repaired else facts["positive"])


def test_minor_3_counts_entropies_or_compares_estimators(results, corrected_results) -> None:
    entropies = results.flow.nodes["entropy"].to_numpy()
    facts = minor_normalised_flow.facts(results)
    assert [facts["negative"], facts["entropies"]] == [(entropies < 0).sum(), len(entropies)]
    one = corrected_results.flow.flow.to_numpy().ravel()
    other = corrected_results.reference.flow.to_numpy().ravel()
    both = np.isfinite(one) & np.isfinite(other)
    facts = minor_normalised_flow.facts(corrected_results)
    expected = stats.spearmanr(one[both], other[both]).statistic
    assert facts["agreement"] == pytest.approx(expected)
    assert [facts["deciding"], facts["reference"]] == ["the Gaussian copula", "nearest neighbours"]
    assert figure_01_flow_graphs.facts(corrected_results)["estimator"] == facts["deciding"]
    assert figure_01_flow_graphs.facts(results)["by_neighbours"]


@pytest.mark.parametrize(
    ("run", "test"), [("results", stats.pearsonr), ("corrected_results", stats.spearmanr)]
)
def test_minor_4_correlates_the_rank(run, test, request: pytest.FixtureRequest) -> None:
    results = request.getfixturevalue(run)
    points = minor_rank_information.table(results)
    facts = minor_rank_information.facts(results)
    ranked = points.dropna(subset=["rank"])
    assert facts["nodes"] == len(ranked)
    for name, column in (
        ("I(h;x)", "input_information_bits"),
        ("I(h;y)", "target_information_bits"),
    ):
        if len(ranked) > 3:
            expected = test(ranked["rank"], ranked[column]).statistic
            assert facts["correlations"][name]["value"] == pytest.approx(expected)


def test_minor_5_knows_the_best_ranking(results, corrected_results) -> None:
    tau = results.class_orders()["kendall_tau"]
    facts = minor_class_order.facts(results)
    assert facts["best_tau"] == tau.max()
    assert facts["graphs"]["0.06 bits"]["tau"] == tau["jacobi 0.06"]
    scores = corrected_results.comparison.set_index("ranking")
    facts = minor_class_order.facts(corrected_results)
    known = facts["graphs"][corrected_results.main]["tau"]
    for value, expected in (
        (known, scores["kendall_tau"]["exact"]),
        (facts["balance"], scores["kendall_tau"]["balance"]),
        (facts["exact_share"], scores["kendall_tau_share"]["exact"]),
    ):
        assert value == (None if np.isnan(expected) else expected)


def test_minor_6_counts_pairs(graphs) -> None:
    results, edges = graphs
    hidden = results.flow.nodes["role"].to_numpy() == "hidden"
    chosen = edges[results.main].astype(int)
    count = int(hidden.sum())
    off = ~np.eye(count, dtype=bool)
    facts = minor_similarity.facts(results)
    assert facts["pairs"] == count * (count - 1)
    sources, sinks = chosen.T @ chosen, chosen @ chosen.T
    for key, shared in (("share_a_source", sources), ("share_a_sink", sinks)):
        of_hidden = shared[np.ix_(hidden, hidden)][off]
        assert facts[key] == pytest.approx((of_hidden > 0).mean())


@pytest.mark.parametrize(
    ("run", "parameter"), [("results", "published"), ("corrected_results", "matrices")]
)
def test_minor_7_compares_mean_and_spread(run, parameter, request: pytest.FixtureRequest) -> None:
    results = request.getfixturevalue(run)
    found = results.gradients
    found = found[found["parameter"] == parameter]
    facts = minor_gradient.facts(results)
    assert facts["mean_is_larger"] == np.mean(found["mean"] > found["spread"])
    assert facts["mean"] == {"first": found["mean"].iloc[0], "last": found["mean"].iloc[-1]}
    assert facts["ratio"]["last"] == found["mean"].iloc[-1] / found["spread"].iloc[-1]


def test_minor_8_counts_growing_changes(results) -> None:
    change = results.indicators.data["activation_change"].dropna("epoch").to_numpy()
    facts = minor_activation_change.facts(results)
    assert facts["growing"] == sum(b > a for a, b in pairwise(change))
    assert [facts["first"], facts["last"], facts["max"]] == [change[0], change[-1], change.max()]


def test_minor_9_compares_numbers_of_subsets(results, corrected_results) -> None:
    found = minor_subsets.table(results)
    bits = {(e, s): b for e, s, b in found[["epoch", "subsets", "tse_complexity_bits"]].to_numpy()}
    away = max(abs(bits[e, 5] - bits[e, 20]) for e, s in bits if s == 5)
    facts = minor_subsets.facts(results)
    assert facts["largest_difference"] == pytest.approx(away)
    assert [facts["subsets"], facts["most_subsets"]] == [5, 20]
    error = corrected_results.planes["tse_standard_error"].to_numpy()
    assert minor_subsets.facts(corrected_results)["largest_error"] == error.max()


def test_without_edges_the_facts_say_so(bare_results) -> None:
    nodes = len(bare_results.flow.nodes)
    for facts in figure_01_flow_graphs.facts(bare_results)["graphs"].values():
        assert facts["climbing_of_all"] == "0 of 0"
    for facts in figure_02_degrees.facts(bare_results)["graphs"].values():
        assert facts["correlation"] is None
    for facts in figure_04_rank_histograms.facts(bare_results)["graphs"].values():
        assert facts["isolated"] == nodes
        assert facts["components"] == 0
        assert facts["hidden"] is None
    assert minor_class_order.facts(bare_results)["graphs"]["50 bits"]["tau"] is None


def test_a_change_of_settings_changes_the_facts(results) -> None:
    """Facts follow the switches of the results, not the name of a mode."""
    settings = replace(results.settings, structural_edges=True)
    study = replace(results.study, settings=settings)
    repaired = replace(results, study=study)
    facts = figure_03_degree_histograms.facts(repaired)
    assert facts["repairs"] == ["structural_edges"]
    assert facts["graphs"]["0.06 bits"]["mean"] < figure_03_degree_histograms.facts(results)[
        "graphs"]["0.06 bits"]["mean"]  # fmt: skip


def test_facts_of_the_ladder_are_its_ends() -> None:
    import pandas as pd

    row = dict.fromkeys(
        ["edges", "degree_correlation", "kendall_tau", "plane_correlation", "test_error"], 0.5
    )
    row |= {
        f"{name}_{end}": 1.0
        for name in (
            "hidden_input_information", "hidden_target_information", "tse_complexity", "error",
        )
        for end in ("first", "last")
    }  # fmt: skip
    table = pd.DataFrame(
        [
            {"flaw": 0, "repairs": "published", "graph": "0.3 bits", **row},
            {"flaw": 1, "repairs": "true_targets", "graph": "FDR 10%", **row,
             "kendall_tau": np.nan},
        ]
    )  # fmt: skip
    facts = ladder.facts(table)
    assert facts["before"]["graph"] == "0.3 bits"
    assert facts["after"]["kendall_tau"] is None
    page = ladder.page(table)
    assert "nan" not in page
    assert "from 0.50 to not defined" in page
    assert page.count("\n| ") == 3
    assert len(ladder.draw(table).axes) == 8


def test_figure_8_knows_with_which_noise_the_information_falls(corrected_results) -> None:
    """Counted from the replicates: a fall above its error, Student's with one block less."""
    planes, sigma = corrected_results.planes, max(corrected_results.settings.noise)
    facts = figure_08_hidden_plane.facts(corrected_results)
    for policy, falls in facts["compression"].items():
        curve = planes["probe_lower"].sel(sigma=sigma, policy=policy).to_numpy()
        blocks = planes["probe_lower_replicates"].sel(sigma=sigma, policy=policy)
        blocks = blocks.transpose("epoch", "block").to_numpy()
        top = curve.argmax()
        loss, rise = curve[top] - curve[-1], curve[top] - curve[0]
        each = blocks[top] - blocks[-1]
        count = len(each)
        error = np.sqrt((count - 1) / count * ((each - each.mean()) ** 2).sum())
        beyond = loss - stats.t.ppf(0.95, count - 1) * error > 0.0
        assert falls == (beyond and (rise <= 0.0 or loss / rise > 0.05))
    spread = corrected_results.curves["spread"].sel(part="held-out").to_numpy()
    assert facts["growth"] == pytest.approx(spread[-1] / spread[0])
