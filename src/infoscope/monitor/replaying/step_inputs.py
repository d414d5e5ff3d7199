"""The probe of a step function: inputs and targets as arrays (sequence, time, feature)."""

import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from infoscope._arrays import as_array, as_numbers
from infoscope._errors import InputError
from infoscope.recordings.arrays import checked_lengths


class Given(NamedTuple):
    """Inputs as (sequence, time, feature), padded to the longest, and steps of each sequence."""

    values: Any
    lengths: tuple[int, ...]

    @property
    def unequal(self) -> tuple[int, ...] | None:
        """Steps of each sequence, if there is padding."""
        return self.lengths if min(self.lengths) < self.values.shape[1] else None


def given_inputs(inputs: Any, lengths: Any) -> Given:
    """Read the inputs of a step function.

    Raises
    ------
    InputError
        If they have another shape, or are not finite up to the end of each sequence.
    """
    steps = checked_lengths(lengths)
    if isinstance(inputs, list | tuple) and len(inputs) > 0:
        parts = [as_array(part, f"inputs[{i}]") for i, part in enumerate(inputs)]
        if len({part.shape for part in parts}) > 1:
            if steps is not None or any(part.ndim != 2 for part in parts):
                raise InputError(
                    f"inputs must be arrays (time, feature), got shapes {parts[0].shape}, "
                    f"{parts[1].shape} ...; give each sequence two axes, and omit lengths"
                )
            steps = [len(part) for part in parts]
            return _checked(_like(padded(parts, max(steps), "inputs"), inputs[0]), steps)
        return _checked(_like(np.stack(parts), inputs[0]), steps)
    values = as_array(inputs, "inputs")
    return _checked(inputs if _is_tensor(inputs) else values, steps)


def _checked(values: Any, lengths: Sequence[int] | None) -> Given:
    shape = tuple(values.shape)
    if len(shape) not in (2, 3) or 0 in shape:
        raise InputError(
            f"inputs must have shape (sequence, time, feature) or (time, feature), got {shape}; a "
            "single feature needs an axis of 1, and a closed loop without inputs an array of zeros"
        )
    values = values if len(shape) == 3 else values[None]
    steps = tuple(lengths or [values.shape[1]] * values.shape[0])
    if len(steps) != values.shape[0] or max(steps) > values.shape[1]:
        raise InputError(
            f"lengths must have {values.shape[0]} numbers of at most {values.shape[1]} steps, got "
            f"{len(steps)} of at most {max(steps)}; give the steps of each sequence of the probe"
        )
    array = as_numbers(as_array(values, "inputs"), "inputs")
    bad = ~np.isfinite(array) & (np.arange(array.shape[1]) < np.array(steps)[:, None])[..., None]
    if bad.any():
        first = tuple(int(i) for i in np.argwhere(bad)[0])
        raise InputError(
            f"inputs must be finite, got {array[first]} at index {first}; fill or drop such rows"
        )
    return Given(values, steps)


def given_targets(targets: Any, given: Given) -> np.ndarray | None:
    """Return targets as (sequence, time, target), padded.

    Raises
    ------
    InputError
        If they do not fit the inputs.
    """
    if targets is None:
        return None
    sequences, steps = given.values.shape[:2]
    if isinstance(targets, list | tuple) and np.ndim(targets[0]) == 2:
        array = padded([as_array(part, "targets") for part in targets], steps, "targets")
    else:
        array = as_array(targets, "targets")
    if array.ndim == 2 and array.shape[0] == steps and sequences == 1:
        array = array[None]
    elif array.ndim in (1, 2) and len(array) == sequences:
        rows = array.reshape(sequences, 1, -1)
        array = np.broadcast_to(rows, (sequences, steps, rows.shape[-1]))
    if array.ndim != 3 or array.shape[:2] != (sequences, steps):
        raise InputError(
            f"targets must have shape (sequence, time, target) with {sequences} sequences of "
            f"{steps} steps, got {array.shape}; give one target for each row, or one for each "
            "sequence"
        )
    return array


def padded(parts: Sequence[np.ndarray], steps: int, name: str) -> np.ndarray:
    """Return sequences (time, ...) as (sequence, time, ...), zero past their ends.

    Raises
    ------
    InputError
        If they differ in more than their steps.
    """
    shapes = {part.shape[1:] for part in parts}
    if len(shapes) > 1 or max(map(len, parts)) > steps:
        listed = ", ".join(str(part.shape) for part in parts[:4])
        raise InputError(
            f"{name} must have the same nodes in every sequence, and at most {steps} steps, got "
            f"{listed}; give every sequence the same columns"
        )
    found = np.zeros((len(parts), steps, *parts[0].shape[1:]), parts[0].dtype)
    for row, part in zip(found, parts, strict=True):
        row[: len(part)] = part
    return found


def _is_tensor(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def _like(values: np.ndarray, example: Any) -> Any:
    """Return an array as a tensor if the example is one."""
    if _is_tensor(example):
        return sys.modules["torch"].from_numpy(values).to(example.dtype)
    return values
