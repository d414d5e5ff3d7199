"""Record the activations of anyone's network on a fixed probe."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import xarray as xr
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from infoscope._arrays import as_array
from infoscope._errors import InputError
from infoscope._progress import Progress
from infoscope._validate import Floats, truth
from infoscope.monitor.axes import Grid, on_grid
from infoscope.monitor.checkpoints import count_of, load_into, snapshots_of
from infoscope.monitor.plan import Plan, plan_of
from infoscope.monitor.probe import Probe, run_probe
from infoscope.recordings.recording import Recording
from infoscope.recordings.snapshots import InMemory
from infoscope.recordings.storage import RecordingWriter


def record(
    model: Any,
    inputs: Any,
    *,
    targets: Any = None,
    units: Any = None,
    gates: bool = False,
    state: Any = None,
    lengths: Sequence[int] | None = None,
    dtype: str = "float32",
    batch_first: bool | None = None,
    checkpoints: Any = None,
    path: str | Path | None = None,
    progress: bool = False,
) -> Recording:
    """Record the activations of a network on a probe.

    The model is copied and the copy is run once: eagerly, in evaluation mode, in full precision,
    without gradients. The model itself, its mode, gradients and all random states stay untouched.

    Parameters
    ----------
    model : torch.nn.Module
        Any model. torch's RNN, LSTM, GRU and cells are replayed from their weights: every layer
        and direction, the states h and c and the gates, checked against the module's own output.
        Of other modules the output is recorded.
    inputs : tensor or array, tuple, or mapping
        The probe, as ``model(inputs)`` takes it; a tuple are several arguments, a mapping named
        ones.
    targets : array, shape (sequence, time, target), optional
        Target values, in the order of the inputs' axes; (sequence,) or (sequence, target) for one
        value per sequence.
    units : str, list of str, or callable, optional
        Names or patterns of modules or blocks, such as ``"encoder.lstm*"`` or ``"*.l0.h"``; all
        recurrent modules by default, and where there are none, all modules. "heads" and
        "channels" reduce larger states to the mean of each, a function (array) -> array (sequence,
        time, unit) to anything else.
    gates : bool
        Whether gates are recorded as well: ``i f g o`` of an LSTM, ``r z n`` of a GRU.
    state : tensor or tuple, optional
        State before the first step, passed on as the model's last positional argument.
    lengths : sequence of int, optional
        Steps of each sequence of a padded probe; known for packed sequences.
    dtype : {"float32", "float64"}
        Precision in which the copy computes.
    batch_first : bool, optional
        Whether the first axis of inputs and outputs is the sequences; by default from the recurrent
        module.
    checkpoints : str, Path, list or mapping, optional
        Weights of a training that is over, one snapshot each: a pattern such as ``"runs/*.pt"``, a
        folder, files (the epoch is the last number in a name), or a mapping from epoch to file or
        state dict. Files are read without running code from them; safetensors too.
    path : str or Path, optional
        Folder to write the recording to (Zarr), snapshot by snapshot; by default it is kept in
        memory.
    progress : bool
        Show the progress over checkpoints.

    Returns
    -------
    Recording
        Blocks ``inputs``, ``<module>.l0.h``, ``.l0.c``, ``.l0.i`` ..., backward
        ``.l0_reverse.h``, and ``outputs``; ``recording.notes`` lists what was left out or assumed.

    Raises
    ------
    InputError
        If the model cannot be recorded (`check` shows why), units match nothing, or arrays do not
        fit.
    EstimationError
        If an activation is not finite, or a replay differs from the module's own output.

    Examples
    --------
    >>> import torch
    >>> lstm = torch.nn.LSTM(3, 8, num_layers=2, batch_first=True)
    >>> rec = record(lstm, torch.randn(20, 15, 3))
    >>> list(rec.blocks)
    ['inputs', 'lstm.l0.h', 'lstm.l0.c', 'lstm.l1.h', 'lstm.l1.c']
    """
    truth(gates, "gates")
    plan = plan_of(model, inputs, units=units, state=state, dtype=dtype)

    def run() -> Recording:
        probe = run_probe(plan, gates=gates, lengths=lengths, batch_first=batch_first)
        return recording_of(plan, probe, targets)

    if checkpoints is None:
        return collected([(0, run)], 1, path, progress)
    snapshots = (
        (epoch, partial(_with_weights, plan, weights, f"epoch {epoch}", run))
        for epoch, weights in snapshots_of(checkpoints)
    )
    return collected(snapshots, count_of(checkpoints), path, progress)


def collected(
    snapshots: Iterable[tuple[int, Callable[[], Recording]]],
    total: int,
    path: str | Path | None,
    progress: bool,
) -> Recording:
    """Return one recording of many snapshots, in memory or written to disk one by one."""
    writer, fixed, kept = None, None, dict[int, xr.Dataset]()
    with Progress(total, "recording", progress and total > 1) as bar:
        for epoch, run in snapshots:
            one = run()
            fixed = one.fixed if fixed is None else fixed
            if path is None:
                kept[epoch] = one.read(0)
            else:
                writer = writer or RecordingWriter.create(path, fixed)
                writer.append(epoch, one.read(0))
            bar.advance()
    if path is not None:
        return Recording.load(path)
    return Recording(cast(xr.Dataset, fixed), tuple(kept), InMemory(kept))


def _with_weights(
    plan: Plan, weights: Mapping[str, Any], where: str, run: Callable[[], Recording]
) -> Recording:
    load_into(plan.copy, weights, where)
    return run()


def recording_of(plan: Plan, probe: Probe, targets: Any) -> Recording:
    """Return the recording of a probe."""
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
    if left_out:
        notes.append(
            f"Inputs without the sequences and steps of the states were left out: "
            f"{', '.join(left_out)}."
        )
    single = {"inputs": next(iter(fitting.values()))} if len(fitting) == 1 else {}
    several = {} if single else fitting
    wanted = _targets(targets, grid)
    recording = Recording.from_arrays(
        **single,
        outputs=probe.outputs,
        targets=wanted,
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


def _targets(targets: Any, grid: Grid) -> Floats | None:
    if targets is None:
        return None
    array = as_array(targets, "targets")
    found = on_grid(_tensor(array), grid) if array.ndim > 1 else None
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


def _tensor(array: np.ndarray) -> Tensor:
    import torch

    return torch.from_numpy(np.ascontiguousarray(array))
