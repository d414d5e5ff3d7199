"""What a reader sees: no node or name hidden, failed points hollow, errors drawn, honest axes."""

from dataclasses import replace
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from infoscope.figures import figure_03_degree_histograms, figure_10_hidden_target, overview
from infoscope.figures._curves import HIDDEN_TARGET, curve
from infoscope.figures._planes import scaled_to_maximum
from infoscope.graphs.graph import degrees
from infoscope.graphs.ranking import rank_nodes
from infoscope.plots.curves import scaled_to_range
from infoscope.plots.graph_panel import graph_panel
from infoscope.plots.labels import name_points
from infoscope.plots.style import new_figure, style

pytestmark = pytest.mark.filterwarnings("error")


def boxes(figure: Figure, texts: list) -> list:
    figure.canvas.draw()
    return [text.get_window_extent() for text in texts]


def overlap(one, other) -> float:
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    return max(width, 0.0) * max(height, 0.0)


def bipartite(inputs: int, hidden: int, alone: int = 0) -> nx.DiGraph:
    """A graph with ties: all inputs share one rank, and so do all hidden nodes."""
    graph = nx.DiGraph()
    for i in range(inputs):
        graph.add_node(f"input number {i}", role="input")
    for h in range(hidden + alone):
        graph.add_node(f"h{h}", role="hidden")
    graph.add_node("an output", role="output")
    for i in range(inputs):
        for h in range(hidden):
            graph.add_edge(f"input number {i}", f"h{h}", flow=0.1 + 0.01 * i)
    return graph


@pytest.mark.parametrize("alone", [0, 5])
def test_nodes_of_one_rank_do_not_hide_one_another(alone: int) -> None:
    graph = bipartite(12, 10, alone)
    with style():
        figure = Figure(figsize=(11.0, 4.5), layout="constrained")
        axes = figure.subplots()
        graph_panel(axes, graph, rank_nodes(graph).ranks)
        names = [text for text in axes.texts if text.get_text() != "isolated"]
        found = boxes(figure, names)
    points = np.vstack([np.asarray(c.get_offsets()) for c in axes.collections if len(
        np.asarray(c.get_offsets())) > 1 or c.get_label() == "output"])  # fmt: skip
    assert len(names) == len(graph)
    assert len(np.unique(points.round(9), axis=0)) == len(points)
    for one, other in combinations(found, 2):
        # Lanes lie closer than the leading of the letters, which has no ink.
        assert overlap(one, other) < 0.2 * one.width * one.height
    low, high = axes.get_xlim()
    assert all(low <= x <= high for x in points[:, 0])


def test_graph_without_an_edge_is_drawn_as_isolated_nodes() -> None:
    graph = bipartite(3, 0, 4)
    with style():
        figure = Figure()
        axes = figure.subplots()
        graph_panel(axes, graph, rank_nodes(graph).ranks)
        figure.canvas.draw()
    assert "isolated" in [text.get_text() for text in axes.texts]
    assert len(axes.get_xticks()) == 0


def test_names_stand_beside_crowded_points_without_covering_each_other() -> None:
    x = np.array([0.0, 0.02, 0.04, 1.0, np.nan])
    y = np.array([0.0, 0.01, 0.0, 1.0, 0.5])
    with style():
        figure = Figure(figsize=(7.0, 4.6), layout="constrained")
        axes = figure.subplots()
        axes.plot(x, y, "o")
        name_points(axes, ["h1", "h22", "h3", "h14", "none"], x, y)
        found = boxes(figure, list(axes.texts))
    assert [text.get_text() for text in axes.texts] == ["h1", "h22", "h3", "h14"]
    assert all(overlap(*pair) == 0.0 for pair in combinations(found, 2))
    frame = axes.get_window_extent()
    assert all(frame.x0 <= box.x0 and box.x1 <= frame.x1 for box in found)


def test_histograms_of_degrees_end_with_the_largest(results) -> None:
    drawn = figure_03_degree_histograms.draw(results)
    for column, graph in enumerate(results.graphs.values()):
        top = degrees(graph)[["in_degree", "out_degree"]].to_numpy().max()
        edges = {p.get_x() + p.get_width() for p in drawn.axes[column].patches}
        width = drawn.axes[column].patches[0].get_width()
        assert top < max(edges) <= top + width


def invalid_at(results, epoch: int):
    planes = results.planes.copy(deep=True)
    name = f"{HIDDEN_TARGET.column}_valid"
    planes[name] = planes[name].where(planes["epoch"] != epoch, False).astype(bool)
    return replace(results, stages={**results.stages, "planes": planes})


