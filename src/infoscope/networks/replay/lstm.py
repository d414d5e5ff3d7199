"""Long short-term memory: torch.nn.LSTM and LSTMCell."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from infoscope.networks.replay.equations import Equations, State


@dataclass(frozen=True, eq=False)
class Lstm(Equations):
    """c_t = f c_{t-1} + i g, h_t = o tanh(c_t) or its projection W_hr h_t; torch.nn.LSTM."""

    w_hr: Tensor | None = None

    states: ClassVar[tuple[str, ...]] = ("h", "c")
    gates: ClassVar[tuple[str, ...]] = ("i", "f", "g", "o")

    @classmethod
    def of(cls, module: nn.Module, suffix: str = "") -> "Lstm":
        """Return the equations of a cell or a layer, with its projection."""
        plain, projection = super().of(module, suffix), None
        if getattr(module, "proj_size", 0):
            projection = getattr(module, f"weight_hr{suffix}")
        return cls(plain.w_ih, plain.w_hh, plain.b_ih, plain.b_hh, projection)

    def sizes(self) -> dict[str, int]:
        """Return the width of h, which a projection reduces, and of c."""
        return {"h": self.units if self.w_hr is None else len(self.w_hr), "c": self.units}

    def update(self, drive: Tensor, feedback: Tensor, before: Mapping[str, Tensor]) -> State:
        """Return the new output, cell state and gates."""
        i, f, g, o = (drive + feedback).chunk(4, -1)
        i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
        c = f * before["c"] + i * g
        return {"h": self._output(o, c), "c": c, "i": i, "f": f, "g": g, "o": o}

    def along(self, x: Tensor, h: Tensor, start: Mapping[str, Tensor]) -> State:
        """Return state and gates along a known output: gates together, c step by step."""
        before = torch.cat([start["h"][None], h[:-1]])
        i, f, g, o = (self.drive(x) + self.feedback(before)).chunk(4, -1)
        i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
        c, state = i * g, start["c"]
        for gate, of_step in zip(f, c, strict=True):
            state = torch.addcmul(of_step, gate, state, out=of_step)
        return {"h": self._output(o, c), "c": c, "i": i, "f": f, "g": g, "o": o}

    def kernel(self, x: Tensor, start: Mapping[str, Tensor]) -> Tensor:
        """Return the output of all steps by torch's kernel."""
        projection = [] if self.w_hr is None else [self.w_hr]
        state = [start[name][None].contiguous() for name in self.states]
        return torch.lstm(x, state, [*self._parameters(), *projection], *self._options())[0]

    def _output(self, o: Tensor, c: Tensor) -> Tensor:
        h = o * torch.tanh(c)
        return h if self.w_hr is None else nn.functional.linear(h, self.w_hr)
