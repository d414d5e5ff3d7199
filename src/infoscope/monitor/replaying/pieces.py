"""A long probe in pieces: some sequences and steps at a time, states carried from step to step.

Whether a model computes the same in pieces cannot be read off its modules: it may normalise over
time, look back, or keep a state that is no module's output. So a sample of the probe is run both
ways first, and a model that differs is run whole.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from infoscope._errors import EstimationError, InputError
from infoscope.monitor.replaying.axes import Grid
from infoscope.monitor.replaying.plan import Plan
from infoscope.monitor.replaying.probe import Probe
from infoscope.recordings.groups import rows_of_piece

# Sequences and steps of the sample that is run both ways.
_SAMPLE = 3, 32
# Rows of a piece at least; with fewer, most of the time is that of arranging the piece.
_LEAST = 256
# Steps of a piece of which all sequences are computed side by side.
_STEPS = 64
# Largest difference between the two, in the size of the values.
_ROUNDING = {torch.float32: 1e-5, torch.float64: 1e-12}

# Runs a plan once; the offset is that of its first sequence and step.
Runs = Callable[[Plan, tuple[int, int]], Probe]
Spans = list[slice]


@dataclass(frozen=True, eq=False)
class Cut:
    """A probe that is computed in pieces.

    Parameters
    ----------
    grid : Grid
        The whole.
    sequences, steps : list of slice
        Pieces of both axes.
    """

    grid: Grid
    sequences: Spans
    steps: Spans

    def run(self, plan: Plan, runs: Runs) -> Iterator[tuple[slice, slice, Plan, Probe]]:
        """Yield the pieces of a plan, each with its own plan and probe, in order of time."""
        # Steps that depended on later ones, or ran backwards, would differ from those of the whole.
        in_order = self.grid.sequences == 1 and len(self.steps) > 1
        for b in self.sequences:
            carried: Mapping[str, Any] = {}
            for t in self.steps:
                piece = replace(_part(plan, self.grid, b, t), carried=carried, in_order=in_order)
                probe = runs(piece, (b.start, t.start))
                carried = probe.ends
                yield b, t, piece, probe


def cut_of(plan: Plan, lengths: tuple[int, ...] | None, runs: Runs) -> Cut | None:
    """Return how a probe is cut, or None if it fits into one piece or must be run whole."""
    given = [*plan.args, *plan.kwargs.values()]
    if not all(isinstance(value, Tensor) for value in given):
        return None
    width = _width(plan)
    for grid in _grids(given, plan):
        b, t = grid.sequences, grid.steps
        rows = max(_LEAST, rows_of_piece(width, b))
        if b * t <= rows or b == t:
            continue
        grid = grid._replace(lengths=lengths)
        sequences = _spans(b, max(1, rows // t))
        whole = Cut(grid, sequences, [slice(0, t)])
        # Many sequences side by side take the time of one, but a piece needs some steps.
        side = min(b, max(1, rows // _STEPS))
        both = Cut(grid, _spans(b, side), _spans(t, rows // side))
        cuts = [whole] if t <= rows else [both, whole]
        for cut in cuts:
            if (len(cut.sequences), len(cut.steps)) != (1, 1) and _agrees(cut, plan, runs):
                return cut
    return None


def _width(plan: Plan) -> int:
    """Return a bound of the values of a row: units and gates of the recorded layers together."""
    largest = max((max(p.shape, default=1) for p in plan.copy.parameters()), default=1)
    recorded = [p for name in plan.chosen for p in plan.copy.get_submodule(name).parameters()]
    # A layer has two matrices, from its input and from its state.
    return max(largest, sum(len(p) for p in recorded if p.dim() == 2) // 2)


def _grids(given: list[Any], plan: Plan) -> Iterator[Grid]:
    """Yield the sequences and steps that the first input may have."""
    first = next((value for value in given if value.dim() > 1), None)
    if first is None:
        return
    if first.dim() == 2 and first.is_floating_point():
        yield Grid(1, len(first), True)
        return
    modules = (plan.copy.get_submodule(name) for name in plan.chosen)
    own = next((bool(m.batch_first) for m in modules if hasattr(m, "batch_first")), True)
    for batch_first in (own, not own):
        b, t = first.shape[:2] if batch_first else (first.shape[1], first.shape[0])
        yield Grid(b, t, batch_first)


def _spans(count: int, size: int) -> Spans:
    return [slice(a, min(a + size, count)) for a in range(0, count, size)]


def _agrees(cut: Cut, plan: Plan, runs: Runs) -> bool:
    """Whether a sample of the probe gives the same whole and in pieces."""
    grid = cut.grid
    b = min(grid.sequences, _SAMPLE[0])
    t = min(grid.steps, _SAMPLE[1])
    places = (np.linspace(0, size - 1, count).astype(int) for size, count in
              ((grid.sequences, b), (grid.steps, t)))  # fmt: skip
    sample = _part(plan, grid, *(torch.from_numpy(one) for one in places))
    small = Cut(
        Grid(b, t, grid.batch_first),
        [slice(0, b)] if len(cut.sequences) == 1 else _spans(b, 1),
        [slice(0, t)] if len(cut.steps) == 1 else _spans(t, -(-t // 3)),
    )
    try:
        whole = runs(sample, (0, 0))
        if (whole.grid.sequences, whole.grid.steps) != (b, t):
            return False
        return all(_same(whole, probe, b, t) for b, t, _, probe in small.run(sample, runs))
    except (InputError, EstimationError):  # the run of the whole raises it again
        return False


def _same(whole: Probe, piece: Probe, sequences: slice, steps: slice) -> bool:
    """Whether a piece has the values of the whole at its place."""
    count = sequences.stop - sequences.start, steps.stop - steps.start
    blocks, parts = _values(whole), _values(piece)
    if (piece.grid.sequences, piece.grid.steps) != count or blocks.keys() != parts.keys():
        return False
    for name, values in blocks.items():
        rounding = _ROUNDING[torch.float32 if values.dtype == np.float32 else torch.float64]
        expected, found = values[sequences, steps], parts[name]
        size = max(1.0, float(np.abs(expected).max(initial=0.0)))
        if found.shape != expected.shape or np.abs(found - expected).max() > rounding * size:
            return False
    return True


def _values(probe: Probe) -> dict[str, np.ndarray]:
    return probe.blocks | ({} if probe.outputs is None else {"outputs": probe.outputs})


def _part(plan: Plan, grid: Grid, sequences: slice | Tensor, steps: slice | Tensor) -> Plan:
    """Return a plan for some sequences and steps of its probe."""

    def part(value: Tensor) -> Tensor:
        own = tuple(value.shape[:2])
        if own == (grid.sequences, grid.steps):
            return value[sequences][:, steps]
        if own == (grid.steps, grid.sequences):
            return value[steps][:, sequences]
        if grid.sequences == 1 and own[:1] == (grid.steps,):
            return value[steps]
        return value[sequences] if own[:1] == (grid.sequences,) else value

    kwargs = {name: part(value) for name, value in plan.kwargs.items()}
    return replace(plan, args=tuple(map(part, plan.args)), kwargs=kwargs)
