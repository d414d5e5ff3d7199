"""Open a model for interventions: record it once, and freeze a copy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor, nn

from infoscope._errors import EstimationError, InputError
from infoscope._progress import Progress
from infoscope._validate import Floats
from infoscope.monitor.interventions.arguments import Inputs
from infoscope.monitor.interventions.free_run import FreeModel, Runner
from infoscope.monitor.interventions.frozen import FrozenModel
from infoscope.monitor.interventions.measures import Settings, matrices
from infoscope.monitor.interventions.modules import ModuleNetwork
from infoscope.monitor.interventions.network import Network, blocks_of
from infoscope.monitor.interventions.recurrent import recurrent_of
from infoscope.monitor.interventions.rows import Rows
from infoscope.monitor.interventions.steps import StepNetwork
from infoscope.monitor.interventions.total import TotalNetwork
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


class Ready(NamedTuple):
    """A network whose nodes can be changed, what runs it on, and its recording."""

    network: Network
    runner: Runner
    recording: Recording


@dataclass(frozen=True, eq=False)
class Probe:
    """What models are run on, and where: arguments of `influence`.

    Parameters
    ----------
    inputs, state, units, lengths, scans
        As of `influence`.
    contexts : int, optional
        Number of visited steps at which influence is evaluated.
    """

    inputs: Any
    state: Any
    units: Any
    lengths: Sequence[int] | None
    scans: Mapping[str, Any] | None
    contexts: int | None

    def opened(self, model: Any, random: np.random.Generator) -> Ready:
        """Return a model or step function ready for changes; the caller keeps it `undisturbed`."""
        if isinstance(model, nn.Module | type) or not callable(model):
            one = opened(
                model, self.inputs, units=self.units, state=self.state, lengths=self.lengths,
                scans=self.scans,
            )  # fmt: skip
            network = one.network(self.contexts, random)
            return Ready(network, FreeModel(one.frozen, one.inputs), one.recording)
        own = StepNetwork.of(model, self.inputs, self.state, self.lengths, self.contexts, random)
        return Ready(own, own, own.recording)

    def matrices(
        self, ready: Ready, lags: Sequence[int], settings: Settings,
        groups: Mapping[str, Sequence[int]] | None, random: np.random.Generator, progress: bool,
    ) -> dict[str, Floats]:  # fmt: skip
        """Return the matrices of influence (source, target, lag): lag 1 direct, others total."""
        network, parts = ready.network, []
        count = len(network.names if groups is None else groups)
        if 1 in lags:
            with Progress(count, "direct influence", progress) as bar:
                parts.append(matrices(network, settings, random, bar, groups))
        if later := [lag for lag in lags if lag > 1]:
            running = TotalNetwork.of(network, ready.runner, later, self.contexts, random)
            with Progress(count, f"total influence, lags {later}", progress) as bar:
                parts.append(matrices(running, settings, random, bar, groups))
        return {name: np.concatenate([p[name] for p in parts], axis=-1) for name in parts[0]}
