"""Recurrent modules of a copy: what enters their calls, and what they return for given states."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from infoscope._errors import InputError
from infoscope.monitor.interventions.arguments import repacked
from infoscope.monitor.replaying.axes import label
from infoscope.monitor.replaying.replayers import Cell, Fused, GivenScan, Scan, input_and_state
from infoscope.monitor.replaying.trace import Trace
from infoscope.networks.replay.equations import Update
from infoscope.networks.replay.families import CELLS, equations_of
from infoscope.networks.replay.fused import Form, Sequences, places, sequences_of, states_of
from infoscope.networks.replay.scan import ComplexScan, RealScan


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer and direction of a replayed module, a cell, or a scan.

    Parameters
    ----------
    name : str
        Its blocks are ``<name>.h``, and ``<name>.c`` of an LSTM, or ``<name>.h.re`` and
        ``<name>.h.im`` of a complex scan.
    suffix : str
        Its name within the module, such as ``l0_reverse``; empty for a
        cell or a scan.
    equations : Update
        Its equations.
    backward : bool
        Whether it runs from the last step to the first.
    below : tuple of str
        Names of the layers whose outputs, side by side, are its input; empty if that comes from
        outside the module.
    """

    name: str
    suffix: str
    equations: Update
    backward: bool = False
    below: tuple[str, ...] = ()

    def block(self, state: str) -> str:
        """Return the name of the block of a state."""
        return f"{self.name}.{state}"


class Entered(NamedTuple):
    """What a call of a module was given, and what it returns for given states.

    Parameters
    ----------
    x : Tensor (time, sequence, feature)
        Input of its first layers.
    starts : mapping of str to Tensor (sequence, unit)
        State before the call, by block.
    sequences : Sequences
        How its steps are padded and turned.
    returned : callable
        From the states of all layers (time, sequence, unit), by block, to what it returns.
    """

    x: Tensor
    starts: Mapping[str, Tensor]
    sequences: Sequences
    returned: Callable[[Mapping[str, Tensor]], Any]


@dataclass(frozen=True, eq=False)
class Recurrent(ABC):
    """A replayed module of the copy: its layers, and which steps each of its calls computes."""

    module: nn.Module
    layers: tuple[Layer, ...]
    spans: tuple[slice, ...]

    @abstractmethod
    def entered(self, number: int, args: tuple, kwargs: Mapping[str, Any]) -> Entered:
        """Return what a call was given; ``number`` counts the calls."""


def recurrent_of(trace: Trace) -> Recurrent:
    """Return the module of a trace.

    Raises
    ------
    InputError
        If its steps cannot be computed with changed states.
    """
    ends = np.cumsum([0, *(len(next(iter(call.values.values()))) for call in trace.calls)])
    spans = tuple(slice(int(a), int(b)) for a, b in pairwise(ends))
    own, how = label(trace), trace.replayer
    if isinstance(how, Cell):
        family = equations_of(trace.module, CELLS)
        return Gated(trace.module, (Layer(own, "", family.of(trace.module)),), spans)  # pyright: ignore[reportOptionalMemberAccess]
    if isinstance(how, Fused):
        found = list(places(trace.module))
        names = {
            n: tuple(f"{own}.{p.suffix}" for p in found if p.layer == n)
            for n in range(-1, found[-1].layer + 1)
        }
        layers = tuple(
            Layer(f"{own}.{p.suffix}", p.suffix, p.equations, p.backward, names[p.layer - 1])
            for p in found
        )
        return Gated(trace.module, layers, spans)
    if not isinstance(how, Scan | GivenScan):
        said = f", as {trace.why_hooked}" if trace.why_hooked else ""
        raise InputError(
            f"interventions need modules whose steps are recomputed, got {own}, a "
            f"{type(trace.module).__name__} recorded by {how.how}{said}; name only recurrent "
            "layers, cells and diagonal recurrences with units=[...]"
        )
    forms = [call.form for call in trace.calls if call.form and call.form.returned]
    if len(forms) < len(trace.calls):
        raise InputError(
            f"{own} must return what follows from its states for interventions, got a "
            f"{type(trace.module).__name__} of which that is unknown; give coefficients and a "
            "readout with scans={...}, or let it return its output alone"
        )
    values = trace.calls[0].values
    real = "h" in values
    units = values["h" if real else "h.re"][0, 0].numel()
    equations = RealScan(units) if real else ComplexScan(units)
    return Scanned(trace.module, (Layer(own, "", equations),), spans, how, tuple(forms))


@dataclass(frozen=True, eq=False)
class Gated(Recurrent):
    """A module or cell of torch."""

    @property
    def top(self) -> tuple[Layer, ...]:
        """The layers whose outputs the module returns."""
        return self.layers[-1 - self.layers[-1].backward :]

    def entered(self, number: int, args: tuple, kwargs: Mapping[str, Any]) -> Entered:
        """Return what a call was given."""
        given, state = input_and_state(args, kwargs)
        x, starts = _arguments(self, given, state)
        fused = bool(self.layers[0].suffix)
        sequences = sequences_of(self.module, given) if fused else Sequences(x, None)
        return Entered(x, starts, sequences, lambda values: _returned(self, given, values))


@dataclass(frozen=True, eq=False)
class Scanned(Recurrent):
    """A diagonal recurrence. Its input is a and b, which the module computes before the scan."""

    replayer: Scan | GivenScan
    forms: tuple[Form, ...]

    def entered(self, number: int, args: tuple, kwargs: Mapping[str, Any]) -> Entered:
        """Return what a call was given."""
        form, (layer,) = self.forms[number], self.layers
        readings = self.replayer.readings(self.module, args, kwargs)
        reading = next(islice(readings, form.reading, None))
        b = reading.b
        start = torch.zeros_like(b[:, 0]) if reading.start is None else reading.start
        kind = torch.promote_types(reading.a.dtype, b.dtype)
        a, b, start = reading.a.expand(b.shape).to(kind), b.to(kind), start.to(kind)
        x = torch.cat([
            part.transpose(0, 1).flatten(2)
            for one in (a, b) for part in ((one.real, one.imag) if one.is_complex() else (one,))
        ], -1)  # fmt: skip
        parts = (start.real, start.imag) if start.is_complex() else (start,)
        blocks = [layer.block(state) for state in layer.equations.states]
        starts = {block: part.flatten(1) for block, part in zip(blocks, parts, strict=True)}

        def returned(values: Mapping[str, Tensor]) -> Any:
            found = [values[block] for block in blocks]
            h = torch.complex(*found) if len(found) > 1 else found[0]
            h = h.transpose(0, 1).reshape(b.shape)
            return form.returned(reading.readouts[form.readout](h), h)  # pyright: ignore[reportOptionalCall]

        return Entered(x, starts, Sequences(x, None), returned)


def _arguments(one: Gated, given: Any, state: Any) -> tuple[Tensor, dict[str, Tensor]]:
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


def _returned(one: Gated, given: Any, values: Mapping[str, Tensor]) -> Any:
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
