"""The state of a step function as named arrays: one array, tuples, lists, mappings, nested."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from infoscope._arrays import as_array, described
from infoscope._errors import InputError

# Names of other blocks of a recording.
_TAKEN = ("inputs", "hidden", "outputs", "targets", "days", "trial", "all", "node", "unit")


class Part(NamedTuple):
    """Shape and dtype of one array of a state."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def __str__(self) -> str:
        """Return for example ``(20, 8) float64``."""
        return f"{self.shape} {self.dtype}"


def arrays_of(state: Any) -> dict[str, np.ndarray]:
    """Return the arrays of a state by block name: ``h``, ``state.0``, or keys joined by dots.

    Raises
    ------
    InputError
        If it holds anything but arrays of numbers.
    """
    named = {name: _numbers(name, array) for name, array in named_arrays(state)}
    if not named:
        raise InputError(
            f"state must hold an array, got {described(state)}; return the state of the network"
        )
    return named


def named_arrays(state: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the arrays of a state, as they are, with their names, in order.

    >>> [name for name, _ in named_arrays(({"a": 1.0}, [2.0]))]
    ['state.0.a', 'state.1.0']
    """
    parts: dict[str, Any] | None = None
    if isinstance(state, Mapping):
        # Other libraries separate the parts of names by slashes, which blocks do not allow.
        parts = {str(key).replace("/", "."): part for key, part in state.items()}
        if not path:
            parts = {f"state.{key}" if key in _TAKEN else key: p for key, p in parts.items()}
    elif isinstance(state, tuple) and (fields := getattr(state, "_fields", ())):
        parts = dict(zip(fields, state, strict=True))
    elif isinstance(state, tuple | list):
        parts = {str(number) if path else f"state.{number}": v for number, v in enumerate(state)}
    if parts is None:
        yield path or "h", state
        return
    for key, part in parts.items():
        yield from named_arrays(part, f"{path}.{key}" if path else key)


def in_form(like: Any, arrays: Sequence[Any]) -> Any:
    """Return a state of the same form with other arrays, in the order of `named_arrays`."""
    return _filled(like, iter(arrays))


def layer_of(name: str) -> str:
    """Return the layer of a block: arrays of one tuple or mapping are one layer."""
    return name.rpartition(".")[0] or "state"


def parts_of(arrays: Mapping[str, np.ndarray]) -> dict[str, Part]:
    """Return shape and dtype of each array."""
    return {name: Part(array.shape, array.dtype) for name, array in arrays.items()}


def must_be_as_before(before: Mapping[str, Part], now: Mapping[str, Part], where: str) -> None:
    """Check that a step has not changed structure, shape or dtype of the state.

    Raises
    ------
    InputError
        If it has; the message says at which step, and how.
    """
    if before.keys() != now.keys():
        raise InputError(
            f"state must keep its structure, got {_listed(now)} after {where} and "
            f"{_listed(before)} before; return (y, state) in this order, and "
            "pass a state like the one returned"
        )
    for name, part in now.items():
        if part.shape != before[name].shape:
            raise InputError(
                f"state must keep its shape, got {part} for {name!r} after {where} and "
                f"{before[name]} before; pass a state like the one that the step returns: one row "
                "per sequence if the step takes a batch, or none if it takes one sequence"
            )
        if part.dtype != before[name].dtype:
            raise InputError(
                f"state must keep its dtype, got {part} for {name!r} after {where} and "
                f"{before[name]} before; pass a state of dtype {part.dtype}, or convert within the "
                "step"
            )


def real_parts(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    """Return a block, or ``.re`` and ``.im`` of a complex one."""
    if not np.iscomplexobj(values):
        return {name: values}
    return {f"{name}.re": np.real(values), f"{name}.im": np.imag(values)}


def _numbers(name: str, value: Any) -> np.ndarray:
    """Return an array of a state, if it holds numbers."""
    array = as_array(value, f"state {name}")
    if array.dtype.kind not in "biufc":
        array = array.astype(np.float64) if "float" in array.dtype.name else array
    if array.dtype.kind not in "biufc":
        raise InputError(
            f"state must hold arrays of numbers, got dtype {array.dtype} for {name}; leave out "
            "what is no state of the network"
        )
    return array


def _filled(like: Any, rest: Iterator[Any]) -> Any:
    if isinstance(like, Mapping):
        return {key: _filled(value, rest) for key, value in like.items()}
    if isinstance(like, tuple) and hasattr(like, "_fields"):
        return type(like)(*(_filled(value, rest) for value in like))
    if isinstance(like, tuple | list):
        return type(like)(_filled(value, rest) for value in like)
    return next(rest)


def _listed(parts: Mapping[str, Part]) -> str:
    shown = [f"{name} {part}" for name, part in list(parts.items())[:4]]
    return ", ".join(shown) + (" ..." if len(parts) > 4 else "")
