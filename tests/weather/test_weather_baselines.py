import numpy as np
import pandas as pd
import pytest

from infoscope._errors import InputError
from infoscope.weather import (
    WeatherTable,
    daily_series,
    forecast_errors,
    load_chicago,
    make_windows,
)


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


def ridge_by_leaving_out(x, y, penalties):
    """Ridge by normal equations; the penalty by generalised cross-validation, in plain loops."""
    n, centre, level = len(x), x.mean(axis=0), y.mean()
    x, y = x - centre, y - level
    best = None
    for penalty in penalties:
        inverse = np.linalg.inv(x.T @ x + n * penalty * np.eye(x.shape[1]))
        residual = y - x @ inverse @ x.T @ y
        freedom = n - 1.0 - np.trace(x @ inverse @ x.T)
        score = np.sum(residual**2) / freedom**2
        if best is None or score < best[0]:
            best = (score, inverse @ x.T @ y)
    return centre, level, best[1]


@pytest.mark.parametrize(("days", "name"), [(1, "ridge, 1 day"), (2, "ridge, 2 days")])
def test_ridge_regression_is_that_of_the_normal_equations(days, name):
    windows = windows_of(length=3, x=noise(), y=noise(120)[60:])
    train = ~windows.is_test
    flat = windows.inputs[:, -days:].reshape(len(windows.inputs), -1)
    penalties = np.logspace(-6.0, 2.0, 81)
    centre, level, coefficients = ridge_by_leaving_out(
        flat[train], windows.targets[train, -1, 0], penalties
    )
    wanted = np.abs((flat - centre) @ coefficients + level - windows.targets[:, -1, 0])
    frame = forecast_errors(windows, {}, baselines=[name])
    for split, chosen in (("train", train), ("test", ~train)):
        assert error(frame, name, split) == pytest.approx(
            wanted[chosen].mean() * windows.spread[0], rel=1e-9
        )


def test_climatology_is_the_mean_of_the_training_targets():
    windows = windows_of(x=noise())
    train = ~windows.is_test
    mean = windows.targets[train, -1].mean()
    wanted = np.abs(windows.targets[train, -1] - mean).mean() * windows.spread[0]
    assert error(
        forecast_errors(windows, {}, baselines=["climatology"]), "climatology", "train"
    ) == (pytest.approx(wanted))


def test_inputs_that_are_linear_in_others_leave_ridge_as_it_is():
    x = noise()
    alone, twice = (windows_of(x=x, **more) for more in ({}, {"y": 2.0 * x}))
    # Equal but for the penalty, which a copy halves.
    fewer, more = (error(forecast_errors(w, {}, baselines=["ridge, 1 day"]), "ridge, 1 day", "test")
                   for w in (alone, twice))  # fmt: skip
    assert fewer == pytest.approx(more, rel=0.02)


def test_ridge_regression_on_few_days_is_a_strong_baseline():
    series = daily_series(load_chicago(), season=("05-01", "10-04"), validation=0.2)
    windows = series.windows(10)
    names = ["climatology", "ridge, 1 day", "ridge, 2 days", "ridge, 3 days"]
    frame = forecast_errors(windows, {}, baselines=[*names, "persistence"])
    mean = (
        frame[frame["split"] == "test"].set_index("model")[list(windows.target_names)].mean(axis=1)
    )
    assert mean["persistence"] == pytest.approx(4.64, abs=0.01)
    assert all(3.8 < mean[name] < 3.92 for name in names[1:])


def test_baselines_must_be_known_and_possible():
    windows = windows_of(x=noise())
    with pytest.raises(InputError, match="baselines must be"):
        forecast_errors(windows, {}, baselines=["ridge"])
    with pytest.raises(InputError, match="windows must be 3 days or longer"):
        forecast_errors(windows, {}, baselines=["ridge, 3 days"])
