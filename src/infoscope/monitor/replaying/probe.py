"""One forward pass of a planned copy on its probe, arranged in blocks (sequence, time, unit)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from infoscope._errors import InputError
from infoscope._validate import Floats
from infoscope.monitor.replaying.axes import Grid, flattened, label, on_grid, stacked, steps_of
from infoscope.monitor.replaying.eager_copy import copy_of
from infoscope.monitor.replaying.order import follows_time, orders_of
from infoscope.monitor.replaying.plan import Plan
from infoscope.monitor.replaying.replayers import HOOK, GivenScan, Replayer, tensors_in
from infoscope.monitor.replaying.trace import STATES, Trace, traced
from infoscope.monitor.replaying.units import must_be_finite
from infoscope.recordings.arrays import checked_lengths


@dataclass(eq=False)
class Probe:
    """What a model computed on its probe.

    Parameters
    ----------
    grid : Grid
        Sequences and steps.
    blocks : dict of str to array (sequence, time, unit)
        States, gates and outputs of modules, in the order in which they are computed.
    layers : dict of str to str
        The layer of each block.
    how : dict of str to str
        How each block was recorded: replay, step, scan or hook.
    owners : dict of str to str
        The module of each block, by its name in the model.
    outputs : array (sequence, time, unit), optional
        The model's output at every step.
    output : int, optional
        Its place among the tensors that the model returns (`tensors_in`).
    reordered : bool
        Whether a module computes its rows in another order than the probe's.
    notes : list of str
        What was left out or assumed, in sentences.
    ends : dict of str to dict of str to Tensor (batch, units)
        States of recurrent modules after the last step, by module and block.
    """

    grid: Grid
    blocks: dict[str, Floats] = field(default_factory=dict)
    layers: dict[str, str] = field(default_factory=dict)
    how: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    outputs: Floats | None = None
    output: int | None = None
    reordered: bool = False
    notes: list[str] = field(default_factory=list)
    ends: dict[str, dict[str, Tensor]] = field(default_factory=dict)


def run_probe(
    plan: Plan,
    *,
    gates: bool = False,
    lengths: Sequence[int] | None = None,
    batch_first: bool | None = None,
    offset: tuple[int, int] = (0, 0),
) -> Probe:
    """Run the copy once, and arrange what its modules computed.

    ``offset`` is the first sequence and step of a piece of a longer probe, for errors.

    Raises
    ------
    InputError
        If nothing could be recorded, or time axes differ between modules.
    EstimationError
        If an activation is not finite.
    """
    # The planned copy stays as it is: a model may keep a state between calls.
    traces, output = traced(copy_of(plan.copy), plan.chosen, plan.args, plan.kwargs, plan.carried)
    fallen_back = [trace for trace in traces if trace.why_hooked]
    if plan.units.patterns is None and fallen_back and len(fallen_back) == len(traces):
        # Without any state, all modules are of interest.
        outer: dict[str, Replayer] = {name: HOOK for name, _ in plan.copy.named_modules() if name}
        again = copy_of(plan.copy)
        traces, output = traced(again, outer or plan.chosen, plan.args, plan.kwargs)
    replayed = {id(trace): steps_of(trace) for trace in traces if trace.replayer is not HOOK}
    if not traces:
        raise InputError(
            "model must call the modules to be recorded, got a forward pass that calls none of "
            f"{', '.join(list(plan.chosen)[:6]) or 'them'}; name others with units=[...], or "
            "wrap a single layer in torch.nn.Sequential"
        )
    grid, notes = _grid(plan, traces, replayed, lengths, batch_first)
    orders = {} if plan.in_order else orders_of(plan, traces, grid)
    if orders and batch_first is None and grid.sequences == grid.steps:
        other = grid._replace(batch_first=not grid.batch_first)
        if len(exchanged := orders_of(plan, traces, other)) < len(orders):
            grid, orders = other, exchanged
            notes.append(
                "There are as many sequences as steps: a change of the probe showed that its "
                f"{'first' if grid.batch_first else 'second'} axis is the sequences."
            )
    for trace in traces:
        if (order := orders.get(id(trace))) is not None:
            known = replayed[id(trace)]
            replayed[id(trace)] = {name: order.arranged(part) for name, part in known.items()}
            notes += order.notes
            packed = any(call.lengths is not None for call in trace.calls)
            if order.sequences is not None and packed and lengths is None and grid.lengths:
                grid = grid._replace(lengths=tuple(grid.lengths[i] for i in order.sequences))
    notes += [
        f"The states of {label(trace)} were not recomputed, as {trace.why_hooked}; its output was "
        "recorded. Give their coefficients with scans={...}."
        for trace in fallen_back
    ]
    notes += [
        f"The states of {label(trace)} follow from the coefficients given in scans, without a "
        "check against its output; give a readout too."
        for trace in traces
        if isinstance(trace.replayer, GivenScan) and trace.replayer.readout is None
    ]
    ends = {trace.name: trace.last for trace in traces if trace.last}
    probe = Probe(grid, reordered=bool(orders), notes=notes, ends=ends)
    for trace in traces:
        if trace.replayer is HOOK:
            _add_hooked(probe, trace, traces, plan)
        else:
            _add_replayed(probe, trace, replayed[id(trace)], gates, plan)
    if plan.units.patterns is None:
        probe.outputs = _outputs(probe, output, plan, traces)
    if not probe.blocks and probe.outputs is None:
        raise InputError(
            "units must match a block with a time axis, got none; modules that were called are "
            f"{', '.join(label(trace) for trace in traces[:8])}, and blocks are named "
            "<module>.l0.h, or with gates=True <module>.l0.i"
        )
    outputs = {} if probe.outputs is None else {"outputs": probe.outputs}
    must_be_finite({**probe.blocks, **outputs}, grid.lengths, offset)
    return probe


def _grid(
    plan: Plan, traces: list[Trace], replayed: Mapping[int, Mapping[str, Tensor]],
    lengths: Sequence[int] | None, batch_first: bool | None,
) -> tuple[Grid, list[str]]:  # fmt: skip
    """Return the sequences and steps, from replayed modules or else from the inputs."""
    given = [value for value in [*plan.args, *plan.kwargs.values()] if isinstance(value, Tensor)]
    shapes = {
        label(trace): tuple(next(iter(replayed[id(trace)].values())).shape[:2])
        for trace in traces
        if id(trace) in replayed
    }
    if len(set(shapes.values())) > 1:
        listed = "; ".join(f"{name} {b} x {t}" for name, (b, t) in shapes.items())
        raise InputError(
            f"recorded modules must have the same sequences and steps, got {listed}; record one "
            f"part at a time with units=['{next(iter(shapes))}']"
        )
    if shapes:
        (b, t), notes = next(iter(shapes.values())), []
        own = next(
            (bool(getattr(trace.module, "batch_first", True)) for trace in traces
             if id(trace) in replayed), True,
        )  # fmt: skip
    else:
        (b, t), own, notes = _guessed(given, traces, batch_first)
    if batch_first is None:
        seen = [tuple(value.shape[:2]) for value in given if value.dim() > 1]
        batch_first = own if b == t or not seen else ((t, b) not in seen or (b, t) in seen)
    known = next((call.lengths for trace in traces for call in trace.calls
                  if call.lengths is not None), None)  # fmt: skip
    steps = None if known is None else tuple(int(length) for length in known)
    if lengths is not None:
        steps = tuple(checked_lengths(lengths) or ())
    if steps is not None and (len(steps) != b or max(steps) > t):
        raise InputError(
            f"lengths must have {b} numbers of at most {t} steps, got {len(steps)} of at most "
            f"{max(steps)}; give the steps of each sequence of the probe"
        )
    return Grid(b, t, batch_first, steps), notes


def _guessed(
    given: list[Tensor], traces: list[Trace], batch_first: bool | None
) -> tuple[tuple[int, int], bool, list[str]]:
    """Return the grid of a model without a replayed module, whether batch first, and notes."""
    if not given:
        raise InputError("inputs must hold a tensor, got none; pass what the model takes")
    x = given[0]
    calls = max(len(trace.calls) for trace in traces)
    if calls > 1 and x.dim() > 1 and calls in x.shape[:2]:
        first = x.shape[1] == calls if batch_first is None else batch_first
        b, t = (x.shape[0], x.shape[1]) if first else (x.shape[1], x.shape[0])
        said = [
            "The recurrence is written by hand: a state that is no module's output is not "
            "recorded. Wrap it in a module, or record a step function."
        ]
        if b == t and batch_first is None:
            said.append(
                "There are as many sequences as steps: the first axis was taken as "
                f"{'sequences' if first else 'time'}; batch_first exchanges them."
            )
        return (b, t), first, said
    if x.dim() == 3 or (x.dim() == 2 and not x.is_floating_point()):
        first = True if batch_first is None else batch_first
        said = [] if batch_first is not None else [
            "The first axis of the inputs was taken as sequences, the second as time; "
            "batch_first=False exchanges them."
        ]  # fmt: skip
        return ((x.shape[0], x.shape[1]) if first else (x.shape[1], x.shape[0])), first, said
    said = ["The inputs have no time axis: every row is a sequence of one step."]
    return (x.shape[0], 1), True, said


def _add_replayed(
    probe: Probe, trace: Trace, found: Mapping[str, Tensor], gates: bool, plan: Plan
) -> None:
    if trace.half:
        probe.notes.append(
            f"{label(trace)} computes in half precision by itself (autocast): it was replayed in "
            "full precision, and agrees within the rounding of half precision."
        )
    for part, values in found.items():
        name, state = f"{label(trace)}.{part}", part.removesuffix(".re").removesuffix(".im")
        if (state.rpartition(".")[2] in STATES or gates) and plan.units.want(label(trace), name):
            probe.blocks[name] = _array(flattened(values, name, plan.units.reduce))
            probe.how[name], probe.owners[name] = trace.replayer.how, trace.name
            layer = state.rpartition(".")[0].removesuffix("_reverse")
            probe.layers[name] = ".".join(filter(None, (label(trace), layer)))


def _add_hooked(probe: Probe, trace: Trace, traces: list[Trace], plan: Plan) -> None:
    values = stacked(trace, probe.grid)
    named = plan.units.patterns is not None
    if values is None:
        if named:
            shapes = [tuple(call.values[""].shape) for call in trace.calls if call.values]
            raise InputError(
                f"{label(trace)} must return (sequence, time, unit) with {probe.grid.sequences} "
                f"sequences of {probe.grid.steps} steps, or be called once a step, got "
                f"{len(shapes)} outputs of shape {shapes[:1]}; name another module"
            )
        return
    if not named and _passed_on(trace, traces):
        return
    name = label(trace)
    _note_half(probe, name, values)
    probe.blocks[name] = _array(flattened(values, name, plan.units.reduce))
    probe.layers[name], probe.how[name], probe.owners[name] = name, HOOK.how, trace.name


def _passed_on(trace: Trace, traces: list[Trace]) -> bool:
    """Whether another module returns the same tensor, or only transforms it without parameters."""
    own = trace.calls[0].values.get("")
    stepwise = len(trace.calls) > 1
    for other in traces:
        if other is trace or not other.calls or other.replayer is not HOOK:
            continue
        # A module that loops over the steps itself returns its states; its parts are left out.
        if stepwise and len(other.calls) == 1 and trace.name.startswith(f"{other.name}."):
            return True
        plain = next(other.module.parameters(), None) is None
        if plain and other.calls[0].start.get("") is own:
            return True
        same = other.calls[0].values.get("") is own
        if same and trace.name and other.name.startswith(f"{trace.name}."):
            return True
    return False


def _outputs(probe: Probe, output: Any, plan: Plan, traces: list[Trace]) -> Floats | None:
    """Return the model's output at every step, if it is no block; note what has no time axis."""
    skipped, tensors = [], tensors_in(output)
    given = tensors_in([*plan.args, *plan.kwargs.values()])
    for place, tensor in enumerate(tensors):
        if tensor.dim() == 0 or _is_final_state(tensor, traces):  # a loss
            continue
        if any(tensor.shape == one.shape and torch.equal(tensor, one) for one in given):
            continue  # an input that is handed on
        values = on_grid(tensor, probe.grid)
        if values is not None and tensor.dim() == 2 and probe.grid.steps > 1:
            rows = probe.grid.sequences, probe.grid.steps
            whole = tuple(tensor.shape) == (rows if probe.grid.batch_first else rows[::-1])
            if whole and not follows_time(
                plan, probe.grid, tensor, lambda found, place=place: tensors_in(found)[place]
            ):
                values = None
        if values is None:
            skipped.append(tuple(tensor.shape))
            continue
        array = _array(values.flatten(2))
        twin = next((name for name, block in probe.blocks.items() if _same(block, array)), None)
        if twin is None:
            _note_half(probe, "outputs", tensor)
            _note_others(probe, tensors[place + 1 :], traces)
            probe.output = place
            return array
        if probe.how[twin] == HOOK.how:  # the last module is the readout
            for known in (probe.blocks, probe.layers, probe.how, probe.owners):
                known.pop(twin)
            probe.output = place
            return array
    if skipped and not any(shape[-1] in _widths(probe) for shape in skipped):
        probe.notes.append(
            f"The model's output has no time axis, shape {skipped[0]}: it was left out."
        )
    return None


