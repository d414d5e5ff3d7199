"""Open a model for interventions: record it once, and freeze a copy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from infoscope._errors import EstimationError, InputError
from infoscope.monitor.interventions.arguments import Inputs
from infoscope.monitor.interventions.frozen import FrozenModel
from infoscope.monitor.interventions.modules import ModuleNetwork
from infoscope.monitor.interventions.network import blocks_of
from infoscope.monitor.interventions.recurrent import recurrent_of
from infoscope.monitor.interventions.rows import Rows
from infoscope.monitor.replaying.assembly import recording_of
from infoscope.monitor.replaying.axes import Grid, steps_of
from infoscope.monitor.replaying.plan import plan_of
from infoscope.monitor.replaying.probe import run_probe
from infoscope.monitor.replaying.trace import traced
from infoscope.recordings.recording import Recording


@dataclass(frozen=True, eq=False)
class Opened:
    """A recorded model, ready for interventions.

    Parameters
    ----------
    recording : Recording
        What it does on the probe, in float64.
    frozen : FrozenModel
        The copy.
    inputs : Inputs
        Its arguments.
    returned : object
        Its output as it returns it.
    """

    recording: Recording
    frozen: FrozenModel
    inputs: Inputs
    returned: Any

    @property
    def grid(self) -> Grid:
        """Sequences and steps."""
        return self.frozen.grid

    def values(self) -> dict[str, Tensor]:
        """Return the visited values of all blocks, (time, sequence, unit)."""
        found = {name: self.inputs.values(name) for name in self.inputs.places}
        found |= self.frozen.values
        outputs = self.frozen.outputs(self.returned)
        return found if outputs is None else found | {"outputs": outputs}

    def network(self, contexts: int | None, random: np.random.Generator) -> ModuleNetwork:
        """Return its responses by direct routes; the caller keeps it `undisturbed`."""
        grid = self.grid
        rows = Rows.of(grid.sequences, grid.steps, grid.lengths, contexts, random)
        whole = {name for name in self.inputs.places if self.inputs.whole_numbers(name)}
        blocks = blocks_of(self.recording, self.values(), whole)
        names = [str(name) for name in self.recording.nodes.index]
        network = ModuleNetwork(names, blocks, rows, self.frozen, self.inputs)
        outputs = self.frozen.outputs(self.returned)
        if outputs is not None:
            apart = float((network.seen.outputs - outputs).abs().max())  # pyright: ignore
            if apart > 1e-8 * max(1.0, float(outputs.abs().max())):
                raise EstimationError(
                    f"the model's output differs by {apart:.2g} when its recurrent modules emit "
                    "their recorded states: it hears of something else in them; interventions on "
                    "such a model are not possible"
                )
        return network


def opened(
    model: Any, inputs: Any, *, units: Any = None, state: Any = None,
    lengths: Sequence[int] | None = None, scans: Any = None,
) -> Opened:  # fmt: skip
    """Record a model once in float64, and return it ready for interventions.

    Raises
    ------
    InputError
        If it cannot be recorded, or has no module whose steps are replayed.
    EstimationError
        If an activation is not finite.
    """
    if callable(units) or (isinstance(units, str) and units in ("heads", "channels")):
        raise InputError(
            "units must be names of modules or blocks, got a reduction: a mean of several units "
            "can be read but not set, so its influence is undefined; name modules or blocks"
        )
    plan = plan_of(model, inputs, units=units, state=state, dtype="float64", scans=scans)
    probe = run_probe(plan, lengths=lengths)
    if probe.reordered and probe.grid.lengths is not None:
        raise InputError(
            "model must keep sequences of unequal length in order for interventions, got one that "
            "sorts them; pack them with enforce_sorted=False instead, or give equal lengths"
        )
    recording = recording_of(plan, probe, None)
    traces, returned = traced(plan.copy, plan.chosen, plan.args, plan.kwargs)
    modules = {trace.name: recurrent_of(trace) for trace in traces}
    values = {}
    for trace in traces:
        joined = steps_of(trace)
        for layer in modules[trace.name].layers:
            for s in layer.equations.states:
                part = joined[f"{layer.suffix}.{s}".removeprefix(".")]
                values[layer.block(s)] = part.transpose(0, 1).flatten(2).contiguous()
    frozen = FrozenModel(plan.copy, modules, values, probe.grid, probe.output)
    return Opened(recording, frozen, Inputs.of(plan, recording, probe.grid), returned)
