"""Replay of stored weights on a probe: one recording with a snapshot for each."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import xarray as xr
from torch import Tensor, nn

from infoscope._errors import EstimationError
from infoscope.monitor.eager_copy import undisturbed
from infoscope.monitor.plan import Plan, plan_of
from infoscope.monitor.probe import run_probe
from infoscope.monitor.record import recording_of
from infoscope.monitor.replayers import tensors_in
from infoscope.recordings.recording import Recording
from infoscope.recordings.snapshots import InMemory
from infoscope.recordings.storage import RecordingWriter

States = Iterable[tuple[int, Mapping[str, Tensor], Mapping[str, Any]]]


@dataclass(frozen=True, eq=False)
class How:
    """How a probe is recorded: the arguments of `record`.

    Parameters
    ----------
    units, gates, state, lengths, dtype, batch_first
        As in `record`.
    """

    units: Any = None
    gates: bool = False
    state: Any = None
    lengths: Sequence[int] | None = None
    dtype: str = "float32"
    batch_first: bool | None = None

    def plan(self, model: nn.Module, inputs: Any, refusing: bool = True) -> Plan:
        """Return the plan for a model on a probe."""
        return plan_of(
            model, inputs, units=self.units, state=self.state, dtype=self.dtype, refusing=refusing
        )

    def record(self, plan: Plan, targets: Any) -> Recording:
        """Return the recording of a plan."""
        probe = run_probe(
            plan, gates=self.gates, lengths=self.lengths, batch_first=self.batch_first
        )
        return recording_of(plan, probe, targets)


def recording_of_states(
    plan: Plan, states: States, targets: Any, how: How, path: Path | None = None
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
    path : Path, optional
        Where to write the recording as it grows, so that one snapshot is in memory at a time.

    Raises
    ------
    EstimationError
        If all snapshots diverged.
    """
    kept: dict[int, xr.Dataset] = {}
    fixed, diverged = xr.Dataset(), list[int]()
    for step, weights, more in states:
        plan.copy.load_state_dict(dict(weights))
        try:
            recording = how.record(plan, targets)
        except EstimationError:
            if not _diverged(plan):
                raise
            diverged.append(step)
            continue
        snapshot = recording.snapshot().assign(more)
        if path is None:
            kept[step] = snapshot
        elif not kept:
            RecordingWriter.create(path, recording.fixed).append(step, snapshot)
            kept[step] = xr.Dataset()
        else:
            RecordingWriter(path).append(step, snapshot)
            kept[step] = xr.Dataset()
        fixed = recording.fixed
    if not kept:
        raise EstimationError(
            "activations must be finite in at least one snapshot, got none "
            f"(updates {', '.join(map(str, diverged[:6])) or 'none'}); the network diverges from "
            "its first snapshot on: lower the learning rate or scale the inputs"
        )
    found = Recording(fixed, tuple(kept), InMemory(kept)) if path is None else Recording.load(path)
    if diverged:
        found.fixed.attrs["notes"] = [
            *fixed.attrs.get("notes", []),
            f"Snapshots {', '.join(map(str, diverged))} were left out: activations are not finite.",
        ]
    return found


def _diverged(plan: Plan) -> bool:
    """Whether the copy computes values that are not finite."""
    seen: list[Tensor] = [*plan.copy.parameters()]
    with undisturbed(), _listening(plan.copy, seen):
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
