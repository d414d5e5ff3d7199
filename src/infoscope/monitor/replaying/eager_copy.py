"""An eager, float copy of a model in evaluation mode, and the state in which it runs."""

import contextlib
import copy
import random
import sys
from collections.abc import Iterator, MutableMapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from infoscope._arrays import as_array, as_numbers
from infoscope._errors import InputError

_WRAPPED = ("_orig_mod", "module")  # of torch.compile, of data parallelism
_COMPLEX = {torch.float32: torch.complex64, torch.float64: torch.complex128}
_HOOKS = (
    "_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks",
    "_forward_hooks_with_kwargs", "_forward_pre_hooks_with_kwargs", "_forward_hooks_always_called",
)  # fmt: skip


def eager_copy(model: nn.Module, dtype: torch.dtype) -> nn.Module:
    """Return a copy of a model that can be run without touching the model.

    The copy has no compiled or parallel wrapper, no hooks but torch's own (weight and spectral
    norm), parameters of the given precision without gradients, and is in evaluation mode.

    Raises
    ------
    InputError
        If the model cannot be copied.
    """
    unwrapped = unwrap(model)
    copied = copy_of(unwrapped)
    for module in copied.modules():
        for name, child in module.named_children():
            if (inner := unwrap(child)) is not child:
                setattr(module, name, inner)
    for module in copied.modules():
        module.__dict__.pop("_compiled_call_impl", None)
        for name in _HOOKS:
            hooks = getattr(module, name, {})
            for key in [key for key, hook in hooks.items() if not _of_torch(hook)]:
                del hooks[key]
    copied._apply(lambda tensor: _cast(tensor, dtype))
    return copied.requires_grad_(False).eval()


def dtype_of(copy: nn.Module) -> torch.dtype:
    """Return the precision in which a copy computes."""
    own = (tensor.dtype for tensor in (*copy.parameters(), *copy.buffers()))
    return torch.float64 if torch.float64 in own else torch.float32


def copy_of(model: nn.Module) -> nn.Module:
    """Return a deep copy of a model.

    Raises
    ------
    InputError
        If the model cannot be copied.
    """
    # Tensors with a gradient graph, such as a state kept between calls, cannot be deep-copied.
    memo: dict[int, Any] = {}
    for module in model.modules():
        for value in vars(module).values():
            for tensor in _tensors(value):
                if tensor.grad_fn is not None:
                    memo[id(tensor)] = tensor.detach().clone()
    try:
        return copy.deepcopy(model, memo)
    except Exception as error:
        raise InputError(
            f"model must be copyable, got {type(error).__name__}: {error}; remove open files, "
            "locks and generators from its attributes, or define __deepcopy__"
        ) from error


def unwrap(model: nn.Module) -> nn.Module:
    """Return the module inside wrappers of torch.compile and data parallelism."""
    while type(model).__name__ in ("OptimizedModule", "DataParallel", "DistributedDataParallel"):
        model = next(getattr(model, name) for name in _WRAPPED if hasattr(model, name))
    return model


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Run eagerly, without gradients or autocast, and leave all random states as they are."""
    python, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002 - the user's
    fast = torch.backends.mha.get_fastpath_enabled()
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    # Only a program that compiles has loaded the compiler, which takes seconds.
    compiles = "torch._dynamo" in sys.modules
    stance = torch.compiler.set_stance("force_eager") if compiles else contextlib.nullcontext()
    plain = torch.autocast("cpu", enabled=False), torch.autocast("cuda", enabled=False)
    with torch.random.fork_rng(devices), torch.no_grad(), stance, plain[0], plain[1]:
        # torch.manual_seed formats the stack for devices that are not in use.
        torch.default_generator.manual_seed(0)
        if devices:
            torch.cuda.manual_seed_all(0)
        # The fast path of attention skips modules.
        torch.backends.mha.set_fastpath_enabled(False)
        try:
            yield
        finally:
            torch.backends.mha.set_fastpath_enabled(fast)
            random.setstate(python)
            np.random.set_state(numpy_state)  # noqa: NPY002 - the user's


@contextlib.contextmanager
def computing_in(dtype: torch.dtype) -> Iterator[None]:
    """Let a model's code make tensors of the copy's precision where it says float or nothing.

    Without it, ``x.float()`` or ``torch.zeros(n)`` in a forward pass stop a copy in float64.
    """
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with _Wide() if dtype == torch.float64 else contextlib.nullcontext():
            yield
    finally:
        torch.set_default_dtype(before)


class _Wide(TorchFunctionMode):
    """Double precision where code asks for single."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        def wide(value: Any) -> Any:
            return torch.float64 if value is torch.float32 else value

        func = torch.Tensor.double if func is torch.Tensor.float else func
        return func(*map(wide, args), **{key: wide(v) for key, v in (kwargs or {}).items()})


def to_model(value: Any, dtype: torch.dtype, device: torch.device | None = None) -> Any:
    """Return inputs as a copy of the model takes them: tensors of its precision and device."""
    if isinstance(value, np.ndarray):
        array = as_array(value, "inputs")  # refuses masked entries
        known = array.dtype.kind in "biufc" and array.dtype not in (np.longdouble, np.clongdouble)
        array = array if known else as_numbers(array, "inputs")
        value = torch.from_numpy(np.ascontiguousarray(array))
    if isinstance(value, Tensor):
        found = _cast(value.detach(), dtype)
        return found if device is None else found.to(device)
    if isinstance(value, nn.utils.rnn.PackedSequence):
        moved = to_model(value.data, dtype, device)
        return value._replace(data=moved)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(to_model(part, dtype, device) for part in value))
    if isinstance(value, list | tuple):
        return type(value)(to_model(part, dtype, device) for part in value)
    if isinstance(value, dict):
        return {key: to_model(part, dtype, device) for key, part in value.items()}
    if isinstance(value, MutableMapping):  # of other libraries, such as a TensorDict
        found = copy.copy(value)
        for key, part in value.items():
            found[key] = to_model(part, dtype, device)
        return found
    return value


def _cast(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    if tensor.is_complex():
        return tensor.to(_COMPLEX[dtype])
    return tensor.to(dtype) if tensor.is_floating_point() else tensor


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _tensors(part)
    elif isinstance(value, dict):
        for part in value.values():
            yield from _tensors(part)


def _of_torch(hook: Any) -> bool:
    return (getattr(hook, "__module__", None) or type(hook).__module__).startswith("torch.")
