"""Minimal gated units, whose gates see only the input: minGRU, minLSTM (Feng et al. 2024)."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from infoscope.networks.replay.scan import Diagonal, Reading
from infoscope.networks.replay.stored import child_of, layouts, readouts

# Names of linear layers, by part; a joint layer computes all parts, in this order.
_NAMES = {
    "n": ("linear_h", "to_hidden", "to_h", "W_h", "fc_h", "h_proj", "proj_h"),
    "z": ("linear_z", "to_gate", "to_z", "W_z", "fc_z", "z_proj", "proj_z"),
    "f": ("linear_f", "to_f", "W_f", "fc_f", "f_proj", "proj_f"),
    "i": ("linear_i", "to_i", "W_i", "fc_i", "i_proj", "proj_i"),
}


def positive(x: Tensor) -> Tensor:
    """Return x + 1/2 for x >= 0 and sigmoid(x) below, which has a logarithm (Feng et al. 2024)."""
    return torch.where(x >= 0, x + 0.5, torch.sigmoid(x))


class _Minimal(Diagonal):
    """What both have in common: candidate states from the input, and layers that follow."""

    parts: ClassVar[tuple[str, ...]]
    joint: ClassVar[tuple[str, ...]]

    @classmethod
    def _layers(cls, module: nn.Module) -> list[nn.Linear]:
        """Return one layer per part, or a single joint one, or none."""
        if (joint := child_of(module, *cls.joint)) is not None:
            return [joint] if joint.out_features % len(cls.parts) == 0 else []
        found = [one for part in cls.parts if (one := child_of(module, *_NAMES[part])) is not None]
        shapes = {(one.in_features, one.out_features) for one in found}
        return found if len(found) == len(cls.parts) and len(shapes) == 1 else []

    @classmethod
    def recognises(cls, module: nn.Module) -> bool:
        """Whether a module has the linear layers of the family, of equal shape."""
        return bool(cls._layers(module))

    @classmethod
    def readings(cls, module: nn.Module, x: Tensor, others: Sequence[Tensor]) -> Iterator[Reading]:
        """Yield readings with and without the positive form, from all starts and orders of axes."""
        layers = cls._layers(module)
        for layout in layouts(x, layers[0].in_features):
            values = [layer(layout.x) for layer in layers]
            if len(values) == 1:
                values = list(values[0].chunk(len(cls.parts), -1))
            after = readouts(module, [lambda h: h], layout, layers)
            # The state that was given, if any, may be mapped like the candidates.
            first = values[0][:, 0]
            fitting = (one for one in others if one.numel() == first.numel())
            given = [one.reshape(first.shape) for one in fitting]
            for form in (positive, lambda n: n, torch.tanh):
                starts = [s for one in given for s in (form(one), one)] or [None]
                for a, scale, gates in cls.gated(values[1:]):
                    n = form(values[0])
                    for start in starts:
                        yield Reading(a, scale * n, after, gates | {"n": n}, start)

    @classmethod
    @abstractmethod
    def gated(cls, values: list[Tensor]) -> Iterator[tuple[Tensor, Tensor, dict[str, Tensor]]]:
        """Yield the factors of the state and of the candidates, and the gates."""


class MinGru(_Minimal):
    """h_t = (1 - z_t) h_{t-1} + z_t n_t, with z = sigmoid(linear(x)), n = linear(x) or positive."""

    name: ClassVar[str] = "minGRU"
    parts: ClassVar[tuple[str, ...]] = ("n", "z")
    joint: ClassVar[tuple[str, ...]] = ("to_hidden_and_gate", "hidden_and_gate", "linear_hz")

    @classmethod
    def gated(cls, values: list[Tensor]) -> Iterator[tuple[Tensor, Tensor, dict[str, Tensor]]]:
        """Yield the factors 1 - z and z."""
        z = torch.sigmoid(values[0])
        yield 1 - z, z, {"z": z}


class MinLstm(_Minimal):
    """h_t = f' h_{t-1} + i' n_t, with f' = f / (f + i), i' = i / (f + i), or f and i themselves."""

    name: ClassVar[str] = "minLSTM"
    parts: ClassVar[tuple[str, ...]] = ("n", "f", "i")
    joint: ClassVar[tuple[str, ...]] = ("to_hidden_and_f_i_gate", "hidden_and_gates")

    @classmethod
    def gated(cls, values: list[Tensor]) -> Iterator[tuple[Tensor, Tensor, dict[str, Tensor]]]:
        """Yield the factors with and without normalisation."""
        f, i = (torch.sigmoid(one) for one in values)
        yield f / (f + i), i / (f + i), {"f": f / (f + i), "i": i / (f + i)}
        yield f, i, {"f": f, "i": i}
