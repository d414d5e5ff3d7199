"""Recordings: what every neuron did, at every step of every sequence, in every snapshot."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from infoscope._arrays import as_array
from infoscope._errors import InputError, require
from infoscope._validate import (
    Floats,
    described,
    finite_array,
    one_of,
    path_of,
    several,
    truth,
    whole_number,
)
from infoscope.storage import (
    FORMAT,
    RecordingWriter,
    epochs_in,
    must_be_recording,
    read_zarr,
    snapshot_path,
)

ROLES = ("input", "hidden", "output")
_BLOCKS = {"inputs": "input", "hidden": "hidden", "outputs": "output"}
_ROW = {"sequence", "time"}
# A step of more than so many of the shortest is a gap: rounded time stamps differ by less.
_GAP = 1.5


@dataclass(frozen=True)
class Recording:
    """Activations of a network, one snapshot per epoch, with the roles and days they belong to.

    Make one with `from_arrays` or `load`.

    Parameters
    ----------
    fixed : Dataset
        What does not change while the network learns: ``inputs`` (sequence, time,
        input_node), ``targets`` (sequence, time, target_node) and ``days``
        (sequence, time), where given.
    epochs : tuple of int
        The epochs that there are snapshots of, in order.
    read : callable
        Returns the Dataset of an epoch: ``hidden`` (sequence, time, hidden_node),
        ``outputs`` (sequence, time, output_node) and whatever else was recorded with them.

    Examples
    --------
    >>> hidden = np.random.default_rng(0).normal(size=(20, 10, 3))
    >>> rec = Recording.from_arrays(hidden=hidden)
    >>> rec.nodes["role"].tolist()
    ['hidden', 'hidden', 'hidden']
    """

    fixed: xr.Dataset
    epochs: tuple[int, ...]
    read: Callable[[int], xr.Dataset]

    @classmethod
    def from_arrays(
        cls,
        inputs: ArrayLike | None = None,
        hidden: ArrayLike | None = None,
        outputs: ArrayLike | None = None,
        targets: ArrayLike | None = None,
        days: ArrayLike | None = None,
        *,
        epochs: Sequence[int] | None = None,
        names: Mapping[str, Sequence[str]] | None = None,
    ) -> "Recording":
        """Make a recording from arrays of shape (sequence, time, node).

        Parameters
        ----------
        inputs, hidden, outputs : array, shape (sequence, time, node), optional
            Activations; at least one. With ``epochs``, hidden and outputs have a leading axis
            of snapshots: (snapshot, sequence, time, node).
        targets : array, shape (sequence, time, target), optional
            What the outputs should have been.
        days : array, shape (sequence, time), optional
            The day (or any time stamp) of each row, a number or a date. Flow joins no two rows
            with a gap between them (`stretches`).
        epochs : sequence of int, optional
            The epoch of each snapshot, increasing.
        names : mapping, optional
            Node names per block: ``{"inputs": [...], "hidden": [...], "outputs": [...],
            "targets": [...]}``.

        Raises
        ------
        InputError
            If nothing is given, shapes disagree, or an array holds NaN or infinity.
        """
        blocks = {"inputs": inputs, "hidden": hidden, "outputs": outputs}
        given = {key: values for key, values in blocks.items() if values is not None}
        if not given:
            raise InputError(
                "inputs, hidden or outputs must be given, got none of them; a recording needs "
                "the activations of some nodes"
            )
        when = (0,) if epochs is None else _checked_epochs(epochs)
        arrays = {
            key: _activations(values, key, None if key == "inputs" else epochs)
            for key, values in given.items()
        }
        if targets is not None:
            arrays["targets"] = _activations(targets, "targets", None)
        shape = _common_shape(arrays)
        labels = _names(arrays, names or {})
        fixed = xr.Dataset(attrs=FORMAT)
        for key in ("inputs", "targets"):
            if key in arrays:
                fixed[key] = _block(arrays[key], key, labels[key])
        if days is not None:
            fixed["days"] = (("sequence", "time"), _checked_days(days, shape))
        moving = {key: arrays[key] for key in ("hidden", "outputs") if key in arrays}

        def read(epoch: int) -> xr.Dataset:
            place = when.index(epoch)
            of_epoch = {k: v if epochs is None else v[place] for k, v in moving.items()}
            return xr.Dataset({k: _block(v, k, labels[k]) for k, v in of_epoch.items()})

        return cls(fixed, when, read)

    @classmethod
    def load(cls, path: str | Path) -> "Recording":
        """Open a recording on disk (Zarr); snapshots are read when they are used.

        Raises
        ------
        InputError
            If there is no recording at the path, or it holds no whole snapshot.
        MissingDependency
            If zarr is not installed.
        """
        require("zarr", "reading a recording")
        root = path_of(path, "path")
        must_be_recording(root)
        fixed = read_zarr(root / "fixed")
        epochs = epochs_in(root)
        if not epochs:
            raise InputError(f"path must hold a snapshot, got {root} without one; record again")

        # An analysis asks for a snapshot several times, block by block, or for two in a row.
        latest = lru_cache(maxsize=2)(lambda epoch: read_zarr(snapshot_path(root, epoch)))
        return cls(fixed, epochs, lambda epoch: latest(epoch).copy(deep=True))

    def save(self, path: str | Path) -> None:
        """Write the recording to disk (Zarr), one group per snapshot.

        Raises
        ------
        InputError
            If the path is taken, or cannot be written.
        """
        writer = RecordingWriter.create(path, self.fixed)
        for epoch in self.epochs:
            writer.append(epoch, self.read(epoch))

    @cached_property
    def nodes(self) -> pd.DataFrame:
        """One row per node, in the order inputs, hidden, outputs: its role and layer."""
        snapshot = self.read(self.epochs[-1])
        rows = []
        for role, block in self._blocks(snapshot):
            layer = [r for r, _ in self._blocks(snapshot)].index(role)
            rows += [(str(name), role, layer) for name in block[f"{role}_node"].to_numpy()]
        table = pd.DataFrame(rows, columns=["node", "role", "layer"])
        return table.set_index("node")

    @property
    def targets(self) -> xr.DataArray | None:
        """What the outputs should have been, (sequence, time, target), or None."""
        return self.fixed.get("targets")

    @property
    def times(self) -> Floats | None:
        """When each row was, (sequence, time): its day, of dates since the first, or None."""
        if "days" not in self.fixed:
            return None
        days = self.fixed["days"].to_numpy()
        if days.dtype.kind == "M":
            return (days - days.min()) / np.timedelta64(1, "D")
        return days.astype(np.float64)

    @property
    def stretches(self) -> NDArray[np.int64]:
        """Unbroken stretch that each row belongs to, numbered from 0, (sequence, time).

        A sequence is one stretch, unless days are known and go back in it or have a gap: a step
        longer than the shortest step of the recording.
        """
        sizes = self.fixed.sizes if set(self.fixed.sizes) >= _ROW else self.snapshot().sizes
        begins = np.zeros((sizes["sequence"], sizes["time"]), bool)
        begins[:, 0] = True
        if self.times is not None:
            step = np.diff(self.times, axis=1)
            shortest = np.min(step, where=step > 0.0, initial=np.inf)
            begins[:, 1:] = (step < 0.0) | (step > _GAP * shortest)
        return np.cumsum(begins).reshape(begins.shape) - 1

    def unique_days(self) -> "Recording":
        """Return the recording with one row a day, all in one sequence in the order of days.

        Of the copies of a day in overlapping windows it keeps the one latest in its window,
        which has the longest history (of equals, that of the first window). Days may have gaps,
        which flow does not cross (`stretches`). What is not recorded row by row stays as it is.

        Raises
        ------
        InputError
            If the recording has no days.

        Examples
        --------
        >>> days = [[1, 2, 3], [2, 3, 4]]
        >>> hidden = [[[11.0], [12.0], [13.0]], [[22.0], [23.0], [24.0]]]
        >>> rec = Recording.from_arrays(hidden=hidden, days=days).unique_days()
        >>> rec.rows("hidden").ravel().tolist()
        [11.0, 12.0, 13.0, 24.0]
        """
        if "days" not in self.fixed:
            raise InputError(
                "the recording must have days, got one without; give Recording.from_arrays the "
                "argument days"
            )
        days = self.fixed["days"].to_numpy()
        sequence, position = (place.ravel() for place in np.indices(days.shape))
        order = np.lexsort((-sequence, position, days.ravel()))
        ordered = days.ravel()[order]
        chosen = order[np.append(ordered[1:] != ordered[:-1], True)]

        def single(dataset: xr.Dataset) -> xr.Dataset:
            return _rows_in_one_sequence(dataset, sequence[chosen], position[chosen])

        return Recording(single(self.fixed), self.epochs, lambda epoch: single(self.read(epoch)))

    def snapshot(self, epoch: int | None = None) -> xr.Dataset:
        """Return everything recorded at an epoch (default: the last).

        Raises
        ------
        InputError
            If there is no snapshot of that epoch.
        """
        wanted = self.epochs[-1] if epoch is None else epoch
        if not isinstance(wanted, Integral) or wanted not in self.epochs:
            raise InputError(
                f"epoch must be one that was recorded, got {wanted!r}; there are snapshots of "
                f"epochs {', '.join(map(str, self.epochs[:12]))}"
                + (" ..." if len(self.epochs) > 12 else "")
            )
        return self.read(wanted)

    def activations(self, epoch: int | None = None, aligned: bool = False) -> xr.DataArray:
        """Return all nodes of one snapshot as (sequence, time, node).

        Parameters
        ----------
        epoch : int, optional
            Which snapshot; the last by default.
        aligned : bool
            Give each hop between layers one tick: of layers 0 ... m, row t then holds layer l
            at step t + m - l. With inputs, hidden and outputs it is x[t+2], h[t+1], o[t], the
            published alignment, and there are m rows fewer. Where days have a gap, some rows
            then hold steps from both sides of it; `information_flow` leaves those out.

        Raises
        ------
        InputError
            If the epoch was not recorded or the sequences are too short to be aligned.
        """
        truth(aligned, "aligned")
        snapshot = self.snapshot(epoch)
        blocks = self._blocks(snapshot)
        shift = len(blocks) - 1 if aligned else 0
        steps = blocks[0][1].sizes["time"] - shift
        if steps < 1:
            raise InputError(
                f"sequences must have more than {shift} steps to be aligned, got {steps + shift}; "
                "record longer sequences"
            )
        parts = []
        for layer, (role, block) in enumerate(blocks):
            start = shift - layer if aligned else 0
            part = block.isel(time=slice(start, start + steps)).rename({f"{role}_node": "node"})
            parts.append(part.drop_vars("time", errors="ignore"))
        whole = xr.concat(parts, "node", join="outer")
        nodes = self.nodes
        return whole.assign_coords(
            role=("node", nodes["role"].to_numpy()), layer=("node", nodes["layer"].to_numpy())
        ).transpose("sequence", "time", "node")

    def rows(self, block: str, epoch: int | None = None, limit: int | None = None) -> Floats:
        """Return one block as (row, node), sequences one after another, at most ``limit`` rows.

        ``block`` is ``inputs``, ``hidden``, ``outputs``, ``targets`` or ``all`` (every node).

        Raises
        ------
        InputError
            If the recording has no such block.
        """
        one_of(block, "block", ("inputs", "hidden", "outputs", "targets", "all"))
        if limit is not None:
            whole_number(limit, "limit", 0)
        if block == "all":
            values = self.activations(epoch).to_numpy()
        else:
            found = self.fixed if block in ("inputs", "targets") else self.snapshot(epoch)
            if block not in found:
                raise InputError(
                    f"the recording must have {block}, got one without; give Recording.from_arrays "
                    f"the argument {block}"
                )
            values = found[block].to_numpy()
        return values.reshape(-1, values.shape[-1])[:limit]

    def _blocks(self, snapshot: xr.Dataset) -> list[tuple[str, xr.DataArray]]:
        everything = {**self.fixed.data_vars, **snapshot.data_vars}
        return [(role, everything[key]) for key, role in _BLOCKS.items() if key in everything]


def _rows_in_one_sequence(
    dataset: xr.Dataset, sequence: NDArray[np.int64], position: NDArray[np.int64]
) -> xr.Dataset:
    """Return the rows chosen as the steps of one sequence, with all that has no rows."""
    where = {"sequence": xr.DataArray(sequence, dims="time"), "time": ("time", position)}
    kept = {}
    for name, values in dataset.data_vars.items():
        if set(values.dims) >= _ROW:
            rows = values.isel(where).drop_vars(_ROW, errors="ignore")
            kept[name] = rows.expand_dims("sequence").transpose("sequence", "time", ...)
        elif not set(values.dims) & _ROW:
            kept[name] = values
    return xr.Dataset(kept, attrs=dataset.attrs)


def activation_dataset(
    hidden: Floats, outputs: Floats, names: Mapping[str, Sequence[str]]
) -> xr.Dataset:
    """Return a snapshot's Dataset from arrays (sequence, time, node)."""
    return xr.Dataset(
        {
            "hidden": _block(hidden, "hidden", names["hidden"]),
            "outputs": _block(outputs, "outputs", names["outputs"]),
        }
    )


