"""How each kind of module is recorded: one replayer a kind, tried in order."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor, nn

from infoscope._arrays import described
from infoscope._errors import EstimationError, InputError
from infoscope.networks.replay.cells import replay_cell
from infoscope.networks.replay.diagonal import family_of
from infoscope.networks.replay.families import CELLS, FUSED, equations_of
from infoscope.networks.replay.fused import Call, places, replay_fused
from infoscope.networks.replay.scan import NotRecomputed, Reading, call_of, recomputed, scan
from infoscope.networks.replay.stored import there


class Replayer(Protocol):
    """Records a kind of module: from its inputs and its own output, the values of a call."""

    how: ClassVar[str]

    def recognises(self, module: nn.Module) -> bool:
        """Whether it records this module."""
        ...

    def trace(self, module: nn.Module, args: tuple, kwargs: dict[str, Any], own: Any) -> Call:
        """Return the values of one call, (time, batch, units), checked against its own output."""
        ...


class Fused:
    """torch.nn.RNN, LSTM and GRU: replayed from the weights, every layer and direction."""

    how: ClassVar[str] = "replay"

    def recognises(self, module: nn.Module) -> bool:
        """Whether the module is one of torch's fused ones, or of a subclass."""
        return equations_of(module, FUSED) is not None

    def trace(self, module: nn.Module, args: tuple, kwargs: dict[str, Any], own: Any) -> Call:
        """Return the states and gates of all steps."""
        given, state = input_and_state(args, kwargs)
        return replay_fused(module, given, state, own)


class Cell:
    """torch.nn.RNNCell, LSTMCell and GRUCell: replayed at each call, calls are steps."""

    how: ClassVar[str] = "step"

    def recognises(self, module: nn.Module) -> bool:
        """Whether the module is one of torch's cells, or of a subclass."""
        return equations_of(module, CELLS) is not None

    def trace(self, module: nn.Module, args: tuple, kwargs: dict[str, Any], own: Any) -> Call:
        """Return the state and gates of one step."""
        x, state = input_and_state(args, kwargs)
        found = replay_cell(module, x, state, own)
        return Call({name: values[None] for name, values in found.items()}, None, {}, {})


class Scan:
    """Diagonal recurrences, as anyone writes them: recomputed from parameters by one scan."""

    how: ClassVar[str] = "scan"

    def recognises(self, module: nn.Module) -> bool:
        """Whether names and shapes of its parameters are those of a known family."""
        return family_of(module) is not None

    def trace(self, module: nn.Module, args: tuple, kwargs: dict[str, Any], own: Any) -> Call:
        """Return states (time, batch, ...) and gates of all steps.

        Raises
        ------
        NotRecomputed
            If no reading of the parameters reproduces the module's own output.
        """
        output = first_tensor(own)
        if output is None:
            raise NotRecomputed("it maps no tensor to a tensor")
        try:
            return _returning(recomputed(self.readings(module, args, kwargs), output), own)
        except (RuntimeError, IndexError, TypeError, ValueError) as error:
            # Another module with the same names.
            raise NotRecomputed(f"its parameters do not fit one another: {error}") from error

    def readings(
        self, module: nn.Module, args: tuple, kwargs: Mapping[str, Any]
    ) -> Iterator[Reading]:
        """Yield the ways to read a call of the module."""
        given = [*args, *kwargs.values()]
        family, first = family_of(module), first_tensor(given)
        if family is None or first is None:
            raise NotRecomputed("it maps no tensor to a tensor")
        kinds = [p.dtype for p in module.parameters() if p.is_floating_point()]
        x = first.to(kinds[0]) if kinds else first  # autocast may have made it half
        others = [one for value in given for one in tensors_in(value) if one is not first]
        yield from family.readings(module, x, others)


def _returning(call: Call, own: Any) -> Call:
    """Add to a call what its module returns: its output, and maybe its last state."""
    output, last = first_tensor(own), torch.as_tensor(0.0)
    if "h" in call.end or "h.re" in call.end:
        last = call.end["h"] if "h" in call.end else torch.complex(*call.end.values())

    def returned(y: Tensor, h: Tensor) -> Any:
        def part(one: Any) -> Any:
            if one is output:
                return y
            return h[:, -1].reshape(one.shape) if isinstance(one, Tensor) else one

        return part(own) if isinstance(own, Tensor) else type(own)(map(part, own))

    plain = isinstance(own, Tensor) or type(own) in (tuple, list)
    rest = [] if isinstance(own, Tensor) else [one for one in own if one is not output]
    known = plain and all(
        one is None or (isinstance(one, Tensor) and one.numel() == last.numel()
                        and torch.allclose(one.flatten(), last.flatten().to(one.dtype), atol=1e-4))
        for one in rest
    )  # fmt: skip
    form = call.form
    return (
        call if form is None or not known else replace(call, form=form._replace(returned=returned))
    )


