"""DataArrays and Datasets of xarray, whose dimensions have names."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from infoscope._errors import InputError
from infoscope.estimators.estimate import listed
from infoscope.recordings.arrays import axis_of
from infoscope.recordings.importers.arrays import numbers
from infoscope.recordings.reading.raw import AXES, Options, Part, Raw, in_seconds

_MEANS = {"sequence": "trial", "time": "time", "node": "unit"}


class Labelled:
    """DataArrays and Datasets."""

    name = "xarray"
    reads = "DataArrays and Datasets of xarray"

    def recognises(self, source: Any) -> bool:
        """Whether it is a DataArray, a Dataset, or a list of DataArrays."""
        if isinstance(source, list) and source:
            return all(isinstance(one, xr.DataArray) for one in source)
        return isinstance(source, (xr.DataArray, xr.Dataset))

    def read(self, source: Any, options: Options) -> Raw:
        """Read arrays by the names of their dimensions."""
        if isinstance(source, list):
            return _trials(source, options)
        if isinstance(source, xr.Dataset):
            return raw_of_dataset(source, options)
        return _raw({"": source}, options, [])


def raw_of_dataset(dataset: xr.Dataset, options: Options) -> Raw:
    """Return the variables of a Dataset that have a dimension of time."""
    notes: list[str] = []
    names = [str(name) for name in dataset.data_vars]
    if options.variables is not None:
        if unknown := [name for name in options.variables if name not in names]:
            raise InputError(
                f"variables must be those of the Dataset, got {unknown[0]!r}; it holds "
                f"{listed(names, 12)}"
            )
        chosen = options.variables
    else:
        timed = [n for n in names if any(_axis(dim, options) == "time" for dim in dataset[n].dims)]
        chosen = [n for n in timed if dataset[n].dtype.kind in "biuf"]
        if left := [name for name in names if name not in chosen]:
            notes.append(f"Left out, without time or not of numbers: {listed(left)}.")
    if not chosen:
        raise InputError(
            "the Dataset must have a variable with a dimension time, got "
            f"{listed([f'{n} {tuple(map(str, dataset[n].dims))}' for n in names], 12)}; rename its "
            "dimensions, for example Dataset.rename(x='time')"
        )
    vectors = [
        name for name in chosen if not any(_axis(d, options) == "unit" for d in dataset[name].dims)
    ]
    if len(vectors) == len(chosen):  # each variable is a unit
        stacked = dataset[chosen].to_dataarray("unit")
        return _raw({"": stacked}, options, notes)
    return _raw({name: dataset[name] for name in chosen}, options, notes)


def _raw(arrays: Mapping[str, xr.DataArray], options: Options, notes: list[str]) -> Raw:
    parts, times, labels = {}, None, None
    for key, array in arrays.items():
        ordered = _ordered(array, key, options)
        values = numbers(ordered.to_numpy(), key or "the DataArray", notes)
        names = _coordinate(ordered, "unit")
        labelled = None if names is None else [str(name) for name in names]
        states = {
            what: dict(zip(labelled or [], ordered[what].to_numpy().tolist(), strict=True))
            for what in ("role", "layer")
            if labelled and what in ordered.coords and ordered[what].dims == ("unit",)
        }
        parts[key] = Part(
            list(values), labelled, states.get("role", {}), states.get("layer", {}),
            str(array.attrs.get("units", "")),
        )  # fmt: skip
        times = _times(ordered, options) if times is None else times
        labels = _coordinate(ordered, "trial") if labels is None else labels
    if isinstance(options.trials, (list, np.ndarray)):
        labels = np.asarray(options.trials)
    if options.trials is False:
        labels = None
    return Raw(parts, times, None if labels is None else labels.tolist(), notes=notes)


def _trials(arrays: list[xr.DataArray], options: Options) -> Raw:
    """Read a list of DataArrays, each one trial."""
    read = [_raw({"": array}, options, []) for array in arrays]
    first = read[0].parts[""]
    for i, one in enumerate(read):
        if len(one.parts[""].trials) > 1 or one.parts[""].names != first.names:
            raise InputError(
                f"the DataArrays must be one trial each with equal names of units, got another in "
                f"place {i}; align them with xarray.align"
            )
    times = [one.times[0] for one in read if one.times is not None]
    trials = [one.parts[""].trials[0] for one in read]
    part = Part(trials, first.names, first.roles, first.layers, first.units)
    return Raw({"": part}, times if len(times) == len(read) else None, notes=read[0].notes)


def _axis(dim: object, options: Options) -> str | None:
    """Return the axis that a dimension means."""
    if isinstance(options.times, str) and dim == options.times:
        return "time"
    if isinstance(options.trials, str) and dim == options.trials:
        return "trial"
    return _MEANS.get(axis_of(dim) or "")


def _ordered(array: xr.DataArray, key: str, options: Options) -> xr.DataArray:
    """Return an array with the dimensions trial, time and unit."""
    what = key or "the DataArray"
    dims = list(array.dims)
    axes = [_axis(dim, options) for dim in dims]
    if options.axes is not None:
        axes = list(options.axes)
    if len(axes) != len(dims) or None in axes or len(set(axes)) < len(axes):
        odd = [str(d) for d, axis in zip(dims, axes, strict=False) if axis is None] or list(
            map(str, dims)
        )
        raise InputError(
            f"{what} must have dimensions that mean trial, time and unit, got "
            f"{tuple(map(str, dims))}, of which {listed(odd)} cannot be identified; rename them, "
            "or pass axes=('trial', 'time', 'unit') in their order"
        )
    if "time" not in axes:
        raise InputError(
            f"{what} must have a dimension of time, got {tuple(map(str, dims))}; rename it, or add "
            "one with expand_dims('time')"
        )
    named = {dim: axis for dim, axis in zip(dims, axes, strict=True) if dim != axis}
    clash = [axis for axis in named.values() if axis in array.coords and axis not in named]
    array = array.drop_vars(clash).rename(named)
    for axis in AXES:
        if axis not in array.dims:
            array = array.drop_vars(axis, errors="ignore").expand_dims(axis)
    return array.transpose(*AXES)


def _coordinate(array: xr.DataArray, axis: str) -> NDArray[Any] | None:
    return array[axis].to_numpy() if axis in array.coords and array[axis].dims == (axis,) else None


def _times(array: xr.DataArray, options: Options) -> list[NDArray[Any]] | None:
    """Return the times of the rows of each trial, from the coordinate or as given."""
    if options.times is False:
        return None
    trials, steps = array.sizes["trial"], array.sizes["time"]
    if options.times is not None and not isinstance(options.times, str):
        given = np.asarray(options.times)
        if given.shape not in ((steps,), (trials, steps)):
            raise InputError(
                f"times must have shape ({steps},) or ({trials}, {steps}), got {given.shape}; give "
                "one per row"
            )
        return list(np.broadcast_to(given, (trials, steps)))
    known = _coordinate(array, "time")
    if known is None:
        return None
    unit = str(array["time"].attrs.get("units", ""))
    return [in_seconds(known, f"time_{unit}" if unit else "time")] * trials
