"""Validate and select curves over training."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import xarray as xr

from infoscope._errors import InputError
from infoscope._validate import Floats, finite_array, one_of, several


def checked_curve(curve: xr.DataArray, name: str) -> xr.DataArray:
    """Return a curve, checked to be a finite array over epochs."""
    if not isinstance(curve, xr.DataArray) or curve.sizes.get("epoch", 0) < 1:
        found = dict(curve.sizes) if isinstance(curve, xr.DataArray) else type(curve).__name__
        raise InputError(
            f"{name} must be a DataArray with the dimension epoch, got {found}; take it from a "
            "Dataset of indicators"
        )
    return curve.copy(data=finite_array(curve.to_numpy(), name))


def curve_epochs(curve: xr.DataArray, name: str = "curve") -> Floats:
    """Return the epochs of a curve as numbers, checked to increase."""
    epochs = finite_array(curve["epoch"].to_numpy(), f"epoch of {name}")
    if (np.diff(epochs) <= 0.0).any() or epochs[0] < 0.0:
        raise InputError(
            f"epoch of {name} must increase from 0 or later, got {epochs[:8].tolist()}; sort it "
            f"with {name}.sortby('epoch'), and keep one value per epoch"
        )
    return epochs


def chosen_curves(curves: Any, known: Iterable[Any]) -> list[str]:
    """Return the names of curves to draw, checked to be known; all by default."""
    names = [str(name) for name in known]
    if curves is None:
        return names
    listed = several(curves, "curves", f"[{names[0]!r}]" if names else "[]")
    chosen = [one_of(name, "curves", names) for name in listed]
    if not chosen:
        raise InputError(f"curves is empty; choose from {', '.join(names)}, or omit it for all")
    return chosen
