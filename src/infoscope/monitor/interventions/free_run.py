"""A copy that runs on with units held, or with single connections held."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor

from infoscope.monitor.interventions.arguments import Inputs
from infoscope.monitor.interventions.frozen import Forward, FrozenModel, replaced
from infoscope.monitor.interventions.recurrent import Layer, Recurrent
from infoscope.monitor.replaying.batched import level_of, rebatched, unbatched
from infoscope.monitor.replaying.eager_copy import computing_in, dtype_of
from infoscope.networks.replay.equations import State
from infoscope.networks.replay.fused import Sequences


@dataclass(frozen=True, eq=False)
class Clamp:
    """Values in place of those of some units.

    Parameters
    ----------
    block : str
        The units' block.
    units : Tensor (k,)
        Their numbers.
    values : Tensor (time, sequence, k)
        Their values.
    where : Tensor of bool (time, sequence), optional
        At which steps; everywhere by default, in the state before the first step too.
    """

    block: str
    units: Tensor
    values: Tensor
    where: Tensor | None = None

    def apply(self, state: Tensor, step: int) -> Tensor:
        """Return a state (sequence, unit) after a step with the clamped units replaced."""
        new = self.values[step]
        if self.where is not None:
            if not self.where[step].any():
                return state
            new = torch.where(self.where[step][:, None], new, state[:, self.units])
        return state.index_copy(1, self.units, new)


@dataclass(frozen=True, eq=False)
class Cut:
    """A connection through which a unit's value in a layer's arguments is replaced.

    Parameters
    ----------
    layer : str
        The layer that receives it.
    recurrent : bool
        Whether it comes from the layer's own output before, or from its input.
    column : int
        Which unit of that.
    unit : int
        The receiving unit of the layer.
    values : Tensor (time, sequence)
        The values received.
    """

    layer: str
    recurrent: bool
    column: int
    unit: int
    values: Tensor

    def change(self, sent: Tensor, values: Tensor, weights: Tensor, units: int) -> Tensor:
        """Return the change of the gates' arguments, (..., gates x units)."""
        rows = torch.arange(self.unit, len(weights), units)
        own = torch.zeros_like(weights[:, self.column])
        own[rows] = weights[rows, self.column]
        return (values - sent[..., self.column])[..., None] * own


@dataclass(eq=False)
class Ran:
    """States of all blocks (time, sequence, unit) in a run, and what the model returned."""

    values: dict[str, Tensor]
    returned: Any = None
    outputs: Tensor | None = None


class Runner(Protocol):
    """A network that runs on its probe with units held."""

    def run(self, clamps: Sequence[Clamp] = (), cuts: Sequence[Cut] = ()) -> Ran:
        """Run it."""
        ...


@dataclass(frozen=True, eq=False)
class FreeModel:
    """A copy of a model whose recurrent modules run step by step by their equations.

    All runs compute alike, so that what an intervention does not reach does not change by
    rounding either.
    """

    frozen: FrozenModel
    inputs: Inputs

    def run(self, clamps: Sequence[Clamp] = (), cuts: Sequence[Cut] = ()) -> Ran:
        """Run the copy with units or connections held; the caller keeps it `undisturbed`."""
        of_inputs = [clamp for clamp in clamps if clamp.block in self.inputs.places]
        args, kwargs = self.inputs.changed(_input_changes(of_inputs))
        parts: dict[str, list[Tensor]] = {}
        ran = _Run(clamps, cuts, parts)
        forwards = {one.module: ran.forward(one) for one in self.frozen.modules.values()}
        with replaced(forwards), computing_in(dtype_of(self.frozen.copy)):
            # The model may change its inputs in place.
            args, kwargs = copy.deepcopy((args, dict(kwargs)))
            returned = self.frozen.copy(*args, **kwargs)
        values = {block: torch.cat(found) for block, found in parts.items()}
        return Ran(values, returned, self.frozen.outputs(returned))


def _input_changes(clamps: Sequence[Clamp]) -> Mapping[str, Any]:
    by_block: dict[str, list[Clamp]] = {}
    for clamp in clamps:
        by_block.setdefault(clamp.block, []).append(clamp)

    def of_block(own: list[Clamp]) -> Any:
        def change(values: Tensor) -> None:
            for clamp in own:
                for step in range(len(values)):
                    values[step] = clamp.apply(values[step], step)

        return change

    return {block: of_block(own) for block, own in by_block.items()}


@dataclass(frozen=True, eq=False)
class _Run:
    """One run: what is held, and the states so far, by block."""

    clamps: Sequence[Clamp]
    cuts: Sequence[Cut]
    parts: dict[str, list[Tensor]]
    calls: dict[str, int] = field(default_factory=dict)

    def forward(self, one: Recurrent) -> Forward:
        def forward(*args: Any, **kwargs: Any) -> Any:
            name = one.layers[0].name
            number = self.calls.get(name, 0)
            self.calls[name] = number + 1
            level, place = level_of((args, kwargs)), min(number, len(one.spans) - 1)
            entered = one.entered(place, unbatched(args), unbatched(kwargs))
            x, starts = entered.x, entered.starts
            span = one.spans[place]
            values: dict[str, Tensor] = {}
            for layer in one.layers:
                below = [values[f"{other}.h"] for other in layer.below]
                own = torch.cat(below, -1) if below else x
                before = {s: starts[layer.block(s)] for s in layer.equations.states}
                found = self._layer(layer, own, before, span, entered.sequences, number == 0)
                for s, part in found.items():
                    values[layer.block(s)] = part
                    self.parts.setdefault(layer.block(s), []).append(part)
            return rebatched(entered.returned(values), level)

        return forward

    def _layer(
        self, layer: Layer, x: Tensor, state: State, span: slice, sequences: Sequences, first: bool
    ) -> State:
        """Return the states of all steps of a call, (time, sequence, unit)."""
        turn = sequences.flipped if layer.backward else (lambda values: values)
        equations, names = layer.equations, layer.equations.states
        clamps = [
            (name, Clamp(c.block, c.units, turn(c.values[span]),
                         None if c.where is None else turn(c.where[span][..., None])[..., 0]))
            for name in names for c in self.clamps if c.block == layer.block(name)
        ]  # fmt: skip
        drive = equations.drive(x)
        cuts = [cut for cut in self.cuts if cut.layer == layer.name]
        for cut in cuts:
            if not cut.recurrent:
                values = cut.values[span]
                drive = drive + cut.change(x, values, equations.w_ih, equations.units)  # pyright: ignore
        drive = turn(drive)
        around = [(cut, turn(cut.values[span][..., None])[..., 0]) for cut in cuts if cut.recurrent]
        if first:
            for name, clamp in clamps:
                if clamp.where is None:
                    state = {**state, name: clamp.apply(state[name], 0)}
        found: list[State] = []
        for step, of_step in enumerate(drive):
            feedback = equations.feedback_from(state)
            for cut, values in around:
                weights = equations.w_hh  # pyright: ignore[reportAttributeAccessIssue]
                feedback = feedback + cut.change(state["h"], values[step], weights, equations.units)
            after = equations.update(of_step, feedback, state)
            state = {name: after[name] for name in names}
            for name, clamp in clamps:
                state[name] = clamp.apply(state[name], step)
            found.append(state)
        return {n: sequences.masked(turn(torch.stack([s[n] for s in found]))) for n in names}
