"""Results made by hand: what is wrong with them is said when they are made."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import infoscope as isc
from infoscope import InputError


def flow(width: int = 2, n: int = 60) -> isc.FlowMatrix:
    values = np.random.default_rng(0).normal(size=(n, width))
    return isc.information_flow(isc.Recording.from_arrays(hidden=[values]))


def results() -> dict:
    """A result of each class."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 80))
    found = flow(3)
    significance = found.significance(null="circular-shift", surrogates=19)
    graph = found.graph(threshold=-1.0)
    return {
        "Estimate": isc.mutual_information(x, y),
        "FlowMatrix": found,
        "FlowSignificance": significance,
        "Ranking": isc.rank_nodes(graph),
        "RankSignificance": isc.graphs.rank_significance(graph, surrogates=20),
        "LagScan": isc.lag_scan(x, y, lags=[1, 2]),
    }


@pytest.fixture(scope="module", name="made")
def _made() -> dict:
    return results()


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("Estimate", "nats"),
        ("Estimate", "n"),
        ("Estimate", "flags"),
        ("FlowMatrix", "flow"),
        ("FlowMatrix", "instantaneous"),
        ("FlowMatrix", "nodes"),
        ("FlowMatrix", "n"),
        ("FlowSignificance", "p"),
        ("FlowSignificance", "q"),
        ("FlowSignificance", "nodes"),
        ("FlowSignificance", "draws"),
        ("Ranking", "table"),
        ("Ranking", "directedness"),
        ("RankSignificance", "p"),
        ("LagScan", "data"),
    ],
)
@pytest.mark.parametrize("value", [None, "text", [1, 2]])
def test_a_field_of_another_kind_is_named(made, kind, field, value) -> None:
    with pytest.raises(InputError, match=rf"^{field} "):
        replace(made[kind], **{field: value})


@pytest.mark.parametrize("kind", ["InformationPlane", "LearningIndicators"])
def test_results_that_hold_a_dataset_take_nothing_else(kind) -> None:
    with pytest.raises(InputError, match=r"^data of .*Dataset"):
        getattr(isc.results, kind)(pd.DataFrame())


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.rename(source="from"),
        lambda m: m.isel(source=0),
        lambda m: m.drop_vars("target"),
        lambda m: m.isel(target=slice(1)),
        lambda m: m.assign_coords(source=["a", "b"]),
        lambda m: m.to_numpy(),
    ],
)
def test_matrices_between_other_nodes_are_named(change) -> None:
    found = flow()
    wrong = change(found.flow)
    for field in ("flow", "delayed"):
        with pytest.raises(InputError, match=f"^{field} must"):
            replace(found, **{field: wrong})
    if isinstance(wrong, xr.DataArray):
        with pytest.raises(InputError, match=r"^threshold must"):
            found.graph(wrong)


def test_matrices_may_stand_in_any_order() -> None:
    found = flow(3)
    turned = replace(found, flow=found.flow.T[::-1])
    assert set(turned.graph(-1.0).edges(data="flow")) == set(found.graph(-1.0).edges(data="flow"))


def test_a_flow_between_copies_is_flagged_with_the_pair() -> None:
    x, y = np.random.default_rng(0).normal(size=(2, 100))
    found = isc.information_flow(np.column_stack([x, y, x]))
    (sentence,) = found.saturated
    assert sentence.startswith("instantaneous 0→2, 2→0: one is a copy")
    assert "saturated" in found.flags
    assert flow().saturated == ()


@pytest.mark.parametrize("wrong", ["list", "dict", "path"])
def test_gradient_statistics_of_several_recordings_name_the_argument(wrong) -> None:
    rec = isc.Recording.from_arrays(hidden=np.zeros((2, 5, 2)))
    given = {"list": [rec], "dict": {"a": rec}, "path": "rec.zarr"}[wrong]
    with pytest.raises(InputError, match=r"^recording must be a Recording"):
        isc.learning.gradient_statistics(given)
