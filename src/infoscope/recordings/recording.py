"""Recordings: the activations of all nodes at every step, sequence and snapshot."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike

from infoscope._errors import InputError
from infoscope._validate import Floats, one_of, path_of, whole_number
from infoscope.recordings.alignment import Alignment, alignment_of, alignment_word
from infoscope.recordings.assembly import assembled
from infoscope.recordings.blocks import (
    BLOCKS,
    ROW,
    Blocks,
    Layer,
    block_kinds,
    blocks_there,
    guesses_in_words,
    joined,
    layers_of,
    nodes_of,
)
from infoscope.recordings.rows import Rows, units_of
from infoscope.recordings.snapshots import InMemory, OnDisk
from infoscope.recordings.storage import (
    RecordingWriter,
    epochs_in,
    must_be_finite,
    must_be_recording,
    read_fixed,
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Recording(Rows):
    """Activations of a network, one snapshot per epoch, in named blocks.

    Make one with `from_arrays` or `load`; ``recording["hidden"]`` is one block of the last epoch,
    ``recording.blocks`` lists them.

    Parameters
    ----------
    fixed : Dataset
        Variables that do not change during training: blocks of inputs and ``targets``
        (sequence, time, node) and, if given, ``days`` (sequence, time) and ``trial`` (sequence,
        time) for sequences of unequal length. Attributes list the blocks.
    epochs : tuple of int
        Epochs of the snapshots, in order.
    read : callable
        Returns the Dataset of an epoch: blocks of hidden and output nodes (sequence, time, node)
        and everything recorded with them. Must be picklable if the recording is to be pickled.

    Examples
    --------
    >>> hidden = np.random.default_rng(0).normal(size=(20, 10, 3))
    >>> rec = Recording.from_arrays(hidden=hidden)
    >>> rec.nodes["role"].tolist()
    ['hidden', 'hidden', 'hidden']
    """

    @classmethod
    def from_arrays(
        cls,
        inputs: Any = None,
        hidden: Any = None,
        outputs: Any = None,
        targets: Any = None,
        days: ArrayLike | Sequence[ArrayLike] | xr.DataArray | None = None,
        *,
        blocks: Mapping[str, Any] | None = None,
        roles: Mapping[str, str] | None = None,
        layers: Mapping[str, int | str] | None = None,
        names: Mapping[str, Sequence[str]] | None = None,
        groups: Mapping[str, Sequence[str]] | None = None,
        units: Mapping[str, str] | None = None,
        sampling_interval: float | None = None,
        trials: Sequence[Any] | None = None,
        lengths: Sequence[int] | None = None,
        epochs: Sequence[int] | None = None,
        aligned: str | bool = "auto",
    ) -> "Recording":
        """Make a recording from arrays of shape (sequence, time, node).

        Parameters
        ----------
        inputs, hidden, outputs : array, shape (sequence, time, node), optional
            Activations. With ``epochs``, those of hidden and output nodes have a leading axis of
            snapshots: (snapshot, sequence, time, node). Instead of an array:

            * a list of arrays (time, node), one per sequence. Sequences of unequal length
              (trials) are joined into one; flow never crosses from one to the next;
            * a DataArray, whose dimension names (``trial``, ``time``, ``unit``, ...), in any
              order, define the axes, and whose coordinates define the names of nodes;
            * for hidden, a mapping from the names of layers to their arrays, in the order in
              which they are computed within a step. Each is a block.
        targets : array, shape (sequence, time, target), optional
            Target values of the outputs.
        days : array, shape (sequence, time), optional
            The day (or any time stamp) of each row, a number or a date. Flow never crosses a gap
            between two rows (`stretches`). A list of arrays (time,) for sequences of unequal
            length. By default the coordinate ``time`` of a DataArray: dates, or the numbers of a
            single sequence.
        blocks : mapping from str to array, optional
            Further blocks by name: ``{"lstm.l0.h": array, "lstm.l0.c": array}``.
        roles : mapping from str to {"input", "hidden", "output"}, optional
            Roles of those blocks; "hidden" by default.
        layers : mapping from str to int or str, optional
            Layers of the blocks: numbers in the order in which they are computed, or names. By
            default the layer of a hidden block is guessed from the beginning of its name,
            ``lstm.l0`` for ``lstm.l0.h``; layers are in the order of their first blocks. `blocks`
            and `alignment` report guesses.
        names : mapping, optional
            Node names per block: ``{"inputs": [...], "hidden": [...], "lstm.l0.h": [...]}``.
        groups : mapping from str to sequence of str, optional
            Named groups of nodes, such as ``{"excitatory": ["h0", "h3"]}``.
        units : mapping from str to str, optional
            Units of the values of blocks, such as ``{"hidden": "mV"}``.
        sampling_interval : float, optional
            Seconds from one step to the next.
        trials : sequence, optional
            A label for each sequence, such as a condition.
        lengths : sequence of int, optional
            Steps of each sequence in arrays padded to the longest; the padding is left out.
        epochs : sequence of int, optional
            The epoch of each snapshot, increasing.
        aligned : {"auto", "layers", "none"}
            Default alignment for `information_flow`: "layers" if each layer is computed from the
            one before within a step, as in a network that reads an input and answers in the same
            step; "none" if each step acts on the next, as between brain areas; "auto" decides
            from the data (`alignment`).

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
        >>> rec.rows("hidden").shape, rec["hidden"].shape, rec.mask.to_numpy().tolist()
        ((5, 2), (2, 3, 2), [[True, True, True], [True, True, False]])
        """
        fixed, snapshots = assembled(
            {"inputs": inputs, "hidden": hidden, "outputs": outputs, "targets": targets},
            blocks=blocks, roles=roles, layers=layers, units=units, names=names, groups=groups,
            days=days, trials=trials, lengths=lengths, sampling_interval=sampling_interval,
            epochs=epochs, aligned=aligned,
        )  # fmt: skip
        return cls(fixed, tuple(snapshots), InMemory(snapshots))

    @classmethod
    def load(cls, path: str | Path) -> "Recording":
        """Open a recording on disk (Zarr); snapshots are read when they are used.

        Raises
        ------
        InputError
            If the path is not a recording of this format, has no complete snapshot, or is
            damaged: a part is missing or has changed.
        """
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
            If the path exists, or cannot be written.
        """
        writer = RecordingWriter.create(path, self.fixed)
        for epoch in self.epochs:
            writer.append(epoch, self.read(epoch))

    def __repr__(self) -> str:
        """Return nodes, rows and epochs in one line."""
        roles = self.nodes["role"].value_counts(sort=False)
        nodes = ", ".join(f"{count} {role}" for role, count in roles.items())
        blocks = f" in {len(self.blocks)} blocks" if "blocks" in self.fixed.attrs else ""
        (n, steps), upto = self.mask.shape, "" if self.trials is None else "up to "
        when = f"1 snapshot, epoch {self.epochs[-1]}"
        if len(self.epochs) > 1:
            when = f"{len(self.epochs)} snapshots, epochs {self.epochs[0]} to {self.epochs[-1]}"
        rows = f"{n} sequence{'s' * (n > 1)} of {upto}{steps} steps"
        noted = f"; notes: {len(self.notes)}" if self.notes else ""
        return f"Recording({nodes} nodes{blocks}; {rows}; {when}{noted})"

    def __getitem__(self, name: str) -> xr.DataArray:
        """Return a block of the last snapshot (sequence, time, unit), NaN past the end of trials.

        ``inputs``, ``hidden``, ``outputs`` or ``targets`` return all blocks of a role.

        >>> rec = Recording.from_arrays(blocks={"gru.l0.h": np.zeros((4, 5, 2))})
        >>> rec["gru.l0.h"].sizes
        Frozen({'sequence': 4, 'time': 5, 'unit': 2})
        """
        return self.block(name)

    def block(self, name: str, epoch: int | None = None) -> xr.DataArray:
        """Return a block of any snapshot, as ``recording[name]`` for the last."""
        kind, blocks = block_kinds(self.fixed).get(name), self._blocks(name, epoch)
        nodes = [node for block in blocks for node in nodes_of(block)]
        coordinates: dict[str, Any] = {"unit": nodes}
        if self.sampling_interval is not None:
            seconds = np.arange(self.mask.shape[1]) * self.sampling_interval
            coordinates["time"] = ("time", seconds, {"units": "s"})
        if self.trial_labels is not None:
            coordinates["trial"] = ("sequence", self.trial_labels)
        described = {} if kind is None else asdict(kind)
        shown = {key: described[key] for key in ("role", "layer", "units") if described.get(key)}
        values = units_of(blocks, self.trials).assign_coords(coordinates)
        return values.rename(name).assign_attrs(shown)

    @cached_property
    def blocks(self) -> Blocks:
        """Role, layer, units, node names and shape of every block, by name."""
        return blocks_there(self.fixed, self.read(self.epochs[-1]), self.mask.shape)

    @cached_property
    def nodes(self) -> pd.DataFrame:
        """One row per node, in the order inputs, hidden, outputs: its role and layer."""
        layers = enumerate(self._layers(self.read(self.epochs[-1])))
        rows = [(name, layer.role, place) for place, layer in layers for name in layer.nodes]
        return pd.DataFrame(rows, columns=["node", "role", "layer"]).set_index("node")

    @property
    def groups(self) -> dict[str, list[str]]:
        """Nodes of each named group."""
        return dict(self.fixed.attrs.get("groups", {}))

    @property
    def targets(self) -> xr.DataArray | None:
        """Target values of the outputs, (sequence, time, target), or None."""
        return self.fixed.get("targets")

    def snapshot(self, epoch: int | None = None) -> xr.Dataset:
        """Return everything recorded at an epoch (default: the last).

        Raises
        ------
        InputError
            If there is no snapshot of that epoch, or it holds NaN or infinity.
        """
        return self._checked(epoch, list(block_kinds(self.fixed)))

    def _checked(self, epoch: int | None, names: Sequence[str]) -> xr.Dataset:
        """Return the snapshot of an epoch, some blocks of which must be finite."""
        wanted = self.epochs[-1] if epoch is None else epoch
        if not isinstance(wanted, Integral) or wanted not in self.epochs:
            raise InputError(
                f"epoch must be one that was recorded, got {wanted!r}; choose from "
                f"{', '.join(map(str, self.epochs[:12]))}"
                + (" ..." if len(self.epochs) > 12 else "")
            )
        found = self.read(wanted)
        advice = "analyse an earlier epoch with epoch= or epochs=, or record again"
        there = found[[name for name in names if name in found]]
        must_be_finite(there, f"snapshot of epoch {wanted}", advice)
        return found

    def alignment(
        self, epoch: int | None = None, aligned: str | bool = "auto", lag: int = 1
    ) -> Alignment:
        """Return the number of steps that each layer is read ahead for flow, with the reason.

        Parameters
        ----------
        epoch : int, optional
            Snapshot to use; the last by default.
        aligned : {"auto", "layers", "none"}
            "layers": each layer is computed from the one before within a step, which counts as a
            separate step (published). "none": no shift. "auto": the setting of the recording
            (`from_arrays`), or else from the data: "layers", but no shift between layers that
            share significantly more information ``lag`` steps later than in the same step (two
            jackknife errors). True and False are "layers" and "none".
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
        layers = self._layers(self.snapshot(epoch))
        own = self.fixed.attrs.get("aligned", "auto")
        chosen = alignment_of(layers, self.stretches, lag, alignment_word(aligned), own)
        if guess := guesses_in_words(self.blocks):
            return replace(chosen, reason=f"{chosen.reason} {guess}")
        return chosen

    def activations(
        self, epoch: int | None = None, aligned: str | bool | Alignment = "none"
    ) -> xr.DataArray:
        """Return all nodes of one snapshot as (sequence, time, node).

        Parameters
        ----------
        epoch : int, optional
            Snapshot; the last by default.
        aligned : {"none", "layers", "auto"} or Alignment
            Steps combined in one row (`alignment`); by default the same step for all nodes. With
            "layers", row t holds layer l of 0 ... m at step t + m - l: with inputs, hidden and
            outputs x[t+2], h[t+1], o[t], the published alignment, with m rows fewer. At a gap in
            days, some rows then combine steps from both sides; `information_flow` leaves those
            out.

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
            layer.values[:, ahead : ahead + steps]
            for ahead, layer in zip(aligned.shifts, layers, strict=True)
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

        ``block`` is the name of a block, or ``inputs``, ``hidden``, ``outputs`` or ``targets`` for
        all blocks of a role, or ``all`` nodes. Sequences of unequal length have no padding.

        Raises
        ------
        InputError
            If the recording has no such block.
        """
        if limit is not None:
            whole_number(limit, "limit", 0)
        blocks = self._blocks(block, epoch)
        if limit is not None:
            enough = slice(-(-limit // self._sizes["time"])), slice(limit)
            blocks = [values[enough] for values in blocks]
        values = joined(blocks)
        return values.reshape(-1, values.shape[-1])[:limit]

    def _blocks(self, name: str, epoch: int | None) -> list[xr.DataArray]:
        """Return arrays (sequence, time, node): a block, the blocks of a role, or all nodes."""
        kinds = block_kinds(self.fixed)
        one_of(name, "block", dict.fromkeys((*BLOCKS, "all", *kinds)))
        if name == "all":
            return [self.activations(epoch)]
        role = kinds[name].role if name in kinds else BLOCKS[name]
        wanted = [name] if name in kinds else [n for n, kind in kinds.items() if kind.role == role]
        there = self._fixed if role in ("input", "target") else self._checked(epoch, wanted)
        if not (blocks := [there[one] for one in wanted if one in there]):
            raise InputError(
                f"the recording must have {name}, got one without; give Recording.from_arrays "
                f"the argument {name}"
            )
        return blocks

    @cached_property
    def _fixed(self) -> xr.Dataset:
        """Inputs and targets, without NaN or infinity."""
        found = self.fixed[[name for name in block_kinds(self.fixed) if name in self.fixed]]
        must_be_finite(found, "recording", "record again without these rows, or fill them in first")
        return found

    def _layers(self, snapshot: xr.Dataset) -> list[Layer]:
        """Layers of all nodes, in order."""
        return layers_of({**self._fixed.data_vars, **snapshot.data_vars}, block_kinds(self.fixed))
