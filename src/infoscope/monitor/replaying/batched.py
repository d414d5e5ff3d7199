"""Calls of modules under `torch.vmap`, which see one sequence where there are many.

torch has no public way to look behind a batched tensor. The names used here have been in torch
since 2.0; where they are missing, such tensors stay as they are.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

_INSIDE = getattr(torch._C, "_functorch", None)


def unbatched(value: Any) -> Any:
    """Return arguments or outputs of a call with the batch as the first axis of tensors."""
    if isinstance(value, Tensor):
        if not _batched(value):
            return value
        return _INSIDE.get_unwrapped(value).movedim(_INSIDE.maybe_get_bdim(value), 0)  # pyright: ignore
    return _each(value, unbatched)


def level_of(value: Any) -> int | None:
    """Return the level of vmap of the first batched tensor, or None without one."""
    if isinstance(value, Tensor):
        return _INSIDE.maybe_get_level(value) if _batched(value) else None  # pyright: ignore
    parts = value.values() if isinstance(value, dict) else value
    found = map(level_of, parts if isinstance(value, list | tuple | dict) else ())
    return next((level for level in found if level is not None), None)


def rebatched(value: Any, level: int | None) -> Any:
    """Return an output of a call as it is under this level of vmap."""
    if level is None:
        return value
    if isinstance(value, Tensor):
        return _INSIDE._add_batch_dim(value, 0, level)  # pyright: ignore
    return _each(value, lambda part: rebatched(part, level))


def _batched(value: Tensor) -> bool:
    return _INSIDE is not None and _INSIDE.is_batchedtensor(value)


def _each(value: Any, function: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {key: function(part) for key, part in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(function, value))
    return value
