"""How each kind of module is recorded: one replayer a kind, tried in order."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, ClassVar, Protocol

from torch import Tensor, nn

from infoscope.networks.replay.cells import replay_cell
from infoscope.networks.replay.families import CELLS, FUSED, equations_of
from infoscope.networks.replay.fused import Call, replay_fused


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
        given, state = _input_and_state(args, kwargs)
        return replay_fused(module, given, state, own)


class Cell:
    """torch.nn.RNNCell, LSTMCell and GRUCell: replayed at each call, calls are steps."""

    how: ClassVar[str] = "step"

    def recognises(self, module: nn.Module) -> bool:
        """Whether the module is one of torch's cells, or of a subclass."""
        return equations_of(module, CELLS) is not None

    def trace(self, module: nn.Module, args: tuple, kwargs: dict[str, Any], own: Any) -> Call:
        """Return the state and gates of one step."""
        x, state = _input_and_state(args, kwargs)
        found = replay_cell(module, x, state, own)
        return Call({name: values[None] for name, values in found.items()}, None, {}, {})


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


REPLAYERS: tuple[Replayer, ...] = (Fused(), Cell())
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


def _input_and_state(args: tuple, kwargs: dict[str, Any]) -> tuple[Any, Any]:
    given = dict(zip(("input", "hx"), args, strict=False)) | kwargs
    return given["input"], given.get("hx")
