"""Pictures of corrected planes, knockouts and tests over seeds: what stands in them."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure

import infoscope as isc
from infoscope import InputError
from infoscope.learning.held_out.plane_result import HeldOutPlane
from infoscope.plots.intervals import plot_intervals

pytestmark = pytest.mark.filterwarnings("error")


def points(figure: Figure) -> np.ndarray:
    found = [c for c in figure.axes[0].collections if isinstance(c, PathCollection)]
    return np.vstack([np.asarray(c.get_offsets()) for c in found])


def said(figure: Figure) -> str:
    return " ".join(figure.axes[0].get_xlabel().split())


def marks(figure: Figure) -> dict[float, tuple[float, bool]]:
    """Height → value and whether the mark is filled."""
    lines = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    return {
        float(y): (float(x), line.get_markerfacecolor() != "white")
        for line in lines
        for x, y in np.transpose(line.get_data())
    }


@pytest.fixture(scope="module")
def plane() -> HeldOutPlane:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 4, 2))
    hidden = np.stack([np.tanh(scale * x @ rng.normal(size=(2, 3))) for scale in (0.01, 0.3, 1.0)])
    hidden += 0.1 * rng.normal(size=hidden.shape)
    rec = isc.Recording.from_arrays(
        x, hidden, hidden[..., :1], targets=x[..., :1], epochs=[0, 5, 10]
    )
    return isc.held_out_plane(rec, rec, sigmas=[0.3], lags=2, subsets=3, blocks=3)


@pytest.mark.parametrize("options", [{}, {"unit": "output", "split": "train", "lag": 1}])
def test_a_corrected_plane_is_the_path_of_a_layer(plane: HeldOutPlane, options: dict) -> None:
    where = {"unit": "hidden", "split": "held-out", "lag": 0} | options
    memory = plane["memory"].sel(unit=where["unit"], lag=where["lag"])
    target = plane["decoded_target"].sel(unit=where["unit"], split=where["split"])
    figure = plane.plot(**options)
    np.testing.assert_allclose(points(figure), np.column_stack([memory, target]))
    assert where["split"] in said(figure)
    valid = plane["memory_valid"].sel(unit=where["unit"], lag=where["lag"]) & plane[
        "decoded_target_valid"
    ].sel(unit=where["unit"], split=where["split"])
    assert ("hollow" in said(figure)) == (not bool(valid.all()))


def test_a_corrected_plane_has_curves(plane: HeldOutPlane) -> None:
    figure = plane.plot(kind="curves", curves=["skill", "decoded_target"], unit="output")
    for axes, name in zip(figure.axes, ("skill", "decoded_target"), strict=True):
        place = {"split": "held-out"} | ({"unit": "output"} if name != "skill" else {})
        drawn = next(line for line in axes.lines if len(line.get_xdata()) == 3)
        np.testing.assert_array_equal(drawn.get_ydata(), plane[name].sel(place))
    every = plane.plot(kind="curves")
    labels = {" ".join(axes.get_ylabel().split()) for axes in every.axes}
    assert {"spread", "still nodes"} <= labels
    assert not any("error" in label or "probe" in label for label in labels)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"kind": "matrix"}, "kind"),
        ({"unit": "input"}, "unit"),
        ({"split": "test"}, "split"),
        ({"lag": 7}, "lag"),
        ({"kind": "curves", "curves": "probe_lower"}, "curves"),
        ({"ax": 3}, "ax"),
    ],
)
def test_wrong_options_are_named(plane: HeldOutPlane, options: dict, named: str) -> None:
    with pytest.raises(InputError, match=named):
        plane.plot(**options)
    with pytest.raises(InputError, match="epoch"):
        plane.isel(epoch=0).plot()


def test_a_test_over_seeds_shows_seeds_median_and_interval() -> None:
    found = isc.learning.seed_test([3.0, 1.0, np.nan, 4.0, -2.0, 5.0])
    figure = found.plot(label="lead (epochs)")
    assert sorted(points(figure)[:, 0]) == [-2.0, 1.0, 3.0, 4.0, 5.0]
    ((value, filled),) = marks(figure).values()
    assert value == found.median
    assert filled == (found.interval[0] > 0.0)
    (bar,) = [c for c in figure.axes[0].collections if isinstance(c, LineCollection)]
    assert bar.get_segments()[0][:, 0].tolist() == list(found.interval)
    assert "lead (epochs)" in said(figure)
    assert "1 seeds have no value" in said(figure)
    assert "values" not in found.to_frame()


@pytest.mark.parametrize("measure", ["change", "outputs"])
def test_knockouts_have_a_row_each_with_their_interval(measure: str) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    gru = torch.nn.GRU(2, 3, batch_first=True)
    x = torch.randn(12, 6, 2)
    found = isc.knockout(gru, x, torch.zeros(12, 6, 3))
    figure = found.plot(measure=measure)
    axes = figure.axes[0]
    names = [tick.get_text() for tick in axes.get_yticklabels()]
    assert names == list(found.table.index)
    drawn = marks(figure)
    for name, height in zip(names, axes.get_yticks(), strict=True):
        assert drawn[float(height)][0] == pytest.approx(found.table.loc[name, measure])
    if measure == "change":
        apart = (found.table["lower"] > 0.0) | (found.table["upper"] < 0.0)
        filled = [drawn[float(height)][1] for height in axes.get_yticks()]
        assert filled == apart.tolist()
    with pytest.raises(InputError, match="measure"):
        found.plot(measure="loss")


def test_of_many_rows_the_largest_are_drawn() -> None:
    value = np.r_[np.arange(1.0, 61.0), -100.0]
    table = pd.DataFrame({"value": value, "lower": np.nan, "upper": np.nan})
    figure = plot_intervals(table.set_index(value.astype(int).astype(str)), "t", "l", [], None)
    names = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert names == [*map(str, range(22, 61)), "-100"]
    assert "the 40 largest of 61" in said(figure)
