"""Gates before claims about a network: does it do its task, and does the task need recurrence."""

from collections.abc import Callable, Mapping
from typing import Any

from infoscope._errors import InputError
from infoscope._validate import Floats, arrays_by_name
from infoscope.measures.block_bootstrap import block_bootstrap
from infoscope.networks.recurrence import NO_RECURRENCE, RESET, ablated_outputs
from infoscope.weather.baselines import BLOCK, RIDGES, absolute_error, last_forecasts
from infoscope.weather.windows import Windows

# Share by which the error may exceed that of ridge regression in "no worse", ...
NO_WORSE = 0.03
# ... and must rise without recurrence in "needs recurrence".
NEEDED = 0.1


def gates(
    errors: Mapping[str, Floats], *, reference: str = "persistence", block: int, unit: str = ""
) -> dict[str, Any]:
    """Return the errors and gates that decide which claims a network supports.

    Parameters
    ----------
    errors : mapping
        Error of each test row, (row,), in time order: of the "network", the reference, any
        baselines named "ridge ...", and the network with "W = 0" and with "h reset"
        (`ablated_outputs`).
    reference : str
        Name of the baseline that the network must beat.
    block : int
        Block length of the bootstrap in rows; 1 if rows are independent.
    unit : str
        Unit of the errors.

    Returns
    -------
    dict
        Plain numbers. ``test_error``, ``reference_error``, ``best_ridge`` with ``ridge_error``,
        ``error_without_recurrence`` and ``error_with_reset``, means over rows; each difference as
        ``{"mean", "low", "high"}`` with its 95 % interval: ``difference_to_reference``,
        ``difference_to_ridge``, ``rise_without_recurrence``, ``rise_with_reset``; and the gates:
        ``beats_reference`` (the interval lies below 0), ``no_worse_than_ridge`` (the interval ends
        below `NO_WORSE` of ridge's error), ``needs_recurrence`` (both intervals begin above
        `NEEDED` of the test error), ``does_its_job`` (the first two). ``no_worse_share`` and
        ``needed_share`` are these two limits.

    Raises
    ------
    InputError
        If an error is missing or not finite, or numbers of rows differ.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> means = {"network": 1, "persistence": 2, "ridge, 1 day": 1.5, "W = 0": 1.8, "h reset": 1.9}
    >>> facts = gates({name: rng.normal(mean, 0.5, 300) for name, mean in means.items()}, block=1)
    >>> facts["does_its_job"], facts["needs_recurrence"]
    (True, True)
    """
    rows = arrays_by_name(errors, "errors", ["network", reference, NO_RECURRENCE, RESET])
    every = arrays_by_name(errors, "errors")
    ridges = {name: values for name, values in every.items() if name.startswith("ridge")}
    if not ridges:
        raise InputError(
            f"errors must have a baseline named 'ridge ...', got {', '.join(every)}; add "
            "'ridge, 1 day' of forecast_errors"
        )
    shapes = {name: values.shape for name, values in (rows | ridges).items()}
    if len(set(shapes.values())) > 1 or len(shapes["network"]) != 1:
        raise InputError(
            f"errors must have one number per test row each, got shapes {shapes}; average over "
            "targets first"
        )
    best = min(ridges, key=lambda name: ridges[name].mean())
    network = rows["network"]
    found = float(network.mean())

    def apart(other: Floats, sign: float = 1.0) -> dict[str, float]:
        difference = sign * (network - other)
        low, high = block_bootstrap(difference, block=block)
        return {"mean": float(difference.mean()), "low": low, "high": high}

    to_reference, to_ridge = apart(rows[reference]), apart(ridges[best])
    rises = {name: apart(rows[name], -1.0) for name in (NO_RECURRENCE, RESET)}
    beats = to_reference["high"] < 0.0
    no_worse = to_ridge["high"] <= NO_WORSE * float(ridges[best].mean())
    return {
        "unit": unit,
        "rows": len(network),
        "test_error": found,
        "reference": reference,
        "reference_error": float(rows[reference].mean()),
        "difference_to_reference": to_reference,
        "best_ridge": best,
        "ridge_error": float(ridges[best].mean()),
        "difference_to_ridge": to_ridge,
        "error_without_recurrence": float(rows[NO_RECURRENCE].mean()),
        "rise_without_recurrence": rises[NO_RECURRENCE],
        "error_with_reset": float(rows[RESET].mean()),
        "rise_with_reset": rises[RESET],
        "no_worse_share": NO_WORSE,
        "needed_share": NEEDED,
        "beats_reference": beats,
        "no_worse_than_ridge": no_worse,
        "does_its_job": beats and no_worse,
        "needs_recurrence": all(rise["low"] > NEEDED * found for rise in rises.values()),
    }


def network_gates(
    parameters: Any,
    windows: Windows,
    *,
    error: Callable[[Floats, Windows], Floats] = absolute_error,
    reference: str = "persistence",
    block: int = BLOCK,
    unit: str = "",
) -> dict[str, Any]:
    """Return the `gates` of a network at the last step of every test window.

    Parameters
    ----------
    parameters : mapping, or object with ``arrays()``
        The network, as in `ablated_outputs`.
    windows : Windows
        Baselines are fitted on the training windows. Test windows are a step apart, or disjoint
        (then ``block`` is 1).
    error : callable
        Takes a forecast (window, target) and the windows; returns the error (window, target).
    reference : str
        One of `BASELINES`, which the network must beat.
    block, unit
        As in `gates`.

    Raises
    ------
    InputError
        If the network does not fit the windows, or a baseline cannot be fitted to them.

    Examples
    --------
    >>> from infoscope.networks import FullyRecurrent
    >>> from infoscope.weather import daily_series, load_chicago
    >>> series = daily_series(load_chicago(), season=("05-01", "10-04"), validation=0.2)
    >>> untrained = FullyRecurrent(17, 25, 2, random_state=0)
    >>> network_gates(untrained, series.windows(10), unit="°F")["does_its_job"]
    False
    """
    outputs = ablated_outputs(parameters, windows.inputs)
    forecasts = last_forecasts(windows, outputs, [reference, *RIDGES[: windows.length]])
    test = windows.is_test
    errors = {name: error(value, windows)[test].mean(axis=1) for name, value in forecasts.items()}
    return gates(errors, reference=reference, block=block, unit=unit)
