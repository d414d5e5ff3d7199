"""Diagonal state-space models in continuous time: S4D (Gu et al. 2022), S5 (Smith et al. 2023)."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from infoscope.networks.replay.scan import Diagonal, Reading
from infoscope.networks.replay.stored import (
    complex_of,
    layouts,
    readouts,
    skip_of,
    tensor_of,
    there,
)


def discretised(A: Tensor, dt: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Return a and the factor of B, with input held over a step, and by the bilinear rule.

    Gu et al. 2022, section 3.1: exp(A dt) with (exp(A dt) - 1) / A, and (1 + A dt / 2) / (1 - A dt
    / 2) with dt / (1 - A dt / 2).
    """
    held = torch.exp(A * dt)
    half = 1 - A * dt / 2
    return [(held, (held - 1) / A), ((1 + A * dt / 2) / half, dt / half)]


class S4D(Diagonal):
    """Each channel its own states: A = -exp(log_A_real) + i A_imag, y = 2 Re(sum C h) + D u.

    B is one, as its product with C is all that the output depends on, unless the module has a B.
    """

    name: ClassVar[str] = "S4D"

    @classmethod
    def recognises(cls, module: nn.Module) -> bool:
        """Whether a module has D, and itself or in a child log_dt, log_A_real, A_imag and C."""
        return tensor_of(module, "D") is not None and cls._kernel(module) is not None

    @classmethod
    def _kernel(cls, module: nn.Module) -> nn.Module | None:
        for part in (module, *module.children()):
            named = [tensor_of(part, name) for name in ("log_dt", "log_A_real", "A_imag")]
            dims = [0 if one is None else one.dim() for one in named]
            if dims == [1, 2, 2] and complex_of(part, "C", 2) is not None:
                return part
        return None

    @classmethod
    def readings(cls, module: nn.Module, x: Tensor, others: Sequence[Tensor]) -> Iterator[Reading]:
        """Yield readings of both rules of discretisation and all orders of axes."""
        kernel = there(cls._kernel(module))
        decay, phase, dt = (
            there(tensor_of(kernel, name)) for name in ("log_A_real", "A_imag", "log_dt")
        )
        A = torch.complex(-decay.exp(), phase)
        dt = dt.exp()[:, None].to(A.dtype)
        B, C = complex_of(kernel, "B", 2), there(complex_of(kernel, "C", 2))
        for layout in layouts(x, len(A)):
            u, direct = layout.x, skip_of(module, layout.x)
            core = [lambda h, k=k, d=direct: k * (h * C).sum(-1).real + d for k in (2, 1)]
            for a, scale in discretised(A, dt):
                b = (scale if B is None else scale * B) * u[..., None]
                yield Reading(a, b, readouts(module, core, layout, [kernel]))


class S5(Diagonal):
    """One set of states for all channels: b_t = B_bar u_t, y = 2 Re(C h) + D u."""

    name: ClassVar[str] = "S5"

    @classmethod
    def recognises(cls, module: nn.Module) -> bool:
        """Whether a module has Lambda, log_step and complex matrices B and C."""
        poles, step = complex_of(module, "Lambda", 1), tensor_of(module, "log_step")
        B, C = complex_of(module, "B", 2), complex_of(module, "C", 2)
        if poles is None or step is None or B is None or C is None:
            return False
        return step.numel() in (1, len(poles)) and len(B) == len(poles) == C.shape[1]

    @classmethod
    def readings(cls, module: nn.Module, x: Tensor, others: Sequence[Tensor]) -> Iterator[Reading]:
        """Yield readings of both rules of discretisation and all orders of axes."""
        poles, B, C = (
            there(complex_of(module, *one)) for one in (("Lambda", 1), ("B", 2), ("C", 2))
        )
        dt = there(tensor_of(module, "log_step")).exp().flatten().to(poles.dtype)
        for layout in layouts(x, B.shape[1]):
            driven, direct = layout.x.to(B.dtype) @ B.mT, skip_of(module, layout.x)
            core = [lambda h, k=k, d=direct: k * (h @ C.mT).real + d for k in (2, 1)]
            for a, scale in discretised(poles, dt):
                yield Reading(a, scale * driven, readouts(module, core, layout))
