"""Pictures of ranks, planes, curves and lags: what stands in them."""

import matplotlib as mpl
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

import infoscope as isc
from infoscope import InputError
from infoscope.learning.indicators import LearningIndicators
from infoscope.learning.plane import InformationPlane
from infoscope.plots.curves import early_snapshots, scaled_to_range

pytestmark = pytest.mark.filterwarnings("error")


def points(figure: Figure) -> np.ndarray:
    found = [c for c in figure.axes[0].collections if isinstance(c, PathCollection)]
    return np.vstack([np.asarray(c.get_offsets()) for c in found])


def said(figure: Figure) -> str:
    return " ".join(figure.axes[0].get_xlabel().split())


def ranking(n: int, roles: bool = True) -> isc.Ranking:
    graph = nx.gnp_random_graph(n, min(0.5, 4 / n), seed=1, directed=True)
    graph.add_node("alone")
    if roles:
        nx.set_node_attributes(graph, {v: "hidden" if v != 0 else "input" for v in graph}, "role")
    return isc.rank_nodes(graph)


@pytest.mark.parametrize("roles", [True, False])
def test_few_ranks_have_a_row_each_and_isolated_nodes_none(roles: bool) -> None:
    found = ranking(8, roles)
    figure = found.plot()
    axes = figure.axes[0]
    names = [tick.get_text() for tick in axes.get_yticklabels()]
    assert names[-1] == "alone (isolated)"
    known = found.ranks.dropna()
    drawn = points(figure)
    assert len(drawn) == len(known)
    at = {round(y): name for name, y in zip(names, axes.get_yticks(), strict=True)}
    for x, y in drawn:
        assert x == known[int(at[round(y)])]
    # The highest rank stands at the top.
    assert int(names[0]) == known.idxmax()


def test_many_ranks_are_a_histogram_of_all() -> None:
    found = ranking(90)
    figure = found.plot()
    assert sum(patch.get_height() for patch in figure.axes[0].patches) == found.ranks.notna().sum()
    assert "1 isolated nodes have no rank" in said(figure)


def plane(layers: bool) -> InformationPlane:
    units = ["hidden", "output"] if layers else [f"h{i}" for i in range(60)]
    rng = np.random.default_rng(0)
    shape = (4, len(units))
    held = {
        "input_information": (("epoch", "unit"), rng.random(shape) + 1.0),
        "target_information": (("epoch", "unit"), rng.random(shape)),
    }
    if not layers:
        held["entropy"] = (("epoch", "unit"), rng.random(shape))
        held["input_information"][1][-1, 3] = np.inf
    role = ["hidden", "output"] if layers else ["hidden"] * len(units)
    coords = {"epoch": [0, 1, 2, 10], "unit": units, "role": ("unit", role)}
    return InformationPlane(xr.Dataset(held, coords, {"ceiling_bits": np.inf}))


def test_layers_are_paths_over_the_epochs() -> None:
    found = plane(layers=True)
    figure = found.plot()
    expected = found.data[["input_information", "target_information"]].to_dataframe()
    columns = ["input_information", "target_information"]
    assert {tuple(p) for p in points(figure)} == {tuple(p) for p in expected[columns].to_numpy()}
    names = {text.get_text() for text in figure.axes[0].texts}
    assert names == {f"{unit}, epoch {e}" for unit in ("hidden", "output") for e in (0, 10)}
    assert len(figure.axes) == 2  # with the bar of epochs


def test_nodes_are_points_in_one_epoch() -> None:
    found = plane(layers=False)
    last = found.plot()
    assert len(points(last)) == 59
    assert "1 nodes with infinite information are not shown" in said(last)
    assert "epoch 10" in last.axes[0].get_title("left")
    assert 0 < len(last.axes[0].texts) < 20
    first = found.plot(epoch=0)
    assert len(points(first)) == 60
    with pytest.raises(InputError, match="epoch"):
        found.plot(epoch=3)


def indicators() -> LearningIndicators:
    names = [f"{u}_{a}_information" for u in ("hidden", "output") for a in ("input", "target")]
    epochs = np.arange(0, 50, 10)
    data = {name: ("epoch", np.linspace(2.0, 3.0, 5)) for name in names}
    data["hidden_input_information"] = ("epoch", np.array([2.0, 3.0, 9.8, 5.0, 4.0]))
    data |= {
        "error": ("epoch", np.geomspace(1.0, 0.1, 5)),
        "tse_complexity": ("epoch", np.arange(5.0)),
        "tse_standard_error": ("epoch", np.full(5, 0.5)),
        "activation_change": ("epoch", np.array([np.nan, 1.0, 0.5, 0.25, 0.1])),
    }
    return LearningIndicators(xr.Dataset(data, {"epoch": epochs}, {"ceiling_bits": 10.0}))


