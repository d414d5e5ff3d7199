"""Arguments of a model: which are inputs of the recording, and how their units are changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from infoscope._errors import InputError
from infoscope.monitor.replaying.axes import Grid, on_grid
from infoscope.monitor.replaying.plan import Plan
from infoscope.recordings.recording import Recording


@dataclass(frozen=True, eq=False)
class Inputs:
    """The arguments of a model's forward pass, and the input blocks among them.

    Parameters
    ----------
    args, kwargs : tuple, mapping
        The arguments.
    places : mapping of str to int or str
        Place or keyword of each input block.
    grid : Grid
        Sequences and steps.
    """

    args: tuple
    kwargs: Mapping[str, Any]
    places: Mapping[str, int | str]
    grid: Grid

    @classmethod
    def of(cls, plan: Plan, recording: Recording, grid: Grid) -> "Inputs":
        """Return the arguments of a plan, with the names of its recording."""
        names = [f"x{i}" for i in range(len(plan.args))]
        given = dict(zip(names, plan.args, strict=True)) | dict(plan.kwargs)
        places = {name: names.index(name) if name in names else name for name in given}
        fitting = [name for name, value in given.items() if _values(value, grid) is not None]
        wanted = [name for name, block in recording.blocks.items() if block.role == "input"]
        if len(fitting) == 1:
            places = {"inputs": places[fitting[0]]}
        return cls(plan.args, plan.kwargs, {n: places[n] for n in wanted if n in places}, grid)

    def values(self, block: str) -> Tensor:
        """Return an input block, (time, sequence, unit)."""
        found = _values(self._given(block), self.grid)
        return found.transpose(0, 1)  # pyright: ignore[reportOptionalMemberAccess]

    def whole_numbers(self, block: str) -> bool:
        """Whether a block has no values between whole numbers, as tokens have none."""
        given = self._given(block)
        data = given.data if isinstance(given, PackedSequence) else given
        return not data.is_floating_point()

    def changed(
        self, changes: Mapping[str, Callable[[Tensor], None]]
    ) -> tuple[tuple, dict[str, Any]]:
        """Return the arguments with input blocks changed.

        Each function changes its block, (time, sequence, unit), in place.
        """
        args, kwargs = list(self.args), dict(self.kwargs)
        for block, change in changes.items():
            place = self.places[block]
            value = _changed(self._given(block), self.grid, change, block)
            if isinstance(place, int):
                args[place] = value
            else:
                kwargs[place] = value
        return tuple(args), kwargs

    def _given(self, block: str) -> Any:
        place = self.places[block]
        return self.args[place] if isinstance(place, int) else self.kwargs[place]


def _values(value: Any, grid: Grid) -> Tensor | None:
    """Return an argument as (sequence, time, unit), or None if it does not fit."""
    if isinstance(value, PackedSequence):
        value = pad_packed_sequence(value, batch_first=grid.batch_first)[0]
    if not isinstance(value, Tensor) or value.dim() < 1:
        return None
    found = on_grid(value, grid)
    return None if found is None else found.flatten(2)


def _changed(value: Any, grid: Grid, change: Callable[[Tensor], None], block: str) -> Any:
    if isinstance(value, PackedSequence):
        padded = pad_packed_sequence(value)[0]
        change(padded)
        return repacked(padded, value)
    new = value.clone(memory_format=torch.contiguous_format)
    view = _values(new, grid)
    if view is None or view.untyped_storage().data_ptr() != new.untyped_storage().data_ptr():
        raise InputError(
            f"{block} must be an array (sequence, time, feature) for interventions, got shape "
            f"{tuple(new.shape)}; reshape it inside the model"
        )
    change(view.transpose(0, 1))
    return new


def repacked(padded: Tensor, like: PackedSequence) -> PackedSequence:
    """Return values (time, sequence, unit) packed as another packed sequence."""
    if like.sorted_indices is not None:
        padded = padded[:, like.sorted_indices]
    data = torch.cat([step[: int(n)] for step, n in zip(padded, like.batch_sizes, strict=False)])
    return PackedSequence(data, like.batch_sizes, like.sorted_indices, like.unsorted_indices)
