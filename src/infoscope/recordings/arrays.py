"""Read the arrays of a recording: named dimensions in any order, sequences of unequal length."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from infoscope._arrays import as_array, described
from infoscope._errors import InputError
from infoscope._stretches import gaps
from infoscope._validate import Floats, finite_array
from infoscope.recordings.blocks import ROW, numbered_names

# Names of dimensions, in the singular.
_DIMENSIONS = {
    "snapshot": {"snapshot", "epoch", "checkpoint"},
    "sequence": {
        "sequence", "trial", "window", "batch", "episode", "repetition", "repeat", "session",
    },
    "time": {"time", "step", "timestep", "t", "row", "frame", "bin", "day", "date"},
    "node": {
        "node", "unit", "neuron", "cell", "channel", "electrode", "sensor", "voxel", "region",
        "roi", "area", "feature", "component", "variable", "input", "hidden", "output", "target",
    },
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Values:
    """The values of one block.

    Parameters
    ----------
    values : array, shape ([snapshot,] sequence, time, node)
        Sequences of unequal length are joined into one.
    names : list of str, optional
        Names of the nodes, from coordinates.
    lengths : tuple of int, optional
        Steps of each sequence, if unequal.
    places : mapping
        Coordinates of sequences and times, if any.
    """

    values: Floats
    names: list[str] | None = None
    lengths: tuple[int, ...] | None = None
    places: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    @property
    def steps(self) -> tuple[int, ...]:
        """Steps of each sequence."""
        sequences, steps = self.values.shape[-3:-1]
        return self.lengths or (steps,) * sequences


def read_block(
    values: Any, key: str, snapshots: bool, lengths: Sequence[int] | None = None
) -> Values:
    """Read a block given as an array, a DataArray or a list of sequences.

    With ``lengths``, only the given number of steps of each sequence is read; the rest is padding.

    Raises
    ------
    InputError
        If it has another shape, unknown dimensions, or an entry that is not a finite number.
    """
    axes = ("snapshot", *ROW, "node") if snapshots else (*ROW, "node")
    if isinstance(values, Mapping):
        raise InputError(
            f"{key} must be one array, got a mapping of {len(values)}; give several by "
            f"blocks={{name: array}}"
        )
    return _read(values if lengths is None else cut(values, key, axes, lengths), key, axes)


def cut(values: Any, name: str, axes: tuple[str, ...], lengths: Sequence[int]) -> list[Any]:
    """Return the first steps of each sequence of a padded array, as a list of sequences."""
    if axes[0] == "sequence" and _unequal(values):  # no padding
        return list(values)
    array = _in_order(values, name, axes) if isinstance(values, xr.DataArray) else values
    array = array if isinstance(array, xr.DataArray) else as_array(array, name)
    if array.ndim != len(axes):
        _shaped(np.asarray(array), name, axes)
    if axes[0] == "snapshot":
        return [cut(part, f"{name}[{i}]", axes[1:], lengths) for i, part in enumerate(array)]
    if len(lengths) != array.shape[0] or max(lengths) > array.shape[1]:
        raise InputError(
            f"lengths must be one per sequence and at most the {array.shape[1]} steps of {name}, "
            f"got {len(lengths)} up to {max(lengths)} for {array.shape[0]} sequences; give the "
            "steps of each sequence before its padding"
        )
    return [array[i, :steps] for i, steps in enumerate(lengths)]


def checked_lengths(lengths: Any) -> list[int] | None:
    """Return the steps of each sequence of padded arrays, if given."""
    if lengths is None:
        return None
    steps = as_array(lengths, "lengths")
    if steps.ndim != 1 or steps.dtype.kind not in "iu" or len(steps) == 0 or (steps < 1).any():
        raise InputError(
            f"lengths must be whole numbers from 1 on, got {described(lengths)}; give the steps "
            "of each sequence before its padding"
        )
    return steps.tolist()


def common_steps(blocks: Mapping[str, Values]) -> tuple[int, ...]:
    """Return the steps of each sequence; raise if blocks differ."""
    steps = {key: block.steps for key, block in blocks.items()}
    if len(set(steps.values())) > 1:
        got = ", ".join(f"{key} {_said(lengths)}" for key, lengths in steps.items())
        raise InputError(
            f"all blocks must have equal numbers of sequences and steps, got {got}; cut them to "
            "the rows they share"
        )
    for axis in ROW:
        known = {key: block.places[axis] for key, block in blocks.items() if axis in block.places}
        first = next(iter(known), "")
        for key, places in known.items():
            if not np.array_equal(places, known[first]):
                raise InputError(
                    f"{key} must have the {axis} coordinates of {first}, got others; align them "
                    "with xarray.align"
                )
    return next(iter(steps.values()))


def days_among(blocks: Mapping[str, Values]) -> NDArray[Any] | None:
    """Return the times in the coordinates of the blocks, (sequence, time), or None.

    Dates hold for every sequence. Numbers are times if there is one sequence; for several they
    count from the onset of each, and as days would turn trials into copies.

    Raises
    ------
    InputError
        If the numbers of several sequences have a gap.
    """
    known = (block.places["time"] for block in blocks.values() if "time" in block.places)
    times = next((times for times in known if times.dtype.kind in "iufMm"), None)
    if times is None:
        return None
    sequences = len(next(iter(blocks.values())).steps)
    if times.dtype.kind == "m":
        times = times / np.timedelta64(1, "D")
    if times.dtype.kind == "M" or sequences == 1:
        return np.tile(times, (sequences, 1))
    if gaps(np.diff(times.astype(np.float64))).any():
        raise InputError(
            f"time must have equal steps within each of {sequences} sequences, got a gap or a step "
            "back; cut the sequences there, or give the times of all rows as "
            "days (sequence, time)"
        )
    return None


def checked_days(days: Any, steps: tuple[int, ...]) -> NDArray[Any]:
    """Return the validated day of each row, (sequence, time), as numbers or dates."""
    shape = (len(steps), steps[0]) if len(set(steps)) == 1 else (1, sum(steps))
    if isinstance(days, xr.DataArray):
        array = _in_order(days, "days", ROW).to_numpy()
    elif _unequal(days):
        array = np.concatenate([np.asarray(part) for part in days])[np.newaxis]
        if (lengths := tuple(len(part) for part in days)) != steps:
            raise InputError(
                f"days must have a day for each step of {_said(steps)}, got {_said(lengths)}; "
                "give one per row"
            )
    else:
        array = as_array(days, "days")
    if array.shape != shape:
        raise InputError(
            f"days must have shape (sequence, time) = {shape}, got {array.shape}; give one per row"
        )
    if pd.isna(array).any():
        raise InputError("days must be known for every row, got some missing; fill them in first")
    if array.dtype.kind in "iuf":
        return _finite_days(array)
    try:
        if array.dtype.kind not in "MOUS":
            raise TypeError("neither numbers nor dates")
        return array.astype("datetime64[ns]")
    except (ValueError, TypeError) as error:
        raise InputError(
            f"days must be numbers or dates, got dtype {array.dtype} with {array.flat[0]!r}; "
            "convert them, for example with pandas.to_datetime"
        ) from error


def one_per_epoch(snapshots: int, key: str, epochs: int) -> None:
    """Check that a block has one snapshot per epoch."""
    if snapshots != epochs:
        raise InputError(
            f"{key} must have one snapshot per epoch, got {snapshots} snapshots and {epochs} "
            "epochs; name the epoch of each snapshot"
        )


def checked_epochs(epochs: Sequence[int]) -> tuple[int, ...]:
    """Return epochs after checking that they increase."""
    when = as_array(epochs, "epochs")
    whole = when.ndim == 1 and len(when) > 0 and when.dtype.kind in "iu"
    if not whole or when[0] < 0 or (np.diff(when) <= 0).any():
        raise InputError(
            f"epochs must be increasing whole numbers from 0 on, got {described(epochs)}; give "
            "one per snapshot"
        )
    return tuple(when.tolist())


def table_in_order(data: Any) -> Any:
    """Return a table with dimensions in the order (row, node), if they have known names."""
    if not isinstance(data, xr.DataArray) or data.ndim != 2:
        return data
    axes = [axis_of(dim) for dim in data.dims]
    return data.transpose() if axes == ["node", "time"] else data


def _read(values: Any, name: str, axes: tuple[str, ...]) -> Values:
    """Read an array whose axes are some of snapshot, sequence, time and node."""
    if isinstance(values, xr.DataArray):
        ordered = _in_order(values, name, axes)
        places = {axis: ordered[axis].to_numpy() for axis in ROW if axis in ordered.coords}
        array = _shaped(finite_array(ordered, name), name, axes)
        return Values(array, _coordinates(ordered, name), places=places)
    if _is_list(values):
        values = list(values)
    if axes[0] == "snapshot" and isinstance(values, (list, tuple)) and len(values) > 0:
        return _stacked([_read(v, f"{name}[{i}]", axes[1:]) for i, v in enumerate(values)], name)
    if axes[0] == "sequence" and (_unequal(values) or _named(values)):
        return _joined([_read(v, f"{name}[{i}]", axes[1:]) for i, v in enumerate(values)], name)
    return Values(_shaped(finite_array(values, name), name, axes))


def _stacked(snapshots: list[Values], name: str) -> Values:
    first = snapshots[0]
    for i, block in enumerate(snapshots):
        if block.steps != first.steps or block.values.shape != first.values.shape:
            raise InputError(
                f"{name}[{i}] must have the shape of {name}[0], {first.values.shape}, got "
                f"{block.values.shape}; record all snapshots on the same sequences"
            )
    values = np.stack([block.values for block in snapshots])
    return Values(values, first.names, first.lengths, places=first.places)


def _joined(sequences: list[Values], name: str) -> Values:
    """Stack sequences (time, node); concatenate those of unequal length."""
    first = sequences[0]
    for i, block in enumerate(sequences):
        if block.values.shape[1] != first.values.shape[1] or block.names != first.names:
            raise InputError(
                f"{name}[{i}] must have the {first.values.shape[1]} nodes of {name}[0], got "
                f"{block.values.shape[1]} or other names; give every sequence the same nodes"
            )
    values = [block.values for block in sequences]
    lengths = tuple(map(len, values))
    if len(set(lengths)) == 1:
        return Values(np.stack(values), first.names)
    return Values(np.concatenate(values)[np.newaxis], first.names, lengths)


def _shaped(array: Floats, name: str, axes: tuple[str, ...]) -> Floats:
    if array.ndim == len(axes) and 0 not in array.shape:
        return array
    if 0 in array.shape:
        advice = f"leave {name} out, or record again"
    elif array.ndim < len(axes):
        advice = f"a single {'node' if axes[0] == 'time' else axes[0]} needs an axis of 1"
    else:
        advice = "give other axes than these to the nodes, by reshape(..., -1)"
    raise InputError(
        f"{name} must have shape ({', '.join(axes)}) with no empty axis, got {array.shape}; "
        f"{advice}"
    )


def _in_order(values: xr.DataArray, name: str, axes: tuple[str, ...]) -> xr.DataArray:
    """Return a DataArray with its axes in this order, identified by dimension names.

    Unnamed dimensions keep their order; a single sequence needs no dimension.
    """
    if all(re.fullmatch(r"dim_\d+", str(dim)) for dim in values.dims):
        return values
    values = values.reset_coords(drop=True)
    named = {dim: axis_of(dim) for dim in values.dims}
    found = list(named.values())
    lacking = [axis for axis in axes if axis not in found and axis != "sequence"]
    odd = [str(dim) for dim, axis in named.items() if axis not in axes or found.count(axis) > 1]
    if odd or lacking:
        free = [axis for axis in axes if found.count(axis) != 1]
        example = {dim: axis for dim, axis in zip(odd, free, strict=False) if dim != axis}
        snapshots = "snapshot" in found and "snapshot" not in axes
        advice = "give epochs, one per snapshot, or rename" if snapshots else "rename"
        raise InputError(
            f"{name} must have one dimension for each of {', '.join(axes)}, in any order, got "
            f"{tuple(map(str, values.dims))}, "
            + (
                f"of which {', '.join(map(repr, odd))} cannot be identified; {advice} them, "
                f"for example {name}.rename({example})"
                if odd
                else f"none of them for {lacking[0]}; add it, by {name}.expand_dims({lacking[0]!r})"
            )
        )
    ordered = values.rename({dim: axis for dim, axis in named.items() if dim != axis})
    if "sequence" in axes and "sequence" not in found:
        ordered = ordered.expand_dims("sequence")
    return ordered.transpose(*axes)


def axis_of(dim: object) -> str | None:
    """Return the axis that a dimension name means, such as time for ``time_bins``."""
    words = [word.removesuffix("s") for word in re.split(r"[\W_]+", str(dim).lower())]
    axes = {axis for axis, known in _DIMENSIONS.items() if known & set(words)}
    return axes.pop() if len(axes) == 1 else None


def _coordinates(values: xr.DataArray, name: str) -> list[str] | None:
    """Return the node names of a DataArray; numbers get the letter of the block."""
    if "node" not in values.coords:
        return None
    return numbered_names(values["node"].to_numpy(), name)


def _is_list(values: Any) -> bool:
    """Whether values are a list or an object array, as numpy makes of unequal arrays."""
    objects = isinstance(values, np.ndarray) and values.dtype == object and values.ndim == 1
    return objects or isinstance(values, (list, tuple))


def _unequal(values: Any) -> bool:
    """Whether values are a list of sequences of unequal length."""
    if not _is_list(values):
        return False
    sized = [len(part) for part in values if hasattr(part, "__len__")]
    return len(sized) == len(values) and len(set(sized)) > 1


def _named(values: Any) -> bool:
    """Whether values are a list of arrays with named dimensions."""
    return isinstance(values, (list, tuple)) and any(isinstance(v, xr.DataArray) for v in values)


def _finite_days(days: NDArray[Any]) -> NDArray[Any]:
    if not np.isfinite(days).all():
        raise InputError("days must be finite, got infinity; give each row its own day")
    return days


def _said(lengths: tuple[int, ...]) -> str:
    """Return the numbers of sequences and steps in words."""
    if len(set(lengths)) == 1:
        return f"({len(lengths)}, {lengths[0]})"
    listed = ", ".join(map(str, lengths[:6])) + (", ..." if len(lengths) > 6 else "")
    return f"{len(lengths)} sequences of {listed} steps"
