"""Total influence: a source is changed at one step, and the network runs on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from infoscope._errors import InputError
from infoscope._validate import Floats
from infoscope.monitor.interventions.free_run import Clamp, Ran, Runner
from infoscope.monitor.interventions.modules import must_have_derivative
from infoscope.monitor.interventions.network import Block, Change, Network, Part
from infoscope.monitor.interventions.rows import Indices, Rows


@dataclass(frozen=True, eq=False)
class TotalHop:
    """Changes of all targets, (context, unit), at all lags."""

    changes: list[tuple[Block, Floats]]

    def responses(self, chunk: slice) -> Iterator[tuple[Block, Floats]]:
        """Yield target blocks and their changes of a chunk of contexts."""
        for block, values in self.changes:
            yield block, values[chunk]


@dataclass(eq=False)
class TotalNetwork:
    """A network that runs on after a change at one step of each sequence.

    Parameters
    ----------
    own : Network
        The network, for its nodes and the order in which it computes.
    runner : Runner
        Runs it with units held.
    lags : list of int
        The lags.
    rows : Rows
        Visited steps; as contexts one step of each sequence in each of several runs.
    """

    own: Network
    runner: Runner
    lags: Sequence[int]
    rows: Rows

    @classmethod
    def of(
        cls, own: Network, runner: Runner, lags: Sequence[int], contexts: int | None,
        random: np.random.Generator,
    ) -> "TotalNetwork":  # fmt: skip
        """Return it with contexts drawn early enough to read all targets.

        Raises
        ------
        InputError
            If all sequences are too short.
        """
        rows = own.rows
        if any("_reverse." in block.name for block in own.blocks):
            raise InputError(
                f"lags must be 1 for a bidirectional network, whose backward layers run against "
                f"time, got {max(lags)}; name the forward layers with units=['*.l?.h']"
            )
        until = np.bincount(rows.sequence, minlength=rows.shape[1])
        room = until - max(lags)
        if (room < 1).all():
            raise InputError(
                f"lags must be below the steps of a sequence, got {max(lags)} with sequences of at "
                f"most {until.max()} steps; lower lags or record longer sequences"
            )
        there = np.flatnonzero(room >= 1)
        runs = int(room.max())
        if contexts is not None:
            runs = min(runs, -(-contexts // len(there)))
        first = np.concatenate([[0], np.cumsum(until)])[:-1]
        chosen = [
            first[s] + np.sort(random.choice(room[s], min(runs, room[s]), replace=False))
            for s in there
        ]
        contexts_ = np.sort(np.concatenate(chosen)).astype(np.int64)
        return cls(own, runner, lags, replace(rows, contexts=contexts_))

    def __post_init__(self) -> None:
        self.names, self.blocks, self.width = self.own.names, self.own.blocks, 1
        self.base = self.runner.run()
        at, size = self.rows.contexts, len(self.names)
        # The contexts of one run: at most one of each sequence.
        order = np.zeros(len(at), np.int64)
        sequence = self.rows.sequence[at]
        for s in np.unique(sequence):
            order[sequence == s] = np.arange((sequence == s).sum())
        self.run_of = order
        self.targets = [
            replace(block, nodes=slice(n * size + block.nodes.start, n * size + block.nodes.stop))
            for n in range(len(self.lags)) for block in self.blocks if block.role != "input"
        ]  # fmt: skip

    def delay(self, source: Block, target: Block) -> int:
        """Return the steps of the hop between two blocks: 0 in the order of computation, or 1."""
        return self.own.delay(source, target)

    def changed(self, parts: Sequence[Part], change: Change) -> TotalHop:
        """Return the changes of all targets after a change at each context."""
        return self._hop(parts, self._runs(parts, change), None, 1.0)

    def tilted(self, part: Part, signs: Tensor, step: float) -> TotalHop:
        """Return them to first order, by central differences."""
        must_have_derivative(part)
        signs = signs[:, None]
        up = self._runs([part], lambda _, values, behind: values + step * signs)
        down = self._runs([part], lambda _, values, behind: values - step * signs)
        return self._hop([part], up, down, 0.5 / step)

    def _runs(self, parts: Sequence[Part], change: Change) -> list[Ran]:
        new = []
        for part in parts:
            own = part.block.values[..., part.units]
            moved = change(part, self.rows.of_all(own), 0).to(own.dtype)
            new.append(self.rows.filled(moved, own))
        found = []
        for number in range(int(self.run_of.max()) + 1):
            rows = self.rows.contexts[self.run_of == number]
            where = torch.zeros(self.rows.shape, dtype=torch.bool)
            where[
                torch.from_numpy(self.rows.step[rows]), torch.from_numpy(self.rows.sequence[rows])
            ] = True
            clamps = [
                Clamp(part.block.name, part.units, values, where)
                for part, values in zip(parts, new, strict=True)
            ]
            found.append(self.runner.run(clamps))
        return found

    def stretches(self, parts: Sequence[Part], change: Change, steps: int) -> dict[str, Floats]:
        """Return all blocks at each context, changed there, and after it: (context, step, unit)."""
        ran = self._runs(parts, change)
        found = {}
        for block in self.blocks:
            values = np.zeros((len(self.run_of), steps, len(block)))
            for number, one in enumerate(ran):
                own = self.run_of == number
                of_run = block.values if block.role == "input" else _of(one, block)
                for ahead in range(steps):
                    values[own, ahead] = self._at(of_run, self.rows.contexts[own], ahead).numpy()
            found[block.name] = values
        return found

    def _hop(
        self, parts: Sequence[Part], up: list[Ran], down: list[Ran] | None, factor: float
    ) -> TotalHop:
        changes = []
        for target in self.targets:
            lag = self.lags[target.nodes.start // len(self.names)]
            # Of parts in several blocks the longest hop: all of them have reached the target.
            ahead = lag - 1 + max(self.own.delay(part.block, target) for part in parts)
            found = np.zeros((len(self.run_of), len(target)))
            for number, ran in enumerate(up):
                own = self.run_of == number
                other = self.base if down is None else down[number]
                rows = self.rows.contexts[own]
                moved = self._at(_of(ran, target) - _of(other, target), rows, ahead)
                found[own] = moved.numpy() * factor
            changes.append((target, found))
        return TotalHop(changes)

    def _at(self, values: Tensor, rows: Indices, ahead: int) -> Tensor:
        steps = torch.from_numpy(self.rows.step[rows] + ahead)
        return values[steps, torch.from_numpy(self.rows.sequence[rows])]


def _of(ran: Ran, block: Block) -> Tensor:
    found = ran.outputs if block.role == "output" else ran.values[block.name]
    assert found is not None
    return found
