"""Arrays without names of axes: numpy, tensors, lists of trials, mappings of arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infoscope._arrays import described
from infoscope._errors import InputError
from infoscope._validate import Floats, as_array, finite_array
from infoscope.estimators.estimate import listed
from infoscope.recordings.blocks import BLOCKS
from infoscope.recordings.importers.tables import table_rows
from infoscope.recordings.reading.raw import (
    AXES,
    Options,
    Part,
    Raw,
    in_seconds,
    means_time,
    means_trial,
    means_unit,
)
from infoscope.recordings.reading.times import CLOCK, RESTARTED, is_clock, restarts

_NAMES = {"names", "labels", "channels", "units", "neurons", "columns"}


class Arrays:
    """Arrays in memory."""

    name = "arrays"
    reads = (
        "numpy arrays and tensors (time, unit) or (trial, time, unit), lists of trials, mappings"
    )

    def recognises(self, source: Any) -> bool:
        """Whether it is an array, a list or a mapping."""
        known = isinstance(source, (np.ndarray, list, tuple, Mapping))
        array_like = hasattr(source, "__array__") or hasattr(source, "toarray")
        return known or (array_like and not isinstance(source, type))

    def read(self, source: Any, options: Options) -> Raw:
        """Read arrays."""
        if isinstance(source, Mapping):
            return raw_of_arrays(source, options, "the mapping")
        if isinstance(source, (list, tuple)) and _unequal_vectors(source):
            raise InputError(
                "a list of trials must hold arrays (time, unit), got vectors of unequal lengths; "
                "reshape each to (time, 1) if they are trials of one unit"
            )
        return raw_of_arrays({"": source}, options, "the array")


def raw_of_arrays(arrays: Mapping[Any, Any], options: Options, what: str) -> Raw:
    """Return the arrays of a file or mapping: those that are units, their times and names.

    Raises
    ------
    InputError
        If it is not clear which arrays are units, or they do not fit.
    """
    arrays = {str(key): value for key, value in arrays.items()}
    if not arrays:
        raise InputError(f"{what} must hold an array, got none; give some data")
    notes: list[str] = []
    # Vectors of equal length are columns of a table.
    if options.axes is None and "" not in arrays and _are_columns(arrays, options):
        return table_rows(pd.DataFrame({k: np.asarray(v) for k, v in arrays.items()}), options, [])
    chosen = _chosen(arrays, options, what, notes)
    split = _row_trials(options, arrays, chosen)
    parts, times, labels = {}, None, _labels(options, arrays, chosen, notes)
    for key in chosen:
        trials = as_trials(arrays[key], key or what, options.axes, notes)
        if split is not None and len(trials) == 1:
            trials, labels = _split(trials[0], split, key or what)
        parts[key] = Part(trials, _names(arrays, trials[0].shape[1], chosen, notes))
    if options.times is None and len(chosen) == 1:
        times = _clock(parts, chosen[0], notes)
    if times is None:
        steps = [len(trial) for trial in parts[chosen[0]].trials]
        times = _times(options, arrays, chosen, steps, split, notes)
    one = times is not None and len(times) == 1 and options.trials is None
    if times is not None and one and (again := restarts(times[0])) is not None:
        notes.append(RESTARTED.format(again[-1]))
        times, labels = _split(times[0], again, "times")
        parts = {
            key: replace(part, trials=_split(part.trials[0], again, key)[0])
            for key, part in parts.items()
        }
    return Raw(parts, times, labels, notes=notes)


def as_trials(
    values: Any, name: str, axes: tuple[str, ...] | None, notes: list[str]
) -> list[Floats]:
    """Return an array, or a list of arrays, as trials of shape (time, unit), NaN where missing.

    Raises
    ------
    InputError
        If it has other axes, may be transposed, or is not of real numbers.
    """
    if _is_list_of_trials(values):
        inner = tuple(axis for axis in axes if axis != "trial") if axes else None
        trials = [_one_trial(v, f"{name}[{i}]", inner, notes) for i, v in enumerate(values)]
        if len({trial.shape[1] for trial in trials}) > 1:
            widths = sorted({str(trial.shape[1]) for trial in trials})
            raise InputError(
                f"{name} must have the same units in every trial, got {listed(widths)} units; give "
                "arrays (time, unit) of equal width"
            )
        return trials
    array = numbers(values, name, notes)
    if array.size == 0:
        raise InputError(f"{name} must have no empty axis, got shape {array.shape}; give some data")
    if array.ndim == 1 and axes is None:
        array = array[:, np.newaxis]
    if axes is None:
        if array.ndim not in (2, 3):
            raise InputError(
                f"{name} must have the axes (time, unit) or (trial, time, unit), got shape "
                f"{array.shape}; join axes by reshape, or give several snapshots to "
                "Recording.from_arrays(epochs=...)"
            )
        axes = AXES[-array.ndim :]
        _not_transposed(array.shape, name, axes)
    if len(axes) != array.ndim:
        raise InputError(
            f"axes must be as many as those of {name}, got {axes} for shape {array.shape}; name "
            "each axis"
        )
    order = [axes.index(axis) for axis in AXES if axis in axes]
    array = array.transpose(order)
    for place, axis in enumerate(AXES):
        if axis not in axes:
            array = np.expand_dims(array, place)
    return list(array)


def numbers(values: Any, name: str, notes: list[str]) -> Floats:
    """Return an array of real numbers, NaN where missing; note a conversion from True and False.

    Raises
    ------
    InputError
        If it holds anything else, or infinity.
    """
    remedy = "replace infinite values by NaN and choose missing=..., or leave out that unit"
    array = finite_array(values, name, remedy, nan=True)
    if str(getattr(values, "dtype", "")) in ("bool", "torch.bool"):
        notes.append(f"Values of True and False were read as 1 and 0 ({name}).")
    return array


def _one_trial(values: Any, name: str, axes: tuple[str, ...] | None, notes: list[str]) -> Floats:
    trials = as_trials(np.asarray(numbers(values, name, notes)), name, axes, notes)
    if len(trials) != 1:
        raise InputError(
            f"{name} must be one trial (time, unit), got {len(trials)}; give one array per trial"
        )
    return trials[0]


def _is_list_of_trials(values: Any) -> bool:
    """Whether values are a list of two-dimensional arrays."""
    objects = isinstance(values, np.ndarray) and values.dtype == object and values.ndim == 1
    if not (objects or isinstance(values, (list, tuple))) or len(values) == 0:
        return False
    return all(_depth(value) == 2 for value in values)


def _unequal_vectors(values: Sequence[Any]) -> bool:
    vectors = all(_depth(value) == 1 for value in values)
    return vectors and len({len(value) for value in values}) > 1


def _depth(value: Any) -> int:
    """Return the number of axes of an array or of nested lists."""
    if hasattr(value, "shape"):
        return len(value.shape)
    return 1 + _depth(value[0]) if isinstance(value, (list, tuple)) and len(value) else 0


def _not_transposed(shape: tuple[int, ...], name: str, axes: tuple[str, ...]) -> None:
    """Refuse an array with more units than times."""
    times, units = shape[-2:]
    if units > times:
        swapped = (*axes[:-2], axes[-1], axes[-2])
        raise InputError(
            f"{name} must have the axes {axes}, got shape {shape}, with more units ({units}) than "
            f"times ({times}), which may be transposed; pass axes={swapped} if it is, or "
            f"axes={axes} to confirm"
        )


def _are_columns(arrays: Mapping[str, Any], options: Options) -> bool:
    """Whether all arrays are vectors of one length, none of them chosen otherwise."""
    shapes = {np.shape(value) for value in arrays.values() if not _is_list_of_trials(value)}
    return len(shapes) == 1 and len(next(iter(shapes))) == 1 and len(arrays) > 1


def _chosen(arrays: Mapping[str, Any], options: Options, what: str, notes: list[str]) -> list[str]:
    """Return the names of the arrays that are units."""
    shapes = {key: _shape(value) for key, value in arrays.items()}
    if options.variables is not None:
        if unknown := [name for name in options.variables if name not in arrays]:
            raise InputError(
                f"variables must be arrays of {what}, got {described(unknown[0])}; it holds "
                f"{_listed_shapes(shapes)}"
            )
        return options.variables
    if len(arrays) == 1:
        return list(arrays)
    several = [key for key, shape in shapes.items() if len(shape) >= 2 and not _special(key)]
    if not several:
        raise InputError(
            f"{what} must hold an array (time, unit) or (trial, time, unit), got "
            f"{_listed_shapes(shapes)}; choose one with variables=..."
        )
    blocks = [key for key in several if key in BLOCKS]
    for candidates in (several, blocks):
        if candidates and len({shapes[key][:-1] for key in candidates}) == 1:
            if left := [key for key in arrays if key not in candidates and not _special(key)]:
                notes.append(f"Left out, as their axes differ: {listed(left)}.")
            return candidates
    raise InputError(
        f"variables must say which arrays of {what} are units, got none; it holds "
        f"{_listed_shapes(shapes)}; pass for example variables={several[0]!r}"
    )


def _special(key: str) -> bool:
    return means_time(key) or means_trial(key) or key.lower() in _NAMES or means_unit(key)


def _shape(value: Any) -> tuple[int, ...]:
    if _is_list_of_trials(value):
        return (len(value), -1, int(np.shape(value[0])[1]))
    if hasattr(value, "shape"):
        return tuple(value.shape)
    return () if isinstance(value, str) else as_array(value, "source").shape


def _listed_shapes(shapes: Mapping[str, tuple[int, ...]]) -> str:
    return listed([f"{key} {shape}" for key, shape in shapes.items()], 12)


def _named_array(
    wanted: Any, arrays: Mapping[str, Any], chosen: list[str], means: Any
) -> str | None:
    """Return the array of times or trials: the one named, or one of such a name."""
    if isinstance(wanted, str):
        if wanted not in arrays:
            raise InputError(
                f"times and trials must be arrays of the source, got {wanted!r}; it holds "
                f"{listed(list(arrays), 12)}"
            )
        return wanted
    if wanted is not None:
        return None
    return next((key for key in arrays if key not in chosen and means(key)), None)


def _times(
    options: Options,
    arrays: Mapping[str, Any],
    chosen: list[str],
    steps: list[int],
    split: NDArray[Any] | None,
    notes: list[str],
) -> list[NDArray[Any]] | None:
    """Return the times of the rows of each trial, or None."""
    if options.times is False:
        return None
    values, name = options.times, "times"
    key = _named_array(options.times, arrays, chosen, means_time)
    if key is not None:
        values, name = arrays[key], key
        if options.times is None:
            notes.append(f"{key} was taken as the times of rows.")
    if values is None:
        return None
    if isinstance(values, (list, tuple)) and len(values) == len(steps) and np.ndim(values[0]) == 1:
        return [in_seconds(as_array(each, name), name) for each in values]
    array = in_seconds(np.squeeze(as_array(values, name)), name)
    if split is not None and array.shape == split.shape:
        return _split(array, split, name)[0]
    if array.ndim == 1 and len(set(steps)) == 1 and len(array) == steps[0]:
        return [array] * len(steps)
    if array.ndim == 2 and array.shape == (len(steps), steps[0]):
        return list(array)
    if array.ndim == 1 and len(array) == sum(steps):
        return np.split(array, np.cumsum(steps)[:-1])
    raise InputError(
        f"{name} must have a time for each row, got shape {array.shape} for {len(steps)} trials of "
        f"{listed(list(map(str, steps)), 4)} rows; give (time,) or (trial, time)"
    )


def _row_trials(
    options: Options, arrays: Mapping[str, Any], chosen: list[str]
) -> NDArray[Any] | None:
    """Return the trial of each row of a single array, if given."""
    key = _named_array(options.trials, arrays, chosen, means_trial)
    values = options.trials if key is None else arrays[key]
    if values is None or values is False or _is_list_of_trials(arrays[chosen[0]]):
        return None
    labels, shape = np.squeeze(as_array(values, "trials")), _shape(arrays[chosen[0]])
    return labels if labels.shape == shape[:1] and len(shape) <= 2 else None


def _labels(
    options: Options, arrays: Mapping[str, Any], chosen: list[str], notes: list[str]
) -> Sequence[Any] | None:
    """Return the labels of trials, if given."""
    key = _named_array(options.trials, arrays, chosen, means_trial)
    values = options.trials if key is None else arrays[key]
    if values is None or values is False:
        return None
    labels = np.atleast_1d(np.squeeze(as_array(values, "trials"))).tolist()
    shape = _shape(arrays[chosen[0]])
    number = shape[0] if len(shape) == 3 else 1
    if len(labels) not in (number, shape[0]):
        rows = "" if len(shape) == 3 else f", or of {shape[0]} rows"
        raise InputError(
            f"trials must be one label for each of {number} trials{rows}, got {len(labels)}; give "
            "as many"
        )
    if key is not None and options.trials is None:
        notes.append(f"{key} was taken as the labels of trials.")
    return labels if len(labels) == number else None


def _split(
    rows: NDArray[Any], labels: NDArray[Any], name: str
) -> tuple[list[NDArray[Any]], list[Any]]:
    """Split rows into trials, in the order in which trials begin."""
    if len(labels) != len(rows):
        raise InputError(
            f"trials must have a label for each of {len(rows)} rows of {name}, got {len(labels)}; "
            "give one per row"
        )
    codes, names = pd.factorize(labels)
    if (codes < 0).any():
        raise InputError(
            f"trials must be known for every row, got none in row {int(np.argmin(codes))}; drop "
            "such rows"
        )
    return [rows[codes == trial] for trial in range(len(names))], list(names)


def _names(
    arrays: Mapping[str, Any], width: int, chosen: list[str], notes: list[str]
) -> list[str] | None:
    """Return the names of units from a text array of their number, if there is one."""
    for key, value in arrays.items():
        if key in chosen or not (key.lower() in _NAMES or means_unit(key)):
            continue
        labels = np.atleast_1d(np.squeeze(np.asarray(value)))
        if labels.shape == (width,) and labels.dtype.kind in "UO":
            said = f"{key} was taken as the names of units."
            if said not in notes:
                notes.append(said)
            return [str(label) for label in labels]
    return None


def _clock(parts: dict[str, Part], key: str, notes: list[str]) -> list[NDArray[Any]] | None:
    """Take a first column that rises in equal steps as times, and leave it out of the units."""
    part = parts[key]
    columns = [trial[:, 0] for trial in part.trials]
    if part.names is not None or part.trials[0].shape[1] < 3 or not is_clock(columns):
        return None
    notes.append(CLOCK)
    parts[key] = Part([trial[:, 1:] for trial in part.trials], None)
    return columns