def _note_others(probe: Probe, tensors: list[Tensor], traces: list[Trace]) -> None:
    """Note further outputs of the model at every step, such as a second head."""
    others = []
    for tensor in tensors:
        values = None if tensor.dim() < 3 else on_grid(tensor, probe.grid)
        if values is None or _is_final_state(tensor, traces):
            continue
        array = _array(values.flatten(2))
        if not any(_same(block, array) for block in probe.blocks.values()):
            others.append(tuple(tensor.shape))
    if others:
        probe.notes.append(
            f"The model returns {1 + len(others)} outputs at every step: the first was recorded, "
            f"others left out, of shapes {', '.join(map(str, others))}."
        )


def _is_final_state(tensor: Tensor, traces: list[Trace]) -> bool:
    """Whether an output is the last state of a fused module, (layer, sequence, unit)."""
    for trace in traces:
        for kind in STATES if trace.calls else ():
            ends = trace.calls[-1].end
            parts = [value for name, value in ends.items() if name.endswith(f".{kind}")]
            if len(parts) == len(tensor) and parts and parts[0].shape == tensor.shape[1:]:
                return bool(torch.allclose(torch.stack(parts), tensor, atol=1e-5))
    return False


def _widths(probe: Probe) -> set[int]:
    return {block.shape[-1] for block in probe.blocks.values()}


def _same(block: Floats, output: Floats) -> bool:
    return block.shape == output.shape and bool(np.allclose(block, output, atol=1e-5))


def _array(values: Tensor) -> Floats:
    half = values.is_floating_point() and values.element_size() < 4
    return (values.float() if half else values).numpy(force=True)


def _note_half(probe: Probe, name: str, values: Tensor) -> None:
    """Note a block that exists in half precision only, with its number of distinct values."""
    if values.is_floating_point() and values.element_size() < 4:
        distinct = len(torch.unique(values))
        probe.notes.append(
            f"{name} is quantised: half precision, {distinct} distinct values in "
            f"{values.numel()}. Estimators that bear ties are chosen by estimator='auto'."
        )
