"""Replay of torch's cells, which a network calls once a step."""

from typing import Any

import torch
from torch import Tensor, nn

from infoscope._errors import EstimationError
from infoscope.networks.replay.equations import State
from infoscope.networks.replay.families import CELLS, equations_of
from infoscope.networks.replay.fused import TOLERANCE


def replay_cell(module: nn.Module, x: Tensor, state: Any = None, own: Any = None) -> State:
    """Replay one call of a cell: its state and gates, (batch, units).

    Parameters
    ----------
    module : torch.nn.RNNCell, LSTMCell or GRUCell
        The cell.
    x : Tensor (batch, feature) or (feature,)
        Its input.
    state : Tensor or tuple of Tensor, optional
        Its state before.
    own : Tensor or tuple of Tensor, optional
        What the cell returned, to be compared with.

    Raises
    ------
    EstimationError
        If the replay differs from the cell's own state.
    """
    family = equations_of(module, CELLS)
    equations = family.of(module)  # pyright: ignore[reportOptionalMemberAccess]
    with torch.no_grad():
        x = x.reshape(-1, x.shape[-1]).to(equations.w_ih.dtype)
        names = equations.states
        if state is None:
            before = {name: x.new_zeros(len(x), equations.units) for name in names}
        else:
            given = state if isinstance(state, tuple | list) else (state,)
            before = {n: part.reshape(len(x), -1) for n, part in zip(names, given, strict=True)}
        found = equations.update(equations.drive(x), equations.feedback(before["h"]), before)
        if own is not None:
            returned = own if isinstance(own, tuple | list) else (own,)
            for name, theirs in zip(names, returned, strict=True):
                apart = float((found[name] - theirs.reshape(found[name].shape)).abs().max())
                if not apart <= TOLERANCE[theirs.dtype] * max(1.0, float(theirs.abs().max())):
                    raise EstimationError(
                        f"replay of {name} differs from the cell's own state by {apart:.2g}; "
                        "record with dtype='float64'"
                    )
    return found
