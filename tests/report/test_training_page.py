"""Curves and planes of the page: values, intervals and gates of each epoch."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from infoscope.report.training import learning_of


def results(**variables) -> SimpleNamespace:
    held = {name: ("epoch", values) for name, values in variables.items()}
    return SimpleNamespace(stages={"learning": xr.Dataset(held, coords={"epoch": [0, 10, 20]})})


def test_a_curve_has_its_points_with_error_and_gate() -> None:
    found = learning_of({
        "recording": results(
            skill=[0.0, np.nan, 0.8],
            decoded_target=[1.0, 2.0, 4.0],
            decoded_target_error=[0.1, np.nan, 0.5],
            decoded_target_valid=[1.0, 0.0, 1.0],
        )
    })  # fmt: skip
    assert found is not None
    curves = dict(list(found.curves.groupby("curve")))
    assert set(curves) == {"skill", "decodable target information"}
    assert curves["skill"][["epoch", "value", "valid"]].values.tolist() == [
        [0, 0.0, True],
        [20, 0.8, True],
    ]
    bits = curves["decodable target information"]
    assert bits["valid"].tolist() == [True, False, True]
    assert bits["low"].tolist() == [0.9, pytest.approx(np.nan, nan_ok=True), 3.5]
    assert bits["high"].tolist() == [1.1, pytest.approx(np.nan, nan_ok=True), 4.5]
    # Half way from 1 to 4 bits is first passed at epoch 20; two points have no onset.
    assert found.onsets[["curve", "epoch"]].values.tolist() == [[bits["curve"].iloc[0], 20.0]]


def test_a_point_of_a_plane_is_valid_if_both_of_its_coordinates_are() -> None:
    found = learning_of({
        "one": results(
            hidden_input_information=[3.0, 2.0, np.nan],
            hidden_target_information=[0.5, 1.0, 1.5],
            hidden_input_information_valid=[1.0, 1.0, 1.0],
            hidden_target_information_valid=[0.0, 1.0, 1.0],
            hidden_target_information_error=[0.2, 0.1, 0.1],
        )
    })  # fmt: skip
    assert found is not None
    rows = found.planes.set_index("epoch")
    assert rows[["x", "y"]].values.tolist() == [[3.0, 0.5], [2.0, 1.0]]
    assert rows["valid"].tolist() == [False, True]
    assert rows["y_error"].tolist() == [0.2, 0.1]
    assert rows["x_error"].isna().all()


def test_without_curves_there_is_no_part() -> None:
    assert learning_of({"recording": SimpleNamespace(stages={})}) is None
