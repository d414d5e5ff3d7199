"""What stands in the way of recording a model, with the way out: one table for check and docs."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from infoscope._arrays import described
from infoscope._errors import InputError

_WRAPPER = re.compile(r"(?<=\.)_orig_mod\.|^_orig_mod(\.|$)")
_HALF = (torch.float16, torch.bfloat16)
_PAGE = """# What can be recorded, and what cannot

`isc.check(model, inputs)` finds these properties in a model and says which modules have them.
`isc.record` refuses what the second column says, with the same words.

| property | | what it means | what to do, or what recording does |
|---|---|---|---|"""
_SHARDED = ("FullyShardedDataParallel", "FSDPModule", "DeepSpeedEngine")


@dataclass(frozen=True)
class Pitfall:
    """A property of models that recording must heed.

    Parameters
    ----------
    name : str
        Short name.
    where : callable
        Yields the modules of a model that have it.
    refused : bool
        Whether such a model cannot be recorded as it is.
    means : str
        What it means for a recording.
    way_out : str
        What to do, or what recording does by itself.
    """

    name: str
    where: Callable[[nn.Module], Iterator[str]]
    refused: bool
    means: str
    way_out: str


@dataclass(frozen=True)
class Found:
    """A pitfall of one model, and the modules that have it."""

    pitfall: Pitfall
    modules: tuple[str, ...]

    @property
    def refused(self) -> bool:
        """Whether the model cannot be recorded as it is."""
        return self.pitfall.refused

    def __str__(self) -> str:
        """Return a sentence."""
        named = ", ".join(self.modules[:4]) + (" ..." if len(self.modules) > 4 else "")
        return f"{self.pitfall.name} ({named}): {self.pitfall.means}; {self.pitfall.way_out}"


def pitfalls_of(model: Any) -> list[Found]:
    """Return the pitfalls of a model.

    Raises
    ------
    InputError
        If it is not a model.
    """
    if not isinstance(model, nn.Module) or isinstance(model, type):
        raise InputError(
            f"model must be a torch.nn.Module, or a function step(x, state) with state=..., got "
            f"{described(model)}; pass the model itself"
        )
    found = [
        Found(one, tuple(dict.fromkeys(_WRAPPER.sub("", name) for name in one.where(model))))
        for one in PITFALLS
    ]
    return [one for one in found if one.modules]


def limitations() -> str:
    """Return the table of pitfalls as a page of Markdown, which ``docs/limitations.md`` holds."""
    rows = [
        f"| {one.name} | {'refused' if one.refused else 'recorded'} | {one.means} | {one.way_out} |"
        for one in PITFALLS
    ]
    return "\n".join([_PAGE, *rows, ""])


def refuse(found: Sequence[Found]) -> None:
    """Raise if any pitfall refuses the model."""
    if found:
        raise InputError(f"model must be recordable as it is, got {found[0]}")


def _modules(has: Callable[[nn.Module], bool]) -> Callable[[nn.Module], Iterator[str]]:
    def where(model: nn.Module) -> Iterator[str]:
        for name, module in model.named_modules():
            if has(module):
                yield name or type(module).__name__

    return where


def _kind(*names: str) -> Callable[[nn.Module], Iterator[str]]:
    return _modules(lambda module: any(k.__name__ in names for k in type(module).__mro__))


def _without_parameters(model: nn.Module) -> Iterator[str]:
    quantised = any("quantized" in type(module).__module__ for module in model.modules())
    if next(model.parameters(), None) is None and not quantised:
        yield type(model).__name__


def _half(model: nn.Module) -> Iterator[str]:
    for name, parameter in model.named_parameters():
        if parameter.dtype in _HALF:
            yield name.rpartition(".")[0] or type(model).__name__


def _meta(model: nn.Module) -> Iterator[str]:
    for name, parameter in model.named_parameters():
        if parameter.device.type == "meta":
            yield name


def _inference(model: nn.Module) -> Iterator[str]:
    for name, parameter in model.named_parameters():
        if not isinstance(parameter, nn.UninitializedParameter) and parameter.is_inference():
            yield name


def _lazy(model: nn.Module) -> Iterator[str]:
    for name, parameter in model.named_parameters():
        if isinstance(parameter, nn.UninitializedParameter):
            yield name


def _infinite(model: nn.Module) -> Iterator[str]:
    for name, parameter in model.named_parameters():
        plain = not isinstance(parameter, nn.UninitializedParameter)
        plain = plain and parameter.device.type != "meta" and not parameter.is_inference()
        if plain and not torch.isfinite(parameter).all():
            yield name


def _tied(model: nn.Module) -> Iterator[str]:
    seen: dict[int, str] = {}
    for name, module in model.named_modules(remove_duplicate=False):
        recurrent = isinstance(module, nn.RNNBase | nn.RNNCellBase)
        if recurrent and seen.setdefault(id(module), name) != name:
            yield f"{seen[id(module)]} = {name}"


def _hooked(model: nn.Module) -> Iterator[str]:
    for name, module in model.named_modules():
        hooks = [*module._forward_hooks.values(), *module._forward_pre_hooks.values()]
        if any(not getattr(hook, "__module__", "").startswith("torch.") for hook in hooks):
            yield name or type(module).__name__


PITFALLS = (
    Pitfall(
        "scripted", _modules(lambda m: isinstance(m, torch.jit.ScriptModule)), True,
        "its modules are compiled, and neither weights nor steps can be followed",
        "load its state_dict() into the Python model it was made from, and record that",
    ),
    Pitfall(
        "sharded parameters", _kind(*_SHARDED), True, "each process holds a part of the weights",
        "gather the full state_dict, load it into the plain model, and record that",
    ),
    Pitfall(
        "parameters without values", _meta, True, "parameters on the meta device have no values",
        "load the weights with model.to_empty(device='cpu') and load_state_dict",
    ),
    Pitfall(
        "inference tensors", _inference, True,
        "parameters made under torch.inference_mode cannot be copied",
        "make the model outside it, or load its state_dict() into a model that was",
    ),
    Pitfall(
        "lazy parameters", _lazy, True, "they get their shapes in the first forward pass",
        "run the model once before recording",
    ),
    Pitfall(
        "no parameters", _without_parameters, True, "a model without parameters computes nothing "
        "that training could change", "pass the model itself, not a wrapper or a loss",
    ),
    Pitfall(
        "parameters not finite", _infinite, True, "NaN or infinite weights have no activations",
        "record an earlier checkpoint",
    ),
    Pitfall(
        "quantised", _modules(lambda m: "quantized" in type(m).__module__), True,
        "integer kernels have no weights to replay",
        "record the model before its quantisation",
    ),
    Pitfall(
        "compiled", _modules(
            lambda m: type(m).__name__ == "OptimizedModule"
            or vars(m).get("_compiled_call_impl") is not None
        ), False, "compiled code skips hooks", "the model inside is copied and run eagerly",
    ),
    Pitfall(
        "data parallel", _kind("DataParallel", "DistributedDataParallel"), False,
        "replicas race for the same arrays", "the model inside is copied and run on one device",
    ),
    Pitfall(
        "half precision", _half, False, "activations of few distinct values mislead estimators",
        "the copy computes in float32 from the same weights",
    ),
    Pitfall(
        "dropout", _modules(
            lambda m: (isinstance(m, nn.modules.dropout._DropoutNd) and m.p > 0)
            or (isinstance(m, nn.RNNBase) and m.dropout > 0)
        ), False, "in training it changes what is computed", "the copy is in evaluation mode",
    ),
    Pitfall(
        "batch statistics", _modules(lambda m: isinstance(m, nn.modules.batchnorm._BatchNorm)),
        False, "in training they mix the sequences of a batch",
        "the copy is in evaluation mode, with the running statistics",
    ),
    Pitfall(
        "tied modules", _tied, False, "one module under several names is recorded once, all its "
        "calls together", "give each place its own copy, to record them apart",
    ),
    Pitfall(
        "own hooks", _hooked, False, "hooks may change outputs and write into your own lists",
        "they are not run on the copy",
    ),
    Pitfall(
        "bidirectional", _modules(lambda m: isinstance(m, nn.RNNBase) and m.bidirectional), False,
        "the backward direction at step t depends on later steps: a flow from it to the forward "
        "direction is no prediction", "analyse the forward blocks alone with units=['*.l?.h']",
    ),
)  # fmt: skip