def test_each_indicator_has_its_own_panel_and_unit() -> None:
    figure = indicators().plot()
    labels = [axes.get_ylabel().replace("\n", " ") for axes in figure.axes]
    assert len(labels) == 7
    assert "error" in labels
    assert "tse complexity (bits)" in labels
    panel = figure.axes[labels.index("hidden input information (bits)")]
    hollow = [line for line in panel.lines if line.get_markerfacecolor() == "white"]
    assert [list(line.get_xdata()) for line in hollow] == [[20]]  # above nine tenths of the ceiling
    assert all(axes.get_ylim()[0] <= 0.0 for axes in figure.axes)


def test_on_one_axes_several_curves_are_scaled_and_one_is_not() -> None:
    figure = Figure()
    left, right = figure.subplots(1, 2)
    names = ["error", "activation_change"]
    before = dict(mpl.rcParams)
    assert indicators().plot(curves=names, ax=left) is figure
    for name, line in zip(names, left.lines, strict=True):
        expected = scaled_to_range(indicators().data[name].to_numpy())
        np.testing.assert_array_equal(line.get_ydata(), expected)
    indicators().plot(curves="tse_complexity", ax=right)
    np.testing.assert_array_equal(right.lines[0].get_ydata(), np.arange(5.0))
    assert dict(mpl.rcParams) == before
    with pytest.raises(InputError, match="curves must be one of"):
        indicators().plot(curves="loss")
    with pytest.raises(InputError, match="curves is empty"):
        indicators().plot(curves=[])


def test_the_axis_is_logarithmic_for_early_snapshots_only() -> None:
    assert early_snapshots([0, 1, 2, 5, 10, 20, 50, 100])
    assert not early_snapshots([0, 10, 20, 30])
    assert not early_snapshots([0, 10])
    assert not early_snapshots([0])


def test_lags_are_drawn_with_the_threshold_of_all() -> None:
    rng = np.random.default_rng(0)
    source = rng.normal(size=203)
    echo = source[:-3] + rng.normal(size=200)
    scan = isc.lag_scan(source[3:], echo, lags=[3, 0, 1, 2], surrogates=19)
    axes = scan.plot().axes[0]
    curve = next(line for line in axes.lines if len(line.get_xdata()) == 4)
    np.testing.assert_array_equal(curve.get_xdata(), [0, 1, 2, 3])
    np.testing.assert_array_equal(curve.get_ydata(), scan.bits.sel(lag=[0, 1, 2, 3]))
    level = next(line for line in axes.lines if len(set(line.get_ydata())) == 1)
    assert level.get_ydata()[0] == scan.threshold_bits
    without = isc.lag_scan(source[3:], echo, lags=range(3), significance=False).plot()
    assert len(without.axes[0].lines) == 1
    assert "surrogates" not in without.axes[0].get_xlabel()


def test_a_notebook_shows_a_figure_that_pyplot_does_not_know() -> None:
    png = ranking(5).plot()._repr_png_()  # pyright: ignore[reportAttributeAccessIssue]
    assert png.startswith(b"\x89PNG")


def test_watched_curves_and_influence_draw_themselves() -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    gru = torch.nn.GRU(2, 3, batch_first=True)
    probe = torch.randn(20, 8, 2)
    with isc.watch(gru, probe=(probe, probe[..., :1]), progress=False) as watch:
        for loss in (3.0, 2.0, 1.0):
            watch.step(loss=loss)
    curves = watch.curves()
    figure = curves.plot(curves=["loss", "spread"])
    assert [axes.get_ylabel() for axes in figure.axes] == ["loss", "spread"]
    assert "update" in figure.axes[-1].get_xlabel()
    found = isc.influence(gru, probe, measures=["jacobian", "causal"], lags=[1, 2], contexts=50)
    figure = found.plot(measure="causal", lag=2)
    drawn = np.ma.filled(np.ma.asarray(figure.axes[0].images[0].get_array(), float), np.nan)
    np.testing.assert_array_equal(drawn, found["causal"].sel(lag=2))
    assert "lag 2" in figure.axes[0].get_title("left")
    assert found.attrs["input_nodes"] == ["x0", "x1"]
    assert isinstance(found.to_frame(), pd.DataFrame)
    assert "<img" in found._repr_html_()
