"""Baselines of a forecast: persistence, climatology and linear regression."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from infoscope._errors import InputError
from infoscope._validate import Floats, finite_array, one_of, several
from infoscope.weather.windows import Windows

# Penalties of ridge regression per training window, of z-scored inputs.
_PENALTIES = np.logspace(-6.0, 2.0, 81)
# Days per bootstrap block: errors of one-day forecasts are autocorrelated for less than a week.
BLOCK = 14
PUBLISHED_BASELINES = ("linear regression", "persistence")
RIDGES = ("ridge, 1 day", "ridge, 2 days", "ridge, 3 days")


def forecast_errors(
    windows: Windows,
    outputs: Mapping[str, Floats],
    *,
    baselines: Sequence[str] = PUBLISHED_BASELINES,
) -> pd.DataFrame:
    """Return the mean absolute error of models and baselines at the last step.

    Parameters
    ----------
    windows : Windows
        Data and split.
    outputs : mapping
        Model name → normalised outputs for all windows, (window, time, target) or
        (window, target).
    baselines : sequence of str
        Names of `BASELINES`, all fitted on the training windows. ``persistence`` is the last
        day's values, ``climatology`` the mean of the targets, ``linear regression`` least squares
        from the flattened window to the next day's targets (with fewer windows than coefficients
        the minimum-norm solution, which interpolates the training windows), and ``ridge, 1 day``,
        ``ridge, 2 days``, ``ridge, 3 days`` are ridge regressions on the last days of the window,
        with the penalty chosen by generalised cross-validation.

    Returns
    -------
    DataFrame
        Columns model, split and one per target, in the unit of the table. No row for a split
        without windows.

    Raises
    ------
    InputError
        If outputs do not match the windows or have the name of a baseline, or a baseline is
        unknown.

    References
    ----------
    G. H. Golub, M. Heath, G. Wahba, Technometrics 21, 215 (1979).

    Examples
    --------
    >>> from infoscope.weather import load_chicago, make_windows
    >>> windows = make_windows(load_chicago(), start="2015-05-01", end="2015-10-04")
    >>> forecast_errors(windows, {}).model.unique().tolist()
    ['linear regression', 'persistence']
    """
    rows = []
    for model, error in absolute_errors(windows, outputs, baselines).items():
        for split, chosen in (("train", ~windows.is_test), ("test", windows.is_test)):
            if chosen.any():
                rows.append((model, split, *error[chosen].mean(axis=0)))
    return pd.DataFrame(rows, columns=["model", "split", *windows.target_names])


def absolute_errors(
    windows: Windows, outputs: Mapping[str, Floats], baselines: Sequence[str]
) -> dict[str, Floats]:
    """Return the absolute error (window, target) of models and baselines at the last step.

    Arguments and exceptions as in `forecast_errors`; errors are in the unit of the table.
    """
    found = last_forecasts(windows, outputs, baselines)
    return {name: absolute_error(forecast, windows) for name, forecast in found.items()}


def absolute_error(forecast: Floats, windows: Windows) -> Floats:
    """Return the absolute error (window, target) of the last step, in the unit of the table."""
    return np.abs(forecast - windows.targets[:, -1]) * windows.spread


def last_forecasts(
    windows: Windows, outputs: Mapping[str, Floats], baselines: Sequence[str]
) -> dict[str, Floats]:
    """Return the normalised forecast (window, target) of models and baselines at the last step.

    Arguments and exceptions as in `forecast_errors`.
    """
    chosen = [
        one_of(b, "baselines", BASELINES)
        for b in several(baselines, "baselines", "['persistence']")
    ]
    taken = [name for name in outputs if name in chosen]
    if taken:
        raise InputError(f"outputs must not be named as a baseline, got {taken[0]!r}; rename it")
    forecasts = {name: _last_step(values, name, windows) for name, values in outputs.items()}
    return forecasts | {name: BASELINES[name](windows) for name in chosen}


def _last_step(values: Floats, name: str, windows: Windows) -> Floats:
    array = finite_array(values, f"outputs[{name!r}]")
    last = array[:, -1] if array.ndim == 3 else array
    wanted = windows.targets[:, -1].shape
    if last.shape != wanted:
        raise InputError(
            f"outputs[{name!r}] must have one forecast per window and target, {wanted}, got "
            f"{array.shape}; run the model on all windows"
        )
    return last


def _persistence(windows: Windows) -> Floats:
    absent = set(windows.target_names) - set(windows.input_names)
    if absent:
        raise InputError(
            f"persistence needs each target among the inputs, got none named {min(absent)!r}; "
            "use other baselines"
        )
    own = [windows.input_names.index(name) for name in windows.target_names]
    return windows.inputs[:, -1][:, own]


def _climatology(windows: Windows) -> Floats:
    last = windows.targets[:, -1]
    return np.broadcast_to(last[~windows.is_test].mean(axis=0), last.shape)


def _linear_regression(windows: Windows) -> Floats:
    flat = windows.inputs.reshape(len(windows.inputs), -1)
    train = ~windows.is_test
    # Centred, so that the minimum-norm solution, with more coefficients than windows, does not
    # depend on the origin.
    centre, level = flat[train].mean(axis=0), windows.targets[train, -1].mean(axis=0)
    shifted = windows.targets[train, -1] - level
    coefficients = np.linalg.lstsq(flat[train] - centre, shifted, rcond=None)[0]
    return (flat - centre) @ coefficients + level


def _ridge(windows: Windows, days: int) -> Floats:
    if windows.length < days:
        raise InputError(
            f"windows must be {days} days or longer for ridge regression on {days} days, got "
            f"{windows.length}; choose fewer days"
        )
    flat = windows.inputs[:, -days:].reshape(len(windows.inputs), -1)
    train = ~windows.is_test
    n = int(train.sum())
    centre, level = flat[train].mean(axis=0), windows.targets[train, -1].mean(axis=0)
    left, singular, right = np.linalg.svd(flat[train] - centre, full_matrices=False)
    shifted = windows.targets[train, -1] - level
    projected = left.T @ shifted
    # Singular values of zero, as from linearly dependent inputs, are left out.
    kept = singular > singular.max(initial=0.0) * n * np.finfo(float).eps
    squares = np.where(kept, singular, 0.0) ** 2
    # (penalty, direction): shrinkage factor of each direction of the inputs.
    shrinkage = squares / (squares + n * _PENALTIES[:, np.newaxis])
    # Generalised cross-validation. The mean costs one degree of freedom; residuals outside the
    # span of the inputs do not depend on the penalty.
    outside = np.square(shifted).sum(axis=0) - np.square(projected).sum(axis=0)
    residual = np.square(1.0 - shrinkage) @ np.square(projected) + outside
    left_over = np.maximum(n - 1.0 - shrinkage.sum(axis=1), 1.0)
    best = (residual / left_over[:, np.newaxis] ** 2).argmin(axis=0)
    factors = np.divide(shrinkage, singular, out=np.zeros_like(shrinkage), where=kept)
    return (flat - centre) @ (right.T @ (factors[best].T * projected)) + level


# Name → function that is fitted on the training windows and forecasts the last step of all windows.
BASELINES: Mapping[str, Callable[[Windows], Floats]] = {
    "linear regression": _linear_regression,
    "persistence": _persistence,
    "climatology": _climatology,
    **{name: partial(_ridge, days=days) for days, name in enumerate(RIDGES, 1)},
}


def baselines_of(windows: Windows) -> tuple[str, ...]:
    """Return the baselines that apply to the inputs and the window length."""
    has_past = set(windows.target_names) <= set(windows.input_names)
    persistence = ("persistence",) if has_past else ()
    return (*persistence, "climatology", *RIDGES[: windows.length])
