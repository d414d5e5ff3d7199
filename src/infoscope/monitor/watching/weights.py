"""Weights of a model that trains: read without touching it, and numbers that describe them."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from infoscope.monitor.replaying.eager_copy import unwrap

Weights = Mapping[str, Tensor]


def weights_of(model: nn.Module) -> dict[str, Tensor]:
    """Return parameters and buffers by their names in the model without wrappers, not copied."""
    inner = unwrap(model)
    state = inner.state_dict()
    prefixes = list(_wrapped(inner))
    return {_plain(name, prefixes): v for name, v in state.items() if isinstance(v, Tensor)}


def gradients_of(model: nn.Module) -> dict[str, Tensor]:
    """Return the gradients that parameters have now, not copied."""
    inner = unwrap(model)
    prefixes = list(_wrapped(inner))
    return {
        _plain(name, prefixes): parameter.grad.detach()
        for name, parameter in inner.named_parameters()
        if parameter.grad is not None and not parameter.grad.is_sparse
    }


def gradient_norm(model: nn.Module) -> Tensor | None:
    """Return the Euclidean norm of all gradients, on their device, or None without gradients."""
    found = [g.float() for g in gradients_of(model).values() if g.is_floating_point()]
    if not found:
        return None
    with torch.no_grad():
        norms = [torch.linalg.vector_norm(gradient) for gradient in found]
        return torch.linalg.vector_norm(torch.stack([n.to(norms[0].device) for n in norms]))


class OnHost:
    """A copy of tensors on its way to the host.

    CUDA copies into pinned memory behind the work already queued, so that training is not blocked;
    `arrive` waits for it, in whichever thread.

    Parameters
    ----------
    tensors : mapping of str to Tensor
        Tensors by name.
    """

    def __init__(self, tensors: Weights) -> None:
        with torch.no_grad():
            self._tensors = {name: _sent(tensor.detach()) for name, tensor in tensors.items()}
        self._events = []
        for device in {tensor.device for tensor in tensors.values() if tensor.is_cuda}:
            event = torch.cuda.Event()
            event.record(torch.cuda.current_stream(device))
            self._events.append(event)

    def arrive(self) -> dict[str, Tensor]:
        """Return the copies when they have arrived."""
        for event in self._events:
            event.synchronize()
        return self._tensors


def first_difference(stored: Weights, now: Weights) -> str | None:
    """Return the name of the first tensor that differs in any bit, or None."""
    for name, values in stored.items():
        here = now[name].detach().cpu()
        if here.dtype != values.dtype or not torch.equal(_comparable(here), _comparable(values)):
            return name
    return None


def weight_numbers(now: Weights, before: Weights | None, updates: int) -> dict[str, float]:
    """Return numbers that describe weights, those that are defined.

    ``weight_norm``, Euclidean, of all parameters; ``weight_change``, the norm of their difference
    per update since the snapshot before, over their norm then; ``recurrent_norm`` of the recurrent
    matrices, ``recurrent_radius``, the largest spectral radius of square ones (plain recurrent
    networks); ``input_column``, the largest share of one input in the squared first input matrix.
    """
    arrays = {name: _array(tensor) for name, tensor in now.items() if _moves(name, tensor)}
    found = {"weight_norm": _norm(arrays)}
    if before is not None and updates > 0:
        then = {name: _array(before[name]) for name in arrays}
        start = _norm(then)
        apart = _norm({name: arrays[name] - then[name] for name in arrays})
        found["weight_change"] = apart / start / updates if start > 0.0 else np.nan
    recurrent = {name: a for name, a in arrays.items() if "weight_hh" in name and a.ndim == 2}
    if recurrent:
        found["recurrent_norm"] = _norm(recurrent)
    square = [a for a in recurrent.values() if a.shape[0] == a.shape[1] and np.isfinite(a).all()]
    if square:
        found["recurrent_radius"] = max(float(np.abs(np.linalg.eigvals(a)).max()) for a in square)
    first = next((a for name, a in arrays.items() if "weight_ih" in name and a.ndim == 2), None)
    if first is not None and (total := float((first**2).sum())) > 0.0:
        found["input_column"] = float((first**2).sum(0).max()) / total
    return {name: value for name, value in found.items() if np.isfinite(value)}


def _comparable(tensor: Tensor) -> Tensor:
    # NaN differs from itself.
    return tensor.nan_to_num() if tensor.is_floating_point() else tensor


def _moves(name: str, tensor: Tensor) -> bool:
    return tensor.is_floating_point() and not name.endswith(("running_mean", "running_var"))


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().double().numpy(force=True)


def _norm(arrays: Mapping[Any, np.ndarray]) -> float:
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.sqrt(sum(float((array**2).sum()) for array in arrays.values())))


def _sent(tensor: Tensor) -> Tensor:
    if tensor.device.type == "cpu":
        return tensor.clone()
    if not tensor.is_cuda:
        return tensor.cpu()
    host = torch.empty_like(tensor, device="cpu", pin_memory=True)
    return host.copy_(tensor, non_blocking=True)


def _wrapped(model: nn.Module) -> Iterator[tuple[str, str]]:
    """Yield the names that wrappers of compilation or parallelism give, and those without them."""
    for name, module in model.named_modules():
        if name and unwrap(module) is not module:
            inner = next(part for part, child in module.named_children() if child is not module)
            yield f"{name}.{inner}.", f"{name}."


def _plain(name: str, prefixes: list[tuple[str, str]]) -> str:
    # From the inside out, so that an outer name is still whole when its turn comes.
    for wrapped, plain in reversed(prefixes):
        if name.startswith(wrapped):
            name = plain + name.removeprefix(wrapped)
    return name
