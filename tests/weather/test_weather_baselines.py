import numpy as np
import pandas as pd
import pytest

from infoscope._errors import InputError
from infoscope.weather import WeatherTable, forecast_errors, make_windows


def windows_of(length=2, test_fraction=0.2, **columns):
    n = len(next(iter(columns.values())))
    index = pd.date_range("2020-01-01", periods=n, name="date")
    table = WeatherTable(pd.DataFrame(columns, index=index, dtype=float), ("x",), "a small table")
    return make_windows(table, length=length, test_fraction=test_fraction)


def error(frame, model, split, target="x"):
    chosen = frame[(frame["model"] == model) & (frame["split"] == split)]
    assert len(chosen) == 1
    return chosen[target].iloc[0]


def noise(n=60):
    return np.random.default_rng(7).normal(50.0, 10.0, n)


def test_persistence_is_wrong_by_the_step_of_a_ramp_and_regression_is_right():
    frame = forecast_errors(windows_of(x=3.0 * np.arange(40)), {})
    assert frame.columns.tolist() == ["model", "split", "x"]
    for split in ("train", "test"):
        assert error(frame, "persistence", split) == pytest.approx(3.0)
        assert error(frame, "linear regression", split) == pytest.approx(0.0, abs=1e-9)


def test_a_model_is_judged_on_its_last_step_in_the_unit_of_the_table():
    windows = windows_of(x=noise())
    right = windows.targets
    off = right + 2.0 / windows.spread
    early = right.copy()
    early[:, 0] += 100.0
    frame = forecast_errors(windows, {"off": off, "early": early, "last": off[:, -1]})
    for split in ("train", "test"):
        assert error(frame, "off", split) == pytest.approx(2.0)
        assert error(frame, "last", split) == pytest.approx(2.0)
        assert error(frame, "early", split) == pytest.approx(0.0, abs=1e-12)


def test_regression_solves_the_normal_equations_of_the_training_windows():
    windows = windows_of(x=noise(), y=noise(120)[60:])
    inputs, targets, _ = windows.split("train")
    design = np.array([[1.0, *window.ravel()] for window in inputs])
    weights = np.linalg.solve(design.T @ design, design.T @ targets[:, -1, 0])
    inputs, targets, _ = windows.split("test")
    forecast = np.array([weights @ [1.0, *window.ravel()] for window in inputs])
    wanted = np.mean(np.abs(forecast - targets[:, -1, 0])) * windows.spread[0]
    frame = forecast_errors(windows, {})
    assert error(frame, "linear regression", "test") == pytest.approx(wanted, rel=1e-9)
    assert wanted > 1.0


def test_with_more_coefficients_than_windows_regression_interpolates_training_only():
    windows = windows_of(length=30, x=noise(50))
    frame = forecast_errors(windows, {})
    assert error(frame, "linear regression", "train") == pytest.approx(0.0, abs=1e-8)
    assert error(frame, "linear regression", "test") > 1.0


def test_without_test_windows_there_is_no_test_row():
    frame = forecast_errors(windows_of(x=noise(), test_fraction=0), {})
    assert frame["split"].unique().tolist() == ["train"]


@pytest.mark.parametrize("name", ["persistence", "linear regression"])
def test_a_model_may_not_take_the_name_of_a_baseline(name):
    windows = windows_of(x=noise())
    with pytest.raises(InputError, match=f"must not be named as a baseline, got '{name}'"):
        forecast_errors(windows, {name: windows.targets})


def test_outputs_must_fit_the_windows():
    windows = windows_of(x=noise())
    with pytest.raises(InputError, match=r"outputs\['net'\] must have one forecast per window"):
        forecast_errors(windows, {"net": windows.targets[1:]})
    with pytest.raises(InputError, match=r"outputs\['net'\] must be finite"):
        forecast_errors(windows, {"net": windows.targets * np.nan})
