"""Equations of one recurrent layer in one direction: what a replay needs to know of a cell."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

State = dict[str, Tensor]


class Update(ABC):
    """A recurrence whose step is elementwise in the units, given the arguments of the step."""

    # Names of the state, output first.
    states: ClassVar[tuple[str, ...]] = ("h",)
    # The state that enters the arguments by weights, if any.
    fed_back: ClassVar[str | None] = None

    @property
    @abstractmethod
    def units(self) -> int:
        """Number of units."""

    @property
    @abstractmethod
    def width(self) -> int:
        """Number of arguments of a step: so many for each unit."""

    @property
    def inward(self) -> Tensor | None:
        """Weights (input, argument); None if the input is the arguments themselves."""
        return None

    def drive(self, x: Tensor) -> Tensor:
        """Return the part of the arguments that comes from the input."""
        return x

    def feedback_from(self, before: Mapping[str, Tensor]) -> Tensor:
        """Return the part of the arguments that comes from the state before, which may be none."""
        return next(iter(before.values()))[..., :0]

    @abstractmethod
    def update(self, drive: Tensor, feedback: Tensor, before: Mapping[str, Tensor]) -> State:
        """Return state and gates after a step, from its arguments and the state before."""


@dataclass(frozen=True, eq=False)
class Equations(Update):
    """A gated recurrence: affine in input and state, then elementwise in the units.

    A step computes ``drive(x_t)`` and ``feedback(h_{t-1})``, both (..., gates x units), and from
    them and the state before, unit by unit, the new state (`update`). Replay computes all steps of
    `drive` and `feedback` at once; interventions change single columns of them.

    Parameters
    ----------
    w_ih, w_hh : Tensor
        Weights (gates x units, input) and (gates x units, output), as torch stores them.
    b_ih, b_hh : Tensor, optional
        Biases (gates x units,).
    """

    w_ih: Tensor
    w_hh: Tensor
    b_ih: Tensor | None = None
    b_hh: Tensor | None = None

    # Names of state and gates as torch's documentation has them.
    fed_back: ClassVar[str | None] = "h"
    gates: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def of(cls, module: nn.Module, suffix: str = "") -> "Equations":
        """Return the equations of a cell, or with a suffix such as ``_l0_reverse`` of a layer."""
        names = {"w_ih": "weight_ih", "w_hh": "weight_hh", "b_ih": "bias_ih", "b_hh": "bias_hh"}
        parts = {key: getattr(module, name + suffix, None) for key, name in names.items()}
        return cls(**{key: part for key, part in parts.items() if part is not None})

    @property
    def units(self) -> int:
        """Number of units."""
        return len(self.w_hh) // max(len(self.gates), 1)

    @property
    def width(self) -> int:
        """Number of gates' arguments."""
        return len(self.w_hh)

    @property
    def inward(self) -> Tensor | None:
        """Weights (input, gates x units)."""
        return self.w_ih.T

    def sizes(self) -> dict[str, int]:
        """Return the width of each part of the state."""
        return dict.fromkeys(self.states, self.units)

    def drive(self, x: Tensor) -> Tensor:
        """Return the part of the gates' arguments that comes from the input."""
        return nn.functional.linear(x, self.w_ih, self.b_ih)

    def feedback(self, h: Tensor) -> Tensor:
        """Return the part of the gates' arguments that comes from the output before."""
        return nn.functional.linear(h, self.w_hh, self.b_hh)

    def feedback_from(self, before: Mapping[str, Tensor]) -> Tensor:
        """Return the part of the gates' arguments that comes from the output before."""
        return self.feedback(before["h"])

    def run(self, x: Tensor, start: Mapping[str, Tensor]) -> State:
        """Return state and gates of all steps, (time, batch, units), by the equations alone."""
        drive, state, found = self.drive(x), dict(start), []
        for of_step in drive:
            state = self.update(of_step, self.feedback(state["h"]), state)
            found.append(state)
        return {name: torch.stack([step[name] for step in found]) for name in found[0]}

    @abstractmethod
    def kernel(self, x: Tensor, start: Mapping[str, Tensor]) -> Tensor:
        """Return the output h of all steps, (time, batch, units), by torch's own kernel."""

    def along(self, x: Tensor, h: Tensor, start: Mapping[str, Tensor]) -> State:
        """Return state and gates of all steps along a known output h, (time, batch, units).

        Each step starts from the known output before, so that rounding does not grow where the
        network is chaotic, and steps are computed together.
        """
        before = torch.cat([start["h"][None], h[:-1]])
        return self.update(self.drive(x), self.feedback(before), {"h": before})

    def _parameters(self) -> list[Tensor]:
        biases = [] if self.b_ih is None or self.b_hh is None else [self.b_ih, self.b_hh]
        return [self.w_ih, self.w_hh, *biases]

    def _options(self) -> tuple[bool, int, float, bool, bool, bool]:
        """Return torch's options: biases, layers, dropout, train, bidirectional, batch_first."""
        return self.b_ih is not None, 1, 0.0, False, False, False
