"""The published pipeline against slow twins and identities, on a short run."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from infoscope import InputError, Recording, networks
from infoscope.analysis import pipeline
from infoscope.analysis.flaws import REPAIRS
from infoscope.analysis.pipeline import STAGES, analyse, computed, run_analysis
from infoscope.analysis.settings import Settings
from infoscope.analysis.study import Study
from infoscope.analysis.study_data.load import load_data
from infoscope.analysis.written.page import whole_page
from infoscope.analysis.written.summary import numbers_of, to_json, whole_summary, without_nan
from infoscope.runs.run_folder import RunFolder
from reference.estimators import kl_entropy, ksg1
from reference.networks import aligned, information_flow

_K = 3


def _layers(results, epoch=None) -> list[np.ndarray]:
    """Inputs, hidden and outputs of the last snapshot as (sequence, time, node)."""
    values = results.recording.activations(epoch).to_numpy()
    roles = results.flow.nodes["role"].to_numpy()
    return [values[:, :, roles == role] for role in ("input", "hidden", "output")]


def test_flow_is_the_published_one(results) -> None:
    """Inputs recur in every window, tied: there the noise decides, drawn here as published."""
    recording, settings = results.recording, results.settings
    names = list(results.flow.nodes.index)
    few = [names.index(n) for n in ("high", "rain", "station", "h0", "h7", "high forecast")]
    rows = recording.activations(aligned=True).to_numpy()
    noise = settings.generator("flow").random((rows.shape[0] * rows.shape[1], rows.shape[2]))
    noisy = rows + 1e-10 * noise.reshape(rows.shape)
    twin = information_flow(noisy[:, :, few], _K)
    found = results.flow.flow.to_numpy()[np.ix_(few, few)]
    np.testing.assert_allclose(found, twin, atol=1e-10)


def test_alignment_is_the_published_one(results) -> None:
    """Row t of a window holds x[t+2], h[t+1], o[t]."""
    inputs, hidden, outputs = _layers(results)
    rows = np.array(aligned(inputs, hidden, outputs))
    np.testing.assert_array_equal(results.recording.activations(aligned=True).to_numpy(), rows)


def test_samples_are_seven_a_window(results) -> None:
    inputs, _, _ = _layers(results)
    assert results.flow.n == 7 * len(inputs) == 7 * int((~results.windows.is_test).sum())


def test_node_plane_takes_the_first_200_rows_unaligned_against_the_final_output(results) -> None:
    inputs, hidden, outputs = (part.reshape(-1, part.shape[2])[:200] for part in _layers(results))
    assert len(inputs) == 200
    found = results.nodes.data.isel(epoch=-1)
    for place, samples in (("h3", hidden[:, 3]), ("h24", hidden[:, 24])):
        here = found.sel(unit=place)
        about_target = ksg1(samples, outputs, _K) / np.log(2)
        assert float(here["target_information"]) == pytest.approx(about_target, abs=1e-6)
        assert float(here["entropy"]) == pytest.approx(
            kl_entropy(samples, _K) / np.log(2), rel=1e-5
        )


def test_layer_curves_take_the_same_rows_and_reference(results) -> None:
    final = _layers(results)[2].reshape(-1, 2)
    table = results.indicators.to_frame().set_index("epoch")
    assert list(table.index) == [0, 10, 20, 30]
    for epoch in (10, 30):
        _, hidden, outputs = (p.reshape(-1, p.shape[2]) for p in _layers(results, epoch))
        about = ksg1(hidden[:200], final[:200], _K) / np.log(2)
        assert table.loc[epoch, "hidden_target_information"] == pytest.approx(about, abs=1e-6)
        assert table.loc[epoch, "error"] == pytest.approx(np.abs(outputs - final).mean(), rel=1e-12)
    assert table.loc[30, "error"] == 0.0


def test_outputs_are_followed_one_by_one(results) -> None:
    final = _layers(results)[2].reshape(-1, 2)[:200]
    table = results.outputs.to_frame()
    assert list(table["epoch"].unique()) == [0, 10, 20, 30]
    for place, name in enumerate(("high forecast", "low forecast")):
        then = _layers(results, 10)[2].reshape(-1, 2)[:200, place]
        found = table[(table["epoch"] == 10) & (table["unit"] == name)]["target_information"].item()
        assert found == pytest.approx(ksg1(then, final, _K) / np.log(2), abs=1e-6)


def test_forecast_of_the_network_is_what_its_recorded_outputs_say(results) -> None:
    """Last step of each training window, in the unit of the target."""
    outputs = results.recording.activations().to_numpy()[:, -1, -2:]
    windows = results.windows
    targets = windows.split("train")[1][:, -1]
    errors = np.abs(windows.target_units(outputs) - windows.target_units(targets)).mean(axis=0)
    found = results.forecast.set_index(["model", "split"]).loc[("network", "train")]
    np.testing.assert_allclose(found[["high", "low"]].to_numpy(float), errors, rtol=1e-9)


def test_other_graphs_have_as_many_edges_as_the_flow_graph(results) -> None:
    """Counted by the delayed information of the same number of largest pairs."""
    delayed = results.flow.delayed.to_numpy()
    values = np.sort(delayed[np.isfinite(delayed)])[::-1]
    for name, graph in results.graphs.items():
        edges = graph.number_of_edges()
        linked = (np.nan_to_num(delayed, nan=-9.0) >= values[edges - 1]) if edges else delayed > 9
        assert linked.sum() == edges
        nodes = linked.any(axis=0) | linked.any(axis=1)
        ranked = results.variants[f"delayed {name.removesuffix(' bits')}"].ranks.notna().to_numpy()
        np.testing.assert_array_equal(ranked, nodes)


def test_rank_correlations_are_those_of_the_hidden_nodes(results) -> None:
    found = results.rank_correlations().set_index("statistic")
    ranks = results.rankings["0.3 bits"].ranks
    nodes = results.nodes.to_frame().set_index("unit")
    hidden = nodes[nodes["role"] == "hidden"].assign(rank=ranks).dropna(subset=["rank"])
    about_input = np.corrcoef(hidden["rank"], hidden["input_information"])[0, 1]
    assert found.loc["I(h;x)", "correlation"] == pytest.approx(about_input)
    assert found.loc["I(h;x)", "nodes"] == len(hidden)


def test_constant_column_is_kept_flagged_and_flows_nowhere_but_by_its_noise(results) -> None:
    """All values within any neighbourhood: psi(k) + psi(n) - psi(n) - psi(k), but for ties."""
    assert results.windows.constant == ("station",)
    assert list(results.flow.nodes.index[results.flow.nodes["constant"]]) == ["station"]
    hidden = [f"h{i}" for i in range(25)]
    for ways in ({"source": "station", "target": hidden}, {"source": hidden, "target": "station"}):
        np.testing.assert_allclose(results.flow.flow.sel(ways), 0.0, atol=1e-9)


def test_summary_is_plain_and_undefined_is_null(bare_results) -> None:
    summary = whole_summary(bare_results, None, 1.0)
    assert "NaN" not in to_json(summary)
    assert summary["graph"]["50"] == {
        "edges": 0,
        "isolated": len(bare_results.flow.nodes),
        "degree_correlation": None,
        "mean_rank": {"input": None, "hidden": None, "output": None},
        "class_auc": {
            "hidden_over_input": None,
            "output_over_hidden": None,
            "kendall_tau": None,
        },
        "directedness": None,
    }
    page = whole_page(summary, {"figure-x": "A caption."}, {}, {})
    assert "not defined" in page
    assert "nan" not in page
    assert "![figure-x](figures/figure-x.png)" in page


def test_a_second_start_takes_every_stage_from_disk(results, monkeypatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("a finished stage was computed again")

    monkeypatch.setattr(networks, "train", never)
    stages = tuple(replace(stage, compute=never) for stage in pipeline.STAGES)
    monkeypatch.setattr(pipeline, "STAGES", stages)
    root = Path(results.settings.data).parent / "run"
    run = RunFolder.begin(root, results.settings, True)
    again = run_analysis(run, load_data(results.settings), progress=False)
    np.testing.assert_array_equal(again.flow.flow, results.flow.flow)
    assert again.indicators.data.identical(results.indicators.data)


def test_with_every_repair_off_the_corrected_analysis_is_the_published_one(results) -> None:
    """To the bit, training included: every number of the summary but the seconds."""
    settings = results.settings.corrected(keep=REPAIRS)
    root = Path(results.settings.data).parent / "switched-off"
    again = run_analysis(RunFolder.begin(root, settings, False), load_data(settings), False)
    assert without_nan(numbers_of(again)) == without_nan(numbers_of(results))
    np.testing.assert_array_equal(again.flow.flow, results.flow.flow)
    np.testing.assert_array_equal(again.recording.rows("all"), results.recording.rows("all"))
    for one, other in ((again.indicators, results.indicators), (again.outputs, results.outputs)):
        assert one.data.drop_attrs().identical(other.data.drop_attrs())
    for name, ranking in results.variants.items():
        np.testing.assert_array_equal(again.variants[name].ranks, ranking.ranks)


def test_a_recording_alone_runs_the_stages_it_can(results) -> None:
    """The numbers are those of the same recording within a run; no network, no gradients."""
    settings = results.settings
    alone = analyse(Study(settings, results.recording), STAGES, computed, False)
    np.testing.assert_array_equal(alone.flow.flow, results.flow.flow)
    assert alone.forecast.empty
    without = results.recording.fixed.drop_vars("targets")
    blind = Recording(without, results.recording.epochs, results.recording.read)
    study = Study(settings.corrected(surrogates=39), blind)
    found = analyse(study, STAGES, computed, False)
    of_edges = {"flow", "reference", "measures", "one_step"}
    assert of_edges | {"null-circular-shift", "null-lag-swap"} == set(found.stages)
    assert list(found.graphs) == ["FWER 5%", "FDR 10%"]


def test_settings_survive_the_disk(tmp_path) -> None:
    settings = Settings(seed=3, thresholds=(0.1, 0.2), targets=("a", "b"), data="/x y/ü.csv")
    (tmp_path / "config.toml").write_text(settings.to_toml(), encoding="utf-8")
    assert Settings.from_toml(tmp_path / "config.toml") == settings


@pytest.mark.parametrize("text", ["", "seed = 1", "not toml at all ="])
def test_other_settings_files_are_refused(tmp_path, text) -> None:
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(InputError, match=r"config\.toml"):
        Settings.from_toml(tmp_path / "config.toml")


def test_main_threshold_is_the_middle_one() -> None:
    assert Settings(thresholds=(0.4, 0.06, 0.3)).main_threshold == 0.3
    assert Settings(thresholds=(0.5,)).main_threshold == 0.5


def test_k_must_leave_neighbours(results) -> None:
    with pytest.raises(InputError, match="k must be below the number of rows"):
        load_data(replace(results.settings, k=200))


def test_the_shipped_table_gives_the_published_shape() -> None:
    """18 variables, 10 days, about 130 training windows, one of ten days for the test."""
    windows = load_data(Settings()).windows
    assert windows.inputs.shape[1:] == (10, 18)
    assert windows.target_names == ("temp_max", "temp_min")
    assert 125 <= int((~windows.is_test).sum()) <= 140
    assert windows.constant == ("weather_snow",)
