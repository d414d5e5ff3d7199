"""A copy whose recurrent modules emit their recorded states: all effects are direct."""

import copy
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from infoscope._errors import EstimationError, InputError
from infoscope.monitor.interventions.arguments import repacked
from infoscope.monitor.replaying.axes import Grid, label, on_grid
from infoscope.monitor.replaying.replayers import Cell, Fused, input_and_state, tensors_in
from infoscope.monitor.replaying.trace import Trace
from infoscope.networks.replay.equations import Equations
from infoscope.networks.replay.families import CELLS, equations_of
from infoscope.networks.replay.fused import places, sequences_of, states_of

Forward = Callable[..., Any]


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer and direction of a replayed module, or a cell.

    Parameters
    ----------
    name : str
        Its blocks are ``<name>.h`` and for an LSTM ``<name>.c``.
    suffix : str
        Its name within the module, such as ``l0_reverse``; empty for a cell.
    equations : Equations
        Its equations.
    backward : bool
        Whether it runs from the last step to the first.
    below : tuple of str
        Names of the layers whose outputs, side by side, are its input; empty if that comes from
        outside the module.
    """

    name: str
    suffix: str
    equations: Equations
    backward: bool = False
    below: tuple[str, ...] = ()

    def block(self, state: str) -> str:
        """Return the name of the block of a state."""
        return f"{self.name}.{state}"


@dataclass(frozen=True, eq=False)
class Recurrent:
    """A replayed module of the copy: its layers, and which steps each of its calls computes."""

    module: nn.Module
    layers: tuple[Layer, ...]
    spans: tuple[slice, ...]

    @classmethod
    def of(cls, trace: Trace) -> "Recurrent":
        """Return the module of a trace.

        Raises
        ------
        InputError
            If its equations are unknown.
        """
        ends = np.cumsum([0, *(len(next(iter(call.values.values()))) for call in trace.calls)])
        spans = tuple(slice(int(a), int(b)) for a, b in pairwise(ends))
        own, how = label(trace), trace.replayer
        if how.how == Cell.how:
            family = equations_of(trace.module, CELLS)
            layers = (Layer(own, "", family.of(trace.module)),)  # pyright: ignore[reportOptionalMemberAccess]
        elif how.how == Fused.how:
            found = list(places(trace.module))
            names = {
                n: tuple(f"{own}.{p.suffix}" for p in found if p.layer == n)
                for n in range(-1, found[-1].layer + 1)
            }
            layers = tuple(
                Layer(f"{own}.{p.suffix}", p.suffix, p.equations, p.backward, names[p.layer - 1])
                for p in found
            )
        else:
            raise InputError(
                f"interventions need modules whose steps are replayed from weights, got {own}, "
                f"a {type(trace.module).__name__} recorded by {how.how}; name only RNN, LSTM and "
                "GRU layers and cells with units=[...]"
            )
        return cls(trace.module, layers, spans)

    @property
    def top(self) -> tuple[Layer, ...]:
        """The layers whose outputs the module returns."""
        return self.layers[-1 - self.layers[-1].backward :]


@dataclass(eq=False)
class Seen:
    """What the rest of a model gave to its recurrent modules, and its output.

    Parameters
    ----------
    x : dict of str to Tensor (time, sequence, feature)
        Input of each module.
    starts : dict of str to list of Tensor (sequence, unit)
        State before each call, by block.
    outputs : Tensor (time, sequence, output), optional
        The model's output at every step.
    returned : object
        What it returned.
    """

    x: dict[str, Tensor] = field(default_factory=dict)
    starts: dict[str, list[Tensor]] = field(default_factory=dict)
    outputs: Tensor | None = None
    returned: Any = None


@dataclass(frozen=True, eq=False)
class FrozenModel:
    """A copy whose recurrent modules emit given states, whatever they are given.

    Parameters
    ----------
    copy : nn.Module
        The copy.
    modules : mapping of str to Recurrent
        Its recurrent modules, by name.
    values : mapping of str to Tensor (time, sequence, unit)
        The states that they emit, by block; they may be changed between runs.
    grid : Grid
        Sequences and steps.
    output : int, optional
        Which tensor of the model's output is its output at every step.
    """

    copy: nn.Module
    modules: Mapping[str, Recurrent]
    values: dict[str, Tensor]
    grid: Grid
    output: int | None

    def run(self, args: tuple, kwargs: Mapping[str, Any]) -> Seen:
        """Run the copy; the caller keeps it `undisturbed`.

        Raises
        ------
        EstimationError
            If it calls its modules in another way than before.
        """
        seen, calls = Seen(), dict.fromkeys(self.modules, 0)
        parts: dict[str, list[Tensor]] = {name: [] for name in self.modules}
        forwards = {
            one.module: self._forward(name, one, seen, parts[name], calls)
            for name, one in self.modules.items()
        }
        # The model may change its inputs in place.
        args, kwargs = copy.deepcopy((args, dict(kwargs)))
        with replaced(forwards):
            returned = self.copy(*args, **kwargs)
        for name, one in self.modules.items():
            if calls[name] != len(one.spans):
                raise _other_calls(name, len(one.spans), calls[name])
            seen.x[name] = torch.cat(parts[name])
        seen.outputs, seen.returned = self.outputs(returned), returned
        return seen

    def outputs(self, returned: Any) -> Tensor | None:
        """Return the output at every step, (time, sequence, output)."""
        if self.output is None:
            return None
        found = on_grid(tensors_in(returned)[self.output], self.grid)
        return found.flatten(2).transpose(0, 1)  # pyright: ignore[reportOptionalMemberAccess]

    def _forward(
        self, name: str, one: Recurrent, seen: Seen, parts: list[Tensor], calls: dict[str, int]
    ) -> Forward:
        def forward(*args: Any, **kwargs: Any) -> Any:
            given, state = input_and_state(args, kwargs)
            number = calls[name]
            if number >= len(one.spans):
                raise _other_calls(name, len(one.spans), number + 1)
            calls[name] = number + 1
            x, starts = arguments_of(one, given, state)
            parts.append(x)
            for block, start in starts.items():
                seen.starts.setdefault(block, []).append(start)
            span = one.spans[number]
            return returned_by(one, given, {
                layer.block(s): self.values[layer.block(s)][span]
                for layer in one.layers for s in layer.equations.states
            })  # fmt: skip

        return forward


def arguments_of(one: Recurrent, given: Any, state: Any) -> tuple[Tensor, dict[str, Tensor]]:
    """Return the input of a call (time, sequence, feature), and the states before it by block."""
    if one.layers[0].suffix:
        sequences = sequences_of(one.module, given)
        before = states_of(one.module, state, sequences)
        return sequences.x, {
            layer.block(s): start
            for layer in one.layers
            for s, start in before[layer.suffix].items()
        }
    x = given.reshape(1, -1, given.shape[-1])
    layer = one.layers[0]
    names = layer.equations.states
    if state is None:
        parts = [x.new_zeros(x.shape[1], layer.equations.units) for _ in names]
    else:
        whole = state if isinstance(state, tuple | list) else (state,)
        parts = [part.reshape(x.shape[1], -1) for part in whole]
    return x, {layer.block(s): part for s, part in zip(names, parts, strict=True)}


def returned_by(one: Recurrent, given: Any, values: Mapping[str, Tensor]) -> Any:
    """Return what the module returns for states (time, sequence, unit) of all its layers."""
    states = one.layers[0].equations.states
    if not one.layers[0].suffix:
        kept = [values[one.layers[0].block(s)][0].clone() for s in states]
        if given.dim() == 1:
            kept = [part[0] for part in kept]
        return tuple(kept) if len(kept) > 1 else kept[0]
    sequences = sequences_of(one.module, given)
    output = sequences.masked(torch.cat([values[layer.block("h")] for layer in one.top], -1))
    finals = []
    for s in states:
        ends = [
            values[layer.block(s)][0] if layer.backward else sequences.last(values[layer.block(s)])
            for layer in one.layers
        ]
        finals.append(torch.stack(ends))
    if isinstance(given, PackedSequence):
        own = repacked(output, given)
    elif given.dim() == 2:
        own, finals = output[:, 0], [part[:, 0] for part in finals]
    else:
        own = output.transpose(0, 1) if one.module.batch_first else output
    own = own if isinstance(own, PackedSequence) else own.clone()
    return own, tuple(finals) if len(finals) > 1 else finals[0]


@contextmanager
def replaced(forwards: Mapping[nn.Module, Forward]) -> Iterator[None]:
    """Run with other forward passes of modules, and the same random numbers each time."""
    # torch.manual_seed would note a traceback each time where CUDA has not started.
    torch.default_generator.manual_seed(0)
    if torch.cuda.is_initialized():
        torch.cuda.manual_seed_all(0)
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - the user's forward pass may draw from it
    for module, forward in forwards.items():
        module.__dict__["forward"] = forward
    try:
        yield
    finally:
        for module in forwards:
            module.__dict__.pop("forward", None)


def _other_calls(name: str, before: int, now: int) -> EstimationError:
    return EstimationError(
        f"an intervention changed how often {name or 'the model'} is called, from {before} to "
        f"{now} times: the number of steps depends on the values; fix it in the forward pass"
    )
