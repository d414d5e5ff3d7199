"""Arrays of a recording as they come: in any order of named dimensions, in unequal lengths."""

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

BLOCKS = {"inputs": "input", "hidden": "hidden", "outputs": "output", "targets": "target"}
_LETTERS = {"inputs": "x", "hidden": "h", "outputs": "o", "targets": "y"}
# What dimensions are called, in the singular.
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
ROW = ("sequence", "time")


@dataclass(frozen=True, eq=False)
class Block:
    """One block of a recording.

    Parameters
    ----------
    values : array, shape ([snapshot,] sequence, time, node)
        Sequences of unequal length stand one after another as one.
    names : list of str, optional
        Of the nodes, where coordinates have them.
    lengths : tuple of int, optional
        Steps of each sequence, where they are unequal.
    layers : list of int, optional
        Which layer of the block each node is of, where there are several.
    places : mapping
        Coordinates of sequences and times, where there are some.
    """

    values: Floats
    names: list[str] | None = None
    lengths: tuple[int, ...] | None = None
    layers: list[int] | None = None
    places: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    @property
    def steps(self) -> tuple[int, ...]:
        """Steps of each sequence."""
        sequences, steps = self.values.shape[-3:-1]
        return self.lengths or (steps,) * sequences


def read_block(values: Any, key: str, snapshots: bool) -> Block:
    """Read a block given as an array, a DataArray, a list of sequences or a mapping of layers.

    Raises
    ------
    InputError
        If it has another shape, unknown dimensions, or an entry that is not a finite number.
    """
    axes = ("snapshot", *ROW, "node") if snapshots else (*ROW, "node")
    if isinstance(values, Mapping):
        return _layered(values, key, axes)
    return _read(values, key, axes)


def common_steps(blocks: Mapping[str, Block]) -> tuple[int, ...]:
    """Return the steps of each sequence, the same in all blocks, or say which blocks differ."""
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
                    f"{key} must have the {axis} coordinates of {first}, got others; bring them "
                    "into one order with xarray.align"
                )
    return next(iter(steps.values()))


def days_among(blocks: Mapping[str, Block]) -> NDArray[Any] | None:
    """Return the times that coordinates of the blocks have, (sequence, time), or None.

    Dates are those of every sequence. Numbers are of a series where there is one sequence, but
    count from the onset of each where there are several: as days they would make copies of
    trials.

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
            "back in that coordinate; cut the sequences there, or give the times of all rows as "
            "days (sequence, time)"
        )
    return None


def node_names(
    blocks: Mapping[str, Block], names: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Return the names of each block's nodes: those given, those of coordinates, or numbers."""
    if not isinstance(names, Mapping):
        raise InputError(
            f"names must be a mapping, got a {type(names).__name__}; give for example "
            "{'hidden': ['a', 'b']}"
        )
    if unknown := set(names) - set(BLOCKS):
        raise InputError(
            f"names must have the keys inputs, hidden, outputs or targets, got "
            f"{described(sorted(map(str, unknown)))}; give for example {{'hidden': ['a', 'b']}}"
        )
    labels = {}
    for key, block in blocks.items():
        width = block.values.shape[-1]
        own = block.names or [f"{_LETTERS[key]}{i}" for i in range(width)]
        given = names.get(key, own)
        if isinstance(given, str) or not np.iterable(given):
            raise InputError(
                f"names[{key!r}] must be a sequence of names, got {given!r}; give {width} of them"
            )
        labels[key] = [str(name) for name in given]
        nameless = [name for name in given if name is None or str(name).endswith("\0")]
        if len(labels[key]) != width or nameless:
            found = described(nameless[0]) if nameless else len(labels[key])
            raise InputError(f"names[{key!r}] must have {width} names, got {found}; name each node")
    nodes = [name for key in BLOCKS if key in labels and key != "targets" for name in labels[key]]
    if twice := _repeated(nodes):
        raise InputError(
            f"names must differ between nodes, got {', '.join(twice)} more than once; give names, "
            "such as names={'hidden': [...]}"
        )
    if _repeated(labels.get("targets", [])):
        raise InputError(
            f"names['targets'] must differ, got {labels['targets']}; give each target its own"
        )
    return labels


def checked_days(days: Any, steps: tuple[int, ...]) -> NDArray[Any]:
    """Return the day of each row, (sequence, time), as numbers or dates."""
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
    """Check that a block has as many snapshots as there are epochs."""
    if snapshots != epochs:
        raise InputError(
            f"{key} must have one snapshot per epoch, got {snapshots} snapshots and {epochs} "
            "epochs; name the epoch of each snapshot"
        )


def checked_epochs(epochs: Sequence[int]) -> tuple[int, ...]:
    """Return increasing epochs."""
    when = as_array(epochs, "epochs")
    whole = when.ndim == 1 and len(when) > 0 and when.dtype.kind in "iu"
    if not whole or when[0] < 0 or (np.diff(when) <= 0).any():
        raise InputError(
            f"epochs must be increasing whole numbers from 0 on, got {described(epochs)}; give "
            "one per snapshot"
        )
    return tuple(when.tolist())


def block_array(
    values: Floats, key: str, names: Sequence[str], layers: Sequence[int] | None = None
) -> xr.DataArray:
    """Return a block (sequence, time, node) with the names, and layers, of its nodes."""
    node = f"{BLOCKS[key]}_node"
    block = xr.DataArray(values, dims=(*ROW, node), coords={node: list(names)})
    return (
        block if layers is None else block.assign_coords({f"{BLOCKS[key]}_layer": (node, layers)})
    )


