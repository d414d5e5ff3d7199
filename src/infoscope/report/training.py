"""Curves and planes over training, for the page."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
import xarray as xr

from infoscope.analysis.results import Results
from infoscope.analysis.stages.curves import CURVES
from infoscope.analysis.stages.learning import VALID
from infoscope.analysis.stages.planes import INFORMATIONS
from infoscope.learning.phases import half_way_epoch
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
    curves, planes, onsets = [], [], []
    for name, found in results.items():
        data = _of(found)
        if data is None:
            continue
        suffix = f", {name}" if len(results) > 1 else ""
        curves += [row | {"part": name} for row in _curves(data)]
        planes += [row | {"layer": f"{row['layer']}{suffix}"} for row in _planes(data)]
        onsets += [row | {"part": name} for row in _onsets(data)]
    if not curves:
        return None
    return Learning(pd.DataFrame(curves), pd.DataFrame(planes), pd.DataFrame(onsets))


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


def _curves(data: xr.Dataset) -> Iterator[dict[str, Any]]:
    for name in _known(data):
        title, unit = _NAMES.get(name, (name.replace("_", " "), ""))
        for epoch, value in _points(data, name):
            row = {"curve": title, "epoch": epoch, "value": value, "unit": unit}
            row["valid"] = _at(data, f"{name}{VALID}", epoch, 1.0) > 0.0
            error = _at(data, f"{name}_error", epoch, float("nan"))
            yield row | {"low": value - error, "high": value + error}


def _planes(data: xr.Dataset) -> Iterator[dict[str, Any]]:
    for layer in _LAYERS:
        x, y = (f"{layer}_{about}_information" for about in ("input", "target"))
        if x not in data or y not in data:
            continue
        across = dict(_points(data, x))
        for epoch, value in _points(data, y):
            if epoch in across:
                valid = all(_at(data, f"{name}{VALID}", epoch, 1.0) > 0.0 for name in (x, y))
                yield {
                    "layer": layer,
                    "epoch": epoch,
                    "x": across[epoch],
                    "y": value,
                    "x_error": _at(data, f"{x}_error", epoch, float("nan")),
                    "y_error": _at(data, f"{y}_error", epoch, float("nan")),
                    "valid": valid,
                }


def _onsets(data: xr.Dataset) -> Iterator[dict[str, Any]]:
    """Yield the epoch at which each curve is half way from its first to its last value."""
    for name in _known(data):
        points = pd.DataFrame(_points(data, name), columns=["epoch", "value"])
        if len(points) < 3 or points["value"].iloc[0] == points["value"].iloc[-1]:
            continue
        when = half_way_epoch(points["epoch"].to_numpy(float), points["value"].to_numpy(float))
        title = _NAMES.get(name, (name.replace("_", " "), ""))[0]
        yield {"curve": title, "epoch": when, "what": "half way"}


def _known(data: xr.Dataset) -> list[str]:
    names = [str(name) for name, values in data.items() if values.dims == ("epoch",)]
    return [name for name in names if not name.endswith((VALID, "_error"))]


def _points(data: xr.Dataset, name: str) -> list[tuple[int, float]]:
    values = data[name].dropna("epoch")
    return [(int(e), float(v)) for e, v in zip(values["epoch"], values, strict=True)]


def _at(data: xr.Dataset, name: str, epoch: int, default: float) -> float:
    return float(data[name].sel(epoch=epoch)) if name in data else default
