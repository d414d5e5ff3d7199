"""Gated recurrent units: torch.nn.GRU and GRUCell."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from infoscope.networks.replay.equations import Equations, State


@dataclass(frozen=True, eq=False)
class Gru(Equations):
    """h_t = (1 - z) n + z h_{t-1}, n = tanh(drive_n + r feedback_n); torch.nn.GRU."""

    gates: ClassVar[tuple[str, ...]] = ("r", "z", "n")

    def update(self, drive: Tensor, feedback: Tensor, before: Mapping[str, Tensor]) -> State:
        """Return the new output and the gates."""
        x_r, x_z, x_n = drive.chunk(3, -1)
        h_r, h_z, h_n = feedback.chunk(3, -1)
        r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
        n = torch.tanh(x_n + r * h_n)
        return {"h": n + z * (before["h"] - n), "r": r, "z": z, "n": n}

    def kernel(self, x: Tensor, start: Mapping[str, Tensor]) -> Tensor:
        """Return the output of all steps by torch's kernel."""
        h = start["h"][None].contiguous()
        return torch.gru(x, h, self._parameters(), *self._options())[0]