@dataclass(frozen=True, eq=False)
class GivenScan:
    """A diagonal recurrence whose coefficients the user computes.

    Parameters
    ----------
    coefficients : callable
        ``coefficients(module, *args) -> (a, b)``, arrays (batch, time, ...).
    readout : callable, optional
        ``readout(module, h, *args)`` returns the module's output from states (batch, time, ...).
    """

    coefficients: Callable[..., Any]
    readout: Callable[..., Any] | None = None

    how: ClassVar[str] = "scan"

    def recognises(self, module: nn.Module) -> bool:
        """Whether it was given for this module: it is never chosen by itself."""
        return False

    def trace(self, module: nn.Module, args: tuple, kwargs: dict[str, Any], own: Any) -> Call:
        """Return the states (time, batch, ...) of all steps."""
        (reading,) = self.readings(module, args, kwargs)
        if self.readout is None:
            return call_of(scan(reading.a, reading.b), reading, 0.0)
        output = first_tensor(own)
        if output is None:
            raise InputError("readout needs a module that returns a tensor; omit readout")
        try:
            return _returning(recomputed(iter([reading]), output), own)
        except NotRecomputed as why:
            raise EstimationError(
                f"states from the given coefficients must reproduce the module's own output, but "
                f"{why}; correct coefficients or readout, or record with dtype='float64'"
            ) from why

    def readings(
        self, module: nn.Module, args: tuple, kwargs: Mapping[str, Any]
    ) -> Iterator[Reading]:
        """Yield the only way to read a call of the module."""
        pair = self.coefficients(module, *args, **kwargs)
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise InputError(f"scans must return (a, b), got {described(pair)}; return two arrays")
        a, b = (torch.as_tensor(one) for one in pair)
        if b.dim() < 3 or torch.broadcast_shapes(a.shape, b.shape) != b.shape:
            raise InputError(
                f"scans must return b of shape (batch, time, unit) and a that fits it, got "
                f"{tuple(b.shape)} and {tuple(a.shape)}; add the axes that are missing"
            )
        readout = self.readout
        readouts = [] if readout is None else [lambda h: readout(module, h, *args, **kwargs)]
        yield Reading(a, b, readouts)


class Hook:
    """Any other module: its output, by a hook on the copy."""

    how: ClassVar[str] = "hook"

    def recognises(self, module: nn.Module) -> bool:
        """Every module can be hooked."""
        return True

    def trace(self, module: nn.Module, args: tuple, kwargs: dict[str, Any], own: Any) -> Call:
        """Return the module's own output, in its own order of dimensions."""
        output, given = first_tensor(own), first_tensor(list(args))
        found = {} if output is None else {"": output}
        return Call(found, None, {} if given is None else {"": given}, {})


REPLAYERS: tuple[Replayer, ...] = (Fused(), Cell(), Scan())
HOOK = Hook()


def replayer_of(module: nn.Module) -> Replayer | None:
    """Return what replays a module, or None if it can only be hooked."""
    return next((one for one in REPLAYERS if one.recognises(module)), None)


def first_tensor(value: Any) -> Tensor | None:
    """Return the first tensor of a module's output: itself, or in a tuple, list or mapping."""
    return next(iter(tensors_in(value)), None)


def tensors_in(value: Any) -> list[Tensor]:
    """Return all floating-point tensors of a module's output, in order."""
    if isinstance(value, Tensor):
        return [value] if value.is_floating_point() else []
    if isinstance(value, nn.utils.rnn.PackedSequence):
        return [nn.utils.rnn.pad_packed_sequence(value)[0]]
    parts: Iterable[Any] = ()
    if isinstance(value, list | tuple):
        parts = value
    elif isinstance(value, Mapping):
        parts = value.values()
    elif is_dataclass(value) and not isinstance(value, type):
        parts = [getattr(value, field.name) for field in fields(value)]
    return [tensor for part in parts for tensor in tensors_in(part)]


def from_state(
    module: nn.Module, args: tuple, kwargs: Mapping[str, Any], state: Mapping[str, Tensor]
) -> tuple[tuple[Any, Any], dict[str, Any]]:
    """Return arguments of a call of a recurrent module that starts in a state (batch, units)."""
    given, _ = input_and_state(args, kwargs)
    family = equations_of(module, FUSED)
    if family is not None:
        suffixes = [place.suffix for place in places(module)]
        parts = [torch.stack([state[f"{s}.{name}"] for s in suffixes]) for name in family.states]
        parts = [part[:, 0] for part in parts] if given.dim() == 2 else parts
    else:
        parts = [state[name] for name in there(equations_of(module, CELLS)).states]
        parts = [part[0] for part in parts] if given.dim() == 1 else parts
    return (given, parts[0] if len(parts) == 1 else tuple(parts)), {}


def input_and_state(args: tuple, kwargs: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return the input and the state before of a call of torch's recurrent modules."""
    given = dict(zip(("input", "hx"), args, strict=False)) | dict(kwargs)
    return given["input"], given.get("hx")
