"""Whether rows of recorded states belong to the same rows of the probe.

A model may sort its sequences before packing, run backwards in time, or take time first while the
probe has sequences first. Changing a part of the probe shows which rows of the states answer.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from infoscope.monitor.replaying.axes import Grid, label, on_grid
from infoscope.monitor.replaying.eager_copy import copy_of
from infoscope.monitor.replaying.plan import Plan
from infoscope.monitor.replaying.replayers import HOOK
from infoscope.monitor.replaying.trace import Trace, traced
from infoscope.networks.replay.fused import Call

# Smaller differences are rounding, in the size of the output.
_ROUNDING = 1e-5

Rows = NDArray[np.bool_]


class Order(NamedTuple):
    """The rows of a module's states.

    Parameters
    ----------
    sequences : array of int, optional
        The row of the module that holds each sequence of the probe; None for the same order.
    backward : bool
        Whether the module ran backwards in time.
    notes : tuple of str
        Sentences about it.
    """

    sequences: NDArray[np.int64] | None = None
    backward: bool = False
    notes: tuple[str, ...] = ()

    def arranged(self, values: Tensor) -> Tensor:
        """Return states (sequence, time, ...) in the order of the probe."""
        if self.sequences is not None:
            values = values[torch.from_numpy(self.sequences).to(values.device)]
        return values.flip(1) if self.backward else values


def orders_of(plan: Plan, traces: list[Trace], grid: Grid) -> dict[int, Order]:
    """Return the order of rows of each replayed module where it is not that of the probe.

    Keys are the identities of traces.
    """
    answers = _Answers.of(plan, traces, grid)
    if answers is None:
        return {}
    half = np.arange(grid.sequences) % 2 == 0
    later = np.arange(grid.steps) >= grid.steps // 2
    causal = grid.steps >= 4 and not any(_both_ways(module) for module in plan.copy.modules())
    # One change of both serves most models.
    both = answers.to(half if grid.sequences > 1 else None, later if causal else None)
    if not any(
        (rows & ~half).any() or (causal and (steps & ~later).any()) for rows, steps in both.values()
    ):
        return {}
    found: dict[int, Order] = {}
    moved = answers.to(sequences=half) if grid.sequences > 1 else {}
    for key, (rows, _) in moved.items():
        if (rows & ~half).any():
            found[key] = answers.sorted(key)
    if not causal:
        return found
    early: dict[int, tuple[Rows, Rows]] = {}
    for key, (_, steps) in answers.to(steps=later).items():
        if not (steps & ~later).any():
            continue
        early = early or answers.to(steps=~later)
        # Running backwards, the first steps of the probe are the module's last. Of sequences of
        # unequal length each would have to be turned by itself.
        backward = grid.lengths is None and not early[key][1][: int(later.sum())].any()
        said = f"{label(answers.traces[key])} depends at each step on later inputs: "
        said += (
            "it runs backwards in time, and its steps were put in the order of the inputs."
            if backward
            else "a flow from it is no prediction."
        )
        before = found.get(key, Order())
        found[key] = before._replace(backward=backward, notes=(*before.notes, said))
    return found


def follows_time(plan: Plan, grid: Grid, output: Tensor, pick: Any) -> bool:
    """Whether an output (sequence, time) of the model is one number per step.

    The other possibility is a vector that happens to have as many entries as there are steps: it
    changes as a whole with the last input. ``pick`` returns the output among all outputs.
    """
    last = np.arange(grid.steps) == grid.steps - 1
    args, kwargs = _changed(plan, grid, np.ones(grid.sequences, bool), last)
    again = pick(traced(copy_of(plan.copy), {}, args, kwargs, plan.carried)[1])
    first = (output - again).abs()[:, 0] if grid.batch_first else (output - again).abs()[0]
    return float(first.max()) <= _ROUNDING * max(1.0, float(output.abs().max()))


class _Answers(NamedTuple):
    """Which rows of the modules' outputs answer to a change of the probe."""

    plan: Plan
    grid: Grid
    traces: dict[int, Trace]
    base: dict[int, Tensor]

    @classmethod
    def of(cls, plan: Plan, traces: list[Trace], grid: Grid) -> "_Answers | None":
        """Prepare it; None without a module or an input that can be compared."""
        if not any(_on_rows(value, grid) for value in [*plan.args, *plan.kwargs.values()]):
            return None
        base, known = {}, {}
        for trace in traces:
            rows = None if trace.replayer is HOOK else _rows(trace, trace.outputs, grid)
            if rows is not None:
                base[id(trace)], known[id(trace)] = rows, trace
        return cls(plan, grid, known, base) if base else None

    def to(
        self, sequences: Rows | None = None, steps: Rows | None = None
    ) -> dict[int, tuple[Rows, Rows]]:
        """Return sequences and steps of each module that answer to a change of those given."""
        grid = self.grid
        every = np.ones(grid.sequences, bool), np.ones(grid.steps, bool)
        sequences = every[0] if sequences is None else sequences
        steps = every[1] if steps is None else steps
        args, kwargs = _changed(self.plan, grid, sequences, steps)
        hooks = {trace.name: HOOK for trace in self.traces.values()}
        copy, carried = copy_of(self.plan.copy), self.plan.carried
        again, _ = traced(copy, hooks, args, kwargs, carried)
        by_name = {trace.name: trace for trace in again}
        found = {}
        for key, trace in self.traces.items():
            own, other = self.base[key], by_name.get(trace.name)
            rows = None if other is None else _rows(trace, other.calls, grid)
            if rows is not None and rows.shape == own.shape:
                apart = (rows - own).abs() > _ROUNDING * max(1.0, float(own.abs().max()))
                found[key] = (
                    apart.any(-1).any(0).numpy(force=True), apart.any(-1).any(1).numpy(force=True),
                )  # fmt: skip
        return found

    def sorted(self, key: int) -> Order:
        """Return the order of sequences of a module, by changing half of them at a time."""
        name, number = label(self.traces[key]), np.arange(self.grid.sequences)
        source = np.zeros(self.grid.sequences, np.int64)
        for bit in range(max(1, int(number[-1]).bit_length())):
            moved = self.to(sequences=(number >> bit) & 1 == 1).get(key)
            if moved is not None:
                source |= moved[0].astype(np.int64) << bit
        if len(set(source.tolist())) < len(source):
            return Order(None, False, (
                f"Sequences of {name} depend on others, or are in an order that could not be "
                "found: its rows may not be those of the inputs.",
            ))  # fmt: skip
        return Order(np.argsort(source), False, (
            f"{name} computes its sequences in another order; they were put in that of the inputs.",
        ))  # fmt: skip


