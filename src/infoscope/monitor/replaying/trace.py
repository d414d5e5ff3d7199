"""Run a copy of a model, and collect what its modules compute."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from infoscope._errors import EstimationError, InputError
from infoscope.monitor.replaying.batched import unbatched
from infoscope.monitor.replaying.eager_copy import (
    computing_in,
    dtype_of,
    to_model,
    undisturbed,
)  # fmt: skip
from infoscope.monitor.replaying.replayers import HOOK, Cell, Fused, Replayer, from_state
from infoscope.networks.replay.fused import Call
from infoscope.networks.replay.scan import NotRecomputed

# Parts of a replayed block that are states; the others are gates.
STATES = ("h", "c")


@dataclass(eq=False)
class Trace:
    """What the calls of one module computed, in order.

    Parameters
    ----------
    name : str
        The module's name in the model; empty for the model itself.
    module : nn.Module
        The module of the copy.
    replayer : Replayer
        How it is recorded.
    half : bool
        Whether the module itself computes in half precision.
    calls : list of Call
        One per call within the forward pass.
    outputs : list of Call
        The module's own outputs.
    why_hooked : str
        Why its states could not be recomputed, so that its output is recorded instead.
    carried : mapping of str to Tensor (batch, units), optional
        State in which its first call starts, instead of the one that it is given.
    """

    name: str
    module: nn.Module
    replayer: Replayer
    half: bool = False
    calls: list[Call] = field(default_factory=list)
    outputs: list[Call] = field(default_factory=list)
    why_hooked: str = ""
    carried: Mapping[str, Tensor] | None = None

    def add(self, args: tuple, kwargs: dict[str, Any], own: Any) -> None:
        """Add a call; fall back to the outputs of all calls if it cannot be recomputed."""
        self.outputs.append(HOOK.trace(self.module, args, kwargs, own))
        if self.replayer is not HOOK:
            try:
                self.calls.append(self.replayer.trace(self.module, args, kwargs, own))
                return
            except NotRecomputed as why:
                self.replayer, self.why_hooked = HOOK, str(why)
        self.calls = self.outputs

    @property
    def last(self) -> dict[str, Tensor]:
        """States of a module of torch after the last call, (batch, units), by block."""
        if self.replayer.how not in (Fused.how, Cell.how) or not self.calls:
            return {}
        values = self.calls[-1].values
        return {name: v[-1] for name, v in values.items() if name.rpartition(".")[2] in STATES}


def traced(
    model: nn.Module,
    chosen: Mapping[str, Replayer],
    args: tuple,
    kwargs: Mapping[str, Any],
    carried: Mapping[str, Mapping[str, Tensor]] | None = None,
) -> tuple[list[Trace], Any]:
    """Run the copy once; return the traces in the order of first calls, and its output.

    Modules in ``carried`` start from these states instead of those that they are given.

    Raises
    ------
    InputError
        If the forward pass fails.
    EstimationError
        If a replay differs from the module's own output.
    """
    modules = dict(model.named_modules())
    before = carried or {}
    chosen = dict.fromkeys(before, HOOK) | dict(chosen)
    traces = {
        name: Trace(name, modules[name], how, carried=before.get(name))
        for name, how in chosen.items()
    }
    order: list[Trace] = []
    replaying = set[str]()
    for trace in traces.values():
        _listen(trace, order, replaying)
    try:
        # The model may change its inputs in place.
        args, kwargs = copy.deepcopy((args, dict(kwargs)))
        with undisturbed(), computing_in(dtype_of(model)):
            output = model(*args, **kwargs)
    except (EstimationError, InputError):
        raise
    except Exception as error:
        raise InputError(
            f"model must accept the inputs, got {type(error).__name__}: {error}; pass inputs as "
            "model(inputs) takes them: a tensor, a tuple of arguments or a mapping of named ones"
        ) from error
    finally:
        for trace in traces.values():
            trace.module.__dict__.pop("forward", None)
    return order, output


def _listen(trace: Trace, order: list[Trace], replaying: set[str]) -> None:
    """Make the module of the copy trace its calls, but not those of a replay."""
    forward = trace.module.forward
    inside = False

    def listening(*args: Any, **kwargs: Any) -> Any:
        nonlocal inside
        if inside or replaying:  # a subclass may call itself again
            return forward(*args, **kwargs)
        if trace not in order:
            order.append(trace)
        if trace.carried is not None and not trace.outputs:
            args, kwargs = from_state(trace.module, args, kwargs, trace.carried)
        inside = True
        try:
            own = forward(*args, **kwargs)
        finally:
            inside = False
        args, kwargs, seen = (unbatched(part) for part in (args, kwargs, own))
        replaying.add(trace.name)
        try:
            # Under the model's own autocast its output is of half precision, whatever its type.
            if trace.replayer is not HOOK and _autocast():
                trace.half, seen = True, to_model(seen, torch.bfloat16)
            with torch.autocast("cpu", enabled=False), torch.autocast("cuda", enabled=False):
                trace.add(args, kwargs, seen)
        except EstimationError as error:
            name = trace.name or type(trace.module).__name__
            raise EstimationError(f"{name}: {error}") from error
        finally:
            replaying.discard(trace.name)
        return own

    trace.module.__dict__["forward"] = listening


def _autocast() -> bool:
    return torch.is_autocast_enabled("cpu") or torch.is_autocast_enabled("cuda")