def test_a_point_that_fails_is_drawn_hollow_and_counted(corrected_results) -> None:
    found = invalid_at(corrected_results, 3)
    with style():
        drawn = figure_10_hidden_target.draw(found)
    marks = [line for line in drawn.axes[0].lines if line.get_marker() == "o"]
    hollow = [line for line in marks if line.get_markerfacecolor() == "white"]
    assert [list(line.get_xdata()) for line in hollow if len(line.get_xdata())] == [[3]]
    assert "hollow" in drawn.axes[-1].get_xlabel()
    facts = figure_10_hidden_target.facts(found)
    assert [facts["failed"], facts["points"]] == [1, 7]


def test_bands_are_two_standard_errors_of_the_jackknife(corrected_results) -> None:
    place = {"unit": "hidden", "split": "held-out"}
    error = corrected_results.planes["decoded_target_error"].sel(place).to_numpy()
    found = curve(corrected_results, HIDDEN_TARGET)
    np.testing.assert_array_equal(found["error"], error)
    with style():
        drawn = figure_10_hidden_target.draw(corrected_results)
    band = next(c for c in drawn.axes[0].collections if isinstance(c, PolyCollection))
    corners = band.get_paths()[0].vertices
    for epoch, bits, wide in zip(found["epoch"], found["bits"], error, strict=True):
        here = corners[corners[:, 0] == epoch, 1]
        np.testing.assert_allclose([here.min(), here.max()], [bits - 2 * wide, bits + 2 * wide])


def test_axes_of_curves_begin_at_zero(corrected_results) -> None:
    with style():
        drawn = figure_10_hidden_target.draw(corrected_results)
    for axes in drawn.axes:
        low, high = axes.get_ylim()
        assert low <= 0.0 < high
    assert drawn.axes[-1].get_xlim()[1] > corrected_results.planes["epoch"].max()


@pytest.mark.parametrize("run", ["corrected_results", "bare_corrected_results"])
def test_overview_has_both_sides_on_one_axis(run, results, request: pytest.FixtureRequest) -> None:
    corrected = request.getfixturevalue(run)
    with style():
        drawn = overview.draw(results, corrected)
        drawn.canvas.draw()
    panels = [axes for axes in drawn.axes if axes.get_label() != "<colorbar>"]
    assert len(panels) == 8
    for left, right in zip(panels[::2], panels[1::2], strict=True):
        assert left.get_ylim() == right.get_ylim()
    table = overview.table(results, corrected)
    assert set(table["mode"]) == {"published", "corrected"}
    before = table[table["mode"] == "published"]["error_normalised_units"].to_numpy()
    np.testing.assert_array_equal(before, results.indicators.data["error"])
    highest = table["hidden_target_information_bits"].max()
    assert panels[4].get_ylim()[1] >= highest


def test_places_of_panels_have_no_last_bits(tmp_path) -> None:
    """Else two runs differ: the layout's solver rounds one way or the other."""
    with style():
        figure = new_figure(6.0, 4.0)
        panels = figure.subplots(2, 2, sharey="row", sharex=True)
        image = panels[0, 0].imshow([[0.0, 1.0], [2.0, 3.0]])
        figure.colorbar(image, ax=list(panels[:, 1]), label="epoch")
        for axes in panels.ravel():
            axes.set_ylabel("a label")
        figure.draw_without_rendering()
        before = [axes.get_position(original=True).bounds for axes in figure.axes]
        panels[0, 1].set_title("two\nlines\nmore")
        figure.draw_without_rendering()
    after = [axes.get_position(original=True).bounds for axes in figure.axes]
    assert before[:4] != after[:4], "the layout no longer follows what is drawn"
    # Widths are kept as differences, which have last bits, but the same ones in every run.
    np.testing.assert_allclose(after, np.round(after, 6), rtol=0.0, atol=1e-14)


def test_scaling() -> None:
    np.testing.assert_array_equal(scaled_to_range(np.array([2.0, 4.0, 3.0])), [0.0, 1.0, 0.5])
    np.testing.assert_array_equal(scaled_to_maximum(np.array([-1.0, 4.0, 2.0])), [-0.25, 1.0, 0.5])
    assert np.isnan(scaled_to_range(np.array([3.0, 3.0]))).all()
    assert np.isnan(scaled_to_maximum(np.array([-3.0, -1.0]))).all()
