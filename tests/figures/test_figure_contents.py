"""The data and the captions of the figures against facts counted another way."""

import re
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection

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
    figure_12_hidden_input,
    figure_13_indicators,
    minor_gradient,
    minor_similarity,
    minor_subsets,
)
from infoscope.figures._curves import (
    scaled_to_maximum,
    scaled_to_range,
)
from infoscope.figures._graphs import threshold_graphs


def _title(axes: Axes) -> str:
    return axes.get_title(loc="left") or axes.get_title()


def test_figure_1_draws_every_flow_above_the_threshold(results) -> None:
    table = figure_01_flow_graphs.table(results)
    drawn = figure_01_flow_graphs.draw(results)
    flow = results.flow.flow.to_numpy()
    for panel, threshold in zip(drawn.axes, (0.06, 0.3, 0.4), strict=True):
        wanted = int((np.nan_to_num(flow, nan=-9.0) > threshold).sum())
        assert int((table["threshold_bits"] == threshold).sum()) == wanted
        lines = [c for c in panel.collections if isinstance(c, LineCollection)]
        assert sum(len(c.get_segments()) for c in lines) == wanted
        points = [c for c in panel.collections if isinstance(c, PathCollection)]
        assert sum(len(np.asarray(c.get_offsets())) for c in points) == len(flow)
        assert f"{wanted} edges" in _title(panel)


def test_figure_1_places_nodes_at_their_rank_and_says_how_many_edges_climb(results) -> None:
    table = figure_01_flow_graphs.table(results)
    said = figure_01_flow_graphs.caption(results)
    for threshold, edges in table.groupby("threshold_bits"):
        share = (edges["target_rank"] > edges["source_rank"]).mean()
        assert f"{share:.0%} of {len(edges)} edges above {threshold:g} bits" in said
    flow = results.flow.flow.fillna(-9.0)
    assert f"{float(flow.max()):.2f} bits" in said


def test_figures_2_and_3_count_each_edge_twice(results) -> None:
    for figure in (figure_02_degrees, figure_03_degree_histograms):
        table = figure.table(results)
        for threshold, graph in threshold_graphs(results).items():
            here = table[table["threshold_bits"] == threshold]
            assert here["in_degree"].sum() == here["out_degree"].sum() == graph.number_of_edges()
    table = figure_02_degrees.table(results)
    here = table[(table["threshold_bits"] == 0.06)]
    linked = here[(here["in_degree"] + here["out_degree"]) > 0]
    found = np.corrcoef(linked["in_degree"], linked["out_degree"])[0, 1]
    assert f"{found:.2f} (above 0.06 bits)" in figure_02_degrees.caption(results)


def test_figure_2_has_the_labels_right(results) -> None:
    """The one node that only sends must stand high on the axis called out-degree."""
    axes = figure_02_degrees.draw(results).axes[0]
    assert "in-degree" in axes.get_xlabel()
    assert "out-degree" in axes.get_ylabel()
    table = figure_02_degrees.table(results)
    here = table[table["threshold_bits"] == min(threshold_graphs(results))]
    points = np.vstack([np.asarray(c.get_offsets()) for c in axes.collections])
    sender = here.loc[(here["out_degree"] - here["in_degree"]).idxmax()]
    distance = np.abs(points - [sender["in_degree"], sender["out_degree"]]).max(axis=1)
    assert distance.min() < 0.5


def test_figure_4_leaves_isolated_nodes_out(results) -> None:
    table = figure_04_rank_histograms.table(results)
    drawn = figure_04_rank_histograms.draw(results)
    for axes, threshold in zip(drawn.axes, (0.06, 0.3, 0.4), strict=True):
        ranks = table.loc[table["threshold_bits"] == threshold, "rank"]
        # Stacked bars: the heights of all patches add up to the ranked nodes.
        heights = sum(patch.get_height() for patch in axes.patches)
        assert heights == pytest.approx(ranks.notna().sum())
        assert f"{int(ranks.isna().sum())} isolated" in _title(axes)


def test_figures_5_to_7_say_the_correlations_of_their_tables(results) -> None:
    table = figure_05_all_neurons.table(results)
    assert list(table["node"]) == list(results.flow.nodes.index)
    hidden = figure_06_no_outputs.table(results)
    assert set(hidden["role"]) == {"hidden"}
    found = np.corrcoef(hidden["input_information_bits"], hidden["target_information_bits"])[0, 1]
    assert f"correlation {found:.2f}" in figure_06_no_outputs.caption(results)
    ratios = figure_07_entropy_normalised.table(results)
    x = ratios["input_information_bits"] / ratios["entropy_bits"]
    y = ratios["target_information_bits"] / ratios["entropy_bits"]
    np.testing.assert_allclose(ratios["input_information_over_entropy"], x)
    said = figure_07_entropy_normalised.caption(results)
    assert f"correlate at {np.corrcoef(x, y)[0, 1]:.2f}" in said


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


def test_figure_10_says_how_much_of_the_error_falls_with_the_information(results) -> None:
    table = figure_10_hidden_target.table(results).iloc[1:]
    fall = whole = 0.0
    rows = table.to_dict("records")
    for before, here in pairwise(rows):
        step = before["error_normalised_units"] - here["error_normalised_units"]
        whole += step
        if here["hidden_target_information_bits"] < before["hidden_target_information_bits"]:
            fall += step
    assert f"{fall / whole:.0%} of the fall" in figure_10_hidden_target.caption(results)


def test_minor_results_say_what_their_tables_hold(results) -> None:
    gradients = minor_gradient.table(results)
    published = gradients[gradients["parameter"] == "published"]
    share = 100 * np.mean(published["mean"] > published["spread"])
    assert f"larger in {share:.0f} %" in minor_gradient.caption(results)
    pairs = minor_similarity.table(results)
    assert len(pairs) == 25 * 24
    assert f"{(pairs['source_similarity'] > 0).mean():.0%} share" in minor_similarity.caption(
        results
    )
    found = minor_subsets.table(results)
    bits = {(e, s): b for e, s, b in found[["epoch", "subsets", "tse_complexity_bits"]].to_numpy()}
    away = max(abs(bits[e, 5] - bits[e, 20]) for e, s in bits if s == 5)
    assert f"at most {away:.0f} bits" in minor_subsets.caption(results)


def test_scaling() -> None:
    np.testing.assert_array_equal(scaled_to_range(np.array([2.0, 4.0, 3.0])), [0.0, 1.0, 0.5])
    np.testing.assert_array_equal(scaled_to_maximum(np.array([-1.0, 4.0, 2.0])), [-0.25, 1.0, 0.5])
    assert np.isnan(scaled_to_range(np.array([3.0, 3.0]))).all()
    assert np.isnan(scaled_to_maximum(np.array([-3.0, -1.0]))).all()


def test_without_edges_the_captions_say_so(bare_results) -> None:
    assert "none of 0 edges" in figure_01_flow_graphs.caption(bare_results)
    assert "not defined" in figure_02_degrees.caption(bare_results)
    titles = [_title(a) for a in figure_04_rank_histograms.draw(bare_results).axes]
    nodes = len(bare_results.flow.nodes)
    assert all(re.search(rf"\b{nodes} isolated", title) for title in titles)
