"""Recordings of a model on a probe: with its own weights, or one set of weights after another."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from infoscope._arrays import as_array
from infoscope._errors import EstimationError, InputError
from infoscope._progress import Progress
from infoscope._validate import Floats, one_of, truth
from infoscope.monitor.replaying.axes import Grid, on_grid
from infoscope.monitor.replaying.checkpoints import load_into
from infoscope.monitor.replaying.eager_copy import computing_in, dtype_of, undisturbed
from infoscope.monitor.replaying.pieces import cut_of
from infoscope.monitor.replaying.plan import DTYPES, Plan, checked_scans, checked_state, plan_of
from infoscope.monitor.replaying.probe import Probe, run_probe
from infoscope.monitor.replaying.replayers import tensors_in
from infoscope.recordings.arrays import checked_lengths
from infoscope.recordings.pieces import Piece, Pieces
from infoscope.recordings.recording import Recording
from infoscope.recordings.snapshots import InMemory
from infoscope.recordings.storage import RecordingWriter

States = Iterable[tuple[int, Mapping[str, Tensor], Mapping[str, Any]]]


@dataclass(frozen=True, eq=False)
class How:
    """How a probe is recorded: the arguments of `record`.

    Parameters
    ----------
    units, gates, state, lengths, dtype, batch_first, scans
        As in `record`.
    """

    units: Any = None
    gates: bool = False
    state: Any = None
    lengths: Sequence[int] | None = None
    dtype: str = "float32"
    batch_first: bool | None = None
    scans: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        """Check the options; units, lengths and scans are checked against the model."""
        truth(self.gates, "gates")
        one_of(self.dtype, "dtype", DTYPES)
        if self.state is not None:
            checked_state(self.state)
        checked_scans(self.scans)
        if self.batch_first is not None:
            truth(self.batch_first, "batch_first")

    def plan(self, model: nn.Module, inputs: Any, refusing: bool = True) -> Plan:
        """Return the plan for a model on a probe."""
        return plan_of(
            model, inputs, units=self.units, state=self.state, dtype=self.dtype, scans=self.scans,
            refusing=refusing,
        )  # fmt: skip

    def probe(self, plan: Plan) -> Probe:
        """Run a plan once."""
        return run_probe(plan, gates=self.gates, lengths=self.lengths, batch_first=self.batch_first)

    def pieces(self, plan: Plan, targets: Any) -> Pieces:
        """Return the recording of a plan in pieces, each computed when it is used."""

        def runs(part: Plan, offset: tuple[int, int]) -> Probe:
            return run_probe(part, gates=self.gates, batch_first=self.batch_first, offset=offset)

        lengths = checked_lengths(self.lengths)
        cut = cut_of(plan, None if lengths is None else tuple(lengths), runs)
        if cut is None:
            probe = self.probe(plan)
            return Pieces.single(recording_of(plan, probe, targets_of(targets, probe.grid)))
        wanted = targets_of(targets, cut.grid)

        def parts() -> Iterator[Piece]:
            for b, t, part, probe in cut.run(plan, runs):
                own = None if wanted is None else wanted[b, t]
                yield Piece(b.start, t.start, recording_of(part, probe, own))

        return Pieces(cut.grid.sequences, cut.grid.steps, parts, cut.grid.lengths)

    def record(self, plan: Plan, targets: Any) -> Recording:
        """Return the recording of a plan."""
        return self.pieces(plan, targets).recording()


def recording_of_states(
    plan: Plan,
    states: States,
    targets: Any,
    how: How,
    path: str | Path | None = None,
    progress: Progress | None = None,
) -> Recording:
    """Record the same probe with one set of weights after another.

    Parameters
    ----------
    plan : Plan
        Of the model; its copy gets the weights.
    states : iterable of (int, mapping of str to Tensor, mapping)
        Epochs in order, weights, and variables to be added to the snapshot.
    targets, how
        As in `record`.
    path : str or Path, optional
        Where to write the recording as it grows, so that one snapshot is in memory at a time.
    progress : Progress, optional
        Counts the snapshots.

    Raises
    ------
    EstimationError
        If all snapshots diverged.
    """
    kept: dict[int, xr.Dataset] = {}
    writer: RecordingWriter | None = None
    fixed, diverged = xr.Dataset(), list[int]()
    for step, weights, more in states:
        load_into(plan.copy, weights, f"epoch {step}")
        try:
            found = how.pieces(plan, targets)
            if path is None:
                recording = found.recording()
                fixed, kept[step] = recording.fixed, recording.snapshot().assign(more)
            elif writer is None:
                writer, kept[step] = found.begin(path, step, more), xr.Dataset()
            else:
                found.append(writer, step, more)
                kept[step] = xr.Dataset()
        except EstimationError:
            if not _diverged(plan):
                raise
            diverged.append(step)
            continue
        if progress is not None:
            progress.advance()
    if not kept:
        raise EstimationError(
            "activations must be finite in at least one snapshot, got none "
            f"(epochs {', '.join(map(str, diverged[:6])) or 'none'}); the network diverges from "
            "its first snapshot on: lower the learning rate or scale the inputs"
        )
    whole = Recording(fixed, tuple(kept), InMemory(kept)) if path is None else Recording.load(path)
    if diverged:
        whole.fixed.attrs["notes"] = [
            *whole.notes,
            f"Snapshots {', '.join(map(str, diverged))} were left out: activations are not finite.",
        ]
    return whole


def _diverged(plan: Plan) -> bool:
    """Whether the copy computes values that are not finite."""
    seen: list[Tensor] = [*plan.copy.parameters()]
    with undisturbed(), computing_in(dtype_of(plan.copy)), _listening(plan.copy, seen):
        plan.copy(*plan.args, **plan.kwargs)
    return not all(bool(torch.isfinite(tensor).all()) for tensor in seen)


@contextmanager
def _listening(model: nn.Module, seen: list[Tensor]) -> Iterator[None]:
    """Collect the outputs of all modules of a copy."""

    def keep(_module: nn.Module, _args: Any, output: Any) -> None:
        seen.extend(tensors_in(output))

    handles = [module.register_forward_hook(keep) for module in model.modules()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def recording_of(plan: Plan, probe: Probe, targets: Floats | None) -> Recording:
    """Return the recording of a probe, with targets (sequence, time, target)."""
    grid, notes = probe.grid, list(probe.notes)
    names = [*(f"x{i}" for i in range(len(plan.args))), *plan.kwargs]
    given = dict(zip(names, [*plan.args, *plan.kwargs.values()], strict=True))
    fitting, left_out = {}, []
    for name, value in given.items():
        array = _on_grid(value, grid)
        if array is not None:
            fitting[name] = array
        elif isinstance(value, Tensor | PackedSequence) and name == "x0":
            left_out.append(f"{name} {tuple(getattr(value, 'shape', ()))}")
    if nested := [name for name, value in given.items() if isinstance(value, Mapping)]:
        notes.append(
            f"Inputs inside {', '.join(nested)} were left out, as only tensors that the model is "
            "called with are recorded: pass them to a small module that makes the mapping."
        )
    if left_out:
        notes.append(
            f"Inputs without the sequences and steps of the states were left out: "
            f"{', '.join(left_out)}."
        )
    single = {"inputs": next(iter(fitting.values()))} if len(fitting) == 1 else {}
    several = {} if single else fitting
    recording = Recording.from_arrays(
        **single,
        outputs=probe.outputs,
        targets=targets,
        blocks={**several, **probe.blocks} or None,
        roles=dict.fromkeys(several, "input"),
        layers=dict.fromkeys(several, "inputs") | probe.layers,
        lengths=grid.lengths,
        aligned="layers",
    )
    recording.fixed.attrs["notes"] = notes
    return recording


def _on_grid(value: Any, grid: Grid) -> Floats | None:
    """Return an input of the model as (sequence, time, node), or None if it does not fit."""
    if isinstance(value, PackedSequence):
        value = pad_packed_sequence(value, batch_first=grid.batch_first)[0]
    if not isinstance(value, Tensor) or value.dim() < 1:
        return None
    found = on_grid(value, grid)
    return None if found is None else found.flatten(2).numpy(force=True)


def targets_of(targets: Any, grid: Grid) -> Floats | None:
    """Return the argument ``targets`` as (sequence, time, target).

    Raises
    ------
    InputError
        If they do not fit the sequences and steps.
    """
    if targets is None:
        return None
    array = as_array(targets, "targets")
    found = on_grid(torch.from_numpy(np.ascontiguousarray(array)), grid) if array.ndim > 1 else None
    if found is None and array.ndim in (1, 2) and len(array) == grid.sequences:
        rows = array.reshape(grid.sequences, 1, -1)
        return np.broadcast_to(rows, (grid.sequences, grid.steps, rows.shape[-1]))
    if found is None:
        raise InputError(
            f"targets must have shape (sequence, time, target) with {grid.sequences} sequences of "
            f"{grid.steps} steps, got {array.shape}; give one target for each row, or one for each "
            "sequence"
        )
    return found.flatten(2).numpy()
