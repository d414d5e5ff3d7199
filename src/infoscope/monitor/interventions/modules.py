"""Responses of a torch model with replayed modules: within them in closed form, around them by
running the frozen copy."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

import torch
from torch import Tensor

from infoscope._errors import EstimationError, InputError
from infoscope._validate import Floats
from infoscope.monitor.interventions.arguments import Inputs
from infoscope.monitor.interventions.frozen import FrozenModel, Seen
from infoscope.monitor.interventions.layers import Arguments, Push, Pushes
from infoscope.monitor.interventions.network import Block, Change, Part
from infoscope.monitor.interventions.recurrent import Layer, Recurrent
from infoscope.monitor.interventions.rows import Rows

# Largest difference between a recorded state and its equations in float64, in size of the state.
_ROUNDING = 1e-8


@dataclass(frozen=True, eq=False)
class ModuleHop:
    """Responses of layers to changed arguments, and of outputs."""

    network: "ModuleNetwork"
    pushes: Mapping[str, Pushes]
    outputs: Tensor | None
    linear: bool

    def responses(self, chunk: slice) -> Iterator[tuple[Block, Floats]]:
        """Yield target blocks that change, and their changes (context, unit), of a chunk."""
        for name, pushes in self.pushes.items():
            layer, arguments = self.network.layers[name], self.network.arguments[name]
            of = arguments.slope if self.linear else arguments.response
            for state, change in of(pushes, chunk).items():
                block = self.network.by_name.get(layer.block(state))
                if block is not None:
                    yield block, change.numpy()
        if self.outputs is not None:
            yield self.network.by_name["outputs"], self.outputs[chunk].numpy()


@dataclass(eq=False)
class ModuleNetwork:
    """A frozen copy of a model, with its recording.

    Parameters
    ----------
    names : list of str
        All nodes.
    blocks : list of Block
        Their blocks.
    rows : Rows
        Visited steps and contexts.
    frozen : FrozenModel
        The copy.
    inputs : Inputs
        Its arguments.
    """

    names: list[str]
    blocks: list[Block]
    rows: Rows
    frozen: FrozenModel
    inputs: Inputs
    _reached: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_name = {block.name: block for block in self.blocks}
        self.targets = self.blocks
        self.layers: dict[str, Layer] = {}
        self.home: dict[str, tuple[str, Recurrent]] = {}
        for name, one in self.frozen.modules.items():
            for layer in one.layers:
                self.layers[layer.name] = layer
                self.home[layer.name] = (name, one)
        self.owner = {layer.block(s): layer for layer in self.layers.values()
                      for s in layer.equations.states}  # fmt: skip
        self.seen = self.frozen.run(self.inputs.args, self.inputs.kwargs)
        self.before = {block: self._before(block) for block in self.owner}
        self.arguments = {name: self._arguments(layer) for name, layer in self.layers.items()}
        for layer in self.layers.values():
            self._must_agree(layer)

    @property
    def width(self) -> int:
        """Numbers per context in the largest response, for the size of chunks."""
        return max(part.width for part in self.arguments.values())

    def delay(self, source: Block, target: Block) -> int:
        """Return the steps of the hop between two blocks: 0 in the order of computation, or 1."""
        if source.role == "input" or target.role == "output":
            return 0
        order = list(self.layers)
        return int(
            order.index(self.owner[target.name].name) <= order.index(self.owner[source.name].name)
        )

    def changed(self, parts: Sequence[Part], change: Change) -> ModuleHop:
        """Return the responses to a change of units at every visited step."""
        found = self.run(parts, change)
        pushes, outputs = self._around(found, self.seen, 1.0, parts)
        self._inside(pushes, parts, change)
        return ModuleHop(self, pushes, outputs, linear=False)

    def tilted(self, part: Part, signs: Tensor, step: float) -> ModuleHop:
        """Return the responses to first order, per unit of change, with a sign for each row.

        Around the modules by central differences: user code may compute anything.
        """
        must_have_derivative(part)
        signs = signs[:, None]
        up = self.run([part], lambda _, values, behind: values + step * signs)
        down = self.run([part], lambda _, values, behind: values - step * signs)
        pushes, outputs = self._around(up, down, 0.5 / step, [part])
        self._inside(pushes, [part], lambda _, values, behind: signs, linear=True)
        return ModuleHop(self, pushes, outputs, linear=True)

    def run(self, parts: Sequence[Part], change: Change) -> Seen | None:
        """Run the frozen copy with changed units, if anything around the modules hears them."""
        if not any(self.reached(part.block.name) for part in parts):
            return None
        of_inputs = {
            part.block.name: partial(self._put, part, change)
            for part in parts if part.block.role == "input"
        }  # fmt: skip
        args, kwargs = self.inputs.changed(of_inputs)
        states = [part for part in parts if part.block.role != "input"]
        kept = [self.frozen.values[part.block.name][..., part.units] for part in states]
        for part in states:
            self._put(part, change, self.frozen.values[part.block.name])
        try:
            return self.frozen.run(args, kwargs)
        finally:
            for part, values in zip(states, kept, strict=True):
                self.frozen.values[part.block.name][..., part.units] = values

    def _put(self, part: Part, change: Change, values: Tensor) -> None:
        """Change the units of a part in the values (time, sequence, unit) of its block."""
        own = values[..., part.units]
        new = change(part, self.rows.of_all(own), 0).to(own.dtype)
        values[..., part.units] = self.rows.filled(new, own)

    def reached(self, block: str) -> set[str]:
        """Return what around the modules depends on a block: modules, blocks and "outputs".

        Found by two runs with all its units exchanged between steps.
        """
        if block not in self._reached:
            random, found = torch.Generator().manual_seed(0), set[str]()
            for _ in range(2):
                order = torch.randperm(len(self.rows), generator=random)
                found |= self._differing(self._exchanged(block, order), block)
            self._reached[block] = found
        return self._reached[block]

    def _exchanged(self, block: str, order: Tensor) -> Seen:
        def exchange(values: Tensor) -> Tensor:
            return self.rows.filled(self.rows.of_all(values)[order], values)

        if block in self.inputs.places:
            args, kwargs = self.inputs.changed({block: lambda v: v.copy_(exchange(v))})  # pyright: ignore[reportArgumentType]
            return self.frozen.run(args, kwargs)
        kept = self.frozen.values[block]
        self.frozen.values[block] = exchange(kept)
        try:
            return self.frozen.run(self.inputs.args, self.inputs.kwargs)
        finally:
            self.frozen.values[block] = kept

    def _differing(self, seen: Seen, source: str) -> set[str]:
        found = {name for name, x in seen.x.items() if not torch.equal(x, self.seen.x[name])}
        for block, starts in seen.starts.items():
            own = self._goes_round(block, {source})
            for number, (new, old) in enumerate(zip(starts, self.seen.starts[block], strict=True)):
                if not (own and number) and not torch.equal(new, old):
                    found.add(block)
        if seen.outputs is not None and not torch.equal(seen.outputs, self.seen.outputs):  # pyright: ignore[reportArgumentType]
            found.add("outputs")
        return found

    def _goes_round(self, block: str, sources: Collection[str]) -> bool:
        """Whether a block is a source that the model passes on, unchanged, from call to call."""
        return block in sources and self.passed_on[block]

    @cached_property
    def passed_on(self) -> dict[str, bool]:
        """Whether each call of a module starts from the state after the call before, by block."""
        found = {}
        for block, starts in self.seen.starts.items():
            spans = self.home[self.owner[block].name][1].spans
            ends = [self.frozen.values[block][span.stop - 1] for span in spans]
            pairs = zip(ends, starts[1:], strict=False)
            found[block] = all(torch.equal(end, start) for end, start in pairs)
        return found

    def _around(
        self, up: Seen | None, down: Seen | None, factor: float, parts: Sequence[Part]
    ) -> tuple[dict[str, Pushes], Tensor | None]:
        """Return the changes that reach modules and outputs through the rest of the model."""
        pushes: dict[str, Pushes] = {}
        if up is None or down is None:
            return pushes, None
        sources = {part.block.name for part in parts}
        reached = set[str]().union(*(self.reached(source) for source in sources))
        for name, one in self.frozen.modules.items():
            if name in reached:
                change = self.rows.of_contexts(up.x[name] - down.x[name]) * factor
                push = Push.of(change)
                for layer in one.layers:
                    if not layer.below and push is not None:
                        pushes.setdefault(layer.name, Pushes()).x = push
        for block in reached & up.starts.keys():
            change = torch.zeros_like(self.frozen.values[block])
            own = self._goes_round(block, sources)
            for number, (new, old) in enumerate(
                zip(up.starts[block], down.starts[block], strict=True)
            ):
                if not (own and number):
                    self._put_start(block, number, (new - old) * factor, change)
            if (push := Push.of(self.rows.of_contexts(change))) is not None:
                layer = self.owner[block]
                state = block.removeprefix(f"{layer.name}.")
                pushes.setdefault(layer.name, Pushes()).before[state] = push
        outputs = None
        if "outputs" in reached and "outputs" in self.by_name:
            outputs = self.rows.of_contexts(up.outputs - down.outputs) * factor  # pyright: ignore
        return pushes, outputs

    def _inside(
        self, pushes: dict[str, Pushes], parts: Sequence[Part], change: Change,
        linear: bool = False,
    ) -> None:  # fmt: skip
        """Add the changes within modules: to the next layers, and to a layer's own next step."""
        for part in parts:
            if part.block.role == "input":
                continue
            layer = self.owner[part.block.name]
            state = part.block.name.removeprefix(f"{layer.name}.")
            if state == "h":
                push = self._push(part, part.block.values, change, 0, linear)
                self._upwards(pushes, layer, push)
            behind = -1 if layer.backward else 1
            own = self._push(part, self.before[part.block.name], change, behind, linear)
            if own is None:
                continue
            if not self.passed_on[part.block.name]:
                # The user's code made the state of later calls: its change came around.
                mine = torch.ones(self.rows.shape, dtype=own.values.dtype)
                for number in range(1, len(self.home[layer.name][1].spans)):
                    self._put_start(part.block.name, number, torch.zeros(()), mine)
                own = Push(own.columns, own.values * self.rows.of_contexts(mine)[:, None])
            before = pushes.setdefault(layer.name, Pushes()).before
            before[state] = own if state not in before else _sum(before[state], own)

    def _push(
        self, part: Part, values: Tensor, change: Change, behind: int, linear: bool
    ) -> Push | None:
        """Return the changes of a part in values (time, sequence, unit) of its block."""
        own = self.rows.of_all(values[..., part.units])
        new = change(part, own, behind)
        moved = (new if linear else new - own)[torch.from_numpy(self.rows.contexts)]
        return Push(part.units, moved) if (moved != 0.0).any() else None

    def _upwards(self, pushes: dict[str, Pushes], layer: Layer, push: Push | None) -> None:
        """Add a change of a layer's output to the inputs of the layers above."""
        for above in self.layers.values():
            if push is not None and layer.name in above.below:
                place = above.below.index(layer.name)
                first = sum(len(self.by_state(name)) for name in above.below[:place])
                own = Push(push.columns + first, push.values)
                into = pushes.setdefault(above.name, Pushes())
                into.x = own if into.x is None else _sum(into.x, own)

    def by_state(self, layer: str) -> range:
        """Return the units of a layer's output."""
        return range(self.frozen.values[f"{layer}.h"].shape[2])

    def _before(self, block: str) -> Tensor:
        """Return the state before each step, (time, sequence, unit)."""
        layer, after = self.owner[block], self.frozen.values[block]
        found = torch.empty_like(after)
        for number, span in enumerate(self.home[layer.name][1].spans):
            inner, values = found[span], after[span]
            if layer.backward:
                inner[:-1] = values[1:]
            else:
                inner[1:] = values[:-1]
            self._put_start(block, number, self.seen.starts[block][number], found)
        return found

    def _put_start(self, block: str, call: int, values: Tensor, into: Tensor) -> None:
        """Set values of the first step of a call, the last one of a backward layer."""
        layer = self.owner[block]
        span = self.home[layer.name][1].spans[call]
        if not layer.backward:
            into[span.start] = values
            return
        sequences = torch.arange(into.shape[1])
        last = torch.full_like(sequences, span.stop - 1)
        if self.frozen.grid.lengths is not None:
            last = torch.minimum(last, torch.tensor(self.frozen.grid.lengths) - 1)
        into[last, sequences] = values

    def _arguments(self, layer: Layer) -> Arguments:
        if layer.below:
            x = torch.cat([self.frozen.values[f"{name}.h"] for name in layer.below], -1)
        else:
            x = self.seen.x[self.home[layer.name][0]]
        states = layer.equations.states
        return Arguments(
            layer.equations, self.rows.of_contexts(x),
            {s: self.rows.of_contexts(self.before[layer.block(s)]) for s in states},
        )  # fmt: skip

    def _must_agree(self, layer: Layer) -> None:
        for state, after in self.arguments[layer.name].state().items():
            block = layer.block(state)
            known = self.rows.of_contexts(self.frozen.values[block])
            apart = float((after - known).abs().max())
            if apart > _ROUNDING * max(1.0, float(known.abs().max())):
                raise EstimationError(
                    f"a step of {block} from its recorded arguments differs by {apart:.2g} from "
                    "the recorded state: the model gives the module something else than its "
                    "arguments; leave it out with units=[...]"
                )


def must_have_derivative(part: Part) -> None:
    """Check that units have values between whole numbers."""
    if part.block.whole_numbers:
        raise InputError(f"{part.block.name} has whole numbers only: it has no derivative")


def _sum(one: Push, other: Push) -> Push:
    columns = torch.unique(torch.cat([one.columns, other.columns]))
    values = one.values.new_zeros(len(one.values), len(columns))
    for push in (one, other):
        values.index_add_(1, torch.searchsorted(columns, push.columns), push.values)
    return Push(columns, values)
