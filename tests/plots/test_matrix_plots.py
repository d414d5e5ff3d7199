"""What a picture of a matrix or graph between nodes holds; matplotlib is left as it was."""

import functools
import re
import subprocess
import sys
from html import unescape

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure

import infoscope as isc
from infoscope import InputError
from infoscope.flow.information_flow import FlowMatrix
from infoscope.graphs.connections import connections, impossible
from infoscope.graphs.matrix_result import MOST_EDGES
from infoscope.plots.matrix_panel import SIGNED, limits_of
from infoscope.significance import FlowSignificance, significance_of

pytestmark = pytest.mark.filterwarnings("error")


@functools.cache
def flow_of(n: int, *, structural: bool = False, still: int = -1) -> FlowMatrix:
    """Noise around 0, a twentieth of the pairs strong and positive, as many strong and negative."""
    rng = np.random.default_rng(n)
    roles = ["input"] * (n // 3) + ["hidden"] * (n - 2 * (n // 3)) + ["output"] * (n // 3)
    names = [f"{role[0]}{place}" for place, role in enumerate(roles)]
    nodes = pd.DataFrame({"role": roles, "layer": 0}, index=pd.Index(names, name="node"))
    values = 0.02 * rng.normal(size=(n, n))
    kind = rng.random((n, n))
    values[kind < 0.05] += 0.5
    values[kind > 0.95] -= 0.5
    np.fill_diagonal(values, np.nan)
    if still >= 0:
        values[still] = values[:, still] = np.nan
    if structural:
        values[~connections(nodes)] = np.nan
    matrix = xr.DataArray(values, {"source": names, "target": names}, ("source", "target"))
    return FlowMatrix(matrix, matrix, matrix, nodes, 1, 100, isc.KSG())


def noise_test(flow: FlowMatrix, surrogates: int = 199) -> FlowSignificance:
    values, nodes = flow.flow.to_numpy(), flow.nodes
    control = impossible(nodes) & np.isfinite(values)
    drawn = np.random.default_rng(0).normal(0.0, 0.02, (surrogates, *values.shape))
    return significance_of(
        flow.flow, drawn, tested=np.isfinite(values) & ~control, control=control, nodes=nodes,
        null="circular-shift",
    )  # fmt: skip


def cells(figure: Figure) -> np.ndarray:
    """The drawn matrix, NaN where nothing is drawn."""
    return np.ma.filled(np.ma.asarray(figure.axes[0].images[0].get_array(), float), np.nan)


def marked(figure: Figure, mark: str) -> set[tuple[int, int]]:
    """Row and column of each marked cell."""
    found = [c for c in figure.axes[0].collections if c.get_gid() == mark]
    return {(int(y), int(x)) for c in found for x, y in np.asarray(c.get_offsets())}


def hatched(figure: Figure) -> set[tuple[int, int]]:
    patches = [p for p in figure.axes[0].patches if p.get_gid() == "not estimable"]
    found = set()
    for patch in patches:
        assert patch.get_hatch()
        for corners in patch.get_path().vertices.reshape(-1, 5, 2):
            (left, low), (right, _) = corners[0], corners[2]
            found |= {(round(low + 0.5), x) for x in range(round(left + 0.5), round(right + 0.5))}
    return found


def labels(figure: Figure) -> list[str]:
    return [tick.get_text() for tick in figure.axes[0].get_yticklabels()]


def said(figure: Figure) -> str:
    """The caption as one line."""
    return " ".join(figure.axes[0].get_xlabel().split())


@pytest.mark.parametrize("n", [3, 45, 200])
def test_matrix_holds_every_flow_in_role_order(n: int) -> None:
    flow = flow_of(n)
    figure = flow.plot()
    np.testing.assert_array_equal(cells(figure), flow.flow)
    axes = figure.axes[0]
    assert (axes.get_ylabel(), axes.get_xlabel().splitlines()[0]) == ("source", "target")
    # Each node has its name while there is room for it, then the roles have theirs.
    assert labels(figure) == (list(flow.nodes.index) if n < 100 else ["input", "hidden", "output"])
    assert hatched(figure) == set()
    low, high = axes.images[0].get_clim()
    assert low == -high < 0.0


def test_order_permutes_cells_and_names_alike() -> None:
    flow = flow_of(12)
    ranks = isc.rank_nodes(flow.graph(0.2)).ranks
    for order in ("rank", "cluster", "name", list(flow.nodes.index[::-1])):
        figure = flow.plot(order=order, threshold=0.2)
        names = labels(figure)
        assert sorted(names) == sorted(flow.nodes.index)
        np.testing.assert_array_equal(cells(figure), flow.flow.sel(source=names, target=names))
        if order == "rank":
            assert (np.diff(ranks[names].dropna()) >= 0.0).all()
        if isinstance(order, list):
            assert names == order


def test_lightness_falls_from_negative_to_positive_so_that_grey_shows_the_sign() -> None:
    colours = SIGNED(np.linspace(0.0, 1.0, 101))[:, :3]
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    lightness = 116.0 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16.0
    assert (np.diff(lightness) < 0.0).all()
    # Far apart from each other and from blank paper, which is 100.
    assert 95.0 > lightness[0] > lightness[50] + 20.0 > lightness[-1] + 60.0


def test_range_of_colours_ignores_a_few_extremes_and_infinity() -> None:
    values = np.concatenate([np.linspace(-1.0, 1.0, 2001), [np.inf, -300.0, np.nan]])
    assert limits_of(values, signed=True) == pytest.approx((-0.991, 0.991), abs=1e-3)
    assert limits_of(np.array([0.0, 0.2, np.nan]), signed=False) == (0.0, 0.2)
    assert limits_of(np.full(4, np.nan), signed=True) == (-1.0, 1.0)
    assert limits_of(np.zeros(4), signed=True) == (-1.0, 1.0)


def test_pairs_of_a_constant_node_are_hatched() -> None:
    figure = flow_of(9, still=4).plot()
    others = [place for place in range(9) if place != 4]
    assert hatched(figure) == {(4, j) for j in others} | {(i, 4) for i in others}
    assert "hatched: not estimable" in said(figure)


def test_pairs_that_were_not_asked_for_are_blank_and_not_hatched() -> None:
    figure = flow_of(9, structural=True, still=4).plot()
    nodes = flow_of(9).nodes
    asked = connections(nodes)
    expected = {(i, j) for i, j in np.argwhere(asked).tolist() if 4 in (i, j)}
    assert hatched(figure) == expected
    assert "blank: not asked for" in said(figure)


@pytest.mark.parametrize("order", ["role", "name"])
def test_marks_stand_on_the_significant_pairs(order: str) -> None:
    flow = flow_of(12)
    test = noise_test(flow)
    figure = test.plot(order=order)
    names = labels(figure)

    def of(mask: xr.DataArray) -> set[tuple[int, int]]:
        where = mask.sel(source=names, target=names).to_numpy()
        return {(int(i), int(j)) for i, j in np.argwhere(where)}

    strict = test.significant(0.05, correction="fwer")
    loose = test.significant(0.1, correction="fdr") & ~strict
    assert marked(figure, "FWER 5%") == of(strict) != set()
    assert marked(figure, "only FDR 10%") == of(loose)
    assert f"FWER 5% ({int(strict.sum())})" in said(figure)
    # The control, pairs along which nothing can flow, is not tested.
    np.testing.assert_array_equal(np.isfinite(cells(figure)), test.tested.sel(
        source=names, target=names))  # fmt: skip
    assert "blank: not tested" in said(figure)


def test_too_few_surrogates_for_a_level_are_stated() -> None:
    figure = noise_test(flow_of(12), surrogates=9).plot()
    assert marked(figure, "FWER 5%") == set()
    assert "FWER 5%: too few surrogates" in said(figure)


def test_cells_too_small_for_marks_are_pale_unless_significant() -> None:
    flow = flow_of(300)
    test = noise_test(flow, surrogates=39)
    figure = test.plot()
    (veil,) = [image for image in figure.axes[0].images if image.get_gid() == "veil"]
    opacity = np.asarray(veil.get_array())[..., 3]
    significant = test.significant(0.05, correction="fwer").to_numpy()
    assert significant.any()
    np.testing.assert_array_equal(opacity == 0.0, significant | ~test.tested.to_numpy())
    assert "in full colour: FWER 5%" in said(figure)


@pytest.mark.parametrize("kind", ["bipartite", "graph"])
def test_graphs_stop_at_sixty_edges_and_say_so(kind: str) -> None:
    flow = flow_of(60)
    values = flow.flow.to_numpy()
    count = int((values > 0.2).sum())
    assert count > MOST_EDGES
    figure = flow.plot(kind=kind, threshold=0.2)
    (lines,) = [c for c in figure.axes[0].collections if isinstance(c, LineCollection)]
    assert len(lines.get_segments()) == MOST_EDGES
    assert f"the largest {MOST_EDGES} of {count} edges" in said(figure)
    few = flow.plot(kind=kind, threshold=float(np.sort(values[values > 0.2])[-11]))
    (lines,) = [c for c in few.axes[0].collections if isinstance(c, LineCollection)]
    assert len(lines.get_segments()) == 10
    assert "10 edges" in said(few)


@pytest.mark.parametrize("kind", ["bipartite", "graph"])
def test_nodes_without_a_drawn_edge_are_left_out_of_large_graphs_only(kind: str) -> None:
    for n in (45, 200):
        flow = flow_of(n)
        figure = flow.plot(kind=kind, threshold=0.2)
        points = sum(
            len(np.asarray(c.get_offsets()))
            for c in figure.axes[0].collections
            if isinstance(c, PathCollection)
        ) // (2 if kind == "bipartite" else 1)
        if n == 45:
            assert points == 45
        else:
            assert 20 < points <= 2 * MOST_EDGES
            assert f"{n - points} nodes without one of them are left out" in said(figure)


def test_bipartite_edges_run_from_the_row_of_the_source_to_that_of_the_target() -> None:
    flow = flow_of(6)
    figure = flow.plot(kind="bipartite", threshold=0.2, order="name")
    names = sorted(flow.nodes.index)
    (lines,) = [c for c in figure.axes[0].collections if isinstance(c, LineCollection)]
    drawn = {(names[round(s[0, 1])], names[round(s[-1, 1])]) for s in lines.get_segments()}
    assert drawn == set(flow.graph(0.2).edges) != set()
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == [
        "source, t",
        "target, t + 1",
    ]


def test_graph_of_a_test_has_its_significant_edges() -> None:
    test = noise_test(flow_of(12))
    figure = test.plot(kind="graph")
    edges = test.significant(0.05) | test.significant(0.1, correction="fdr")
    (lines,) = [c for c in figure.axes[0].collections if isinstance(c, LineCollection)]
    assert len(lines.get_segments()) == min(int(edges.sum()), MOST_EDGES)


@pytest.mark.parametrize("kind", ["matrix", "bipartite", "graph"])
@pytest.mark.parametrize("values", [0.0, np.nan, np.inf])
def test_flows_without_any_difference_are_drawn(kind: str, values: float) -> None:
    names = ["a", "b", "c"]
    nodes = pd.DataFrame({"role": "hidden", "layer": 0}, index=pd.Index(names, name="node"))
    matrix = xr.DataArray(
        np.full((3, 3), values), {"source": names, "target": names}, ("source", "target")
    )
    FlowMatrix(matrix, matrix, matrix, nodes, 1, 9, isc.KSG()).plot(
        kind=kind
    ).draw_without_rendering()


def test_names_are_shown_as_they_are() -> None:
    flow = flow_of(3)
    names = ["<b>$x^2$", "two\nlines", "z" * 60]
    data = flow.flow.assign_coords(source=names, target=names)
    nodes = flow.nodes.set_axis(pd.Index(names, name="node"))
    result = FlowMatrix(data, data, data, nodes, 1, 9, isc.KSG())
    figure = result.plot()
    figure.draw_without_rendering()
    first, second, third = labels(figure)
    assert first == r"<b>\$x^2\$"
    assert second == "two lines"
    assert third.endswith("…")
    assert len(third) < 25
    for kind in ("bipartite", "graph"):
        result.plot(kind=kind).draw_without_rendering()


@pytest.mark.parametrize("kind", ["matrix", "bipartite", "graph"])
def test_given_axes_are_drawn_on_and_nothing_global_changes(kind: str) -> None:
    from matplotlib import pyplot

    before, open_before = dict(mpl.rcParams), pyplot.get_fignums()
    figure = Figure(layout="constrained")
    left, right = figure.subplots(1, 2)
    assert flow_of(6).plot(kind=kind, ax=left) is figure
    assert left.has_data()
    assert not right.has_data()
    nested = Figure().subfigures(1, 2)[0]
    assert flow_of(6).plot(kind=kind, ax=nested.subplots()) is nested.figure
    own = flow_of(6).plot(kind=kind)
    own.draw_without_rendering()
    assert own is not figure
    assert dict(mpl.rcParams) == before
    assert pyplot.get_fignums() == open_before


def test_a_figure_keeps_its_look_whatever_the_users_style() -> None:
    with mpl.rc_context({"text.usetex": True, "font.size": 30.0}):
        figure = flow_of(3).plot()
        figure.draw_without_rendering()
    assert figure.axes[0].yaxis.label.get_fontsize() == 10.0


def test_notebooks_show_the_matrix_above_the_table() -> None:
    flow = flow_of(45)
    page = flow._repr_html_()
    (picture,) = re.findall(r'<img alt="([^"]*)" src="data:image/png;base64,[^"]*">', page)
    assert unescape(picture) == repr(flow)
    assert page.index("<img") < page.index("<table")
    assert "<script" not in page
    assert len(flow_of(300)._repr_html_()) < 250_000


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kind": "hairball"}, "kind"),
        ({"order": "size"}, "order"),
        ({"order": ["i0"]}, "order"),
        ({"threshold": "high"}, "threshold"),
        ({"ax": 3}, "ax"),
    ],
)
def test_wrong_options_are_named(options: dict, words: str) -> None:
    with pytest.raises(InputError, match=f"^{words} must"):
        flow_of(6).plot(**options)


def test_measures_choose_a_matrix_and_a_lag() -> None:
    rng = np.random.default_rng(0)
    found = isc.flow_measures(rng.normal(size=(100, 3)), measures=["delayed", "flow"])
    np.testing.assert_array_equal(cells(found.plot()), found["delayed"])
    np.testing.assert_array_equal(cells(found.plot(measure="flow", lag=1)), found["flow"])
    assert "<img" in found._repr_html_()
    first = found["source"].to_numpy()[0]
    assert "<img" not in found.sel(source=first)._repr_html_()
    with pytest.raises(InputError, match="measure must be one of 'delayed', 'flow'"):
        found.plot(measure="granger")
    with pytest.raises(InputError, match="lag"):
        found.plot(lag=3)


def test_matplotlib_waits_until_something_is_drawn() -> None:
    code = (
        "import sys, infoscope as isc, numpy as np\n"
        "flow = isc.flow_measures(np.random.default_rng(0).normal(size=(50, 3)))\n"
        "assert 'matplotlib' not in sys.modules\n"
        "flow.plot()\n"
        "assert 'matplotlib' in sys.modules and 'matplotlib.pyplot' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
