"""The loss of each sequence."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from infoscope._arrays import as_array
from infoscope._errors import InputError
from infoscope._validate import Floats, finite_array, one_of
from infoscope.monitor.replaying.axes import Grid, on_grid

LOSSES = ("auto", "mse", "cross_entropy")
# Class of steps that do not count, as torch has it.
_IGNORED = -100


@dataclass(frozen=True, eq=False)
class Loss:
    """A loss with its targets.

    Parameters
    ----------
    name : str
        Its name.
    each : callable
        From output and targets to the loss of each sequence.
    targets : Tensor
        The targets, in the order of the output's axes.
    """

    name: str
    each: Callable[[Tensor, Tensor], Floats]
    targets: Tensor

    def of(self, output: Tensor) -> Floats:
        """Return the loss of each sequence for an output (sequence, [time,] output)."""
        return self.each(output, self.targets)


def loss_of(loss: Any, targets: Any, output: Tensor, valid: Tensor | None, grid: Grid) -> Loss:
    """Return a loss.

    Parameters
    ----------
    loss : str or callable
        Its name, or a function (output, targets).
    targets : array or tensor
        The targets as given.
    output : Tensor (sequence, time, output) or (sequence, output)
        The output of the whole network.
    valid : Tensor of bool (sequence, time), optional
        Steps that count, of an output at every step.
    grid : Grid
        Sequences and steps.

    Raises
    ------
    InputError
        If the targets do not fit the output, or the loss is unknown.
    """
    values = _read(targets)
    if callable(loss) and not isinstance(loss, type):
        return Loss(
            getattr(loss, "__name__", "loss"),
            _by_function(loss, grid),
            _ordered(values, output, grid),
        )
    kind = one_of(loss, "loss", LOSSES)
    if kind == "auto":
        kind = "mse" if values.is_floating_point() else "cross_entropy"
    found = _ordered(values, output, grid)
    if kind == "mse":
        found = found.to(output.dtype).reshape(-1, *found.shape[1:])
        if found.dim() < output.dim():
            found = found[..., None]
        if found.shape != output.shape:
            raise InputError(
                f"targets must have the shape of the output, {tuple(output.shape)}, got "
                f"{tuple(values.shape)}; give whole numbers for classes, or a function as loss"
            )
        return Loss(kind, lambda out, to: _mean((out - to) ** 2, valid), found)
    return Loss(kind, _cross_entropy(output, valid), _classes(found, output, values))


def _read(targets: Any) -> Tensor:
    array = as_array(targets, "targets")
    if array.size == 0:
        raise InputError(
            f"targets must have at least one value, got shape {array.shape}; give one for each row "
            "of the output"
        )
    if array.dtype.kind in "iub":  # classes
        return torch.from_numpy(np.array(array))
    return torch.from_numpy(np.array(finite_array(array, "targets")))


def _ordered(targets: Tensor, output: Tensor, grid: Grid) -> Tensor:
    """Return targets with the sequences first, and time next if the output has it."""
    if output.dim() == 3 and targets.dim() > 1:
        found = on_grid(targets, grid)
        if found is not None:
            return found.flatten(2)
    return targets


def _classes(found: Tensor, output: Tensor, given: Tensor) -> Tensor:
    if found.dim() == output.dim() and found.shape[-1] == 1:
        found = found[..., 0]
    if found.shape != output.shape[:-1] or found.is_floating_point():
        raise InputError(
            f"targets must be the classes of {tuple(output.shape[:-1])} outputs, whole numbers, "
            f"got shape {tuple(given.shape)} of {given.dtype}; give one class for each row of the "
            "output, or a function as loss"
        )
    found, most = found.long(), output.shape[-1]
    counted = found[found != _IGNORED]
    if most < 2 or counted.numel() == 0 or int(counted.min()) < 0 or int(counted.max()) >= most:
        raise InputError(
            f"targets must be classes below {most}, the number of outputs, got "
            f"{int(found.min())} to {int(found.max())}; with a single output give numbers, or a "
            "function as loss"
        )
    return found


def _cross_entropy(output: Tensor, valid: Tensor | None) -> Callable[[Tensor, Tensor], Floats]:
    def each(out: Tensor, classes: Tensor) -> Floats:
        counted = classes != _IGNORED
        picked = torch.log_softmax(out, -1).gather(-1, classes.clamp_min(0)[..., None])[..., 0]
        if out.dim() == 2:
            return torch.where(counted, -picked, 0.0).numpy()
        both = counted if valid is None else counted & valid
        if not both.any(1).all():
            raise InputError(
                f"targets must count at least one step of each sequence, got only {_IGNORED} in "
                f"sequence {int((~both.any(1)).nonzero()[0])}; leave that sequence out"
            )
        return _mean(-picked[..., None], both)

    return each


def _by_function(loss: Callable[[Any, Any], Any], grid: Grid) -> Callable[[Tensor, Tensor], Floats]:
    def each(out: Tensor, targets: Tensor) -> Floats:
        try:
            whole = _numbers(loss(out, targets))
        except (TypeError, ValueError, RuntimeError, AttributeError) as error:
            raise InputError(
                "loss must be a function (output, targets) that returns numbers, got "
                f"{type(error).__name__}: {error}; take tensors of shapes {tuple(out.shape)} and "
                f"{tuple(targets.shape)}"
            ) from error
        if whole.shape == (grid.sequences,) and grid.sequences > 1:
            return whole
        if whole.size != 1:
            raise InputError(
                f"loss must return one number, or one for each of {grid.sequences} sequences, got "
                f"shape {whole.shape}; average over steps and outputs"
            )
        lengths = grid.lengths or (out.shape[1],) * len(out)
        return np.array([
            float(_numbers(loss(
                *((part[i : i + 1, :n] if part.dim() > 1 and out.dim() == 3 else part[i : i + 1])
                  for part in (out, targets))
            )).reshape(()))
            for i, n in enumerate(lengths)
        ])  # fmt: skip

    return each


def _numbers(values: Any) -> Floats:
    return np.asarray(values.detach().numpy() if isinstance(values, Tensor) else values, np.float64)


def _mean(values: Tensor, valid: Tensor | None) -> Floats:
    """Return the mean of each sequence over its steps and outputs."""
    if valid is None or values.dim() == 2:
        return values.flatten(1).mean(1).numpy()
    counted = valid[..., None].to(values.dtype)
    return ((values * counted).sum((1, 2)) / (counted.sum((1, 2)) * values.shape[2])).numpy()
