"""The corrected figures: they draw, and their captions count what stands in the results."""

import re

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from infoscope.figures._style import style
from infoscope.figures.corrected import (
    FIGURES,
    figure_01_flow_graphs,
    figure_02_degrees,
    figure_04_rank_histograms,
    figure_06_no_outputs,
    figure_07_entropy_normalised,
    figure_10_hidden_target,
    figure_13_indicators,
    forecast,
    minor_gradient,
)
from infoscope.figures.files import CORRECTED, write_corrected_figures
from infoscope.figures.files import FIGURES as PUBLISHED

pytestmark = pytest.mark.filterwarnings("error")


def test_there_is_one_for_each_published_figure() -> None:
    assert [figure.NAME for figure in PUBLISHED] == list(CORRECTED)
    assert {f"{name}-corrected" for name in CORRECTED} == {f.NAME for f in FIGURES.values()}


@pytest.mark.parametrize("name", list(FIGURES))
@pytest.mark.parametrize("run", ["corrected_results", "bare_corrected_results"])
def test_draws_and_says_its_finding(name, run, results, request: pytest.FixtureRequest) -> None:
    figure, found = FIGURES[name], request.getfixturevalue(run)
    with style():
        drawn = figure.draw(found)
        drawn.canvas.draw()
    assert isinstance(drawn, Figure)
    main = [axes for axes in drawn.axes if axes.get_label() != "<colorbar>"]
    assert any(text for axes in main for text in (axes.get_xlabel(), axes.get_ylabel()))
    for said in (figure.caption(found), figure.changed(results, found)):
        assert not re.search(r"\b(nan|inf)\b", said), said
        assert said.endswith(".")
        assert said[0].isupper() or said[0].isdigit()
    # One sentence on what changed: no full stop but the last, outside of numbers.
    assert len(re.findall(r"\.(?!\d)", figure.changed(results, found))) == 1
    table = figure.table(found)
    assert all(isinstance(column, str) for column in table.columns)


def test_files_and_what_is_said(corrected_results, results, tmp_path, without_pictures) -> None:
    shown = write_corrected_figures(corrected_results, results, tmp_path)
    assert [figure.published_name for figure in shown] == list(CORRECTED)
    for figure in shown:
        assert figure.change
        for ending in ("png", "svg", "csv"):
            assert (tmp_path / f"{figure.name}.{ending}").stat().st_size > 0
    alone = write_corrected_figures(corrected_results, None, tmp_path)
    assert not any(figure.change for figure in alone)


def test_figure_1_draws_the_edges_that_both_nulls_call_significant(corrected_results) -> None:
    found = corrected_results
    drawn = figure_01_flow_graphs.draw(found)
    flow = found.flow.flow.to_numpy()
    for panel, (level, p) in zip(drawn.axes, ((0.05, "p_fwer"), (0.1, "q")), strict=True):
        both = [getattr(null, p).to_numpy() <= level for null in found.nulls.values()]
        wanted = int((both[0] & both[1] & (np.nan_to_num(flow, nan=-1.0) > 0.0)).sum())
        lines = [c for c in panel.collections if isinstance(c, LineCollection)]
        assert sum(len(c.get_segments()) for c in lines) == wanted
        assert f"{wanted} edges" in figure_01_flow_graphs.caption(found)


def test_figure_1_counts_the_published_edges_along_connections(corrected_results, results) -> None:
    flow = results.flow.flow.to_numpy()
    roles = results.flow.nodes["role"].to_numpy()
    steps = {"input": 0, "hidden": 1, "output": 2}
    count = possible = 0
    for i, j in np.argwhere(np.nan_to_num(flow, nan=-9.0) > 0.06):
        count += 1
        climb = steps[roles[j]] - steps[roles[i]]
        possible += climb == 1 or (climb == 0 and roles[i] == "hidden")
    said = figure_01_flow_graphs.changed(results, corrected_results)
    assert f"Of the {count} published edges above 0.06 bits, {possible} run" in said


def test_figures_2_and_4_say_what_their_tables_hold(corrected_results) -> None:
    degrees = figure_02_degrees.table(corrected_results)
    for name, graph in corrected_results.graphs.items():
        here = degrees[degrees["threshold"] == name]
        assert here["in_degree"].sum() == here["out_degree"].sum() == graph.number_of_edges()
        assert (here.loc[here["role"] == "input", "in_degree"] == 0).all()
        assert (here.loc[here["role"] == "output", "out_degree"] == 0).all()
    ranks = figure_04_rank_histograms.table(corrected_results)
    means = ranks[ranks["threshold"] == corrected_results.main].groupby("role")["rank"].mean()
    said = figure_04_rank_histograms.caption(corrected_results)
    for role in ("input", "hidden"):
        if np.isfinite(means[role]):
            assert f"{means[role]:.2f}".replace("-0.00", "0.00") in said


def test_figures_6_and_7_say_their_correlations(corrected_results) -> None:
    bits = figure_06_no_outputs.table(corrected_results)
    x, y = bits["input_information_bits"], bits["target_information_bits"]
    assert f"correlate at {np.corrcoef(x, y)[0, 1]:.2f}" in figure_06_no_outputs.caption(
        corrected_results
    )
    found = figure_07_entropy_normalised.table(corrected_results)
    # Of two Gaussian variables of correlation r, -log2(1 - r^2) / 2 bits.
    back = -0.5 * np.log2(1.0 - found["input_normalised"] ** 2) * np.sign(found["input_normalised"])
    np.testing.assert_allclose(back, x, atol=1e-9)


def test_figure_10_says_when_the_held_out_error_is_smallest(corrected_results) -> None:
    found = corrected_results
    errors = {}
    for epoch in found.recording.epochs:
        apart = found.analysed.rows("outputs", epoch) - found.analysed.rows("targets")
        errors[epoch] = np.abs(apart).mean()
    best = min(errors, key=errors.__getitem__)
    said = figure_10_hidden_target.caption(found)
    assert f"smallest, {errors[best]:.2f}, at epoch {best}" in said
    assert f"ends at {errors[13]:.2f}" in said


def test_figure_13_table_is_not_scaled(corrected_results) -> None:
    table = figure_13_indicators.table(corrected_results)
    np.testing.assert_array_equal(
        table["tse_complexity_bits"], corrected_results.planes["tse_complexity"]
    )
    assert not any(column.endswith("_scaled") for column in table)


def test_forecast_compares_errors_in_the_unit_of_the_table(corrected_results) -> None:
    found = corrected_results.forecast.set_index(["model", "split"])
    said = forecast.caption(corrected_results)
    for model in ("network", "persistence"):
        assert f"{found.loc[(model, 'test'), 'high']:.2f}" in said


def test_gradient_ratio_is_mean_over_spread(corrected_results) -> None:
    table = minor_gradient.table(corrected_results)
    whole = table[table["parameter"] == "matrices"]
    above = np.mean(whole["mean"] > whole["spread"])
    assert f"above 1 in {above:.0%}" in minor_gradient.caption(corrected_results)
