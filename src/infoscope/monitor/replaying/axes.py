"""From what modules computed to arrays (sequence, time, unit): which axis is time."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from infoscope._errors import InputError
from infoscope.monitor.replaying.trace import Trace
from infoscope.monitor.replaying.units import reduced


class Grid(NamedTuple):
    """The sequences and steps of a recording, and their order in the model's own arrays."""

    sequences: int
    steps: int
    batch_first: bool
    lengths: tuple[int, ...] | None = None


def steps_of(trace: Trace) -> dict[str, Tensor]:
    """Return the blocks of a replayed module, (sequence, time, ...), its calls joined in time.

    Raises
    ------
    InputError
        If it was called on unrelated sequences.
    """
    calls = trace.calls
    single = all(len(values) == 1 for call in calls for values in call.values.values())
    for before, after in pairwise(calls):
        shared = before.end.keys() & after.start.keys()
        follows = bool(shared) and all(
            before.end[name].shape == after.start[name].shape
            and torch.allclose(before.end[name], after.start[name], atol=1e-5)
            for name in shared
        )
        if not (single or follows):
            raise InputError(
                f"{label(trace)} was called {len(calls)} times in one forward pass on sequences "
                "that do not continue each other; record the part that calls it once, or leave it "
                "out with units=[...]"
            )
    shapes = {
        tuple(values.shape[1:]) for call in calls for values in [next(iter(call.values.values()))]
    }
    if len(shapes) > 1:
        raise InputError(
            f"{label(trace)} was called with different numbers of sequences, {sorted(shapes)}; "
            "record with a fixed batch"
        )
    names = calls[0].values
    joined = {name: torch.cat([call.values[name] for call in calls]) for name in names}
    return {name: values.transpose(0, 1) for name, values in joined.items()}


def on_grid(values: Tensor, grid: Grid, module: nn.Module | None = None) -> Tensor | None:
    """Return values as (sequence, time, ...), or None if their shape does not fit the grid."""
    b, t = grid.sequences, grid.steps
    shape = tuple(values.shape)
    if isinstance(module, nn.Conv1d | nn.BatchNorm1d | nn.MaxPool1d | nn.AvgPool1d):
        return (
            values.transpose(1, 2) if len(shape) == 3 and (shape[0], shape[2]) == (b, t) else None
        )
    for batch_first in (grid.batch_first, not grid.batch_first):
        if shape[:2] == ((b, t) if batch_first else (t, b)):
            found = values if batch_first else values.transpose(0, 1)
            return found[..., None] if found.dim() == 2 else found
    if b == 1 and shape[:1] == (t,):
        return values[None] if values.dim() > 1 else values[None, :, None]
    if t == 1 and shape[:1] == (b,):
        return values[:, None] if values.dim() > 1 else values[:, None, None]
    if shape[:1] == (b * t,) and values.dim() > 1:
        if grid.batch_first:
            return values.reshape(b, t, *shape[1:])
        return values.reshape(t, b, *shape[1:]).transpose(0, 1)
    return None


def stacked(trace: Trace, grid: Grid) -> Tensor | None:
    """Return the output of a hooked module as (sequence, time, ...), or None without a fit."""
    outputs = [call.values[""] for call in trace.calls if call.values]
    if not outputs:
        return None
    if len(outputs) == 1:
        return on_grid(outputs[0], grid, trace.module)
    one = Grid(grid.sequences, 1, True)
    steps = [on_grid(output, one) for output in outputs]
    found = [step for step in steps if step is not None and step.shape == outputs_shape(steps)]
    return torch.cat(found, 1) if len(found) == len(outputs) == grid.steps else None


def outputs_shape(steps: list[Tensor | None]) -> torch.Size | None:
    """Return the shape of the first step."""
    return None if steps[0] is None else steps[0].shape


def flattened(values: Tensor, name: str, reduce: str | Callable[[Any], Any] | None) -> Tensor:
    """Return (sequence, time, unit) of a state with more dimensions, as `reduced` does."""
    half = values.is_floating_point() and values.element_size() < 4  # numpy lacks bfloat16
    array = (values.float() if half else values).numpy(force=True)
    return torch.from_numpy(reduced(array, name, reduce))


def label(trace: Trace) -> str:
    """Return the name of a traced module in blocks: its own, or of its class for a model."""
    return trace.name or class_name(trace.module)


def class_name(module: nn.Module) -> str:
    """Return the name of a module's class in lower case, without torch's parametrisation."""
    return type(module).__name__.removeprefix("Parametrized").lower()
