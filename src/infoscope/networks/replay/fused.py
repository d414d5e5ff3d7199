"""Replay of torch's fused modules: layers, directions, packed and padded sequences."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from infoscope._errors import EstimationError
from infoscope.networks.replay.equations import Equations, State
from infoscope.networks.replay.families import FUSED, equations_of

# Largest difference between replayed and own output, in the size of the output (at least 1).
TOLERANCE = {
    torch.float32: 1e-5, torch.float64: 1e-12, torch.bfloat16: 0.05, torch.float16: 0.01,
}  # fmt: skip


class Place(NamedTuple):
    """A layer and direction of a fused module: torch's suffix, and its equations."""

    suffix: str
    layer: int
    backward: bool
    equations: Equations


class Form(NamedTuple):
    """How a scan follows from its module: numbers of the reading and readout that reproduce it.

    ``returned`` makes what the module returns of its output and states; None if it is unknown.
    """

    reading: int
    readout: int
    returned: Callable[[Tensor, Tensor], Any] | None = None


@dataclass(frozen=True, eq=False)
class Call:
    """What one call of a module computed.

    Parameters
    ----------
    values : mapping of str to Tensor (time, batch, units)
        Blocks by their names within the module, such as ``l0.h``; zero past the end of sequences.
    lengths : Tensor (batch,), optional
        Steps of each sequence, of packed sequences.
    start, end : mapping of str to Tensor (batch, units)
        State before the first step and after the last, by block.
    difference : float
        Largest difference between replayed and own output.
    form : Form, optional
        Of a scan whose output has been reproduced.
    """

    values: Mapping[str, Tensor]
    lengths: Tensor | None
    start: Mapping[str, Tensor]
    end: Mapping[str, Tensor]
    difference: float = 0.0
    form: Form | None = None


class Sequences(NamedTuple):
    """The input of a fused module as (time, batch, feature), with its lengths if packed."""

    x: Tensor
    lengths: Tensor | None

    def flipped(self, values: Tensor) -> Tensor:
        """Return values in the reverse order of time, within the length of each sequence."""
        if self.lengths is None:
            return values.flip(0)
        steps = torch.arange(len(values), device=values.device)[:, None]
        ends = self.lengths.to(values.device)[None]
        place = torch.where(steps < ends, ends - 1 - steps, steps)
        return values.gather(0, place[..., None].expand_as(values))

    def last(self, values: Tensor) -> Tensor:
        """Return the values of the last step of each sequence, (batch, units)."""
        if self.lengths is None:
            return values[-1]
        place = (self.lengths.to(values.device) - 1)[None, :, None]
        return values.gather(0, place.expand(1, *values.shape[1:]))[0]

    def masked(self, values: Tensor) -> Tensor:
        """Return values with zeros past the end of each sequence."""
        if self.lengths is None:
            return values
        steps = torch.arange(len(values), device=values.device)[:, None]
        return values * (steps < self.lengths.to(values.device)[None])[..., None]


def places(module: nn.Module) -> Iterator[Place]:
    """Yield every layer and direction of a fused module, in the order of torch's weights."""
    family = equations_of(module, FUSED)
    for layer in range(module.num_layers):  # pyright: ignore[reportArgumentType]
        for backward in (False, True)[: 1 + bool(module.bidirectional)]:
            suffix = f"l{layer}" + "_reverse" * backward
            yield Place(suffix, layer, backward, family.of(module, f"_{suffix}"))  # pyright: ignore[reportOptionalMemberAccess]


def sequences_of(module: nn.Module, given: Tensor | PackedSequence) -> Sequences:
    """Return the input of a fused module as (time, batch, feature)."""
    if isinstance(given, PackedSequence):
        return Sequences(*pad_packed_sequence(given))
    if given.dim() == 2:
        return Sequences(given[:, None], None)
    return Sequences(given.transpose(0, 1) if module.batch_first else given, None)


def states_of(module: nn.Module, state: Any, sequences: Sequences) -> dict[str, dict[str, Tensor]]:
    """Return the state before the first step, (batch, units), of each layer and direction."""
    wanted = list(places(module))
    names = wanted[0].equations.states
    given = None if state is None else dict(zip(names, _tuple(state), strict=True))
    found = {}
    for number, place in enumerate(wanted):
        sizes = place.equations.sizes()
        batch = sequences.x.shape[1]
        found[place.suffix] = {
            name: sequences.x.new_zeros(batch, sizes[name])
            if given is None
            else given[name][number].reshape(batch, -1)
            for name in names
        }
    return found


