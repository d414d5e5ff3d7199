"""Recordings: what every neuron did, at every step of every sequence, in every snapshot."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from infoscope._errors import InputError, require
from infoscope._stretches import gaps
from infoscope._validate import Floats, one_of, path_of, whole_number
from infoscope.recordings.alignment import (
    Alignment,
    alignment_in_words,
    alignment_shown,
    alignment_word,
)
from infoscope.recordings.arrays import (
    BLOCKS,
    ROW,
    block_array,
    checked_days,
    checked_epochs,
    common_steps,
    days_among,
    node_names,
    one_per_epoch,
    read_block,
)
from infoscope.recordings.snapshots import Changed, InMemory, OnDisk, rows_in_one_sequence
from infoscope.recordings.storage import (
    RecordingWriter,
    epochs_in,
    must_be_finite,
    must_be_recording,
    read_fixed,
)

ROLES = ("input", "hidden", "output")
_ROLE_OF = {key: role for key, role in BLOCKS.items() if role in ROLES}


@dataclass(frozen=True, eq=False, repr=False)
class Recording:
    """Activations of a network, one snapshot per epoch, with the roles and days they belong to.

    Make one with `from_arrays` or `load`.

    Parameters
    ----------
    fixed : Dataset
        What does not change while the network learns: ``inputs`` (sequence, time,
        input_node), ``targets`` (sequence, time, target_node), ``days`` (sequence, time) and
        ``trial`` (sequence, time) of sequences of unequal length, where given.
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
        inputs: Any = None,
        hidden: Any = None,
        outputs: Any = None,
        targets: Any = None,
        days: ArrayLike | Sequence[ArrayLike] | xr.DataArray | None = None,
        *,
        epochs: Sequence[int] | None = None,
        names: Mapping[str, Sequence[str]] | None = None,
        aligned: str | bool = "auto",
    ) -> "Recording":
        """Make a recording from arrays of shape (sequence, time, node).

        Parameters
        ----------
        inputs, hidden, outputs : array, shape (sequence, time, node), optional
            Activations; at least one. With ``epochs``, hidden and outputs have a leading axis
            of snapshots: (snapshot, sequence, time, node). Instead of an array:

            * a list of arrays (time, node), one per sequence. Sequences of unequal length
              (trials) stand one after another as one; flow joins no rows of two of them;
            * a DataArray, whose axes are found by the names of its dimensions (``trial``,
              ``time``, ``unit``, ...) in any order, and the names of nodes by its coordinates;
            * for hidden, a mapping from the names of layers to their arrays, in the order in
              which they are computed within a step.
        targets : array, shape (sequence, time, target), optional
            What the outputs should have been.
        days : array, shape (sequence, time), optional
            The day (or any time stamp) of each row, a number or a date. Flow joins no two rows
            with a gap between them (`stretches`). A list of arrays (time,) for sequences of
            unequal length. By default the coordinate ``time`` of a DataArray: dates, or the
            numbers of a single sequence.
        epochs : sequence of int, optional
            The epoch of each snapshot, increasing.
        names : mapping, optional
            Node names per block: ``{"inputs": [...], "hidden": [...], "outputs": [...],
            "targets": [...]}``.
        aligned : {"auto", "layers", "none"}
            What `information_flow` does with the layers unless asked otherwise: "layers" if each
            is computed from the one before within a step, as in a network that reads an input
            and answers in the same step; "none" if what happens in a step acts on the next, as
            between areas of a brain; by default what the data show (`alignment`).

        Raises
        ------
        InputError
            If nothing is given, shapes or coordinates disagree, dimensions have unknown names, or
            an array holds NaN or infinity.

        Examples
        --------
        Two trials, of three and of two steps, of the same two nodes.

        >>> trials = [np.zeros((3, 2)), np.ones((2, 2))]
        >>> rec = Recording.from_arrays(hidden=trials)
        >>> rec.rows("hidden").shape, rec.stretches.tolist()
        ((5, 2), [[0, 0, 0, 1, 1]])
        """
        given = {"inputs": inputs, "hidden": hidden, "outputs": outputs, "targets": targets}
        given = {key: values for key, values in given.items() if values is not None}
        if not set(given) & set(_ROLE_OF):
            raise InputError(
                "inputs, hidden or outputs must be given, got none of them; a recording needs "
                "the activations of some nodes"
            )
        when = (0,) if epochs is None else checked_epochs(epochs)
        changing = () if epochs is None else ("hidden", "outputs")
        blocks = {key: read_block(values, key, key in changing) for key, values in given.items()}
        for key in set(changing) & set(blocks):
            one_per_epoch(len(blocks[key].values), key, len(when))
        steps, labels = common_steps(blocks), node_names(blocks, names or {})

        def dataset(keys: tuple[str, ...], place: int | None = None) -> xr.Dataset:
            return xr.Dataset({
                key: block_array(
                    block.values if place is None else block.values[place],
                    key, labels[key], block.layers,
                )
                for key, block in blocks.items() if key in keys
            })  # fmt: skip

        fixed = dataset(("inputs", "targets")).assign_attrs(aligned=alignment_word(aligned))
        if any(block.lengths for block in blocks.values()):
            fixed["trial"] = (ROW, np.repeat(np.arange(len(steps)), steps)[np.newaxis])
        days = days_among(blocks) if days is None else days
        if days is not None:
            fixed["days"] = (ROW, checked_days(days, steps))
        places = [None] if epochs is None else range(len(when))
        moving = [dataset(("hidden", "outputs"), place) for place in places]
        return cls(fixed, when, InMemory(dict(zip(when, moving, strict=True))))

    @classmethod
    def load(cls, path: str | Path) -> "Recording":
        """Open a recording on disk (Zarr); snapshots are read when they are used.

        Raises
        ------
        InputError
            If there is no recording of this format at the path, it holds no whole snapshot, or it
            is damaged: a part is lost or has changed.
        MissingDependency
            If zarr is not installed.
        """
        require("zarr", "reading a recording")
        root = path_of(path, "path")
        must_be_recording(root)
        epochs = epochs_in(root)
        if not epochs:
            raise InputError(f"path must hold a snapshot, got {root} without one; record again")
        return cls(read_fixed(root), epochs, OnDisk(root))

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

    def __repr__(self) -> str:
        """Return nodes, rows and epochs in one line."""
        sizes = self._sizes
        roles = self.nodes["role"].value_counts(sort=False)
        nodes = ", ".join(f"{count} {role}" for role, count in roles.items())
        when = f"1 snapshot, epoch {self.epochs[-1]}"
        if len(self.epochs) > 1:
            when = f"{len(self.epochs)} snapshots, epochs {self.epochs[0]} to {self.epochs[-1]}"
        return (
            f"Recording({nodes} nodes; {sizes['sequence']} sequences of {sizes['time']} steps; "
            f"{when})"
        )

    @cached_property
    def nodes(self) -> pd.DataFrame:
        """One row per node, in the order inputs, hidden, outputs: its role and layer."""
        rows = []
        for place, (role, _, block) in enumerate(self._layers(self.read(self.epochs[-1]))):
            rows += [(str(name), role, place) for name in block["node"].to_numpy()]
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
    def trials(self) -> NDArray[np.int64] | None:
        """Which of the sequences of unequal length each row is of, (sequence, time), or None."""
        return self.fixed["trial"].to_numpy() if "trial" in self.fixed else None

    @property
    def stretches(self) -> NDArray[np.int64]:
        """Unbroken stretch that each row belongs to, numbered from 0, (sequence, time).

        A sequence, or a trial, is one stretch, unless days are known and go back in it or have a
        gap: a step longer than the shortest step of the recording.
        """
        begins = np.zeros((self._sizes["sequence"], self._sizes["time"]), bool)
        begins[:, 0] = True
        if self.trials is not None:
            begins[:, 1:] = np.diff(self.trials, axis=1) != 0
        if self.times is not None:
            # From trial to trial no time passes: the shortest step is one within a trial.
            begins[:, 1:] |= gaps(np.where(begins[:, 1:], 0.0, np.diff(self.times, axis=1)))
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
        sequence, place = (of.ravel() for of in np.indices(days.shape))
        history = place
        if self.trials is not None:
            sequence, trial = np.zeros_like(sequence), self.trials.ravel()
            history = place - np.searchsorted(trial, trial)
        order = np.lexsort((-np.arange(days.size), history, days.ravel()))
        ordered = days.ravel()[order]
        chosen = order[np.append(ordered[1:] != ordered[:-1], True)]
        single = partial(rows_in_one_sequence, sequence=sequence[chosen], position=place[chosen])
        fixed = single(self.fixed.drop_vars("trial", errors="ignore"))
        return Recording(fixed, self.epochs, Changed(self.read, single))

    def snapshot(self, epoch: int | None = None) -> xr.Dataset:
        """Return everything recorded at an epoch (default: the last).

        Raises
        ------
        InputError
            If there is no snapshot of that epoch, or it holds NaN or infinity.
        """
        wanted = self.epochs[-1] if epoch is None else epoch
        if not isinstance(wanted, Integral) or wanted not in self.epochs:
            raise InputError(
                f"epoch must be one that was recorded, got {wanted!r}; there are snapshots of "
                f"epochs {', '.join(map(str, self.epochs[:12]))}"
                + (" ..." if len(self.epochs) > 12 else "")
            )
        found = self.read(wanted)
        must_be_finite(
            found[[key for key in _ROLE_OF if key in found]],
            f"snapshot of epoch {wanted}",
            "analyse an earlier epoch, by epoch= or epochs=, or record again",
        )
        return found

    def alignment(
        self, epoch: int | None = None, aligned: str | bool = "auto", lag: int = 1
    ) -> Alignment:
        """Return how many steps ahead each layer is read when flow is estimated, and why.

        Parameters
        ----------
        epoch : int, optional
            Which snapshot shows it; the last by default.
        aligned : {"auto", "layers", "none"}
            "layers": each layer is computed from the one before within a step, which counts as a
            step of its own (published). "none": no shift. "auto": what the recording says of
            itself (`from_arrays`), otherwise what the data show: "layers", but for those that
            share clearly more ``lag`` steps later than in the same step (two jackknife errors),
            which are not shifted. True and False are "layers" and "none".
        lag : int
            Steps between source and target.

        Examples
        --------
        >>> x = np.random.default_rng(0).normal(size=(50, 20, 2))
        >>> Recording.from_arrays(inputs=x, hidden=np.tanh(x)).alignment().shifts
        (1, 0)
        >>> areas = Recording.from_arrays(inputs=x[:, 1:], hidden=x[:, :-1])
        >>> areas.alignment().shifts
        (0, 0)
        """
        word = alignment_word(aligned)
        layers = [(name, block) for _, name, block in self._layers(self.snapshot(epoch))]
        own = self.fixed.attrs.get("aligned", "auto")
        if word == "auto" and own == "auto":
            parts = [(name, block.to_numpy()) for name, block in layers]
            return alignment_shown(parts, self.stretches, lag)
        names = [name for name, _ in layers]
        if word == "auto":
            return alignment_in_words(own, names, "the recording says")
        return alignment_in_words(word, names, "asked")

    def activations(
        self, epoch: int | None = None, aligned: str | bool | Alignment = "none"
    ) -> xr.DataArray:
        """Return all nodes of one snapshot as (sequence, time, node).

        Parameters
        ----------
        epoch : int, optional
            Which snapshot; the last by default.
        aligned : {"none", "layers", "auto"} or Alignment
            Which steps stand in one row (`alignment`); by default the same of all nodes. With
            "layers", row t holds layer l of 0 ... m at step t + m - l: with inputs, hidden and
            outputs x[t+2], h[t+1], o[t], the published alignment, and there are m rows fewer.
            Where days have a gap, some rows then hold steps from both sides of it;
            `information_flow` leaves those out.

        Raises
        ------
        InputError
            If the epoch was not recorded or the sequences are too short to be aligned.
        """
        if not isinstance(aligned, Alignment):
            aligned = self.alignment(epoch, aligned)
        layers = self._layers(self.snapshot(epoch))
        shift = max(aligned.shifts)
        steps = self._sizes["time"] - shift
        if steps < 1:
            raise InputError(
                f"sequences must have more than {shift} steps to be aligned, got {steps + shift}; "
                "record longer sequences, or take aligned='none'"
            )
        parts = [
            block.to_numpy()[:, ahead : ahead + steps]
            for ahead, (_, _, block) in zip(aligned.shifts, layers, strict=True)
        ]
        nodes = self.nodes
        return xr.DataArray(
            np.concatenate(parts, axis=2),
            dims=(*ROW, "node"),
            coords={"node": list(nodes.index)}
            | {name: ("node", nodes[name].to_numpy()) for name in ("role", "layer")},
        )

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
            found = self._fixed if block in ("inputs", "targets") else self.snapshot(epoch)
            if block not in found:
                raise InputError(
                    f"the recording must have {block}, got one without; give Recording.from_arrays "
                    f"the argument {block}"
                )
            values = found[block].to_numpy()
        return values.reshape(-1, values.shape[-1])[:limit]

    @cached_property
    def _fixed(self) -> xr.Dataset:
        """Inputs and targets, without NaN or infinity."""
        found = self.fixed[[key for key in ("inputs", "targets") if key in self.fixed]]
        must_be_finite(found, "recording", "record again without these rows, or fill them in first")
        return found

    @cached_property
    def _sizes(self) -> Mapping[Any, int]:
        """Numbers of sequences and steps."""
        known = set(self.fixed.sizes) >= set(ROW)
        return self.fixed.sizes if known else self.read(self.epochs[-1]).sizes

    def _layers(self, snapshot: xr.Dataset) -> Iterator[tuple[str, str, xr.DataArray]]:
        """Role, name and activations (sequence, time, node) of each layer, in order."""
        everything = {**self._fixed.data_vars, **snapshot.data_vars}
        for key, role in _ROLE_OF.items():
            if key in everything:
                block = everything[key].rename({f"{role}_node": "node"})
                layers = block.coords.get(f"{role}_layer", xr.zeros_like(block["node"], int))
                numbers = np.unique(layers)
                for number in numbers:
                    name = key if len(numbers) == 1 else f"{key} layer {number + 1}"
                    yield role, name, block.isel(node=np.flatnonzero(layers == number))


def activation_dataset(
    hidden: Floats, outputs: Floats, names: Mapping[str, Sequence[str]]
) -> xr.Dataset:
    """Return a snapshot's Dataset from arrays (sequence, time, node)."""
    return xr.Dataset(
        {
            "hidden": block_array(hidden, "hidden", names["hidden"]),
            "outputs": block_array(outputs, "outputs", names["outputs"]),
        }
    )