def _block(values: Floats, key: str, names: Sequence[str]) -> xr.DataArray:
    node = f"{_BLOCKS.get(key, 'target')}_node"
    return xr.DataArray(values, dims=("sequence", "time", node), coords={node: list(names)})


def _activations(values: ArrayLike, name: str, epochs: Sequence[int] | None) -> Floats:
    array = finite_array(values, name)
    axes = (
        ("sequence", "time", "node") if epochs is None else ("snapshot", "sequence", "time", "node")
    )
    if array.ndim != len(axes) or 0 in array.shape:
        missing = "snapshot" if epochs is not None and array.ndim == 3 else "sequence"
        raise InputError(
            f"{name} must have shape ({', '.join(axes)}) with no empty axis, got {array.shape}; "
            f"a single {missing} needs an axis of 1"
        )
    if epochs is not None and len(array) != len(epochs):
        raise InputError(
            f"{name} must have one snapshot per epoch, got {len(array)} snapshots and "
            f"{len(epochs)} epochs; list one epoch for each"
        )
    return array


def _common_shape(arrays: Mapping[str, Floats]) -> tuple[int, int]:
    shapes = {key: array.shape[-3:-1] for key, array in arrays.items()}
    if len(set(shapes.values())) > 1:
        found = ", ".join(f"{key} {shape}" for key, shape in shapes.items())
        raise InputError(
            f"all blocks must have equal numbers of sequences and steps, got {found}; cut them to "
            "the rows they share"
        )
    return next(iter(shapes.values()))  # pyright: ignore[reportReturnType]


