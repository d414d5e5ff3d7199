"""A copy whose recurrent modules emit their recorded states: all effects are direct."""

import copy
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from infoscope._errors import EstimationError
from infoscope.monitor.interventions.recurrent import Recurrent
from infoscope.monitor.replaying.axes import Grid, on_grid
from infoscope.monitor.replaying.batched import level_of, rebatched, unbatched
from infoscope.monitor.replaying.eager_copy import computing_in, dtype_of
from infoscope.monitor.replaying.replayers import tensors_in

Forward = Callable[..., Any]


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
        with replaced(forwards), computing_in(dtype_of(self.copy)):
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
            number = calls[name]
            if number >= len(one.spans):
                raise _other_calls(name, len(one.spans), number + 1)
            calls[name] = number + 1
            level = level_of((args, kwargs))
            entered = one.entered(number, unbatched(args), unbatched(kwargs))
            parts.append(entered.x)
            for block, start in entered.starts.items():
                seen.starts.setdefault(block, []).append(start)
            span = one.spans[number]
            own = entered.returned({
                layer.block(s): self.values[layer.block(s)][span]
                for layer in one.layers for s in layer.equations.states
            })  # fmt: skip
            return rebatched(own, level)

        return forward


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
