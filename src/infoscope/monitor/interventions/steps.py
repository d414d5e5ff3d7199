"""Responses of a step function: one call of it is a hop."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from infoscope._arrays import as_array, described
from infoscope._errors import EstimationError, InputError
from infoscope._validate import Floats, finite_array
from infoscope.monitor.interventions.free_run import Clamp, Cut, Ran
from infoscope.monitor.interventions.modules import must_have_derivative
from infoscope.monitor.interventions.network import Block, Change, Part, blocks_of
from infoscope.monitor.interventions.rows import Rows
from infoscope.monitor.replaying.state_arrays import in_form, named_arrays
from infoscope.recordings.arrays import checked_lengths
from infoscope.recordings.recording import Recording

Step = Callable[..., Any]

# Half the width of central differences of single-precision functions, in standard deviations.
_SINGLE = 1e-2


@dataclass(frozen=True, eq=False)
class StepHop:
    """Changes (context, unit) of all blocks after a change."""

    changes: list[tuple[Block, Floats]]

    def responses(self, chunk: slice) -> Iterator[tuple[Block, Floats]]:
        """Yield target blocks and their changes of a chunk of contexts."""
        for block, values in self.changes:
            yield block, values[chunk]


@dataclass(eq=False)
class StepNetwork:
    """A step function ``step(x_t, state) -> (y_t, state)``, its probe and its states.

    Parameters
    ----------
    step : callable
        The function, of arrays (sequence, ...).
    x : array (time, sequence, feature)
        The probe.
    form : object
        A state, in the form in which it holds it.
    together : bool
        Whether it takes all sequences at once.
    start : dict of str to array (sequence, ...)
        State before the first step.
    like : object
        A tensor if the function takes tensors, else an array.
    """

    step: Step
    x: Tensor
    form: Any
    together: bool
    start: dict[str, Tensor]
    like: Any

    width = 1

    @classmethod
    def of(
        cls, step: Step, inputs: Any, state: Any, lengths: Sequence[int] | None,
        contexts: int | None, random: np.random.Generator,
    ) -> "StepNetwork":  # fmt: skip
        """Run a step function on its probe, and return it ready for interventions.

        Raises
        ------
        InputError
            If inputs are not (sequence, time, feature), there is no state, or its shape changes.
        """
        x = as_array(inputs, "inputs")
        if x.ndim != 3:
            raise InputError(
                f"inputs must have shape (sequence, time, feature), got {x.shape}; a step function "
                "gets one step of all sequences at a time"
            )
        if state is None:
            raise InputError(
                "state must be the state before the first step, got None; pass for example "
                "state=np.zeros((sequences, units))"
            )
        finite_array(x, "inputs")
        given = {name: as_array(part, f"state {name}") for name, part in named_arrays(state)}
        together = all(part.ndim > 1 and len(part) == len(x) for part in given.values())
        start = {}
        for name, part in given.items():
            if part.dtype.kind not in "fiub":
                raise InputError(
                    f"state must hold arrays of real numbers for interventions, got {part.dtype} "
                    f"for {name}; hold real and imaginary parts as two arrays"
                )
            part = part if together else np.broadcast_to(part, (len(x), *part.shape))
            start[name] = torch.from_numpy(np.array(part))
        rows = torch.from_numpy(np.array(x)).transpose(0, 1)
        found = cls(step, rows, state, together, start, inputs)
        found._open(
            None if lengths is None else tuple(checked_lengths(lengths) or ()), contexts, random
        )
        return found

    def _open(
        self, lengths: tuple[int, ...] | None, contexts: int | None, random: np.random.Generator
    ) -> None:
        ran = self.run()
        after = {name: ran.values[name] for name in self.start}
        self.before = {n: torch.cat([_wide(self.start[n])[None], after[n][:-1]]) for n in after}
        outputs = ran.outputs
        recording = Recording.from_arrays(
            inputs=self.x.transpose(0, 1).numpy(),
            outputs=None if outputs is None else outputs.transpose(0, 1).numpy(),
            blocks={name: part.transpose(0, 1).numpy() for name, part in after.items()},
            lengths=lengths, aligned="layers",
        )  # fmt: skip
        steps, sequences = self.x.shape[:2]
        self.rows = Rows.of(sequences, steps, lengths, contexts, random)
        values = {"inputs": self.x, **after}
        if outputs is not None:
            values["outputs"] = outputs
        whole = set() if self.x.is_floating_point() else {"inputs"}
        self.recording, self.names = recording, [str(name) for name in recording.nodes.index]
        self.blocks = self.targets = blocks_of(recording, values, whole)
        self.after = self._all_steps(self.x, self.before)

    def delay(self, source: Block, target: Block) -> int:
        """Return 1 between states and from states to outputs, which a call computes from them."""
        return int(source.role == "hidden")

    def changed(self, parts: Sequence[Part], change: Change) -> StepHop:
        """Return the responses to a change of units at every visited step."""
        return self._hop(self._with(parts, change), self.after, 1.0)

    def tilted(self, part: Part, signs: Tensor, step: float) -> StepHop:
        """Return the responses to first order, by central differences."""
        must_have_derivative(part)
        single = any(values.dtype == torch.float32 for values in self.after.values())
        step = step * (_SINGLE / 1e-5) if single else step
        signs = signs[:, None]
        up = self._with([part], lambda _, own, behind: own + step * signs.to(own.dtype))
        down = self._with([part], lambda _, own, behind: own - step * signs.to(own.dtype))
        return self._hop(up, down, 0.5 / step)

    def _with(self, parts: Sequence[Part], change: Change) -> dict[str, Tensor]:
        x, before = self.x, dict(self.before)
        for part in parts:
            is_input = part.block.role == "input"
            values = (x if is_input else before[part.block.name]).clone()
            own = values[..., part.units]
            new = change(part, self.rows.of_all(own), int(not is_input)).to(own.dtype)
            values[..., part.units] = self.rows.filled(new, own)
            if is_input:
                x = values
            else:
                before[part.block.name] = values
        return self._all_steps(x, before)

    def _all_steps(self, x: Tensor, before: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return states after, and output, of every step from a given state before."""
        found = [
            self._once(of_step, {n: part[t] for n, part in before.items()})
            for t, of_step in enumerate(x)
        ]
        return {name: torch.stack([one[name] for one in found]) for name in found[0]}

    def _once(self, x: Tensor, before: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return states after and output, (sequence, unit), of one call for all sequences."""
        given = {n: part.reshape(self.start[n].shape) for n, part in before.items()}
        if self.together:
            found = self._called(x, given)
        else:
            each = [
                self._called(own, {n: part[i] for n, part in given.items()})
                for i, own in enumerate(x)
            ]
            found = {name: torch.stack([one[name] for one in each]) for name in each[0]}
        if "outputs" in found and found["outputs"].dim() == 1:
            found["outputs"] = found["outputs"][:, None]
        return {name: _wide(part) for name, part in found.items()}

    def _called(self, x: Tensor, before: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return what one call computes."""
        returned = self.step(
            self._own(x), in_form(self.form, [self._own(p) for p in before.values()])
        )
        if not isinstance(returned, tuple) or len(returned) != 2:
            raise InputError(
                f"step must return (y_t, state), got {described(returned)}; return None for y_t "
                "where there is no output"
            )
        y, state = returned
        found = {name: _tensor(part, name) for name, part in named_arrays(state)}
        shapes = {name: tuple(part.shape) for name, part in found.items()}
        if shapes != (wanted := {name: tuple(part.shape) for name, part in before.items()}):
            raise InputError(
                f"step must return the state as it was given, {wanted}, got {shapes}; keep its "
                "arrays and their shapes"
            )
        for name, part in found.items():
            if not torch.isfinite(part).all():
                raise EstimationError(
                    f"{name} must be finite, got nan or infinity: the network diverges on this "
                    "probe; scale the inputs as in training"
                )
        return found if y is None else {**found, "outputs": _tensor(y, "outputs")}

    def _own(self, values: Tensor) -> Any:
        return values.clone() if isinstance(self.like, Tensor) else values.numpy().copy()

    def _hop(self, up: Mapping[str, Tensor], down: Mapping[str, Tensor], factor: float) -> StepHop:
        changes = []
        for block in self.blocks:
            if block.role != "input":
                moved = self.rows.of_contexts(up[block.name].double() - down[block.name].double())
                if (moved != 0.0).any():
                    changes.append((block, moved.numpy() * factor))
        return StepHop(changes)

    def run(self, clamps: Sequence[Clamp] = (), cuts: Sequence[Cut] = ()) -> Ran:
        """Run it on its probe with units held.

        Raises
        ------
        InputError
            If single connections are to be held: a function does not show them.
        """
        if cuts:
            raise InputError(
                "edges must be connections of a torch model, got a step function, which does not "
                "show them; name nodes or groups"
            )
        state = {name: _wide(part) for name, part in self.start.items()}
        for clamp in clamps:
            if clamp.block in state and clamp.where is None:
                state[clamp.block] = clamp.apply(state[clamp.block], 0)
        found = []
        for t, x in enumerate(self.x):
            for clamp in clamps:
                if clamp.block == "inputs":
                    x = clamp.apply(x, t)
            after = self._once(x, state)
            for clamp in clamps:
                if clamp.block in state:
                    after[clamp.block] = clamp.apply(after[clamp.block], t)
            state = {name: after[name] for name in self.start}
            found.append(after)
        values = {name: torch.stack([one[name] for one in found]) for name in found[0]}
        return Ran(values, None, values.get("outputs"))


def _tensor(values: Any, name: str) -> Tensor:
    if isinstance(values, Tensor):
        return values.detach()
    return torch.from_numpy(np.array(as_array(values, name)))


def _wide(values: Tensor) -> Tensor:
    """Return (sequence, unit) of a state with more axes."""
    return values.flatten(1)