def _names(
    arrays: Mapping[str, Floats], names: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    unknown = set(names) - {*_BLOCKS, "targets"} if isinstance(names, Mapping) else True
    if unknown:
        raise InputError(
            "names must have the keys inputs, hidden, outputs or targets, got "
            f"{described(names)}; give for example {{'hidden': ['a', 'b']}}"
        )
    letters = {"inputs": "x", "hidden": "h", "outputs": "o", "targets": "y"}
    labels = {}
    for key, array in arrays.items():
        width = array.shape[-1]
        usual = [f"{letters[key]}{i}" for i in range(width)]
        given = several(names.get(key, usual), f"names[{key!r}]", str(usual))
        labels[key] = [str(n) for n in given]
        nameless = [n for n in given if n is None or str(n).endswith("\0")]
        if len(given) != width or nameless:
            found = described(nameless[0]) if nameless else len(given)
            raise InputError(f"names[{key!r}] must have {width} names, got {found}; name each node")
    nodes = [name for key in _BLOCKS if key in labels for name in labels[key]]
    if len(set(nodes)) < len(nodes):
        twice = sorted({name for name in nodes if nodes.count(name) > 1})
        raise InputError(f"names must differ between nodes, got {', '.join(twice)} more than once")
    if len(set(labels.get("targets", []))) < len(labels.get("targets", [])):
        raise InputError(f"names['targets'] must differ, got {labels['targets']}; rename them")
    return labels


def _checked_epochs(epochs: Sequence[int]) -> tuple[int, ...]:
    when = as_array(several(epochs, "epochs", "[0, 10]"), "epochs")
    whole = when.ndim == 1 and len(when) > 0 and when.dtype.kind in "iu"
    if not whole or when[0] < 0 or (np.diff(when) <= 0).any():
        raise InputError(
            f"epochs must be increasing whole numbers from 0 on, got {described(epochs)}; give one "
            "per snapshot"
        )
    return tuple(when.tolist())


def _checked_days(days: ArrayLike, shape: tuple[int, int]) -> np.ndarray[Any, Any]:
    array = as_array(days, "days")
    if array.shape != shape:
        raise InputError(
            f"days must have shape (sequence, time) = {shape}, got {array.shape}; give one per row"
        )
    if pd.isna(array).any():
        raise InputError("days must be known for every row, got some missing; fill them in first")
    if array.dtype.kind in "iuf":
        finite_array(array, "days")
        return array
    if array.dtype.kind in "bc":
        raise InputError(f"days must be numbers or dates, got {array.dtype}; give one per row")
    try:
        return array.astype("datetime64[ns]")
    except (ValueError, TypeError) as error:
        raise InputError(
            f"days must be numbers or dates, got dtype {array.dtype} with {array.flat[0]!r}; "
            "convert them, for example with pandas.to_datetime"
        ) from error
