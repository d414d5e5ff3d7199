"""Networks that are run with nodes or connections held: torch models and step functions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from infoscope._errors import InputError
from infoscope._validate import Floats
from infoscope.monitor.interventions.free_run import Clamp, Cut, FreeModel, Runner
from infoscope.monitor.interventions.held import Held, connection_of
from infoscope.monitor.interventions.modules import ModuleNetwork
from infoscope.monitor.interventions.network import Block, Part, blocks_of
from infoscope.monitor.interventions.opening import Opened, opened
from infoscope.monitor.interventions.rows import Rows
from infoscope.monitor.interventions.steps import StepNetwork
from infoscope.monitor.replaying.axes import Grid, on_grid
from infoscope.monitor.replaying.replayers import tensors_in


@dataclass(frozen=True, eq=False)
class Subject:
    """A network that can be run with nodes held.

    Parameters
    ----------
    names : list of str
        Its nodes.
    blocks : list of Block
        Their blocks.
    rows : Rows
        Visited steps.
    runner : Runner
        Runs it.
    grid : Grid
        Sequences and steps.
    network : callable
        Returns the frozen network, which knows its connections.
    place : int, optional
        Place of the output at every step among the tensors that the model returns.
    """

    names: list[str]
    blocks: list[Block]
    rows: Rows
    runner: Runner
    grid: Grid
    network: Callable[[], ModuleNetwork]
    place: int | None = None

    @cached_property
    def output(self) -> Tensor:
        """Output of the whole network, (sequence, time, output) or (sequence, output)."""
        return self._run([], [])

    @cached_property
    def valid(self) -> Tensor | None:
        """Steps within the sequences, (sequence, time), if they differ in length."""
        if self.grid.lengths is None:
            return None
        return torch.arange(self.grid.steps) < torch.tensor(self.grid.lengths)[:, None]

    @cached_property
    def spread(self) -> Tensor:
        """Standard deviation of each output; NaN if constant."""
        values = self.output
        if values.dim() == 3:
            values = values.flatten(0, 1) if self.valid is None else values[self.valid]
        sd = values.std(0, correction=0)
        return torch.where(values.max(0)[0] > values.min(0)[0], sd, torch.nan)

    def held(self, held: Held, order: Tensor | None) -> Tensor:
        """Return the output with nodes held at their means, or at values of rows in an order."""
        if held.into is not None:
            return self._without_edge(held, order)
        clamps = []
        for block in self.blocks:
            units = [n - block.nodes.start for n in held.nodes
                     if block.nodes.start <= n < block.nodes.stop]  # fmt: skip
            if units:
                parts = [self._values(block, unit, order) for unit in units]
                clamps.append(Clamp(block.name, torch.tensor(units), torch.stack(parts, -1)))
        return self._run(clamps, [])

    def change_of(self, output: Tensor) -> Floats:
        """Return the mean square change of the outputs of each sequence, in standard deviations."""
        squares = (((output - self.output) / self.spread) ** 2)[..., ~self.spread.isnan()]
        if squares.shape[-1] == 0:
            return np.full(len(output), np.nan)
        if output.dim() == 2:
            return squares.mean(1).numpy()
        counted = (
            torch.ones(output.shape[:2]) if self.valid is None else self.valid.to(output.dtype)
        )
        means = squares.mean(-1)
        return ((means * counted).sum(1) / counted.sum(1)).numpy()

    def _without_edge(self, held: Held, order: Tensor | None) -> Tensor:
        network = self.network()
        (source,) = held.nodes
        block = next(b for b in self.blocks if source < b.nodes.stop)
        unit = source - block.nodes.start
        way = connection_of(network, source, held.into)  # pyright: ignore[reportArgumentType]
        values = self._values(block, unit, order)
        if way.layer is not None:
            return self._run([], [Cut(way.layer, way.recurrent, way.column, way.unit, values)])
        part = Part(block, torch.tensor([unit]))
        seen = network.run([part], lambda _, own, behind: self.rows.of_all(values)[:, None])
        output = self.output.clone()
        output[..., way.unit] = self._output(seen.returned)[..., way.unit]  # pyright: ignore[reportOptionalMemberAccess]
        return output

    def _values(self, block: Block, unit: int, order: Tensor | None) -> Tensor:
        """Return the values at which a unit is held, (time, sequence)."""
        if order is None and block.whole_numbers:
            raise InputError(
                f"how must be 'resample' for {block.name}, which has whole numbers only, got "
                "'mean'; a mean of tokens is no token"
            )
        own = block.values[..., unit]
        rows = self.rows.of_all(own)
        if order is None:
            return rows.mean().expand_as(own)
        # Past the end of sequences nothing is read; any visited value will do.
        return self.rows.filled(rows[order], rows[0].expand_as(own))

    def _run(self, clamps: Sequence[Clamp], cuts: Sequence[Cut]) -> Tensor:
        ran = self.runner.run(clamps, cuts)
        if ran.returned is None:
            if ran.outputs is None:
                raise InputError(
                    "step must return an output y_t for knockouts, got None; return (y_t, state)"
                )
            return ran.outputs.transpose(0, 1).double()
        return self._output(ran.returned)

    def _output(self, returned: Any) -> Tensor:
        """Return the output that is recorded, or else the first, sequences first."""
        tensors = tensors_in(returned)
        if not tensors:
            raise InputError("model must return a tensor of numbers for knockouts, got none")
        output = tensors[self.place or 0]
        found = on_grid(output, self.grid)
        # As many entries as steps are no time series unless they were recorded as one.
        if found is not None and (self.place is not None or output.dim() > 2):
            return found.flatten(2)
        if output.dim() > 0 and len(output) == self.grid.sequences:
            return output.reshape(len(output), -1)
        raise InputError(
            f"model must return an output with one row per sequence ({self.grid.sequences}), got "
            f"shape {tuple(output.shape)}; return the predictions before they are averaged"
        )


def subject_of(
    model: Any, inputs: Any, *, units: Any, state: Any, lengths: Sequence[int] | None, scans: Any
) -> Subject:
    """Record a model or step function, and return it ready for knockouts."""
    random = np.random.default_rng(0)
    if not isinstance(model, nn.Module | type) and callable(model):
        own = StepNetwork.of(model, inputs, state, lengths, None, random)
        steps, sequences = own.rows.shape
        given = None if lengths is None else tuple(lengths)
        grid = Grid(sequences, steps, True, given)
        return Subject(own.names, own.blocks, own.rows, own, grid, _no_network)
    one = opened(model, inputs, units=units, state=state, lengths=lengths, scans=scans)
    grid = one.grid
    whole = {name for name in one.inputs.places if one.inputs.whole_numbers(name)}
    return Subject(
        [str(name) for name in one.recording.nodes.index],
        blocks_of(one.recording, one.values(), whole),
        Rows.of(grid.sequences, grid.steps, grid.lengths, None, random),
        FreeModel(one.frozen, one.inputs), grid, _once(one, random), one.frozen.output,
    )  # fmt: skip


def _once(one: Opened, random: np.random.Generator) -> Callable[[], ModuleNetwork]:
    found: list[ModuleNetwork] = []

    def network() -> ModuleNetwork:
        if not found:
            found.append(one.network(None, random))
        return found[0]

    return network


def _no_network() -> ModuleNetwork:
    raise InputError(
        "edges must be connections of a torch model, got a step function, which does not show "
        "them; name nodes or groups"
    )