def _rows(trace: Trace, calls: list[Call], grid: Grid) -> Tensor | None:
    """Return the output of a module as (time, sequence, unit), in its own order."""
    outputs = [call.values[""] for call in calls if call.values]
    if not outputs or len(outputs) != len(calls):
        return None
    module = trace.module
    if isinstance(module, nn.RNNCellBase):
        whole = torch.stack([output.reshape(-1, output.shape[-1]) for output in outputs])
    elif isinstance(module, nn.RNNBase):
        packed = bool(trace.calls) and trace.calls[0].lengths is not None
        parts = [part[:, None] if part.dim() == 2 else part for part in outputs]
        whole = torch.cat([
            part.transpose(0, 1) if module.batch_first and not packed and outputs[0].dim() == 3
            else part for part in parts
        ])  # fmt: skip
    else:
        single = on_grid(outputs[0], grid) if len(outputs) == 1 else None
        if single is None:
            return None
        whole = single.flatten(2).transpose(0, 1)
    fits = tuple(whole.shape[:2]) == (grid.steps, grid.sequences) and whole.numel() > 0
    return whole if fits else None


def _changed(
    plan: Plan, grid: Grid, sequences: Rows, steps: Rows
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the inputs with some rows exchanged for those of the next sequence or step."""
    where = torch.from_numpy(np.outer(sequences, steps))
    where = where if grid.batch_first else where.T
    axis = int(not grid.batch_first) if grid.sequences > 1 else int(grid.batch_first)

    def other(value: Any) -> Any:
        if not _on_rows(value, grid):
            return value
        mask = where.to(value.device).reshape(*where.shape, *(1,) * (value.dim() - 2))
        return torch.where(mask, value.roll(-1, axis), value)

    args = tuple(other(value) for value in plan.args)
    kwargs: Mapping[str, Any] = plan.kwargs
    return args, {name: other(value) for name, value in kwargs.items()}


def _on_rows(value: Any, grid: Grid) -> bool:
    b, t = grid.sequences, grid.steps
    wanted = (b, t) if grid.batch_first else (t, b)
    return isinstance(value, Tensor) and value.dim() >= 2 and tuple(value.shape[:2]) == wanted


def _both_ways(module: nn.Module) -> bool:
    return isinstance(module, nn.RNNBase) and module.bidirectional
