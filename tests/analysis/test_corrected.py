"""The corrected pipeline against slow twins and identities; its switches; its resuming."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import norm, rankdata

from conftest import corrected_run
from infoscope import Gaussian, InputError, Recording, information_flow
from infoscope.analysis.estimators import reference_estimator
from infoscope.analysis.fitted import analysed_epoch, until
from infoscope.analysis.flaws import FLAWS, REPAIRS
from infoscope.analysis.settings import Settings
from infoscope.analysis.stages.flow import FLOW_REFERENCE
from infoscope.analysis.study import Study
from infoscope.analysis.study_data.load import load_data
from infoscope.analysis.written.page import whole_page
from infoscope.analysis.written.summary import whole_summary
from infoscope.graphs.connections import connections
from infoscope.weather import daily_series, load_chicago
from reference import parametric
from reference.estimators import ksg1
from weather_file import write_weather

ONE_DAY = np.timedelta64(1, "D")


def _stretches(days: np.ndarray) -> list[np.ndarray]:
    return np.split(np.arange(len(days)), np.flatnonzero(np.diff(days) != ONE_DAY) + 1)


def test_no_day_of_training_is_known_to_the_held_out_part(corrected_results) -> None:
    found = corrected_results
    train, held_out = found.windows.split("train")[2], found.analysed.fixed["days"].to_numpy()
    learned = np.unique(np.concatenate([train.ravel(), train.ravel() + ONE_DAY]))
    known = np.unique(np.concatenate([held_out.ravel(), held_out.ravel() + ONE_DAY]))
    assert not np.isin(known, learned).any()
    assert (known.min() - learned.max()) / ONE_DAY > found.settings.gap
    test = found.study.data.series.days[found.study.data.series.held_out]
    assert (test.min() - learned.max()) / ONE_DAY > found.settings.window_length


def test_each_day_counts_once(corrected_results) -> None:
    days = corrected_results.recording.fixed["days"].to_numpy()
    assert days.shape[0] == 1
    assert len(np.unique(days)) == days.size
    learned = corrected_results.windows.split("train")[2]
    assert len(np.unique(learned)) == learned.size


def test_the_network_runs_through_each_stretch_and_begins_anew(corrected_results) -> None:
    """h_t = tanh(x_t W_in + h_{t-1} W + b_h), day by day, the first days left out."""
    found, settings = corrected_results, corrected_results.settings
    w = found.study.network().arrays()
    series, hidden, kept = found.study.data.series, [], []
    for part in (False, True):
        chosen = np.flatnonzero(series.held_out == part)
        for stretch in _stretches(series.days[chosen]):
            state = w["h_0"]
            for step, day in enumerate(chosen[stretch]):
                state = np.tanh(series.inputs[day] @ w["W_in"] + state @ w["W"] + w["b_h"])
                if step >= settings.burn_in:
                    hidden.append(state)
                    kept.append(series.days[day])
    np.testing.assert_array_equal(found.recording.fixed["days"].to_numpy()[0], kept)
    np.testing.assert_allclose(found.recording.rows("hidden"), hidden, atol=1e-12)
    outputs = np.array(hidden) @ w["W_out"] + w["b_o"]
    np.testing.assert_allclose(found.recording.rows("outputs"), outputs, atol=1e-12)


def _scores(values: np.ndarray) -> np.ndarray:
    return norm.ppf(rankdata(values, axis=0) / (len(values) + 1))


def test_flow_is_of_normal_scores_within_stretches(corrected_results) -> None:
    """That of the copula, scores of the rows compared; the reference of neighbours, of all rows."""
    found = corrected_results
    rows = found.analysed.activations(aligned=True).to_numpy()[0]
    days = found.analysed.fixed["days"].to_numpy()[0]
    scores = _scores(rows)
    # Row t holds days t, t+1 and t+2; with the row after it, four days without a gap.
    joined = np.array([t for t in range(len(rows) - 1) if days[t + 3] - days[t] == 3 * ONE_DAY])
    assert found.flow.n == len(joined)
    names = list(found.flow.nodes.index)
    for source, target in (("high", "h0"), ("h1", "h4"), ("h2", "low forecast")):
        pair = {"source": source, "target": target}
        i, j = (names.index(name) for name in pair.values())
        later, now = (
            np.column_stack([_scores(rows[joined, i]), _scores(rows[joined + step, j])])
            for step in (1, 0)
        )
        delayed, together = (
            parametric.information(parametric.gaussian(both, True), (0,), (1,))
            for both in (later, now)
        )
        value = float(found.flow.flow.sel(pair))
        assert value == pytest.approx((delayed - together) / np.log(2), abs=1e-9)
        a, b, k = scores[:, [i]], scores[:, [j]], found.settings.k
        twin = ksg1(a[joined], b[joined + 1], k) - ksg1(a[joined], b[joined], k)
        value = float(found.reference.flow.sel(pair))
        assert value == pytest.approx(twin / np.log(2), abs=1e-9)


def test_only_connections_of_the_network_are_tested(corrected_results) -> None:
    found = corrected_results
    inputs, hidden, outputs = 3, 6, 2
    connections = inputs * hidden + hidden * (hidden - 1) + hidden * outputs
    against = inputs * hidden + hidden * outputs + inputs * outputs
    shift, swap = (found.nulls[name] for name in ("circular-shift", "lag-swap"))
    assert int(shift.tested.sum()) == int(swap.tested.sum()) == connections
    assert len(found.flow.to_frame()) == connections
    assert int(shift.control.sum()) == against
    assert not swap.control.any()
    for graph in found.graphs.values():
        roles = {name: data["role"] for name, data in graph.nodes(data=True)}
        steps = {"input": 0, "hidden": 1, "output": 2}
        climbs = [steps[roles[b]] - steps[roles[a]] for a, b in graph.edges]
        assert set(climbs) <= {0, 1}


def test_summary_has_plain_numbers_that_fit_the_results(corrected_results) -> None:
    found = whole_summary(None, corrected_results, 0.0)
    corrected, nulls = found["corrected"], found["nulls"]
    assert corrected["repairs"] == dict.fromkeys(REPAIRS, True)
    assert corrected["data"]["dropped_columns"] == ["station"]
    assert "rain" in corrected["data"]["tied_columns"]
    held = corrected_results.curves.sel(part="held-out")
    assert corrected["training"]["error"]["last"] == float(held["error"][-1])
    assert corrected["training"]["skill"]["first_epoch"] == 0
    assert [null["surrogates"] for null in nulls.values()] == [39, 39, 19, 19]
    for null in nulls.values():
        assert null["thresholds"]["0.06 bit"]["edges"] == int(
            (corrected_results.flow.flow > 0.06).sum()
        )
    assert nulls["circular-shift"]["control"]["all"]["pairs"] == 36
    assert set(corrected["graph"]) == {"FWER 5%", "FDR 10%"}


def test_surrogates_judge_the_flow_as_those_of_the_library_do(corrected_results) -> None:
    found, settings = corrected_results, corrected_results.settings
    flow = information_flow(
        found.analysed, estimator=found.flow.estimator, edges="structural", aligned="layers",
        random_state=settings.generator("flow"),
    )  # fmt: skip
    expected = flow.significance(
        "circular-shift",
        surrogates=39,
        random_state=settings.generator("nulls"),
        pool=True,
        n_jobs=1,
    )
    # Ties of the control, which the library estimates anew, are set apart in another order.
    tested = expected.tested.to_numpy()
    for name in ("standardised", "p", "p_fwer", "q"):
        values = getattr(found.nulls["circular-shift"], name).to_numpy()[tested]
        known = getattr(expected, name).to_numpy()[tested]
        np.testing.assert_allclose(values, known, rtol=0, atol=1e-12)


def _again(found):
    weights = found.study.network().arrays()
    return weights, found.study.data.replay(found.analysed)


def test_other_networks_run_as_the_trained_one_did(corrected_results) -> None:
    found = corrected_results
    weights, run = _again(found)
    again = run(weights)
    np.testing.assert_array_equal(again.rows("all"), found.analysed.rows("all"))
    xr.testing.assert_identical(again.fixed, found.analysed.fixed)
    other = run(weights | {"W": weights["W"][::-1]}).rows("hidden")
    assert not np.allclose(other, found.analysed.rows("hidden"), atol=1e-3)


def test_edges_are_learned_where_other_networks_have_less(corrected_results) -> None:
    found, nulls = corrected_results, whole_summary(None, corrected_results, 0.0)["nulls"]
    assert list(nulls) == ["circular-shift", "lag-swap", "untrained", "weight-shuffled"]
    for name, null in found.network_nulls.items():
        assert (null.tested == found.nulls["lag-swap"].tested).all()
        assert not null.control.any()
        said = nulls[name]["edges"]
        for graph, p, level in (("FWER 5%", null.p_fwer, 0.05), ("FDR 10%", null.q, 0.1)):
            edges = found.graphs[graph].edges
            exceeding = [e for e in edges if float(p.sel(source=e[0], target=e[1])) <= level]
            assert said[graph] == {"edges": len(edges), "exceeding": len(exceeding)}
    page = whole_page(whole_summary(None, found, 0.0), {}, {"figure-x": "A caption."}, {})
    told = nulls["untrained"]["edges"]["FDR 10%"]
    assert f"{told['exceeding']} of {told['edges']} (FDR 10%); edges that exceed" in page
    assert "- untrained: 19 networks, p pooled over edges" in page
    assert {"untrained_p", "weight_shuffled_q"} <= set(found.edge_table())


def test_skill_is_against_the_mean_of_the_training_rows(corrected_results) -> None:
    found = corrected_results
    held, series = found.analysed, found.study.data.series
    chosen = series.part[np.isin(series.days, found.recording.fixed["days"])] == "train"
    mean = found.recording.rows("targets")[chosen].mean(axis=0)
    targets, outputs = held.rows("targets"), held.rows("outputs")
    skill = 1 - np.sum((targets - outputs) ** 2) / np.sum((targets - mean) ** 2)
    curve = found.curves["skill"].sel(part="held-out", epoch=found.study.epoch)
    assert float(curve) == pytest.approx(skill)


def test_every_flaw_has_a_switch_and_every_switch_a_flaw() -> None:
    assert {flaw for flaw, _ in REPAIRS.values()} == set(range(1, len(FLAWS) + 1))
    settings = Settings().corrected()
    assert settings.repairs == tuple(REPAIRS)
    assert Settings().repairs == ()
    assert Settings().corrected(keep=REPAIRS).repairs == ()


# Switch → the stages that are estimated otherwise without it, from the same recording. With any
# other switch training differs, and all is done anew.
_ANEW = {
    "true_targets": ("nodes", "curves-*", "planes-*"),
    "free_of_scale": ("reference", "nodes", "planes-*"),
    "gaussian_complexity": ("planes-*", "sensitivity"),
    "structural_edges": ("null-*",),
    "significant_edges": ("flow", "reference"),
    "bounded_normalisation": (),
    "whole_gradient": ("gradients",),
    "exact_ranks": (),
}


@pytest.fixture(scope="module")
def without(corrected_root: Path, corrected_results, tmp_path_factory: pytest.TempPathFactory):
    """Return what runs a pipeline that leaves one flaw as it is."""

    def run(name: str, **others: bool):
        root = tmp_path_factory.mktemp(name)
        shutil.copy(corrected_root / "weather.csv", root / "weather.csv")
        if name in _ANEW:
            shutil.copytree(corrected_root / "run", root / "run")
            by = {"flow_by": "neighbours"} if name == "significant_edges" else {}
            settings = replace(
                corrected_results.settings, data=str(root / "weather.csv"), **{name: False}, **by
            )
            (root / "run" / "config.toml").write_text(settings.to_toml())
            for stage in _ANEW[name]:
                for path in (root / "run" / "estimates.zarr").glob(stage):
                    shutil.rmtree(path)
        return corrected_run(root, **{name: False}, **others)

    return run


def _bits(results, name: str) -> np.ndarray:
    return results.planes[name].to_numpy()


def test_without_true_targets_the_error_ends_at_zero(without, corrected_results) -> None:
    found = without("true_targets")
    assert float(found.curves["error"].sel(part="held-out")[-1]) == 0.0
    assert float(corrected_results.curves["error"].sel(part="held-out")[-1]) > 0.1
    ceiling = found.planes.attrs["ceiling_bits"]
    assert _bits(found, "output_target_information")[-1] > 0.8 * ceiling


def test_without_distinct_days_a_day_counts_many_times(without, corrected_results) -> None:
    # So few windows leave the nulls no shifts.
    found = without("distinct_days", significant_edges=False)
    days = found.analysed.fixed["days"].to_numpy()
    assert days.size > 3 * len(np.unique(days))
    parts = [p.fixed["days"].to_numpy() for p in (found.analysed, found.study.parts["train"])]
    assert not np.isin(*parts).any()
    assert found.flow.n == pytest.approx(corrected_results.flow.n, rel=0.2)
    weights, run = _again(found)
    np.testing.assert_array_equal(run(weights).rows("all"), found.analysed.rows("all"))
    assert (
        found.windows.split("train")[2].size > 5 * corrected_results.windows.split("train")[2].size
    )


def test_without_a_fitted_network_the_last_epoch_is_analysed(without) -> None:
    found = without("fitted_network")
    assert found.study.epoch == found.analysed.epochs[-1] == 13
    assert found.gates is None
    assert found.study.data.series.parts == ("train", "test")
    assert found.curves["part"].to_numpy().tolist() == ["train", "held-out"]
    assert "validation" not in found.recording.fixed
    assert found.forecast["model"].unique().tolist() == [
        "network", "network, run through", "linear regression", "persistence",
    ]  # fmt: skip
    assert not {"gates", "errors", "analysed_epoch"} & set(
        whole_summary(None, found, 0.0)["corrected"]
    )


def test_without_a_blocked_split_test_days_are_trained_on(without) -> None:
    found = without("blocked_split")
    train, test = found.windows.split("train")[2], found.windows.split("test")[2]
    assert train.max() > test.min()
    held_out = found.study.data.series.days[found.study.data.series.held_out]
    assert np.isin(train, held_out).any()


def test_with_noise_constant_columns_stay(without, corrected_results) -> None:
    found = without("no_noise")
    assert "station" in found.study.data.series.input_names
    assert "station" not in corrected_results.study.data.series.input_names
    assert found.reference.estimator.jitter == 1e-10
    assert corrected_results.reference.estimator.jitter == 0.0


def test_unscaled_information_follows_the_size_of_the_activations(
    without, corrected_results
) -> None:
    found = without("free_of_scale")
    size = found.curves["spread"].sel(part="held-out").to_numpy()
    assert size[-1] > 5 * size[0]
    raw = _bits(found, "hidden_input_information")
    assert raw[0] < 0.1 < raw[-1]
    assert _bits(corrected_results, "hidden_input_information")[0] > 0.1
    assert _bits(corrected_results, "hidden_input_absolute")[0] < 0.01
    assert found.reference.estimator.scale == "none"
    np.testing.assert_array_equal(found.flow.flow, corrected_results.flow.flow)


def test_neighbours_make_another_complexity(without, corrected_results) -> None:
    found = without("gaussian_complexity")
    assert not np.allclose(
        _bits(found, "tse_complexity"), _bits(corrected_results, "tse_complexity"), atol=1.0
    )
    assert (_bits(corrected_results, "tse_complexity") >= 0.0).all()


def test_without_structure_every_pair_can_be_an_edge(without) -> None:
    """But those of nodes of the same ranks, whose information is infinite."""
    found = without("structural_edges")
    rows = found.study.pairs
    now, later = (rankdata(rows.table[of], axis=0) for of in (rows.current, rows.later))
    same = np.abs(np.corrcoef(now.T, now.T)[: now.shape[1], now.shape[1] :]) > 1 - 1e-12
    same |= np.abs(np.corrcoef(now.T, later.T)[: now.shape[1], now.shape[1] :]) > 1 - 1e-12
    pairs = int((~same).sum())
    assert found.flow.flow.isnull().to_numpy().tolist() == same.tolist()
    assert len(found.flow.to_frame()) == pairs
    assert int(found.nulls["circular-shift"].tested.sum()) == pairs
    assert not found.nulls["circular-shift"].control.any()


def test_without_significance_constants_decide(without, corrected_results) -> None:
    found = without("significant_edges")
    assert found.nulls == {}
    assert list(found.graphs) == ["0.06 bits", "0.3 bits", "0.4 bits"]
    # The thresholds are the paper's, of flow by nearest neighbours.
    wanted = int((corrected_results.reference.flow > 0.06).sum())
    assert found.graphs["0.06 bits"].number_of_edges() == wanted


def test_without_bounds_entropies_divide(without) -> None:
    from infoscope.figures.figure_05_all_neurons import table as node_table

    table = node_table(without("bounded_normalisation"))
    np.testing.assert_allclose(
        table["input_normalised"], table["input_information_bits"] / table["entropy_bits"]
    )


def test_without_the_whole_gradient_one_window_speaks(without, corrected_results) -> None:
    found = without("whole_gradient")
    last = found.recording.snapshot(13)
    entries = [
        np.abs(last[f"gradient_{name}"].to_numpy()).ravel()
        for name in ("W_in", "b_h", "W_out", "b_o", "h_0")
    ]
    of_all = found.gradients[found.gradients["parameter"] == found.gradient_of_all]
    row = of_all[of_all["epoch"] == 13].iloc[0]
    assert row["mean"] == pytest.approx(np.concatenate(entries).mean())
    assert {"W", "W_in", "W_out"} <= set(corrected_results.gradients["parameter"])


def test_without_exact_ranks_they_are_iterated(without, corrected_results) -> None:
    found = without("exact_ranks")
    assert {ranking.method for ranking in found.rankings.values()} == {"jacobi"}
    assert {r.method for r in corrected_results.rankings.values()} == {"exact"}


def test_resumed_training_and_stages_give_the_same_bits(
    corrected_root, corrected_results, tmp_path
) -> None:
    shutil.copy(corrected_root / "weather.csv", tmp_path / "weather.csv")
    shutil.copytree(corrected_root / "run", tmp_path / "run")
    settings = replace(corrected_results.settings, data=str(tmp_path / "weather.csv"))
    (tmp_path / "run" / "config.toml").write_text(settings.to_toml())
    recording = tmp_path / "run" / "recording.zarr" / "snapshots"
    for snapshot in sorted(recording.glob("0*"))[-3:]:
        shutil.rmtree(snapshot)
    for stage in ("flow", "null-lag-swap", "planes-000", "gradients"):
        shutil.rmtree(tmp_path / "run" / "estimates.zarr" / stage)
    again = corrected_run(tmp_path)
    for epoch in corrected_results.recording.epochs:
        one, other = (r.recording.read(epoch) for r in (again, corrected_results))
        xr.testing.assert_identical(one.drop_attrs(), other.drop_attrs())
    one, other = (whole_summary(None, each, 0.0) for each in (again, corrected_results))
    assert one["corrected"] == other["corrected"]
    assert one["nulls"] == other["nulls"]


def test_chicago_settings_take_the_season_of_every_year() -> None:
    settings = Settings().corrected()
    assert settings.season == ("05-01", "10-04")
    assert (settings.epochs, settings.hidden_nodes, settings.k) == (1200, 25, 4)
    assert settings.learning_rate == 0.0005
    for fitted, validation in ((True, 0.2), (False, 0.0)):
        series = load_data(replace(settings, fitted_network=fitted)).series
        wanted = daily_series(load_chicago(), season=settings.season, validation=validation)
        assert series.days.tolist() == wanted.days.tolist()
        assert series.part.tolist() == wanted.part.tolist()
    assert replace(settings, every_year=False).season is None
    assert replace(settings, start="2001-03-01", end="2004-03-01").season is None


def test_without_a_fitted_network_training_is_as_published() -> None:
    assert Settings().corrected(keep=("fitted_network",)).learning_rate == 0.005
    chosen = Settings(learning_rate=0.01)
    assert chosen.corrected().learning_rate == 0.01


def test_settings_survive_the_disk(tmp_path) -> None:
    settings = Settings(seed=3, window_length=12).corrected(keep=("exact_ranks",))
    assert (settings.gap, settings.window_stride) == (12, 12)
    path = tmp_path / "config.toml"
    path.write_text(settings.to_toml())
    assert Settings.from_toml(path) == settings


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"gap": 5}, "gap must be at least window_length"),
        ({"surrogates": 18}, "surrogates must be"),
        ({"networks": 18}, "networks must be a whole number >= 19"),
        ({"false_edges": 0.01}, "networks must be a whole number >= 99"),
        ({"held_out": 1.5}, "held_out must be above 0"),
        ({"false_share": 0.0}, "false_share must be above 0"),
        ({"exact_ranks": 1}, "exact_ranks must be True or False"),
        ({"planes_every": 0}, "planes_every must be"),
    ],
)
def test_bad_settings_are_named(changes, said) -> None:
    with pytest.raises(InputError, match=said):
        Settings().corrected(**changes)


def test_unknown_repairs_and_too_few_days_are_named(tmp_path) -> None:
    with pytest.raises(InputError, match="keep_flaws must be names of repairs"):
        Settings().corrected(keep=("magic",))
    data = str(write_weather(tmp_path / "short.csv", days=70))
    settings = Settings(data=data, targets=("high", "low"), start="", end="").corrected()
    with pytest.raises(InputError, match="--mode published"):
        load_data(settings)
    # A trend never forgets.
    table = pd.read_csv(write_weather(tmp_path / "trend.csv", days=400))
    table["rain"] = np.arange(400.0)
    table.to_csv(tmp_path / "trend.csv", index=False)
    with pytest.raises(InputError, match="--keep-flaws significant_edges"):
        load_data(replace(settings, data=str(tmp_path / "trend.csv")))


def test_the_snapshot_of_the_smallest_validation_error_is_analysed(corrected_results) -> None:
    results = corrected_results
    error = results.curves["error"].sel(part="validation")
    assert results.study.epoch == int(error["epoch"][int(np.argmin(error.to_numpy()))])
    assert results.analysed.epochs[-1] == results.study.epoch
    assert results.recording.epochs[-1] == 13
    # The error rises at first: whoever has no patience stays with the untrained network.
    assert analysed_epoch(results.study.parts["validation"], 1) == 0
    assert until(results.recording, 5).epochs == (0, 1, 2, 3, 5)
    outputs = results.analysed.rows("outputs", results.study.epoch)
    rows = results.study.parts["held-out"].rows("outputs", results.study.epoch)
    assert np.array_equal(outputs, rows)


def test_validation_days_are_neither_trained_nor_tested_on(corrected_results) -> None:
    series = corrected_results.study.data.series
    of_part = {part: set(series.days[series.part == part].tolist()) for part in series.parts}
    trained = set(corrected_results.windows.split("train")[2].ravel().tolist())
    assert trained <= of_part["train"]
    for part, name in (("train", "train"), ("validation", "validation"), ("held-out", "test")):
        days = corrected_results.study.parts[part].fixed["days"].to_numpy().ravel()
        assert set(days.astype("datetime64[D]").tolist()) <= of_part[name]


def test_gates_are_of_the_analysed_network(corrected_results) -> None:
    results = corrected_results
    gates, forecast = results.gates, results.forecast[results.forecast["split"] == "test"]
    mean = forecast.set_index("model")[list(results.windows.target_names)].mean(axis=1)
    assert gates["test_error"] == pytest.approx(mean["network"])
    assert gates["reference_error"] == pytest.approx(mean["persistence"])
    assert gates["ridge_error"] == pytest.approx(
        min(mean[f"ridge, {n}"] for n in ("1 day", "2 days", "3 days"))
    )
    last = results.curves["error"].isel(epoch=-1).sel(part="held-out")
    summary = whole_summary(None, results, 0.0)["corrected"]
    assert summary["errors"]["last"]["held-out"] == float(last)
    assert summary["gates"] == gates


def test_the_recording_opens_as_any_other(corrected_root, corrected_results) -> None:
    recording = Recording.load(corrected_root / "run" / "recording.zarr")
    assert recording.epochs == (0, 1, 2, 3, 5, 8, 10, 13)
    assert recording.nodes["role"].tolist() == ["input"] * 3 + ["hidden"] * 6 + ["output"] * 2


@pytest.mark.parametrize("flow_by", ["neighbours", "copula"])
def test_the_reference_leaves_only_pairs_that_tell_each_other_apart(flow_by: str) -> None:
    rng = np.random.default_rng(0)
    x, h = rng.normal(size=(1, 80, 2)), rng.normal(size=(1, 80, 4))
    x[..., 1] = 3.0  # never changes
    h[..., 1], h[..., 2] = h[..., 0] ** 3, -np.exp(h[..., 0])  # the same ranks, and reversed
    outputs = rng.normal(size=(1, 80, 1))
    rec = Recording.from_arrays(inputs=x, hidden=h, outputs=outputs)
    study = Study(Settings().corrected(flow_by=flow_by), rec)
    found = FLOW_REFERENCE.compute(study, {}, (), False)["flow"]
    lost = {(a, b) for a in ("h0", "h1", "h2") for b in ("h0", "h1", "h2") if a != b}
    lost |= {("x1", f"h{i}") for i in range(4)}
    pairs = [(a, b) for a in rec.nodes.index for b in rec.nodes.index]
    allowed = connections(rec.nodes).ravel()
    for (a, b), possible in zip(pairs, allowed, strict=True):
        known = bool(np.isfinite(found.sel(source=a, target=b)))
        assert known == (possible and (a, b) not in lost), (a, b)
    # The others are what they are in a recording of them alone.
    alone = Recording.from_arrays(inputs=x[..., :1], hidden=h[..., [0, 3]], outputs=outputs)
    estimator = reference_estimator(study.settings)
    assert isinstance(estimator, Gaussian) == (flow_by == "neighbours")
    expected = information_flow(alone, estimator=estimator, edges="structural").flow
    names = {"h1": "h3"}
    for a, b in (
        ("x0", "h0"),
        ("x0", "h1"),
        ("h0", "h1"),
        ("h1", "h0"),
        ("h0", "o0"),
        ("h1", "o0"),
    ):
        one = found.sel(source=names.get(a, a), target=names.get(b, b))
        assert float(one) == pytest.approx(float(expected.sel(source=a, target=b)), rel=1e-12)
