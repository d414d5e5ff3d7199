"""What a forecast must beat: persistence and linear regression."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from infoscope._errors import InputError
from infoscope._validate import Floats, finite_array
from infoscope.weather.windows import Windows


def forecast_errors(windows: Windows, outputs: Mapping[str, Floats]) -> pd.DataFrame:
    """Return the mean absolute error of the last step's forecast, of models and baselines.

    Parameters
    ----------
    windows : Windows
        Data and split.
    outputs : mapping
        Model name → normalised outputs for all windows, (window, time, target) or
        (window, target).

    Returns
    -------
    DataFrame
        Columns model, split and one per target, in the unit of the table. The baselines are
        ``linear regression`` (least squares from the flattened window to the next day's
        targets, fitted on the training windows; with fewer windows than coefficients the
        solution of least norm, which passes through every training window) and ``persistence``
        (the last day's values). No row for a split without windows.

    Raises
    ------
    InputError
        If outputs do not fit the windows or bear the name of a baseline.

    Examples
    --------
    >>> from infoscope.weather import load_chicago, make_windows
    >>> windows = make_windows(load_chicago(), start="2015-05-01", end="2015-10-04")
    >>> forecast_errors(windows, {}).model.unique().tolist()
    ['linear regression', 'persistence']
    """
    taken = [name for name in outputs if name in ("linear regression", "persistence")]
    if taken:
        raise InputError(f"outputs must not be named as a baseline, got {taken[0]!r}; rename it")
    forecasts = {name: _last_step(values, name, windows) for name, values in outputs.items()}
    forecasts["linear regression"] = _linear_regression(windows)
    own = [windows.input_names.index(name) for name in windows.target_names]
    forecasts["persistence"] = windows.inputs[:, -1][:, own]
    rows = []
    for model, forecast in forecasts.items():
        error = np.abs(forecast - windows.targets[:, -1]) * windows.spread
        for split, chosen in (("train", ~windows.is_test), ("test", windows.is_test)):
            if chosen.any():
                rows.append((model, split, *error[chosen].mean(axis=0)))
    return pd.DataFrame(rows, columns=["model", "split", *windows.target_names])


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


def _linear_regression(windows: Windows) -> Floats:
    flat = windows.inputs.reshape(len(windows.inputs), -1)
    train = ~windows.is_test
    # Centred, so that the least-norm solution, where there are more coefficients than windows,
    # does not depend on where zero is.
    centre, level = flat[train].mean(axis=0), windows.targets[train, -1].mean(axis=0)
    shifted = windows.targets[train, -1] - level
    coefficients = np.linalg.lstsq(flat[train] - centre, shifted, rcond=None)[0]
    return (flat - centre) @ coefficients + level