def table_in_order(data: Any) -> Any:
    """Return a table (row, node) with its dimensions in this order, if their names say so."""
    if not isinstance(data, xr.DataArray) or data.ndim != 2:
        return data
    axes = [_axis_of(dim) for dim in data.dims]
    return data.transpose() if axes == ["node", "time"] else data


def _read(values: Any, name: str, axes: tuple[str, ...]) -> Block:
    """Read an array whose axes are some of snapshot, sequence, time and node."""
    if isinstance(values, xr.DataArray):
        ordered = _in_order(values, name, axes)
        places = {axis: ordered[axis].to_numpy() for axis in ROW if axis in ordered.coords}
        array = _shaped(finite_array(ordered, name), name, axes)
        return Block(array, _coordinates(ordered, name), places=places)
    if _is_list(values):
        values = list(values)
    if axes[0] == "snapshot" and isinstance(values, (list, tuple)) and len(values) > 0:
        return _stacked([_read(v, f"{name}[{i}]", axes[1:]) for i, v in enumerate(values)], name)
    if axes[0] == "sequence" and (_unequal(values) or _named(values)):
        return _joined([_read(v, f"{name}[{i}]", axes[1:]) for i, v in enumerate(values)], name)
    return Block(_shaped(finite_array(values, name), name, axes))


def _stacked(snapshots: list[Block], name: str) -> Block:
    first = snapshots[0]
    for i, block in enumerate(snapshots):
        if block.steps != first.steps or block.values.shape != first.values.shape:
            raise InputError(
                f"{name}[{i}] must have the shape of {name}[0], {first.values.shape}, got "
                f"{block.values.shape}; record all snapshots on the same sequences"
            )
    values = np.stack([block.values for block in snapshots])
    return Block(values, first.names, first.lengths, places=first.places)


def _joined(sequences: list[Block], name: str) -> Block:
    """Put sequences (time, node) together; those of unequal length one after another, as one."""
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
        return Block(np.stack(values), first.names)
    return Block(np.concatenate(values)[np.newaxis], first.names, lengths)


def _layered(layers: Mapping[str, Any], key: str, axes: tuple[str, ...]) -> Block:
    """Put layers that are computed one after another within a step side by side."""
    if key != "hidden" or not layers:
        raise InputError(
            f"{key} must be one array, got a mapping of {len(layers)}; only hidden is given as "
            "layers, {'first': array, 'second': array}, in the order in which they are computed"
        )
    blocks = {str(name): _read(values, f"{key}[{name!r}]", axes) for name, values in layers.items()}
    common_steps(blocks)
    widths = [block.values.shape[-1] for block in blocks.values()]
    names = [
        own
        for name, block in blocks.items()
        for own in block.names or [f"{name}.{i}" for i in range(block.values.shape[-1])]
    ]
    return Block(
        np.concatenate([block.values for block in blocks.values()], axis=-1),
        names,
        next(iter(blocks.values())).lengths,
        np.repeat(np.arange(len(widths)), widths).tolist(),
    )


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
    """Return a DataArray with the axes in this order, found by the names of its dimensions.

    Dimensions that were never named are taken in the order in which they stand; one sequence
    needs no dimension.
    """
    if all(re.fullmatch(r"dim_\d+", str(dim)) for dim in values.dims):
        return values
    values = values.reset_coords(drop=True)
    named = {dim: _axis_of(dim) for dim in values.dims}
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
                f"of which {', '.join(map(repr, odd))} cannot be told; {advice} them, for example "
                f"{name}.rename({example})"
                if odd
                else f"none of them for {lacking[0]}; add it, by {name}.expand_dims({lacking[0]!r})"
            )
        )
    ordered = values.rename({dim: axis for dim, axis in named.items() if dim != axis})
    if "sequence" in axes and "sequence" not in found:
        ordered = ordered.expand_dims("sequence")
    return ordered.transpose(*axes)


def _axis_of(dim: object) -> str | None:
    """Return which axis a dimension is by its name, such as time for ``time_bins``."""
    words = [word.removesuffix("s") for word in re.split(r"[\W_]+", str(dim).lower())]
    axes = {axis for axis, known in _DIMENSIONS.items() if known & set(words)}
    return axes.pop() if len(axes) == 1 else None


def _coordinates(values: xr.DataArray, name: str) -> list[str] | None:
    """Return the names of nodes that a DataArray has; numbers get the letter of the block."""
    if "node" not in values.coords:
        return None
    labels = values["node"].to_numpy()
    letter = _LETTERS.get(name.partition("[")[0], "") if labels.dtype.kind in "iuf" else ""
    return [f"{letter}{label}" for label in labels]


def _is_list(values: Any) -> bool:
    """Whether values are a list, or an array of objects, which numpy makes of unequal arrays."""
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


def _repeated(names: Sequence[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _said(lengths: tuple[int, ...]) -> str:
    """Return numbers of sequences and steps in words."""
    if len(set(lengths)) == 1:
        return f"({len(lengths)}, {lengths[0]})"
    listed = ", ".join(map(str, lengths[:6])) + (", ..." if len(lengths) > 6 else "")
    return f"{len(lengths)} sequences of {listed} steps"