def replay_fused(
    module: nn.Module, given: Tensor | PackedSequence, state: Any = None, own: Any = None
) -> Call:
    """Replay a fused module: the states and gates of all layers and directions.

    Parameters
    ----------
    module : torch.nn.RNN, LSTM or GRU
        In evaluation mode.
    given : Tensor or PackedSequence
        Its input, as the module takes it.
    state : Tensor or tuple of Tensor, optional
        Its state before the first step.
    own : tuple, optional
        What the module returned, to be compared with.

    Raises
    ------
    EstimationError
        If the replay differs from the module's own output; the message says where.
    """
    with torch.no_grad():
        kind = next(module.parameters()).dtype  # autocast may have made the input half
        sequences = sequences_of(module, given)
        sequences = sequences._replace(x=sequences.x.to(kind))
        starts = states_of(module, state, sequences)
        below, blocks, ends = sequences.x, dict[str, Tensor](), dict[str, Tensor]()
        known = None if own is None else _last_layer(module, own[0], kind)
        worst = 0.0
        for layer in range(module.num_layers):  # pyright: ignore[reportArgumentType]
            outputs = []
            for place in places(module):
                if place.layer != layer:
                    continue
                start, equations = starts[place.suffix], place.equations
                x = sequences.flipped(below) if place.backward else below
                if known is None or layer < module.num_layers - 1:  # pyright: ignore[reportOperatorIssue]
                    h = equations.kernel(x, start)
                else:
                    h = known[place.backward]
                    h = sequences.flipped(h) if place.backward else h
                found = equations.along(x, h, start)
                worst = max(worst, _compared(found["h"], h, place.suffix, sequences))
                for name in equations.states:
                    ends[f"{place.suffix}.{name}"] = sequences.last(found[name])
                if place.backward:
                    found = {name: sequences.flipped(values) for name, values in found.items()}
                    h = sequences.flipped(h)
                found["h"] = h
                outputs.append(h)
                blocks |= {f"{place.suffix}.{k}": sequences.masked(v) for k, v in found.items()}
            below = torch.cat(outputs, -1)
        if own is not None:
            worst = max(worst, _agree(module, own, below, ends, sequences))
    begin = {f"{suffix}.{k}": v for suffix, part in starts.items() for k, v in part.items()}
    return Call(blocks, sequences.lengths, begin, ends, worst)


def _last_layer(
    module: nn.Module, returned: Tensor | PackedSequence, kind: torch.dtype
) -> tuple[Tensor, ...] | None:
    """Return the output of the last layer, by direction, from what the module returned.

    None if its precision is another. A copy, as the model may change its own in place.
    """
    output = sequences_of(module, returned).x.detach()
    if output.dtype != kind:
        return None
    return output.clone().chunk(1 + bool(module.bidirectional), -1)


def _agree(module: nn.Module, own: Any, output: Tensor, ends: State, sequences: Sequences) -> float:
    """Compare the replay with the module's own output and final state."""
    returned, final = own
    theirs = sequences_of(module, returned).x
    worst = _compared(sequences.masked(output), sequences.masked(theirs), "output", sequences)
    found = list(places(module))
    for name, values in zip(found[0].equations.states, _tuple(final), strict=True):
        for number, place in enumerate(found):
            mine = ends[f"{place.suffix}.{name}"]
            theirs = values[number].reshape(mine.shape)
            worst = max(worst, _compared(mine, theirs, f"{place.suffix}.{name}", None))
    return worst


def _compared(mine: Tensor, theirs: Tensor, where: str, sequences: Sequences | None) -> float:
    """Return the largest difference; raise if it exceeds rounding."""
    if sequences is not None:
        mine, theirs = sequences.masked(mine), sequences.masked(theirs)
    largest = float((mine - theirs).abs().max()) if mine.numel() else 0.0
    if largest <= TOLERANCE[theirs.dtype]:
        return largest
    # Where the network diverges, both are infinite or NaN; whoever reads the states reports it.
    known = torch.isfinite(mine) | torch.isfinite(theirs)
    apart = torch.where(known, (mine - theirs).abs(), 0.0).nan_to_num(torch.inf)
    largest = float(apart.max()) if apart.numel() else 0.0
    size = torch.where(torch.isfinite(theirs), theirs.abs(), 0.0)
    allowed = TOLERANCE[theirs.dtype] * max(1.0, float(size.max()) if size.numel() else 0.0)
    if largest > allowed:
        place = tuple(int(i) for i in (apart > allowed).nonzero()[0])
        raise EstimationError(
            f"replay of {where} differs from the module's own output by {largest:.2g} (more than "
            f"{allowed:.2g}), first at {place} (step, sequence, unit); record with dtype='float64',"
            " or record its output only, with hooks: units=[...]"
        )
    return largest


def _tuple(state: Any) -> tuple[Tensor, ...]:
    return state if isinstance(state, tuple) else (state,)
