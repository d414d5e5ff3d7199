"""Curves and planes over training, for the page."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from infoscope._validate import Floats
from infoscope.analysis.results import Results
from infoscope.analysis.stages.curves import CURVES
from infoscope.analysis.stages.planes import INFORMATIONS
from infoscope.learning.phases import half_way_epoch
from infoscope.monitor.watching.kept import VALID
from infoscope.report.document import Learning

# Curve → its name on the page and its unit.
_NAMES: Mapping[str, tuple[str, str]] = {
    "hidden_input_information": ("I(hidden; input)", "bits"),
    "hidden_target_information": ("I(hidden; target)", "bits"),
    "output_input_information": ("I(output; input)", "bits"),
    "output_target_information": ("I(output; target)", "bits"),
    "decoded_target": ("decodable target information", "bits"),
    "memory": ("memory of the previous input", "bits"),
    "probe": ("information about the history, at least", "bits"),
    "tse_complexity": ("TSE complexity", "bits"),
    "error": ("error", ""),
    "skill": ("skill", ""),
    "spread": ("spread of activations", ""),
    "saturation": ("saturated activations", "share"),
    "activation_change": ("change of activations", "per epoch"),
    "participation_ratio": ("effective dimension", ""),
}
# Layers of the planes: prefix of their informations.
_LAYERS = ("hidden", "output")


def learning_of(results: Mapping[str, Results]) -> Learning | None:
    """Return the curves and planes of analyses by name; None without any.

    Parameters
    ----------
    results : mapping of str to Results
        Name of each analysis, which tells its curves apart, → the analysis.
    """
    every = {name: _of(found) for name, found in results.items()}
    return learning_in({name: data for name, data in every.items() if data is not None})


def learning_in(every: Mapping[str, xr.Dataset], step: str = "epoch") -> Learning | None:
    """Return curves and planes by name of their analysis; None without any.

    Parameters
    ----------
    every : mapping of str to Dataset
        Name → curves, (epoch,), with the validity and error of some (``<name>_valid``, ``_error``).
    step : str
        What the epochs count.
    """
    curves, planes, onsets = [], [], []
    for name, data in every.items():
        suffix = f", {name}" if len(every) > 1 else ""
        curves += [row | {"part": name} for row in _curves(data, step)]
        planes += [row | {"layer": f"{row['layer']}{suffix}"} for row in _planes(data)]
        onsets += [row | {"part": name} for row in _onsets(data)]
    if not curves:
        return None
    tables = (pd.DataFrame(rows) for rows in (curves, planes, onsets))
    return Learning(*tables, step=step)


def _of(results: Results) -> xr.Dataset | None:
    """Return all curves over epochs, (epoch,), and the validity of some."""
    if "learning" in results.stages:
        return results.stages["learning"]
    if "curves" not in results.stages:
        return None
    held = results.curves[list(CURVES)].sel(part="held-out", drop=True)
    names = [
        name
        for name in (*INFORMATIONS, "tse_complexity")
        if name in results.planes and results.planes[name].dims == ("epoch",)
    ]
    extra = [f"{n}{s}" for n in names for s in (VALID, "_error") if f"{n}{s}" in results.planes]
    return xr.merge([held, results.planes[[*names, *extra]]], join="outer")


def title_of(name: str) -> tuple[str, str]:
    """Return the name of a curve on the page, and its unit."""
    return _NAMES.get(name, (name.replace("_", " "), ""))


def _curves(data: xr.Dataset, step: str) -> Iterator[dict[str, Any]]:
    for name in _known(data):
        title, unit = title_of(name)
        unit = unit.replace("epoch", step)
        valid, error = _valid(data, name), _error(data, name)
        for at, epoch, value in _points(data, name):
            row = {"curve": title, "epoch": epoch, "value": value, "unit": unit}
            row |= {"valid": bool(valid[at]), "low": value - error[at], "high": value + error[at]}
            yield row


def _planes(data: xr.Dataset) -> Iterator[dict[str, Any]]:
    for layer in _LAYERS:
        x, y = (f"{layer}_{about}_information" for about in ("input", "target"))
        if x not in data or y not in data:
            continue
        valid = _valid(data, x) & _valid(data, y)
        errors = _error(data, x), _error(data, y)
        across = {epoch: value for _, epoch, value in _points(data, x)}
        for at, epoch, value in _points(data, y):
            if epoch in across:
                yield {
                    "layer": layer,
                    "epoch": epoch,
                    "x": across[epoch],
                    "y": value,
                    "x_error": float(errors[0][at]),
                    "y_error": float(errors[1][at]),
                    "valid": bool(valid[at]),
                }


def _onsets(data: xr.Dataset) -> Iterator[dict[str, Any]]:
    """Yield the epoch at which each curve is half way from its first to its last value."""
    for name in _known(data):
        points = pd.DataFrame(_points(data, name), columns=["place", "epoch", "value"])
        if len(points) < 3 or points["value"].iloc[0] == points["value"].iloc[-1]:
            continue
        when = half_way_epoch(points["epoch"].to_numpy(float), points["value"].to_numpy(float))
        yield {"curve": title_of(name)[0], "epoch": when, "what": "half way"}


def _known(data: xr.Dataset) -> list[str]:
    names = [str(name) for name, values in data.items() if values.dims == ("epoch",)]
    return [name for name in names if not name.endswith((VALID, "_error"))]


def _points(data: xr.Dataset, name: str) -> list[tuple[int, int, float]]:
    """Return place, epoch and value of the points that a curve has."""
    # Arrays, because xarray takes a tenth of a millisecond for each number.
    values, epochs = data[name].to_numpy(), data["epoch"].to_numpy()
    places = np.flatnonzero(~np.isnan(values))
    return [(int(at), int(epochs[at]), float(values[at])) for at in places]


def _valid(data: xr.Dataset, name: str) -> NDArray[np.bool_]:
    """Return whether each point passes its checks; all do where there are none."""
    return _aligned(data, f"{name}{VALID}", 1.0) > 0.0


def _error(data: xr.Dataset, name: str) -> Floats:
    """Return the error of each point, NaN where it is unknown."""
    return _aligned(data, f"{name}_error", np.nan)


def _aligned(data: xr.Dataset, name: str, default: float) -> Floats:
    known = data[name].to_numpy() if name in data else np.full(data.sizes["epoch"], default)
    return known.astype(float)
