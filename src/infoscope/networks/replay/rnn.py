"""Simple recurrent layers: torch.nn.RNN and RNNCell."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from infoscope.networks.replay.equations import Equations, State


@dataclass(frozen=True, eq=False)
class Simple(Equations):
    """h_t = tanh or relu of (W_ih x_t + b_ih + W_hh h_{t-1} + b_hh); torch.nn.RNN."""

    nonlinearity: str = "tanh"

    @classmethod
    def of(cls, module: nn.Module, suffix: str = "") -> "Simple":
        """Return the equations of a cell or a layer, with its nonlinearity."""
        plain = super().of(module, suffix)
        return cls(plain.w_ih, plain.w_hh, plain.b_ih, plain.b_hh, module.nonlinearity)  # pyright: ignore[reportArgumentType]

    def update(self, drive: Tensor, feedback: Tensor, before: Mapping[str, Tensor]) -> State:
        """Return the new output."""
        total = drive + feedback
        return {"h": torch.tanh(total) if self.nonlinearity == "tanh" else torch.relu(total)}

    def kernel(self, x: Tensor, start: Mapping[str, Tensor]) -> Tensor:
        """Return the output of all steps by torch's kernel."""
        of = torch.rnn_tanh if self.nonlinearity == "tanh" else torch.rnn_relu
        return of(x, start["h"][None].contiguous(), self._parameters(), *self._options())[0]
